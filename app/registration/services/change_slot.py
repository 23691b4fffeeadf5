"""Changing to another slot of the same activity: the new places first, then the old ones are given back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core import clock
from app.core.db import db, rows_changed
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.registration import queries, rules
from app.registration.models import (
    Booking,
    BookingStatus,
    OfferState,
    Participant,
    Registration,
    RegistrationStatus,
)
from app.registration.queries import SlotFacts
from app.registration.services import admit, number_limit
from app.registration.services.hold import Held, hold
from app.registration.services.offers import confirm_waiting
from app.registration.services.places import give_back_places, take_places
from app.registration.services.screening import check_other_day, too_young_to_donate
from app.registration.services.team_places import reschedule
from app.registration.services.waiting import fill_places, reduce_offer

_LIVE = (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED)


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a registration is now, and whether it was elsewhere before this call."""

    starts_at: datetime
    changed: bool


@dataclass(frozen=True, slots=True)
class _Party:
    """``booked`` people hold or want a place, or have one kept for them in a team.

    ``rows`` counts also who is booked elsewhere (``duplicate``).
    """

    booked: int
    rows: int


def change_slot(registration_id: int, slot_id: int, now: datetime) -> Moved:
    """Move a whole registration to another slot of its activity; the old places are kept until the new are taken.

    Who only waits gets a place there and then. Raises DomainError and changes nothing: slot_unknown 404,
    registration_closed, slot_closed, slot_full, number_limit, not_live 409, invalid 422 where an age does not fit
    that day.
    """
    number_limit.take_turn(registration_id)
    held = hold(registration_id, slot_id)
    if held.status is RegistrationStatus.CANCELLED:
        raise DomainError("not_live", _("Pendaftaran ini sudah dibatalkan."))
    if slot_id == held.slot_id:
        return Moved(held.starts_at, changed=False)
    slot = queries.slot_for_sign_up(slot_id, "")
    if slot is None or slot.activity_id != held.activity_id:
        raise admit.unknown_slot()
    if now >= held.starts_at:
        raise DomainError("slot_closed", _("Jadwal Anda sudah mulai, jadi tidak bisa dipindah lagi."))
    admit.check_open(slot, now)
    _check_ages(held, slot)
    admit.check_moved_children(slot, registration_id)
    check_other_day(registration_id, clock.local(slot.starts_at).date())
    party = _party(held)
    number_limit.check(slot, held.phone, party.booked)
    if slot.waiting:
        fill_places(slot_id, now)  # whoever waits there goes first
    if not take_places(slot_id, party.booked, party.rows):
        raise admit.full(queries.slot_for_sign_up(slot_id, "") or slot)
    _move(held, slot_id, slot.starts_at, party, now)
    return Moved(slot.starts_at, changed=True)


def _party(held: Held) -> _Party:
    booked, rows = db.session.execute(
        sa.select(
            sa.func.count().filter(Booking.status.in_(_LIVE)),
            sa.func.count().filter(Booking.status != BookingStatus.CANCELLED),
        ).where(Booking.registration_id == held.id)
    ).one()
    unnamed = queries.unnamed_places(held.id)
    return _Party(booked + unnamed, rows + unnamed)


def _move(held: Held, slot_id: int, starts_at: datetime, party: _Party, now: datetime) -> None:
    of_it = Booking.registration_id == held.id
    another_day = clock.local(starts_at).date() != clock.local(held.starts_at).date()
    moved = {"slot_id": slot_id} | ({"reminded_at": None} if another_day else {})
    rows_changed(sa.update(Registration).where(Registration.id == held.id).values(**moved))
    rows_changed(sa.update(Booking).where(of_it, Booking.status != BookingStatus.CANCELLED).values(slot_id=slot_id))
    rows_changed(sa.update(Booking).where(of_it, Booking.cancelled_from.is_not(None)).values(cancelled_from=None))
    if held.status is RegistrationStatus.CONFIRMED:
        freed = party.booked
    else:
        freed = reduce_offer(held.id, party.booked, OfferState.WITHDRAWN, now)
        confirm_waiting(held, now)
    give_back_places(held.slot_id, freed)
    fill_places(held.slot_id, now)
    reschedule(slot_id, held.activity_id, starts_at, now, led_by=held.id)


def _check_ages(held: Held, slot: SlotFacts) -> None:
    """The other slot may be on the other side of somebody's birthday: ages, guardian and donors are asked again."""
    day = clock.local(slot.starts_at).date()
    people = db.session.execute(
        sa.select(Booking.name, Participant.birth_year, Participant.birth_date, Participant.guardian_name)
        .join(Participant, Participant.id == Booking.participant_id)
        .where(Booking.registration_id == held.id, Booking.status.in_(_LIVE))
    )
    for name, year, birth_date, guardian in people:
        birth = rules.BirthDate(year, birth_date) if year else None
        text = admit.age_objection(slot, rules.Person(name, birth, guardian), day)
        if text is None and birth is not None and day < clock.local(held.starts_at).date():
            text = too_young_to_donate(slot, rules.age_on(birth, day), day)
        if text:
            raise DomainError("invalid", f"{name}: {text}", status=422)
