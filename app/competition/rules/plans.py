"""Who judges whom over the categories of a stage, and how a plan is mended when somebody drops out.

Every category is ranked by itself, so its judges must be linked within it: each gets a plan of its own
(``assignment.py``), and entrants whom all judge. Where a category is too small for all judges, fewer take it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.competition.rules.assignment import assign
from app.competition.rules.faults import Impossible, NoPlan

FEW = 60  # entrants up to which several plans are compared
COMPARED = 8
Pairs = set[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Task:
    """``category``: entrants (numbers) of each category; ``barred``: judges who may not judge an entrant."""

    categories: tuple[tuple[int, ...], ...]
    judges: int
    each: int
    barred: Mapping[int, frozenset[int]]

    def barred_from(self, entrant: int) -> frozenset[int]:
        """Judges who may not judge this entrant."""
        return self.barred.get(entrant, frozenset())


def common(task: Task, wanted: int) -> list[int]:
    """Entrants whom all judge: the first of each category in whom nobody has an interest, ``wanted`` of each.

    Only of categories that are large enough to have others, too.
    """
    found = []
    for entrants in task.categories:
        free = [entrant for entrant in entrants if not task.barred_from(entrant)]
        found += free[:wanted] if len(entrants) > wanted else []
    return found


def fresh(task: Task, shared: Sequence[int], seed: int) -> Pairs:
    """A plan from nothing: (entrant, judge). Raises ``Impossible``; its entrant is a number of ours."""
    pairs: Pairs = {(entrant, judge) for entrant in shared for judge in range(task.judges)}
    for entrants in task.categories:
        rest = [entrant for entrant in entrants if entrant not in shared]
        if rest:
            pairs |= _of_category(task, rest, _loads(pairs, task.judges), seed, linked=len(rest) < len(entrants))
    return pairs


def _of_category(task: Task, entrants: list[int], loads: list[int], seed: int, *, linked: bool) -> Pairs:
    """The most even of some plans of one category, on top of the loads there are."""
    panel = _panel(task, entrants, loads, linked=linked)
    if len(entrants) == 1 or (linked and len(entrants) * (task.each - 1) < len(panel) - 1):
        return _one_by_one(task, entrants, loads)
    place = {judge: at for at, judge in enumerate(panel)}
    conflicts = {
        at: {place[judge] for judge in task.barred_from(entrant) if judge in place}
        for at, entrant in enumerate(entrants)
    }
    best: tuple[int, Pairs] | None = None
    for number in range(COMPARED if len(entrants) <= FEW else 1):
        try:
            plan = assign(len(entrants), len(panel), task.each, seed=seed + number, conflicts=conflicts)
        except Impossible as impossible:
            if best is not None:
                continue
            raise _renamed(impossible, entrants, panel) from None
        pairs = {(entrants[at], panel[judge]) for at, of in enumerate(plan.judges) for judge in of}
        after = [load + extra for load, extra in zip(loads, _loads(pairs, task.judges), strict=True)]
        spread = max(after) - min(after)
        if best is None or spread < best[0]:
            best = (spread, pairs)
    assert best is not None  # noqa: S101 - the first try raised otherwise
    return best[1]


def _panel(task: Task, entrants: list[int], loads: list[int], *, linked: bool) -> list[int]:
    """All judges, or of a small category the least loaded ones that its sheets can link."""
    if linked:
        return list(range(task.judges))
    most = len(entrants) * (task.each - 1) + 1  # a tree over entrants and judges
    free = sorted(
        range(task.judges),
        key=lambda judge: (sum(judge in task.barred_from(e) for e in entrants), loads[judge], judge),
    )
    return sorted(free[: max(most, task.each)])


def _one_by_one(task: Task, entrants: list[int], loads: list[int]) -> Pairs:
    """Each entrant to the judges who have least, where there is nothing to link."""
    pairs: Pairs = set()
    now = list(loads)
    for entrant in entrants:
        for judge in _lightest(task, entrant, now):
            pairs.add((entrant, judge))
            now[judge] += 1
    return pairs


def _lightest(task: Task, entrant: int, loads: Sequence[int]) -> list[int]:
    free = [judge for judge in range(task.judges) if judge not in task.barred_from(entrant)]
    if len(free) < task.each:
        raise Impossible(NoPlan.CONFLICTS, entrant=entrant, free=len(free), each=task.each)
    return sorted(free, key=lambda judge: (loads[judge], judge))[: task.each]


def _renamed(impossible: Impossible, entrants: Sequence[int], panel: Sequence[int]) -> Impossible:
    """The same with our numbers of entrants and judges."""
    ours = {"entrant": entrants, "heavy": panel, "light": panel}
    values = {name: ours[name][int(at)] if name in ours else at for name, at in impossible.values.items()}
    return Impossible(impossible.code, **values)


def mend(task: Task, kept: Pairs, shared: Sequence[int]) -> Pairs:
    """What was begun stays; empty places go to who has least to do and shares least with who is there.

    Raises ``Impossible`` where too few may judge an entrant.
    """
    pairs = {(e, j) for e, j in kept if j not in task.barred_from(e)}
    pairs |= {(e, j) for e in shared for j in range(task.judges) if j not in task.barred_from(e)}
    order = [entrant for entrants in task.categories for entrant in entrants]
    for entrant in sorted(order, key=lambda e: (-len(task.barred_from(e)), e)):
        while sum(e == entrant for e, _judge in pairs) < task.each:
            pairs.add((entrant, _next_judge(task, entrant, pairs)))
    return pairs


def _next_judge(task: Task, entrant: int, pairs: Pairs) -> int:
    there = {judge for e, judge in pairs if e == entrant}
    free = [j for j in range(task.judges) if j not in there and j not in task.barred_from(entrant)]
    if not free:
        raise Impossible(NoPlan.CONFLICTS, entrant=entrant, free=len(there), each=task.each)
    loads = _loads(pairs, task.judges)
    of = {judge: {e for e, j in pairs if j == judge} for judge in (*free, *there)}
    return min(free, key=lambda j: (loads[j], sum(len(of[j] & of[other]) for other in there), j))


def _loads(pairs: Pairs, judges: int) -> list[int]:
    loads = [0] * judges
    for _entrant, judge in pairs:
        loads[judge] += 1
    return loads
