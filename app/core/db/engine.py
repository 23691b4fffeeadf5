"""The engine: one for SQLite and one for PostgreSQL, made alike as far as they can be."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app

from app.core.db.model import SESSION, db
from app.core.turns import WriteTurns
from config import ROOT, Settings

IDLE_SECONDS = (
    5.0  # a connection that rested longer is asked whether it still lives; a busy one never waits for that
)


LOCK_SECONDS = 5  # whoever waits longer for a row is answered 503
UNFINISHED_SECONDS = 30  # PostgreSQL ends a transaction that asks nothing for so long, and gives its rows free
# Seconds and milliseconds (libpq): a database behind a broken wire is found out in half a minute, not in fifteen.
_TO_POSTGRESQL = {
    "autocommit": True, "connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives_idle": 10,
    "keepalives_interval": 5, "keepalives_count": 3,
}  # fmt: skip


class _Migrations:
    """Stands where Flask-Migrate looks for its settings, and brings it when it does.

    Alembic takes 11 MB and a tenth of a second; a server needs neither.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Any:
        from flask_migrate import Migrate

        Migrate(self._app, db, directory=str(ROOT / "migrations"), render_as_batch=True)  # takes our place
        return getattr(self._app.extensions["migrate"], name)


def init_app(app: Flask, settings: Settings) -> None:
    """Bind the database and the migrations to the application."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    options: dict[str, Any] = {"pool_pre_ping": False, "pool_size": 8, "max_overflow": 8, "pool_timeout": 5}
    options["connect_args"] = {"timeout": 10} if settings.on_sqlite else dict(_TO_POSTGRESQL)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    app.extensions["migrate"] = _Migrations(app)
    with app.app_context():
        if settings.on_sqlite:
            _prepare_sqlite(db.engine)
            file = Path(str(db.engine.url.database))
            app.extensions["pekan_turns"] = WriteTurns(file.with_name(file.name + ".turn"))
        else:
            _limit_waiting(db.engine)
            _distrust_idle_connections(db.engine)
        _begin_by_hand(db.engine)
        app.extensions[SESSION] = db.engine.execution_options(**{SESSION: True})


def alembic_config() -> Any:
    """Where the migrations of the present application are, for Alembic."""
    return current_app.extensions["migrate"].migrate.get_config()


def _limit_waiting(engine: sa.Engine) -> None:
    """What ``WriteTurns`` is for SQLite: a process of ours that stops in the middle of a write keeps its locks,
    and nobody should wait for it for ever.
    """

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.execute(
            f"SET lock_timeout = '{LOCK_SECONDS}s'; "
            f"SET idle_in_transaction_session_timeout = '{UNFINISHED_SECONDS}s'"
        )


def _distrust_idle_connections(engine: sa.Engine) -> None:
    """After a restart of PostgreSQL every pooled connection is dead, and no answer should be lost to that.

    ``pool_pre_ping`` would ask before each request, one of the few round trips of a scan.
    """

    @sa.event.listens_for(engine, "checkin")
    def _rest(_connection: Any, record: sa.pool.ConnectionPoolEntry) -> None:
        record.info["rests_since"] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def _wake(connection: Any, record: sa.pool.ConnectionPoolEntry, _proxy: object) -> None:
        since = record.info.get("rests_since")
        if since is None or time.monotonic() - since < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.InvalidatePoolError from error  # the pool connects anew, and throws away all the others


def _prepare_sqlite(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # see _begin_by_hand
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()


def _begin_by_hand(engine: sa.Engine) -> None:
    """Drivers do not begin by themselves here: neither late (SQLite) nor with a round trip for every read
    (PostgreSQL). Sessions read without a transaction, as good as at READ COMMITTED, and begin in
    ``transaction()`` on the connection that has read; whoever takes a connection of the engine begins at once.
    """

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        if not connection.get_execution_options().get(SESSION):
            connection.exec_driver_sql("BEGIN")
