"""The floor: the least a Flask application can do. One route says hello, one inserts a row and commits.

It runs on the application's own server settings and connection settings, on the same database.
"""

from __future__ import annotations

import argparse

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Mapped, mapped_column

import config
from app.core.db import Model, db, init_app
from app.operations import server


class FloorRow(Model):
    """About as wide as a scan."""

    __tablename__ = "bench_floor"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))


def make() -> Flask:
    """The application, its table made."""
    app = Flask("bench_floor")
    settings = config.load()
    init_app(app, settings)
    with app.app_context():
        FloorRow.__table__.create(db.engine, checkfirst=True)  # type: ignore[attr-defined]
    app.add_url_rule("/hello", view_func=hello)
    app.add_url_rule("/rows", view_func=insert, methods=["POST"])
    return app


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
