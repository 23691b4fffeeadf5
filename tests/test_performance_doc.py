"""``docs/performance.md`` has every line that was asked for, its arithmetic holds, and what it names exists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.report import HEADINGS, PAGE, Row, side_by_side, table
from tests.test_security_doc import defined_in

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "performance.md").read_text("utf-8")
DATABASES = ("SQLite", "PostgreSQL")

# What was asked, at least and aim: a ratio to the floor where the line has a rate, else ours in this unit.
BY_RATIO = {
    "check-in, one scan a request, 8 clients": ("0.45", "0.55"),
    "sign-up of one person through JSON, 8 clients": ("0.3", "0.4"),
    "sign-up through the page, complete ones, 8 clients": ("0.1", "0.15"),
    "schedule page, beside hello, 8 clients": ("0.4", "0.6"),
}
BY_VALUE = {
    "SQL statements, check-in": ("6", ""),
    "SQL statements, JSON sign-up": ("10", ""),
    "SQL statements, whole page sign-up": ("15", ""),
    "5,000 scans uploaded in batches of 500": ("6 s", "4 s"),
    "memory (PSS), two workers and the outbox worker": ("220 MB", "160 MB"),
    "cold start to the first page": ("2 s", "1 s"),
}
TAILS = {"SQLite": "p99 of check-in, 32 clients", "PostgreSQL": "p99 of check-in, 200 scans/s, open loop"}
PAGES = tuple(f"page with all it loads, {page}" for page in ("schedule", "sign-up", "tickets of four"))


@dataclass(frozen=True)
class Line:
    """A line as it is printed."""

    what: str
    at_least: str
    aim: str
    floor: str
    ours: str
    ratio: str
    verdict: str
    measured_by: tuple[str, ...]


def lines_of(text: str) -> list[Line]:
    """The lines of the first table of results in a text."""
    cells = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    start = next(n for n, row in enumerate(cells) if row[0] == HEADINGS[0])
    assert tuple(cells[start]) == HEADINGS
    return [
        Line(*row[:7], tuple(re.findall(r"`([^`]+)`", row[7])))
        for row in cells[start + 1 :]
        if len(row) == len(HEADINGS)
    ]


def results(text: str, database: str) -> dict[str, Line]:
    """The lines of a database by what they are about."""
    section = text.partition(f"### {database}\n")[2].partition("\n### ")[0]
    return {line.what: line for line in lines_of(section)}


def number(written: str) -> float:
    """``1,332 /s`` as 1332."""
    return float(written.split()[0].replace(",", ""))


def rounding(written: str) -> float:
    """By how much the number behind ``1,332`` or ``8.44`` may differ from what is written."""
    decimals = len(written.split()[0].partition(".")[2])
    return 0.5 * 10.0**-decimals


def off(line: Line) -> float:
    """By how much the ratio differs from ours by the floor, beyond what rounding explains."""
    floor, ours = number(line.floor), number(line.ours)
    share = rounding(line.floor) / floor + rounding(line.ours) / ours
    return abs(number(line.ratio) - ours / floor) - ours / floor * share * 1.1 - rounding(line.ratio)


def verdict(line: Line) -> str:
    """What the bounds make of the line."""
    by_ratio = line.what in BY_RATIO
    judged = number(line.ratio if by_ratio else line.ours)

    def within(bound: str) -> bool:
        return judged >= number(bound) if by_ratio else judged <= number(bound)

    if line.aim and within(line.aim):
        return "aim"
    return "met" if within(line.at_least) else "misses"


@pytest.mark.parametrize("database", DATABASES)
def test_every_line_that_was_asked_for_is_there(database: str) -> None:
    found = results(TEXT, database)
    asked = BY_RATIO | BY_VALUE | {TAILS[database]: ("100 ms", "60 ms")}
    assert {what: (found[what].at_least, found[what].aim) for what in asked} == asked
    assert [what for what in (*BY_RATIO, TAILS[database]) if not (found[what].floor and found[what].ratio)] == []
    for line in found.values():
        assert number(line.ours) > 0


def test_pages_are_weighed_once() -> None:
    """No database has a part in what a browser loads."""
    found = results(TEXT, "SQLite") | results(TEXT, "PostgreSQL")
    assert {found[page].at_least + found[page].aim for page in PAGES} == {"30 kB15 kB"}


@pytest.mark.parametrize("database", DATABASES)
def test_ratios_and_verdicts_follow_from_the_numbers(database: str) -> None:
    lines = results(TEXT, database).values()
    assert [line for line in lines if line.ratio and off(line) > 0] == []
    assert [line for line in lines if not line.verdict.startswith(verdict(line))] == []


@pytest.mark.parametrize("database", DATABASES)
def test_what_is_named_exists(database: str) -> None:
    for line in results(TEXT, database).values():
        assert line.measured_by, line.what
        for name in line.measured_by:
            path, _colons, function = name.partition("::")
            assert (ROOT / path).is_file(), name
            assert function in defined_in(path), name
        if line.what.startswith("SQL statements"):
            assert any(name.startswith("tests/") for name in line.measured_by), line.what


def test_the_machine_is_named() -> None:
    for part in ("processor", "memory", "Python", "granian", "Flask", "SQLAlchemy", "SQLite", "PostgreSQL"):
        assert re.search(rf"^\| {part} +\| \S", TEXT, re.MULTILINE), part


# --- the report itself, with figures made up

RATE = side_by_side("rate", 0.45, 0.55, [1300.0, 1332.4, 1400.0], [500.0, 508.2, 900.0])
TAIL = Row("tail", 100, 60, 137.2, "ms", floor=114.6, smaller_is_better=True, measured_by=("a.py::b", "c.py::d"))
PLAIN = Row("plain", 6, None, 6, "", smaller_is_better=True)


def test_a_rate_is_judged_by_its_ratio() -> None:
    assert RATE.cells() == ["rate", "0.45", "0.55", "1,332 /s", "508 /s", "0.38", "misses by 15%", ""]
    assert side_by_side("", 0.3, 0.4, [100], [35]).verdict == "met"
    assert side_by_side("", 0.3, 0.4, [100], [40]).verdict == "aim"


def test_a_duration_is_judged_by_itself_and_its_ratio_is_shown() -> None:
    assert TAIL.cells() == [
        "tail", "100 ms", "60 ms", "115 ms", "137 ms", "1.20", "misses by 37%", "`a.py::b`, `c.py::d`"
    ]  # fmt: skip
    assert Row("", 100, 60, 60, "ms", smaller_is_better=True).verdict == "aim"


def test_a_count_has_no_aim_and_no_floor() -> None:
    assert PLAIN.cells() == ["plain", "6", "", "", "6", "", "met", ""]


def test_what_is_written_can_be_read_again() -> None:
    page = PAGE.format(
        runs=3, seconds=5.0, workers=2, client=0.6, machine="| | |\n|---|---|\n| Python | 3.11 |",
        results=f"### SQLite\n\n{table([RATE, TAIL])}\n\n### PostgreSQL\n\n{table([PLAIN])}\n",
        details="### What is loaded\n\n| what | bytes |\n|---|---|\n| the page | 3,227 |\n",
    )  # fmt: skip
    assert list(results(page, "SQLite")) == ["rate", "tail"]
    assert list(results(page, "PostgreSQL")) == ["plain"]
    assert results(page, "SQLite")["tail"].measured_by == ("a.py::b", "c.py::d")
    assert all(off(line) <= 0 for line in results(page, "SQLite").values())


def test_a_wrong_ratio_is_found() -> None:
    wrong = Line("rate", "0.45", "0.55", "1,332 /s", "508 /s", "0.40", "misses by 15%", ())
    assert off(wrong) > 0
