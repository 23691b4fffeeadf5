"""Three phones without a network, 600 tickets, planned double admissions: the committee's list is the plan."""

from __future__ import annotations

import itertools
import random
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

import config
from app.accounts.models import Role
from app.checkin import services
from app.checkin.models import Admission, CheckinPoint, Scan, ScanStatus
from app.core import clock, qr
from app.core.db import db, transaction
from app.programme.models import TimeSlot
from tests import factories
from tests.checkin.conftest import Gate, Printed
from tests.checkin.test_pages import PHONE, pair
from tests.servers import pekan, server_environment

pytestmark = [pytest.mark.browser, pytest.mark.processes]
TICKETS = 600
PATIENCE = 60.0  # seconds without a verdict, or for a page on a busy machine
AT_ONCE = timedelta(seconds=3)  # how well a phone may know the server's clock on a busy machine
CAMERA = Path(__file__).with_name("held_tickets.js")
FAST = """{ const real = Date.now; Date.now = () => real() + given;
  window.Date = class extends Date { constructor(...all) { all.length ? super(...all) : super(Date.now()); } }; }"""

# Which phones meet a ticket, one for each time it is held up, and how many tickets have that fate. Phones 0 and 1
# stand at the main gate, 2 at gate B, which counts together with it. All other tickets are scanned once.
DOUBLES = {
    (0, 0): 7, (1, 1): 6, (2, 2): 5,  # twice at the same phone: told there and then, nobody came in twice
    (0, 1): 20, (0, 2): 11, (1, 2): 9,
    (0, 1, 2): 15,
    (0, 0, 2): 4, (1, 2, 2): 3, (0, 0, 1, 1, 2): 2,
}  # fmt: skip


@dataclass
class Volunteer:
    """A phone, where it stands, and the tickets it meets in this order."""

    name: str
    point: CheckinPoint
    page: Page
    meets: list[Printed] = field(default_factory=list)
    entered: dict[str, datetime] = field(default_factory=dict)  # by holder: when this phone let them in
    sent: list[str] = field(default_factory=list)  # ids of its scans
    refused: int = 0

    @property
    def context(self) -> BrowserContext:
        return self.page.context


Side = tuple[str, str, datetime]  # point, phone, moment
Doubles = dict[str, list[tuple[Side, Side]]]  # by holder, the earlier first


@pytest.fixture
def patient() -> Iterator[None]:
    """Wait long for what comes late on a busy machine."""
    expect.set_options(timeout=PATIENCE * 1000)
    yield
    expect.set_options(timeout=None)


@pytest.fixture
def live_gate(app: Flask, build_gate: Callable[[], Gate]) -> Iterator[Gate]:
    """A gate on the real clock, with room for everybody."""
    with app.app_context():
        gate = build_gate()
        with transaction():
            db.session.execute(sa.update(TimeSlot).values(capacity=None))
        yield gate


@pytest.fixture
def tickets(live_gate: Gate) -> list[Printed]:
    """All that were given out, before any phone was paired."""
    return [live_gate.ticket(f"Warga {n:03}") for n in range(TICKETS)]


@pytest.fixture
def volunteers(
    live_server: str, live_gate: Gate, tickets: list[Printed], browser: Browser, patient: None
) -> Iterator[list[Volunteer]]:  # fmt: skip
    """Three phones with the camera of held_tickets.js; the clock of the second is nine minutes fast."""
    gate_b = factories.point(
        live_gate.festival, slug="gerbang-b", name="Gerbang B", counts_with_id=live_gate.gate.id,
    )  # fmt: skip
    made, errors = [], list[str]()
    for name, point in (("HP satu", live_gate.gate), ("HP cepat", live_gate.gate), ("HP tiga", gate_b)):
        context = browser.new_context(viewport=PHONE, base_url=live_server)
        context.set_default_timeout(PATIENCE * 1000)
        if name == "HP cepat":
            context.add_init_script(FAST.replace("given", "540000"))
        context.add_init_script(path=CAMERA)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        with transaction():
            code = services.create_pairing(point, None, clock.now())
        with page.expect_response("**/snapshot/names*"):  # the last of the data
            pair(page, code, name)
        made.append(Volunteer(name, point, page))
    yield made
    for one in made:
        one.context.close()
    assert errors == []


