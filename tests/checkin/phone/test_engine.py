"""Scans, verdicts and data of the phone's engine, online and offline."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.checkin.models import Admission, Scan, ScanStatus
from app.core import clock
from app.core.db import db, transaction
from app.registration.models import BookingStatus, TicketStatus
from tests.checkin.conftest import Gate
from tests.checkin.phone.conftest import Phone, pairing_code

pytestmark = pytest.mark.browser
FORGED = (
    "PK1:V50V50SH0E1TU U6PFA-PXYHK963UKIYD15H/NFWEILLLSU1.NG8T1:S"
    "FY113JP4S9TCNV*SD2SJQK4AVXDCR4Q64KCZO+5P3YTAMV3QE$U2W%IP19F0"
)


def stored() -> list[Any]:
    """Every scan the server has, in the order it came: (status, reason, offline, conflict)."""
    db.session.rollback()
    return list(
        db.session.execute(sa.select(Scan.status, Scan.reason, Scan.offline, Scan.conflict).order_by(Scan.id))
    )


def admissions() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Admission)) or 0


def test_online_the_server_says(phone: Phone, live_gate: Gate) -> None:
    ticket = live_gate.ticket("Budi Santoso")
    first, second = phone.scan(ticket.qr), phone.scan(ticket.code)
    assert (first["status"], first["holder"], first["by"]) == ("admitted", "Budi Santoso", "server")
    assert (second["status"], second["reason"]) == ("denied", "already_admitted")
    assert second["firstAdmittedAt"] is not None
    assert phone.state()["unsent"] == 0
    assert [event[0] for event in phone.run("phone.events")] == ["verdict", "verdict"]


def test_offline_the_phone_says_the_same(phone: Phone, live_gate: Gate) -> None:
    good, waiting = live_gate.ticket("Budi"), live_gate.ticket(booking=BookingStatus.WAITLISTED)
    replaced = live_gate.ticket(status=TicketStatus.REPLACED)
    phone.sync()
    phone.offline()
    first = phone.scan(good.qr)
    assert (first["status"], first["holder"], first["by"], first["unchecked"]) == (
        "admitted",
        "Budi",
        "phone",
        False,
    )
    assert phone.scan(good.code)["reason"] == "already_admitted"
    assert phone.scan(waiting.qr)["reason"] == "waitlisted"
    assert phone.scan(replaced.code)["reason"] == "replaced"
    assert phone.scan(FORGED)["reason"] in ("forged", "not_in_snapshot")
    assert phone.scan("https://example.org/")["reason"] == "unknown"
    state = phone.state()
    assert (state["unsent"], state["online"], state["admitted"]) == (6, False, 1)
    assert state["oldestUnsentAt"] is not None
    phone.offline(False)
    assert phone.sync()["unsent"] == 0
    assert [(row.status, row.offline, row.conflict) for row in stored()] == [
        (ScanStatus.ADMITTED, True, False), *[(ScanStatus.DENIED, True, False)] * 5,
    ]  # fmt: skip
    assert admissions() == 1
    assert phone.sync()["admitted"] == 1


def test_a_typed_code_has_a_verdict_offline_but_no_name(phone: Phone, live_gate: Gate) -> None:
    ticket = live_gate.ticket("Budi")
    phone.sync()
    phone.offline()
    found = phone.scan(f" {ticket.code[:5].lower()}-{ticket.code[5:]} ")
    assert (found["status"], found["holder"]) == ("admitted", None)
    assert phone.scan("7K3F9QXM2E")["reason"] == "not_in_snapshot"


def test_a_ticket_younger_than_the_data_is_judged_by_itself(phone: Phone, live_gate: Gate) -> None:
    phone.offline()
    fresh = live_gate.ticket()
    found = phone.scan(fresh.qr)
    assert (found["status"], found["unchecked"]) == ("admitted", True)
    assert phone.scan(fresh.qr)["reason"] == "already_admitted"
    assert phone.state()["last"][1]["unchecked"] is True


def test_an_old_ticket_that_is_not_in_the_data_is_amber(phone: Phone, live_gate: Gate) -> None:
    phone.offline()
    with clock.stopped_at(clock.now() - timedelta(days=3)):
        old = live_gate.ticket()
    found = phone.scan(old.qr)
    assert (found["status"], found["reason"]) == ("denied", "not_in_snapshot")
    assert found["dataAsOf"] is not None


def test_without_any_data_a_scan_is_stored_and_pending(new_phone: Callable[[], Phone], live_gate: Gate) -> None:
    phone = new_phone()
    phone.start()
    phone.page.route("**/snapshot*", lambda route: route.abort())
    phone.pair(pairing_code(live_gate))
    phone.offline()
    ticket = live_gate.ticket()
    assert phone.scan(ticket.qr)["status"] == "pending"
    assert phone.scan("nonsense")["reason"] == "unknown"
    phone.offline(False)
    phone.sync()
    assert [(row.status, row.offline) for row in stored()] == [
        (ScanStatus.ADMITTED, True),
        (ScanStatus.DENIED, True),
    ]
    last = phone.state()["last"]
    assert [one["status"] for one in last] == ["denied", "admitted"]
    assert [kind for kind, _detail in phone.run("phone.events")] == ["verdict", "verdict", "corrected"]


def test_names_are_sealed_in_the_phone(phone: Phone, live_gate: Gate) -> None:
    live_gate.ticket("Raden Ajeng Rahasia")
    phone.sync()
    script = """(async () => {
      const bytes = [];
      for (const name of phone.gate.db.objectStoreNames) bytes.push(...(await phone.gate.db.getAll(name)));
      const decoder = new TextDecoder();
      return bytes.map((one) => one instanceof ArrayBuffer ? decoder.decode(one) : JSON.stringify(one)).join(" ");
    })()"""
    assert phone.run("phone.gate.data.names.chunks.length") > 0
    assert "Rahasia" not in phone.run(script)


def test_deltas_bring_what_changed(phone: Phone, live_gate: Gate) -> None:
    whole = phone.run("phone.gate.data.snapshot.count")
    ticket, other = live_gate.ticket("Budi"), live_gate.ticket("Ani")
    phone.sync()
    assert phone.run("phone.gate.data.snapshot.count") == whole + 2
    assert len(phone.kept("deltas")) in (1, 2)  # the round of every 15 s may come between the two
    live_gate.scan(other.qr)  # another phone
    phone.sync()
    phone.offline()
    assert phone.scan(other.qr)["reason"] == "already_admitted"
    phone.offline(False)
    with transaction():
        from app.registration.models import Ticket

        db.session.get_one(Ticket, ticket.id).status = TicketStatus.CANCELLED
    phone.sync()
    phone.offline()
    assert phone.scan(ticket.qr)["reason"] == "cancelled"
    phone.reopen_offline()
    assert phone.scan(ticket.qr)["reason"] == "cancelled"


def test_many_deltas_become_one_whole(phone: Phone, live_gate: Gate) -> None:
    phone.run("phone.gate.data.deltas = 39")
    ticket = live_gate.ticket("Budi")
    phone.sync()
    live_gate.scan(ticket.qr)
    phone.sync()
    assert phone.kept("deltas") == []
    phone.start()
    phone.offline()
    found = phone.scan(ticket.qr)
    assert (found["reason"], found["holder"]) == ("already_admitted", "Budi")


def test_names_still_being_read_are_waited_for(phone: Phone, live_gate: Gate) -> None:
    ticket = live_gate.ticket("Budi")
    phone.sync()
    phone.start(gate=False)
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url) if "snapshot/names" in request.url else None)
    phone.run("""phone.load("data").then(({ GateData }) => {
      const real = GateData.prototype.readNames;
      GateData.prototype.readNames = async function (point) {
        await new Promise((done) => setTimeout(done, 200));
        return real.call(this, point);
      };
    })""")
    phone.run(
        """phone.load("engine").then(async ({ Gate }) => { phone.gate = await Gate.open({ shell: false }); })"""
    )
    assert phone.scan(ticket.qr)["holder"] == "Budi"
    live_gate.ticket("Ani")
    phone.sync()
    assert [("since=" in url) for url in asked] == [True]  # only what is new


def test_a_slow_server_does_not_hold_up_the_gate(phone: Phone, live_gate: Gate) -> None:
    ticket = live_gate.ticket()
    phone.sync()
    phone.run("""(() => {
      const real = window.fetch;
      window.fetch = (path, options) => path.endsWith("/scans")
        ? new Promise((done) => setTimeout(done, 1500)).then(() => real(path, options))
        : real(path, options);
    })()""")
    script = """(async () => {
      const from = performance.now();
      const { by, status } = await phone.gate.scan(given);
      return { by, status, took: performance.now() - from };
    })()"""
    found = phone.run(script, ticket.qr)
    assert (found["by"], found["status"]) == ("phone", "admitted")
    assert 700 <= found["took"] < 1400
    phone.wait("phone.gate.state.unsent === 0")
    assert [row.conflict for row in stored()] == [False]
    assert admissions() == 1


def test_the_server_learns_when_the_phone_had_let_in_whom_it_would_not(phone: Phone, live_gate: Gate) -> None:
    ticket = live_gate.ticket()
    phone.sync()
    live_gate.scan(ticket.qr)  # elsewhere, a moment before
    phone.run("""(() => {
      const real = window.fetch;
      window.fetch = (path, options) => path.endsWith("/scans")
        ? real(path, options).then((answer) => new Promise((done) => setTimeout(done, 1500, answer)))
        : real(path, options);
    })()""")
    assert phone.scan(ticket.qr)["status"] == "admitted"
    phone.wait("phone.events.some(([kind]) => kind === 'corrected')")
    phone.wait("phone.gate.state.unsent === 0")
    rows = stored()
    assert [(row.status, row.conflict) for row in rows] == [
        (ScanStatus.ADMITTED, False), (ScanStatus.DENIED, False), (ScanStatus.ADMITTED, True),
    ]  # fmt: skip
    assert admissions() == 1


def test_who_holds_the_phone_is_told(phone: Phone, live_gate: Gate) -> None:
    phone.run("phone.gate.handOver('  Bu Rina  ')")
    phone.scan(live_gate.ticket().qr)
    assert phone.start()["volunteer"] == "Bu Rina"
    db.session.rollback()
    assert db.session.scalars(sa.select(Scan.volunteer)).all() == ["Bu Rina"]


def test_practice_counts_nothing(phone: Phone, live_gate: Gate) -> None:
    ticket = live_gate.ticket()
    phone.sync()
    phone.run("phone.gate.practise(true)")
    assert phone.scan("LATIHAN:admitted")["status"] == "admitted"
    assert phone.scan("LATIHAN:too_early")["reason"] == "too_early"
    assert phone.scan(ticket.qr)["status"] == "admitted"
    assert phone.scan(ticket.qr)["status"] == "admitted"
    assert phone.state()["last"] == []
    assert (stored(), phone.state()["unsent"]) == ([], 0)
    phone.run("phone.gate.practise(false)")
    assert phone.scan(ticket.qr)["status"] == "admitted"


@pytest.mark.parametrize("offline", [False, True])
def test_undo_within_ten_seconds(phone: Phone, live_gate: Gate, offline: bool) -> None:
    ticket = live_gate.ticket()
    phone.sync()
    phone.offline(offline)
    scan = phone.scan(ticket.qr)
    assert phone.run("phone.gate.undo(given)", scan["id"]) is True
    assert phone.run("phone.gate.undo(given)", scan["id"]) is False
    assert phone.state()["last"][0]["undone"] is True
    assert phone.state()["admitted"] == 0
    phone.offline(False)
    phone.sync()
    assert admissions() == 0
    assert phone.kept("undone") == []
    assert phone.sync()["admitted"] == 0
    assert phone.scan(ticket.qr)["status"] == "admitted"
    assert phone.kept("settled") == [] or phone.sync()["admitted"] == 1


def test_undo_is_too_late_after_ten_seconds(phone: Phone, live_gate: Gate) -> None:
    scan = phone.scan(live_gate.ticket().qr)
    phone.run("phone.gate.last.find(given).undoable -= 10001", scan["id"])
    assert phone.run("phone.gate.undo(given)", scan["id"]) is False


def test_clock_of_a_phone_a_day_off(new_phone: Callable[[], Phone], live_gate: Gate) -> None:
    """Its verdicts and its uploads are as those of a phone that is right; the original time is kept."""
    phone = new_phone()
    phone.page.add_init_script("{ const real = Date.now; Date.now = () => real() + 86400000;"
                               " const D = Date; window.Date = class extends D {"
                               " constructor(...a) { a.length ? super(...a) : super(D.now()); } }; }")  # fmt: skip
    phone.start()
    phone.pair(pairing_code(live_gate, live_gate.desk))
    skew = phone.state()["skewMs"]
    assert abs(skew - 86_400_000) < 5_000
    ticket = live_gate.ticket()
    phone.sync()
    phone.offline()
    assert phone.scan(ticket.qr)["status"] == "admitted"  # tomorrow it would be wrong_day
    phone.offline(False)
    phone.sync()
    assert [(row.status, row.conflict) for row in stored()] == [(ScanStatus.ADMITTED, False)]
    row = db.session.execute(sa.select(Scan.scanned_at, Admission.admitted_at).join(Admission)).one()
    assert row.scanned_at - clock.now() > timedelta(hours=23)
    assert abs(row.admitted_at - clock.now()) < timedelta(minutes=1)


_SET = "(() => { const real = Date.now; Date.now = () => real.call(Date) + given; })()"
_SIGHT = """(() => {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => given });
  document.dispatchEvent(new Event("visibilitychange"));
})()"""
HOUR_MS = 3_600_000


@pytest.mark.parametrize("step", [-3 * 24 * HOUR_MS, 3 * 24 * HOUR_MS])
def test_a_clock_set_while_the_page_is_open_without_a_network(phone: Phone, live_gate: Gate, step: int) -> None:
    ticket = live_gate.ticket()
    phone.sync()
    phone.offline()
    phone.run(_SET, step)
    assert phone.scan(ticket.qr)["status"] == "admitted"  # three days off it would be wrong_day
    skew = phone.state()["skewMs"]
    assert abs(skew - step) < 2_000
    phone.reopen_offline()
    assert phone.state()["skewMs"] == skew
    phone.page.unroute("**/api/**")
    phone.wait("phone.gate.sync().then(() => phone.gate.state.unsent === 0)")
    phone.wait("Math.abs(phone.gate.skewMs) < 2000")  # the page opened anew has the right clock again
    db.session.rollback()
    assert [(row.status, row.conflict) for row in stored()] == [(ScanStatus.ADMITTED, False)]
    (admitted_at,) = db.session.scalars(sa.select(Admission.admitted_at))
    assert abs(admitted_at - clock.now()) < timedelta(minutes=1)


def test_sleep_is_not_a_clock_that_was_set_and_the_first_answer_counts(phone: Phone) -> None:
    for _n in range(5):
        phone.sync()
    phone.run("clearInterval(phone.gate.syncer.timer)")  # only the rounds that are asked for here
    phone.offline()  # or the round that begins as the page comes to sight would have its answer first
    phone.run(_SIGHT, "hidden")
    phone.run(_SET, HOUR_MS)  # asleep the steady clock stands still: that looks the same
    phone.run(_SIGHT, "visible")
    assert abs(phone.run("phone.gate.now() - Date.now()")) < 2_000
    phone.offline(False)
    phone.sync()
    assert abs(phone.state()["skewMs"] - HOUR_MS) < 2_000


def test_a_family_in_one_tap(phone: Phone, live_gate: Gate) -> None:
    first, *others = family(live_gate, ["Ibu", "Anak satu", "Anak dua"])
    phone.sync()
    found = phone.scan(first.qr)
    assert {one["holder"] for one in found["family"]} == {"Anak satu", "Anak dua"}
    verdicts = phone.run("phone.gate.admitFamily(given)", found["family"])
    assert [one["status"] for one in verdicts] == ["admitted", "admitted"]
    assert admissions() == 3
    assert phone.scan(others[0].qr)["reason"] == "already_admitted"


def test_a_family_in_one_tap_offline(phone: Phone, live_gate: Gate) -> None:
    first, *others = family(live_gate, ["Ibu", "Anak satu", "Anak dua"])
    phone.sync()
    phone.offline()
    found = phone.scan(first.qr)
    assert {one["id"] for one in found["family"]} == {f"{other.id:016x}" for other in others}
    assert [one["status"] for one in phone.run("phone.gate.admitFamily(given)", found["family"])] == [
        "admitted"
    ] * 2
    assert phone.scan(others[0].qr)["reason"] == "already_admitted"
    phone.offline(False)
    phone.sync()
    assert admissions() == 3
    assert [row.conflict for row in stored()] == [False] * 4


def family(gate: Gate, names: list[str]) -> list[Any]:
    """Tickets of one registration."""
    from app.registration.models import Booking, Ticket

    tickets = [gate.ticket(name) for name in names]
    people = [db.session.get_one(Ticket, ticket.id).participant_id for ticket in tickets]
    bookings = db.session.scalars(sa.select(Booking).where(Booking.participant_id.in_(people))).all()
    for place, booking in enumerate(bookings):
        booking.registration_id, booking.position = bookings[0].registration_id, place
    db.session.commit()
    return tickets


def test_leaving_and_coming_back(new_phone: Callable[[], Phone], live_gate: Gate) -> None:
    with transaction():
        live_gate.gate.counts_inside, live_gate.gate.capacity = True, 2
    phone = new_phone()
    phone.start()
    phone.pair(pairing_code(live_gate))
    ticket = live_gate.ticket()
    phone.sync()
    for offline in (True, False):
        phone.offline(offline)
        assert phone.scan(ticket.qr)["status"] == "admitted"
        assert phone.state()["inside"] == 1
        assert phone.scan(ticket.qr)["reason"] == "already_admitted"
        assert phone.scan(ticket.qr, direction="out")["out"] is True
        assert phone.state()["inside"] == 0
        assert phone.scan(ticket.qr, direction="out")["reason"] == "not_inside"
        phone.page.wait_for_timeout(1100)  # a return in the same second has the same key
    state = phone.sync()
    assert (state["inside"], state["capacity"], state["unsent"]) == (0, 2, 0)
    assert [row.conflict for row in stored()] == [False] * 8


def test_typed_hash_that_two_tickets_share_is_not_guessed(phone: Phone, live_gate: Gate) -> None:
    one, two = live_gate.ticket("Ani"), live_gate.ticket("Budi")
    phone.sync()
    phone.run("phone.gate.data.snapshot.tickets.hash[1] = phone.gate.data.snapshot.tickets.hash[0]")
    phone.offline()
    reasons = {phone.scan(ticket.code)["reason"] for ticket in (one, two)}
    assert "not_in_snapshot" in reasons
    assert phone.scan(one.qr)["status"] == "admitted"


def test_pause_and_closing_reach_the_phone(phone: Phone, live_gate: Gate) -> None:
    ticket = live_gate.ticket()
    with transaction():
        live_gate.gate.paused_at = clock.now()
    assert phone.sync()["paused"] is True
    phone.offline()
    assert phone.scan(ticket.qr)["reason"] == "point_paused"


def test_forgetting_waits_for_unsent_scans(phone: Phone, live_gate: Gate) -> None:
    phone.offline()
    phone.scan(live_gate.ticket().qr)
    assert phone.run("phone.gate.forget()") is False
    phone.offline(False)
    phone.sync()
    assert phone.run("phone.gate.forget()") is True
    assert phone.state()["point"] is None
    assert (phone.kept("snapshot"), phone.kept("names"), phone.kept("deltas")) == ([], [], [])


def test_state_tells_ages_and_counts(phone: Phone, live_gate: Gate) -> None:
    state = phone.state()
    assert re.fullmatch("Siti, HP hitam", state["device"])
    assert (state["unsent"], state["admitted"], state["practice"], state["storageWarning"]) == (0, 0, False, None)
    assert abs(state["skewMs"]) < 2_000
