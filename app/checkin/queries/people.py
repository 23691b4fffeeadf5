"""Who may come to a point, by name: for a supervisor's search, and for nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.core.codes import ticket_id_bytes
from app.core.db import core, table
from app.registration.models import Booking, BookingStatus, Participant, Ticket, TicketStatus

_ticket, _participant, _booking = table(Ticket), table(Participant), table(Booking)

_LIVE = (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED)  # a supervisor may let in who waits, with a reason


@dataclass(frozen=True, slots=True)
class Person:
    """A holder of a valid ticket: its id in hexadecimal, the name, the typed code."""

    id: str
    name: str
    code: str


def people_at(festival_id: int, activity_id: int | None) -> Sequence[Person]:
    """Who holds a place here or waits for one (None: anywhere) and a valid ticket, by name: one SELECT."""
    booked = sa.exists().where(_booking.c.participant_id == _participant.c.id, _booking.c.status.in_(_LIVE))
    if activity_id is not None:
        booked = booked.where(_booking.c.activity_id == activity_id)
    rows = core().execute(
        sa.select(_ticket.c.id, _participant.c.name, _ticket.c.code)
        .join(_participant, _participant.c.id == _ticket.c.participant_id)
        .where(_ticket.c.festival_id == festival_id, _ticket.c.status == TicketStatus.VALID, booked)
        .order_by(_participant.c.name, _ticket.c.id)
    )
    return [Person(ticket_id_bytes(ticket_id).hex(), name, code) for ticket_id, name, code in rows]
