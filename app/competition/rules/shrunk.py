"""The default: entrants fixed, severity of judges shrunk.

*Nilai tiap koperasi adalah rata-rata nilai jurinya setelah dikurangi kecenderungan murah atau ketat tiap juri,
yang dihitung dari koperasi yang dinilai bersama.* How far a judge's tendency is believed is the ratio of error
variance to severity variance, from REML (``reml.py``): BLUP of judges, BLUE of entrants (Robinson 1991,
Statistical Science 6:15).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from app.competition.rules.fit import Assumptions, Fit, solve
from app.competition.rules.reml import Components
from app.competition.rules.sheets import Sheets


def ratio(error: float, other: float) -> float:
    """Variance of the error over another variance: infinite where that is 0, 0 where there is no error."""
    if error <= 0:
        return 0.0
    return error / other if other > 0 else math.inf


def shrunk(sheets: Sheets, variances: Components) -> Fit:
    """Scores corrected for severity; ``variances`` are those of the same sheets."""
    penalty = ratio(variances.residual, variances.judge)
    return solve(sheets, Assumptions(np.ones(len(sheets.value)), variances.residual, penalty))


def mixed(sheets: Sheets, variances: Components) -> Fit:
    """Both random: scores are drawn towards the mean as well (BLUP; lmer's predictions plus the mean)."""
    return solve(
        sheets,
        Assumptions(
            np.ones(len(sheets.value)), variances.residual, ratio(variances.residual, variances.judge),
            ratio(variances.residual, variances.entrant),
        ),
    )  # fmt: skip


def plain(sheets: Sheets, variances: Components) -> Fit:
    """The plain mean; its error holds the severity of judges, which it does not correct."""
    fit = solve(sheets, Assumptions(np.ones(len(sheets.value)), variances.residual, math.inf))
    severe = 0.0 if math.isnan(variances.judge) else variances.judge
    return replace(fit, se=np.sqrt((severe + variances.residual) / sheets.per_entrant))
