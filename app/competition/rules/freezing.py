"""Criteria and weights before judging: whether they are whole, and the fingerprint by which they are frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

WHOLE = 10_000  # hundredths of a percent
ROUNDED = 10  # 33.33 three times still sums well enough; as ``weights.ROUNDED``
MOST_CRITERIA = 40
MOST_LEVELS = 11


@dataclass(frozen=True, slots=True)
class CriterionFacts:
    """All that is frozen of a criterion. ``category``: None where it holds for all."""

    stage: int
    category: str | None
    code: str
    name: str
    weight: int
    scale_min: int
    scale_max: int
    levels: tuple[tuple[int, str], ...]
    evidence: str

    @property
    def allowed(self) -> tuple[int, ...]:
        """Every score that may be given, ascending."""
        if self.levels:
            return tuple(sorted(score for score, _words in self.levels))
        return tuple(range(self.scale_min, self.scale_max + 1))


def weights_hash(criteria: Iterable[CriterionFacts], tie_chain: Sequence[str], method: str, seed: int) -> str:
    """SHA-256 over the criteria in a fixed order, the tie rule, the method and the seed: all that decides."""
    rows: list[dict[str, Any]] = sorted(
        (asdict(one) for one in criteria), key=lambda row: (row["stage"], row["category"] or "", row["code"])
    )
    facts = {"criteria": rows, "tie_chain": list(tie_chain), "method": method, "seed": seed}
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def of_sheet(criteria: Iterable[CriterionFacts], stage: int, category: str) -> list[CriterionFacts]:
    """What stands on a sheet of this stage and category."""
    return [one for one in criteria if one.stage == stage and one.category in (None, category)]


def weights_whole(criteria: Iterable[CriterionFacts]) -> bool:
    """Whether the weights of one sheet sum to 100 % but for rounding."""
    return abs(sum(one.weight for one in criteria) - WHOLE) <= ROUNDED


@dataclass(frozen=True, slots=True)
class Unready:
    """Why judging cannot begin: a code and the blanks of its sentence."""

    code: str
    values: tuple[tuple[str, str | int], ...] = ()


def not_ready(
    criteria: Sequence[CriterionFacts], stages: Sequence[int], categories: Sequence[str], tie_chain: Sequence[str]
) -> list[Unready]:
    """All that stands between these criteria and judging; empty when nothing does."""
    found: list[Unready] = []
    if not stages:
        found.append(Unready("no_stage"))
    if not categories:
        found.append(Unready("no_category"))
    for stage in stages:
        for category in categories:
            sheet = of_sheet(criteria, stage, category)
            if not sheet:
                found.append(Unready("no_criterion", (("stage", stage), ("category", category))))
            elif not weights_whole(sheet):
                total = f"{sum(one.weight for one in sheet) / 100:g}"
                found.append(Unready("weights", (("stage", stage), ("category", category), ("total", total))))
    known = {one.code for one in criteria}
    found += [Unready("tie_chain", (("criterion", code),)) for code in tie_chain if code not in known]
    return found
