"""Variance components of sheet scores by restricted maximum likelihood (REML).

Model: score = mean + entrant + judge + error, entrants and judges crossed, both random (Patterson & Thompson
1971, Biometrika 58:545; Searle, Casella & McCulloch 1992, Variance Components, ch. 6). The criterion is
the profiled one of lme4 (Bates, Mächler, Bolker & Walker 2015, J. Stat. Software 67(1), eq. 42): with
H = I + a·ZuZu' + b·ZvZv', where a and b are the variances over that of the error,

    criterion = log|H| + log|1'H⁻¹1| + (n - 1)(1 + log(2π·r²/(n - 1))),   r² = y'Py

Entrants (or judges, whichever are more) are eliminated by hand, H_u = I + a·ZuZu' being diagonal in them, so
that one evaluation costs one inverse of the smaller side. Weighted sheets are sheets times the root of their
weight.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.competition.rules.sheets import Floats, Sheets

LOWEST, HIGHEST = -16.0, 21.0  # log of a variance over that of the error: 1e-7 to 1e9
STEPS = 80
FLAT = 1e-9  # gradient at which the search stops
EXACT = 1e-14  # r² over the total sum of squares below which nothing is left to be an error


@dataclass(frozen=True)
class Components:
    """Variances in points squared; ``criterion`` is lmer's REML criterion, None where the error is zero."""

    entrant: float
    judge: float
    residual: float
    criterion: float | None
    mean: float


@dataclass(frozen=True)
class Point:
    """The criterion at one pair of ratios, its slopes along them, and what follows from it."""

    criterion: float
    slopes: Floats  # along the ratio of entrants, of judges
    mean: float
    squares: float  # r²


class Crossed:
    """Sufficient sums of one set of sheets; evaluates the criterion at ratios (entrant, judge).

    The mean is one of the fixed effects in ``columns`` (entrants × effects), which may hold more than that. The
    sheet scores ride along as one more column.
    """

    def __init__(self, sheets: Sheets, weights: Floats | None = None, columns: Floats | None = None) -> None:
        """``weights``: one a sheet, 1 where absent; ``columns``: the mean alone where absent."""
        w = np.ones(len(sheets.value)) if weights is None else weights
        effects = np.ones((sheets.size[0], 1)) if columns is None else columns
        table = np.zeros(sheets.size)
        table[sheets.entrant, sheets.judge] = w
        self.centre = float(np.average(sheets.value, weights=w))
        ride = np.column_stack([effects[sheets.entrant], sheets.value - self.centre])
        of_entrants, of_judges = (
            np.column_stack([np.bincount(index, w * one, size) for one in ride.T])
            for index, size in ((sheets.entrant, sheets.size[0]), (sheets.judge, sheets.size[1]))
        )
        self.n, self.fixed = len(sheets.value), effects.shape[1]
        self.products = ride.T @ (w[:, None] * ride)
        self.log_weights = float(np.log(w).sum())
        self.swapped = sheets.size[0] < sheets.size[1]
        self.w = np.ascontiguousarray(table.T) if self.swapped else table
        self.row, self.column = self.w.sum(1), self.w.sum(0)
        self.of_rows, self.of_columns = (of_judges, of_entrants) if self.swapped else (of_entrants, of_judges)

    @property
    def total(self) -> float:
        """Weighted sum of squares around the mean."""
        return float(self.products[-1, -1])

    def at(self, ratios: Floats) -> Point:
        """Criterion, slopes, mean and r² at ``ratios`` (entrant, judge), each at least 0."""
        a, b = (float(r) for r in (ratios[::-1] if self.swapped else ratios))
        left = 1.0 / (1.0 + a * self.row)
        lost = a * left
        info = np.diag(self.column) - self.w.T @ (lost[:, None] * self.w)
        inverse = np.linalg.inv(np.eye(len(info)) + b * info)
        inverse = (inverse + inverse.T) / 2
        ride = self.of_columns - self.w.T @ (lost[:, None] * self.of_rows)
        v = inverse @ ride  # Zv'H⁻¹[X y]
        u = left[:, None] * (self.of_rows - b * (self.w @ v))  # Zu'H⁻¹[X y]
        products = self.products - self.of_rows.T @ (lost[:, None] * self.of_rows) - b * (ride.T @ v)
        effects, squares, log_x, u_fixed, v_fixed = self._fixed_effects(products, u, v)
        thin = left[:, None] * self.w
        trace_u = float((self.row * left).sum()) - b * float((inverse * (thin.T @ thin)).sum()) - u_fixed
        trace_v = float((info * inverse).sum()) - v_fixed
        free = self.n - self.fixed
        pu, pv = u[:, -1] - u[:, :-1] @ effects, v[:, -1] - v[:, :-1] @ effects
        slopes = np.array([
            trace_u - free * float(pu @ pu) / squares, trace_v - free * float(pv @ pv) / squares,
        ])  # fmt: skip
        logdet = -float(np.log(left).sum()) - float(np.linalg.slogdet(inverse)[1]) - self.log_weights
        criterion = logdet + log_x + free * (1 + np.log(2 * np.pi * squares / free))
        mean = float(effects[0]) + self.centre
        return Point(float(criterion), slopes[::-1] if self.swapped else slopes, mean, squares)

    def _fixed_effects(self, products: Floats, u: Floats, v: Floats) -> tuple[Floats, float, float, float, float]:
        """Effects, r², log|X'H⁻¹X|, and what the fixed effects take from the two traces."""
        xx, xy = products[:-1, :-1], products[:-1, -1]
        inverse = np.linalg.inv(xx)
        effects = inverse @ xy
        squares = max(float(products[-1, -1] - effects @ xy), self.total * EXACT)
        u_fixed, v_fixed = (float((inverse * (z[:, :-1].T @ z[:, :-1])).sum()) for z in (u, v))
        return effects, squares, float(np.linalg.slogdet(xx)[1]), u_fixed, v_fixed


