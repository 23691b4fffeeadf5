"""What tables are made of: the session, types of columns, pieces of statements."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import flask_sqlalchemy.session
import sqlalchemy as sa
from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase

SESSION = "pekan_session"


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
class Present:
    """The connection that is at work: of a hot path or of a session, within a transaction or before it."""

    connection: sa.Connection
    hot: bool
    writes: bool = False


present_work: ContextVar[Present | None] = ContextVar("present", default=None)


class _OneEngine(flask_sqlalchemy.session.Session):
    """A session that knows its one engine; the extension looks among several at every statement."""

    def get_bind(self, *_arguments: Any, bind: Any = None, **_more: Any) -> Any:
        present = present_work.get()
        return bind or (present.connection if present and present.hot else current_app.extensions[SESSION])


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


def table(model: type[Base]) -> sa.Table:
    """The table of a model, for statements of the hot paths."""
    return cast(sa.Table, model.__table__)


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
