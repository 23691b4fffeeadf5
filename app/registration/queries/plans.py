"""What people are booked for at the whole festival, as far as two bookings can get in each other's way."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa

from app.core import clock
from app.core.db import core, table
from app.programme.models import Activity, TimeSlot
from app.programme.queries import Effort, kind_of
from app.registration import rules
from app.registration.models import Booking, BookingStatus
from app.registration.queries.tickets import RegistrationView, TicketView

_booking, _slot, _activity = table(Booking), table(TimeSlot), table(Activity)
_PLANS = (
    sa.select(
        _booking.c.participant_id, _slot.c.id, _activity.c.title, _activity.c.kind, _slot.c.starts_at,
        _slot.c.ends_at,
    )
    .join(_slot, _slot.c.id == _booking.c.slot_id)
    .join(_activity, _activity.c.id == _booking.c.activity_id)
    .where(
        _booking.c.participant_id.in_(sa.bindparam("participants", expanding=True)),
        _booking.c.status.in_((BookingStatus.CONFIRMED, BookingStatus.WAITLISTED)),
    )
)  # fmt: skip


def cautions_for(participants: Collection[int], slot_id: int) -> list[rules.Caution]:
    """What to warn these people of because of a slot they are booked for; no statement for nobody."""
    if not participants:
        return []
    plans: dict[int, list[rules.Booked]] = {}
    for participant, *values in core().execute(_PLANS, {"participants": list(participants)}):
        plans.setdefault(participant, []).append(_booked(*values))
    found = [caution for bookings in plans.values() for caution in rules.cautions(bookings)]
    return [caution for caution in found if slot_id in (caution.first.slot_id, caution.second.slot_id)]


def cautions_of_tickets(tickets: Iterable[TicketView]) -> list[tuple[str, rules.Caution]]:
    """(holder, what to warn them of) for everybody whose ticket may be shown; nothing is read."""
    return [
        (ticket.holder, caution)
        for ticket in tickets
        for caution in rules.cautions(
            _booked(b.slot_id, b.title, b.kind, b.starts_at, b.ends_at) for b in ticket.bookings
        )
    ]


def concerns_of(view: RegistrationView) -> frozenset[rules.Concern]:
    """The same for a whole registration, as codes: only what has to do with its slot."""
    return frozenset(
        caution.concern
        for _holder, caution in cautions_of_tickets(view.tickets)
        if view.slot_id in (caution.first.slot_id, caution.second.slot_id)
    )


def _booked(slot_id: int, title: str, kind: str, starts_at: datetime, ends_at: datetime) -> rules.Booked:
    effort = kind_of(kind).effort
    return rules.Booked(
        slot_id, title, clock.local(starts_at).date(), starts_at, ends_at,
        strenuous=effort is Effort.STRENUOUS, rest_after=effort is Effort.REST_AFTER,
    )  # fmt: skip
