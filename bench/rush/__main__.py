"""``make bench-rush``: the morning sign-up opens, on both databases; writes ``docs/rush.md``."""

from __future__ import annotations

import argparse
import logging
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import config
from bench import report, servers
from bench.measure import say
from bench.rush import growth, mischief, morning
from bench.rush.growth import Point
from bench.rush.morning import Morning
from bench.servers import Running
from tests.messaging.servers import mail_host
from tests.postgres import Server, postgresql

PAGE = config.ROOT / "docs" / "rush.md"
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
PARTS = ("rush", "faults", "growth")
BAD_DAY = 0.5  # of the crowd: the mails that leave beside it take their share of the two cores
MAIL_SECONDS = 300.0  # until all confirmations must have left: whose sender died waits three minutes for another


@dataclass(frozen=True)
class Place:
    """A fresh installation, its database server where it has one."""

    settings: config.Settings
    postgres: Server | None


@contextmanager
def place(kind: str) -> Iterator[Place]:
    """Everything new, everything gone at the end."""
    with tempfile.TemporaryDirectory(prefix="pekan-rush-") as folder:
        if kind == "sqlite":
            yield Place(_settings(Path(folder), f"sqlite:///{folder}/pekan.sqlite3"), None)
            return
        with postgresql(fsync=True) as server:
            server.create_database("pekan_rush")
            yield Place(_settings(Path(folder), server.local_url("pekan_rush")), server)


def _settings(instance: Path, url: str) -> config.Settings:
    return config.Settings(
        instance=instance, database_url=url, secret_key=secrets.token_hex(32).encode(),
        ticket_key=secrets.token_bytes(32), ratelimit_enabled=False,
    )  # fmt: skip


def rush(kind: str, options: argparse.Namespace, people: int) -> Morning:
    """A good day."""
    with place(kind) as there:
        found = morning.hall(there.settings)
        with servers.application(there.settings, workers=None) as running:
            seen = morning.rush(found, running, people, options.seconds, through=options.through)
    say(f"{TITLES[kind]}, {people} people: {_line(people, options.seconds, seen)}")
    return seen


@dataclass(frozen=True)
class BadDay:
    """A morning with a kill, and what the mail server got."""

    morning: Morning
    mails_lost: int
    mails_repeated: int


def bad_day(kind: str, what: str, options: argparse.Namespace, seed: int) -> BadDay:
    """The same with a kill -9 in the middle, while confirmations leave by mail."""
    with place(kind) as there, mail_host() as mail:
        found = morning.hall(there.settings)
        more = {"SMTP_URL": f"smtp://127.0.0.1:{mail.port}"}
        with servers.application(there.settings, workers=None, more=more) as running:
            act = mischief.at_random(_act(what, there, running), options.fault_seconds, random.Random(seed))
            people = int(BAD_DAY * options.people * options.fault_seconds / options.seconds)
            seen = morning.rush(
                found, running, people, options.fault_seconds, through=options.through, seed=seed, mischief=act
            )
            deadline = time.monotonic() + MAIL_SECONDS
            while morning.unsent(found.app) and time.monotonic() < deadline:
                time.sleep(1.0)
        reached = {str(sent["To"]) for sent in mail.box.mails}
        lost = len(morning.told_by_mail(found) - reached)
        day = BadDay(seen, lost, len(mail.box.ids) - len(set(mail.box.ids)))
    say(
        f"{TITLES[kind]}, kill -9 of the {what}, {seed}: {_line(people, options.fault_seconds, seen)}; "
        f"mails lost {day.mails_lost}, repeated {day.mails_repeated}"
    )
    return day


def _act(what: str, there: Place, running: Running) -> Callable[[], None]:
    if what == "database":
        assert there.postgres is not None
        return partial(mischief.kill_database, there.postgres)
    return partial({"worker": mischief.kill_worker, "outbox": mischief.kill_outbox}[what], running.pid)


def curve(kind: str) -> list[Point]:
    """Medians while the database grows."""
    points: list[Point] = []
    with place(kind) as there:
        found = morning.hall(there.settings)
        morning.open_at(found, morning.yesterday())
        have = 0
        for size in growth.SIZES:
            growth.grow(found.app, found, have, size)
            have = size
            with servers.application(there.settings, workers=None) as running:
                points.append(growth.medians(running, found, size))
            say(f"{TITLES[kind]}: {points[-1]}")
    return points


