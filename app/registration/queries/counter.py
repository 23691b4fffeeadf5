"""Who stands at the counter without their phone: people found by number, name or code, with their valid ticket."""

from __future__ import annotations

from collections.abc import Collection
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
    Ticket,
    TicketReissue,
    TicketStatus,
)

MOST_FOUND = 20
SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class TicketHolder:
    """A person with a valid ticket. ``replaces_since`` is when it was given out anew, None for a first one."""

    participant_id: int
    name: str
    birth_year: int
    phone: str
    ticket_id: int
    code: str
    replaces_since: datetime | None
    booked: tuple[tuple[str, datetime], ...] = ()


def holders_at_counter(festival_id: int, text: str) -> list[TicketHolder]:
    """The first 20 whose number, name (three letters or more), ticket or registration code this is; two SELECTs."""
    condition = _meant(text)
    if condition is None:
        return []
    wanted = _HOLDERS.where(Ticket.festival_id == festival_id, condition)
    rows = db.session.execute(wanted.order_by(Participant.name, Participant.id).limit(MOST_FOUND)).all()
    return _with_bookings(rows)


def holder(festival_id: int, participant_id: int) -> TicketHolder | None:
    """One person, None without a valid ticket in this festival."""
    mine = _HOLDERS.where(Ticket.festival_id == festival_id, Participant.id == participant_id)
    return next(iter(_with_bookings(db.session.execute(mine).all())), None)


_HOLDERS = (
    sa.select(
        Participant.id, Participant.name, Participant.birth_year, Participant.phone,
        Ticket.id.label("ticket_id"), Ticket.code, TicketReissue.reissued_at,
    )
    .join(Ticket, sa.and_(Ticket.participant_id == Participant.id, Ticket.status == TicketStatus.VALID))
    .outerjoin(TicketReissue, TicketReissue.new_ticket_id == Ticket.id)
)  # fmt: skip


def _meant(text: str) -> sa.ColumnElement[bool] | None:
    try:
        return Participant.phone == parse_phone(text)
    except InvalidPhone:
        pass
    if code := normalise_typed_code(text):
        theirs = sa.select(Ticket.participant_id).where(Ticket.code == code)  # an old code finds its holder too
        of_registration = (
            sa.select(Booking.participant_id)
            .join(Registration, Registration.id == Booking.registration_id)
            .where(Registration.code == code)
        )
        return sa.or_(Participant.id.in_(theirs), Participant.id.in_(of_registration))
    key = rules.name_key(text)
    return Participant.name_key.contains(key, autoescape=True) if len(key) >= SHORTEST_NAME else None


def _with_bookings(rows: Collection[Any]) -> list[TicketHolder]:
    booked: dict[int, list[tuple[str, datetime]]] = {row.id: [] for row in rows}
    found = db.session.execute(
        sa.select(Booking.participant_id, Activity.title, TimeSlot.starts_at)
        .join(Activity, Activity.id == Booking.activity_id)
        .join(TimeSlot, TimeSlot.id == Booking.slot_id)
        .where(Booking.participant_id.in_(list(booked)), Booking.status == BookingStatus.CONFIRMED)
        .order_by(TimeSlot.starts_at)
    )
    for participant_id, title, starts_at in found:
        booked[participant_id].append((title, starts_at))
    values: list[list[Any]] = [[*row, tuple(booked[row.id])] for row in rows]
    return [TicketHolder(*value) for value in values]
