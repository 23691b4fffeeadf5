"""Correcting names: the ticket stays as it is, only who holds it is written differently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.core.db import db, rows_changed
from app.core.errors import InvalidInput
from app.core.i18n import gettext as _
from app.registration import queries, rules
from app.registration.models import Booking, BookingStatus, Participant, Registration
from app.registration.services.places import lock_slots
from app.registration.words import name_words

_LIVE = (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED)


@dataclass(frozen=True, slots=True)
class _Person:
    participant_id: int
    festival_id: int
    phone: str
    name: str
    name_key: str
    birth_year: int
    ordinal: int


def correct_names(registration_id: int, names: Mapping[int, str], now: datetime) -> int:
    """Write people of a registration differently, by booking id; returns how many names changed.

    Only live bookings whose ticket this registration may show: whoever merely knows a number and a name must
    not rename the person. Raises InvalidInput with fields ``names.<booking id>``; nothing is changed then.
    """
    cleaned = _cleaned(names)
    phone = db.session.scalar(sa.select(Registration.contact_phone).where(Registration.id == registration_id))
    if phone is None or not cleaned:
        return 0
    queries.wait_for_number(phone)  # a sign-up from this number looks people up by name
    _lock_slots_of_people(registration_id)
    changed = 0
    for booking_id, person in sorted(_people(registration_id).items()):
        name = cleaned.get(booking_id)
        if name is not None and name != person.name:
            _rename(person, name)
            subject = f"participant:{person.participant_id}"
            record_audit("participant.renamed", subject, None, now, registration=registration_id)
            changed += 1
    return changed


def _cleaned(names: Mapping[int, str]) -> dict[int, str]:
    cleaned = {booking_id: rules.clean_text(name) for booking_id, name in names.items()}
    faults = {booking_id: rules.name_fault(name) for booking_id, name in cleaned.items()}
    fields = {f"names.{booking_id}": name_words(fault) for booking_id, fault in faults.items() if fault}
    if fields:
        raise InvalidInput(_("Periksa nama."), fields)
    return cleaned


def _lock_slots_of_people(registration_id: int) -> None:
    """Everywhere they are booked: whoever gives them a place there holds their bookings and looks at them next."""
    people = sa.select(Booking.participant_id).where(Booking.registration_id == registration_id)
    slots = sa.select(Booking.slot_id).distinct().where(Booking.participant_id.in_(people))
    lock_slots(db.session.scalars(slots).all())


def _people(registration_id: int) -> dict[int, _Person]:
    rows: Any = db.session.execute(
        sa.select(
            Booking.id, Participant.id, Participant.festival_id, Participant.phone, Participant.name,
            Participant.name_key, Participant.birth_year, Participant.ordinal,
        )
        .join(Participant, Participant.id == Booking.participant_id)
        .where(
            Booking.registration_id == registration_id, Booking.status.in_(_LIVE), Booking.discloses_ticket
        )
    )  # fmt: skip
    return {booking_id: _Person(*values) for booking_id, *values in rows}


def _rename(person: _Person, name: str) -> None:
    """The person and the copies in bookings that show them.

    A namesake of the same number stays another person: the ordinal tells them apart, as at sign-up. Bookings
    made without proof keep what their sender typed, or the correction would tell them the name.
    """
    key = rules.name_key(name)
    ordinal = person.ordinal if key == person.name_key else _free_ordinal(person, key)
    rows_changed(
        sa.update(Participant)
        .where(Participant.id == person.participant_id)
        .values(name=name, name_key=key, ordinal=ordinal)
    )
    rows_changed(
        sa.update(Booking)
        .where(Booking.participant_id == person.participant_id, Booking.discloses_ticket)
        .values(name=name)
    )


def _free_ordinal(person: _Person, key: str) -> int:
    taken = set(
        db.session.scalars(
            sa.select(Participant.ordinal).where(
                Participant.festival_id == person.festival_id,
                Participant.phone == person.phone,
                Participant.name_key == key,
                Participant.birth_year == person.birth_year,
            )
        )
    )
    return next(n for n in range(len(taken) + 1) if n not in taken)
