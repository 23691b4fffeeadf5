"""Whether the first three stand under other methods, and without any one judge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.competition.rules.connectivity import panels
from app.competition.rules.methods import Method, apply
from app.competition.rules.noise import JudgeNoise
from app.competition.rules.reml import Components, components
from app.competition.rules.sheets import Floats, Sheets

FIRST = 3


@dataclass(frozen=True)
class Sensitivity:
    """The first three, best first, by method and by the judge left out; None where the rest would fall apart."""

    methods: dict[str, tuple[str, ...]]
    without: dict[str, tuple[str, ...] | None]


def sensitivity(sheets: Sheets, variances: Components, method: Method, noise: JudgeNoise) -> Sensitivity:
    """Every other method on all sheets; ``method`` without each judge, its variances found anew."""
    methods = {
        other.value: first_three(sheets, apply(other, sheets, variances, noise).fit.scores)
        for other in Method
        if other is not method
    }
    return Sensitivity(methods, {name: _without(sheets, k, method) for k, name in enumerate(sheets.judges)})


def first_three(sheets: Sheets, scores: Floats) -> tuple[str, ...]:
    """Names of the three highest scores, best first."""
    return tuple(sheets.entrants[k] for k in np.argsort(-scores, kind="stable")[:FIRST])


def _without(sheets: Sheets, judge: int, method: Method) -> tuple[str, ...] | None:
    rest = sheets.without_judge(judge)
    if len(rest.judges) < 2 or len(rest.entrants) < 2 or len(panels(rest)) > 1 or not np.ptp(rest.value):
        return None
    return first_three(rest, apply(method, rest, components(rest)).fit.scores)
