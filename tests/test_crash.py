"""kill -9 in the middle of sign-ups and scan uploads: what was acknowledged is there, nothing is there twice."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

import config
from app import create_app
from app.checkin import services as checkin
from app.checkin.models import Admission, Scan
from app.core import clock, hooks
from app.core.db import db, transaction
from app.registration.models import Registration
from tests import factories
from tests.postgres import PostgresqlUnavailableError, Server, postgresql
from tests.servers import free_port, pekan, server_environment

SECONDS = 3.0
CLIENTS = 6


class Killable:
    """A server that can be killed as a machine would: all its processes at once, without a word."""

    def __init__(self, settings: config.Settings) -> None:
        self._settings = settings
        self._port = free_port()
        self.address = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        command = [pekan(), "serve", "--port", str(self._port), "--workers", "2", "--no-worker"]
        environment = server_environment(self._settings, self.address)
        with (self._settings.instance / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        for _try in range(200):
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.address}/healthz").status_code == 200:
                    return
            time.sleep(0.1)
        raise RuntimeError((self._settings.instance / "server.log").read_text()[-2000:])

    def kill_a_worker(self) -> None:
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        os.kill(int(children[-1]), signal.SIGKILL)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def own(settings: config.Settings, postgres: Server | None, tmp_path: Path) -> Iterator[Flask]:
    """An application on a database of its own."""
    name = f"crash_{uuid.uuid4().hex[:8]}"
    url = postgres.create_database(name) if postgres else f"sqlite:///{tmp_path / 'pekan.sqlite3'}"
    app = create_app(replace(settings, instance=tmp_path, database_url=url))
    app.extensions["crash_settings"] = replace(settings, instance=tmp_path, database_url=url)
    with app.app_context():
        upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


class Crowd:
    """Clients that send until they are answered, as phones do, each thing with an id of its own."""

    def __init__(self, address: str, slot_id: int, token: str) -> None:
        self._address, self._slot_id, self._token = address, slot_id, token
        self.registered: dict[str, str] = {}
        self.scanned: dict[str, str] = {}
        self.answers: Counter[str] = Counter()

    def run(self, number: int) -> None:
        until = time.monotonic() + SECONDS
        with httpx.Client(timeout=20) as client:
            count = 0
            while time.monotonic() < until:
                count += 1
                self._one(client, f"08121{number:02d}{count:05d}")

    def _one(self, client: httpx.Client, phone: str) -> None:
        key, scan = str(uuid.uuid4()), str(uuid.uuid4())
        body = {
            "slot_id": self._slot_id, "contact": {"name": "Siti", "phone": phone},
            "participants": [{"name": "Siti"}], "consent": True,
        }  # fmt: skip
        made = self._send(client, "/registrations", body, {"Idempotency-Key": key})
        self.registered[key] = made["code"]
        scans = {"scans": [{"id": scan, "code": made["tickets"][0]["qr"], "scanned_at": clock.now().isoformat()}]}
        bearer = {"Authorization": f"Bearer {self._token}"}
        said = self._send(client, "/checkin/points/gerbang-utama/scans", scans, bearer)
        self.scanned[scan] = said["results"][0]["status"]

    def _send(self, client: httpx.Client, path: str, body: object, headers: dict[str, str]) -> Any:
        for _try in range(200):
            try:
                answer = client.post(f"{self._address}/api/v1{path}", json=body, headers=headers)
            except httpx.HTTPError as error:
                self.answers[type(error).__name__] += 1
            else:
                self.answers[str(answer.status_code)] += 1
                if answer.status_code in (200, 201):
                    return answer.json()
            time.sleep(0.05)
        raise AssertionError(f"never answered: {self.answers}")


def test_kill_in_the_middle(own: Flask) -> None:
    slot = factories.slot(factories.activity(factories.festival()), capacity=None)
    point = factories.point(slot.activity.festival)
    with transaction():
        token = checkin.pair_directly(point, "HP satu", clock.now()).token
    slot_id = slot.id
    db.session.remove()
    server = Killable(own.extensions["crash_settings"])
    crowd = Crowd(server.address, slot_id, token)
    killed_twice(server, [partial(crowd.run, n) for n in range(CLIENTS)])
    check(crowd)


def killed_twice(server: Killable, clients: list[Callable[[], None]]) -> None:
    """Let all clients work at once; kill a worker of the server, then all of it, and start it again."""
    server.start()
    try:
        threads = [threading.Thread(target=client) for client in clients]
        for thread in threads:
            thread.start()
        time.sleep(0.6)
        server.kill_a_worker()
        time.sleep(0.9)
        server.kill()
        server.start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
    finally:
        server.kill()


@pytest.mark.only("postgresql")
def test_kill_of_postgresql(settings: config.Settings, tmp_path: Path) -> None:
    """All of PostgreSQL at once, with fsync as in earnest; the server of ours stays and finds it again."""
    with postgresql(fsync=True) as its_own:
        name = "killed"
        mine = replace(settings, instance=tmp_path, database_url=its_own.create_database(name))
        app = create_app(mine)
        with app.app_context():
            upgrade()
            slot = factories.slot(factories.activity(factories.festival()), capacity=None)
            with transaction():
                token = checkin.pair_directly(factories.point(slot.activity.festival), "HP satu", clock.now()).token
            crowd = _killed_meanwhile(mine, its_own, slot.id, token)
            db.engine.dispose()
            check(crowd)
            db.session.remove()
            db.engine.dispose()


def _killed_meanwhile(mine: config.Settings, its_own: Server, slot_id: int, token: str) -> Crowd:
    db.session.remove()
    server = Killable(mine)
    server.start()
    try:
        crowd = Crowd(server.address, slot_id, token)
        threads = [threading.Thread(target=crowd.run, args=(n,)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        time.sleep(1.2)
        its_own.kill()
        _start_again(its_own)
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
    finally:
        server.kill()
    return crowd


def _start_again(killed: Server) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            killed.start_again()
            return
        except PostgresqlUnavailableError:
            assert time.monotonic() < until
            time.sleep(0.3)


def check(crowd: Crowd) -> None:
    """The database against what the crowd was told."""
    assert len(crowd.registered) > 20, crowd.answers
    assert set(crowd.answers) - {"200", "201"}, "the kill hit nobody"
    assert not {code for code in crowd.answers if code.startswith("5") and code != "503"}, crowd.answers
    codes = set(db.session.scalars(sa.select(Registration.code)))
    assert set(crowd.registered.values()) <= codes, "an acknowledged sign-up is gone"
    assert len(codes) == len(crowd.registered), "a sign-up is there twice"
    assert set(crowd.scanned.values()) == {"admitted"}
    assert set(crowd.scanned) == set(db.session.scalars(sa.select(Scan.client_id)))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Admission)) == len(crowd.scanned)
    assert [finding for findings in hooks.doctor_checks() for finding in findings] == []
