"""What the panel talks about first, who may talk, and what it may change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SHORTEST_REASON: Final = 10  # characters


class ChangeFault(StrEnum):
    """Why an order of the panel cannot be taken."""

    NOT_THE_SAME = "not_the_same"  # somebody missing, named twice or unknown
    PLACES = "places"  # places that no shared ranks give (1, 2, 2, 4)
    NO_REASON = "no_reason"
    NOTHING_CHANGED = "nothing_changed"


@dataclass(frozen=True, slots=True)
class Moved:
    """An entrant whose place the panel changed."""

    entrant: str
    before: int
    after: int


def locked_out(conflicts: Mapping[int, Collection[int]], entrants: Collection[int]) -> frozenset[int]:
    """Judges who may not deliberate: those with a conflict about any of these entrants. {judge: entrants}."""
    about = frozenset(entrants)
    return frozenset(judge for judge, named in conflicts.items() if about.intersection(named))


def discussion_order(
    lines: Sequence[Mapping[str, float | int | str]], disagreement: Mapping[str, float]
) -> list[str]:
    """Entrants, those first about whom there is most to say: the widest range of ranks, then judges most apart.

    ``lines`` as ``pekan rank`` gives them; ``disagreement``: spread of its judges' corrected sheets, in points.
    """

    def key(line: Mapping[str, float | int | str]) -> tuple[int, float, int, str]:
        name = str(line["entrant"])
        width = int(line["rank_high"]) - int(line["rank_low"])
        return -width, -disagreement.get(name, 0.0), int(line["rank"]), name

    return [str(line["entrant"]) for line in sorted(lines, key=key)]


def change_fault(before: Mapping[str, int], after: Mapping[str, int], reason: str) -> ChangeFault | None:
    """What is wrong with the panel's places, or None."""
    if set(before) != set(after):
        return ChangeFault.NOT_THE_SAME
    ordered = sorted(after.values())
    if any(place != 1 + sum(other < place for other in ordered) for place in ordered):
        return ChangeFault.PLACES
    if before == after:
        return ChangeFault.NOTHING_CHANGED
    return ChangeFault.NO_REASON if len(" ".join(reason.split())) < SHORTEST_REASON else None


def moved(before: Mapping[str, int], after: Mapping[str, int]) -> list[Moved]:
    """Who stands elsewhere now, best first."""
    found = [Moved(name, before[name], place) for name, place in after.items() if before[name] != place]
    return sorted(found, key=lambda one: (one.after, one.entrant))
