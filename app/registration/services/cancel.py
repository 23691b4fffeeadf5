"""Cancelling: the place is free at once, and is offered to who waits for it in the same transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core.db import rows_changed
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.registration.models import (
    Booking,
    BookingStatus,
    OfferState,
    Registration,
    RegistrationStatus,
    TeamPlaceState,
)
from app.registration.services.hold import hold
from app.registration.services.places import give_back_places
from app.registration.services.team_places import end_open_places
from app.registration.services.waiting import fill_places, reduce_offer

# Who was booked before (``duplicate``) goes like everybody else, or what can be cancelled would tell who that is.
_LIVE = (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED, BookingStatus.DUPLICATE)
_WITH_PLACE = (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """How many bookings this call ended (0 when there were none left) and whether all are ended now."""

    people: int
    whole: bool


def cancel(
    registration_id: int, now: datetime, booking_ids: Collection[int] | None = None, *,
    undoable: bool = True, offer_becomes: OfferState = OfferState.WITHDRAWN,
) -> Cancelled:  # fmt: skip
    """Cancel a registration, or only some of its people; again is the same and changes nothing.

    Tickets stay: they may be booked for something else, and without a live booking a gate refuses them.
    ``undoable`` is for who cancels their own: ``undo`` takes it back within a minute. What the committee
    cancels is not undone from the manage page, nor what was cancelled there just before. Places kept for a team
    without a name go with the last person, for good. Raises DomainError slot_over 409 after the end of the slot:
    who came stays counted.
    """
    held = hold(registration_id)
    if not undoable:
        _forget_undo(registration_id)
    if held.status is RegistrationStatus.CANCELLED:
        return Cancelled(0, whole=True)
    if now >= held.ends_at:
        raise DomainError("slot_over", _("Kegiatan ini sudah selesai, jadi tidak bisa dibatalkan lagi."))
    ended = {status: _end(registration_id, status, booking_ids, now, undoable=undoable) for status in _LIVE}
    whole = _close_when_empty(registration_id, now)
    kept = reduce_offer(registration_id, ended[BookingStatus.WAITLISTED], offer_becomes, now)
    unnamed = end_open_places(registration_id, TeamPlaceState.FREED, now) if whole else 0
    give_back_places(held.slot_id, ended[BookingStatus.CONFIRMED] + kept + unnamed)
    if unnamed or any(ended[status] for status in _WITH_PLACE):
        fill_places(held.slot_id, now)  # also where nothing was freed: a smaller group may fit now
    return Cancelled(sum(ended.values()), whole)


def _end(
    registration_id: int, status: BookingStatus, booking_ids: Collection[int] | None, now: datetime, *,
    undoable: bool,
) -> int:  # fmt: skip
    statement = sa.update(Booking).where(Booking.registration_id == registration_id, Booking.status == status)
    if booking_ids is not None:
        statement = statement.where(Booking.id.in_(list(booking_ids)))
    change = {
        "status": BookingStatus.CANCELLED,
        "cancelled_at": now,
        "cancelled_from": status if undoable else None,
    }
    return rows_changed(statement.values(change))


def _forget_undo(registration_id: int) -> None:
    earlier = sa.update(Booking).where(
        Booking.registration_id == registration_id, Booking.cancelled_from.is_not(None)
    )
    rows_changed(earlier.values(cancelled_from=None))


def _close_when_empty(registration_id: int, now: datetime) -> bool:
    live = sa.exists().where(Booking.registration_id == registration_id, Booking.status.in_(_LIVE))
    change = (
        sa.update(Registration)
        .where(Registration.id == registration_id, sa.not_(live))
        .values(status=RegistrationStatus.CANCELLED, cancelled_at=now)
    )
    return rows_changed(change) > 0
