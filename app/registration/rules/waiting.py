"""Decisions of the waiting list."""

from __future__ import annotations

from collections.abc import Iterable


def waiting_that_fit(groups: Iterable[tuple[int, int]], places: int | None) -> list[int]:
    """Which waiting registrations get a place: first fit in the order given.

    ``groups`` holds (registration id, people) from the earliest on; ``places`` None means no limit. A group
    is never split; one that does not fit is passed over and keeps its position (product.md, Sign-up).
    """
    chosen: list[int] = []
    left = places
    for registration, people in groups:
        if left is None:
            chosen.append(registration)
        elif people <= left:
            chosen.append(registration)
            left -= people
    return chosen
