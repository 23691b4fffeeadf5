"""Blank tickets: stacks as they were printed, and one ticket as the counter sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.accounts.models import User
from app.core.db import db
from app.programme.models import Activity, EntryMode, TimeSlot
from app.programme.queries import kind_of, remaining
from app.registration.models import BlankSheet, BlankTicket, Participant, Ticket, TicketStatus
from app.registration.queries.batches import fits_lists

MOST_SHEETS = 100
MOST_SLOTS = 300


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A stack in the list: ``used`` of ``number`` tickets have a name."""

    id: int
    number: int
    used: int
    printed_at: datetime
    printed_by: str | None
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True)
class BlankFace:
    """What is printed of a blank ticket; ``place`` counts from 1 in its stack."""

    place: int
    id: int
    code: str


@dataclass(frozen=True, slots=True)
class BlankView:
    """A ticket of a stack at the counter. ``holder`` None: nobody has it yet."""

    ticket_id: int
    code: str
    status: TicketStatus
    holder: str | None
    bound_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenSlot:
    """A slot that somebody who just came may still go to; ``left`` None: no limit."""

    id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    left: int | None


def blank_sheets(festival_id: int) -> list[SheetRow]:
    """The newest 100 stacks of a festival: one SELECT."""
    rows: Any = db.session.execute(
        sa.select(
            BlankSheet.id, BlankSheet.number, sa.func.count(BlankTicket.bound_at).label("used"),
            BlankSheet.printed_at, User.name, BlankSheet.cancelled_at,
        )
        .outerjoin(BlankTicket, BlankTicket.sheet_id == BlankSheet.id)
        .outerjoin(User, User.id == BlankSheet.printed_by_id)
        .where(BlankSheet.festival_id == festival_id)
        .group_by(BlankSheet.id, User.name)
        .order_by(BlankSheet.id.desc())
        .limit(MOST_SHEETS)
    )  # fmt: skip
    return [SheetRow(*row) for row in rows]


def blank_sheet(festival_id: int, sheet_id: int) -> BlankSheet | None:
    """A stack of this festival."""
    return db.session.scalar(
        sa.select(BlankSheet).where(BlankSheet.id == sheet_id, BlankSheet.festival_id == festival_id)
    )


def unused_tickets(sheet_id: int) -> list[BlankFace]:
    """The tickets of a stack that nobody has yet, each with its place among all of them."""
    rows: Any = db.session.execute(
        sa.select(Ticket.id, Ticket.code, Ticket.participant_id, Ticket.status)
        .join(BlankTicket, BlankTicket.ticket_id == Ticket.id)
        .where(BlankTicket.sheet_id == sheet_id)
        .order_by(Ticket.id)
    )
    return [
        BlankFace(place, row.id, row.code)
        for place, row in enumerate(rows, start=1)
        if row.participant_id is None and row.status is TicketStatus.VALID
    ]


def blank_ticket(festival_id: int, code: str | None = None, ticket_id: int | None = None) -> BlankView | None:
    """The ticket with this typed code (canonical) or id, when it was printed blank; None for any other."""
    wanted = Ticket.code == code if code is not None else Ticket.id == ticket_id
    row: Any = db.session.execute(
        sa.select(Ticket.id, Ticket.code, Ticket.status, Participant.name, BlankTicket.bound_at)
        .join(BlankTicket, BlankTicket.ticket_id == Ticket.id)
        .outerjoin(Participant, Participant.id == Ticket.participant_id)
        .where(Ticket.festival_id == festival_id, wanted)
    ).one_or_none()
    return None if row is None else BlankView(*row)


def open_slots(festival_id: int, now: datetime) -> list[OpenSlot]:
    """Slots that have not ended, of activities that take people without asking them anything, by time."""
    rows: Any = db.session.execute(
        sa.select(
            TimeSlot.id, Activity.title, TimeSlot.starts_at, TimeSlot.ends_at, TimeSlot.capacity, TimeSlot.taken,
            Activity.kind,
        )
        .join(Activity, Activity.id == TimeSlot.activity_id)
        .where(
            TimeSlot.festival_id == festival_id, TimeSlot.ends_at > now, sa.not_(TimeSlot.closed),
            Activity.entry_mode.in_((EntryMode.OPEN, EntryMode.INVITATION)),
        )
        .order_by(TimeSlot.starts_at, Activity.number)
        .limit(MOST_SLOTS)
    )  # fmt: skip
    return [
        OpenSlot(row.id, row.title, row.starts_at, row.ends_at, remaining(row.capacity, row.taken))
        for row in rows
        if fits_lists(kind_of(row.kind))
    ]
