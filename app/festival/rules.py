"""What a festival consists of, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FestivalFields:
    """What the committee may change about a festival."""

    name: str
    headline: str
    summary: str
    organiser: str
    city: str
    venue: str
    address: str
    notice: str
