"""Registrations and tickets as their owners see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.festival.models import Festival, Place
from app.programme.models import Activity, TimeSlot
from app.registration.models import (
    Booking,
    BookingStatus,
    Participant,
    Registration,
    RegistrationStatus,
    Ticket,
    TicketStatus,
)
from app.registration.queries.sign_up import TicketFace

MOST_LINKS = 20


@dataclass(frozen=True, slots=True)
class BookedActivity:
    """Something a person is booked for."""

    slot_id: int
    title: str
    place: str | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket as its holder sees it, with all live bookings of the holder."""

    face: TicketFace
    festival_id: int
    status: TicketStatus
    holder: str
    bookings: tuple[BookedActivity, ...]


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
    activity_slug: str
    title: str
    place: str | None
    slot_id: int
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
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
        """Those who hold a place or wait for one."""
        live = (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED)
        return tuple(person for person in self.people if person.status in live)


@dataclass(frozen=True, slots=True)
class OwnRegistration:
    """A registration in the list of its owner."""

    code: str
    status: RegistrationStatus
    title: str
    starts_at: datetime


def registration_by_code(code: str) -> RegistrationView | None:
    """The registration of a code with everything its manage page shows, in three SELECTs."""
    return _registration(Registration.code == code)


def registration_by_id(registration_id: int) -> RegistrationView | None:
    """The same by its number."""
    return _registration(Registration.id == registration_id)


def _registration(condition: sa.ColumnElement[bool]) -> RegistrationView | None:
    row: Any = db.session.execute(
        sa.select(
            Registration.id, Registration.code, Registration.status, Registration.festival_id,
            Festival.name.label("festival_name"), Festival.organiser, Festival.notice, Festival.venue,
            Registration.contact_name, Registration.contact_phone, Activity.slug, Activity.title,
            Place.name.label("place"), Registration.slot_id, TimeSlot.starts_at, TimeSlot.ends_at,
            Registration.created_at,
        )
        .join(Festival, Festival.id == Registration.festival_id)
        .join(Activity, Activity.id == Registration.activity_id)
        .join(TimeSlot, TimeSlot.id == Registration.slot_id)
        .outerjoin(Place, Place.id == Activity.place_id)
        .where(condition)
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    values: list[Any] = [*row, _people(row.id, row.festival_id)]
    return RegistrationView(*values)


def _people(registration_id: int, festival_id: int) -> tuple[RegistrationPerson, ...]:
    rows = db.session.execute(
        sa.select(
            Booking.id, Booking.name, Booking.status, Booking.discloses_ticket, Booking.participant_id,
            Ticket.id.label("ticket_id"), Ticket.code, Ticket.scope,
        )
        .outerjoin(
            Ticket,
            sa.and_(
                Ticket.participant_id == Booking.participant_id,
                Ticket.status == TicketStatus.VALID,
                Booking.discloses_ticket,
            ),
        )
        .where(Booking.registration_id == registration_id)
        .order_by(Booking.position)
    ).all()  # fmt: skip
    booked = _booked({row.participant_id for row in rows if row.ticket_id is not None})
    return tuple(
        RegistrationPerson(
            row.id, row.name, row.status, row.discloses_ticket,
            None if row.ticket_id is None else TicketView(
                TicketFace(row.ticket_id, row.code, row.scope), festival_id, TicketStatus.VALID, row.name,
                booked.get(row.participant_id, ()),
            ),
        )
        for row in rows
    )  # fmt: skip


def _booked(participant_ids: Collection[int]) -> dict[int, tuple[BookedActivity, ...]]:
    """The confirmed bookings of these people at the whole festival, in order of time."""
    if not participant_ids:
        return {}
    rows = db.session.execute(
        sa.select(
            Booking.participant_id, TimeSlot.id, Activity.title, Place.name.label("place"),
            TimeSlot.starts_at, TimeSlot.ends_at,
        )
        .join(TimeSlot, TimeSlot.id == Booking.slot_id)
        .join(Activity, Activity.id == Booking.activity_id)
        .outerjoin(Place, Place.id == Activity.place_id)
        .where(Booking.participant_id.in_(list(participant_ids)), Booking.status == BookingStatus.CONFIRMED)
        .order_by(TimeSlot.starts_at, Activity.number)
    )  # fmt: skip
    found: dict[int, list[BookedActivity]] = defaultdict(list)
    for row in rows:
        found[row.participant_id].append(BookedActivity(row.id, row.title, row.place, row.starts_at, row.ends_at))
    return {participant_id: tuple(booked) for participant_id, booked in found.items()}


def ticket_by_code(code: str) -> TicketView | None:
    """The ticket with this typed code, whatever its status, in two SELECTs."""
    row = db.session.execute(
        sa.select(
            Ticket.id, Ticket.code, Ticket.scope, Ticket.festival_id, Ticket.status, Ticket.participant_id,
            Participant.name,
        )
        .outerjoin(Participant, Participant.id == Ticket.participant_id)
        .where(Ticket.code == code)
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    booked = _booked({row.participant_id} - {None}).get(row.participant_id, ())
    face = TicketFace(row.id, row.code, row.scope)
    return TicketView(face, row.festival_id, row.status, row.name or "", booked)


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
        sa.select(Registration.code, Registration.status, Activity.title, TimeSlot.starts_at)
        .join(Activity, Activity.id == Registration.activity_id)
        .join(TimeSlot, TimeSlot.id == Registration.slot_id)
        .where(Registration.festival_id == festival_id, condition)
        .order_by(Registration.id.desc())
        .limit(MOST_LINKS)
    )
    found = [OwnRegistration(row.code, row.status, row.title, row.starts_at) for row in rows]
    return sorted(found, key=lambda own: own.starts_at)
