"""What other features and the pages read about sign-ups. Hot paths speak SQLAlchemy Core."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

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
    """The tickets of one festival with these ids or typed codes (canonical), in two SELECTs at most.

    Unknown ids and codes are simply missing from the list; a ticket asked for both ways comes once.
    ``duplicate`` bookings are left out: they never stood for a place.
    """
    if not ticket_ids and not codes:
        return []
    wanted = sa.or_(Ticket.id.in_(list(ticket_ids)), Ticket.code.in_(list(codes)))
    rows = db.session.execute(
        sa.select(Ticket.id, Ticket.code, Ticket.status, Ticket.participant_id, Participant.name)
        .outerjoin(Participant, Participant.id == Ticket.participant_id)
        .where(Ticket.festival_id == festival_id, wanted)
    ).all()
    bookings = _bookings_for_scan({row.participant_id for row in rows} - {None})
    return [
        ScanTicket(row.id, row.code, row.status, row.participant_id, row.name, bookings.get(row.participant_id, ()))
        for row in rows
    ]


def _bookings_for_scan(participant_ids: Collection[int]) -> dict[int | None, tuple[ScanBooking, ...]]:
    if not participant_ids:
        return {}
    rows = db.session.execute(
        sa.select(
            Booking.participant_id, Booking.activity_id, Booking.slot_id, Booking.status,
            TimeSlot.starts_at, TimeSlot.ends_at,
        )
        .join(TimeSlot, TimeSlot.id == Booking.slot_id)
        .where(Booking.participant_id.in_(list(participant_ids)), Booking.status != BookingStatus.DUPLICATE)
        .order_by(TimeSlot.starts_at, Booking.id)
    )  # fmt: skip
    found: dict[int | None, list[ScanBooking]] = defaultdict(list)
    for row in rows:
        found[row.participant_id].append(
            ScanBooking(row.activity_id, row.slot_id, row.starts_at, row.ends_at, row.status)
        )
    return {participant: tuple(bookings) for participant, bookings in found.items()}
