"""The health grade: aspect scores weighted to a total, the total against thresholds. Both are versioned data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.cooperatives.rules.codes import StatusValue

FIXTURE = Path(__file__).parent.parent / "fixtures" / "health_paper.toml"


@dataclass(frozen=True, slots=True)
class HealthPaper:
    """One version. ``weights`` in percent by aspect; ``grades``: least total in hundredths, the highest first."""

    code: str
    source: str
    weights: Mapping[str, int]
    grades: tuple[tuple[int, StatusValue], ...]


@lru_cache(maxsize=1)
def health_papers() -> tuple[HealthPaper, ...]:
    """All versions, the present one last (fixtures/health_paper.toml)."""
    with FIXTURE.open("rb") as file:
        found = tomllib.load(file)["versions"]
    return tuple(
        HealthPaper(
            one["code"], one["source"], dict(one["weights"]),
            tuple((grade["from"] * 100, StatusValue(grade["value"])) for grade in one["grades"]),
        )
        for one in found
    )  # fmt: skip


def health_paper(code: str | None = None) -> HealthPaper:
    """A version by its code, or the present one. KeyError where there is none."""
    papers = health_papers()
    return papers[-1] if code is None else {paper.code: paper for paper in papers}[code]


def total(aspects: Mapping[str, int], paper: HealthPaper) -> int:
    """The weighted total of all aspects in hundredths, half a hundredth up; what is shown is what is graded.

    Aspects are 0 to 10,000 (hundredths of 0 to 100). ValueError when one is missing, unknown or outside.
    """
    if set(aspects) != set(paper.weights):
        raise ValueError("every aspect needs a score")
    if any(not 0 <= score <= 10_000 for score in aspects.values()):
        raise ValueError("a score is 0 to 100")
    weighted = sum(aspects[name] * weight for name, weight in paper.weights.items())
    return (2 * weighted + 100) // 200


def grade(total_: int, paper: HealthPaper) -> StatusValue:
    """The grade of a total in hundredths (Permenkop 9/2020: sehat from 80, and so on)."""
    if not 0 <= total_ <= 10_000:
        raise ValueError("a total is 0 to 100")
    return next(value for least, value in paper.grades if total_ >= least)
