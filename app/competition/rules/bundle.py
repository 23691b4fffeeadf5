"""What is published so that anybody can recompute a ranking, and the recomputation.

The same arithmetic stands, with the standard library alone, in ``competition/fixtures/verify_ranking.py``.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.competition.rules.faults import Fault, Refused
from app.competition.rules.fit import Assumptions, Fit, solve
from app.competition.rules.methods import Method, Outcome
from app.competition.rules.robust import TUNING, reweighted
from app.competition.rules.scores import MAX_ENTRANTS, MAX_JUDGES, MAX_NAME, Scores, to_sheets
from app.competition.rules.sheets import Floats, Sheets
from app.competition.rules.tables import LARGEST, MAX_BYTES, MAX_ROWS
from app.competition.rules.ties import ranks

FORMAT = "pekan-ranking-1"
CLOSE = 1e-6
INPUTS = ("format", "method", "weights", "scores", "constants", "seed")


@dataclass(frozen=True)
class Constants:
    """What a method found beforehand, so that recomputing needs no search for it.

    ``judge_penalty`` and ``entrant_penalty`` as in ``Assumptions``, None for infinite; ``limit``: from which
    residual ``huber`` weights down, in points, 0 for other methods; ``judge_weights``: 1 for all but
    ``noise-weighted``.
    """

    judge_penalty: float | None
    entrant_penalty: float | None
    limit: float
    judge_weights: dict[str, float]


@dataclass(frozen=True)
class Verified:
    """A bundle that says the truth: its own hashes, and how far the published scores were off at most."""

    method: Method
    entrants: int
    inputs_sha256: str
    ranks_sha256: str
    largest_difference: float


def anonymous(scores: Scores, order: Sequence[int]) -> Scores:
    """The same scores with judges called J1, J2, … in an ``order`` that tells nothing (a shuffled range)."""
    return replace(
        scores, judges=tuple(f"J{place + 1}" for place in order), judge_affiliation={}, entrant_affiliation={}
    )


def constants(sheets: Sheets, outcome: Outcome) -> Constants:
    """The constants of a method's outcome."""
    given = outcome.fit.given
    heavy = np.ones(len(sheets.judges))
    if not outcome.scale:
        heavy[sheets.judge] = given.weights
    penalties = [None if math.isinf(p) else p for p in (given.judge_penalty, given.entrant_penalty)]
    return Constants(
        penalties[0], penalties[1], TUNING * outcome.scale,
        {name: float(w) for name, w in zip(sheets.judges, heavy, strict=True)},
    )  # fmt: skip


def compose(
    scores: Scores, weights: Mapping[str, float], method: Method, found: Constants, seed: int
) -> dict[str, Any]:
    """The bundle of a ranking, ready to be written as JSON."""
    rows = sorted(
        [scores.judges[j], scores.entrants[e], scores.criteria[c], float(value)]
        for j, e, c, value in zip(scores.judge, scores.entrant, scores.criterion, scores.score, strict=True)
    )
    bundle: dict[str, Any] = {
        "format": FORMAT, "method": method.value, "weights": dict(sorted(weights.items())), "scores": rows,
        "constants": {
            "judge_penalty": found.judge_penalty, "entrant_penalty": found.entrant_penalty, "limit": found.limit,
            "judge_weights": dict(sorted(found.judge_weights.items())),
        },
        "seed": seed,
    }  # fmt: skip
    sheets, _ = to_sheets(scores, weights)
    fit = refit(sheets, method, found)
    places = ranks(fit.scores, sheets.value)
    bundle["inputs_sha256"] = digest({name: bundle[name] for name in INPUTS})
    bundle["ranking"] = [
        {"entrant": sheets.entrants[e], "score": float(fit.scores[e]), "rank": int(places[e])}
        for e in sorted(range(len(places)), key=lambda e: (places[e], sheets.entrants[e]))
    ]
    bundle["ranks_sha256"] = ranks_digest(bundle["ranking"])
    return bundle


def refit(sheets: Sheets, method: Method, found: Constants) -> Fit:
    """Scores from the constants alone."""
    judge = math.inf if found.judge_penalty is None else found.judge_penalty
    entrant = math.inf if found.entrant_penalty is None else found.entrant_penalty
    if method is Method.HUBER:
        return reweighted(sheets, found.limit / TUNING, 1.0, judge).fit
    heavy: Floats = np.array([found.judge_weights[name] for name in sheets.judges])
    return solve(sheets, Assumptions(heavy[sheets.judge], 1.0, judge, entrant))


def digest(content: Any) -> str:
    """SHA-256 of the content as compact JSON with sorted keys, in UTF-8."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def ranks_digest(ranking: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 of [rank, entrant] in order."""
    return digest(sorted([line["rank"], line["entrant"]] for line in ranking))


