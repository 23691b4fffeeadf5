"""Answering an offer from the waiting list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core.db import rows_changed
from app.registration import queries, rules
from app.registration.models import Booking, BookingStatus, OfferState, Registration, RegistrationStatus
from app.registration.services.bibs import give_missing_bibs
from app.registration.services.cancel import Cancelled, cancel
from app.registration.services.hold import Held, hold
from app.registration.services.places import issue_missing_tickets
from app.registration.services.waiting import fill_places, lapse, settle


@dataclass(frozen=True, slots=True)
class Accepted:
    """The places are theirs, and tickets are there; also when they had been accepted before."""


@dataclass(frozen=True, slots=True)
class OfferGone:
    """There is no offer (any more): its time was over, or it was given up."""


def accept(registration_id: int, now: datetime) -> Accepted | OfferGone:
    """Take the places that are kept for a registration. Tickets are made here, not before."""
    held = hold(registration_id)
    offer = queries.open_offer(registration_id)
    if offer is None:
        return Accepted() if held.status is RegistrationStatus.CONFIRMED else OfferGone()
    if _over(held, offer, now):
        lapse(offer, held.slot_id, now)
        fill_places(held.slot_id, now)
        return OfferGone()
    settle(offer.id, OfferState.ACCEPTED, now)
    confirm_waiting(held, now)
    return Accepted()


def decline(registration_id: int, now: datetime) -> Cancelled | OfferGone:
    """Give up the places that are kept for a registration, and leave the line; may be undone for a minute."""
    held = hold(registration_id)
    offer = queries.open_offer(registration_id)
    if offer is None or _over(held, offer, now):
        return OfferGone()
    return cancel(registration_id, now, offer_becomes=OfferState.DECLINED)


def confirm_waiting(held: Held, now: datetime) -> None:
    """Make a waiting registration a confirmed one, with tickets; its places must have been taken."""
    rows_changed(
        sa.update(Registration)
        .where(Registration.id == held.id, Registration.status == RegistrationStatus.WAITLISTED)
        .values(status=RegistrationStatus.CONFIRMED)
    )
    rows_changed(
        sa.update(Booking)
        .where(Booking.registration_id == held.id, Booking.status == BookingStatus.WAITLISTED)
        .values(status=BookingStatus.CONFIRMED)
    )
    issue_missing_tickets(held.festival_id, held.id, held.scope, now)
    give_missing_bibs(held.id)


def _over(held: Held, offer: queries.Offer, now: datetime) -> bool:
    return now >= rules.offer_ends(offer.expires_at, held.starts_at, held.closes_at)
