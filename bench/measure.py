"""The measurements, one function a group of lines of the table."""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import config
from bench import client, scenarios, servers, statements, weights
from bench.client import Outcome, Scenario, UnexpectedAnswerError
from bench.report import Row, side_by_side
from bench.servers import Running
from bench.town import WALK, Gate, Town

CLIENTS = 8
UPLOADED, BATCH = 5000, 500
PACE = 200  # scans a second, open loop
ASSERTED = {  # the tests that fail when there are more statements
    "check-in": "tests/checkin/test_api.py::test_the_number_of_statements_is_small_and_the_same_for_two_and_fifty",
    "JSON sign-up": "tests/registration/test_api.py::test_a_sign_up_takes_at_most_ten_statements",
    "whole page sign-up": "tests/registration/test_routes.py::TestSignUp::test_few_statements_for_the_whole_way",
}
_ASSET = re.compile(r"/static/[0-9a-f]+/(.+)")
Supply = Callable[[], Iterator[Scenario]]


@dataclass
class Bench:
    """A database with both servers on it, and what was found so far."""

    name: str
    settings: config.Settings
    town: Town
    ours: Running
    floor: Running
    runs: int
    seconds: float
    client_cores: float = 0.0
    details: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    _gates: Iterator[Gate] | None = None

    def gate(self) -> Gate:
        """A gate that has admitted nobody yet."""
        if self._gates is None:
            self._gates = iter(self.town.gates)
        return next(self._gates)

    def play(
        self, server: Running, supply: Supply, *, connections: int = CLIENTS, rate: float | None = None
    ) -> Outcome:
        """One run; whatever was not answered as expected ends the measurement."""
        found = client.run(server.port, supply(), connections=connections, seconds=self.seconds, rate=rate)
        if found.failures:
            say(server.log.read_text()[-2000:])
            raise UnexpectedAnswerError(found.failures[0])
        self.client_cores = max(self.client_cores, found.client_cores)
        return found

    def beside_floor(self, what: str, at_least: float, aim: float, ours: Supply, floor: Supply) -> Row:
        """Rates of both, in turn."""
        bare, mine = [], []
        for _ in range(self.runs):
            bare.append(self.play(self.floor, floor).rate)
            mine.append(self.play(self.ours, ours).rate)
        say(f"{self.name} {what}: floor {spread(bare)}, ours {spread(mine)}")
        return side_by_side(what, at_least, aim, bare, mine)

    def check_ins(self) -> Iterator[Scenario]:
        """Scans for a gate of their own."""
        return scenarios.check_ins(self.gate(), self.town.codes, now())


def inserts() -> Iterator[Scenario]:
    """The floor's writes."""
    return scenarios.repeated(scenarios.post("/rows", b"", "text/plain"), 201)


def check_in(bench: Bench) -> list[Row]:
    """Throughput of single scans."""
    return [bench.beside_floor("check-in, one scan a request, 8 clients", 0.45, 0.55, bench.check_ins, inserts)]


def json_sign_up(bench: Bench) -> list[Row]:
    """Throughput of sign-ups through JSON."""
    supply = lambda: scenarios.json_sign_ups(bench.town.walk_slot)  # noqa: E731
    return [bench.beside_floor("sign-up of one person through JSON, 8 clients", 0.30, 0.40, supply, inserts)]


def page_sign_up(bench: Bench) -> list[Row]:
    """Throughput of whole sign-ups through the page."""
    supply = lambda: scenarios.page_sign_ups(WALK, bench.town.walk_slot)  # noqa: E731
    return [bench.beside_floor("sign-up through the page, complete ones, 8 clients", 0.10, 0.15, supply, inserts)]


def schedule(bench: Bench) -> list[Row]:
    """The public front page beside a bare hello."""
    page = lambda: scenarios.repeated(scenarios.get("/", scenarios.ENCODINGS), 200)  # noqa: E731
    hello = lambda: scenarios.repeated(scenarios.get("/hello", scenarios.ENCODINGS), 200)  # noqa: E731
    return [bench.beside_floor("schedule page, beside hello, 8 clients", 0.40, 0.60, page, hello)]


def statement_counts(bench: Bench) -> list[Row]:
    """SQL statements a request."""
    town = bench.town
    found = {
        "check-in": (6, statements.check_in(town, bench.gate(), now())),
        "JSON sign-up": (10, statements.json_sign_up(town)),
        "whole page sign-up": (15, statements.page_sign_up(town, WALK)),
    }
    return [
        Row(
            f"SQL statements, {what}", most, None, len(counted), "", smaller_is_better=True,
            measured_by=("bench/measure.py::statement_counts", ASSERTED[what]),
        )
        for what, (most, counted) in found.items()
    ]  # fmt: skip


