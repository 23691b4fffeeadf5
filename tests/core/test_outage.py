"""The database cannot be written or is gone: a clear answer, nothing half stored, recovery without a restart."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from psycopg import sql

import config
from app import create_app
from app.core import hooks
from app.core.db import db
from app.core.turns import WriteTurns
from app.registration.models import Booking, Registration
from tests import factories
from tests.postgres import Server, postgresql
from tests.servers import server_environment


@pytest.fixture
def slot_id(app: Flask, client: Any) -> int:
    with app.app_context():
        return factories.slot(factories.activity(factories.festival())).id


def sign_up(app: Flask, slot_id: int, key: str = "") -> Any:
    body = {
        "slot_id": slot_id, "contact": {"name": "Siti", "phone": "081234567890"},
        "participants": [{"name": "Siti"}, {"name": "Budi"}], "consent": True,
    }  # fmt: skip
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return app.test_client().post("/api/v1/registrations", json=body, headers=headers)


def stored(app: Flask) -> tuple[int, int]:
    with app.app_context():
        counts = [
            db.session.scalar(sa.select(sa.func.count()).select_from(m)) or 0 for m in (Registration, Booking)
        ]
        db.session.remove()
    return counts[0], counts[1]


@contextmanager
def turns(app: Flask, made: WriteTurns) -> Iterator[WriteTurns]:
    """Another queue of writers; PostgreSQL has none."""
    usual = app.extensions["pekan_turns"]
    app.extensions["pekan_turns"] = made
    try:
        yield made
    finally:
        app.extensions["pekan_turns"] = usual


@contextmanager
def pragma(app: Flask, during: str, after: str) -> Iterator[None]:
    """Every connection in a state like that of a sick disk, and well again."""
    with app.app_context():
        engine = db.engine
    engine.dispose()

    def set_it(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA {during}")

    sa.event.listen(engine, "connect", set_it)
    try:
        yield
    finally:
        sa.event.remove(engine, "connect", set_it)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA {after}")
        engine.dispose()


@pytest.mark.only("sqlite")  # the disk of PostgreSQL is PostgreSQL's
@pytest.mark.parametrize(
    ("during", "after"),
    [("query_only=ON", "query_only=OFF"), ("max_page_count=1", "max_page_count=4294967294")],
    ids=["read-only", "full"],
)
def test_a_disk_that_takes_nothing(app: Flask, slot_id: int, during: str, after: str) -> None:
    """SQLite says "attempt to write a readonly database" and "database or disk is full"."""
    if during.startswith("max_page_count"):  # a database with free pages has room in spite of it
        with app.app_context():
            db.session.remove()
            raw = db.engine.raw_connection()
            raw.execute("VACUUM")
            raw.close()
    with pragma(app, during, after):
        refused = [sign_up(app, slot_id) for _time in range(1 if during.startswith("query") else 40)][-1]
        kept = stored(app)
        assert (refused.status_code, refused.json["error"]["code"]) == (503, "unavailable")
        assert refused.headers["Retry-After"] == "5"
        assert app.test_client().get("/").status_code == 200, "reading goes on"
    assert kept[1] == 2 * kept[0], "nothing half stored"
    assert sign_up(app, slot_id).status_code == 201


@pytest.mark.only("sqlite")
def test_a_writer_that_never_ends(app: Flask, slot_id: int, tmp_path: Path) -> None:
    """Reading goes on, and writing is answered."""
    with turns(app, WriteTurns(tmp_path / "turn", longest_wait=0.05)) as queue:
        with queue.turn():
            assert sign_up(app, slot_id).status_code == 503
            page = app.test_client().get("/")
            assert page.status_code == 200
        assert sign_up(app, slot_id).status_code == 201


@pytest.mark.only("sqlite")
def test_a_turn_file_that_cannot_be_written(app: Flask, slot_id: int, tmp_path: Path) -> None:
    with turns(app, WriteTurns(tmp_path / "not there" / "turn")):
        assert sign_up(app, slot_id).status_code == 503


# Another process of ours in the middle of a write; its transaction begins as every one does.
WRITER = """
import sys
import sqlalchemy as sa
from app import create_app
from app.core import db
from app.core.db import engine
engine.UNFINISHED_SECONDS = int(sys.argv[1])
with create_app().app_context(), db.transaction() as session:
    session.execute(sa.text("UPDATE festival SET venue = 'Alun-alun'"))
    session.execute(sa.text("UPDATE time_slot SET taken = taken"))
    print("writing", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def writing_process(settings: config.Settings, unfinished: int = 60) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", WRITER, str(unfinished)]
    environment = server_environment(settings, "http://127.0.0.1:8000")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=environment, **pipes) as writer:  # type: ignore[call-overload]
        try:
            assert writer.stdout.readline() == b"writing\n"
            os.kill(writer.pid, signal.SIGSTOP)
            yield writer
        finally:
            writer.kill()  # works on a stopped one too


