"""The rows that a sign-up writes (hot path: SQLAlchemy Core, one statement a table)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.core import clock
from app.core.codes import new_typed_code
from app.core.db import core, one_or_many, table
from app.core.i18n import language
from app.programme.queries import BirthDateNeed, kind_of
from app.registration import rules
from app.registration.models import Booking, BookingStatus, Participant, Registration, RegistrationStatus
from app.registration.queries import SlotFacts

_registration, _participants, _bookings = table(Registration), table(Participant), table(Booking)
_INSERT_REGISTRATION: dict[str, Any] = {
    name: insert(_registration)
    .on_conflict_do_nothing(index_elements=["idempotency_key"])
    .returning(_registration.c.id)
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_INSERT_PARTICIPANTS = sa.insert(_participants).returning(
    _participants.c.id, _participants.c.name_key, _participants.c.birth_year, _participants.c.ordinal
)
_INSERT_BOOKINGS = sa.insert(_bookings)


def new_code() -> str:
    """A new registration code; it opens nothing without the secret half of the manage token."""
    return new_typed_code()


def insert_registration(
    slot: SlotFacts, request: rules.SignUp, status: RegistrationStatus, answers: Mapping[str, Any], code: str,
    now: datetime,
) -> int | None:  # fmt: skip
    """The id of the new registration, None when the idempotency key is taken by now."""
    values = {
        "festival_id": slot.festival_id, "activity_id": slot.activity_id, "slot_id": slot.id, "code": code,
        "contact_name": request.contact_name, "contact_phone": request.phone, "status": status,
        "contact_email": request.contact_email, "language": language(),
        "idempotency_key": request.key, "body_digest": request.digest, "answers": dict(answers),
        "consent_version": rules.CONSENT_VERSION, "consented_at": now, "created_at": now,
        "waiting_since": now if status is RegistrationStatus.WAITLISTED else None,
    }  # fmt: skip
    connection = core()
    found: int | None = connection.execute(
        _INSERT_REGISTRATION[connection.dialect.name], values
    ).scalar_one_or_none()
    return found


def insert_participants(
    slot: SlotFacts, request: rules.SignUp, seats: Sequence[rules.Seat], now: datetime
) -> list[int]:
    """The participant ids of the rows in order; people not known yet are inserted."""
    new = [_participant(slot, request, seat, now) for seat in seats if seat.known is None]
    # One order for all transactions: two that insert the same people wait for each other, never in a circle.
    new.sort(key=_identity)
    ids: dict[tuple[Any, ...], int] = {}
    if new:
        for row in core().execute(_INSERT_PARTICIPANTS, one_or_many(new)):
            ids[(row.name_key, row.birth_year, row.ordinal)] = row.id
    return [seat.known.id if seat.known else ids[_seat_identity(seat)] for seat in seats]


def _participant(slot: SlotFacts, request: rules.SignUp, seat: rules.Seat, now: datetime) -> dict[str, Any]:
    person = seat.person
    key, year, ordinal = _seat_identity(seat)
    minor = rules.is_minor(person.birth, clock.local(slot.starts_at).date())
    keeps_day = kind_of(slot.kind).asks_birth_date is BirthDateNeed.DATE
    return {
        "festival_id": slot.festival_id,
        "phone": request.phone,
        "name": person.name,
        "name_key": key,
        "birth_year": year,
        "ordinal": ordinal,
        "birth_date": person.birth.day if person.birth and keeps_day else None,
        "guardian_name": person.guardian_name if minor else None,
        "created_at": now,
    }


def _identity(row: Mapping[str, Any]) -> tuple[str, int, int]:
    return row["name_key"], row["birth_year"], row["ordinal"]


def _seat_identity(seat: rules.Seat) -> tuple[str, int, int]:
    person = seat.person
    return rules.name_key(person.name), person.birth.year if person.birth else 0, seat.ordinal


def insert_bookings(
    slot: SlotFacts, registration_id: int, seats: Sequence[rules.Seat], ids: Sequence[int],
    status: RegistrationStatus, bibs: Sequence[int | None],
) -> None:  # fmt: skip
    """One booking a row; ``duplicate`` where the person holds one already and the sender must not learn it."""
    booked = BookingStatus(status.value)
    rows = [
        {
            "festival_id": slot.festival_id,
            "registration_id": registration_id,
            "participant_id": participant,
            "activity_id": slot.activity_id,
            "slot_id": slot.id,
            "position": position,
            "name": seat.person.name,
            "status": booked if seat.books else BookingStatus.DUPLICATE,
            "discloses_ticket": seat.discloses,
            "bib": bib if seat.books else None,
        }
        for position, (seat, participant, bib) in enumerate(zip(seats, ids, bibs, strict=True))
    ]
    core().execute(_INSERT_BOOKINGS, one_or_many(rows))


def set_waiting(registration_id: int, now: datetime) -> None:
    """The places went to somebody else after the registration was written."""
    _update(registration_id, status=RegistrationStatus.WAITLISTED, waiting_since=now)


def free_key(registration_id: int) -> None:
    """An idempotency key older than 48 hours may be used anew."""
    _update(registration_id, idempotency_key=None)


def _update(registration_id: int, **values: Any) -> None:
    core().execute(sa.update(_registration).where(_registration.c.id == registration_id).values(**values))
