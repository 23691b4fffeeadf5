"""What there is to say about each judge: severity, noise, single odd sheets, one's own people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.competition.rules.fit import Fit
from app.competition.rules.sheets import Floats, Sheets
from app.competition.rules.student import two_sided

NOISY = 3.0
ODD = 2.5
LEAST_FREE = 1.0  # degrees of freedom that a noise ratio needs at least
MOST_ODD = 100
SUSPECT = 0.01


@dataclass(frozen=True)
class JudgeQuality:
    """``severity`` in points: positive is lenient, to be subtracted; ``noise_ratio``: to the other judges."""

    judge: str
    severity: float
    se: float
    noise_ratio: float | None
    flagged: bool


@dataclass(frozen=True)
class OddSheet:
    """A sheet far from what its entrant and judge suggest; ``residual`` in standard deviations."""

    judge: str
    entrant: str
    residual: float


@dataclass(frozen=True)
class OwnBias:
    """How much more a judge gives to the own affiliation than to others, in points, corrected for quality."""

    judge: str
    difference: float
    p: float
    own: int
    others: int


def noise_ratios(sheets: Sheets, fit: Fit) -> Floats:
    """Residual variance of each judge over that of all other judges; NaN where it cannot be told.

    Squares of residuals are divided by what of them is left free: sheets less their leverage (Cook & Weisberg 1982,
    ch. 2.2).
    """
    count = len(sheets.judges)
    squares = np.bincount(sheets.judge, fit.residuals**2, count)
    free = np.bincount(sheets.judge, 1 - fit.leverage, count)
    other_squares, other_free = squares.sum() - squares, free.sum() - free
    told = (free >= LEAST_FREE) & (other_free >= LEAST_FREE) & (other_squares > 1e-12 * (1e-300 + squares.sum()))
    ratio = np.full(count, np.nan)
    ratio[told] = squares[told] / free[told] / (other_squares[told] / other_free[told])
    return ratio


def judges(sheets: Sheets, fit: Fit, plain_fit: Fit) -> list[JudgeQuality]:
    """All judges; severity from ``fit``, noise from ``plain_fit``, where no judge was weighted down beforehand."""
    ratios = noise_ratios(sheets, plain_fit)
    return [
        JudgeQuality(
            name, float(fit.severity[place]), float(fit.severity_se[place]),
            None if np.isnan(ratios[place]) else float(ratios[place]), bool(ratios[place] > NOISY),
        )
        for place, name in enumerate(sheets.judges)
    ]  # fmt: skip


def standardised(fit: Fit) -> Floats:
    """Internally studentised residuals (Cook & Weisberg 1982, ch. 2.2.1); 0 where a sheet alone fits itself."""
    free = len(fit.residuals) - float(fit.leverage.sum())
    spread = float((fit.given.weights * fit.residuals**2).sum()) / max(free, 1.0)
    room = spread * (1 - fit.leverage)
    return np.where(
        room > 1e-9 * spread, fit.residuals * np.sqrt(fit.given.weights / np.maximum(room, 1e-300)), 0.0
    )


def odd_sheets(sheets: Sheets, fit: Fit) -> list[OddSheet]:
    """Sheets beyond 2.5 standard deviations, the oddest first, at most a hundred."""
    if fit.given.error <= 0:
        return []
    size = standardised(fit)
    found = sorted(np.flatnonzero(np.abs(size) > ODD), key=lambda k: -abs(size[k]))[:MOST_ODD]
    return [
        OddSheet(sheets.judges[sheets.judge[k]], sheets.entrants[sheets.entrant[k]], float(size[k])) for k in found
    ]


def own_bias(sheets: Sheets, fit: Fit, of_judge: Mapping[str, str], of_entrant: Mapping[str, str]) -> list[OwnBias]:
    """Welch's test (Welch 1947, Biometrika 34:28) of each judge's residuals, own affiliation against the others.

    Only judges with at least two sheets on either side.
    """
    found = []
    for place, name in enumerate(sheets.judges):
        mine = np.flatnonzero(sheets.judge == place)
        own = np.array(
            [of_entrant.get(sheets.entrants[sheets.entrant[k]]) == of_judge.get(name) for k in mine], bool
        )
        if name not in of_judge or own.sum() < 2 or (~own).sum() < 2:
            continue
        mean, p = welch(fit.residuals[mine[own]], fit.residuals[mine[~own]])
        found.append(OwnBias(name, mean, p, int(own.sum()), int((~own).sum())))
    return found


def welch(one: Floats, other: Floats) -> tuple[float, float]:
    """Difference of two means and its two-sided p, variances unequal (Welch 1947; Satterthwaite's degrees)."""
    a, b = one.var(ddof=1) / len(one), other.var(ddof=1) / len(other)
    difference = float(one.mean() - other.mean())
    if a + b <= 0:
        return difference, 1.0 if difference == 0 else 0.0
    degrees = (a + b) ** 2 / (a**2 / (len(one) - 1) + b**2 / (len(other) - 1))
    return difference, two_sided(difference / float(np.sqrt(a + b)), float(degrees))
