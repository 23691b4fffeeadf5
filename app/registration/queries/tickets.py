"""Registrations and tickets as their owners see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from app.core.db import core, db, table, written_out
from app.festival.models import Festival, Place
from app.programme.models import Activity, TimeSlot
from app.registration.models import (
    Booking,
    BookingStatus,
    Participant,
    Registration,
    RegistrationStatus,
    Team,
    Ticket,
    TicketStatus,
    WaitingOffer,
)
from app.registration.queries.sign_up import TicketFace
from app.registration.queries.waiting import offered_to

MOST_LINKS = 20


@dataclass(frozen=True, slots=True)
class BookedActivity:
    """Something a person is booked for. ``bib`` is the number to wear, where the kind gives one."""

    slot_id: int
    title: str
    place: str | None
    starts_at: datetime
    ends_at: datetime
    kind: str = ""
    earns_coupon: bool = False
    bib: int | None = None
    changed_at: datetime | None = None  # when the committee last changed it, for calendars


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket as its holder sees it, with all live bookings of the holder."""

    face: TicketFace
    festival_id: int
    status: TicketStatus
    holder: str
    bookings: tuple[BookedActivity, ...]

    def bib_at(self, slot_id: int) -> int | None:
        """The number to wear in a slot, None where there is none."""
        return next((booked.bib for booked in self.bookings if booked.slot_id == slot_id), None)


@dataclass(frozen=True, slots=True)
class RegistrationPerson:
    """One row of a registration. ``ticket`` only where this registration may show it."""

    booking_id: int
    name: str
    status: BookingStatus
    discloses: bool
    ticket: TicketView | None


