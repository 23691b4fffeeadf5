"""The one source of time: always aware, always UTC inside, shown in the festival's zone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

WIB = ZoneInfo("Asia/Jakarta")
_fixed: datetime | None = None


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _fixed or datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The same moment on a wall clock of the festival (WIB, UTC+7, no summer time)."""
    return moment.astimezone(WIB)


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """Hold the clock still inside the block (for tests and for rehearsals)."""
    global _fixed
    if moment.tzinfo is None:
        raise ValueError("the clock needs an aware moment")
    before, _fixed = _fixed, moment.astimezone(UTC)
    try:
        yield
    finally:
        _fixed = before


def plausible(day: date) -> bool:
    """Whether somebody could mean this day: 2000 to 2100. Far beyond, another zone or a day more cannot be told."""
    return 2000 <= day.year <= 2100
