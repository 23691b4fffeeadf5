"""Decisions about teams: how large, and until when names may follow."""

from __future__ import annotations

from datetime import datetime, timedelta

SMALLEST_TEAM = 2


def names_due(starts_at: datetime, hours: int, now: datetime) -> datetime:
    """When places without a name go to others: so many hours before the start.

    A team that is reserved late, or whose slot is moved close, has at least half of the time that is left.
    """
    left = max(starts_at - now, timedelta(0))
    return max(starts_at - timedelta(hours=hours), now + left / 2)


def most_in_team(most: int, max_per_number: int | None) -> int:
    """Most people of a team, the leader included: the limit of a number holds for a leader's number as well."""
    return most if max_per_number is None else min(most, max_per_number)
