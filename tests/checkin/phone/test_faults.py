"""What goes wrong at a gate: no scan is lost, none counted twice, nothing crashes, and the verdict is explained."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa
from flask import current_app
from playwright.sync_api import Error, Route

from app.checkin import services
from app.checkin.models import Admission, Device, Reason, Scan, ScanStatus
from app.core import clock
from app.core.crypto import TicketSigner
from app.core.db import db, transaction
from app.registration.models import Ticket, TicketStatus
from tests import factories
from tests.checkin.conftest import Gate
from tests.checkin.phone.conftest import Phone, pairing_code

pytestmark = pytest.mark.browser


def stored() -> list[Any]:
    db.session.rollback()
    return list(db.session.execute(sa.select(Scan.status, Scan.reason, Scan.conflict).order_by(Scan.id)))


def admissions() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Admission)) or 0


def all_sent(phone: Phone) -> None:
    # The round that failed may still be under way; the call waits for that one.
    phone.wait("phone.gate.sync().then(() => phone.gate.state.unsent === 0)")
    assert phone.kept("scans") == []


@pytest.fixture
def busy(phone: Phone, live_gate: Gate) -> Phone:
    """A phone with three unsent scans of two people, without a network."""
    tickets = [live_gate.ticket("Ani"), live_gate.ticket("Budi")]
    phone.sync()
    phone.offline()
    for ticket in (*tickets, tickets[0]):
        phone.scan(ticket.qr)
    assert phone.state()["unsent"] == 3
    return phone


EXPECTED = [(ScanStatus.ADMITTED, None, False)] * 2 + [(ScanStatus.DENIED, Reason.ALREADY_ADMITTED, False)]


def test_network_lost_before_the_upload(busy: Phone) -> None:
    busy.run("phone.gate.sync()")
    assert busy.state()["unsent"] == 3
    busy.offline(False)
    all_sent(busy)
    assert (stored(), admissions()) == (EXPECTED, 2)


def test_network_lost_during_the_upload(busy: Phone) -> None:
    busy.page.route("**/scans", lambda route: route.abort("connectionreset"))
    busy.offline(False)
    busy.sync()
    assert (busy.state()["unsent"], busy.state()["online"], stored()) == (3, True, []) or not busy.state()["online"]
    busy.page.unroute("**/scans")
    all_sent(busy)
    assert (stored(), admissions()) == (EXPECTED, 2)


def test_answer_lost_after_the_server_stored_it(busy: Phone) -> None:
    def lose(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    busy.page.route("**/scans", lose)
    busy.offline(False)
    busy.sync()
    assert busy.state()["unsent"] == 3
    assert stored() == EXPECTED
    busy.page.unroute("**/scans")
    all_sent(busy)
    assert (stored(), admissions()) == (EXPECTED, 2)
    assert busy.state()["admitted"] == 2


def test_an_answer_that_is_cut_in_the_middle(busy: Phone) -> None:
    def cut(route: Route) -> None:
        whole = route.fetch()
        route.fulfill(status=200, headers={"Content-Type": "application/json"}, body=whole.body()[:40])

    busy.page.route("**/scans", cut)
    busy.offline(False)
    busy.sync()
    assert busy.state()["unsent"] == 3
    busy.page.unroute("**/scans")
    all_sent(busy)
    assert (stored(), admissions()) == (EXPECTED, 2)


def test_a_captive_portal_is_no_network(busy: Phone) -> None:
    page = "<html>Masuk ke Wi-Fi</html>"
    busy.page.route("**/api/**", lambda route: route.fulfill(status=200, content_type="text/html", body=page))
    busy.offline(False)
    assert busy.sync()["unsent"] == 3
    assert busy.state()["dataAsOf"] is not None
    busy.page.unroute("**/api/**")
    all_sent(busy)


def test_closed_with_unsent_scans(busy: Phone) -> None:
    context = busy.page.context
    busy.page.close()
    busy.page = context.new_page()
    busy.offline(False)
    busy.start()
    all_sent(busy)
    assert (stored(), admissions()) == (EXPECTED, 2)


def test_crashed_with_unsent_scans(busy: Phone) -> None:
    context, crashed = busy.page.context, busy.page
    with crashed.expect_event("crash", timeout=10_000), suppress(Error):
        crashed.goto("chrome://crash", timeout=5_000)
    crashed.close()
    busy.page = context.new_page()
    busy.offline(False)
    busy.start()
    assert busy.state()["device"] == "Siti, HP hitam"
    all_sent(busy)
    assert (stored(), admissions()) == (EXPECTED, 2)


def test_storage_cleared_while_the_page_is_open(busy: Phone) -> None:
    clear_storage(busy)
    busy.wait("phone.gate.state.storageWarning === 'cleared'")
    busy.wait("phone.gate.db.getAll('scans').then((kept) => kept.length === 3)")
    busy.reopen_offline()  # everything is back in the store, from memory
    assert busy.state()["unsent"] == 3
    busy.page.unroute("**/api/**")
    all_sent(busy)
    assert (stored(), admissions()) == (EXPECTED, 2)


def test_storage_cleared_while_the_page_is_closed(phone: Phone, live_gate: Gate) -> None:
    phone.page.goto("about:blank")
    clear_storage(phone)
    phone.start()
    state = phone.state()
    assert (state["point"], state["unsent"], state["cutOff"]) == (None, 0, None)
    assert phone.run("phone.gate.scan('x').catch((error) => error.kind)") == "unknown_device"
    assert phone.pair(pairing_code(live_gate))["dataAsOf"] is not None


def clear_storage(phone: Phone) -> None:
    session = phone.page.context.new_cdp_session(phone.page)
    session.send("Storage.clearDataForOrigin", {"origin": phone.address, "storageTypes": "all"})


_VERSION_1 = """new Promise((done, fail) => {
  const opening = indexedDB.open("pekan-gate", 1);
  opening.onerror = () => fail(opening.error);
  opening.onupgradeneeded = () => {
    const db = opening.result;
    db.createObjectStore("settings");
    const scans = db.createObjectStore("scans", { keyPath: "seq", autoIncrement: true });
    scans.createIndex("id", "id", { unique: true });
    scans.createIndex("point", "point");
    db.createObjectStore("rejected", { keyPath: "id" });
  };
  opening.onsuccess = () => {
    const db = opening.result;
    const change = db.transaction(["settings", "scans"], "readwrite");
    change.objectStore("settings").put(given.device, "device");
    for (const scan of given.scans) change.objectStore("scans").add(scan);
    change.oncomplete = () => { db.close(); done(); };
  };
})"""


def test_database_of_the_previous_version(new_phone: Callable[[], Phone], live_gate: Gate) -> None:
    ticket = live_gate.ticket()
    point = {"slug": "gerbang-utama", "name": "Gerbang utama"}
    scans = [
        {"id": f"0b0e7a52-9d0f-4a3e-9d6c-1c2f3a4b5c6{n}", "code": code, "point": point["slug"],
         "scanned_at": clock.now().isoformat(), "offline": n == 0}
        for n, code in enumerate((ticket.qr, "bukan tiket"))
    ]  # fmt: skip
    phone = new_phone()
    phone.start(gate=False)
    device = {"token": live_gate.token, "name": "HP satu", "point": point, "zone": "Asia/Jakarta"}
    phone.run(_VERSION_1, {"device": device, "scans": scans})
    state = phone.run("phone.open()")
    assert (state["device"], state["point"]["slug"]) == ("HP satu", "gerbang-utama")
    all_sent(phone)
    assert [row.status for row in stored()] == [ScanStatus.ADMITTED, ScanStatus.DENIED]
    phone.offline()
    assert phone.scan(ticket.qr)["reason"] == "already_admitted"


def test_an_older_page_that_stays_open_does_not_stop_the_gate(
    new_phone: Callable[[], Phone], live_gate: Gate
) -> None:
    phone = new_phone()
    phone.start(gate=False)
    phone.run(_VERSION_1, {"device": None, "scans": []})
    old = phone.page.context.new_page()
    old.goto("/healthz")
    old.evaluate("new Promise((done) => { window.held = indexedDB.open('pekan-gate', 1);"
                 " held.onsuccess = () => done(); })")  # fmt: skip
    assert phone.run("phone.open()")["storageWarning"] == "unavailable"
    phone.pair(pairing_code(live_gate))
    assert phone.scan(live_gate.ticket().qr)["status"] == "admitted"


def test_no_space_left(phone: Phone, live_gate: Gate) -> None:
    """A clear warning; the scan is judged, and sent as soon as there is a way."""
    tickets = [live_gate.ticket() for _n in range(2)]
    phone.sync()
    session = phone.page.context.new_cdp_session(phone.page)
    session.send("Storage.overrideQuotaForOrigin", {"origin": phone.address, "quotaSize": 1})
    phone.run("""(() => {
      IDBObjectStore.prototype.add = () => { throw new DOMException("full", "QuotaExceededError"); };
    })()""")
    assert phone.scan(tickets[0].qr)["status"] == "admitted"
    state = phone.state()
    assert (state["storageWarning"], state["unsent"]) == ("full", 0)
    assert admissions() == 1
    phone.offline()
    assert phone.scan(tickets[1].qr)["status"] == "admitted"
    assert phone.scan(tickets[1].qr)["reason"] == "already_admitted"
    assert phone.state()["unsent"] == 2
    phone.offline(False)
    phone.sync()
    assert phone.state()["unsent"] == 0
    assert admissions() == 2


def test_two_phones_the_same_ticket_both_offline(new_phone: Callable[[], Phone], live_gate: Gate) -> None:
    ticket = live_gate.ticket()
    phones = [new_phone(), new_phone()]
    for phone in phones:
        phone.start()
        phone.pair(pairing_code(live_gate))
        phone.offline()
        assert phone.scan(ticket.qr)["status"] == "admitted"
    for phone in phones:
        phone.offline(False)
        phone.sync()
        assert phone.state()["unsent"] == 0
    assert [(row.status, row.conflict) for row in stored()] == [
        (ScanStatus.ADMITTED, False), (ScanStatus.ADMITTED, True),
    ]  # fmt: skip
    assert admissions() == 1
    assert [phone.state()["last"][0]["conflict"] for phone in phones] == [False, True]
    assert [phone.sync()["admitted"] for phone in phones] == [1, 1]


def test_ticket_cancelled_while_offline(phone: Phone, live_gate: Gate) -> None:
    ticket = live_gate.ticket()
    phone.sync()
    phone.offline()
    with transaction():
        db.session.get_one(Ticket, ticket.id).status = TicketStatus.CANCELLED
    assert phone.scan(ticket.qr)["status"] == "admitted"  # its data cannot know
    phone.offline(False)
    phone.sync()
    assert stored() == [(ScanStatus.ADMITTED, Reason.CANCELLED, True)]
    assert admissions() == 0
    kind, detail = phone.run("phone.events")[-1]
    assert (kind, detail["conflict"], detail["reason"]) == ("corrected", True, "cancelled")
    phone.offline()
    assert phone.scan(ticket.qr)["reason"] == "cancelled"


def test_key_rotated_while_offline(phone: Phone, live_gate: Gate) -> None:
    new = TicketSigner(bytes(range(32, 64)), key_id=2)
    old, rotated = live_gate.ticket("Ani"), live_gate.ticket("Budi")
    text = new.qr_text(live_gate.festival.id, 1, rotated.id)
    phone.sync()
    phone.offline()
    assert phone.scan(text)["reason"] == "not_in_snapshot"  # never "forged": the phone only does not know the key
    key = base64.urlsafe_b64encode(new.public_key_bytes).decode().rstrip("=")
    phone.page.route("**/snapshot?*", lambda route: with_key(route, {"id": 2, "key": key}))
    phone.offline(False)
    phone.sync()
    phone.page.unroute("**/snapshot?*")
    phone.offline()
    assert phone.scan(text)["status"] == "admitted"
    assert phone.scan(old.qr)["status"] == "admitted"
    assert current_app.extensions["pekan_signer"].key_id == 1


def with_key(route: Route, key: dict[str, Any]) -> None:
    """The server's answer with one more key in its head."""
    answer = route.fetch()
    body = answer.body()
    (length,) = struct.unpack_from(">I", body)
    head = json.loads(body[4 : 4 + length])
    head["keys"].append(key)
    written = json.dumps(head).encode()
    route.fulfill(
        status=200, headers={"Content-Type": answer.headers["content-type"]},
        body=struct.pack(">I", len(written)) + written + body[4 + length :],
    )  # fmt: skip


