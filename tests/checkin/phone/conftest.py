"""A page of our own origin in which the engine's modules are imported, without the scanner's own page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from app.checkin import services
from app.core import clock
from app.core.db import transaction
from tests.checkin.conftest import Gate

# In the page: `phone.modules(name)` imports a module, `phone.open()` opens the gate as phone.gate.
_PHONE = """(prefix) => {
  window.phone = {
    load: (name) => import(`${prefix}/js/checkin/${name}.js`),
    events: [],
    async open() {
      const { Gate } = await this.load("engine");
      this.gate = await Gate.open({ shell: false });
      for (const kind of ["verdict", "corrected"]) {
        this.gate.addEventListener(kind, ({ detail }) => this.events.push([kind, detail]));
      }
      await this.gate.data.namesLoaded;
      return this.gate.state;
    },
  };
}"""


class Phone:
    """A phone of a volunteer: a page with the engine in it, paired or not."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def start(self, *, gate: bool = True) -> Any:
        """Open the page (again), and the gate in it."""
        self.page.goto("/healthz")
        self.page.evaluate(_PHONE, self.prefix())
        return self.run("phone.open()") if gate else None

    def prefix(self) -> str:
        found = re.search(r"/static/[0-9a-f]+", self.page.request.get("/scan").text())
        assert found
        return found[0]

    def run(self, script: str, given: Any = None) -> Any:
        """Evaluate an expression in the page; ``given`` is what it may use."""
        return self.page.evaluate(f"(given) => ({script})", given)

    def wait(self, script: str, seconds: float = 10) -> None:
        """Until an expression is true in the page (wait_for_function needs eval, which our CSP forbids)."""
        deadline = time.monotonic() + seconds
        while not self.run(script):
            assert time.monotonic() < deadline, f"never true: {script}"
            self.page.wait_for_timeout(50)

    def reopen_offline(self) -> None:
        """Open the page again where no data of the server come through."""
        self.page.route("**/api/**", lambda route: route.abort())
        self.offline(False)
        self.start()

    def scan(self, text: str, **options: Any) -> dict[str, Any]:
        return dict(self.run("phone.gate.scan(given.text, given.options)", {"text": text, "options": options}))

    def sync(self) -> dict[str, Any]:
        """Upload and fetch what is new; the state after that."""
        return dict(self.run("phone.gate.sync().then(() => phone.gate.state)"))

    def state(self) -> dict[str, Any]:
        return dict(self.run("phone.gate.state"))

    def pair(self, code: str, name: str = "Siti, HP hitam") -> dict[str, Any]:
        self.run("phone.gate.pair(given[0], given[1])", [code, name])
        return self.sync()

    def offline(self, on: bool = True) -> None:
        self.page.context.set_offline(on)

    def kept(self, store: str) -> list[dict[str, Any]]:
        """What lies in a store of the phone's database."""
        return list(self.run("phone.gate.db.getAll(given)", store))


@pytest.fixture
def new_phone(live_server: str, browser: Browser) -> Iterator[Callable[[], Phone]]:
    """Makes phones that share nothing; fails when one reports an error of its own."""
    made: list[tuple[BrowserContext, Phone]] = []

    def make() -> Phone:
        context = browser.new_context(base_url=live_server, viewport={"width": 360, "height": 740})
        phone = Phone(context.new_page(), live_server)
        made.append((context, phone))
        return phone

    yield make
    for context, _phone in made:
        context.close()
    assert [error for _context, phone in made for error in phone.errors] == []


@pytest.fixture
def phone(new_phone: Callable[[], Phone], live_gate: Gate) -> Phone:
    """A paired phone at the main gate with fresh data."""
    made = new_phone()
    made.start()
    made.pair(pairing_code(live_gate))
    assert made.state()["dataAsOf"] is not None
    return made


def pairing_code(gate: Gate, point: Any = None) -> str:
    with transaction():
        return services.create_pairing(point or gate.gate, None, clock.now())
