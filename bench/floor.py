"""The floor: the least a Flask application can do. One route says hello, one inserts a row and commits.

Flask and Flask-SQLAlchemy as their manuals show them, on the application's own server settings and database, as
durable as the application (SQLite: write-ahead log, synchronous=FULL).
"""

from __future__ import annotations

import argparse
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import config
from app.operations import server


class Base(DeclarativeBase):
    """Tables of the floor."""


# without the manual's default of reading every row anew after its commit, which would make the floor easy to reach
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


class FloorRow(Base):
    """About as wide as a scan."""

    __tablename__ = "bench_floor"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))


def make() -> Flask:
    """The application, its table made."""
    app = Flask("bench_floor")
    settings = config.load()
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    db.init_app(app)
    with app.app_context():
        if settings.on_sqlite:
            sa.event.listen(db.engine, "connect", _durable)
        Base.metadata.create_all(db.engine)
    app.add_url_rule("/hello", view_func=hello)
    app.add_url_rule("/rows", view_func=insert, methods=["POST"])
    return app


def _durable(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def hello() -> str:
    """Nothing but Flask."""
    return "hello"


def insert() -> tuple[dict[str, int], int]:
    """One row through the session, committed."""
    row = FloorRow(name="Siti Aminah")
    db.session.add(row)
    db.session.commit()
    return {"id": row.id}, 201


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    arguments = parser.parse_args()
    server.serve(server.build(make), "127.0.0.1", arguments.port, arguments.workers, with_worker=False)