def test_three_phones_come_back_and_the_conflicts_are_the_plan(
    app: Flask, settings: config.Settings, live_server: str, tickets: list[Printed], volunteers: list[Volunteer],
    browser: Browser,
) -> None:  # fmt: skip
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    share_out(tickets, volunteers, chance)
    for one in volunteers:
        leave_the_network(one)
    scan_all(volunteers)
    for one in volunteers:
        read_phone(one)
    assert counted(Scan) == counted(Admission) == 0, "nothing reached the server yet"

    back = chance.sample(volunteers, k=3)
    for one in back:
        one.context.set_offline(False)
        expect(one.page.locator("#unsent")).to_have_text("Semua terkirim")

    told = f"seed {seed}, back in the order {[one.name for one in back]}"
    ids = sorted(itertools.chain.from_iterable(one.sent for one in volunteers))
    db.session.rollback()
    assert sorted(db.session.scalars(sa.select(Scan.client_id))) == ids, told
    assert counted(Admission) == TICKETS, told
    assert db.session.scalar(sa.select(sa.func.count(sa.distinct(Admission.ticket_id)))) == TICKETS, told
    planned = plan(back)
    refused = sum(one.refused for one in volunteers)
    admitted, denied = (
        db.session.scalar(sa.select(sa.func.count()).where(Scan.status == status))
        for status in (ScanStatus.ADMITTED, ScanStatus.DENIED)
    )
    assert (admitted, denied) == (TICKETS + sum(map(len, planned.values())), refused), told
    assert conflicts_on_the_page(app, browser, live_server) == planned, told
    doctor = subprocess.run(
        [pekan(), "doctor"], env=server_environment(settings, live_server), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (doctor.returncode, "BROKEN" in doctor.stdout) == (0, False), doctor.stdout + doctor.stderr
    for one in volunteers:  # and every phone learns what the others did
        one.page.evaluate("dispatchEvent(new Event('online'))")
        expect(one.page.locator("#admitted")).to_have_attribute("data-count", str(TICKETS))


def share_out(tickets: Sequence[Printed], volunteers: Sequence[Volunteer], chance: random.Random) -> None:
    """Give every ticket its fate, and every phone an order in which no ticket follows itself."""
    fates = [fate for fate, count in DOUBLES.items() for _ in range(count)]
    fates += [(n % 3,) for n in range(len(tickets) - len(fates))]
    for ticket, fate in zip(tickets, fates, strict=True):
        for place in fate:
            volunteers[place].meets.append(ticket)
    for one in volunteers:
        chance.shuffle(one.meets)
        while any(a is b for a, b in itertools.pairwise(one.meets)):
            chance.shuffle(one.meets)


def leave_the_network(one: Volunteer) -> None:
    """Go where there is no network, then start the camera: its reader of codes comes from the phone."""
    one.page.evaluate("""new Promise((done) => {
      const look = () => (navigator.serviceWorker.controller ? done() : setTimeout(look, 50));
      look();
    })""")
    expect(one.page.locator("#unsent")).to_have_text("Semua terkirim")
    one.context.set_offline(True)
    one.page.get_by_role("button", name="Mulai memindai").click()
    expect(one.page.locator("#camera")).to_be_visible()


def scan_all(volunteers: Sequence[Volunteer]) -> None:
    """All three scan at the same time until every ticket had its verdict."""
    for one in volunteers:
        one.page.evaluate("tickets => held.start(tickets)", [picture(ticket) for ticket in one.meets])
    wanted, done = [len(one.meets) for one in volunteers], [0, 0, 0]
    deadline = time.monotonic() + PATIENCE
    while done != wanted:
        volunteers[0].page.wait_for_timeout(500)
        now = [one.page.evaluate("held.place") for one in volunteers]
        if now != done:
            done, deadline = now, time.monotonic() + PATIENCE
        assert time.monotonic() < deadline, f"the cameras stand still at {done} of {wanted}"


def picture(ticket: Printed) -> dict[str, object]:
    rows = ["".join("01"[dark] for dark in row) for row in qr.matrix(ticket.qr)]
    return {"holder": ticket.holder, "rows": rows}


def read_phone(one: Volunteer) -> None:
    """What the phone showed is right, and what it keeps is what was held up, in order and at its time.

    A phone that froze for seconds may look twice at the same ticket: it says so, and the ticket is held on.
    """
    rows = one.page.evaluate("""new Promise((done, fail) => {
      const opening = indexedDB.open("pekan-gate");
      opening.onerror = fail;
      opening.onsuccess = ({ target: { result: db } }) => {
        db.transaction("scans").objectStore("scans").getAll().onsuccess = ({ target }) => done(target.result);
        db.close(); // when that is done
      };
    })""")
    seen = one.page.evaluate("held.seen")
    expect(one.page.locator("#unsent")).to_have_text(f"{len(seen)} belum terkirim")
    by_code = {ticket.qr: ticket.holder for ticket in one.meets}
    assert [by_code[row["code"]] for row in rows] == [shown["holder"] for shown in seen]
    names = [ticket.holder for ticket in one.meets]
    strays = [shown for shown in seen if shown["holder"] != names[shown["place"]]]
    assert [shown["holder"] for shown in seen if shown not in strays] == names
    assert all(shown["holder"] == names[shown["place"] - 1] for shown in strays), strays
    for row, shown in zip(rows, seen, strict=True):
        again = shown["holder"] in one.entered
        assert (shown["kind"], row["verdict"]) == (("again", "denied") if again else ("in", "admitted"))
        at = datetime.fromisoformat(row["scanned_at"]) - timedelta(milliseconds=row["skew_ms"])
        assert shown in strays or moment(shown["held"]) - AT_ONCE < at < moment(shown["painted"]) + AT_ONCE
        one.entered.setdefault(shown["holder"], at)
        one.sent.append(row["id"])
        one.refused += again


def moment(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def plan(back: Sequence[Volunteer]) -> Doubles:
    """The conflicts that must be: the admission is of the phone that was back first, a conflict of every other."""
    found: Doubles = {}
    for holder in {ticket.holder for one in back for ticket in one.meets}:
        first, *others = [(one.point.name, one.name, one.entered[holder]) for one in back if holder in one.entered]
        if others:
            found[holder] = sorted(in_time(first, other) for other in others)
    assert len(found) == sum(count for fate, count in DOUBLES.items() if len(set(fate)) > 1)
    return found


def in_time(one: Side, other: Side) -> tuple[Side, Side]:
    return (one, other) if one[2] <= other[2] else (other, one)


def conflicts_on_the_page(app: Flask, browser: Browser, address: str) -> Doubles:
    """Every card of the committee's list, page after page, as they stand there."""
    staff = app.test_client()
    factories.sign_in(staff, factories.user("pengawas", Role.SUPERVISOR))
    cookie = staff.get_cookie("pekan")
    assert cookie is not None
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=address)
    context.add_cookies([{"name": "pekan", "value": cookie.value, "url": address}])
    page = context.new_page()
    page.goto("/committee/conflicts")
    cards: list[dict[str, Any]] = []
    while True:
        cards += page.evaluate("""[...document.querySelectorAll(".conflicts > .card")].map((card) => ({
          holder: card.querySelector("h2").textContent, why: card.querySelector(".chip").textContent,
          sides: [...card.querySelectorAll(".entries > li")].map((side) => [
            side.querySelector("b").textContent, side.querySelector(".hint").textContent.trim(),
            side.querySelector("time").dateTime,
          ]),
        }))""")
        following = page.get_by_role("link", name="Berikutnya")
        if not following.count():
            break
        following.click()
    context.close()
    assert {card["why"] for card in cards} == {"Masuk dua kali"}
    found: Doubles = {}
    for card in cards:
        first, second = [(point, phone, datetime.fromisoformat(at)) for point, phone, at in card["sides"]]
        found.setdefault(card["holder"], []).append((first, second))
    return {holder: sorted(pairs) for holder, pairs in found.items()}


def counted(model: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
