"""Who is first among those who cannot be told apart, and ranks of equal scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.competition.rules.sheets import Floats, Ints
from app.competition.rules.uncertainty import Draws

SURE = 0.75  # the chance from which on one stands above another
EQUAL = 1e-9  # scores closer than this, times the spread of the sheets, are the same score
ROUNDING = 64 * float(np.finfo(float).eps)


class Decided(StrEnum):
    """What put an entrant in its place."""

    SCORE = "score"  # alone in its group
    CRITERION = "criterion"
    VISIT = "visit"
    SHARED = "shared"


@dataclass(frozen=True)
class Placed:
    """The final place of an entrant after the declared chain."""

    entrant: int
    rank: int
    decided: Decided


def ranks(scores: Floats, values: Floats) -> Ints:
    """1 for the highest; equal scores share the better rank (1, 2, 2, 4). ``values``: of the sheets behind them."""
    order = np.argsort(-scores, kind="stable")
    room = max(EQUAL * float(np.ptp(values)), ROUNDING * float(np.abs(values).max()))
    found = np.empty(len(scores), dtype=np.int64)
    rank = 1
    for place, entrant in enumerate(order):
        if place and scores[order[place - 1]] - scores[entrant] > room:
            rank = place + 1
        found[entrant] = rank
    return found


def groups(scores: Floats, draws: Draws) -> list[list[int]]:
    """Walk down the ranking; an entrant joins the group while the group's first is above it with less than 0.75."""
    found: list[list[int]] = []
    for entrant in np.argsort(-scores, kind="stable"):
        if found and draws.above(found[-1][0], int(entrant)) < SURE:
            found[-1].append(int(entrant))
        else:
            found.append([int(entrant)])
    return found


def resolve(
    tied: Sequence[Sequence[int]], criterion: Floats | None = None, visit: Mapping[int, int] | None = None
) -> list[Placed]:
    """Places inside each group by the declared chain: a criterion's scores, a joint visit's order, a shared rank.

    ``criterion``: the score of each entrant in the declared criterion; ``visit``: the order that a joint visit gave
    (1 is best), which counts only for a group all of whose equals it names.
    """
    placed: list[Placed] = []
    for group in tied:
        start = len(placed) + 1
        if len(group) == 1:
            placed.append(Placed(group[0], start, Decided.SCORE))
            continue
        for equals, decided in _by_criterion(list(group), criterion):
            placed += _by_visit(equals, decided, len(placed) + 1, visit)
    return placed


def _by_criterion(group: list[int], criterion: Floats | None) -> list[tuple[list[int], Decided]]:
    if criterion is None:
        return [(group, Decided.SHARED)]
    place = ranks(criterion[group], criterion)
    split = [[group[k] for k in np.flatnonzero(place == one)] for one in np.unique(place)]
    return [(equals, Decided.CRITERION if len(equals) == 1 else Decided.SHARED) for equals in split]


def _by_visit(equals: list[int], decided: Decided, start: int, visit: Mapping[int, int] | None) -> list[Placed]:
    if len(equals) == 1 or visit is None or any(entrant not in visit for entrant in equals):
        return [Placed(entrant, start, decided) for entrant in equals]
    ordered = sorted(equals, key=visit.__getitem__)
    return [Placed(e, start + sum(visit[o] < visit[e] for o in equals), Decided.VISIT) for e in ordered]
