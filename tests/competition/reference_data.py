"""The reference data with published results, as sheets."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from app.competition.rules.sheets import Sheets

FOLDER = Path(__file__).with_name("reference")


def published(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sheets(
    name: str, entrant: str, judge: str, value: str, kept: Callable[[dict[str, str]], bool] = lambda row: True
) -> Sheets:
    found = [row for row in rows(name) if kept(row)]
    entrants, judges = (sorted({row[column] for row in found}) for column in (entrant, judge))
    return Sheets(
        tuple(entrants), tuple(judges), np.array([entrants.index(row[entrant]) for row in found]),
        np.array([judges.index(row[judge]) for row in found]), np.array([float(row[value]) for row in found]),
    )  # fmt: skip


def penicillin() -> Sheets:
    return sheets("penicillin", "sample", "plate", "diameter")


def princeton(flight: str) -> Sheets:
    return sheets("princeton_2012", "wine", "judge", "score", lambda row: row["flight"] == flight)


def shrout_fleiss() -> Sheets:
    return sheets("shrout_fleiss_1979", "target", "judge", "score")


def made(table: list[list[float | None]]) -> Sheets:
    """Sheets of a table entrants × judges, None where there is no sheet."""
    found = [(e, j, v) for e, row in enumerate(table) for j, v in enumerate(row) if v is not None]
    entrant, judge, value = zip(*found, strict=True)
    return Sheets(
        tuple(f"E{k}" for k in range(len(table))), tuple(f"J{k}" for k in range(len(table[0]))),
        np.array(entrant), np.array(judge), np.array(value, dtype=float),
    )  # fmt: skip


def drawn(seed: int, entrants: int, judges: int, filled: float = 1.0, noise: float = 0.5) -> Sheets:
    """A made-up competition; connected where ``filled`` is not too small."""
    chance = np.random.default_rng(seed)
    quality, severity = chance.normal(0, 0.6, entrants), chance.normal(0, 0.45, judges)
    entrant, judge = np.nonzero(chance.random((entrants, judges)) < filled)
    value = 3 + quality[entrant] + severity[judge] + chance.normal(0, noise, len(entrant))
    return Sheets(
        tuple(f"E{k:04}" for k in range(entrants)), tuple(f"J{k:04}" for k in range(judges)), entrant, judge, value
    )
