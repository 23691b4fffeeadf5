"""A result from locked sheets: what ``pekan rank`` gives, the order by the declared tie rule, and the bundle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.competition.rules import analysis, bundle, ties
from app.competition.rules.analysis import Analysis
from app.competition.rules.faults import Fault, Notice, Refused
from app.competition.rules.figures import as_dict
from app.competition.rules.methods import Method
from app.competition.rules.scores import Scores, one_criterion, to_sheets
from app.competition.rules.sheets import Floats, Sheets
from app.competition.rules.shrunk import shrunk

Row = tuple[str, str, str, float]  # judge, entrant, criterion, score


@dataclass(frozen=True)
class Given:
    """What a result is made of. ``weights``: any positive numbers by criterion; ``scales``: (lowest, highest)."""

    rows: Sequence[Row]
    weights: Mapping[str, float]
    scales: Mapping[str, tuple[float, float]]
    method: str
    seed: int
    tie_chain: Sequence[str]
    of_judge: Mapping[str, str] = field(default_factory=dict)
    of_entrant: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """``content`` as stored, but for the sentences of ``notices``, which are worded elsewhere."""

    content: dict[str, Any]
    notices: list[Notice]


def on_one_scale(rows: Iterable[Row], scales: Mapping[str, tuple[float, float]]) -> list[Row]:
    """The same scores where all criteria have one scale; else each as 0 to 100 of its own."""
    if len(set(scales.values())) < 2:
        return [(judge, entrant, criterion, float(score)) for judge, entrant, criterion, score in rows]
    found = []
    for judge, entrant, criterion, score in rows:
        low, high = scales[criterion]
        found.append((judge, entrant, criterion, (float(score) - low) / (high - low) * 100))
    return found


def report(given: Given, judge_order: Sequence[int] | None = None) -> Report:
    """Rank. ``judge_order``: a shuffled range by which judges are named in the bundle.

    Raises:
        Refused: as ``analysis.analyse``, and where nothing was judged.
    """
    if not given.rows:
        raise Refused(Fault.EMPTY)
    scores = scores_of(on_one_scale(given.rows, given.scales))
    total = sum(given.weights[code] for code in scores.criteria)
    weights = {code: given.weights[code] / total for code in scores.criteria}
    sheets, extra = to_sheets(scores, weights)
    belongs = analysis.Affiliations(given.of_judge, given.of_entrant)
    found = analysis.analyse(
        sheets, Method(given.method), seed=given.seed, with_sensitivity=True, affiliations=belongs
    )
    by_criterion = {code: corrected(one_criterion(scores, code)) for code in scores.criteria}
    content = as_dict(found, [])
    content |= {
        "places": places(found, by_criterion, given.tie_chain),
        "plain_ranks": _by_name(sheets, ties.ranks(sheets.means, sheets.value)),
        "disagreement": _by_name(sheets, disagreement(found)),
        "sheets_of_judges": {name: int(n) for name, n in zip(sheets.judges, sheets.per_judge, strict=True)},
        "criteria": {code: by_criterion[code] for code in sorted(by_criterion)},
        "weights": dict(sorted(weights.items())),
        "bundle": _bundle(scores, weights, found, judge_order),
    }  # fmt: skip
    return Report(content, [*extra, *found.notices])


def scores_of(rows: Sequence[Row]) -> Scores:
    """Rows as the table that everything is computed from."""
    names: list[dict[str, int]] = [{}, {}, {}]
    index = [
        [known.setdefault(name, len(known)) for known, name in zip(names, row[:3], strict=True)] for row in rows
    ]
    judge, entrant, criterion = np.array(index, dtype=np.int64).T
    judges, entrants, criteria = (tuple(known) for known in names)
    return Scores(judges, entrants, criteria, judge, entrant, criterion, np.array([row[3] for row in rows]))


def corrected(sheets: Sheets) -> dict[str, float]:
    """Scores of one criterion by entrant, corrected for severity as far as the sheets allow, else plain means."""
    try:
        analysis.check(sheets)
        values = shrunk(sheets, analysis.variances_of(sheets)).scores
    except (Refused, np.linalg.LinAlgError):  # one judge, all alike, panels that never meet
        values = sheets.means
    return {name: float(values[e]) for e, name in enumerate(sheets.entrants)}


def disagreement(found: Analysis) -> Floats:
    """How far the judges of an entrant lie apart once severity is taken out: root mean square, in points."""
    fit, sheets = found.outcome.fit, found.sheets
    squares = np.bincount(sheets.entrant, fit.residuals**2, len(sheets.entrants))
    return np.sqrt(squares / np.maximum(sheets.per_entrant, 1))


def places(
    found: Analysis, by_criterion: Mapping[str, Mapping[str, float]], tie_chain: Sequence[str]
) -> list[dict[str, Any]]:
    """Final places, best first. Without a declared chain the score decides; with one, equals go by its criteria."""
    names = found.sheets.entrants
    chain = [code for code in tie_chain if code in by_criterion]
    if not chain:
        placed = [ties.Placed(e, int(found.ranks[e]), ties.Decided.SCORE) for e in range(len(names))]
    else:
        placed = ties.resolve(found.groups, _chained(names, chain, by_criterion))
    rows = [{"entrant": names[one.entrant], "place": one.rank, "decided": one.decided.value} for one in placed]
    return sorted(rows, key=lambda row: (row["place"], row["entrant"]))


def _chained(names: Sequence[str], chain: Sequence[str], by_criterion: Mapping[str, Mapping[str, float]]) -> Floats:
    """One number an entrant that orders as the criteria of the chain do, one after the other; higher is better."""
    keys = [tuple(round(by_criterion[code].get(name, -np.inf), 9) for code in chain) for name in names]
    order = {key: place for place, key in enumerate(sorted(set(keys)))}
    return np.array([float(order[key]) for key in keys])


def _by_name(sheets: Sheets, values: Floats | Any) -> dict[str, Any]:
    return {name: values[e].item() for e, name in enumerate(sheets.entrants)}


def _bundle(
    scores: Scores, weights: dict[str, float], found: Analysis, judge_order: Sequence[int] | None
) -> dict[str, Any]:
    """The bundle, its judges under names that tell nothing."""
    hidden = bundle.anonymous(scores, judge_order or range(len(scores.judges)))
    called = dict(zip(scores.judges, hidden.judges, strict=True))
    constants = bundle.constants(found.sheets, found.outcome)
    heavy = {called[name]: weight for name, weight in constants.judge_weights.items()}
    return bundle.compose(
        hidden, weights, found.method,
        bundle.Constants(constants.judge_penalty, constants.entrant_penalty, constants.limit, heavy), found.seed,
    )  # fmt: skip
