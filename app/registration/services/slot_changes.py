"""What the committee does to a whole slot, bookings and messages included: move it, or call it off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core import clock
from app.core.db import db, rows_changed
from app.programme import services as programme
from app.programme.models import Activity, TimeSlot
from app.registration import queries
from app.registration.models import (
    Booking,
    BookingStatus,
    OfferState,
    Registration,
    RegistrationStatus,
    WaitingOffer,
)
from app.registration.queries import Concerned
from app.registration.services import letters
from app.registration.services.letters import SlotNews
from app.registration.services.places import lock_slots
from app.registration.services.team_places import end_open_places_of_slot, reschedule
from app.registration.services.waiting import fill_places

MOST_SLOTS = 20
Times = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Told:
    """How many people a change concerned, and how many messages were queued; 0 where nothing changed."""

    people: int
    messages: int


def move_slot(activity_id: int, slot_id: int, was: Times, becomes: Times, by_id: int | None, now: datetime) -> Told:
    """Give a slot other times; who is booked or waits stays, and is told with a link for who cannot come then.

    Raises what ``programme.services.move_slot`` raises. Pressed twice, it moves and tells once.
    """
    if not programme.move_slot(activity_id, slot_id, was, becomes, by_id, now):
        return Told(0, 0)
    if clock.local(was[0]).date() != clock.local(becomes[0]).date():
        again = sa.update(Registration).where(Registration.slot_id == slot_id)
        rows_changed(again.values(reminded_at=None))
    news = news_of(slot_id)
    concerned = queries.concerned_by_slot(slot_id)
    messages = sum(letters.tell_of_move(news, each, was[0], now) for each in concerned)
    reschedule(slot_id, activity_id, news.starts_at, now)
    fill_places(slot_id, now)  # it may take sign-ups again
    return _told(concerned, messages)


def cancel_slot(activity_id: int, slot_id: int, because: str, by_id: int | None, now: datetime) -> Told:
    """Call a slot off: nobody has a place there any more, nobody waits, everybody is told. Cannot be undone.

    Raises what ``programme.services.cancel_slot`` raises. Pressed twice, it tells once.
    """
    if not programme.cancel_slot(activity_id, slot_id, because, by_id, now):
        return Told(0, 0)
    return _end_all(slot_id, now)


def end_cancelled_slots(now: datetime) -> int:
    """The net below ``cancel_slot``: take out who joined the line of a slot in the moment it was called off."""
    ended = 0
    for slot_id in queries.cancelled_slots_with_people(MOST_SLOTS):
        lock_slots([slot_id])
        ended += _end_all(slot_id, now).people
    return ended


def _end_all(slot_id: int, now: datetime) -> Told:
    """End everything that is live in a slot, whose lock is held, and tell of it."""
    concerned = queries.concerned_by_slot(slot_id)
    here = Booking.slot_id == slot_id
    live = Booking.status.in_((BookingStatus.CONFIRMED, BookingStatus.WAITLISTED))
    rows_changed(sa.update(Booking).where(here, Booking.cancelled_from.is_not(None)).values(cancelled_from=None))
    rows_changed(
        sa.update(Booking)
        .where(here, live)
        .values(status=BookingStatus.CANCELLED, cancelled_at=now, cancelled_from=None)
    )
    rows_changed(
        sa.update(WaitingOffer)
        .where(WaitingOffer.slot_id == slot_id, WaitingOffer.state == OfferState.OPEN)
        .values(state=OfferState.WITHDRAWN, settled_at=now)
    )
    rows_changed(
        sa.update(Registration)
        .where(Registration.slot_id == slot_id, Registration.status != RegistrationStatus.CANCELLED)
        .values(status=RegistrationStatus.CANCELLED, cancelled_at=now)
    )
    end_open_places_of_slot(slot_id, now)
    rows_changed(sa.update(TimeSlot).where(TimeSlot.id == slot_id).values(taken=0))
    news = news_of(slot_id)
    messages = sum(letters.tell_of_cancelled_slot(news, each, now) for each in concerned)
    return _told(concerned, messages)


def news_of(slot_id: int) -> SlotNews:
    """A slot as messages tell of it."""
    row = db.session.execute(
        sa.select(
            TimeSlot.festival_id, Activity.title, TimeSlot.starts_at, TimeSlot.ends_at, TimeSlot.cancelled_because
        )
        .join(Activity, Activity.id == TimeSlot.activity_id)
        .where(TimeSlot.id == slot_id)
    ).one()
    return SlotNews(*row)


def _told(concerned: Sequence[Concerned], messages: int) -> Told:
    return Told(sum(each.people + each.unnamed for each in concerned), messages)