@dataclass(frozen=True, slots=True)
class RegistrationView:
    """A registration with its people."""

    id: int
    code: str
    status: RegistrationStatus
    festival_id: int
    festival_name: str
    organiser: str
    notice: str
    venue: str
    contact_name: str
    phone: str
    kind: str
    activity_slug: str
    title: str
    place: str | None
    slot_id: int
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    other_slots: bool  # there are others in this activity to change to
    moved_from: datetime | None  # when it was to start before the committee moved it
    cancelled_because: str | None
    slot_cancelled: bool  # the committee called the slot off
    has_team: bool  # its owner reserved places for a team
    people: tuple[RegistrationPerson, ...]

    @property
    def festival(self) -> dict[str, str]:
        """What the frame of a page says of the festival."""
        return {"name": self.festival_name, "organiser": self.organiser, "notice": self.notice}

    @property
    def tickets(self) -> tuple[TicketView, ...]:
        """The tickets this registration may show and that are booked for something."""
        return tuple(person.ticket for person in self.people if person.ticket and person.ticket.bookings)

    @property
    def live_people(self) -> tuple[RegistrationPerson, ...]:
        """Those who come as far as this registration tells: who was booked before (``duplicate``) is among them."""
        if self.status is RegistrationStatus.CANCELLED:
            return ()
        return tuple(person for person in self.people if person.status is not BookingStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class OwnRegistration:
    """A registration in the list of its owner. ``offered``: places are kept for it until it answers."""

    code: str
    status: RegistrationStatus
    title: str
    starts_at: datetime
    offered: bool


# Ticket pages are asked for by everybody who signs up, so their statements are built once, like those of sign-up.
_festival, _place = table(Festival), table(Place)
_activity, _slot = table(Activity), table(TimeSlot)
_registration, _booking = table(Registration), table(Booking)
_participant, _ticket, _team = table(Participant), table(Ticket), table(Team)
_theirs = _booking.alias("theirs")  # what the holder of a ticket is booked for, at the whole festival
_other = _slot.alias("other")
_OTHER_SLOTS = sa.exists(
    sa.select(1)
    .select_from(_other)
    .where(_other.c.activity_id == _registration.c.activity_id, _other.c.id != _registration.c.slot_id)
)
_HAS_TEAM = sa.exists(sa.select(1).select_from(_team).where(_team.c.registration_id == _registration.c.id))
_REGISTRATION = (
    sa.select(
        _registration.c.id, _registration.c.code, _registration.c.status, _registration.c.festival_id,
        _festival.c.name.label("festival_name"), _festival.c.organiser, _festival.c.notice, _festival.c.venue,
        _registration.c.contact_name, _registration.c.contact_phone, _activity.c.kind, _activity.c.slug,
        _activity.c.title,
        _place.c.name.label("place"), _registration.c.slot_id, _slot.c.starts_at, _slot.c.ends_at,
        _registration.c.created_at, _OTHER_SLOTS.label("other_slots"), _slot.c.moved_from,
        _slot.c.cancelled_because, _slot.c.cancelled_at.is_not(None), _HAS_TEAM,
    )
    .join(_festival, _festival.c.id == _registration.c.festival_id)
    .join(_activity, _activity.c.id == _registration.c.activity_id)
    .join(_slot, _slot.c.id == _registration.c.slot_id)
    .outerjoin(_place, _place.c.id == _activity.c.place_id)
)  # fmt: skip
_BY_CODE = _REGISTRATION.where(_registration.c.code == sa.bindparam("code"))
_BY_ID = _REGISTRATION.where(_registration.c.id == sa.bindparam("id"))


_BOOKED = (
    _theirs.c.slot_id, _activity.c.title, _place.c.name.label("place"), _slot.c.starts_at, _slot.c.ends_at,
    _activity.c.kind, _activity.c.earns_coupon, _theirs.c.bib,
    _activity.c.updated_at.label("changed_at"),
)  # fmt: skip


def _with_bookings(statement: sa.Select[Any], participant: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """The statement with one row for each confirmed booking of a participant, or one without any."""
    confirmed = written_out(_theirs.c.status, BookingStatus.CONFIRMED)
    booked = sa.and_(_theirs.c.participant_id == participant, confirmed)
    return (
        statement.add_columns(*_BOOKED)
        .outerjoin(_theirs, booked)
        .outerjoin(_slot, _slot.c.id == _theirs.c.slot_id)
        .outerjoin(_activity, _activity.c.id == _theirs.c.activity_id)
        .outerjoin(_place, _place.c.id == _activity.c.place_id)
    )


_shown = sa.and_(
    _ticket.c.participant_id == _booking.c.participant_id,
    written_out(_ticket.c.status, TicketStatus.VALID),
    _booking.c.discloses_ticket,
)
_PEOPLE = _with_bookings(
    sa.select(
        _booking.c.id, _booking.c.name, _booking.c.status, _booking.c.discloses_ticket,
        _ticket.c.id.label("ticket_id"), _ticket.c.code, _ticket.c.scope,
    )
    .select_from(_booking)
    .outerjoin(_ticket, _shown)
    .where(_booking.c.registration_id == sa.bindparam("id"))
    .order_by(_booking.c.position, _booking.c.id, _slot.c.starts_at, _activity.c.number),
    _ticket.c.participant_id,
)  # fmt: skip
_TICKET = _with_bookings(
    sa.select(
        _ticket.c.id, _ticket.c.code, _ticket.c.scope, _ticket.c.festival_id, _ticket.c.status, _participant.c.name
    )
    .select_from(_ticket)
    .outerjoin(_participant, _participant.c.id == _ticket.c.participant_id)
    .where(_ticket.c.code == sa.bindparam("code"))
    .order_by(_slot.c.starts_at, _activity.c.number),
    _ticket.c.participant_id,
)


def registration_by_code(code: str) -> RegistrationView | None:
    """The registration of a code with everything its manage page shows, in two SELECTs."""
    return _view(core().execute(_BY_CODE, {"code": code}))


def registration_by_id(registration_id: int) -> RegistrationView | None:
    """The same by its number."""
    return _view(core().execute(_BY_ID, {"id": registration_id}))


def _view(found: sa.CursorResult[Any]) -> RegistrationView | None:
    row: Any = found.one_or_none()
    if row is None:
        return None
    values: list[Any] = [*row, _people(row.id, row.festival_id)]
    return RegistrationView(*values)


def _people(registration_id: int, festival_id: int) -> tuple[RegistrationPerson, ...]:
    rows = core().execute(_PEOPLE, {"id": registration_id})
    return tuple(
        _person(festival_id, list(of_person)) for _booking_id, of_person in groupby(rows, key=lambda row: row.id)
    )


def _person(festival_id: int, rows: list[Any]) -> RegistrationPerson:
    row = rows[0]
    ticket = None
    if row.ticket_id is not None:
        face = TicketFace(row.ticket_id, row.code, row.scope)
        ticket = TicketView(face, festival_id, TicketStatus.VALID, row.name, _booked(rows))
    return RegistrationPerson(row.id, row.name, row.status, row.discloses_ticket, ticket)


def _booked(rows: Iterable[Any]) -> tuple[BookedActivity, ...]:
    """The confirmed bookings of one person at the whole festival, in order of time."""
    return tuple(
        BookedActivity(
            row.slot_id,
            row.title,
            row.place,
            row.starts_at,
            row.ends_at,
            row.kind,
            row.earns_coupon,
            row.bib,
            row.changed_at,
        )
        for row in rows
        if row.slot_id is not None
    )


def ticket_by_code(code: str) -> TicketView | None:
    """The ticket with this typed code, whatever its status, in one SELECT."""
    rows: list[Any] = list(core().execute(_TICKET, {"code": code}))
    if not rows:
        return None
    row = rows[0]
    return TicketView(
        TicketFace(row.id, row.code, row.scope), row.festival_id, row.status, row.name or "", _booked(rows)
    )


def registrations_of_phone(festival_id: int, phone: str) -> list[OwnRegistration]:
    """The live registrations of a number, the newest 20, by time."""
    live = Registration.status != RegistrationStatus.CANCELLED
    return _own(festival_id, sa.and_(Registration.contact_phone == phone, live))


def registrations_of_codes(festival_id: int, codes: Collection[str]) -> list[OwnRegistration]:
    """The live registrations with these codes, by time."""
    if not codes:
        return []
    live = Registration.status != RegistrationStatus.CANCELLED
    return _own(festival_id, sa.and_(Registration.code.in_(list(codes)), live))


def _own(festival_id: int, condition: sa.ColumnElement[bool]) -> list[OwnRegistration]:
    rows = db.session.execute(
        sa.select(
            Registration.code, Registration.status, Activity.title, TimeSlot.starts_at,
            WaitingOffer.id.is_not(None).label("offered"),
        )
        .join(Activity, Activity.id == Registration.activity_id)
        .join(TimeSlot, TimeSlot.id == Registration.slot_id)
        .outerjoin(WaitingOffer, offered_to(Registration))
        .where(Registration.festival_id == festival_id, condition)
        .order_by(Registration.id.desc())
        .limit(MOST_LINKS)
    )  # fmt: skip
    found = [OwnRegistration(row.code, row.status, row.title, row.starts_at, row.offered) for row in rows]
    return sorted(found, key=lambda own: own.starts_at)
