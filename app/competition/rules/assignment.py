"""Who judges whom: even loads, every pair of judges sharing about as many entrants, conflicts kept.

First every entrant takes the least loaded judges who may judge it; then loads are evened along chains of
hand-overs, which is complete: where no chain exists, no plan has more even loads (augmenting paths; Ford &
Fulkerson 1956). Then two entrants exchange a judge each, wherever pairs of judges come to share more evenly;
that moves no load.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from app.competition.rules.connectivity import connectivity
from app.competition.rules.faults import Impossible, NoPlan
from app.competition.rules.sheets import Floats

TRIES = 20  # a plan of barely enough sheets may fall apart by chance
UNLINKED = 1e-9
SWEEPS = 60
STALE = 2  # sweeps without a gain after which nothing more is expected


@dataclass(frozen=True)
class Plan:
    """``judges[e]``: the judges of entrant e, ascending. ``connectivity`` as in ``connectivity.py``."""

    judges: tuple[tuple[int, ...], ...]
    loads: tuple[int, ...]
    connectivity: float
    seed: int


@dataclass
class _Board:
    """A plan being made."""

    chosen: list[set[int]]
    barred: list[frozenset[int]]
    load: list[int]
    pairs: list[list[int]]

    def add(self, entrant: int, judge: int) -> None:
        for other in self.chosen[entrant]:
            self.pairs[judge][other] += 1
            self.pairs[other][judge] += 1
        self.chosen[entrant].add(judge)
        self.load[judge] += 1

    def drop(self, entrant: int, judge: int) -> None:
        self.chosen[entrant].discard(judge)
        self.load[judge] -= 1
        for other in self.chosen[entrant]:
            self.pairs[judge][other] -= 1
            self.pairs[other][judge] -= 1


def assign(
    entrants: int, judges: int, each: int, *, seed: int, conflicts: Mapping[int, Collection[int]] | None = None,
    most: int | None = None,
) -> Plan:  # fmt: skip
    """Give every entrant ``each`` judges. ``conflicts``: judges who may not judge an entrant; ``most``: highest
    load.

    The same seed gives the same plan. Raises ``Impossible`` with the reason.
    """
    barred = [frozenset((conflicts or {}).get(e, ())) for e in range(entrants)]
    _refuse_early(entrants, judges, each, barred, most)
    chance = random.Random(seed)  # noqa: S311 - a plan that can be repeated, not a secret
    for _ in range(TRIES):
        board = _Board(
            [set() for _ in range(entrants)], barred, [0] * judges, [[0] * judges for _ in range(judges)]
        )
        _first_choice(board, each, chance)
        _even_loads(board)
        _even_pairs(board, chance)
        linked = connectivity(_given(board, judges))
        if linked > UNLINKED or judges == 1:
            return Plan(tuple(tuple(sorted(c)) for c in board.chosen), tuple(board.load), linked, seed)
    raise Impossible(NoPlan.SPLIT)


def _refuse_early(entrants: int, judges: int, each: int, barred: list[frozenset[int]], most: int | None) -> None:
    if entrants < 1 or judges < 1:
        raise Impossible(NoPlan.NO_ENTRANTS)
    if each > judges:
        raise Impossible(NoPlan.TOO_MANY_EACH, each=each, judges=judges)
    if each < 1 or (each == 1 and judges > 1):
        raise Impossible(NoPlan.TOO_FEW_EACH, each=each)
    if entrants * (each - 1) < judges - 1:  # a tree over entrants and judges needs that many sheets
        raise Impossible(NoPlan.TOO_FEW_SHEETS, sheets=entrants * each, needed=entrants + judges - 1)
    if most is not None and math.ceil(entrants * each / judges) > most:
        raise Impossible(NoPlan.OVERLOADED, load=math.ceil(entrants * each / judges), most=most)
    for entrant, kept_out in enumerate(barred):
        free = judges - len([j for j in kept_out if 0 <= j < judges])
        if free < each:
            raise Impossible(NoPlan.CONFLICTS, entrant=entrant, free=free, each=each)


def _first_choice(board: _Board, each: int, chance: random.Random) -> None:
    """Entrants with the most conflicts first; each takes judges of low load who share little with those it has."""
    order = list(range(len(board.chosen)))
    chance.shuffle(order)
    order.sort(key=lambda e: -len(board.barred[e]))
    for entrant in order:
        for _ in range(each):
            chosen = board.chosen[entrant]
            free = [j for j in range(len(board.load)) if j not in chosen and j not in board.barred[entrant]]
            judge = min(
                free, key=lambda j: (board.load[j], sum(board.pairs[j][o] for o in chosen), chance.random())
            )
            board.add(entrant, judge)


def _even_loads(board: _Board) -> None:
    """Hand entrants on from the most to the least loaded until they differ by one; refuse where that cannot be."""
    while max(board.load) - min(board.load) > 1:
        chain = _chain(board)
        if not chain:
            heavy = max(range(len(board.load)), key=board.load.__getitem__)
            light = min(range(len(board.load)), key=board.load.__getitem__)
            raise Impossible(NoPlan.UNEVEN, heavy=heavy, high=board.load[heavy], light=light, low=board.load[light])
        for entrant, giver, taker in chain:
            board.drop(entrant, giver)
            board.add(entrant, taker)


def _chain(board: _Board) -> list[tuple[int, int, int]]:
    """Hand-overs (entrant, from, to) from a judge of highest load to one at least two lower, or to one of
    lowest load.

    Empty where there is none.
    """
    high, low = max(board.load), min(board.load)
    starts = [j for j, load in enumerate(board.load) if load == high]
    came: dict[int, tuple[int, int] | None] = {j: None for j in starts}
    queue = deque(starts)
    while queue:
        judge = queue.popleft()
        if board.load[judge] <= high - 2:
            return _walk_back(came, judge)
        _reach(board, judge, came, queue)
    if low >= high - 1:
        return []
    # nobody below can take from those of highest load: try to lift those of lowest load instead
    return _chain_up(board, low)


def _reach(board: _Board, judge: int, came: dict[int, tuple[int, int] | None], queue: deque[int]) -> None:
    for entrant, chosen in enumerate(board.chosen):
        if judge not in chosen:
            continue
        for other in range(len(board.load)):
            if other not in came and other not in chosen and other not in board.barred[entrant]:
                came[other] = (entrant, judge)
                queue.append(other)


def _walk_back(came: Mapping[int, tuple[int, int] | None], judge: int) -> list[tuple[int, int, int]]:
    chain = []
    step = came[judge]
    while step is not None:
        entrant, giver = step
        chain.append((entrant, giver, judge))
        judge, step = giver, came[giver]
    return chain


def _chain_up(board: _Board, low: int) -> list[tuple[int, int, int]]:
    """A chain from any judge of load at least ``low`` + 2 to one of load ``low``."""
    starts = [j for j, load in enumerate(board.load) if load >= low + 2]
    came: dict[int, tuple[int, int] | None] = {j: None for j in starts}
    queue = deque(starts)
    while queue:
        judge = queue.popleft()
        if board.load[judge] == low:
            return _walk_back(came, judge)
        _reach(board, judge, came, queue)
    return []


def _even_pairs(board: _Board, chance: random.Random) -> None:
    """Exchange judges between two entrants while pairs of judges come to share more evenly."""
    count = len(board.chosen)
    stale = 0
    for _ in range(SWEEPS):
        gained = 0
        for entrant in range(count):
            other = chance.randrange(count)
            gained += other != entrant and _exchange(board, entrant, other)
        stale = 0 if gained else stale + 1
        if stale > STALE:
            return


def _exchange(board: _Board, first: int, second: int) -> bool:
    """Make the best exchange of one judge each between two entrants, if one helps."""
    mine, yours = board.chosen[first], board.chosen[second]
    best, swap = 0, None
    for give in mine - yours:
        if give in board.barred[second]:
            continue
        for take in yours - mine:
            if take in board.barred[first]:
                continue
            gain = _gain(board.pairs, give, take, mine - {give}, yours - {take})
            if gain > best:
                best, swap = gain, (give, take)
    if swap is None:
        return False
    board.drop(first, swap[0])
    board.drop(second, swap[1])
    board.add(first, swap[1])
    board.add(second, swap[0])
    return True


def _gain(pairs: list[list[int]], give: int, take: int, mine: set[int], yours: set[int]) -> int:
    """How much the sum of squared pair counts falls when ``give`` and ``take`` change places."""
    of_give, of_take = pairs[give], pairs[take]
    gain = 0
    for other in mine ^ yours:  # a judge of both entrants stays with both
        step = 1 if other in mine else -1
        gain += step * (of_give[other] - of_take[other]) - 1
    return 2 * gain


def _given(board: _Board, judges: int) -> Floats:
    given = np.zeros((len(board.chosen), judges))
    for entrant, chosen in enumerate(board.chosen):
        given[entrant, list(chosen)] = 1.0
    return given
