"""When people are reminded: in the afternoon of the day before, and not at night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

FROM, UNTIL = time(16), time(21)


@dataclass(frozen=True, slots=True)
class Tomorrow:
    """The slots to remind of begin from ``first`` to before ``last``; ``since`` is when reminding began today.

    Who signed up after ``since`` has just been told.
    """

    first: datetime
    last: datetime
    since: datetime


def tomorrow(local: datetime) -> Tomorrow | None:
    """What to remind of at this hour of the festival's wall clock; None outside 16.00 to 21.00."""
    if not FROM <= local.time() < UNTIL:
        return None
    midnight = datetime.combine(local.date(), time(), local.tzinfo)
    first = midnight + timedelta(days=1)
    return Tomorrow(first, first + timedelta(days=1), datetime.combine(local.date(), FROM, local.tzinfo))
