"""Whom a change of a slot concerns: its live registrations, with where to write to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.programme.models import TimeSlot
from app.registration.models import Booking, BookingStatus, Registration, RegistrationStatus, Team, TeamPlace
from app.registration.rules import TeamPlaceState

LIVE = (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED)


@dataclass(frozen=True, slots=True)
class Concerned:
    """A live registration of a slot. ``people`` hold a place or wait for one; ``unnamed`` places are reserved."""

    registration_id: int
    code: str
    phone: str
    email: str | None
    language: str
    status: RegistrationStatus
    people: int
    unnamed: int


def concerned_by_slot(slot_id: int) -> list[Concerned]:
    """Everybody to tell when something happens to a slot, by registration, the earliest first; one SELECT.

    Left out is who was booked twice without knowing (``duplicate``): their first registration is told. But mail
    goes to an address that the sender typed, and its silence would tell who was booked before.
    """
    found = _concerned(Registration.slot_id == slot_id)
    return [each for each in found if each.people or each.unnamed or each.email]


def concerned_by_registration(registration_id: int) -> Concerned | None:
    """The same of one registration; None when it is cancelled."""
    return next(iter(_concerned(Registration.id == registration_id)), None)


def _concerned(which: sa.ColumnElement[bool]) -> list[Concerned]:
    people = (
        sa.select(sa.func.count())
        .where(Booking.registration_id == Registration.id, Booking.status.in_(LIVE))
        .correlate(Registration)
        .scalar_subquery()
    )
    unnamed = (
        sa.select(sa.func.count())
        .select_from(TeamPlace)
        .join(Team, Team.id == TeamPlace.team_id)
        .where(Team.registration_id == Registration.id, TeamPlace.state == TeamPlaceState.OPEN)
        .correlate(Registration)
        .scalar_subquery()
    )
    rows: Any = db.session.execute(
        sa.select(
            Registration.id, Registration.code, Registration.contact_phone, Registration.contact_email,
            Registration.language, Registration.status, people, unnamed,
        )
        .where(which, Registration.status != RegistrationStatus.CANCELLED)
        .order_by(Registration.id)
    )  # fmt: skip
    return [Concerned(*row) for row in rows]


def cancelled_slots_with_people(most: int) -> list[int]:
    """Slots that were called off and still have a live registration: somebody signed up at that very moment."""
    live = sa.exists().where(
        Registration.slot_id == TimeSlot.id, Registration.status != RegistrationStatus.CANCELLED
    )
    slots = sa.select(TimeSlot.id).where(TimeSlot.cancelled_at.is_not(None), live)
    return list(db.session.scalars(slots.order_by(TimeSlot.id).limit(most)))
