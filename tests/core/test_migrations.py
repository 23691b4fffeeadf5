"""Migrations run up and down on a fresh database of the kind under test, and say the same as the models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask

from app import create_app
from app.core.db import db
from tests.conftest import test_settings
from tests.postgres import Server


@pytest.fixture
def fresh(tmp_path: Path, postgres: Server | None) -> Iterator[Flask]:
    """The application on a database of its own, without any table."""
    url = postgres.create_database("pekan_migrations") if postgres else f"sqlite:///{tmp_path / 'fresh.sqlite3'}"
    app = create_app(test_settings(tmp_path, url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    if postgres:
        postgres.drop_database("pekan_migrations")


def tables() -> set[str]:
    return set(sa.inspect(db.engine).get_table_names()) - {"alembic_version"}


def differences() -> list[object]:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return list(compare_metadata(context, db.metadata))


def test_up_down_to_nothing_and_up_again(fresh: Flask) -> None:
    flask_migrate.upgrade()
    assert tables() == set(db.metadata.tables)
    flask_migrate.downgrade(revision="base")
    assert tables() == set()
    flask_migrate.upgrade()
    assert tables() == set(db.metadata.tables)


def test_models_and_migrations_say_the_same(fresh: Flask) -> None:
    flask_migrate.upgrade()
    assert differences() == []
    assert checks_in_database() == checks_in_models(), "Alembic does not compare CHECK constraints"


def checks_in_models() -> dict[str, set[str]]:
    return {
        table.name: {str(c.name) for c in table.constraints if isinstance(c, sa.CheckConstraint)}
        for table in db.metadata.tables.values()
    }


def checks_in_database() -> dict[str, set[str]]:
    inspector = sa.inspect(db.engine)
    return {name: {str(c["name"]) for c in inspector.get_check_constraints(name)} for name in tables()}


def test_there_is_one_line_of_migrations(fresh: Flask) -> None:
    script = fresh.extensions["migrate"].migrate.get_config()
    from alembic.script import ScriptDirectory

    assert len(ScriptDirectory.from_config(script).get_heads()) == 1
