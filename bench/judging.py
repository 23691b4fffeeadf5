"""Twenty judges at work: ``python -m bench.judging [--database …]``.

Each saves a sheet every 2 s, whatever the server does (open loop), beside the bare floor; then what the page of a
sheet weighs with its offline code, and how long it takes to open with no network.
"""

from __future__ import annotations

import argparse
import logging
import secrets
import statistics
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import httpx
import sqlalchemy as sa
from flask_migrate import upgrade
from playwright.sync_api import sync_playwright

import config
from app import create_app
from app.competition.models import SheetVersion
from app.competition.queries import judging
from app.competition.services import judges
from app.core import clock
from app.core.db import db, transaction
from bench import servers
from bench.__main__ import database
from bench.measure import say
from bench.weights import over_the_wire
from tests.competition import arena as arenas
from tests.servers import chromium_options

JUDGES, ENTRANTS, EVERY, SECONDS = 21, 24, 2.0, 60.0  # one of them only opens the page
MOST_MS, MOST_KB, MOST_OFFLINE_MS = 100.0, 40.0, 1000.0


@dataclass(frozen=True)
class Bench:
    """Tokens of tablets with a sheet each, and an invitation that nobody has used."""

    tablets: list[tuple[str, int]]
    invitation: str


def build(settings: config.Settings) -> Bench:
    """All judges with several of 24 entrants, six judges each."""
    app = create_app(settings)
    with app.app_context():
        upgrade()
        arena = arenas.build(entrants_count=ENTRANTS, judges_count=JUDGES, judges_each=6)
        known = [judging.judge_by_id(one.id) for one in arena.judges]
        tablets = [(judges.device_token(one), arena.own(one)[0].id) for one in known if one is not None]
        with transaction():
            invitation = judges.invite(arena.judges[0], None, clock.now())
        db.session.remove()
        db.engine.dispose()
    # A new invitation ends the sessions of that judge's devices: the others save.
    return Bench(tablets[1:], invitation)


class Tablet:
    """Saves a sheet every two seconds; each save is timed from when it was due."""

    def __init__(self, address: str, token: str, sheet: int) -> None:
        self._url = f"{address}/api/v1/competition/sheets/{sheet}"
        self._client = httpx.Client(timeout=30, headers={"Authorization": f"Bearer {token}"})
        self.took: list[float] = []
        self.acknowledged: list[str] = []

    def run(self, offset: float) -> None:
        latest, begun = 0, time.monotonic() + offset
        for turn in range(int(SECONDS / EVERY)):
            due = begun + turn * EVERY
            time.sleep(max(0.0, due - time.monotonic()))
            key, now = str(uuid.uuid4()), clock.now().isoformat()
            scores = dict.fromkeys(("K", "T", "U")[: 1 + turn % 3], 25 * (turn % 5))
            answer = self._client.put(
                self._url,
                json={
                    "client_id": key, "based_on": latest, "scores": scores, "remarks": {"K": "Rapi. " * 10},
                    "device": "tablet", "saved_at": now, "sent_at": now,
                },
            )  # fmt: skip
            self.took.append(time.monotonic() - due)
            assert answer.status_code == 200, answer.text
            self.acknowledged.append(key)
            latest = answer.json()["latest"]


def saving(address: str, bench: Bench) -> tuple[list[float], list[str]]:
    """Seconds of each save, and what was acknowledged."""
    tablets = [Tablet(address, token, sheet) for token, sheet in bench.tablets]
    threads = [
        threading.Thread(target=tablet.run, args=(EVERY * n / len(tablets),)) for n, tablet in enumerate(tablets)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [took for tablet in tablets for took in tablet.took], [k for t in tablets for k in t.acknowledged]


def floor(address: str) -> float:
    """Seconds of the 99th of a hundred answers that only ask the database for one row, one after the other."""
    with httpx.Client() as client:
        took = []
        for _n in range(200):
            begun = time.monotonic()
            client.get(f"{address}/healthz")
            took.append(time.monotonic() - begun)
    return statistics.quantiles(took, n=100)[98]


def page(address: str, bench: Bench) -> tuple[float, float]:
    """Kilobytes of a sheet's page over the wire with its offline code, and milliseconds to open it offline."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium_options())  # type: ignore[arg-type]
        context = browser.new_context(base_url=address, viewport={"width": 800, "height": 1180}, locale="id-ID")
        tab = context.new_page()
        tab.goto(f"/judging/invitations/{bench.invitation}")
        tab.get_by_role("main").get_by_role("button").click()
        tab.get_by_text("Semua lembar bisa dibuka tanpa sinyal").wait_for()
        sheet = str(tab.locator("a[data-sheet]").first.get_attribute("href"))
        fresh = browser.new_context(
            base_url=address, storage_state=context.storage_state(), service_workers="block"
        )
        weight = over_the_wire(fresh, address + sheet).kilobytes
        worker = len(tab.request.get("/judge-worker.js").body()) / 1000
        context.set_offline(True)
        times = []
        for _run in range(7):
            tab.goto(sheet)
            times.append(float(tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")))
        browser.close()
    return weight + worker, statistics.median(times)


def report(kind: str) -> bool:
    """All lines of one database; whether the limits hold."""
    with (
        tempfile.TemporaryDirectory(prefix="pekan-bench-") as folder,
        database(kind, Path(folder)) as (url, number),
    ):
        settings = config.Settings(
            instance=Path(folder), database_url=url, secret_key=secrets.token_hex(32).encode(),
            ticket_key=secrets.token_bytes(32), ratelimit_enabled=False,
        )  # fmt: skip
        bench = build(settings)
        with servers.application(settings) as ours:
            address = f"http://127.0.0.1:{ours.port}"
            bare = floor(address)
            took, acknowledged = saving(address, bench)
            weight, offline = page(address, bench)
        app = create_app(settings)
        with app.app_context():
            kept = set(db.session.scalars(sa.select(SheetVersion.client_id)))
            db.session.remove()
            db.engine.dispose()
    lost = len(set(acknowledged) - kept)
    middle, p99 = (statistics.quantiles(took, n=100)[place] * 1000 for place in (49, 98))
    say(
        f"{kind} {number}: {len(took)} saves of {len(bench.tablets)} judges, median {middle:.1f} ms, "
        f"p99 {p99:.0f} ms (at most {MOST_MS:.0f}; /healthz alone: p99 {bare * 1000:.0f} ms), lost {lost}; "
        f"sheet page {weight:.1f} kB (at most {MOST_KB:.0f}), opens offline in {offline:.0f} ms "
        f"(at most {MOST_OFFLINE_MS:.0f})"
    )
    return p99 <= MOST_MS and not lost and weight <= MOST_KB and offline <= MOST_OFFLINE_MS


def main() -> None:
    """Both databases unless told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    held = [report(kind) for kind in ([given.database] if given.database else ["sqlite", "postgresql"])]
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
