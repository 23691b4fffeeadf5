"""The waiting list: freed places go to the first registrations whose whole group fits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core.db import db, rows_changed
from app.programme.models import Activity, TimeSlot
from app.registration import rules
from app.registration.models import (
    Booking,
    BookingStatus,
    Registration,
    RegistrationStatus,
    Ticket,
    TicketStatus,
)
from app.registration.services import letters
from app.registration.services.places import give_back_places, issue_tickets, take_places

MOST_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class _Waiting:
    id: int
    code: str
    phone: str
    people: int


@dataclass(frozen=True, slots=True)
class _Slot:
    id: int
    festival_id: int
    scope: int
    title: str
    starts_at: datetime
    places: int | None


def fill_places(slot_id: int, now: datetime) -> int:
    """Confirm waiting registrations that fit into a slot's free places; returns how many were.

    Nothing happens in a slot that has begun or is closed.
    """
    slot = _slot(slot_id, now)
    if slot is None or slot.places == 0:
        return 0
    waiting = {group.id: group for group in _waiting(slot_id)}
    chosen = rules.waiting_that_fit(((g.id, g.people) for g in waiting.values()), slot.places)
    return sum(_confirm(slot, waiting[registration_id], now) for registration_id in chosen)


def _slot(slot_id: int, now: datetime) -> _Slot | None:
    row = db.session.execute(
        sa.select(
            TimeSlot.id, TimeSlot.festival_id, TimeSlot.starts_at, TimeSlot.capacity, TimeSlot.taken,
            Activity.number, Activity.title,
        )
        .join(Activity, Activity.id == TimeSlot.activity_id)
        .where(TimeSlot.id == slot_id, sa.not_(TimeSlot.closed), TimeSlot.starts_at > now)
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    left = None if row.capacity is None else max(0, row.capacity - row.taken)
    return _Slot(row.id, row.festival_id, row.number, row.title, row.starts_at, left)


def _waiting(slot_id: int) -> list[_Waiting]:
    rows = db.session.execute(
        sa.select(Registration.id, Registration.code, Registration.contact_phone, sa.func.count())
        .join(Booking, Booking.registration_id == Registration.id)
        .where(
            Registration.slot_id == slot_id,
            Registration.status == RegistrationStatus.WAITLISTED,
            Booking.status == BookingStatus.WAITLISTED,
        )
        .group_by(Registration.id, Registration.code, Registration.contact_phone)
        .order_by(Registration.id)
        .limit(MOST_LOOKED_AT)
    )
    return [_Waiting(*row) for row in rows]


def _confirm(slot: _Slot, group: _Waiting, now: datetime) -> bool:
    """Give a group its places; False when they or the group are gone by now."""
    if not take_places(slot.id, group.people, group.people):
        return False
    still_waiting = (
        sa.update(Registration)
        .where(Registration.id == group.id, Registration.status == RegistrationStatus.WAITLISTED)
        .values(status=RegistrationStatus.CONFIRMED)
    )
    if not rows_changed(still_waiting):
        give_back_places(slot.id, group.people)
        return False
    booked = rows_changed(
        sa.update(Booking)
        .where(Booking.registration_id == group.id, Booking.status == BookingStatus.WAITLISTED)
        .values(status=BookingStatus.CONFIRMED)
    )
    give_back_places(slot.id, group.people - booked)  # somebody of the group was cancelled meanwhile
    _issue_missing(slot, group.id, now)
    letters.tell_of_place(slot.festival_id, group.phone, group.code, slot.title, slot.starts_at, now)
    return True


def _issue_missing(slot: _Slot, registration_id: int, now: datetime) -> None:
    without = db.session.scalars(
        sa.select(Booking.participant_id)
        .outerjoin(
            Ticket, sa.and_(Ticket.participant_id == Booking.participant_id, Ticket.status == TicketStatus.VALID)
        )
        .where(
            Booking.registration_id == registration_id,
            Booking.status == BookingStatus.CONFIRMED,
            Ticket.id.is_(None),
        )
    )
    issue_tickets(slot.festival_id, dict.fromkeys(without, slot.scope), now)
