"""What sign-up reads, in one SELECT each (hot path: SQLAlchemy Core)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import core, table, written_out
from app.festival.models import Festival
from app.programme.models import Activity, EntryMode, TimeSlot
from app.registration import rules
from app.registration.models import (
    Booking,
    BookingStatus,
    Participant,
    Registration,
    RegistrationStatus,
    Team,
    TeamPlace,
    TeamPlaceState,
    Ticket,
    TicketStatus,
)
from app.registration.queries.waiting import waits

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
    waiting: bool  # somebody stands in line without an offer
    max_per_number: int | None  # most people that one number may bring to this slot
    paused_at: datetime | None  # since when the committee holds sign-up
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


# Statements of the hot path are built once: building one costs as much as running it.
_slot, _activity, _festival = table(TimeSlot), table(Activity), table(Festival)
_registration, _booking = table(Registration), table(Booking)
_participant, _ticket = table(Participant), table(Ticket)
_team, _place = table(Team), table(TeamPlace)
_EARLIER = (
    _registration.c.id.label("earlier_id"), _registration.c.code, _registration.c.status,
    _registration.c.body_digest, _registration.c.created_at,
)  # fmt: skip
_line = _registration.alias("line")
_FIRST_WAITING = (  # in the order of the line's index: an EXISTS reads past all who have a place
    sa.select(_line.c.id)
    .where(_line.c.slot_id == _slot.c.id, waits(_line))
    .order_by(_line.c.waiting_since, _line.c.id)
    .limit(1)
    .correlate(_slot)
    .scalar_subquery()
)
_WAITS = _FIRST_WAITING.is_not(None)
_mine = _registration.alias("mine")
_BOOKED_BY_NUMBER = (
    sa.select(sa.func.count())
    .select_from(_booking.join(_mine, _mine.c.id == _booking.c.registration_id))
    .where(
        _mine.c.festival_id == sa.bindparam("festival_id"),
        _mine.c.contact_phone == sa.bindparam("phone"),
        _booking.c.slot_id == sa.bindparam("slot_id"),
        written_out(_booking.c.status, *_LIVE),
    )
    .scalar_subquery()
)
_KEPT_BY_NUMBER = (  # for teams that this number leads, without names yet
    sa.select(sa.func.count())
    .select_from(
        _place.join(_team, _team.c.id == _place.c.team_id).join(_mine, _mine.c.id == _team.c.registration_id)
    )
    .where(
        _mine.c.festival_id == sa.bindparam("festival_id"),
        _mine.c.contact_phone == sa.bindparam("phone"),
        _mine.c.slot_id == sa.bindparam("slot_id"),
        written_out(_place.c.state, TeamPlaceState.OPEN),
    )
    .scalar_subquery()
)
_OF_NUMBER = sa.select(_BOOKED_BY_NUMBER + _KEPT_BY_NUMBER)
_TAKE_TURN = sa.select(sa.func.pg_advisory_xact_lock(sa.bindparam("number", type_=sa.BigInteger)))
_BY_KEY = sa.select(*_EARLIER).where(_registration.c.idempotency_key == sa.bindparam("key"))
_SLOT = (
    sa.select(
        _slot.c.id, _slot.c.festival_id, _festival.c.name.label("festival_name"), _slot.c.activity_id,
        _activity.c.number.label("scope"), _activity.c.kind, _activity.c.title, _activity.c.entry_mode,
        _activity.c.opens_at, _activity.c.closes_at, _activity.c.min_age, _activity.c.max_age,
        _activity.c.max_group, _activity.c.waiting_list, _slot.c.starts_at, _slot.c.ends_at, _slot.c.capacity,
        _slot.c.taken, _slot.c.closed, _WAITS.label("waiting"), _activity.c.max_per_number,
        _activity.c.paused_at, *_EARLIER,
    )
    .join(_activity, _activity.c.id == _slot.c.activity_id)
    .join(_festival, _festival.c.id == _slot.c.festival_id)
    .outerjoin(_registration, _registration.c.idempotency_key == sa.bindparam("key"))
    .where(_slot.c.id == sa.bindparam("slot_id"))
)  # fmt: skip

_SLOT_IN_TURN = _SLOT.add_columns(sa.func.pg_advisory_xact_lock(sa.bindparam("number", type_=sa.BigInteger)))


def _known_statement(proven: sa.ColumnElement[bool]) -> sa.Select[Any]:
    booked = sa.exists().where(
        _booking.c.participant_id == _participant.c.id,
        _booking.c.activity_id == sa.bindparam("activity_id"),
        written_out(_booking.c.status, *_LIVE),
    )
    holds = sa.and_(
        _ticket.c.participant_id == _participant.c.id, written_out(_ticket.c.status, TicketStatus.VALID)
    )
    return (
        sa.select(
            _participant.c.id, _participant.c.name_key, _participant.c.birth_year, _participant.c.ordinal,
            booked.label("booked"), proven.label("proven"),
            _ticket.c.id.label("ticket_id"), _ticket.c.code, _ticket.c.scope,
        )
        .select_from(_participant)
        .outerjoin(_ticket, holds)
        .where(
            _participant.c.festival_id == sa.bindparam("festival_id"),
            _participant.c.phone == sa.bindparam("phone"),
            _participant.c.name_key.in_(sa.bindparam("names", expanding=True)),
        )
    )  # fmt: skip


_KNOWN = _known_statement(sa.false())
_KNOWN_WITH_PROOF = _known_statement(
    sa.exists().where(
        _booking.c.participant_id == _participant.c.id,
        _booking.c.discloses_ticket,
        _registration.c.id == _booking.c.registration_id,
        _registration.c.code.in_(sa.bindparam("proof", expanding=True)),
    )
)


def wait_for_number(phone: str) -> None:
    """Let sign-ups of one number take turns until the end of the transaction (PostgreSQL; SQLite has one writer).

    Without it, twenty presses of one button would trip over each other's unique keys more often than the one
    rerun of a lost race can mend, and a twin could be told "already registered" instead of its answer.
    """
    if core().dialect.name == "postgresql":
        core().execute(_TAKE_TURN, {"number": _turn_of(phone)})


def _turn_of(phone: str) -> int:
    return int.from_bytes(hashlib.blake2b(phone.encode(), digest_size=8).digest(), "big", signed=True)


def slot_in_turn(slot_id: int, key: str, phone: str) -> SlotFacts | None:
    """``wait_for_number`` and ``slot_for_sign_up`` in one question.

    What it says was so before the wait: a twin with the same key may have been answered meanwhile, so look again
    (``registration_by_key``) before a refusal because of what is read later.
    """
    if core().dialect.name != "postgresql":
        return slot_for_sign_up(slot_id, key)
    asked = {"slot_id": slot_id, "key": key, "number": _turn_of(phone)}
    row = core().execute(_SLOT_IN_TURN, asked).one_or_none()
    return None if row is None else _facts(row[:-1])


def slot_for_sign_up(slot_id: int, key: str) -> SlotFacts | None:
    """The slot, its activity, and the registration that carries the key already; None for an unknown slot."""
    row = core().execute(_SLOT, {"slot_id": slot_id, "key": key}).one_or_none()
    return None if row is None else _facts(row)


def _facts(row: Sequence[Any]) -> SlotFacts:
    values: list[Any] = list(row)
    earlier: list[Any] = values[-len(_EARLIER) :]
    values[-len(_EARLIER) :] = [Earlier(*earlier) if earlier[0] is not None else None]
    return SlotFacts(*values)


def registration_by_key(key: str) -> Earlier | None:
    """The registration that carries an idempotency key."""
    row: Any = core().execute(_BY_KEY, {"key": key}).one_or_none()
    return None if row is None else Earlier(*row)


def people_of_number(slot: SlotFacts, phone: str) -> int:
    """How many places of a slot a number holds or waits for, unnamed ones of its teams too.

    Right until the transaction ends, if ``wait_for_number`` came before.
    """
    asked = {"festival_id": slot.festival_id, "slot_id": slot.id, "phone": phone}
    return int(core().execute(_OF_NUMBER, asked).scalar_one())


def known_people(
    slot: SlotFacts, phone: str, name_keys: Collection[str], proof: Collection[str]
) -> list[KnownPerson]:
    """Who of these names is known under this number, in one SELECT.

    ``proof`` holds the codes of registrations that the sender proved to own. A person is proven when one of
    these disclosed this very person's ticket: a fresh name under somebody's number proves nothing about the
    others of that number.
    """
    asked: dict[str, Any] = {
        "festival_id": slot.festival_id, "activity_id": slot.activity_id, "phone": phone, "names": list(name_keys),
    }  # fmt: skip
    if proof:
        asked["proof"] = list(proof)
    rows = core().execute(_KNOWN_WITH_PROOF if proof else _KNOWN, asked)
    return [
        KnownPerson(
            rules.Known(row.id, row.name_key, row.birth_year, row.ordinal, bool(row.booked)),
            None if row.ticket_id is None else TicketFace(row.ticket_id, row.code, row.scope),
            bool(row.proven),
        )
        for row in rows
    ]
