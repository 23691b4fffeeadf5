"""The snapshot: whole, then what has changed; nothing is missed and nobody's name is in it."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask, current_app

from app.checkin import services
from app.checkin.models import Admission, Device
from app.core import clock
from app.core.db import db, transaction
from app.registration.models import Booking, BookingStatus, Participant, Ticket, TicketStatus
from tests.checkin.conftest import Gate
from tests.checkin.snapshots import Snapshot, decode
from tests.checkin.test_api import counted


def fetch(gate: Gate, since: str | None = None, *, desk: bool = False) -> Snapshot:
    point, token = ("jalan-santai", gate.desk_token) if desk else ("gerbang-utama", gate.token)
    answer = gate.client.get(
        f"/api/v1/checkin/points/{point}/snapshot",
        query_string={"since": since} if since else None,
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/vnd.pekan.snapshot"
    assert answer.headers["Cache-Control"] == "no-store"
    return decode(answer.data)


def test_the_whole_snapshot(gate: Gate) -> None:
    known, waiting = gate.ticket("Siti Aminah"), gate.ticket(booking=BookingStatus.WAITLISTED)
    replaced = gate.ticket(status=TicketStatus.REPLACED)
    gate.scan(known.qr)
    got = fetch(gate)
    head = got.head
    assert (head["format"], head["full"], head["festival"], head["zone"]) == (
        1,
        True,
        gate.festival.id,
        "Asia/Jakarta",
    )
    assert len(head["days"]) == 3
    assert head["point"] == {
        "slug": "gerbang-utama", "name": "Gerbang utama", "activity": None, "policy": "daily", "opens_before": 60,
        "closes_after": 0, "active": True, "paused_at": None, "counts_inside": False, "capacity": None,
        "supervisor": False,
    }  # fmt: skip
    assert head["slots"][0]["activity"] == gate.activity.number
    assert head["activities"] == {str(gate.activity.number): "Jalan santai"}
    assert [k["id"] for k in head["keys"]] == [1]
    n = gate.slot.id
    plain = {"replaced": False, "cancelled": False, "blank": False}
    assert got.classes[known.id] == {**plain, "bookings": [[n, "live"]]}
    assert got.classes[waiting.id] == {**plain, "bookings": [[n, "waiting"]]}
    assert got.classes[replaced.id] == {**plain, "replaced": True, "bookings": []}
    assert got.knows_code(known.id, known.code)
    assert not got.knows_code(known.id, waiting.code)
    [(ticket_id, _at, left, key)] = got.admissions
    assert (ticket_id, left) == (known.id, 0)
    assert 0 < key < 0x10000  # days since 2020
    assert fetch(gate, desk=True).admissions == []


def test_a_closed_slot_is_told(gate: Gate) -> None:
    assert "closed" not in fetch(gate).head["slots"][0]
    with transaction():
        gate.slot.closed = True
    assert fetch(gate).head["slots"][0]["closed"] is True


def test_no_name_travels(gate: Gate) -> None:
    gate.ticket("Nama Rahasia")
    headers = {"Authorization": f"Bearer {gate.token}"}
    body = gate.client.get("/api/v1/checkin/points/gerbang-utama/snapshot", headers=headers).data
    assert b"Rahasia" not in body


def test_a_revoked_phone_gets_nothing(gate: Gate) -> None:
    with transaction():
        for device in db.session.scalars(sa.select(Device)):
            services.revoke(device, None, clock.now())
    headers = {"Authorization": f"Bearer {gate.token}"}
    answer = gate.client.get("/api/v1/checkin/points/gerbang-utama/snapshot", headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "revoked_device")
    nobody = gate.client.get("/api/v1/checkin/points/gerbang-utama/snapshot")
    assert nobody.status_code == 401


def test_a_delta_tells_what_has_changed_and_no_more(gate: Gate) -> None:
    old, cancelled, ended = gate.ticket("Tetap"), gate.ticket("Batal"), gate.ticket("Ganti")
    start = fetch(gate)
    assert set(start.classes) == {old.id, cancelled.id, ended.id}
    nothing = fetch(gate, start.head["cursor"])
    assert (nothing.head["full"], nothing.classes, nothing.admissions) == (False, {}, [])
    fresh = gate.ticket("Baru")
    person = db.session.scalar(sa.select(Ticket.participant_id).where(Ticket.id == cancelled.id))
    with transaction():
        db.session.execute(
            sa.update(Booking).where(Booking.participant_id == person).values(status=BookingStatus.CANCELLED)
        )
        db.session.execute(sa.update(Ticket).where(Ticket.id == ended.id).values(status=TicketStatus.REPLACED))
    gate.scan(old.qr)
    got = fetch(gate, start.head["cursor"])
    assert not got.head["full"]
    assert set(got.classes) == {fresh.id, cancelled.id, ended.id}
    told = got.classes[cancelled.id]
    assert told is not None
    assert told["bookings"] == [[gate.slot.id, "over"]]
    assert [row[0] for row in got.admissions] == [old.id]
    assert fetch(gate, got.head["cursor"]).classes == {}


def test_an_erased_ticket_and_an_admission_taken_back(gate: Gate) -> None:
    ticket, other = gate.ticket(), gate.ticket("Budi")
    gate.scan(ticket.qr, other.qr)
    cursor = fetch(gate).head["cursor"]
    with transaction():
        db.session.execute(sa.delete(Admission).where(Admission.ticket_id == ticket.id))
        db.session.execute(sa.delete(Ticket).where(Ticket.id == other.id))
    got = fetch(gate, cursor)
    assert got.classes == {other.id: None}
    assert sorted(got.admissions) == sorted((id_, 0, 0, 0xFFFFFFFE) for id_ in (ticket.id, other.id))


def test_a_new_name_is_a_change(gate: Gate) -> None:
    ticket = gate.ticket()
    cursor = fetch(gate).head["cursor"]
    with transaction():
        db.session.execute(sa.update(Participant).values(name="Siti A."))
    assert set(fetch(gate, cursor).classes) == {ticket.id}


def test_a_cursor_that_is_no_good_gets_everything(gate: Gate) -> None:
    ticket = gate.ticket()
    cursor = fetch(gate).head["cursor"]
    place, seconds = (int(part) for part in cursor.split("-"))
    for odd in ("", "x", "-", f"{place + 10**9}-{seconds}", f"{place}-{seconds + 3600}", "9" * 40, "1-1", "-1-5"):
        got = fetch(gate, odd)
        assert (got.head["full"], set(got.classes)) == (True, {ticket.id}), odd
    with clock.stopped_at(clock.now() + timedelta(days=2, seconds=1)):
        assert fetch(gate, cursor).head["full"]


def test_families_are_those_of_one_registration(gate: Gate) -> None:
    one, two, alone = gate.ticket("Ibu"), gate.ticket("Anak"), gate.ticket("Tetangga")
    start = fetch(gate).head["cursor"]
    assert fetch(gate).families == {}
    with transaction():
        of = dict(db.session.execute(sa.select(Ticket.id, Ticket.participant_id)).all())
        registration = db.session.scalar(
            sa.select(Booking.registration_id).where(Booking.participant_id == of[one.id])
        )
        db.session.execute(
            sa.update(Booking).where(Booking.participant_id == of[two.id]).values(registration_id=registration)
        )
    whole, delta = fetch(gate), fetch(gate, start)
    assert set(whole.families) == {one.id, two.id}
    assert whole.families[one.id] == whole.families[two.id]
    assert delta.families == {two.id: whole.families[one.id]}
    assert alone.id not in whole.families


def test_the_whole_is_kept_for_a_moment_and_its_cursor_tells_what_came_since(gate: Gate) -> None:
    extensions = current_app.extensions
    before = extensions["pekan_settings"]
    extensions["pekan_settings"] = replace(before, page_seconds=2.0)
    try:
        first = gate.ticket()
        assert set(fetch(gate).classes) == {first.id}
        second = gate.ticket("Budi")
        gate.scan(first.qr, second.qr)
        kept = fetch(gate)
        assert set(kept.classes) == {first.id}
        assert {row[0] for row in kept.admissions} == {first.id, second.id}, "admissions are never kept"
        assert set(fetch(gate, kept.head["cursor"]).classes) == {second.id}
        assert set(fetch(gate, desk=True).classes) == {first.id, second.id}, "another point asks afresh"
    finally:
        extensions["pekan_settings"] = before
        sys.modules["app.checkin.queries.snapshot"]._kept.clear()


def test_what_commits_late_is_not_missed(app: Flask, gate: Gate) -> None:
    """PostgreSQL numbers transactions as they begin: one that began before a phone asked may commit after it."""
    one, two = gate.ticket("Satu"), gate.ticket("Dua")
    db.session.remove()
    with db.engine.connect() as slow:
        if db.engine.dialect.name == "postgresql":
            slow.execute(sa.update(Ticket).where(Ticket.id == one.id).values(status=TicketStatus.REPLACED))
        with transaction():
            db.session.execute(sa.update(Ticket).where(Ticket.id == two.id).values(status=TicketStatus.REPLACED))
        cursor = fetch(gate).head["cursor"]
        if db.engine.dialect.name == "sqlite":  # one writer: who has not committed has not begun
            slow.execute(sa.update(Ticket).where(Ticket.id == one.id).values(status=TicketStatus.REPLACED))
        slow.commit()
    assert one.id in fetch(gate, cursor).classes


def test_a_delta_takes_as_many_statements_for_one_change_as_for_fifty(gate: Gate) -> None:
    gate.ticket()
    cursor = fetch(gate).head["cursor"]
    gate.ticket("Satu")
    with counted() as few:
        fetch(gate, cursor)
    for n in range(50):
        gate.ticket(f"Warga {n}")
    with counted() as many:
        fetch(gate, cursor)
    assert len(few) == len(many)
