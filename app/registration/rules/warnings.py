"""What people are warned of and may do all the same (product.md: overlaps, donating and then walking)."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations


class Concern(enum.StrEnum):
    """What two bookings of one person may have against each other; the words of the API."""

    OVERLAP = "overlap"
    STRAIN_AFTER_DONATION = "strain_after_donation"


@dataclass(frozen=True, slots=True)
class Booked:
    """A booking of one person: when, and what it does to the body. ``day`` is that of the festival's clock."""

    slot_id: int
    title: str
    day: date
    starts_at: datetime
    ends_at: datetime
    strenuous: bool = False
    rest_after: bool = False


@dataclass(frozen=True, slots=True)
class Caution:
    """Two bookings of one person, the earlier one first."""

    concern: Concern
    first: Booked
    second: Booked


def cautions(bookings: Iterable[Booked]) -> list[Caution]:
    """What to warn one person of. Touching ends do not overlap; strain before giving blood is no concern."""
    ordered = sorted(bookings, key=lambda b: (b.starts_at, b.slot_id))
    found: list[Caution] = []
    for first, second in combinations(ordered, 2):
        if first.slot_id == second.slot_id:
            continue
        if second.starts_at < first.ends_at:
            found.append(Caution(Concern.OVERLAP, first, second))
        if first.rest_after and second.strenuous and first.day == second.day:
            found.append(Caution(Concern.STRAIN_AFTER_DONATION, first, second))
    return found
