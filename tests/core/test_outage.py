"""The database cannot be written or is gone: a clear answer, nothing half stored, recovery without a restart."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

import config
from app import create_app
from app.core.db import db
from app.core.turns import WriteTurns
from app.registration.models import Booking, Registration
from tests import factories
from tests.postgres import Server, postgresql


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


def test_a_writer_that_never_ends(app: Flask, slot_id: int, tmp_path: Path) -> None:
    """Reading goes on, and writing is answered."""
    turns = WriteTurns(tmp_path / "turn", longest_wait=0.05)
    usual = app.extensions.get("pekan_turns")
    app.extensions["pekan_turns"] = turns
    try:
        with turns.turn():
            assert sign_up(app, slot_id).status_code == 503
            page = app.test_client().get("/")
            assert page.status_code == 200
        assert sign_up(app, slot_id).status_code == 201
    finally:
        if usual:
            app.extensions["pekan_turns"] = usual
        else:
            del app.extensions["pekan_turns"]


def test_a_turn_file_that_cannot_be_written(app: Flask, slot_id: int, tmp_path: Path) -> None:
    usual = app.extensions.get("pekan_turns")
    app.extensions["pekan_turns"] = WriteTurns(tmp_path / "not there" / "turn")
    try:
        assert sign_up(app, slot_id).status_code == 503
    finally:
        if usual:
            app.extensions["pekan_turns"] = usual
        else:
            del app.extensions["pekan_turns"]


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
    monkeypatch.setattr("app.core.db.IDLE_SECONDS", 0.0)  # as if an hour had passed
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
