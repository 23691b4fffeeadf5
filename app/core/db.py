"""The database: one session a request, one transaction a write, the same code on SQLite and PostgreSQL."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import flask_sqlalchemy.session
import sqlalchemy as sa
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session

from app.core.turns import WriteTurns
from config import ROOT, Settings

T = TypeVar("T")
_SESSION = "pekan_session"
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


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can find it on both databases."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


@dataclass(frozen=True, slots=True)
class _Present:
    """The connection that is at work: of a hot path or of a session, within a transaction or before it."""

    connection: sa.Connection
    hot: bool
    writes: bool = False


_present: ContextVar[_Present | None] = ContextVar("present", default=None)


class _OneEngine(flask_sqlalchemy.session.Session):
    """A session that knows its one engine; the extension looks among several at every statement."""

    def get_bind(self, *_arguments: Any, bind: Any = None, **_more: Any) -> Any:
        present = _present.get()
        return bind or (present.connection if present and present.hot else current_app.extensions[_SESSION])


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "class_": _OneEngine})
if TYPE_CHECKING:

    class Model(Base):
        """What every table is built on (the extension makes it at run time, out of sight of mypy)."""

        __abstract__ = True
else:
    Model = db.Model


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware moment, stored as UTC. SQLite has no zones, so they are taken off and put back."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone must not be stored")
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Code(sa.types.TypeDecorator[enum.StrEnum]):
    """A closed list of codes, stored as its word."""

    impl = sa.String(24)
    cache_ok = True

    def __init__(self, codes: type[enum.StrEnum]) -> None:
        super().__init__()
        self.codes = codes

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else self.codes(value).value

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> enum.StrEnum | None:  # noqa: ARG002
        return None if value is None else self.codes(value)


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
        app.extensions[_SESSION] = db.engine.execution_options(**{_SESSION: True})


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
        if not connection.get_execution_options().get(_SESSION):
            connection.exec_driver_sql("BEGIN")


@contextmanager
def hot_path() -> Iterator[None]:
    """One connection for a whole request, without a session: ``core()`` gives it, ``transaction()`` writes on it.

    Making and closing a session costs as much as three statements; one that is asked for all the same joins in.
    A session that there is already, as in scripts that call a page, is put aside meanwhile.
    """
    registry = db.session.registry
    aside = registry() if registry.has() else None
    registry.clear()
    with current_app.extensions[_SESSION].connect() as connection:
        token = _present.set(_Present(connection, hot=True))
        try:
            yield
        finally:
            db.session.remove()
            _present.reset(token)
            if aside is not None:
                registry.set(aside)
                aside.expire_all()


@contextmanager
def transaction() -> Iterator[Session]:
    """One write transaction: commits at the end of the block, rolls back on any exception.

    Stands in routes, api and cli; services never commit. On SQLite it waits its turn in a fair queue and
    begins IMMEDIATE, so that it cannot fail half way for want of the write lock. What the request has read
    was read on the same connection; what it loaded into a session is read afresh.
    """
    present = _present.get()
    if present and present.writes:
        raise RuntimeError("transaction() inside transaction(): services must not open one")
    work = _HotWork(present.connection) if present else _SessionWork()
    turns: WriteTurns | None = current_app.extensions.get("pekan_turns")
    with turns.turn() if turns else nullcontext():
        token = _present.set(_Present(work.connection, hot=present is not None, writes=True))
        try:
            work.connection.exec_driver_sql("BEGIN IMMEDIATE" if turns else "BEGIN")
            yield db.session  # type: ignore[misc]
            work.commit()
        except BaseException:
            work.rollback()
            raise
        finally:
            _present.reset(token)


class _SessionWork:
    """A transaction of the request's session."""

    def __init__(self) -> None:
        session = db.session()
        if session.new or session.dirty or session.deleted:
            raise RuntimeError("changes were made outside transaction()")
        session.expire_all()
        self.connection = session.connection()
        self.commit, self.rollback = session.commit, session.rollback


class _HotWork:
    """A transaction of a hot path's connection, and of a session that may have joined it."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def commit(self) -> None:
        if db.session.registry.has():
            db.session.flush()
        self.connection.commit()
        db.session.remove()

    def rollback(self) -> None:
        db.session.remove()
        self.connection.rollback()


def in_transaction(work: Callable[[], T]) -> T:
    """Run ``work`` in a transaction; after a lost race (unique key, deadlock, serialization) once more.

    The second run sees what the winner wrote and words the answer accordingly.
    """
    try:
        with transaction():
            return work()
    except DBAPIError as error:
        if not lost_race(error):
            raise
    with transaction():
        return work()


def table(model: type[Base]) -> sa.Table:
    """The table of a model, for statements of the hot paths."""
    return cast(sa.Table, model.__table__)


def core() -> sa.Connection:
    """The connection of the present transaction, for the hot paths: statements without the ORM's share."""
    present = _present.get()
    return present.connection if present else db.session.connection()


def written_out(column: sa.ColumnElement[Any], *codes: enum.StrEnum) -> sa.ColumnElement[bool]:
    """The column holds one of these codes, written into the statement, so that partial indexes serve it.

    As parameters they would cost SQLite a new plan at every run: they decide which index may be used.
    """
    text = sa.type_coerce(column, sa.String)
    words: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{code.value}'") for code in codes]
    return text == words[0] if len(words) == 1 else text.in_(words)


def one_or_many(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Rows for an INSERT: a single one goes in by itself, for the machinery of many costs more than the row."""
    return rows if len(rows) > 1 else rows[0]


def rows_changed(statement: sa.Insert | sa.Update | sa.Delete) -> int:
    """Run a guarded change and tell how many rows it met: the answer of the database, not of an earlier read.

    Objects loaded before keep their old values; read them afresh when they matter.
    """
    # preserve_rowcount: INSERT … SELECT tells its count only when asked on PostgreSQL
    options = {"synchronize_session": False, "preserve_rowcount": True}
    done = db.session.execute(statement, execution_options=options)
    return int(done.rowcount)  # type: ignore[attr-defined]


def lost_race(error: DBAPIError) -> bool:
    """True when another transaction won and running again gives a proper answer."""
    # 40001 serialization_failure, 40P01 deadlock_detected (PostgreSQL, appendix A)
    return isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", None) in ("40001", "40P01")
