"""What every test stands on: real migrations, a real database, real commits, no network but this machine."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from pytest_socket import socket_allow_hosts

import config
from app import create_app
from app.core.db import db
from tests.logcheck import Recorder, personal_lines
from tests.postgres import Server, postgresql
from tests.servers import chromium_options, running_server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite", help="run against this one")


def pytest_configure() -> None:
    # A test that reaches out of this machine fails instead of passing by luck.
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about the other database (it is not skipped there, it has no meaning there), and what
    mounts a disk, where we may not.
    """
    database = config.getoption("--database")
    others = [item for item in items if (mark := item.get_closest_marker("only")) and database not in mark.args]
    if not _may_mount():
        others += [item for item in items if item not in others and item.get_closest_marker("mounts")]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


def _may_mount() -> bool:
    """Whether this process has CAP_SYS_ADMIN, capability 21 (proc(5))."""
    found = re.search(r"^CapEff:\s*([0-9a-f]+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    return found is not None and bool(int(found[1], 16) >> 21 & 1)


@pytest.fixture(scope="session", autouse=True)
def clean_logs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """At the end of the run, read all that this process and the servers logged: nobody's data may be in it."""
    recorder = Recorder(tmp_path_factory.mktemp("logs") / "run.log")
    logging.getLogger().addHandler(recorder)
    logging.getLogger("pekan").setLevel(logging.INFO)  # as in production; the access log is what carries addresses
    yield
    logging.getLogger().removeHandler(recorder)
    recorder.close()
    logs = [recorder.path, *tmp_path_factory.getbasetemp().rglob("server-*.log")]
    found = [line for log in logs for line in personal_lines(log.read_text(errors="replace"))]
    assert not found, "\n".join(sorted(set(found))[:40])


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Server | None]:
    """A throw-away PostgreSQL server, or None when the run is on SQLite."""
    if request.config.getoption("--database") == "sqlite":
        yield None
        return
    with postgresql(fsync=False) as server:
        yield server


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, postgres: Server | None) -> config.Settings:
    """Settings of the test run: keys and SQLite file in a folder of its own."""
    instance = tmp_path_factory.mktemp("instance")
    url = postgres.create_database("pekan_test") if postgres else f"sqlite:///{instance / 'pekan.sqlite3'}"
    return test_settings(instance, url)


def test_settings(instance: Path, url: str) -> config.Settings:
    """Settings with fixed keys; rate limits are off but for the tests that turn them on."""
    return config.Settings(
        instance=instance,
        database_url=url,
        secret_key=b"test-secret-key-that-is-long-enough!",
        ticket_key=bytes(range(32)),
        ratelimit_enabled=False,
        page_seconds=0,
        testing=True,
    )


test_settings.__test__ = False  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def app(settings: config.Settings) -> Iterator[Flask]:
    """The application on a migrated database."""
    made = create_app(settings)
    with made.app_context():
        upgrade()
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def ctx(app: Flask) -> Iterator[None]:
    """An application context on an empty database."""
    with app.app_context():
        empty_database()
        yield
        db.session.remove()


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    """A browser without JavaScript, on an empty database (fill it with the factories)."""
    with app.app_context():
        empty_database()
    yield app.test_client()
    with app.app_context():
        db.session.remove()


def empty_database() -> None:
    """Delete all rows. Commits in tests are real, so that lost races and rollbacks are real too."""
    db.session.remove()
    with db.engine.begin() as connection:
        for table in reversed(db.metadata.sorted_tables):
            connection.execute(table.delete())


@pytest.fixture(scope="session")
def live_server(app: Flask, settings: config.Settings) -> Iterator[str]:
    """The address of a real server in processes of its own, on the database of this test run."""
    with running_server(settings) as address:
        yield address


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """The system's Chromium, quiet about networks it will not find."""
    return {**browser_type_launch_args, **chromium_options()}


@pytest.fixture(params=["phone", "desktop"])
def screen(request: pytest.FixtureRequest) -> dict[str, int]:
    """The two sizes every page is looked at."""
    return {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1280, "height": 800}}[request.param]
