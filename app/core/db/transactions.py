"""One transaction a write, and the hot paths that do without a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TypeVar

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.core.db.model import SESSION, Present, db, present_work
from app.core.turns import WriteTurns

T = TypeVar("T")


@contextmanager
def hot_path() -> Iterator[None]:
    """One connection for a whole request, without a session: ``core()`` gives it, ``transaction()`` writes on it.

    Making and closing a session costs as much as three statements; one that is asked for all the same joins in.
    A session that there is already, as in scripts that call a page, is put aside meanwhile.
    """
    registry = db.session.registry
    aside = registry() if registry.has() else None
    registry.clear()
    with current_app.extensions[SESSION].connect() as connection:
        token = present_work.set(Present(connection, hot=True))
        try:
            yield
        finally:
            db.session.remove()
            present_work.reset(token)
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
    present = present_work.get()
    if present and present.writes:
        raise RuntimeError("transaction() inside transaction(): services must not open one")
    work = _HotWork(present.connection) if present else _SessionWork()
    turns: WriteTurns | None = current_app.extensions.get("pekan_turns")
    with turns.turn() if turns else nullcontext():
        token = present_work.set(Present(work.connection, hot=present is not None, writes=True))
        try:
            work.connection.exec_driver_sql("BEGIN IMMEDIATE" if turns else "BEGIN")
            yield db.session  # type: ignore[misc]
            work.commit()
        except BaseException:
            work.rollback()
            raise
        finally:
            present_work.reset(token)


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


def core() -> sa.Connection:
    """The connection of the present transaction, for the hot paths: statements without the ORM's share."""
    present = present_work.get()
    return present.connection if present else db.session.connection()


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
