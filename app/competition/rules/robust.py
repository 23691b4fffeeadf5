"""``huber``: as the default, but a sheet far from what its entrant and judge suggest counts less.

Huber's M-estimate (Huber 1964, Ann. Math. Stat. 35:73) by reweighting (Holland & Welsch 1977), tuned to 95 %
efficiency for normal errors; the scale is the median absolute residual over 0.6745, corrected for the
parameters fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.competition.rules.fit import Assumptions, Fit, solve
from app.competition.rules.reml import Components
from app.competition.rules.sheets import Floats, Sheets
from app.competition.rules.shrunk import ratio, shrunk

TUNING = 1.345
NORMAL = 0.6744897501960817  # the upper quartile of the standard normal
ROUNDS = 300
SETTLED = 1e-10


@dataclass(frozen=True)
class RobustFit:
    """``weights``: of each sheet, 1 where it is not far off."""

    fit: Fit
    weights: Floats
    scale: float
    settled: bool


def huber(sheets: Sheets, variances: Components) -> RobustFit:
    """Scores that single odd sheets move less; scale found once, from the default's residuals."""
    fit = shrunk(sheets, variances)
    free = max(1.0, len(sheets.value) - float(fit.leverage.sum()))
    spread = float(np.median(np.abs(fit.residuals))) / NORMAL * float(np.sqrt(len(sheets.value) / free))
    return reweighted(sheets, spread, variances.residual, ratio(variances.residual, variances.judge))


def reweighted(sheets: Sheets, scale: float, error: float, judge_penalty: float) -> RobustFit:
    """The fixed point of weights = min(1, limit / |residual|), the limit being ``TUNING`` scales."""
    weights = np.ones(len(sheets.value))
    fit = solve(sheets, Assumptions(weights, error, judge_penalty))
    settled = scale <= 0
    for _ in range(ROUNDS):
        if settled:
            break
        limit = TUNING * scale
        new = limit / np.maximum(np.abs(fit.residuals), limit)
        settled = bool(np.abs(new - weights).max() < SETTLED)
        weights = new
        fit = solve(sheets, Assumptions(weights, error, judge_penalty))
    return RobustFit(fit, weights, scale, settled)


def trimmed_mean(values: Floats, drop: int = 1) -> float:
    """The mean without the ``drop`` highest and lowest, as figure skating takes it (ISU rule 353).

    For comparison with other people's results; it corrects no judge. At least one value must be left.
    """
    if len(values) <= 2 * drop:
        raise ValueError("nothing would be left")
    return float(np.sort(values)[drop : len(values) - drop].mean())
