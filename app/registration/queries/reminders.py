"""Who is to be reminded of tomorrow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core.db import core, table, written_out
from app.festival.models import Place
from app.programme.models import Activity, TimeSlot
from app.registration.models import Booking, BookingStatus, Registration, RegistrationStatus

_registration, _slot, _activity, _place = table(Registration), table(TimeSlot), table(Activity), table(Place)
_booking = table(Booking)
# Who was signed up before has no place by this registration: the earlier one reminds, if it stands. Where mail
# goes to an address that the sender typed, they are reminded all the same, or silence would tell who comes.
_comes = sa.or_(
    _registration.c.contact_email.is_not(None),
    sa.exists().where(
        _booking.c.registration_id == _registration.c.id, written_out(_booking.c.status, BookingStatus.CONFIRMED)
    ),
)


@dataclass(frozen=True, slots=True)
class Reminder:
    """A registration with what its reminder says."""

    registration_id: int
    festival_id: int
    code: str
    phone: str
    email: str | None
    language: str
    title: str
    place: str | None
    starts_at: datetime


def not_reminded(
    first: datetime, last: datetime, signed_up_before: datetime, *, mailed_only: bool, most: int
) -> list[Reminder]:
    """Confirmed registrations for slots that begin from ``first`` to before ``last``, and were not reminded yet.

    ``mailed_only``: only those that gave a mail address. Slots closed by hand count: closed is not called off.
    """
    statement = (
        sa.select(
            _registration.c.id, _registration.c.festival_id, _registration.c.code, _registration.c.contact_phone,
            _registration.c.contact_email, _registration.c.language, _activity.c.title, _place.c.name,
            _slot.c.starts_at,
        )
        .join(_slot, _slot.c.id == _registration.c.slot_id)
        .join(_activity, _activity.c.id == _registration.c.activity_id)
        .outerjoin(_place, _place.c.id == _activity.c.place_id)
        .where(
            _slot.c.starts_at >= first,
            _slot.c.starts_at < last,
            _slot.c.cancelled_at.is_(None),
            _registration.c.status == RegistrationStatus.CONFIRMED,
            _comes,
            _registration.c.reminded_at.is_(None),
            _registration.c.created_at < signed_up_before,
        )
        .order_by(_slot.c.starts_at, _registration.c.id)
        .limit(most)
    )  # fmt: skip
    if mailed_only:
        statement = statement.where(_registration.c.contact_email.is_not(None))
    return [Reminder(*row) for row in core().execute(statement)]
