"""In which order winners are read out: from the third to the first, one card at a time.

A list that is read from the wrong end announces the wrong winner; so the order is made here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

READ_OUT: Final = 3  # places


@dataclass(frozen=True, slots=True)
class Card:
    """All who share one place. ``number`` counts cards from 1 in the order they are read."""

    number: int
    place: int
    entrants: tuple[str, ...]


def cards(places: Sequence[tuple[int, str]], most: int = READ_OUT) -> list[Card]:
    """Cards of the places up to ``most`` from (place, entrant), the last place first and the winner at the end.

    Entrants of a shared place stand on one card in the order of their names. ValueError for a place below 1, or
    where nobody is first: such a list was not made by this program.
    """
    if any(place < 1 for place, _ in places) or (places and min(place for place, _ in places) != 1):
        raise ValueError("places begin with 1")
    by_place: dict[int, list[str]] = {}
    for place, entrant in places:
        if place <= most:
            by_place.setdefault(place, []).append(entrant)
    return [
        Card(number, place, tuple(sorted(by_place[place])))
        for number, place in enumerate(sorted(by_place, reverse=True), 1)
    ]
