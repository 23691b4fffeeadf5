"""The methods by name, and what each gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.competition.rules.fit import Fit
from app.competition.rules.noise import JudgeNoise, noise_weighted
from app.competition.rules.reml import Components
from app.competition.rules.robust import huber
from app.competition.rules.sheets import Sheets
from app.competition.rules.shrunk import mixed, plain, shrunk


class Method(StrEnum):
    """How scores come out of sheets; the first is the default."""

    SHRUNK = "shrunk"
    MEAN = "mean"
    HUBER = "huber"
    NOISE_WEIGHTED = "noise-weighted"
    MIXED = "mixed"


@dataclass(frozen=True)
class Outcome:
    """A fit, whether its search settled, and the scale that ``huber`` used (0 for others)."""

    fit: Fit
    settled: bool = True
    scale: float = 0.0


def apply(method: Method, sheets: Sheets, variances: Components, noise: JudgeNoise | None = None) -> Outcome:
    """The scores of a method; ``noise`` where it has been found already."""
    if method is Method.MEAN:
        return Outcome(plain(sheets, variances))
    if method is Method.MIXED:
        return Outcome(mixed(sheets, variances))
    if method is Method.HUBER:
        robust = huber(sheets, variances)
        return Outcome(robust.fit, robust.settled, robust.scale)
    if method is Method.NOISE_WEIGHTED:
        found = noise or noise_weighted(sheets, variances)
        return Outcome(found.fit, found.settled)
    return Outcome(shrunk(sheets, variances))
