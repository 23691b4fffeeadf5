"""Where the marks of a picture of intervals go. Templates draw them as SVG; no styles, no script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 1000  # of the drawing; the page stretches it
NINETY: Final = 1.645  # standard errors to each side that hold nine times out of ten (normal)


@dataclass(frozen=True, slots=True)
class Interval:
    """Marks of one entrant, 0 to ``WIDTH`` from the left: the range, the corrected score, the plain mean."""

    low: int
    high: int
    score: int
    mean: int


@dataclass(frozen=True, slots=True)
class Picture:
    """``lowest`` and ``highest``: the scores at both ends, in points; ``by_entrant``: the marks by name."""

    lowest: float
    highest: float
    by_entrant: dict[str, Interval]


def intervals(lines: Sequence[Mapping[str, Any]]) -> Picture:
    """All entrants on one scale that holds every mark. ``lines`` as ``pekan rank`` gives; ValueError for none."""
    ends = [(line["score"] - NINETY * line["se"], line["score"] + NINETY * line["se"]) for line in lines]
    marks = [mark for pair in ends for mark in pair] + [line["mean"] for line in lines]
    lowest, highest = min(marks), max(marks)
    step = _step(highest - lowest)
    lowest, highest = math.floor(lowest / step) * step, math.ceil(highest / step) * step
    span = (highest - lowest) or 1.0

    def at(value: float) -> int:
        return round((value - lowest) / span * WIDTH)

    return Picture(
        lowest, highest,
        {
            line["entrant"]: Interval(at(low), at(high), at(line["score"]), at(line["mean"]))
            for line, (low, high) in zip(lines, ends, strict=True)
        },
    )  # fmt: skip


def _step(span: float) -> float:
    """A round number (1, 2 or 5 times a power of ten) of which a dozen hold the span."""
    if span <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(span / 12))
    return next(size * times for times in (1.0, 2.0, 5.0, 10.0) if size * times * 12 >= span * (1 - 1e-9))
