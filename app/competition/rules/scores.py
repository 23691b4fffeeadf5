"""Reading a table of scores: one row a judge, entrant and criterion. Nothing doubtful is read silently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from app.competition.rules.faults import Caution, Fault, Notice, Refused
from app.competition.rules.sheets import Floats, Ints, Sheets
from app.competition.rules.tables import number, table
from app.competition.rules.weights import Scale

COLUMNS = ("judge", "entrant", "criterion", "score")
AFFILIATIONS = ("judge_affiliation", "entrant_affiliation")
MAX_JUDGES = 1_000
MAX_ENTRANTS = 10_000
MAX_NAME = 200


@dataclass(frozen=True)
class Scores:
    """Score ``k``: judge ``judges[judge[k]]`` gave entrant ``entrants[entrant[k]]`` in
    ``criteria[criterion[k]]``."""

    judges: tuple[str, ...]
    entrants: tuple[str, ...]
    criteria: tuple[str, ...]
    judge: Ints
    entrant: Ints
    criterion: Ints
    score: Floats
    judge_affiliation: Mapping[str, str] = field(default_factory=dict)
    entrant_affiliation: Mapping[str, str] = field(default_factory=dict)


def read_scores(raw: bytes, scale: Mapping[str, Scale] | Scale | None = None) -> Scores:
    """Parse a CSV (comma, semicolon or tab) in UTF-8 with columns judge, entrant, criterion, score.

    ``scale``: what a score may be, for all criteria or by criterion. Raises ``Refused`` naming the row.
    """
    rows = table(raw, COLUMNS, AFFILIATIONS)
    numbers: dict[str, tuple[dict[str, int], list[int]]] = {name: ({}, []) for name in COLUMNS[:3]}
    values: list[float] = []
    seen: set[tuple[int, ...]] = set()
    belongs: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for line, cells in rows:
        key = []
        for name in COLUMNS[:3]:
            text = cells[name].strip()
            if not text or len(text) > MAX_NAME:
                raise Refused(Fault.NAME, row=line, column=name)
            index = numbers[name][0].setdefault(text, len(numbers[name][0]))
            numbers[name][1].append(index)
            key.append(index)
        where = tuple(key)
        if where in seen:
            raise Refused(Fault.DUPLICATE, row=line, **{name: cells[name].strip() for name in COLUMNS[:3]})
        seen.add(where)
        values.append(_score(cells, line, scale))
        for known, name, who in zip(belongs, AFFILIATIONS, ("judge", "entrant"), strict=True):
            _belongs(known, cells.get(name, "").strip(), cells[who].strip(), line)
    if not values:
        raise Refused(Fault.EMPTY)
    judges, entrants, criteria = (tuple(numbers[name][0]) for name in COLUMNS[:3])
    judge, entrant, criterion = (np.array(numbers[name][1], dtype=np.int64) for name in COLUMNS[:3])
    return Scores(judges, entrants, criteria, judge, entrant, criterion, np.array(values), *belongs)


def _score(cells: Mapping[str, str], line: int, scale: Mapping[str, Scale] | Scale | None) -> float:
    text = cells["score"].strip()
    if not text:
        raise Refused(Fault.NO_SCORE, row=line, **{n: cells[n].strip() for n in COLUMNS[:3]})
    value = number(text)
    if value is None:
        raise Refused(Fault.NOT_A_NUMBER, row=line, text=text[:40])
    within = scale if scale is None or isinstance(scale, Scale) else scale.get(cells["criterion"].strip())
    if within is not None and not within.low <= value <= within.high:
        raise Refused(Fault.OUTSIDE, row=line, score=f"{value:g}", low=f"{within.low:g}", high=f"{within.high:g}")
    return value


def _belongs(known: dict[str, str], to: str, who: str, line: int) -> None:
    if to and known.setdefault(who, to) != to:
        raise Refused(Fault.AFFILIATION, row=line, who=who, first=known[who], second=to[:MAX_NAME])


def to_sheets(scores: Scores, weights: Mapping[str, float]) -> tuple[Sheets, list[Notice]]:
    """One number a judge and entrant: the weighted mean of the criteria on that sheet.

    ``weights`` sum to 1 over all criteria. On a sheet that lacks criteria the others carry its weight, which is
    said.
    """
    by_criterion = np.array([weights[name] for name in scores.criteria])
    order = np.argsort(_ranked(scores.criteria)[scores.criterion], kind="stable")  # sums end in the same digit
    sheet = scores.entrant * len(scores.judges) + scores.judge
    keys, number_of = np.unique(sheet[order], return_inverse=True)
    w = by_criterion[scores.criterion[order]]
    total = np.bincount(number_of, w)
    value = np.bincount(number_of, w * scores.score[order]) / total
    entrant, judge = np.divmod(keys, len(scores.judges))
    # the same order whatever the order of rows: so are the answers, to the last digit
    by_name = np.lexsort((_ranked(scores.judges)[judge], _ranked(scores.entrants)[entrant]))
    new_entrant, new_judge = _ranked(scores.entrants)[entrant][by_name], _ranked(scores.judges)[judge][by_name]
    sheets = Sheets(
        tuple(sorted(scores.entrants)), tuple(sorted(scores.judges)), new_entrant, new_judge, value[by_name]
    )
    filled = np.bincount(number_of, minlength=len(keys))[by_name]
    lacking = np.flatnonzero(filled < len(scores.criteria))
    if not len(lacking):
        return sheets, []
    first = lacking[0]
    values: dict[str, str | int | float] = {
        "sheets": len(lacking), "judge": sheets.judges[new_judge[first]],
        "entrant": sheets.entrants[new_entrant[first]], "filled": int(filled[first]), "all": len(scores.criteria),
    }  # fmt: skip
    return sheets, [Notice(Caution.INCOMPLETE, values)]


def one_criterion(scores: Scores, criterion: str) -> Sheets:
    """The sheets of one criterion alone, for what decides between equals."""
    kept = scores.criterion == scores.criteria.index(criterion)
    entrants, judges = _ranked(scores.entrants), _ranked(scores.judges)
    return Sheets(
        tuple(sorted(scores.entrants)), tuple(sorted(scores.judges)), entrants[scores.entrant[kept]],
        judges[scores.judge[kept]], scores.score[kept],
    )  # fmt: skip


def _ranked(names: tuple[str, ...]) -> Ints:
    """The place of each name in alphabetical order."""
    places = np.empty(len(names), dtype=np.int64)
    places[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return places
