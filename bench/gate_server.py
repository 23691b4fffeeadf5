"""The server's side of the gate with no network: ``python -m bench.gate_server [--database …] [--tickets 50000]``.

Snapshot and sealed names of 50,000 tickets, a delta of 100 changes, 5,000 queued scans of one phone with planned
duplicates, and twenty phones at a scan a second each beside dashboards that look on.
"""

from __future__ import annotations

import argparse
import gzip
import logging
import random
import secrets
import statistics
import sys
import tempfile
import threading
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import brotli
import httpx
import sqlalchemy as sa

import config
from app.checkin import services
from app.checkin.models import Admission, Scan
from app.core import clock
from app.core.db import db, transaction
from app.registration.models import Booking, BookingStatus
from bench import servers, town
from bench.__main__ import database
from bench.town import Gate, Town
from tests.checkin.snapshots import decode

QUEUED, TWICE, BATCH = 5_000, 500, 500
CHANGED = 50  # tickets cancelled, and as many let in
PHONES, SECONDS, DASHBOARDS = 20, 20, 3


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


class Phone:
    """What a phone asks of the server, timed."""

    def __init__(self, address: str, gate: Gate, number: int = 0) -> None:
        token = gate.tokens[number % len(gate.tokens)]
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        self._client = httpx.Client(timeout=120, headers=headers)
        self._point = f"{address}/api/v1/checkin/points/{gate.slug}"

    def get(self, path: str, **query: str) -> tuple[float, httpx.Response]:
        begun = time.perf_counter()
        answer = self._client.get(f"{self._point}/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return time.perf_counter() - begun, answer

    def send(self, scans: list[dict[str, Any]], **more: object) -> tuple[float, list[dict[str, Any]]]:
        begun = time.perf_counter()
        answer = self._client.post(f"{self._point}/scans", json={"scans": scans, **more})
        assert answer.status_code == 200, answer.text
        return time.perf_counter() - begun, answer.json()["results"]


def scan(code: str, **more: object) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "code": code, "scanned_at": clock.now().isoformat(), **more}


def snapshot(phone: Phone, tickets: int) -> str:
    """The whole; returns its cursor."""
    times = [phone.get("snapshot") for _run in range(3)]
    answer = times[-1][1]
    got = decode(answer.content)
    sizes = dict(got.head["sections"])
    assert len(got.classes) >= tickets
    packed = {"brotli": len(brotli.compress(answer.content, quality=2)), "gzip": len(gzip.compress(answer.content))}
    seconds = [second for second, _answer in times]
    say(
        f"  snapshot of {len(got.classes):,} tickets: first {seconds[0]:.2f} s, then {seconds[-1]:.2f} s; "
        f"{len(answer.content):,} bytes, ids part {sizes['tickets'] / len(got.classes):.1f} bytes a ticket, "
        f"all {len(answer.content) / len(got.classes):.1f}; brotli {packed['brotli']:,}, gzip {packed['gzip']:,}"
    )
    return str(got.head["cursor"])


def names(phone: Phone, made: Town) -> None:
    """Sealed on the spot, sealed by the worker, and read where they are kept."""
    on_the_spot, answer = phone.get("snapshot/names")
    begun = time.perf_counter()
    with made.app.app_context():
        done = services.seal_names(lambda: False)
        db.session.remove()
    worker = time.perf_counter() - begun
    kept, answer = phone.get("snapshot/names")
    say(
        f"  names: {on_the_spot:.2f} s sealed on the spot; the worker seals {done:,} in {worker:.1f} s; "
        f"{kept:.2f} s as kept, {len(answer.content):,} bytes"
    )


def delta(phone: Phone, made: Town, cursor: str) -> bool:
    """A hundred tickets change: fifty cancelled, fifty let in."""
    phone.send([scan(code) for code in made.codes[-CHANGED:]])
    with made.app.app_context(), transaction():
        some = db.session.scalars(sa.select(Booking.id).order_by(Booking.id).limit(CHANGED)).all()
        db.session.execute(sa.update(Booking).where(Booking.id.in_(some)).values(status=BookingStatus.CANCELLED))
    seconds, answer = phone.get("snapshot", since=cursor)
    got = decode(answer.content)
    assert not got.head["full"]
    assert (len(got.classes), len(got.admissions)) == (CHANGED, CHANGED), (len(got.classes), len(got.admissions))
    br, zipped = len(brotli.compress(answer.content, quality=2)), len(gzip.compress(answer.content))
    say(
        f"  delta of 100 changes: {seconds * 1e3:.0f} ms, {len(answer.content):,} bytes, "
        f"brotli {br:,}, gzip {zipped:,}; limit 5,000"
    )
    return max(br, zipped) <= 5_000


