"""kill -9 of real workers: no message is lost, at most one is repeated a kill, and the row says so."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

import config
from app import create_app
from app.core import clock
from app.core.db import db, transaction
from app.messaging.models import MessageStatus, OutboxMessage
from tests import factories
from tests.messaging.outbox import queue, rows, work
from tests.messaging.servers import MailHost
from tests.postgres import Server, postgresql
from tests.servers import pekan, server_environment

pytestmark = pytest.mark.processes
SENT, SENDING = MessageStatus.SENT, MessageStatus.SENDING


@contextmanager
def real_worker(settings: config.Settings, mail: MailHost) -> Iterator[subprocess.Popen[bytes]]:
    """``pekan worker`` in a process of its own, killed at the end."""
    environment = server_environment(settings, "http://127.0.0.1") | {
        "SMTP_URL": f"smtp://127.0.0.1:{mail.port}", "MAIL_FROM": "pekan@depok.go.id",
    }  # fmt: skip
    with (settings.instance / "server-worker.log").open("ab") as log:
        process = subprocess.Popen([pekan(), "worker"], env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.wait()


def until(true: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def kill(process: subprocess.Popen[bytes]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def time_passes() -> None:
    """What a dead worker left behind may be taken up again."""
    db.session.rollback()
    with transaction():
        late = sa.update(OutboxMessage).where(OutboxMessage.status == SENDING)
        db.session.execute(late.values(next_try_at=clock.now() - timedelta(seconds=1)))


def test_killed_between_sending_and_noting(settings, festival: int, mail: MailHost):
    """The database is held while the mail server says yes: the worker knows, and dies before it can note it."""
    for number in range(3):
        queue(festival, f"pesan {number}", to=f"p{number}@example.org")
    reached = []

    def hold() -> None:
        reached.append(time.monotonic())
        until(lambda: bool(held), "nobody took the database")

    held: list[bool] = []
    mail.box.text = hold  # type: ignore[assignment]
    with real_worker(settings, mail) as process:
        until(lambda: bool(reached), "no mail came")
        with transaction():
            db.session.execute(sa.update(OutboxMessage).values(kind=OutboxMessage.kind))  # every row is ours
            held.append(True)
            until(lambda: len(mail.box.mails) == 1, "the mail was not taken")
            time.sleep(0.3)
            kill(process)
    mail.box.text = None
    first, *others = rows()
    assert (first.status, first.provider_id) == (SENDING, None)
    assert work() == 2  # the others are not held up, and the first one is not sent while somebody may have it
    assert [m.status for m in rows()] == [SENDING, SENT, SENT]
    assert work(timedelta(minutes=4)) == 1
    first, *others = rows()
    assert (first.status, first.unclear) == (SENT, 1)
    assert [m.unclear for m in others] == [0, 0]
    assert sorted(mail.box.subjects) == ["pesan 0", "pesan 0", "pesan 1", "pesan 2"]
    assert len(set(mail.box.ids)) == 3, "a repeat has the same Message-ID"


def test_killed_again_and_again_at_random_moments(settings, festival: int, mail: MailHost):
    messages, kills = 80, 3
    for number in range(messages):
        queue(festival, f"{number:02d}", to=f"p{number % 5}@example.org")
    mail.box.text = lambda: time.sleep(0.01)  # type: ignore[assignment, return-value]
    for _kill in range(kills):
        before = len(mail.box.mails)
        with real_worker(settings, mail) as process:
            until(lambda b=before: len(mail.box.mails) > b + 3, "the worker sends nothing")  # type: ignore[misc]
            kill(process)
        time_passes()
    work()
    found = rows()
    assert {m.status for m in found} == {SENT}, "a message is lost"
    repeated = len(mail.box.mails) - len(set(mail.box.ids))
    assert len(set(mail.box.ids)) == messages
    assert repeated <= kills
    assert repeated <= sum(m.unclear for m in found) <= kills
    for person in range(5):
        own = list(dict.fromkeys(s for s in mail.box.subjects if int(s) % 5 == person))
        assert own == sorted(own)


def test_told_to_stop_a_worker_notes_what_it_sent(settings, festival: int, mail: MailHost):
    mail.box.text = lambda: time.sleep(0.3)  # type: ignore[assignment, return-value]
    queue(festival, "satu", to="a@example.org")
    queue(festival, "dua", to="b@example.org")
    started = []
    mail.box.to = lambda: started.append(1)  # type: ignore[assignment, return-value, func-returns-value]
    with real_worker(settings, mail) as process:
        until(lambda: bool(started), "no mail came")
        process.terminate()
        assert process.wait(20) == 0
    assert [m.status for m in rows()] == [SENT, MessageStatus.QUEUED]
    assert mail.box.subjects == ["satu"]


def test_two_real_workers_at_once(settings, festival: int, mail: MailHost):
    for number in range(60):
        queue(festival, f"{number:02d}", to=f"p{number % 4}@example.org")
    with real_worker(settings, mail), real_worker(settings, mail):
        until(lambda: {m.status for m in rows()} == {SENT}, "the queue does not empty", 60)
    assert sorted(mail.box.subjects) == [f"{n:02d}" for n in range(60)]
    for person in range(4):
        own = [s for s in mail.box.subjects if int(s) % 4 == person]
        assert own == sorted(own)


def test_one_round_from_the_command_line(app: Flask, settings, festival: int, mail: MailHost):
    queue(festival)
    environment = server_environment(settings, "http://127.0.0.1") | {"SMTP_URL": f"smtp://127.0.0.1:{mail.port}"}
    done = subprocess.run(
        [pekan(), "worker", "--once"], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "1 done\n"
    assert mail.box.mails[0]["From"] == "pekan@localhost"
    assert replace(settings, mail=None) == settings


@pytest.fixture
def own_postgres() -> Iterator[Server]:
    with postgresql(fsync=False) as server:
        yield server


@pytest.mark.only("postgresql")  # SQLite is never away
def test_postgresql_dies_while_a_worker_sends(
    settings: config.Settings, own_postgres: Server, tmp_path: Path, mail: MailHost
) -> None:
    """The worker keeps the result of the mail in hand until the database is back, so that it need not be repeated.

    Unless the database died between storing that a message is taken and saying so; the row says that too.
    """
    own = replace(
        settings, instance=tmp_path, database_url=own_postgres.create_database("dies"), mail=mail.server()
    )
    app = create_app(own)
    with app.app_context():
        upgrade()
        festival_id = factories.festival().id
        for number in range(80):
            queue(festival_id, f"{number:02d}", to=f"p{number % 5}@example.org")
        db.session.remove()
    mail.box.text = lambda: time.sleep(0.02)  # type: ignore[assignment, return-value]
    with real_worker(own, mail) as process:
        for death in range(2):
            until(lambda least=15 * (death + 1): len(mail.box.mails) > least, "the worker sends nothing")  # type: ignore[misc]
            own_postgres._run("pg_ctl", "stop", "-w", "-D", str(own_postgres.data), "-m", "immediate")
            time.sleep(1)
            own_postgres._start()
        with app.app_context():
            db.engine.dispose()  # our own connections died too
            until(lambda: {m.status for m in rows()} <= {SENT, SENDING}, "the queue does not empty", 60)
            time_passes()
            until(lambda: {m.status for m in rows()} == {SENT}, "a message is lost")
            assert process.poll() is None, "the worker outlives its database"
            unclear = sum(m.unclear for m in rows())
            db.session.remove()
            db.engine.dispose()
    assert len(mail.box.mails) - 80 <= unclear <= 2
    assert len(set(mail.box.ids)) == 80
    for person in range(5):
        own_mails = list(dict.fromkeys(s for s in mail.box.subjects if int(s) % 5 == person))
        assert own_mails == sorted(own_mails)
