"""Filling the table of regions from the project's fixture."""

from __future__ import annotations

import csv
from pathlib import Path

import sqlalchemy as sa

from app.core.db import db
from app.regions.models import Kecamatan, Kelurahan

FIXTURE = Path(__file__).parent / "fixtures" / "depok_wilayah.csv"


def load_depok() -> int:
    """Store the 11 kecamatan and 63 kelurahan of Depok; what is there already stays. Returns how many were new."""
    known = set(db.session.scalars(sa.select(Kecamatan.code)))
    stored = set(db.session.scalars(sa.select(Kelurahan.code)))
    added = 0
    with FIXTURE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["kode_kecamatan"] not in known:
                known.add(row["kode_kecamatan"])
                db.session.add(_kecamatan(row))
            if row["kode_kelurahan"] not in stored:
                added += 1
                db.session.add(_kelurahan(row))
    db.session.flush()
    return added


def _kecamatan(row: dict[str, str]) -> Kecamatan:
    return Kecamatan(
        code=row["kode_kecamatan"], name=row["kecamatan"], city_code=row["kode_kota"], city=row["kota"]
    )


def _kelurahan(row: dict[str, str]) -> Kelurahan:
    return Kelurahan(
        code=row["kode_kelurahan"],
        name=row["kelurahan"],
        other_spelling=row["ejaan_lain"] or None,
        kecamatan_code=row["kode_kecamatan"],
    )
