"""At the gate: families, walk-ins, supervisors, and what phones tell of themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.checkin import services
from app.checkin.models import Admission, Device, Scan
from app.core import clock
from app.core.admission import AdmissionPolicy
from app.core.codes import ticket_id_bytes
from app.core.db import db, transaction
from app.core.keys import ticket_text
from app.core.passwords import hash_password
from app.programme.models import TimeSlot
from app.registration.models import Booking, BookingStatus, Ticket, TicketStatus
from app.registration.services import cancel_sheet, print_blank
from tests import factories
from tests.checkin.conftest import Gate, Printed, one_scan, print_ticket
from tests.checkin.test_api import counted, revoke_all
from tests.checkin.test_leaving import admissions, told

PIN = "294817"


def join(gate: Gate, *people: Printed) -> None:
    """Put all in the registration of the first."""
    with transaction():
        of = dict(db.session.execute(sa.select(Ticket.id, Ticket.participant_id)).all())
        first = sa.select(Booking.registration_id).where(Booking.participant_id == of[people[0].id])
        registration = db.session.scalar(first)
        theirs = Booking.participant_id.in_([of[p.id] for p in people])
        db.session.execute(sa.update(Booking).where(theirs).values(registration_id=registration))


def desk(gate: Gate, *codes: str, **more: Any) -> list[dict[str, Any]]:
    """The results of scanning at the point of the activity."""
    answer = gate.post([one_scan(c, **more) for c in codes], token=gate.desk_token, point="jalan-santai")
    assert answer.status_code == 200, answer.text
    return list(answer.json["results"])


def test_who_came_along_is_told_while_they_are_not_in(gate: Gate) -> None:
    mother, child, other = gate.ticket("Ibu"), gate.ticket("Anak"), gate.ticket("Tetangga")
    father = gate.ticket("Ayah", booking=BookingStatus.CANCELLED)
    join(gate, mother, child, father)
    gate.scan("first, so that last_seen_at is fresh")
    db.session.remove()
    with counted() as statements:
        [first] = gate.scan(mother.qr)
    assert first["family"] == [{"code": child.code, "holder": "Anak"}]
    assert len(statements) <= 6, statements
    [second] = gate.scan(first["family"][0]["code"])
    assert (second["status"], second["family"]) == ("admitted", [])
    assert gate.scan(other.qr)[0]["family"] == []
    assert gate.scan(mother.qr)[0]["family"] == [], "told only with an admission"
    assert desk(gate, mother.qr)[0]["family"] == [{"code": child.code, "holder": "Anak"}], "not in yet there"


def test_nobody_is_told_of_a_family_after_the_fact(gate: Gate) -> None:
    one, two = gate.ticket("Ibu"), gate.ticket("Anak")
    join(gate, one, two)
    assert gate.scan(one.qr, offline=True)[0]["family"] == []


def test_a_family_of_another_activity_is_not_for_this_point(gate: Gate) -> None:
    other = factories.activity(gate.festival, slug="senam")
    slot = factories.slot(other, starts_in=timedelta(minutes=-5))
    one, two = print_ticket(slot, "Ibu"), print_ticket(slot, "Anak")
    join(gate, one, two)
    point = factories.point(gate.festival, at=other)
    [seen] = gate.post([one_scan(one.qr)], token=gate.pair(point).token, point="senam").json["results"]
    assert [r["holder"] for r in seen["family"]] == ["Anak"]
    alone = print_ticket(gate.slot, "Sendiri")
    assert desk(gate, alone.qr)[0]["family"] == []


def test_twenty_in_one_registration(gate: Gate) -> None:
    people = [gate.ticket(f"Warga {n:02}") for n in range(25)]
    join(gate, *people)
    assert len(gate.scan(people[0].qr)[0]["family"]) == 19


@pytest.fixture
def blanks(gate: Gate) -> list[Printed]:
    """Blank tickets as they come from the printer."""
    user = factories.user("meja")
    with transaction():
        sheet = print_blank(gate.festival.id, 4, user.id, clock.now())
    rows = db.session.execute(
        sa.select(Ticket.id, Ticket.code).where(Ticket.participant_id.is_(None)).order_by(Ticket.id)
    ).all()
    db.session.remove()
    assert sheet
    return [Printed(row.id, row.code, ticket_text(gate.festival.id, 0, row.id), "") for row in rows]


def test_a_walk_in_gets_the_name_and_comes_in(gate: Gate, blanks: list[Printed]) -> None:
    scan = one_scan(blanks[0].qr, name="  Pak   Tamu ")
    answer = gate.post([scan], token=gate.desk_token, point="jalan-santai").json
    [result] = answer["results"]
    assert (result["status"], result["holder"]) == ("admitted", "Pak Tamu")
    assert gate.post([scan], token=gate.desk_token, point="jalan-santai").json == answer
    assert db.session.scalar(sa.select(TimeSlot.taken)) == 1
    assert told(desk(gate, blanks[0].qr)) == [("denied", "already_admitted")]
    assert told(gate.scan(blanks[0].qr)) == [("admitted", None)], "and has a booking for the gate"
    assert services.examine() == []


def test_a_walk_in_without_a_network_is_bound_later(gate: Gate, blanks: list[Printed]) -> None:
    early = (clock.now() - timedelta(minutes=5)).isoformat()
    shown = {"offline": True, "verdict": "admitted", "at": early}
    with clock.stopped_at(clock.now() + timedelta(hours=8)):  # the slot is over when it arrives
        [result] = desk(gate, blanks[0].code, name="Tamu", **shown)
        assert (result["status"], result["conflict"], result["holder"]) == ("admitted", False, "Tamu")
        [again] = desk(gate, blanks[0].code, name="tamu", **shown)
        assert (again["reason"], again["conflict"]) == ("already_admitted", True)
        [other] = desk(gate, blanks[0].code, name="Orang Lain", **shown)
        assert (other["status"], other["reason"], other["conflict"]) == ("admitted", "other_holder", True)
    assert services.examine() == []


def test_a_name_for_who_has_one_already_is_harmless(gate: Gate) -> None:
    ticket = gate.ticket("Ma'ruf")
    assert told(gate.scan(ticket.qr, name="maruf")) == [("admitted", None)]
    assert told(gate.scan(gate.ticket("Budi").qr, name="Ani")) == [("denied", "other_holder")]


@pytest.mark.parametrize(
    ("case", "reason"),
    [("gate", "needs_desk"), ("full", "slot_full"), ("over", "needs_desk"), ("nameless", "needs_desk"),
     ("closed", "point_closed"), ("lost", "cancelled"), ("no name", "blank")],
)  # fmt: skip
def test_walk_ins_that_cannot_be(gate: Gate, blanks: list[Printed], case: str, reason: str) -> None:
    with transaction():
        if case == "full":
            db.session.execute(sa.update(TimeSlot).values(capacity=0))
        if case == "closed":
            db.session.execute(sa.text("UPDATE checkin_point SET active = :no"), {"no": False})
        if case == "lost":
            sheet = db.session.execute(sa.text("SELECT id FROM blank_sheet")).scalar_one()
            cancel_sheet(gate.festival.id, sheet, factories_user(), clock.now())
    name = {"nameless": "\u200b.\u200b".replace(".", "\u3164"), "no name": None}.get(case, "Tamu")
    later = clock.now() + timedelta(hours=9 if case == "over" else 0)
    with clock.stopped_at(later):
        scan = gate.scan if case == "gate" else lambda *c, **m: desk(gate, *c, **m)
        assert told(scan(blanks[0].qr, name=name)) == [("denied", reason)]
    assert admissions() == 0
    assert db.session.scalar(sa.select(Ticket.participant_id).where(Ticket.id == blanks[0].id)) is None
    assert services.examine() == []


def factories_user() -> int:
    return int(db.session.execute(sa.text("SELECT id FROM user_account")).scalar_one())


def test_an_offline_walk_in_to_a_full_slot_is_a_conflict(gate: Gate, blanks: list[Printed]) -> None:
    with transaction():
        db.session.execute(sa.update(TimeSlot).values(capacity=0))
    [result] = desk(gate, blanks[0].qr, name="Tamu", offline=True, verdict="admitted")
    assert (result["status"], result["reason"], result["conflict"]) == ("admitted", "slot_full", True)
    [sent_away] = desk(gate, blanks[1].qr, name="Tamu", offline=True, verdict="denied", reason="point_paused")
    assert (sent_away["status"], sent_away["reason"]) == ("denied", "point_paused")
    assert services.examine() == []


def supervise(gate: Gate, pin: object = PIN, token: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {token or gate.token}"}
    return gate.client.post("/api/v1/checkin/points/gerbang-utama/supervisor", json={"pin": pin}, headers=headers)


@pytest.fixture
def guarded(gate: Gate) -> Gate:
    gate.gate.pin_hash = hash_password(PIN)
    db.session.commit()
    return gate


def test_a_pin_opens_the_list_of_names(guarded: Gate) -> None:
    gate, ticket = guarded, guarded.ticket("Siti")
    gate.ticket("Batal", booking=BookingStatus.CANCELLED)
    gate.ticket("Ganti", status=TicketStatus.REPLACED)
    answer = supervise(gate)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["names"] == [{"id": f"{ticket.id:016x}", "name": "Siti", "code": ticket.code}]
    assert datetime.fromisoformat(answer.json["until"]) == clock.now() + timedelta(hours=12)


@pytest.mark.parametrize("pin", ["", "000000", PIN + "0", "٢٩٤٨١٧", "x" * 100_000, "\ud800"])
def test_wrong_pins(guarded: Gate, pin: str) -> None:
    answer = guarded.client.post(
        "/api/v1/checkin/points/gerbang-utama/supervisor",
        data='{"pin": ' + __import__("json").dumps(pin) + "}",
        content_type="application/json",
        headers={"Authorization": f"Bearer {guarded.token}"},
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "wrong_pin")
    assert db.session.scalars(sa.select(Device.supervisor_until)).all() == [None, None]


def test_a_point_without_a_pin_has_no_supervisor(gate: Gate) -> None:
    assert supervise(gate).status_code == 403
    assert supervise(gate, pin=7).status_code == 422


def test_a_revoked_phone_is_nobodys(guarded: Gate) -> None:
    revoke_all()
    assert supervise(guarded).json["error"]["code"] == "revoked_device"


def test_letting_in_by_hand(guarded: Gate) -> None:
    gate = guarded
    tomorrow = factories.slot(gate.activity, starts_in=timedelta(days=9))
    late, gone = print_ticket(tomorrow, "Tamu"), gate.ticket(booking=BookingStatus.CANCELLED)
    waiting = gate.ticket("Menunggu", booking=BookingStatus.WAITLISTED)
    with transaction():
        db.session.execute(sa.text("UPDATE checkin_point SET active = :no"), {"no": False})
    why = {"by_hand": "Tamu wali kota"}
    assert told(gate.scan(late.qr, **why)) == [("denied", "point_closed")], "not a supervisor yet"
    supervise(gate)
    assert told(gate.scan(late.qr, **why)) == [("admitted", None)]
    assert told(gate.scan(late.qr, **why)) == [("denied", "already_admitted")]
    assert told(gate.scan(waiting.code, **why)) == [("admitted", None)]
    assert told(gate.scan(gone.qr, **why)) == [("admitted", None)], "the closed point was the reason"
    assert told(gate.scan("nonsense", **why)) == [("denied", "unknown")]
    assert told(gate.scan(gate.ticket(status=TicketStatus.REPLACED).qr, **why)) == [("denied", "replaced")]
    assert "Tamu wali kota" in db.session.scalars(sa.select(Scan.by_hand)).all()
    assert services.examine() == []


def test_by_hand_counts_only_while_the_phone_was_a_supervisors(guarded: Gate) -> None:
    gate, start = guarded, clock.now()
    tickets = [gate.ticket(booking=BookingStatus.WAITLISTED) for _ in range(4)]
    supervise(gate)
    shown = {"offline": True, "verdict": "admitted", "by_hand": "kenal"}
    with clock.stopped_at(start + timedelta(hours=13)):
        moments = [timedelta(minutes=-2), timedelta(0), timedelta(hours=11, minutes=59), timedelta(hours=12)]
        results = [
            gate.scan(t.qr, at=(start + after).isoformat(), **shown)[0]
            for t, after in zip(tickets, moments, strict=True)
        ]
    assert [r["conflict"] for r in results] == [True, False, False, True]
    assert services.examine() == []


def test_unlocking_again_prolongs(guarded: Gate) -> None:
    start = clock.now()
    supervise(guarded)
    with clock.stopped_at(start + timedelta(hours=6)):
        supervise(guarded)
    since, until = db.session.execute(
        sa.select(Device.supervisor_since, Device.supervisor_until).where(Device.point_id == guarded.gate.id)
    ).one()
    assert (since, until) == (start, start + timedelta(hours=18))
    db.session.remove()
    with clock.stopped_at(start + timedelta(hours=20)):
        supervise(guarded)
    assert db.session.scalar(
        sa.select(Device.supervisor_since).where(Device.point_id == guarded.gate.id)
    ) == start + timedelta(hours=20)


def test_what_a_phone_tells_of_itself(gate: Gate) -> None:
    def tell(**phone: object) -> tuple[Any, ...]:
        headers = {"Authorization": f"Bearer {gate.token}"}
        body = {"scans": [], "phone": phone}
        answer = gate.client.post("/api/v1/checkin/points/gerbang-utama/scans", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        db.session.rollback()
        columns = (Device.unsent, Device.skew_ms, Device.data_as_of, Device.last_seen_at)
        return tuple(db.session.execute(sa.select(*columns).where(Device.point_id == gate.gate.id)).one())

    now = clock.now()
    assert tell(unsent=3, skew_ms=-86_400_000, as_of=now.isoformat()) == (3, -86_400_000, now, now)
    with clock.stopped_at(now + timedelta(seconds=10)):
        assert tell(unsent=4)[0] == 3, "not every time"
        future = (now + timedelta(days=1)).isoformat()
        assert tell(unsent=0, as_of=future) == (0, None, clock.now(), clock.now()), "at once when it has caught up"
    with clock.stopped_at(now + timedelta(seconds=80)):
        assert tell(unsent=0)[3] == clock.now()


def test_who_held_the_phone_and_its_clock_are_kept(gate: Gate) -> None:
    day_ago = (clock.now() - timedelta(days=1)).isoformat()
    gate.scan(gate.ticket().qr, volunteer=" Kak\n Rina ", skew_ms=-86_400_000, at=day_ago, offline=True)
    scan = db.session.scalars(sa.select(Scan)).one()
    assert (scan.volunteer, scan.skew_ms, scan.scanned_at.isoformat()) == (
        "Kak Rina", -86_400_000, datetime.fromisoformat(day_ago).astimezone(scan.scanned_at.tzinfo).isoformat(),
    )  # fmt: skip
    assert db.session.scalar(sa.select(Admission.admitted_at)) == clock.now()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scans": [], "undone": 7}, "undone"),
        ({"scans": [], "undone": [{"id": "x", "undone_at": "2023-07-20T09:00:00Z"}]}, "undone.0.id"),
        ({"scans": [], "phone": {}}, "phone.unsent"),
        ({"scans": [], "phone": {"unsent": -1}}, "phone.unsent"),
        ({"scans": [], "phone": {"unsent": True}}, "phone.unsent"),
        ({"scans": [], "phone": {"unsent": 1, "skew_ms": 10**15}}, "phone.skew_ms"),
        ({"scans": [{**one_scan("x"), "skew_ms": 0.5}]}, "scans.0.skew_ms"),
        ({"scans": [{**one_scan("x"), "name": 7}]}, "scans.0.name"),
    ],
)
def test_bad_additions_name_their_field(gate: Gate, body: dict[str, Any], field: str) -> None:
    headers = {"Authorization": f"Bearer {gate.token}"}
    answer = gate.client.post("/api/v1/checkin/points/gerbang-utama/scans", json=body, headers=headers)
    assert (answer.status_code, list(answer.json["error"]["fields"])) == (422, [field])


def test_status_of_a_paused_gate(gate: Gate) -> None:
    with transaction():
        services.pause_point(gate.gate.id, None, clock.now())
        db.session.execute(sa.text("UPDATE checkin_point SET policy = :p"), {"p": AdmissionPolicy.ONCE.value})
    headers = {"Authorization": f"Bearer {gate.token}"}
    body = gate.client.get("/api/v1/checkin/points/gerbang-utama/status", headers=headers).json
    assert (body["paused"], body["inside"], body["capacity"]) == (True, None, None)


def test_a_family_let_in_without_a_network_is_told_by_the_ids_of_its_tickets(gate: Gate) -> None:
    ticket, elsewhere = gate.ticket("Anak"), ticket_id_bytes(12345).hex()
    by_id = {"ticket": ticket_id_bytes(ticket.id).hex(), "offline": True, "verdict": "admitted"}
    [one, two] = gate.scan("", "", **by_id)
    assert (one["status"], one["holder"], one["conflict"]) == ("admitted", "Anak", False)
    assert (two["reason"], two["conflict"]) == ("already_admitted", True)
    assert told(gate.scan("", ticket=elsewhere)) == [("denied", "unknown")]
    assert told(gate.scan("nonsense", ticket=by_id["ticket"])) == [("denied", "unknown")], "a code counts first"
    bad = gate.post([one_scan("", ticket="12")])
    assert (bad.status_code, list(bad.json["error"]["fields"])) == (422, ["scans.0.ticket"])
