"""What other features and the pages read about sign-ups. Hot paths speak SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from app.core.db import core, table, written_out
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
    """A ticket as a gate needs it. ``holder`` is None for a blank ticket, which nobody holds yet.

    ``in_company``: others have a place by a registration of its holder.
    """

    id: int
    code: str
    status: TicketStatus
    participant_id: int | None
    holder: str | None
    bookings: tuple[ScanBooking, ...]
    in_company: bool = False


_ticket, _booking = table(Ticket), table(Booking)
_participant, _slot = table(Participant), table(TimeSlot)
_BY_ID = _ticket.c.id.in_(sa.bindparam("ids", expanding=True))
_BY_CODE = _ticket.c.code.in_(sa.bindparam("codes", expanding=True))


def _statement(wanted: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Built once a way of asking: building it costs as much as running it."""
    duplicate = written_out(_booking.c.status, BookingStatus.DUPLICATE)
    other = _booking.alias("other")
    company = sa.exists().where(
        other.c.registration_id == _booking.c.registration_id, other.c.id != _booking.c.id,
        written_out(other.c.status, BookingStatus.CONFIRMED),
    )  # fmt: skip
    stands = sa.and_(_booking.c.participant_id == _ticket.c.participant_id, sa.not_(duplicate))
    return (
        sa.select(
            _ticket.c.id, _ticket.c.code, _ticket.c.status, _ticket.c.participant_id, _participant.c.name,
            _booking.c.activity_id, _booking.c.slot_id, _slot.c.starts_at, _slot.c.ends_at,
            _booking.c.status.label("booking_status"), company.label("in_company"),
        )
        .outerjoin(_participant, _participant.c.id == _ticket.c.participant_id)
        .outerjoin(_booking, stands)
        .outerjoin(_slot, _slot.c.id == _booking.c.slot_id)
        .where(_ticket.c.festival_id == sa.bindparam("festival_id"), wanted)
        .order_by(_ticket.c.id, _slot.c.starts_at, _booking.c.id)
    )  # fmt: skip


_BY_IDS, _BY_CODES, _BY_BOTH = _statement(_BY_ID), _statement(_BY_CODE), _statement(sa.or_(_BY_ID, _BY_CODE))


def tickets_for_scan(festival_id: int, ticket_ids: Collection[int], codes: Collection[str]) -> list[ScanTicket]:
    """The tickets of one festival with these ids or typed codes (canonical), in one SELECT at most.

    Unknown ids and codes are simply missing from the list; a ticket asked for both ways comes once.
    ``duplicate`` bookings are left out: they never stood for a place.
    """
    if not ticket_ids and not codes:
        return []
    statement = _BY_BOTH if ticket_ids and codes else _BY_IDS if ticket_ids else _BY_CODES
    asked: dict[str, Any] = {"festival_id": festival_id}
    if ticket_ids:
        asked["ids"] = list(ticket_ids)
    if codes:
        asked["codes"] = list(codes)
    rows = core().execute(statement, asked)
    return [_scan_ticket(list(of_one)) for _id, of_one in groupby(rows, key=lambda row: row.id)]


def _scan_ticket(rows: Sequence[Any]) -> ScanTicket:
    """One ticket of its rows, one a booking; without bookings there is one row that holds none."""
    first = rows[0]
    bookings = tuple(
        ScanBooking(row.activity_id, row.slot_id, row.starts_at, row.ends_at, row.booking_status)
        for row in rows
        if row.slot_id is not None
    )
    return ScanTicket(
        first.id,
        first.code,
        first.status,
        first.participant_id,
        first.name,
        bookings,
        any(r.in_company for r in rows),
    )
