"""The reminder on the day before, once for each registration, where a channel carries it by itself."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.core import clock
from app.core.db import rows_changed
from app.messaging.models import Channel
from app.messaging.services import channel_for
from app.registration import queries, rules
from app.registration.models import Registration
from app.registration.services import letters

AT_ONCE = 50  # a transaction; sign-ups want their turn in between
_SOMEBODY = "somebody@example.org"


def remind(now: datetime) -> int:
    """Queue reminders of tomorrow; returns how many. Where nothing but hands could carry them, none."""
    if channel_for(_SOMEBODY) is Channel.HAND:
        return 0
    wanted = rules.tomorrow(clock.local(now))
    if wanted is None:
        return 0
    mailed_only = channel_for(None) is Channel.HAND
    found = queries.not_reminded(wanted.first, wanted.last, wanted.since, mailed_only=mailed_only, most=AT_ONCE)
    return sum(_remind(reminder, now) for reminder in found)


def _remind(reminder: queries.Reminder, now: datetime) -> bool:
    first = (
        sa.update(Registration)
        .where(Registration.id == reminder.registration_id, Registration.reminded_at.is_(None))
        .values(reminded_at=now)
    )
    if not rows_changed(first):
        return False
    letters.remind(reminder, now)
    return True
