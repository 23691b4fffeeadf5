"""What sign-up reads, in one SELECT each (hot path: SQLAlchemy Core)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.core.db import db
from app.festival.models import Festival
from app.programme.models import Activity, EntryMode, TimeSlot
from app.registration import rules
from app.registration.models import (
    Booking,
    BookingStatus,
    Participant,
    Registration,
    RegistrationStatus,
    Ticket,
    TicketStatus,
)

_LIVE = (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The registration that already carries an idempotency key."""

    id: int
    code: str
    status: RegistrationStatus
    digest: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """A slot with all that decides whether somebody may sign up for it."""

    id: int
    festival_id: int
    festival_name: str
    activity_id: int
    scope: int
    kind: str
    title: str
    entry_mode: EntryMode
    opens_at: datetime | None
    closes_at: datetime | None
    min_age: int | None
    max_age: int | None
    max_group: int
    waiting_list: bool
    starts_at: datetime
    ends_at: datetime
    capacity: int | None
    taken: int
    closed: bool
    earlier: Earlier | None


@dataclass(frozen=True, slots=True)
class TicketFace:
    """What is needed to show a ticket."""

    id: int
    code: str
    scope: int


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A participant of the number that signs up, with their valid ticket."""

    known: rules.Known
    ticket: TicketFace | None
    proven: bool


def wait_for_number(phone: str) -> None:
    """Let sign-ups of one number take turns until the end of the transaction (PostgreSQL; SQLite has one writer).

    Without it, twenty presses of one button would trip over each other's unique keys more often than the one
    rerun of a lost race can mend, and a twin could be told "already registered" instead of its answer.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.blake2b(phone.encode(), digest_size=8).digest(), "big", signed=True)
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.cast(number, sa.BigInteger))))


def slot_for_sign_up(slot_id: int, key: str) -> SlotFacts | None:
    """The slot, its activity, and the registration that carries the key already; None for an unknown slot."""
    row = db.session.execute(
        sa.select(
            TimeSlot.id, TimeSlot.festival_id, Festival.name.label("festival_name"), TimeSlot.activity_id,
            Activity.number.label("scope"), Activity.kind, Activity.title, Activity.entry_mode, Activity.opens_at,
            Activity.closes_at, Activity.min_age, Activity.max_age, Activity.max_group, Activity.waiting_list,
            TimeSlot.starts_at, TimeSlot.ends_at, TimeSlot.capacity, TimeSlot.taken, TimeSlot.closed,
            *_EARLIER,
        )
        .join(Activity, Activity.id == TimeSlot.activity_id)
        .join(Festival, Festival.id == TimeSlot.festival_id)
        .outerjoin(Registration, Registration.idempotency_key == key)
        .where(TimeSlot.id == slot_id)
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    values: list[Any] = list(row)
    earlier: list[Any] = values[-len(_EARLIER) :]
    values[-len(_EARLIER) :] = [Earlier(*earlier) if earlier[0] is not None else None]
    return SlotFacts(*values)


_EARLIER = (
    Registration.id.label("earlier_id"),
    Registration.code,
    Registration.status,
    Registration.body_digest,
    Registration.created_at,
)


def activity_to_sign_up_for(slug: str) -> Activity | None:
    """The activity of the current festival with its festival, place and slots, for the form: two SELECTs."""
    return db.session.scalar(
        sa.select(Activity)
        .join(Activity.festival)
        .where(Festival.is_current, Activity.slug == slug)
        .options(contains_eager(Activity.festival), joinedload(Activity.place), selectinload(Activity.slots))
        .execution_options(populate_existing=True)
    )


def registration_by_key(key: str) -> Earlier | None:
    """The registration that carries an idempotency key."""
    row: Any = db.session.execute(sa.select(*_EARLIER).where(Registration.idempotency_key == key)).one_or_none()
    return None if row is None else Earlier(*row)


def known_people(
    slot: SlotFacts, phone: str, name_keys: Collection[str], proof: Collection[str]
) -> list[KnownPerson]:
    """Who of these names is known under this number, in one SELECT.

    ``proof`` holds the codes of registrations that the sender proved to own. A person is proven when one of
    these disclosed this very person's ticket: a fresh name under somebody's number proves nothing about the
    others of that number.
    """
    booked = sa.exists().where(
        Booking.participant_id == Participant.id,
        Booking.activity_id == slot.activity_id,
        Booking.status.in_(_LIVE),
    )
    proven = sa.exists().where(
        Booking.participant_id == Participant.id,
        Booking.discloses_ticket,
        Registration.id == Booking.registration_id,
        Registration.code.in_(list(proof)),
    )
    rows = db.session.execute(
        sa.select(
            Participant.id, Participant.name_key, Participant.birth_year, Participant.ordinal,
            booked.label("booked"), (proven if proof else sa.false()).label("proven"),
            Ticket.id.label("ticket_id"), Ticket.code, Ticket.scope,
        )
        .outerjoin(
            Ticket, sa.and_(Ticket.participant_id == Participant.id, Ticket.status == TicketStatus.VALID)
        )
        .where(
            Participant.festival_id == slot.festival_id,
            Participant.phone == phone,
            Participant.name_key.in_(list(name_keys)),
        )
    )  # fmt: skip
    return [
        KnownPerson(
            rules.Known(row.id, row.name_key, row.birth_year, row.ordinal, bool(row.booked)),
            None if row.ticket_id is None else TicketFace(row.ticket_id, row.code, row.scope),
            bool(row.proven),
        )
        for row in rows
    ]
