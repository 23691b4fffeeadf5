"""The table of results, as text for the terminal and as ``docs/performance.md``."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

HEADINGS = ("what", "at least", "aim", "floor", "ours", "ratio", "verdict", "measured by")


@dataclass(frozen=True)
class Row:
    """One line. ``judged`` is compared with the two bounds: the ratio where they speak of it, else ours.

    ``measured_by`` names functions of ``bench`` or tests, as ``path::name``.
    """

    what: str
    at_least: float
    aim: float | None
    ours: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    smaller_is_better: bool = False
    measured_by: tuple[str, ...] = ()

    @property
    def judged(self) -> float:
        """What the bounds speak of."""
        return self.ours if self.ratio is None else self.ratio

    @property
    def verdict(self) -> str:
        """``aim``, ``met``, or how much is missing."""
        if self.aim is not None and self._within(self.aim):
            return "aim"
        if self._within(self.at_least):
            return "met"
        return f"misses by {abs(self.judged / self.at_least - 1):.0%}"

    def _within(self, bound: float) -> bool:
        return self.judged <= bound if self.smaller_is_better else self.judged >= bound

    def cells(self) -> list[str]:
        """The line as it is printed."""
        bound = "" if self.ratio is not None else f" {self.unit}".rstrip()
        ratio = self.ours / self.floor if self.ratio is None and self.floor else self.ratio
        return [
            self.what, f"{self.at_least:g}{bound}", "" if self.aim is None else f"{self.aim:g}{bound}",
            "" if self.floor is None else f"{_rounded(self.floor)} {self.unit}",
            f"{_rounded(self.ours)} {self.unit}".rstrip(), "" if ratio is None else f"{ratio:.2f}",
            self.verdict, ", ".join(f"`{name}`" for name in self.measured_by),
        ]  # fmt: skip


def _rounded(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def side_by_side(what: str, at_least: float, aim: float, floor: Sequence[float], ours: Sequence[float]) -> Row:
    """A line of two rates (per second) and their ratio, medians of the runs."""
    bare, mine = statistics.median(floor), statistics.median(ours)
    return Row(what, at_least, aim, mine, "/s", bare, mine / bare)


def table(rows: Iterable[Row]) -> str:
    """A Markdown table with aligned columns."""
    lines = [list(HEADINGS), *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    written = ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in lines]
    written.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(written)


def machine() -> dict[str, str]:
    """What the numbers depend on."""
    packages = ("granian", "Flask", "SQLAlchemy", "psycopg", "pydantic")
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 1e9:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        **{package: version(package) for package in packages},
        "SQLite": sqlite3.sqlite_version,
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


PAGE = """\
# Performance

Written by `make bench`; do not edit by hand. Application and floor are measured in turn within one run, on the same
machine, server, database and client. The floor is a Flask application with one route that inserts one row through
SQLAlchemy and commits, and one that says hello (`bench/floor.py`). Numbers are medians of {runs} runs of
{seconds:g} seconds; the ratio is ours by the floor. *met* is at least what was asked, *aim* what was hoped for.
The last column names what measures a line, and the test that fails when there are more statements.

## Machine

{machine}

## Results

{results}
{details}
## What stands in the way where a line misses

On PostgreSQL every statement is a round trip (about 80 µs of sending alone): six for a scan, eleven for a sign-up,
against three of the floor. And whoever signs up holds the row of the slot (and the counter of bib numbers) until
the commit is on the disk, so that places are never given twice: with all in one slot, as here, they go one after
the other. Profiles: `bench/profiles/`.

## How it is measured

`make bench` on a machine that does nothing else. It needs Chromium and the server programs of PostgreSQL, takes ten
minutes, talks to this machine only and stops all it starts. `make bench ARGS="--database sqlite --only check-in"`
measures a part, and then leaves this file alone.

- Server: `pekan serve` as in production, {workers} granian processes and the outbox worker; rate limits off.
  SQLite in WAL with `synchronous=FULL`; PostgreSQL as installed, with `fsync` on.
- Client: one process, raw sockets, kept-alive connections, prepared requests (`bench/client.py`); it used at most
  {client:.0%} of one core. Every answer is checked; where one is not as expected nothing is written.
- Check-in: every request carries one scan of a signed QR code that this gate has not seen, so all are admitted.
- Sign-up: every request is a new person under a new number, all for one slot; on the page a browser without cookies
  asks for the form (as old as the schedule page may be, 2 s, but for its tokens), sends it, and follows to the page
  with the ticket.
- Open loop: latency counts from the moment a scan was due, not from when a connection was free.
- Pages: all that Chromium loads on a first visit at 360 x 740, headers too, brotli where the server offers it.
- Memory: PSS of all processes after the load above. Cold start: from starting the command to the first page, with
  the database in place.
"""


def rush_tables(page: str) -> list[str]:
    """The three tables of ``docs/rush.md`` as it stands."""
    sections = page.split("\n## ")[1:]
    return ["\n".join(line for line in section.splitlines() if line.startswith("|")) for section in sections]


def with_new_rows(old: str, new: str, key: int) -> str:
    """A table with the rows of another put in by their first ``key`` cells; what was not measured again stays."""

    def parts(table: str) -> tuple[list[str], dict[tuple[str, ...], str]]:
        lines = table.splitlines()
        return lines[:2], {tuple(cell.strip() for cell in line.split("|")[1 : key + 1]): line for line in lines[2:]}

    (head, rows), (_head, before) = parts(new), parts(old)
    merged = before | rows
    return "\n".join([*head, *(merged[name] for name in sorted(merged, key=lambda name: name[0] != "SQLite"))])


def rush_page(rush: str, faults: str, growth: str) -> str:
    """``docs/rush.md``."""
    head = "\n".join(f"| {name} | {value} |" for name, value in machine().items())
    return f"""# The morning sign-up opens

Written by `make bench-rush`; do not edit by hand. Server (as `pekan serve` starts it), database and crowd share one
machine.

| | |
|---|---|
{head}

## Ten thousand people, one thousand places

After 5,000 views of the countdown people arrive at random moments within 60 seconds, whatever the server does. Each
asks for the form, sends it, and follows to the page it leads to; half would wait. Latencies are of single requests,
from the moment each was due. *Out of order*: of the first thousand forms sent, how many got no place because a
later one did.

{rush}

On PostgreSQL this load nearly fills both cores, so the machine's own speed shows in the slowest answers: four runs
on one day had a p99 of 0.21, 0.38, 0.42 and 0.75 s.

## kill -9 in the middle

Half as many a second for 20 seconds, because every answer is a mail too, and a kill -9 at a random moment. Who gets
no answer or a 5xx sends the same again.

{faults}

## A full database

Medians of one person after the other, from asking for the form to the page with the tickets; between two of them
a page that reads no registration. Growth is that of the ratio to it: the machine's own speed changes by half.

{growth}
"""