@pytest.fixture
def impatient(app: Flask, slot_id: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever waits for another writer gives up after half a second, or one."""
    monkeypatch.setattr("app.core.db.engine.LOCK_SECONDS", 1)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()  # connections learn it when they are made
        on_sqlite = db.engine.dialect.name == "sqlite"
        file = str(db.engine.url.database)
    with turns(app, WriteTurns(Path(f"{file}.turn"), longest_wait=0.5)) if on_sqlite else nullcontext():
        yield
    with app.app_context():
        db.engine.dispose()


def venue(app: Flask) -> str:
    with app.app_context():
        found = db.session.scalar(sa.text("SELECT venue FROM festival"))
        db.session.remove()
    return str(found)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("ending", [signal.SIGCONT, signal.SIGKILL])
def test_a_process_stopped_in_the_middle_of_a_write(
    app: Flask, settings: config.Settings, slot_id: int, ending: signal.Signals
) -> None:
    """SIGSTOP, as by Ctrl-Z, a debugger or a frozen container: its locks stay. Nobody waits for it for ever."""
    with writing_process(settings) as writer:
        started = time.monotonic()
        refused = sign_up(app, slot_id)
        assert (refused.status_code, refused.json["error"]["code"]) == (503, "unavailable")
        assert 0.5 <= time.monotonic() - started < 5
        assert app.test_client().get("/").status_code == 200, "reading goes on"
        os.kill(writer.pid, ending)
        writer.communicate(b"\n", timeout=10)
        assert sign_up(app, slot_id).status_code == 201
    assert (venue(app) == "Alun-alun") is (ending == signal.SIGCONT), "it goes on, or is gone"


@pytest.mark.only("postgresql")
@pytest.mark.usefixtures("impatient")
def test_postgresql_ends_what_a_stopped_process_began(app: Flask, settings: config.Settings, slot_id: int) -> None:
    """Everybody else goes on while it still sleeps; awake again, it finds that nothing of it was stored."""
    with writing_process(settings, unfinished=1) as writer:
        deadline = time.monotonic() + 10
        while (status := sign_up(app, slot_id).status_code) == 503 and time.monotonic() < deadline:
            pass
        assert status == 201
        os.kill(writer.pid, signal.SIGCONT)
        writer.communicate(b"\n", timeout=10)
        assert writer.returncode != 0
    assert venue(app) != "Alun-alun"


@pytest.fixture
def cramped_postgres() -> Iterator[Server]:
    """A server whose data lie on a disk of their own, a small one."""
    server = Server(fsync=False)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192m", "tmpfs", server.folder], check=True)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        subprocess.run(["umount", "--lazy", server.folder], check=True)
        server.folder.rmdir()


def fill(file: Path) -> None:
    """Take all the room there is."""
    with file.open("wb", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(b"x" * 65536)
    with file.open("ab", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(b"x")


@pytest.mark.only("postgresql")
@pytest.mark.mounts
def test_the_disk_of_postgresql_is_full(
    settings: config.Settings, cramped_postgres: Server, tmp_path: Path
) -> None:  # fmt: skip
    app = create_app(replace(settings, instance=tmp_path, database_url=cramped_postgres.create_database("full")))
    with app.app_context():
        upgrade()
        slot_id = factories.slot(factories.activity(factories.festival()), capacity=None).id
        db.session.remove()
    # its log has a whole new file of room, its tables have none
    cramped_postgres._execute(sql.SQL("SELECT pg_switch_wal()").format())
    cramped_postgres._execute(sql.SQL("CHECKPOINT").format())
    assert {sign_up(app, slot_id).status_code for _time in range(20)} == {201}
    ballast = cramped_postgres.folder / "ballast"
    fill(ballast)
    answers = [sign_up(app, slot_id) for _time in range(60)]  # some end after their first row, some before it
    statuses = [answer.status_code for answer in answers]
    refused = answers[statuses.index(503)]
    assert (set(statuses) <= {201, 503}, refused.json["error"]["code"]) == (True, "unavailable")
    assert refused.headers["Retry-After"] == "5"
    assert app.test_client().get("/").status_code == 200, "reading goes on"
    assert "No space left on device" in cramped_postgres.log.read_text(errors="replace")
    accepted = 20 + statuses.count(201)
    assert stored(app) == (accepted, 2 * accepted), "nothing half stored, nothing lost that was acknowledged"
    ballast.unlink()
    assert sign_up(app, slot_id).status_code == 201, "recovery without a restart"
    with app.app_context():
        assert [finding for findings in hooks.doctor_checks() for finding in findings] == []
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def own_postgres() -> Iterator[Server]:
    with postgresql(fsync=False) as server:
        yield server


@pytest.mark.only("postgresql")  # SQLite is never away
@pytest.mark.parametrize("asked_meanwhile", [True, False])
def test_postgresql_goes_away_and_comes_back(
    settings: config.Settings, own_postgres: Server, tmp_path: Path, asked_meanwhile: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Every pooled connection is dead then; none of them may cost an answer after the return."""
    app = create_app(replace(settings, instance=tmp_path, database_url=own_postgres.create_database("away")))
    with app.app_context():
        upgrade()
        slot = factories.slot(factories.activity(factories.festival()))
        slot_id = slot.id
        db.session.remove()
    client = app.test_client()
    assert sign_up(app, slot_id, "first").status_code == 201
    own_postgres._run("pg_ctl", "stop", "-w", "-D", str(own_postgres.data), "-m", "immediate")
    monkeypatch.setattr("app.core.db.engine.IDLE_SECONDS", 0.0)  # as if an hour had passed
    if asked_meanwhile:
        page, answer = client.get("/"), sign_up(app, slot_id, "second")
        assert page.status_code == answer.status_code == 503
        assert "Penyimpanan data sedang tidak dapat dihubungi" in page.text
        assert client.get("/healthz").status_code == 503
    own_postgres._start()
    assert client.get("/healthz").status_code == 200
    assert client.get("/").status_code == 200
    assert sign_up(app, slot_id, "second").status_code == 201
    assert sign_up(app, slot_id, "first").status_code == 201
    assert stored(app)[0] == 2
    with app.app_context():
        db.engine.dispose()
