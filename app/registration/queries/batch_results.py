"""What came of a stored list: tickets in the order of its rows, links by number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.festival.models import Place
from app.programme.models import Activity, TimeSlot
from app.registration.models import (
    BatchRow,
    Booking,
    BookingStatus,
    Participant,
    Registration,
    Ticket,
    TicketStatus,
)
from app.registration.queries.sign_up import TicketFace
from app.registration.queries.tickets import BookedActivity


@dataclass(frozen=True, slots=True)
class ListedTicket:
    """Somebody of a list: what they are booked for, and their ticket where whoever sent the list may see it."""

    number: int
    participant_id: int
    name: str
    phone: str
    registration_code: str
    status: BookingStatus
    title: str
    starts_at: datetime
    ticket: TicketFace | None


@dataclass(frozen=True, slots=True)
class NumberLinks:
    """One telephone number of a list: who comes, and the codes of the registrations to be opened by link."""

    phone: str
    names: tuple[str, ...]
    codes: tuple[str, ...]


def listed_tickets(batch_id: int) -> list[ListedTicket]:
    """Everybody whom a list signed up, in the order of its rows: one SELECT."""
    rows: Any = db.session.execute(
        sa.select(
            BatchRow.number, Booking.participant_id, Booking.name, Participant.phone, Registration.code,
            Booking.status, Activity.title, TimeSlot.starts_at, Ticket.id.label("ticket_id"),
            Ticket.code.label("ticket_code"), Ticket.scope,
        )
        .join(Booking, Booking.id == BatchRow.booking_id)
        .join(Participant, Participant.id == Booking.participant_id)
        .join(Registration, Registration.id == Booking.registration_id)
        .join(Activity, Activity.id == Booking.activity_id)
        .join(TimeSlot, TimeSlot.id == Booking.slot_id)
        .outerjoin(
            Ticket,
            sa.and_(
                Ticket.participant_id == Booking.participant_id, Ticket.status == TicketStatus.VALID,
                Booking.discloses_ticket,
            ),
        )
        .where(BatchRow.batch_id == batch_id)
        .order_by(BatchRow.number)
    )  # fmt: skip
    return [
        ListedTicket(
            row.number, row.participant_id, row.name, row.phone, row.code, row.status, row.title, row.starts_at,
            None if row.ticket_id is None else TicketFace(row.ticket_id, row.ticket_code, row.scope),
        )
        for row in rows
    ]  # fmt: skip


def links_by_number(people: Sequence[ListedTicket]) -> list[NumberLinks]:
    """The people of a list by their numbers, each with the registrations to open; cancelled ones left out."""
    live = [person for person in people if person.status is not BookingStatus.CANCELLED]
    found: list[NumberLinks] = []
    for phone, of_phone in groupby(sorted(live, key=lambda p: (p.phone, p.number)), key=lambda p: p.phone):
        together = list(of_phone)
        names = dict.fromkeys(person.name for person in together)
        codes = dict.fromkeys(person.registration_code for person in together)
        found.append(NumberLinks(phone, tuple(names), tuple(codes)))
    return found


def booked_activities(participant_ids: Collection[int]) -> dict[int, tuple[BookedActivity, ...]]:
    """What these people are booked for at the whole festival, in order of time: one SELECT."""
    if not participant_ids:
        return {}
    rows: Any = db.session.execute(
        sa.select(
            Booking.participant_id, TimeSlot.id, Activity.title, Place.name.label("place"), TimeSlot.starts_at,
            TimeSlot.ends_at, Booking.bib,
        )
        .join(TimeSlot, TimeSlot.id == Booking.slot_id)
        .join(Activity, Activity.id == Booking.activity_id)
        .outerjoin(Place, Place.id == Activity.place_id)
        .where(
            Booking.participant_id.in_(list(participant_ids)), Booking.status == BookingStatus.CONFIRMED
        )
        .order_by(TimeSlot.starts_at, Activity.number)
    )  # fmt: skip
    found: dict[int, list[BookedActivity]] = defaultdict(list)
    for row in rows:
        found[row.participant_id].append(
            BookedActivity(
                slot_id=row.id,
                title=row.title,
                place=row.place,
                starts_at=row.starts_at,
                bib=row.bib,
                ends_at=row.ends_at,
            )
        )
    return {participant_id: tuple(booked) for participant_id, booked in found.items()}


def skipped(batch_id: int) -> dict[str, int]:
    """How many rows of a list signed nobody up, by the reason."""
    rows = db.session.execute(
        sa.select(BatchRow.skipped, sa.func.count())
        .where(BatchRow.batch_id == batch_id, BatchRow.skipped.is_not(None))
        .group_by(BatchRow.skipped)
    )
    return {str(reason): count for reason, count in rows if reason is not None}
