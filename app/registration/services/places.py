"""Taking and giving back places, issuing tickets: the statements that sign-up, promotion and cancelling share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.codes import new_ticket_id, new_typed_code
from app.core.db import core, one_or_many, rows_changed, table
from app.programme.models import TimeSlot
from app.registration.models import Booking, BookingStatus, Ticket, TicketStatus
from app.registration.queries import TicketFace

_slot, _ticket = table(TimeSlot), table(Ticket)
_TAKE = (
    sa.update(_slot)
    .where(
        _slot.c.id == sa.bindparam("slot"),
        sa.not_(_slot.c.closed),
        sa.or_(
            _slot.c.capacity.is_(None),
            _slot.c.taken + sa.bindparam("needed", type_=sa.Integer) <= _slot.c.capacity,
        ),
    )
    .values(taken=_slot.c.taken + sa.bindparam("places", type_=sa.Integer))
)
_INSERT_TICKETS = sa.insert(_ticket)


def take_places(slot_id: int, places: int, needed: int) -> bool:
    """Take ``places`` if the slot is open and has room for ``needed``; one guarded UPDATE, never read-then-write.

    ``needed`` is larger than ``places`` where rows are booked already without the sender knowing: they are
    answered as everybody else would be.
    """
    return core().execute(_TAKE, {"slot": slot_id, "places": places, "needed": needed}).rowcount > 0


def retake_places(slot_id: int, places: int) -> bool:
    """Take back what was just given up, if it is still free; also in a slot that takes no more sign-ups."""
    fits = sa.or_(TimeSlot.capacity.is_(None), TimeSlot.taken + places <= TimeSlot.capacity)
    again = sa.update(TimeSlot).where(TimeSlot.id == slot_id, fits)
    return rows_changed(again.values(taken=TimeSlot.taken + places)) > 0


def lock_slots(slot_ids: Collection[int]) -> None:
    """Let whatever changes places or the line of these slots take turns until the end of the transaction.

    In the order of their ids, so that nobody waits in a circle, and before any registration is locked. New
    registrations may still refer to them (PostgreSQL: NO KEY UPDATE); SQLite has one writer anyway.
    """
    ordered = sa.select(_slot.c.id).where(_slot.c.id.in_(list(slot_ids))).order_by(_slot.c.id)
    core().execute(ordered.with_for_update(key_share=True)).all()


def give_back_places(slot_id: int, places: int) -> None:
    """Free places of a slot; the CHECK refuses to free more than were taken."""
    if places:
        rows_changed(sa.update(TimeSlot).where(TimeSlot.id == slot_id).values(taken=TimeSlot.taken - places))


def issue_tickets(festival_id: int, scopes: Mapping[int, int], now: datetime) -> dict[int, TicketFace]:
    """A new ticket for each participant in ``scopes`` (participant id to activity number), in one INSERT."""
    faces = {
        participant: TicketFace(new_ticket_id(now), new_typed_code(), scope)
        for participant, scope in scopes.items()
    }
    rows: list[dict[str, Any]] = [
        {
            "id": face.id,
            "festival_id": festival_id,
            "participant_id": participant,
            "scope": face.scope,
            "code": face.code,
            "status": TicketStatus.VALID,
            "issued_at": now,
        }
        for participant, face in faces.items()
    ]
    if rows:
        core().execute(_INSERT_TICKETS, one_or_many(rows))
    return faces


def issue_missing_tickets(festival_id: int, registration_id: int, scope: int, now: datetime) -> None:
    """A ticket for everybody of a registration who has a place and no valid ticket yet."""
    holds = sa.and_(Ticket.participant_id == Booking.participant_id, Ticket.status == TicketStatus.VALID)
    without = core().execute(
        sa.select(Booking.participant_id)
        .outerjoin(Ticket, holds)
        .where(
            Booking.registration_id == registration_id,
            Booking.status == BookingStatus.CONFIRMED,
            Ticket.id.is_(None),
        )
    )
    issue_tickets(festival_id, {participant: scope for (participant,) in without}, now)
