"""What was consented to, by whom and when; what a prescreening said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import core, table
from app.programme.models import TimeSlot, Verdict
from app.registration import rules
from app.registration.models import (
    Booking,
    BookingStatus,
    Consent,
    Participant,
    Prescreening,
    Purpose,
    Registration,
)

_LIVE = (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED)


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """One consent. ``id`` None: the one to the sign-up itself, which stands in the registration.

    ``booking_id`` and ``person``: the child it is about, None for the whole registration. ``ends_at``: when
    the slot is over.
    """

    id: int | None
    purpose: Purpose
    booking_id: int | None
    person: str | None
    text_version: str
    given_by: str
    given_at: datetime
    withdrawn_at: datetime | None
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Screening:
    """What is kept of a prescreening."""

    booking_id: int
    name: str
    verdict: Verdict
    next_possible: date | None


_registration, _consent, _booking = table(Registration), table(Consent), table(Booking)
_participant, _prescreening, _slot = table(Participant), table(Prescreening), table(TimeSlot)
_CONSENTS = (
    sa.select(
        _registration.c.consent_version, _registration.c.contact_name, _registration.c.consented_at,
        _slot.c.ends_at, _consent.c.id, _consent.c.purpose, _booking.c.id.label("booking_id"), _booking.c.name,
        _consent.c.text_version, _consent.c.given_by, _consent.c.given_at, _consent.c.withdrawn_at,
    )
    .select_from(_registration)
    .join(_slot, _slot.c.id == _registration.c.slot_id)
    .outerjoin(_consent, _consent.c.registration_id == _registration.c.id)
    .outerjoin(
        _booking,
        sa.and_(
            _booking.c.registration_id == _registration.c.id,
            _booking.c.participant_id == _consent.c.participant_id,
        ),
    )
    .where(_registration.c.id == sa.bindparam("id"))
    .order_by(_consent.c.id)
)  # fmt: skip


def consents_of(registration_id: int) -> list[GivenConsent]:
    """All consents of a registration, that to the sign-up itself first, in one SELECT."""
    rows: Sequence[Any] = core().execute(_CONSENTS, {"id": registration_id}).all()
    found = [
        GivenConsent(
            row.id, row.purpose, row.booking_id, row.name, row.text_version, row.given_by, row.given_at,
            row.withdrawn_at, row.ends_at,
        )
        for row in rows
        if row.id is not None
    ]  # fmt: skip
    if rows and not any(each.purpose is Purpose.REGISTRATION for each in found):
        row = rows[0]
        found.append(
            GivenConsent(
                None, Purpose.REGISTRATION, None, None, row.consent_version, row.contact_name, row.consented_at,
                None, row.ends_at,
            )
        )  # fmt: skip
    return sorted(found, key=lambda each: (each.purpose is not Purpose.REGISTRATION, each.id or 0))


def prescreenings_of(registration_id: int) -> list[Screening]:
    """The verdicts on the people of a registration, in their order."""
    rows = core().execute(
        sa.select(_booking.c.id, _booking.c.name, _prescreening.c.verdict, _prescreening.c.next_possible)
        .join(
            _prescreening,
            sa.and_(
                _prescreening.c.participant_id == _booking.c.participant_id,
                _prescreening.c.registration_id == _booking.c.registration_id,
            ),
        )
        .where(_booking.c.registration_id == registration_id, _booking.c.status != BookingStatus.CANCELLED)
        .order_by(_booking.c.position, _booking.c.id)
    )
    return [Screening(*row) for row in rows]


def participants_of_bookings(booking_ids: Collection[int]) -> list[int]:
    """Whom some bookings are for."""
    rows = core().execute(sa.select(_booking.c.participant_id).where(_booking.c.id.in_(list(booking_ids))))
    return [participant for (participant,) in rows]


def adult_in_slot(slot_id: int, phone: str, born_until: int, codes: Collection[str]) -> bool:
    """Whether an adult of this number is signed up for a slot by one of these registrations (by code).

    Only what the sender has proved counts: otherwise the answer would tell strangers who comes.
    """
    if not codes:
        return False
    found = core().scalar(
        sa.select(_booking.c.id)
        .join(_registration, _registration.c.id == _booking.c.registration_id)
        .join(_participant, _participant.c.id == _booking.c.participant_id)
        .where(
            _registration.c.code.in_(list(codes)),
            _participant.c.phone == phone,
            _participant.c.birth_year.between(1, born_until),
            _booking.c.slot_id == slot_id,
            _booking.c.status.in_(_LIVE),
        )
        .limit(1)
    )
    return found is not None


def births_of(registration_id: int) -> list[tuple[str, int, date | None]]:
    """(name, birth year or 0, birth date where kept) of everybody with a live booking, in order."""
    rows = core().execute(
        sa.select(_booking.c.name, _participant.c.birth_year, _participant.c.birth_date)
        .join(_participant, _participant.c.id == _booking.c.participant_id)
        .where(_booking.c.registration_id == registration_id, _booking.c.status.in_(_LIVE))
        .order_by(_booking.c.position, _booking.c.id)
    )
    return [(name, year, day) for name, year, day in rows]


def children_alone(registration_id: int, day: date, below: int) -> list[str]:
    """Names of children younger than ``below`` years on a day who are signed up without an adult beside them."""
    people = [
        rules.Person(name, rules.BirthDate(year, born) if year else None)
        for name, year, born in births_of(registration_id)
    ]
    return [people[row].name for row in rules.children_alone(people, day, below)]
