"""The wait before sign-up opens: what the page of that time says. Pure, by the server's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SPREAD_SECONDS = 2  # over how many seconds browsers without scripts come back after the opening
LONGEST_WAIT = 300  # seconds between two looks of a browser without scripts


@dataclass(frozen=True, slots=True)
class Wait:
    """How long until sign-up opens. ``opens_ms`` and ``now_ms`` are milliseconds since 1970, for the script.

    ``refresh`` is after how many seconds a browser without scripts asks again.
    """

    opens_at: datetime
    opens_ms: int
    now_ms: int
    days: int
    hours: int
    minutes: int
    seconds: int
    refresh: int


def wait_for(opens_at: datetime, now: datetime, spread: float) -> Wait:
    """The wait until ``opens_at``, never negative.

    ``spread`` (0 to 1, by chance) keeps browsers without scripts from coming back all at once.
    """
    left = max(timedelta(0), opens_at - now)
    minutes, seconds = divmod(whole_seconds(left), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return Wait(
        opens_at, _milliseconds(opens_at), _milliseconds(now), days, hours, minutes, seconds,
        refresh_after(left, spread),
    )  # fmt: skip


def whole_seconds(left: timedelta) -> int:
    """Seconds left, rounded up: a clock shows 0 only when it is over."""
    return -(-left // timedelta(seconds=1))


def refresh_after(left: timedelta, spread: float) -> int:
    """Seconds after which a browser without scripts asks again.

    Far from the opening now and then, for the committee may move it; the last time just after it and never
    before, each at a moment of its own.
    """
    seconds = whole_seconds(left)
    if seconds > LONGEST_WAIT:
        return LONGEST_WAIT // 2 + round(spread * LONGEST_WAIT / 2)
    return seconds + round(spread * SPREAD_SECONDS)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