class Within:
    """What comparisons within entrants alone say about judges: REML with entrants fixed.

    With A = diag(load) - W'diag(1/hold)W the judges' information matrix and b the ratio of severity variance to
    error, criterion = log|I + bA| + (n - entrants)·log r²(b); one eigendecomposition of A gives it at every b.
    """

    def __init__(self, sheets: Sheets, weights: Floats) -> None:
        """``weights``: one a sheet."""
        table = np.zeros(sheets.size)
        table[sheets.entrant, sheets.judge] = weights
        hold = table.sum(1)
        mean = np.bincount(sheets.entrant, weights * sheets.value, len(hold)) / hold
        left = sheets.value - mean[sheets.entrant]
        self.values, vectors = np.linalg.eigh(np.diag(table.sum(0)) - table.T @ (table / hold[:, None]))
        self.sums = (vectors.T @ np.bincount(sheets.judge, weights * left, len(vectors))) ** 2
        self.total = float(weights @ left**2)
        self.free = max(1, len(left) - len(hold))

    def squares(self, ratio: float) -> float:
        """r² at a ratio of severity variance to error variance."""
        found = self.total - float((self.sums * ratio / (1 + ratio * self.values)).sum())
        return max(found, self.total * EXACT)

    def at(self, ratio: float) -> tuple[float, float]:
        """Criterion and its slope along the ratio."""
        scaled = 1 + ratio * self.values
        squares = self.squares(ratio)
        value = float(np.log(scaled).sum()) + self.free * float(np.log(squares))
        slope = float((self.values / scaled).sum()) - self.free * float((self.sums / scaled**2).sum()) / squares
        return value, slope


def components(sheets: Sheets, weights: Floats | None = None) -> Components:
    """REML variances of entrants, judges and error; a variance on its boundary is exactly 0.

    The criterion is searched inside and on each boundary, and the lowest is taken: on a boundary the slope inside
    vanishes as well, which is where general optimisers stop short.
    """
    crossed = Crossed(sheets, weights)
    best, ratios = crossed.at(np.zeros(2)), np.zeros(2)
    for free in ((0,), (1,), (0, 1)):
        found = _lowest(crossed, free)
        point = crossed.at(found)
        if point.criterion < best.criterion - 1e-9:
            best, ratios = point, found
    if best.squares <= 4 * EXACT * crossed.total or ratios.max() > np.exp(HIGHEST) / 4:
        return Components(math.nan, math.nan, 0.0, None, best.mean)
    residual = best.squares / (crossed.n - 1)
    return Components(float(ratios[0] * residual), float(ratios[1] * residual), residual, best.criterion, best.mean)


def _lowest(crossed: Crossed, free: tuple[int, ...]) -> Floats:
    """Ratios at the lowest criterion along the ``free`` ones, the others 0."""
    index = list(free)

    def at(logs: Floats) -> tuple[float, Floats]:
        ratios = np.zeros(2)
        ratios[index] = np.exp(logs)
        point = crossed.at(ratios)
        return point.criterion, point.slopes[index] * ratios[index]

    ratios = np.zeros(2)
    ratios[index] = np.exp(descend(at, np.zeros(len(index))))
    return ratios


def descend(at: Callable[[Floats], tuple[float, Floats]], start: Floats) -> Floats:
    """Where a smooth function of a few logs is lowest (BFGS; Nocedal & Wright 2006, alg. 6.1), within the bounds.

    ``at`` answers value and gradient.
    """
    x = start
    value, slope = at(x)
    inverse = np.eye(len(x)) / max(1.0, float(np.abs(slope).max()))
    for _ in range(STEPS):
        if np.abs(slope).max() < FLAT:
            break
        step = -inverse @ slope
        if float(step @ slope) >= 0:
            inverse = np.eye(len(x)) / max(1.0, float(np.abs(slope).max()))
            step = -inverse @ slope
        step *= min(1.0, 3.0 / float(np.abs(step).max()))
        moved = _shorten(at, x, value, slope, step)
        if moved is None:
            break
        new, value, new_slope = moved
        inverse = _learn(inverse, new - x, new_slope - slope)
        x, slope = new, new_slope
    return x


def _shorten(
    at: Callable[[Floats], tuple[float, Floats]], x: Floats, value: float, slope: Floats, step: Floats
) -> tuple[Floats, float, Floats] | None:
    """Halve a step until it goes down far enough (Armijo); None when no step does."""
    for _ in range(30):
        new = np.clip(x + step, LOWEST, HIGHEST)
        if np.array_equal(new, x):
            return None
        reached, new_slope = at(new)
        # close to the minimum the value itself is only rounding; a smaller slope then shows the way
        flat = abs(reached - value) < 1e-10 * max(1.0, abs(value)) and np.abs(new_slope).max() < np.abs(slope).max()
        if reached <= value + 1e-4 * float(slope @ (new - x)) or flat:
            return new, reached, new_slope
        step = step / 2
    return None


def _learn(inverse: Floats, step: Floats, change: Floats) -> Floats:
    """The BFGS update of the inverse Hessian (Nocedal & Wright 2006, eq. 6.17)."""
    curve = float(step @ change)
    if curve <= 1e-14:
        return inverse
    eye = np.eye(len(step))
    side = eye - np.outer(step, change) / curve
    return side @ inverse @ side.T + np.outer(step, step) / curve
