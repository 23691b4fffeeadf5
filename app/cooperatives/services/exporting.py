"""The directory as a table that imports again without loss: a row for each year, count or status."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import date
from itertools import zip_longest
from typing import Any, Final

import sqlalchemy as sa

from app.cooperatives import queries
from app.cooperatives.models import Cooperative, CooperativeStatus, CooperativeYear, DigitalReadiness, MemberCount
from app.cooperatives.queries.details import chunks
from app.cooperatives.rules.columns import COLUMNS
from app.cooperatives.rules.readiness import written
from app.cooperatives.rules.rows import ASPECTS
from app.core.db import db
from app.core.sheets import Value, write_csv, write_xlsx
from app.regions.models import Kecamatan, Kelurahan

MOST_IN_PAGE: Final = 20_000  # cooperatives that a page exports at once; as many as an import takes
SHEET: Final = "Koperasi"
_DATED: Final = (
    "men", "women", "members_as_of", "year", "assets", "own_capital", "outside_capital", "turnover", "surplus",
    "employees", "value", "score", *ASPECTS, "paper", "as_of", "definition", "source", "readiness_as_of",
    "answers", "indicators", "readiness_source",
)  # fmt: skip


def export(kind: str) -> bytes:
    """All live cooperatives as ``xlsx`` or ``csv``."""
    rows: list[list[Value]] = [[column.title for column in COLUMNS], *table_rows()]
    if kind == "csv":
        return write_csv(rows)
    return write_xlsx(rows, SHEET, tuple(column.width for column in COLUMNS))


def template(kind: str) -> bytes:
    """An empty table with the same head."""
    rows: list[list[Value]] = [[column.title for column in COLUMNS]]
    return write_csv(rows) if kind == "csv" else write_xlsx(rows, SHEET, tuple(c.width for c in COLUMNS))


def table_rows() -> Iterator[list[Value]]:
    """Rows in the order of ``COLUMNS``, by cooperative in the order they were made."""
    kelurahan = {code: name for code, name in db.session.execute(sa.select(Kelurahan.code, Kelurahan.name))}
    kecamatan = {code: name for code, name in db.session.execute(sa.select(Kecamatan.code, Kecamatan.name))}
    for ids in chunks([one.id for one in queries.all_live()]):
        found = db.session.scalars(sa.select(Cooperative).where(Cooperative.id.in_(ids)).order_by(Cooperative.id))
        years = _by_owner(CooperativeYear, ids, CooperativeYear.year)
        members = _by_owner(MemberCount, ids, MemberCount.as_of)
        statuses = _by_owner(CooperativeStatus, ids, CooperativeStatus.as_of, CooperativeStatus.id)
        readiness = _by_owner(DigitalReadiness, ids, DigitalReadiness.as_of)
        for one in found:
            places = {"kelurahan": kelurahan.get(one.kelurahan_code or ""),
                      "kecamatan": kecamatan.get(one.kecamatan_code or "")}  # fmt: skip
            base = {**{c.key: getattr(one, c.key, None) for c in COLUMNS if c.key not in _DATED}, **places}
            dated = zip_longest(*(of.get(one.id, []) for of in (years, members, statuses, readiness)))
            for year, count, status, ready in list(dated) or [(None, None, None, None)]:
                row = {**base, **_year(year), **_members(count), **_status(status), **_readiness(ready)}
                yield [_value(row.get(column.key)) for column in COLUMNS]
        db.session.expunge_all()


def _by_owner(model: Any, ids: list[int], *order: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in db.session.scalars(sa.select(model).where(model.cooperative_id.in_(ids)).order_by(*order)):
        found.setdefault(row.cooperative_id, []).append(row)
    return found


def _year(row: CooperativeYear | None) -> dict[str, Any]:
    names = ("year", "assets", "own_capital", "outside_capital", "turnover", "surplus", "employees")
    return {name: getattr(row, name) for name in names} if row else {}


def _members(row: MemberCount | None) -> dict[str, Any]:
    return {"men": row.men, "women": row.women, "members_as_of": row.as_of} if row else {}


def _status(row: CooperativeStatus | None) -> dict[str, Any]:
    if row is None:
        return {}
    aspects = {name: _points(score) for name, score in (row.aspects or {}).items()}
    return {"value": row.value, "score": _points(row.score), **aspects, "paper": row.paper, "as_of": row.as_of,
            "definition": row.definition, "source": row.source}  # fmt: skip


def _readiness(row: DigitalReadiness | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {"readiness_as_of": row.as_of, "answers": written(row.answers), "indicators": row.indicators,
            "readiness_source": row.source}  # fmt: skip


def _points(score: int | None) -> str | None:
    return None if score is None else f"{score // 100},{score % 100:02d}"


def _value(value: Any) -> Value:
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, enum.Enum) else value
