"""One penalised two-way fit that all methods share.

It minimises  Σ w(y - q - s)² + kq·Σ(q - m)² + ks·Σ s²  over the quality q of each entrant, the severity s of
each judge and the mean m. With kq = 0 entrants are fixed; ks is the variance of the error over that of severity
(Henderson's mixed model equations: Henderson 1975, Biometrics 31:423; Searle et al. 1992, ch. 7.4). Entrants
are eliminated by hand, so that what is solved has one row a judge. A prior on q around m is one more "judge"
who gives 0 to everyone with weight kq and severity -m.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from app.competition.rules.sheets import Floats, Sheets


@dataclass(frozen=True)
class Assumptions:
    """What a fit takes as given.

    ``error`` is the variance of a sheet of weight 1, in points squared; ``judge_penalty`` = ks, infinite where
    judges are taken as equally strict; ``entrant_penalty`` = kq, 0 where entrants are fixed, infinite where all
    are alike.
    """

    weights: Floats  # one a sheet
    error: float
    judge_penalty: float
    entrant_penalty: float = 0.0


@dataclass(frozen=True)
class Fit:
    """Estimates in points with standard errors. ``severity`` is what a judge gives too much: positive is
    lenient."""

    scores: Floats
    se: Floats
    severity: Floats
    severity_se: Floats
    mean: float
    residuals: Floats  # one a sheet: y - q - s
    leverage: Floats  # one a sheet: the part of its own weight in its fitted value
    given: Assumptions


@dataclass(frozen=True)
class Equations:
    """The reduced equations of a fit, which its posterior is drawn from too.

    Columns are judges, then, with a prior on entrants, minus the mean. ``spread`` is entrants × columns: what a
    unit of a column's severity takes from an entrant's score.
    """

    spread: Floats
    hold: Floats  # per entrant: the sum of its weights and kq
    matrix: Floats
    centre: float
    start: Floats  # an entrant's score while all severities are 0
    sums: Floats

    def solve(self) -> tuple[Floats, Floats]:
        """Severities of the columns and the inverse of the matrix."""
        if not len(self.matrix):
            return np.zeros(0), np.zeros((0, 0))
        inverse = np.linalg.inv(self.matrix)
        inverse = (inverse + inverse.T) / 2
        return inverse @ self.sums, inverse


def equations(sheets: Sheets, given: Assumptions, effects: Floats | None = None) -> Equations:
    """The reduced equations; ``entrant_penalty`` must be finite here.

    ``effects`` (entrants × effects): what an entrant's quality is expected to be made of; the mean where absent.
    """
    weights = np.zeros(sheets.size)
    weights[sheets.entrant, sheets.judge] = given.weights
    centre = float(np.average(sheets.value, weights=given.weights))
    values = np.zeros(sheets.size)
    values[sheets.entrant, sheets.judge] = given.weights * (sheets.value - centre)
    hold = weights.sum(1) + given.entrant_penalty
    start = values.sum(1) / hold
    columns, totals = weights, values.sum(0)
    own = np.diag(weights.sum(0) + given.judge_penalty)
    if math.isinf(given.judge_penalty):
        columns, totals, own = weights[:, :0], totals[:0], own[:0, :0]
    if given.entrant_penalty > 0:
        expected = np.ones((len(hold), 1)) if effects is None else effects
        columns = np.column_stack([columns, given.entrant_penalty * expected])
        totals = np.append(totals, np.zeros(expected.shape[1]))
        own = _corner(own, given.entrant_penalty * (expected.T @ expected))
    spread = columns / hold[:, None]
    matrix = own - columns.T @ spread
    if given.judge_penalty == 0 and given.entrant_penalty == 0:
        matrix = (
            matrix + columns.sum() / max(1, columns.shape[1]) ** 2
        )  # the one free direction: severities sum to 0
    return Equations(spread, hold, matrix, centre, start, totals - columns.T @ start)


def _corner(first: Floats, second: Floats) -> Floats:
    """Two square matrices along the diagonal of one."""
    size = len(first)
    both = np.zeros((size + len(second), size + len(second)))
    both[:size, :size], both[size:, size:] = first, second
    return both


def solve(sheets: Sheets, given: Assumptions) -> Fit:
    """Fit the sheets; see ``Assumptions`` for what is taken as given."""
    if math.isinf(given.entrant_penalty):
        return _all_alike(sheets, given)
    reduced = equations(sheets, given)
    found, inverse = reduced.solve()
    judges = 0 if math.isinf(given.judge_penalty) else len(sheets.judges)
    severity, severity_variance = np.zeros(len(sheets.judges)), np.zeros(len(sheets.judges))
    severity[:judges] = found[:judges]
    severity_variance[:judges] = np.diag(inverse)[:judges]
    scores = reduced.start - reduced.spread @ found + reduced.centre
    carried = reduced.spread @ inverse
    variance = 1 / reduced.hold + np.einsum("ij,ij->i", carried, reduced.spread)
    cross = np.zeros(len(sheets.value))
    if judges:
        cross = carried[sheets.entrant, sheets.judge]
    own = variance[sheets.entrant] + severity_variance[sheets.judge] - 2 * cross
    return Fit(
        scores, np.sqrt(given.error * variance), severity, np.sqrt(given.error * severity_variance),
        reduced.centre - found[-1] if given.entrant_penalty > 0 else float(scores.mean()),
        sheets.value - scores[sheets.entrant] - severity[sheets.judge],
        np.clip(given.weights * own, 0.0, 1.0), given,
    )  # fmt: skip


def _all_alike(sheets: Sheets, given: Assumptions) -> Fit:
    """The fit where entrants do not differ: one quality for all."""
    total: Floats = np.bincount(sheets.judge, given.weights, len(sheets.judges)).astype(np.float64)
    heard = np.flatnonzero(total)
    mean = np.bincount(sheets.judge, given.weights * sheets.value, len(sheets.judges))[heard] / total[heard]
    one = Sheets(("",), sheets.judges, np.zeros(len(heard), dtype=np.int64), heard, mean)
    fit = solve(one, replace(given, weights=total[heard], entrant_penalty=0.0))
    ones = np.ones(len(sheets.entrants))
    severity = fit.severity[sheets.judge]
    own = np.zeros(len(sheets.judges))
    own[heard] = fit.leverage / total[heard]
    return replace(
        fit, scores=fit.scores[0] * ones, se=fit.se[0] * ones, mean=float(fit.scores[0]),
        residuals=sheets.value - fit.scores[0] - severity, leverage=given.weights * own[sheets.judge], given=given,
    )  # fmt: skip
