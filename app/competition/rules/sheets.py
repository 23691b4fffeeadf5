"""Score sheets: one number a judge and entrant, the weighted mean of the criteria."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Sheets:
    """``n`` sheets: sheet ``k`` is what ``judges[judge[k]]`` gave ``entrants[entrant[k]]``, in points.

    A pair of judge and entrant occurs at most once.
    """

    entrants: tuple[str, ...]
    judges: tuple[str, ...]
    entrant: Ints
    judge: Ints
    value: Floats

    @property
    def size(self) -> tuple[int, int]:
        """Entrants, judges."""
        return len(self.entrants), len(self.judges)

    @cached_property
    def given(self) -> Floats:
        """Entrants × judges: 1 where there is a sheet, else 0."""
        table = np.zeros(self.size)
        table[self.entrant, self.judge] = 1.0
        return table

    @cached_property
    def table(self) -> Floats:
        """Entrants × judges: the values, 0 where there is no sheet."""
        table = np.zeros(self.size)
        table[self.entrant, self.judge] = self.value
        return table

    @cached_property
    def per_entrant(self) -> Ints:
        """Sheets of each entrant."""
        return np.bincount(self.entrant, minlength=len(self.entrants))

    @cached_property
    def per_judge(self) -> Ints:
        """Sheets of each judge."""
        return np.bincount(self.judge, minlength=len(self.judges))

    @property
    def complete(self) -> bool:
        """Every judge judged every entrant."""
        return len(self.value) == len(self.entrants) * len(self.judges)

    @cached_property
    def means(self) -> Floats:
        """Plain mean of each entrant, in points."""
        return np.bincount(self.entrant, self.value, len(self.entrants)) / np.maximum(self.per_entrant, 1)

    def without_judge(self, judge: int) -> Sheets:
        """The same without one judge; entrants whom only that judge saw are left out too."""
        kept = self.judge != judge
        seen, entrant = np.unique(self.entrant[kept], return_inverse=True)
        index = self.judge[kept]
        return Sheets(
            tuple(self.entrants[i] for i in seen), self.judges[:judge] + self.judges[judge + 1 :],
            entrant.astype(np.int64), np.where(index > judge, index - 1, index), self.value[kept],
        )  # fmt: skip

    def with_values(self, value: Floats) -> Sheets:
        """The same sheets with other numbers on them."""
        return replace(self, value=value)