def _line(people: int, seconds: float, seen: Morning) -> str:
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(seen.tally.statuses.items()))
    return (
        f"{people / seconds:.0f}/s, confirmed {seen.confirmed}, waiting {seen.waiting}, refused {seen.refused}, "
        f"median {seen.median * 1000:.0f} ms, p99 {seen.p(0.99) * 1000:.0f} ms, out of order {seen.out_of_order}, "
        f"answers {statuses}, broken {seen.tally.broken}, timeouts {seen.tally.timeouts}, "
        f"faults: {'; '.join(seen.faults) or 'none'}"
    )


def rush_table(seen: dict[tuple[str, int], Morning], seconds: float) -> str:
    """The good days."""
    lines = [
        "| database | people | arrivals | confirmed | waiting | refused | 5xx | timeouts | median | p99 "
        "| out of order | countdown views | doctor |",
        "|---" * 13 + "|",
    ]
    for (kind, people), day in seen.items():
        errors = sum(count for status, count in day.tally.statuses.items() if status >= 500)
        lines.append(
            f"| {TITLES[kind]} | {people:,} | {people / seconds:.0f}/s | {day.confirmed:,} | {day.waiting:,} | "
            f"{day.refused:,} | {errors} | {day.tally.timeouts} | {day.median * 1000:.0f} ms | "
            f"{day.p(0.99) * 1000:.0f} ms | {day.out_of_order} | {day.views_a_second:,.0f}/s | "
            f"{'; '.join(day.faults) or 'clean'} |"
        )
    return "\n".join(lines)


def fault_table(days: dict[tuple[str, str], list[BadDay]]) -> str:
    """The bad days."""
    lines = [
        "| database | kill -9 of | times | acknowledged and lost | twice or drift | mails lost "
        "| mails repeated, most in a day |",
        "|---" * 7 + "|",
    ]
    for (kind, what), seen in days.items():
        faults = "; ".join(fault for day in seen for fault in day.morning.faults) or "none"
        lines.append(
            f"| {TITLES[kind]} | {what} | {len(seen)} | {sum(day.morning.lost for day in seen)} | {faults} | "
            f"{sum(day.mails_lost for day in seen)} | {max(day.mails_repeated for day in seen)} |"
        )
    return "\n".join(lines)


def growth_table(curves: dict[str, list[Point]]) -> str:
    """The curve."""
    lines = [
        "| database | registrations | sign-up, whole | manage page | page without them | growth beside that page |",
        "|---" * 6 + "|",
    ]
    for kind, points in curves.items():
        first = points[0]
        lines += [
            f"| {TITLES[kind]} | {p.registrations:,} | {p.sign_up * 1000:.1f} ms | {p.manage * 1000:.1f} ms | "
            f"{p.floor * 1000:.1f} ms | {p.sign_up / first.sign_up * first.floor / p.floor:.2f} · "
            f"{p.manage / first.manage * first.floor / p.floor:.2f} |"
            for p in points
        ]
    return "\n".join(lines)


def main() -> None:
    """Entry of ``make bench-rush``."""
    parser = argparse.ArgumentParser(prog="python -m bench.rush", description=__doc__)
    parser.add_argument("--database", choices=TITLES, action="append", dest="databases", help="both unless told")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; the others stay as they are")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--fault-seconds", type=float, default=20.0, help="how long a crowd with a kill lasts")
    parser.add_argument("--kill", choices=mischief.KINDS, action="append", help="one kind of kill; all unless told")
    parser.add_argument("--times", type=int, default=5, help="kills of each kind")
    parser.add_argument("--through", choices=("page", "json"), default="page")
    options = parser.parse_args()
    wanted, kinds = options.only or PARTS, options.databases or list(TITLES)
    logging.basicConfig(level=logging.WARNING)
    good: dict[tuple[str, int], Morning] = {}
    bad: dict[tuple[str, str], list[BadDay]] = {}
    curves: dict[str, list[Point]] = {}
    for kind in kinds:
        if "rush" in wanted:
            for people in sorted({options.people // 2, options.people} if kind == "sqlite" else {options.people}):
                good[kind, people] = rush(kind, options, people)
        for what in (options.kill or mischief.KINDS) if "faults" in wanted else ():
            if what != "database" or kind == "postgresql":
                bad[kind, what] = [bad_day(kind, what, options, seed) for seed in range(1, options.times + 1)]
        if "growth" in wanted:
            curves[kind] = curve(kind)
    tables = [rush_table(good, options.seconds), fault_table(bad), growth_table(curves)]
    sys.stdout.write("\n\n".join(tables) + "\n")
    kept = report.rush_tables(PAGE.read_text("utf-8")) if PAGE.exists() else [""] * len(PARTS)
    shown = [report.with_new_rows(old, new, 2) for old, new in zip(kept, tables, strict=True)]
    PAGE.write_text(report.rush_page(*shown), "utf-8")


if __name__ == "__main__":
    main()
