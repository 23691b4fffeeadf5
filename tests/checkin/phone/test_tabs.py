"""Two tabs of one phone: one works at a time, and neither writes over the other's pairing and data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.checkin.conftest import Gate
from tests.checkin.phone.conftest import Phone, pairing_code

pytestmark = pytest.mark.browser
SCAN_KIND = "phone.gate.scan(given).then(() => null, (error) => error.kind)"
OTHER = "Pemindai sudah terbuka di tab lain"


def another_tab(phone: Phone) -> Phone:
    return Phone(phone.page.context.new_page(), phone.address)


def test_a_tab_that_takes_over_stops_the_other(phone: Phone, live_gate: Gate) -> None:
    ticket, late = live_gate.ticket(), live_gate.ticket()
    phone.sync()
    phone.offline()
    assert phone.scan(ticket.qr)["status"] == "admitted"
    phone.page.route("**/api/**", lambda route: route.abort())
    phone.offline(False)
    second = another_tab(phone)
    second.page.route("**/api/**", lambda route: route.abort())
    second.start()
    phone.wait("phone.gate.elsewhere")
    assert phone.run(SCAN_KIND, late.qr) == "elsewhere"
    assert phone.run("phone.gate.db") is None
    assert second.state()["unsent"] == 1  # the new tab goes on with what the old one kept
    second.page.unroute("**/api/**")
    second.wait("phone.gate.sync().then(() => phone.gate.state.unsent === 0)")
    second.pair(pairing_code(live_gate, live_gate.desk), "HP di meja")
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url))
    phone.sync()
    assert asked == []
    second.wait("phone.gate.sync().then(() => phone.gate.state.dataAsOf !== null)")
    assert second.start()["point"]["slug"] == live_gate.desk.slug
    assert second.errors == []


def test_a_tab_waits_until_it_is_wanted(phone: Phone) -> None:
    second = another_tab(phone)
    second.start(gate=False)
    second.run("""phone.load("engine").then(({ Gate }) => {
      Gate.open({ shell: false, elsewhere: () => new Promise((done) => { phone.go = done; }) })
        .then((gate) => { phone.gate = gate; });
    })""")
    second.wait("Boolean(phone.go)")
    assert phone.run("phone.gate.elsewhere") is False
    second.run("phone.go()")
    second.wait("Boolean(phone.gate)")
    phone.wait("phone.gate.elsewhere")
    second.run("phone.gate.close()")
    assert phone.start()["device"] == "Siti, HP hitam"  # at once: closing lets go


def test_scans_in_memory_only_are_still_sent_by_the_tab_that_lost(phone: Phone, live_gate: Gate) -> None:
    ticket = live_gate.ticket()
    phone.sync()
    phone.offline()
    phone.run("""(() => {
      phone.add = IDBObjectStore.prototype.add;
      IDBObjectStore.prototype.add = () => { throw new DOMException("full", "QuotaExceededError"); };
    })()""")
    assert phone.scan(ticket.qr)["status"] == "admitted"
    phone.run("(IDBObjectStore.prototype.add = phone.add, phone.gate.tab.leave())")
    phone.run("phone.gate.queue.flush()")
    assert phone.run("phone.gate.queue.unsent") == 1
    assert phone.run("phone.gate.tab.takeOver()") is True
    phone.reopen_offline()
    assert phone.state()["unsent"] == 1


def without_locks(phone: Phone) -> Phone:
    phone.page.context.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined })")
    phone.start()
    return phone


def test_without_locks_an_old_tab_leaves_the_new_pairing_alone(phone: Phone, live_gate: Gate) -> None:
    first = without_locks(phone)
    second = another_tab(first)
    second.start()
    second.pair(pairing_code(live_gate, live_gate.desk), "HP di meja")
    second.wait("phone.gate.sync().then(() => phone.gate.data.namesCursor !== null)")
    live_gate.ticket("Ani")
    first.sync()  # writes a delta of the main gate over the base of the desk
    first.run("phone.gate.pairings.end('unknown_device')")
    assert (first.state()["point"], first.state()["cutOff"]) == (None, "unknown_device")
    second.page.route("**/api/**", lambda route: route.abort())
    state: dict[str, Any] = second.start()
    assert (state["device"], state["point"]["slug"]) == ("HP di meja", live_gate.desk.slug)
    assert state["dataAsOf"] is not None
    assert second.run("phone.gate.data.snapshot.point.slug") == live_gate.desk.slug


def test_the_page_says_that_another_tab_is_open(new_phone: Callable[[], Phone], live_gate: Gate) -> None:
    first = new_phone().page
    first.goto(f"/scan#{pairing_code(live_gate)}")
    first.get_by_label("Nama petugas atau HP").fill("Siti, HP hitam")
    first.get_by_role("button", name="Pasangkan HP ini").click()
    expect(first.get_by_role("button", name="Mulai memindai")).to_be_visible()
    second = first.context.new_page()
    second.goto("/scan")
    only_the_message(second)
    second.get_by_role("button", name="Pakai yang ini").click()
    expect(second.get_by_role("button", name="Mulai memindai")).to_be_visible()
    only_the_message(first)
    first.get_by_role("button", name="Pakai yang ini").click()
    expect(first.get_by_role("button", name="Mulai memindai")).to_be_visible()
    only_the_message(second)


def only_the_message(page: Page) -> None:
    expect(page.get_by_role("heading", name=OTHER)).to_be_visible()
    for hidden in ("Mulai memindai", "Menu", "Periksa"):
        expect(page.get_by_role("button", name=hidden)).to_be_hidden()
    expect(page.locator("#connection")).to_be_hidden()
