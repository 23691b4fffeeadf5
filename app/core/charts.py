"""Column charts as plain numbers for an SVG; the template draws them, so that colours stay in the style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 320, 88  # units of the viewBox, the same for every chart, so that its words keep their size
MOST_TICKS = 6
_WIDEST, _SHARE = 26.0, 0.78  # a column's width at most, and of its place


@dataclass(frozen=True, slots=True)
class Column:
    """One bar: its corner, size and what it stands for. A count above nothing is never drawn as nothing."""

    x: float
    y: int
    width: float
    height: int
    count: int
    label: str
    ticked: bool  # its label is written below


def columns(counts: Sequence[int], labels: Sequence[str], most: int) -> list[Column]:
    """Bars of counts on a common scale up to ``most``, so that several beside each other can be compared.

    They stand on ``HEIGHT``, in a viewBox of ``WIDTH`` and room for words below.
    """
    place = min(_WIDEST, (WIDTH - 24) / max(len(counts), 1))  # the last label needs room behind its bar
    every = max(2, -(-len(counts) // MOST_TICKS))
    made = []
    for number, (count, label) in enumerate(zip(counts, labels, strict=True)):
        height = max(2, round(count / max(most, 1) * HEIGHT)) if count else 0
        x, width = round(number * place, 1), round(place * _SHARE, 1)
        made.append(Column(x, HEIGHT - height, width, height, count, label, number % every == 0))
    return made
