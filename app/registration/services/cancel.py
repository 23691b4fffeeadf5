"""Cancelling: the place is free at once, and goes to who waits for it in the same transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core.db import db, rows_changed
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.programme.models import TimeSlot
from app.registration.models import Booking, BookingStatus, Registration, RegistrationStatus
from app.registration.services.places import give_back_places
from app.registration.services.waiting import fill_places

_LIVE = (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """How many bookings this call ended (0 when there were none left) and whether all are ended now."""

    people: int
    whole: bool


def cancel(registration_id: int, now: datetime, booking_ids: Collection[int] | None = None) -> Cancelled:
    """Cancel a registration, or only some of its people; again is the same and changes nothing.

    Tickets stay: they may be booked for something else, and without a live booking a gate refuses them.
    Raises DomainError slot_over 409 after the end of the slot: who came stays counted.
    """
    # the lock makes cancelling and a promotion from the waiting list take turns (PostgreSQL)
    row = db.session.execute(
        sa.select(Registration.status, Registration.slot_id, TimeSlot.ends_at)
        .join(TimeSlot, TimeSlot.id == Registration.slot_id)
        .where(Registration.id == registration_id)
        .with_for_update(of=Registration)
    ).one()
    if row.status is RegistrationStatus.CANCELLED:
        return Cancelled(0, whole=True)
    if now >= row.ends_at:
        raise DomainError("slot_over", _("Kegiatan ini sudah selesai, jadi tidak bisa dibatalkan lagi."))
    freed = _end(registration_id, BookingStatus.CONFIRMED, booking_ids)
    waited = _end(registration_id, BookingStatus.WAITLISTED, booking_ids)
    whole = _close_when_empty(registration_id, now)
    give_back_places(row.slot_id, freed)
    if freed:
        fill_places(row.slot_id, now)
    return Cancelled(freed + waited, whole)


def _end(registration_id: int, status: BookingStatus, booking_ids: Collection[int] | None) -> int:
    statement = sa.update(Booking).where(Booking.registration_id == registration_id, Booking.status == status)
    if booking_ids is not None:
        statement = statement.where(Booking.id.in_(list(booking_ids)))
    return rows_changed(statement.values(status=BookingStatus.CANCELLED))


def _close_when_empty(registration_id: int, now: datetime) -> bool:
    live = sa.exists().where(Booking.registration_id == registration_id, Booking.status.in_(_LIVE))
    change = (
        sa.update(Registration)
        .where(Registration.id == registration_id, sa.not_(live))
        .values(status=RegistrationStatus.CANCELLED, cancelled_at=now)
    )
    return rows_changed(change) > 0
