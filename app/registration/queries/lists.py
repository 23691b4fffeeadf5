"""Registrations as the committee sees them: searched, filtered, sorted, paged, and as a table of people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.codes import normalise_typed_code
from app.core.db import db
from app.core.phones import InvalidPhone, parse_phone
from app.programme.models import Activity, TimeSlot
from app.registration import rules
from app.registration.models import (
    Booking,
    BookingStatus,
    Participant,
    Registration,
    RegistrationStatus,
    Team,
    TeamPlace,
    Ticket,
    WaitingOffer,
)
from app.registration.queries.teams import TeamLine, led_teams, teams_of_members
from app.registration.queries.waiting import offered_to

PAGE_SIZE = 50
MOST_PAGES = 10_000
_NEWEST = Registration.id.desc()
_ORDERS: dict[str, list[Any]] = {
    "newest": [_NEWEST],
    "oldest": [Registration.id],
    "name": [sa.func.lower(Registration.contact_name), _NEWEST],
    "time": [TimeSlot.starts_at, _NEWEST],
}  # fmt: skip
ORDERS = tuple(_ORDERS)  # the first one is what is meant where none is asked for


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """One line of the committee's list. ``offered_until``: so long are places kept for who waits."""

    id: int
    code: str
    status: RegistrationStatus
    contact_name: str
    phone: str
    title: str
    starts_at: datetime
    created_at: datetime
    offered_until: datetime | None
    people: tuple[tuple[str, BookingStatus], ...]
    team: TeamLine | None  # of a leader
    member_of: str | None  # name of the team


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of one registration, for a table. ``created_at``: when the registration was made."""

    code: str
    title: str
    starts_at: datetime
    name: str
    status: BookingStatus
    bib: int | None
    team: str | None
    contact_name: str
    phone: str
    created_at: datetime


def registrations_page(
    festival_id: int, text: str = "", activity_id: int | None = None, page: int = 1, order: str = ORDERS[0]
) -> tuple[list[RegistrationRow], int]:
    """A page of 50 registrations, newest first, and how many match; five SELECTs whatever the size."""
    conditions = _conditions(festival_id, text, activity_id)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(Registration).where(*conditions)) or 0
    rows = db.session.execute(
        sa.select(
            Registration.id, Registration.code, Registration.status, Registration.contact_name,
            Registration.contact_phone, Activity.title, TimeSlot.starts_at, Registration.created_at,
            WaitingOffer.expires_at,
        )
        .join(Activity, Activity.id == Registration.activity_id)
        .join(TimeSlot, TimeSlot.id == Registration.slot_id)
        .outerjoin(WaitingOffer, offered_to(Registration))
        .where(*conditions)
        .order_by(*_ORDERS.get(order, [_NEWEST]))
        .limit(PAGE_SIZE)
        .offset((max(1, min(page, MOST_PAGES)) - 1) * PAGE_SIZE)
    ).all()  # fmt: skip
    ids = [row.id for row in rows]
    people, led, members = _people(ids), led_teams(ids), teams_of_members(ids)
    lines = (
        RegistrationRow(*row, people=people.get(row.id, ()), team=led.get(row.id), member_of=members.get(row.id))
        for row in rows
    )
    return list(lines), total


def people_listed(festival_id: int, text: str, activity_id: int | None, most: int) -> list[PersonRow]:
    """Everybody in the registrations that match, by activity, time and place in the list; the first ``most``."""
    team = sa.func.coalesce(
        sa.select(Team.name).where(Team.registration_id == Registration.id).scalar_subquery(),
        sa.select(Team.name)
        .join(TeamPlace, TeamPlace.team_id == Team.id)
        .where(TeamPlace.registration_id == Registration.id)
        .scalar_subquery(),
    )
    rows = db.session.execute(
        sa.select(
            Registration.code, Activity.title, TimeSlot.starts_at, Booking.name, Booking.status, Booking.bib, team,
            Registration.contact_name, Registration.contact_phone, Registration.created_at,
        )
        .join(Registration, Registration.id == Booking.registration_id)
        .join(Activity, Activity.id == Registration.activity_id)
        .join(TimeSlot, TimeSlot.id == Registration.slot_id)
        .where(*_conditions(festival_id, text, activity_id))
        .order_by(Activity.number, TimeSlot.starts_at, TimeSlot.id, Registration.id, Booking.position)
        .limit(most)
    )  # fmt: skip
    return [PersonRow(*row) for row in rows]


def _conditions(festival_id: int, text: str, activity_id: int | None) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [Registration.festival_id == festival_id]
    if activity_id is not None:
        found.append(Registration.activity_id == activity_id)
    if text.strip():
        found.append(_matches(festival_id, text.strip()))
    return found


def _matches(festival_id: int, text: str) -> sa.ColumnElement[bool]:
    """Registrations of this number, this code (registration or ticket), or this part of a name, a team's too."""
    try:
        return Registration.contact_phone == parse_phone(text)
    except InvalidPhone:
        pass
    if code := normalise_typed_code(text):
        with_ticket = (
            sa.select(Booking.registration_id)
            .join(Ticket, Ticket.participant_id == Booking.participant_id)
            .where(Ticket.festival_id == festival_id, Ticket.code == code)
        )
        return sa.or_(Registration.code == code, Registration.id.in_(with_ticket))
    named = (
        sa.select(Booking.registration_id)
        .join(Participant, Participant.id == Booking.participant_id)
        .where(
            Participant.festival_id == festival_id,
            Participant.name_key.contains(rules.name_key(text), autoescape=True),
        )
    )
    contact = sa.func.lower(Registration.contact_name).contains(text.lower(), autoescape=True)
    in_team = sa.func.lower(Team.name).contains(text.lower(), autoescape=True)
    leaders = sa.select(Team.registration_id).where(in_team)
    members = (
        sa.select(TeamPlace.registration_id)
        .join(Team, Team.id == TeamPlace.team_id)
        .where(in_team, TeamPlace.registration_id.is_not(None))
    )
    return sa.or_(contact, *(Registration.id.in_(found) for found in (named, leaders, members)))


def _people(registration_ids: list[int]) -> dict[int, tuple[tuple[str, BookingStatus], ...]]:
    rows = db.session.execute(
        sa.select(Booking.registration_id, Booking.name, Booking.status)
        .where(Booking.registration_id.in_(registration_ids))
        .order_by(Booking.registration_id, Booking.position)
    )
    found: dict[int, list[tuple[str, BookingStatus]]] = {}
    for registration_id, name, status in rows:
        found.setdefault(registration_id, []).append((name, status))
    return {registration_id: tuple(people) for registration_id, people in found.items()}


def counts(festival_id: int) -> dict[BookingStatus, int]:
    """How many bookings stand how."""
    rows = db.session.execute(
        sa.select(Booking.status, sa.func.count())
        .where(Booking.festival_id == festival_id)
        .group_by(Booking.status)
    )
    return {status: number for status, number in rows}
