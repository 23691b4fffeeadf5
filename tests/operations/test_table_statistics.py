"""Tables that grow from nothing get statistics before autovacuum comes by."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db import db, transaction
from app.operations.table_statistics import FEW, gather_statistics
from app.regions.models import Kecamatan


def never() -> bool:
    return False


@pytest.mark.only("sqlite")
def test_sqlite_needs_none(ctx: Flask) -> None:
    assert gather_statistics(never) == 0


@pytest.mark.only("postgresql")
def test_a_table_that_grew_gets_statistics_once(ctx: Flask) -> None:
    grow(FEW + 1)

    assert gather_statistics(never) >= 1

    assert rows_in_statistics() == FEW + 1
    assert_soon(lambda: gather_statistics(never) == 0)


@pytest.mark.only("postgresql")
def test_stops_between_tables(ctx: Flask) -> None:
    grow(FEW + 1)

    assert gather_statistics(lambda: True) == 0


def grow(rows: int) -> None:
    before = changes()
    with transaction():
        db.session.execute(
            sa.insert(Kecamatan),
            [{"code": f"{n:08d}", "name": "Desa", "city_code": "1", "city": "Kota"} for n in range(rows)],
        )
    assert_soon(lambda: changes() >= before + rows)


def changes() -> int:
    asked = "SELECT n_mod_since_analyze FROM pg_stat_user_tables WHERE relname = 'kecamatan'"
    return int(db.session.scalar(sa.text(asked)) or 0)


def rows_in_statistics() -> int:
    return int(db.session.scalar(sa.text("SELECT reltuples FROM pg_class WHERE relname = 'kecamatan'")) or 0)


def assert_soon(true: Callable[[], bool]) -> None:
    """What a connection did is told to the statistics about once a second."""
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)
