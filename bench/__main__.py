"""``python -m bench``: measure everything, print the table, write ``docs/performance.md``."""

from __future__ import annotations

import argparse
import logging
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import config
from bench import measure, report, servers, town
from bench.client import UnexpectedAnswerError
from bench.report import Row
from tests.postgres import postgresql

DATABASES = ("sqlite", "postgresql")
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
ONCE = ("weights",)  # no database has a part in it
PAGE = config.ROOT / "docs" / "performance.md"


@contextmanager
def database(kind: str, instance: Path) -> Iterator[tuple[str, str]]:
    """Address and version of an empty database, gone at the end."""
    if kind == "sqlite":
        yield f"sqlite:///{instance / 'pekan.sqlite3'}", ""
        return
    with postgresql(fsync=True) as server:
        yield server.create_database("pekan_bench"), server.binaries.parent.name


def measured(kind: str, wanted: list[str], options: argparse.Namespace) -> tuple[list[Row], measure.Bench, str]:
    """All lines of one database."""
    with tempfile.TemporaryDirectory(prefix="pekan-bench-") as folder:
        instance = Path(folder)
        with database(kind, instance) as (url, number):
            settings = config.Settings(
                instance=instance, database_url=url, secret_key=secrets.token_hex(32).encode(),
                ticket_key=secrets.token_bytes(32), ratelimit_enabled=False,
            )  # fmt: skip
            measure.say(f"{TITLES[kind]}: preparing")
            made = town.build(settings, tickets=options.tickets, gates=4 * options.runs + 4)
            rows = []
            if "cold-start" in wanted:
                rows += measure.named(measure.cold_start, measure.cold_start(settings, options.runs))
            with servers.application(settings) as ours, servers.floor(settings) as floor:
                bench = measure.Bench(TITLES[kind], settings, made, ours, floor, options.runs, options.seconds)
                for name, group in measure.GROUPS.items():
                    if name in wanted and not (name in ONCE and kind != options.databases[0]):
                        try:
                            rows += measure.named(group, group(bench))
                        except (UnexpectedAnswerError, OSError) as fault:
                            bench.broken.append(f"{bench.name}, {name}: {fault}")
                if options.hold:
                    input(f"ours: pid {ours.pid}, port {ours.port}; Enter ends ")
            return rows, bench, number


def main() -> None:
    """Entry of ``make bench``."""
    names = [*measure.GROUPS, "cold-start"]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--database", choices=DATABASES, action="append", dest="databases", help="both unless told")
    parser.add_argument("--only", choices=names, action="append", help="measure a part and write no file")
    parser.add_argument("--runs", type=int, default=3, help="runs a number is the median of")
    parser.add_argument("--seconds", type=float, default=5.0, help="seconds a run")
    parser.add_argument("--tickets", type=int, default=8000, help="tickets to scan; at least 5000")
    parser.add_argument("--hold", action="store_true", help="leave the servers up until Enter, for a profiler")
    options = parser.parse_args()
    whole = not options.only and not options.databases
    options.databases = options.databases or list(DATABASES)
    logging.basicConfig(level=logging.WARNING)  # before the application would show every request counted in here
    machine, tables, details, broken, client = report.machine(), [], [], [], 0.0
    for kind in options.databases:
        rows, bench, number = measured(kind, options.only or names, options)
        if number:
            machine["PostgreSQL"] = number
        tables.append(f"### {TITLES[kind]}\n\n{report.table(rows)}\n")
        details += bench.details
        client = max(client, bench.client_cores)
        broken += bench.broken
    page = report.PAGE.format(
        runs=options.runs, seconds=options.seconds, workers=servers.WORKERS, client=client,
        machine="\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in machine.items())]),
        results="\n".join(tables), details="\n".join(details),
    )  # fmt: skip
    sys.stdout.write(page if whole else "\n".join([*tables, *details]) + "\n")
    if broken:
        sys.exit("Not measured, and nothing written:\n" + "\n".join(broken))
    if whole:
        PAGE.write_text(page)


if __name__ == "__main__":
    main()
