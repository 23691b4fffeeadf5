"""What other features and the pages read about sign-ups. Hot paths speak SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.programme.models import TimeSlot
from app.registration.models import Booking, BookingStatus, Participant, Ticket, TicketStatus


@dataclass(frozen=True, slots=True)
class ScanBooking:
    """A booking of a ticket's holder, as a gate needs it."""

    activity_id: int
    slot_id: int
    starts_at: datetime
    ends_at: datetime
    status: BookingStatus


@dataclass(frozen=True, slots=True)
class ScanTicket:
    """A ticket as a gate needs it. ``holder`` is None for a blank ticket, which nobody holds yet."""

    id: int
    code: str
    status: TicketStatus
    participant_id: int | None
    holder: str | None
    bookings: tuple[ScanBooking, ...]


def tickets_for_scan(festival_id: int, ticket_ids: Collection[int], codes: Collection[str]) -> list[ScanTicket]:
    """The tickets of one festival with these ids or typed codes (canonical), in one SELECT at most.

    Unknown ids and codes are simply missing from the list; a ticket asked for both ways comes once.
    ``duplicate`` bookings are left out: they never stood for a place.
    """
    wanted = []
    if ticket_ids:
        wanted.append(Ticket.id.in_(list(ticket_ids)))
    if codes:
        wanted.append(Ticket.code.in_(list(codes)))
    if not wanted:
        return []
    stands = sa.and_(Booking.participant_id == Ticket.participant_id, Booking.status != BookingStatus.DUPLICATE)
    rows = db.session.execute(
        sa.select(
            Ticket.id, Ticket.code, Ticket.status, Ticket.participant_id, Participant.name,
            Booking.activity_id, Booking.slot_id, TimeSlot.starts_at, TimeSlot.ends_at,
            Booking.status.label("booking_status"),
        )
        .outerjoin(Participant, Participant.id == Ticket.participant_id)
        .outerjoin(Booking, stands)
        .outerjoin(TimeSlot, TimeSlot.id == Booking.slot_id)
        .where(Ticket.festival_id == festival_id, sa.or_(*wanted))
        .order_by(Ticket.id, TimeSlot.starts_at, Booking.id)
    )  # fmt: skip
    return [_scan_ticket(list(of_one)) for _id, of_one in groupby(rows, key=lambda row: row.id)]


def _scan_ticket(rows: Sequence[Any]) -> ScanTicket:
    """One ticket of its rows, one a booking; without bookings there is one row that holds none."""
    first = rows[0]
    bookings = tuple(
        ScanBooking(row.activity_id, row.slot_id, row.starts_at, row.ends_at, row.booking_status)
        for row in rows
        if row.slot_id is not None
    )
    return ScanTicket(first.id, first.code, first.status, first.participant_id, first.name, bookings)