def test_device_revoked_while_offline(busy: Phone, live_gate: Gate) -> None:
    with transaction():
        for device in db.session.scalars(sa.select(Device)):
            services.revoke(device, None, clock.now())
    busy.offline(False)
    busy.sync()
    busy.wait("phone.gate.state.revoked")
    busy.wait("phone.gate.state.unsent === 0")
    assert [row.reason for row in stored()] == [Reason.REVOKED_DEVICE] * 3  # kept apart, not lost
    assert admissions() == 0
    state = busy.state()
    assert (state["point"], state["cutOff"]) == (None, "revoked")
    assert (busy.kept("snapshot"), busy.kept("names")) == ([], [])  # a lost phone has nothing to tell
    assert busy.run("phone.gate.scan('x').catch((error) => error.kind)") == "revoked"
    busy.pair(pairing_code(live_gate))
    assert busy.state()["cutOff"] is None


def test_unsent_scans_go_out_under_the_phone_they_were_made_with(busy: Phone, live_gate: Gate) -> None:
    """Paired anew for another point before the old scans are sent."""
    code = pairing_code(live_gate, live_gate.desk)
    busy.page.route("**/scans", lambda route: route.abort())
    busy.offline(False)
    busy.pair(code, "HP di meja")
    assert busy.state()["unsent"] == 3
    busy.page.unroute("**/scans")
    all_sent(busy)
    assert (stored(), admissions()) == (EXPECTED, 2)
    db.session.rollback()
    assert set(db.session.scalars(sa.select(Scan.point_id))) == {live_gate.gate.id}
    assert busy.run("phone.gate.former") == []


