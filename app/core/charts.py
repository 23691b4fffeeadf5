"""Column charts as plain numbers for an SVG; the template draws them, so that colours stay in the style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

COLUMN, GAP, HEIGHT = 20, 6, 88  # units of the viewBox


@dataclass(frozen=True, slots=True)
class Column:
    """One bar: its corner, size and what it stands for. A count above nothing is never drawn as nothing."""

    x: int
    y: int
    height: int
    count: int
    label: str
    ticked: bool  # its label is written below


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars in a viewBox of ``width`` by ``height``; the line they stand on is at ``base``."""

    columns: tuple[Column, ...]
    width: int
    base: int
    most: int


def columns(counts: Sequence[int], labels: Sequence[str], most: int, *, tick_every: int = 4) -> Chart:
    """A chart of counts on a common scale up to ``most``, so that several beside each other can be compared."""
    top = max(most, 1)
    made = []
    for number, (count, label) in enumerate(zip(counts, labels, strict=True)):
        height = max(2, round(count / top * HEIGHT)) if count else 0
        x = GAP // 2 + number * (COLUMN + GAP)
        made.append(Column(x, HEIGHT - height, height, count, label, number % tick_every == 0))
    return Chart(tuple(made), len(made) * (COLUMN + GAP), HEIGHT, top)
