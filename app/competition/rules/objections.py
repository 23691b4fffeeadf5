"""The window in which an entrant may object to a result (masa sanggah; ten days in Depok in 2018)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAYS: Final = 10
MOST_DAYS: Final = 90
LONGEST_TEXT: Final = 4_000


@dataclass(frozen=True, slots=True)
class Window:
    """Open from ``opens`` on, and before ``closes``."""

    opens: datetime
    closes: datetime

    def holds(self, now: datetime) -> bool:
        """Whether an objection that comes in now is in time."""
        return self.opens <= now < self.closes

    @property
    def last_day(self) -> datetime:
        """A moment of the last day, for showing."""
        return self.closes - timedelta(seconds=1)


def window(announced_at: datetime, days: int, zone: ZoneInfo) -> Window:
    """The window after an announcement: ``days`` whole calendar days, the day of the announcement not counted.

    As periods are counted in Indonesian law: what remains of the first day is a gift, and the last day ends at
    midnight on the wall clock of ``zone``. ValueError for days outside 0 to 90 or a moment without a zone.
    """
    if announced_at.tzinfo is None:
        raise ValueError("a window needs an aware moment")
    if not 0 <= days <= MOST_DAYS:
        raise ValueError("a window has 0 to 90 days")
    midnight = datetime.combine(announced_at.astimezone(zone).date() + timedelta(days=days + 1), time(), zone)
    return Window(announced_at, midnight.astimezone(announced_at.tzinfo))
