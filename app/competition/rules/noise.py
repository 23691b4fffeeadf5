"""``noise-weighted``: one error variance a judge, shrunk towards the common one.

The variances solve the REML equations of a heteroscedastic fit, Σ e²/v = Σ (1 - h) a judge (Searle et al. 1992,
ch. 8; Foulley & Quaas 1995), with a scaled inverse-χ² prior of ``PRIOR`` sheets around the common variance (as
limma does for genes: Smyth 2004, Stat. Appl. Genet. Mol. Biol. 3:3), found by repeated substitution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.competition.rules.fit import Assumptions, Fit, solve
from app.competition.rules.reml import Components
from app.competition.rules.sheets import Floats, Sheets
from app.competition.rules.shrunk import ratio

PRIOR = 8.0
ROUNDS = 200
SETTLED = 1e-7
LEAST = 0.05  # no judge counts more than twenty ordinary ones


@dataclass(frozen=True)
class JudgeNoise:
    """``variances``: of one sheet of each judge, in points squared, shrunk; ``fit`` weights by them."""

    variances: Floats
    fit: Fit
    settled: bool


def noise_weighted(sheets: Sheets, variances: Components, prior: float = PRIOR) -> JudgeNoise:
    """Scores where noisy judges count less, severity corrected as in the default."""
    count = len(sheets.judges)
    noise = np.full(count, variances.residual)
    settled = variances.residual <= 0
    fit = _weighted(sheets, variances, noise)
    for _ in range(ROUNDS):
        if settled:
            break
        e2 = np.bincount(sheets.judge, fit.residuals**2, count)
        free = np.bincount(sheets.judge, 1 - fit.leverage, count)
        common = _harmonic(noise)  # the most likely centre of that prior, given the judges
        new = np.maximum((prior * common + e2) / (prior + free), LEAST * common)
        settled = bool(np.abs(np.log(new / noise)).max() < SETTLED)
        noise = new
        fit = _weighted(sheets, variances, noise)
    return JudgeNoise(noise, fit, settled)


def _harmonic(noise: Floats) -> float:
    return float(1 / np.mean(1 / noise))


def _weighted(sheets: Sheets, variances: Components, noise: Floats) -> Fit:
    reference = _harmonic(noise) if variances.residual > 0 else 0.0
    relative = reference / noise if reference > 0 else np.ones(len(noise))
    return solve(sheets, Assumptions(relative[sheets.judge], reference, ratio(reference, variances.judge)))