def upload(phone: Phone, made: Town) -> bool:
    """What one phone has kept: every tenth ticket twice, and each answer as planned."""
    codes = made.codes[CHANGED : CHANGED + QUEUED - TWICE]  # those before were cancelled
    queue = [*codes, *random.Random(5).sample(codes, TWICE)]
    start = clock.now() - timedelta(hours=1)
    scans = [
        {**scan(code, offline=True, verdict="admitted", volunteer="Rina", skew_ms=1200),
         "scanned_at": (start + timedelta(milliseconds=100 * n)).isoformat()}
        for n, code in enumerate(queue)
    ]  # fmt: skip
    begun, results = time.perf_counter(), []
    for place in range(0, QUEUED, BATCH):
        results += phone.send(scans[place : place + BATCH], phone={"unsent": QUEUED - place, "skew_ms": 1200})[1]
    taken = time.perf_counter() - begun
    right = [r["conflict"] for r in results] == [False] * (QUEUED - TWICE) + [True] * TWICE
    right &= [r["id"] for r in results] == [s["id"] for s in scans]
    with made.app.app_context():
        count = [db.session.scalar(sa.select(sa.func.count()).select_from(m)) for m in (Scan, Admission)]
        sound = not services.examine()
        db.session.remove()
    say(
        f"  upload of {QUEUED:,} queued scans: {taken:.1f} s, limit 10 s; verdicts right: {right}; "
        f"{count[0]:,} scans and {count[1]:,} admissions kept, doctor content: {sound}"
    )
    return taken <= 10 and right and sound


def market(address: str, made: Town) -> bool:
    """Twenty phones at a scan a second, each with a delta every 15 s, and dashboards that look every 2 s."""
    gate, taken, looks = made.gates[1], [], []
    until = time.monotonic() + SECONDS

    def scanning(number: int) -> None:
        phone, codes = Phone(address, gate, number), made.codes[number::PHONES]
        time.sleep(number / PHONES)
        for turn, code in enumerate(codes):
            due = time.monotonic()
            if due > until:
                return
            taken.append(phone.send([scan(code)], phone={"unsent": 0, "skew_ms": 3})[0])
            if turn % 15 == number % 15:
                looks.append(phone.get("snapshot", since=cursor)[0])
            time.sleep(max(0.0, due + 1 - time.monotonic()))

    def looking() -> None:
        phone = Phone(address, gate)
        while time.monotonic() < until:
            looks.append(phone.get("status")[0])
            time.sleep(2)

    cursor = str(decode(Phone(address, gate).get("snapshot")[1].content).head["cursor"])
    work = [threading.Thread(target=scanning, args=(n,)) for n in range(PHONES)]
    work += [threading.Thread(target=looking) for _n in range(DASHBOARDS)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    middle, p99 = (statistics.quantiles(taken, n=100)[place] * 1e3 for place in (49, 98))
    say(
        f"  {PHONES} phones at a scan a second: {len(taken)} scans, median {middle:.1f} ms, "
        f"p99 {p99:.0f} ms, limit 200 ms; deltas and status: worst {max(looks) * 1e3:.0f} ms"
    )
    return p99 <= 200


def report(kind: str, tickets: int) -> bool:
    """All lines of one database; whether the limits hold."""
    with tempfile.TemporaryDirectory(prefix="pekan-bench-") as folder:
        instance = Path(folder)
        with database(kind, instance) as (url, number):
            settings = config.Settings(
                instance=instance, database_url=url, secret_key=secrets.token_hex(32).encode(),
                ticket_key=secrets.token_bytes(32), ratelimit_enabled=False,
            )  # fmt: skip
            say(f"{kind} {number}")
            made = town.build(settings, tickets=tickets, gates=3)
            with servers.application(settings, more={"PAGE_SECONDS": "2"}) as ours:
                address = f"http://127.0.0.1:{ours.port}"
                phone = Phone(address, made.gates[0])
                cursor = snapshot(phone, tickets)
                names(phone, made)
                held = [
                    delta(phone, made, cursor),
                    upload(Phone(address, made.gates[2]), made),
                    market(address, made),
                ]
            with made.app.app_context():
                db.engine.dispose()
    return all(held)


def main() -> None:
    """Both databases unless told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    parser.add_argument("--tickets", type=int, default=50_000)
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    held = [
        report(kind, given.tickets) for kind in ([given.database] if given.database else ["sqlite", "postgresql"])
    ]
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