def moved(phone: Phone, gate: Gate, point: Any) -> None:
    """Paired for another point while nothing can be uploaded."""
    phone.page.route("**/scans", lambda route: route.abort())
    phone.offline(False)
    phone.pair(pairing_code(gate, point))
    phone.wait("phone.gate.sync().then(() => phone.gate.state.dataAsOf !== null)")
    phone.offline()


@pytest.mark.parametrize("version", ["this", "previous"])
def test_who_was_let_in_at_one_point_may_come_in_at_another(phone: Phone, live_gate: Gate, version: str) -> None:
    """The phone is paired anew before the scans of the first point are uploaded."""
    ticket, undone = live_gate.ticket("Ani"), live_gate.ticket("Budi")
    phone.sync()
    phone.offline()
    assert phone.scan(ticket.qr)["status"] == "admitted"
    taken_back = phone.scan(undone.qr)
    assert phone.run("phone.gate.undo(given)", taken_back["id"]) is True
    if version == "previous":  # it wrote no point into the effect
        phone.run("""phone.gate.queue.rows.forEach((row) => {
          for (const effect of [row.effect, row.ifAdmitted].filter(Boolean)) {
            delete effect.point; delete effect.gate;
          }
        })""")
    moved(phone, live_gate, live_gate.desk)
    assert phone.state()["admitted"] == 0
    assert phone.scan(ticket.qr)["status"] == "admitted"
    assert phone.scan(ticket.qr)["reason"] == "already_admitted"
    assert phone.scan(undone.qr)["status"] == "admitted"
    assert phone.state()["admitted"] == 2
    phone.page.unroute("**/scans")
    phone.offline(False)
    all_sent(phone)
    assert admissions() == 3
    assert phone.sync()["admitted"] == 2


