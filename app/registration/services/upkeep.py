"""What runs beside the requests: forgetting keys, filling places that grew, checking what must hold."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.core.db import db, rows_changed, table
from app.core.hooks import Finding
from app.programme.models import Activity, TimeSlot
from app.registration import rules
from app.registration.models import (
    Booking,
    BookingStatus,
    OfferState,
    Registration,
    RegistrationStatus,
    Team,
    TeamPlace,
    TeamPlaceState,
    Ticket,
    TicketStatus,
    WaitingOffer,
)
from app.registration.queries.waiting import people_of, places_for, waits
from app.registration.services.waiting import fill_places

MOST_SLOTS = 50
_registration = table(Registration)
MOST_NAMED = 5


def forget_keys(now: datetime) -> int:
    """Forget idempotency keys after 48 hours."""
    return rows_changed(
        sa.update(Registration)
        .where(Registration.idempotency_key.is_not(None), Registration.created_at <= now - rules.KEY_LIVES)
        .values(idempotency_key=None)
    )


def fill_freed_places(now: datetime) -> int:
    """The net below the transactions that free places: offer what is free and wanted all the same.

    Finds something where the committee reopened a slot or sign-up, or the program stopped at a bad moment.
    """
    free = sa.or_(TimeSlot.capacity.is_(None), people_of(_registration) <= TimeSlot.capacity - TimeSlot.taken)
    fits = sa.exists(
        sa.select(1)
        .select_from(_registration)
        .where(_registration.c.slot_id == TimeSlot.id, waits(_registration), places_for(_registration) > 0, free)
    )
    slots = db.session.scalars(
        sa.select(TimeSlot.id)
        .join(Activity, Activity.id == TimeSlot.activity_id)
        .where(
            Activity.paused_at.is_(None),
            TimeSlot.starts_at > now,
            sa.not_(TimeSlot.closed),
            sa.or_(TimeSlot.capacity.is_(None), TimeSlot.taken < TimeSlot.capacity),
            fits,
        )
        .order_by(TimeSlot.id)
        .limit(MOST_SLOTS)
    ).all()
    return sum(fill_places(slot_id, now) for slot_id in slots)


def check() -> list[Finding]:
    """What must always hold.

    The counter equals bookings, open offers and places kept for teams; whoever has a place has a ticket.
    """
    return _counters() + _ticketless() + _statuses() + _offers()


def _counters() -> list[Finding]:
    booked = (
        sa.select(sa.func.count())
        .where(Booking.slot_id == TimeSlot.id, Booking.status == BookingStatus.CONFIRMED)
        .correlate(TimeSlot)
        .scalar_subquery()
    )
    offered = (
        sa.select(sa.func.coalesce(sa.func.sum(WaitingOffer.people), 0))
        .where(WaitingOffer.slot_id == TimeSlot.id, WaitingOffer.state == OfferState.OPEN)
        .correlate(TimeSlot)
        .scalar_subquery()
    )
    unnamed = (
        sa.select(sa.func.count())
        .select_from(TeamPlace)
        .join(Team, Team.id == TeamPlace.team_id)
        .join(Registration, Registration.id == Team.registration_id)
        .where(Registration.slot_id == TimeSlot.id, TeamPlace.state == TeamPlaceState.OPEN)
        .correlate(TimeSlot)
        .scalar_subquery()
    )
    wrong = sa.or_(
        TimeSlot.taken != booked + offered + unnamed, TimeSlot.taken < 0, TimeSlot.taken > TimeSlot.capacity
    )
    rows = db.session.execute(
        sa.select(
            TimeSlot.id, TimeSlot.taken, booked.label("booked"), offered.label("offered"), unnamed.label("unnamed")
        )
        .where(wrong)
        .limit(MOST_NAMED)
    )
    return [
        Finding(
            "places",
            f"Slot {row.id} counts {row.taken} places taken, but has {row.booked} bookings, {row.offered} "
            f"places in open offers and {row.unnamed} kept for teams.",
        )
        for row in rows
    ]


def _ticketless() -> list[Finding]:
    ticket = sa.exists().where(Ticket.participant_id == Booking.participant_id, Ticket.status == TicketStatus.VALID)
    number = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(Booking)
        .where(Booking.status == BookingStatus.CONFIRMED, sa.not_(ticket))
    )
    return [Finding("tickets", f"{number} confirmed bookings have no valid ticket.")] if number else []


def _statuses() -> list[Finding]:
    """A booking may be live only in a registration of the same status."""
    live = Booking.status.in_((BookingStatus.CONFIRMED, BookingStatus.WAITLISTED))
    number = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(Booking)
        .join(Registration, Registration.id == Booking.registration_id)
        .where(
            live,
            sa.cast(Booking.status, sa.String) != sa.cast(Registration.status, sa.String),
        )
    )
    if not number:
        return []
    return [Finding("registrations", f"{number} bookings stand otherwise than their registration.")]


def _offers() -> list[Finding]:
    """An open offer is for exactly those who wait in its registration, in its slot."""
    wrong = sa.or_(
        _registration.c.status != RegistrationStatus.WAITLISTED,
        _registration.c.slot_id != WaitingOffer.slot_id,
        places_for(_registration) != WaitingOffer.people,
    )
    number = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(WaitingOffer)
        .join(_registration, _registration.c.id == WaitingOffer.registration_id)
        .where(WaitingOffer.state == OfferState.OPEN, wrong)
    )
    return [Finding("offers", f"{number} open offers do not fit their registration.")] if number else []
