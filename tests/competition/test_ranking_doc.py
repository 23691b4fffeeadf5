"""``docs/ranking.md`` says what its simulation found, and names what exists."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "ranking.md").read_text("utf-8")
SUMMARY = json.loads((ROOT / "docs" / "pictures" / "ranking-simulation.json").read_text("utf-8"))

# What was asked.
WANTED = [
    ("linked", "shrunk", "first three found", "top3", 0.60),
    ("linked", "shrunk", "Kendall's tau", "tau", 0.69),
    ("panels by quality", "shrunk", "Kendall's tau", "tau", 0.66),
    ("complete, a rogue", "noise-weighted", "first three found", "top3", 0.70),
    ("two stages", "shrunk", "first found", "top1", 0.66),
]


def test_a_thousand_seeds() -> None:
    assert SUMMARY["seeds"] == 1000


@pytest.mark.parametrize(("design", "method", "words", "figure", "least"), WANTED)
def test_every_line_that_was_asked_for(design: str, method: str, words: str, figure: str, least: float) -> None:
    line = re.search(
        rf"^\| {re.escape(design)} \| {method} \| {words} \| {least:.2f} \| ([\d.]+) ± [\d.]+ \| (.*) \|$",
        TEXT,
        re.M,
    )
    assert line, (design, method, words)
    value = SUMMARY["designs"][design][method][figure]
    assert float(line[1]) == pytest.approx(value, abs=6e-4)
    assert (line[2] == "reached") == (value >= least)


def test_pictures_and_files_exist() -> None:
    for name in re.findall(r"\]\((pictures/[\w.-]+)\)", TEXT):
        picture = (ROOT / "docs" / name).read_text("utf-8")
        assert picture.startswith("<svg ")
        assert "NaN" not in picture
    for name in re.findall(r"`rules/(\w+\.py)`", TEXT):
        assert (ROOT / "app" / "competition" / "rules" / name).exists(), name
    assert "TIMES" not in TEXT
