"""Kecamatan and kelurahan for select fields."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.regions.models import Kecamatan, Kelurahan


def kelurahan_by_kecamatan() -> list[tuple[Kecamatan, list[Kelurahan]]]:
    """Every kecamatan with its kelurahan, both by name: one SELECT, 63 rows for Depok."""
    rows = db.session.scalars(
        sa.select(Kelurahan)
        .join(Kelurahan.kecamatan)
        .options(joinedload(Kelurahan.kecamatan))
        .order_by(Kecamatan.name, Kecamatan.code, Kelurahan.name)
    )
    groups: dict[str, tuple[Kecamatan, list[Kelurahan]]] = {}
    for row in rows:
        groups.setdefault(row.kecamatan_code, (row.kecamatan, []))[1].append(row)
    return list(groups.values())


def kelurahan_by_code(code: str) -> Kelurahan | None:
    """The kelurahan of a Kemendagri code such as 32.76.03.1011, or None."""
    return db.session.get(Kelurahan, code)


def place_names() -> dict[str, str]:
    """Names of kecamatan and kelurahan by Kemendagri code: one SELECT."""
    both = sa.union_all(sa.select(Kecamatan.code, Kecamatan.name), sa.select(Kelurahan.code, Kelurahan.name))
    return {code: name for code, name in db.session.execute(both)}