def verify(raw: bytes) -> Verified:
    """Recompute a published bundle. Raises ``Refused`` where it was changed or its ranking does not follow."""
    bundle = _parse(raw)
    if digest({name: bundle[name] for name in INPUTS}) != bundle["inputs_sha256"]:
        raise Refused(Fault.BUNDLE, why="inputs")
    if ranks_digest(bundle["ranking"]) != bundle["ranks_sha256"]:
        raise Refused(Fault.BUNDLE, why="ranks")
    scores, weights, found, method = _inputs(bundle)
    sheets, _ = to_sheets(scores, weights)
    fit = refit(sheets, method, found)
    published = {line["entrant"]: line for line in bundle["ranking"]}
    if len(published) != len(bundle["ranking"]) or sorted(published) != list(sheets.entrants):
        raise Refused(Fault.BUNDLE, why="entrants")
    places = ranks(fit.scores, sheets.value)
    off = [abs(published[name]["score"] - fit.scores[e]) for e, name in enumerate(sheets.entrants)]
    if not max(off) <= CLOSE * max(1.0, float(np.abs(fit.scores).max())):
        raise Refused(Fault.BUNDLE, why="scores")
    if any(published[name]["rank"] != places[e] for e, name in enumerate(sheets.entrants)):
        raise Refused(Fault.BUNDLE, why="follow")
    return Verified(method, len(places), bundle["inputs_sha256"], bundle["ranks_sha256"], float(max(off)))


def _parse(raw: bytes) -> dict[str, Any]:
    """A bundle with everything in it that a bundle has."""
    if len(raw) > MAX_BYTES:
        raise Refused(Fault.TOO_LARGE, most=MAX_BYTES // 1024**2)
    try:
        bundle = json.loads(raw)
    except (ValueError, RecursionError) as fault:
        raise Refused(Fault.BUNDLE, why="json") from fault
    wanted = {
        "format": str, "method": str, "weights": dict, "scores": list, "constants": dict, "seed": int,
        "inputs_sha256": str, "ranking": list, "ranks_sha256": str,
    }  # fmt: skip
    if not isinstance(bundle, dict) or bundle.get("format") != FORMAT:
        raise Refused(Fault.BUNDLE, why="format")
    if any(not isinstance(bundle.get(name), kind) for name, kind in wanted.items()):
        raise Refused(Fault.BUNDLE, why="format")
    lines = all(
        isinstance(line, dict) and isinstance(line.get("entrant"), str) and type(line.get("rank")) is int
        and _number(line.get("score"))
        for line in bundle["ranking"]
    )  # fmt: skip
    if not lines or not bundle["ranking"]:
        raise Refused(Fault.BUNDLE, why="format")
    try:
        digest(bundle)
    except ValueError as fault:  # NaN, which JSON does not know, or half a character
        raise Refused(Fault.BUNDLE, why="format") from fault
    return bundle


def _inputs(bundle: Mapping[str, Any]) -> tuple[Scores, dict[str, float], Constants, Method]:
    if bundle["method"] not in list(Method):
        raise Refused(Fault.METHOD, method=bundle["method"][:MAX_NAME], known=", ".join(Method))
    scores = _scores(bundle["scores"])
    weights, c = bundle["weights"], bundle["constants"]
    heavy = c.get("judge_weights")
    fine = (
        set(weights) == set(scores.criteria) and all(_number(w) and w > 0 for w in weights.values()) and
        isinstance(heavy, dict) and set(heavy) == set(scores.judges) and all(_number(w) and w > 0 for w in
        heavy.values()) and _number(c.get("limit")) and c["limit"] >= 0 and all(c.get(n, -1) is None or
        (_number(c.get(n)) and c[n] >= 0) for n in ("judge_penalty", "entrant_penalty"))
    )  # fmt: skip
    if not fine or len(scores.judges) > MAX_JUDGES or len(scores.entrants) > MAX_ENTRANTS:
        raise Refused(Fault.BUNDLE, why="format")
    found = Constants(c["judge_penalty"], c["entrant_penalty"], c["limit"], heavy)
    return scores, weights, found, Method(bundle["method"])


def _scores(rows: Sequence[Any]) -> Scores:
    kinds = (str, str, str)
    numbers: list[dict[str, int]] = [{}, {}, {}]
    index: list[list[int]] = []
    for row in rows[: MAX_ROWS + 1]:
        if (
            not isinstance(row, list)
            or len(row) != 4
            or not _number(row[3])
            or not all(map(isinstance, row, kinds))
        ):
            raise Refused(Fault.BUNDLE, why="format")
        index.append([known.setdefault(name, len(known)) for known, name in zip(numbers, row, strict=False)])
    if not index or len(index) > MAX_ROWS or len(set(map(tuple, index))) < len(index):
        raise Refused(Fault.BUNDLE, why="format")
    judge, entrant, criterion = np.array(index, dtype=np.int64).T
    value = np.array([float(row[3]) for row in rows])
    judges, entrants, criteria = (tuple(known) for known in numbers)
    return Scores(judges, entrants, criteria, judge, entrant, criterion, value)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST * 1e3