def tail(bench: Bench) -> list[Row]:
    """p99 of check-in: many clients on SQLite, a steady stream on PostgreSQL."""
    on_sqlite = bench.settings.on_sqlite
    connections, rate = (32, None) if on_sqlite else (64, PACE)
    what = "p99 of check-in, 32 clients" if on_sqlite else f"p99 of check-in, {PACE} scans/s, open loop"
    bare, mine = [], []
    for _ in range(bench.runs):
        bare.append(bench.play(bench.floor, inserts, connections=connections, rate=rate))
        mine.append(bench.play(bench.ours, bench.check_ins, connections=connections, rate=rate))
    say(f"{bench.name} {what}: median {1000 * statistics.median(o.percentile(0.5) for o in mine):.1f} ms")
    floor, ours = (1000 * statistics.median(o.percentile(0.99) for o in runs) for runs in (bare, mine))
    return [Row(what, 100, 60, ours, "ms", floor=floor, smaller_is_better=True)]


def upload(bench: Bench) -> list[Row]:
    """Scans kept while offline, sent in batches one after the other."""
    taken = []
    for _ in range(bench.runs):
        gate, moment, codes = bench.gate(), now(), bench.town.codes
        batches = [
            scenarios.scan_request(gate, 0, codes[start : start + BATCH], moment)
            for start in range(0, UPLOADED, BATCH)
        ]
        begun = time.perf_counter()
        supply = (scenarios.single(batch, 200, b'"admitted"') for batch in batches)
        found = client.run(bench.ours.port, supply, connections=1, seconds=120, warm_up=0)
        taken.append(time.perf_counter() - begun)
        if found.failures or len(found.latencies) != len(batches):
            raise UnexpectedAnswerError(f"the upload went wrong: {found.failures[:1]}")
    what = f"{UPLOADED:,} scans uploaded in batches of {BATCH}"
    return [Row(what, 6, 4, statistics.median(taken), "s", smaller_is_better=True)]


def page_weights(bench: Bench) -> list[Row]:
    """All that is loaded for three pages."""
    found = weights.of_pages(bench.town, bench.ours.port)
    for name, weight in found.items():
        parts = "\n".join(
            f"| {_part(address)} | {size:,} |"
            for address, size in sorted(weight.parts.items(), key=lambda part: -part[1])
        )
        bench.details.append(f"### What is loaded: {name}\n\n| what | bytes |\n|---|---|\n{parts}\n")
    return [
        Row(f"page with all it loads, {name}", 30, 15, weight.kilobytes, "kB", smaller_is_better=True)
        for name, weight in found.items()
    ]


def memory(bench: Bench) -> list[Row]:
    """What server, workers and outbox worker need after all that was measured before."""
    found = servers.memory(bench.ours.pid)
    what = "memory (PSS), two workers and the outbox worker"
    return [Row(what, 220, 160, found, "MB", smaller_is_better=True)]


def cold_start(settings: config.Settings, runs: int) -> list[Row]:
    """From the command to the first page; the other servers are not running."""
    found = []
    for _ in range(runs):
        with servers.application(settings) as running:
            found.append(running.seconds_to_answer)
    return [Row("cold start to the first page", 2, 1, statistics.median(found), "s", smaller_is_better=True)]


def named(function: Callable[..., list[Row]], rows: list[Row]) -> list[Row]:
    """The lines, each with the function that measured it."""
    name = f"bench/measure.py::{function.__name__}"
    return [row if row.measured_by else replace(row, measured_by=(name,)) for row in rows]


GROUPS: dict[str, Callable[[Bench], list[Row]]] = {
    "check-in": check_in,
    "json-sign-up": json_sign_up,
    "page-sign-up": page_sign_up,
    "schedule": schedule,
    "statements": statement_counts,
    "tail": tail,
    "upload": upload,
    "weights": page_weights,
    "memory": memory,
}


def now() -> str:
    """The present moment, as phones write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def say(text: str) -> None:
    """Progress, beside the results."""
    sys.stderr.write(f"{text}\n")


def spread(rates: list[float]) -> str:
    """Every run, for who wonders how steady the machine is."""
    return json.dumps([round(rate) for rate in rates])


def _part(address: str) -> str:
    """A file by its path without the hash of all files; the page itself, whose address may be a secret."""
    found = _ASSET.search(address)
    return found[1] if found else "the page"
