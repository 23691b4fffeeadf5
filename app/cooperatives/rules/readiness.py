"""Digital readiness: answers to versioned indicators, a share of points, a level."""

from __future__ import annotations

import enum
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

FIXTURE = Path(__file__).parent.parent / "fixtures" / "digital_readiness.toml"
MOST_POINTS: Final = 2  # of one indicator: no, partly, yes
YEARLY_TARGET: Final = 40  # cooperatives that become digital in a year (the neighbouring city's)


class Level(enum.StrEnum):
    """How digital a cooperative works."""

    DIGITAL = "digital"
    BEGINNING = "beginning"
    CONVENTIONAL = "conventional"


@dataclass(frozen=True, slots=True)
class IndicatorSet:
    """One version: indicators as code and question, levels by the least share in percent, the highest first."""

    code: str
    source: str
    indicators: tuple[tuple[str, str], ...]
    levels: tuple[tuple[int, Level], ...]


@lru_cache(maxsize=1)
def indicator_sets() -> tuple[IndicatorSet, ...]:
    """All versions, the present one last (fixtures/digital_readiness.toml)."""
    with FIXTURE.open("rb") as file:
        found = tomllib.load(file)["versions"]
    return tuple(
        IndicatorSet(
            one["code"], one["source"], tuple((i["code"], i["text"]) for i in one["indicators"]),
            tuple((level["from"], Level(level["value"])) for level in one["levels"]),
        )
        for one in found
    )  # fmt: skip


def indicator_set(code: str | None = None) -> IndicatorSet:
    """A version by its code, or the present one. KeyError where there is none."""
    sets = indicator_sets()
    return sets[-1] if code is None else {one.code: one for one in sets}[code]


def share(answers: Mapping[str, int], of: IndicatorSet) -> int:
    """The share of points in whole percent, rounded down, so that nobody reaches a level by rounding.

    ValueError when an answer is missing, unknown, or not 0, 1 or 2.
    """
    if set(answers) != {code for code, _text in of.indicators}:
        raise ValueError("every indicator needs an answer")
    if any(not 0 <= points <= MOST_POINTS for points in answers.values()):
        raise ValueError("an answer is 0, 1 or 2")
    return sum(answers.values()) * 100 // (MOST_POINTS * len(of.indicators))


def written(answers: Mapping[str, int]) -> str:
    """Answers in one cell: ``bookkeeping=2 members=1``. ``answers_of`` reads it back."""
    return " ".join(f"{code}={points}" for code, points in answers.items())


def answers_of(text: str, of: IndicatorSet) -> dict[str, int]:
    """Answers from one cell. ValueError as ``share``, or when it is written differently."""
    pairs = [pair.split("=") for pair in re.split(r"[\s,;]+", text.strip()) if pair]
    if any(len(pair) != 2 or pair[1] not in ("0", "1", "2") for pair in pairs):
        raise ValueError("written as code=0, 1 or 2")
    answers = {code: int(points) for code, points in pairs}
    if len(answers) < len(pairs):
        raise ValueError("an indicator is answered twice")
    share(answers, of)
    return answers


def level(percent: int, of: IndicatorSet) -> Level:
    """The level of a share in percent."""
    return next(value for least, value in of.levels if percent >= least)
