"""Weights of criteria, and the scale that scores must lie on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.competition.rules.faults import Fault, Refused
from app.competition.rules.tables import number, table

ROUNDED = 0.001  # percentages rounded to one decimal (33.3 three times) still sum well enough


@dataclass(frozen=True)
class Scale:
    """The lowest and the highest score there is."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise Refused(Fault.SCALE, low=f"{self.low:g}", high=f"{self.high:g}")


def read_weights(raw: bytes) -> dict[str, float]:
    """Parse a CSV with columns criterion and weight; weights are positive and sum to 100 or to 1."""
    weights: dict[str, float] = {}
    for line, cells in table(raw, ("criterion", "weight")):
        name, text = cells["criterion"].strip(), cells["weight"].strip().removesuffix("%").rstrip()
        if not name:
            raise Refused(Fault.NAME, row=line, column="criterion")
        if name in weights:
            raise Refused(Fault.DUPLICATE, row=line, judge="", entrant="", criterion=name)
        value = number(text)
        if value is None:
            raise Refused(Fault.NOT_A_NUMBER, row=line, text=text[:40])
        if value <= 0:
            raise Refused(Fault.NOT_POSITIVE, criterion=name, weight=f"{value:g}")
        weights[name] = value
    if not weights:
        raise Refused(Fault.EMPTY)
    return normalised(weights)


def normalised(weights: dict[str, float]) -> dict[str, float]:
    """The same weights summing to exactly 1; refused unless they sum to 100 or to 1 but for rounding."""
    total = sum(weights.values())
    if not any(abs(total - whole) <= whole * ROUNDED * (1 + 1e-9) for whole in (1.0, 100.0)):
        raise Refused(Fault.WRONG_SUM, total=f"{total:g}")
    return {name: weight / total for name, weight in weights.items()}


def for_criteria(criteria: Iterable[str], weights: dict[str, float] | None) -> dict[str, float]:
    """Weights of exactly these criteria, equal where none were given."""
    names = list(criteria)
    if weights is None:
        return dict.fromkeys(names, 1 / len(names))
    for name in names:
        if name not in weights:
            raise Refused(Fault.NO_WEIGHT, criterion=name)
    for name in weights:
        if name not in names:
            raise Refused(Fault.UNUSED_WEIGHT, criterion=name)
    return weights