def test_gates_that_count_together_know_of_each_others_unsent_scans(phone: Phone, live_gate: Gate) -> None:
    ticket = live_gate.ticket()
    with transaction():
        other = factories.point(
            live_gate.festival, slug="gerbang-b", name="Gerbang B", counts_with_id=live_gate.gate.id,
            policy=live_gate.gate.policy,
        )  # fmt: skip
    phone.sync()
    phone.offline()
    assert phone.scan(ticket.qr)["status"] == "admitted"
    moved(phone, live_gate, other)
    assert phone.scan(ticket.qr)["reason"] == "already_admitted"


_MANY = """(async () => {
  const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  const one = (from) => from[Math.floor(Math.random() * from.length)];
  const random = (length, from) => Array.from({ length }, () => one(from)).join("");
  const kinds = [
    () => `PK1:${random(116, letters)}`, () => random(10, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"),
    () => `PK1:${"000".repeat(38)}00`, () => random(Math.floor(Math.random() * 40), "aB3 💥é\\n\\u0000"),
    () => given.slice(0, 40) + random(80, letters), () => given.slice(0, -3) + random(3, "0123"),
  ];
  const forged = (kind) => { // once in a thousand tickets the last ending is the ticket's own
    const text = kind();
    return text === given ? forged(kind) : text;
  };
  const reasons = {};
  for (let n = 0; n < 10000; n += 1) {
    const { status, reason } = await phone.gate.scan(forged(kinds[n % kinds.length]));
    reasons[`${status} ${reason}`] = (reasons[`${status} ${reason}`] ?? 0) + 1;
  }
  return reasons;
})()"""


def test_ten_thousand_forged_codes_in_a_row(phone: Phone, live_gate: Gate) -> None:
    ticket = live_gate.ticket()
    phone.sync()
    phone.offline()
    reasons = phone.run(_MANY, ticket.qr)
    assert sum(reasons.values()) == 10_000
    admitted = [key for key in reasons if not key.startswith("denied")]
    assert admitted == []
    assert phone.scan(ticket.qr)["status"] == "admitted"  # none of them blocks the next one
    assert len(phone.state()["last"]) == 20
    phone.offline(False)
    all_sent(phone)
    db.session.rollback()
    rows = db.session.execute(sa.select(Scan.status, sa.func.count()).group_by(Scan.status)).all()
    assert dict(map(tuple, rows)) == {ScanStatus.DENIED: 10_000, ScanStatus.ADMITTED: 1}
