"""Search and filters of the directory, fast at 131,617 cooperatives (bench/directory.py).

No full-text engine: SQLite and PostgreSQL have different ones. ``CooperativeWord`` holds each word once a
cooperative, in the order of bytes, so that the beginning of a word is a range of its primary key. Two ways to an
answer: the rarest word leads to at most ``FEW`` cooperatives, which are sorted; or all words are frequent, and the
list is walked in its order until a page is full.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from app.cooperatives.models import Cooperative, CooperativeWord, Kind, StatusValue
from app.cooperatives.rules import asked_words
from app.core.db import db, table
from app.regions.models import Kecamatan, Kelurahan

PAGE: Final = 25
FEW: Final = 8_000
_LAST: Final = chr(0x10FFFF)  # behind every word that begins like this
_coop, _word = table(Cooperative), table(CooperativeWord)
_kecamatan, _kelurahan = table(Kecamatan), table(Kelurahan)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for. ``after``: sort key and id of the last one seen; pages go forward by it."""

    text: str = ""
    kecamatan: str | None = None
    kind: Kind | None = None
    health: StatusValue | None = None
    after: tuple[str, int] | None = None

    @property
    def filtered(self) -> bool:
        """Whether it is less than all."""
        return bool(self.text.strip() or self.kecamatan or self.kind or self.health)


@dataclass(frozen=True, slots=True)
class Found:
    """One page. ``rows`` have id, slug, name, legal_number, kind, pattern, health, kelurahan, kecamatan, is_sample;
    ``after`` goes to the next page, None where there is none.
    """

    rows: list[Any]
    after: tuple[str, int] | None


def search(wanted: Wanted, page: int = PAGE) -> Found:
    """One page of live cooperatives by name: two or three statements for any search."""
    words = asked_words(wanted.text)
    statement = _page(wanted, page)
    if words:
        counts = _how_many(words)
        if 0 in counts.values():
            return Found([], None)
        rarest = min(words, key=lambda word: counts[word])
        others = [word for word in words if word != rarest]
        if counts[rarest] <= FEW:
            statement = _from_few(statement, rarest, others)
        else:
            for word in words:
                statement = statement.where(_has(word))
    rows = db.session.execute(_with_places(statement)).all()
    last = rows[page - 1] if len(rows) > page else None
    return Found(list(rows[:page]), (last.sort_key, last.id) if last else None)


def _page(wanted: Wanted, page: int) -> sa.Select[Any]:
    columns = ("id", "slug", "name", "sort_key", "legal_number", "nik", "kind", "pattern", "health", "is_sample")
    statement = sa.select(
        *(_coop.c[name] for name in columns), _coop.c.kelurahan_code, _coop.c.kecamatan_code
    ).where(_coop.c.merged_into_id.is_(None))
    if wanted.kecamatan:
        statement = statement.where(_coop.c.kecamatan_code == wanted.kecamatan)
    if wanted.kind:
        statement = statement.where(_coop.c.kind == wanted.kind)
    if wanted.health:
        statement = statement.where(_coop.c.health == wanted.health)
    if wanted.after:
        key, after_id = wanted.after
        statement = statement.where(sa.tuple_(_coop.c.sort_key, _coop.c.id) > sa.tuple_(key, after_id))
    return statement.order_by(_coop.c.sort_key, _coop.c.id).limit(page + 1)


def _range(word: str, column: Any = _word.c.word) -> sa.ColumnElement[bool]:
    return sa.and_(column >= word, column < word + _LAST)


def _how_many(words: tuple[str, ...]) -> dict[str, int]:
    """By word, how many have one that begins so; no further than just over ``FEW``. One statement."""
    counts = [
        sa.select(sa.func.count())
        .select_from(sa.select(_word.c.cooperative_id).where(_range(word)).limit(FEW + 1).subquery())
        .scalar_subquery()
        for word in words
    ]
    return dict(zip(words, db.session.execute(sa.select(*counts)).one(), strict=True))


def _from_few(statement: sa.Select[Any], rarest: str, others: list[str]) -> sa.Select[Any]:
    few = sa.select(_word.c.cooperative_id).distinct().where(_range(rarest)).cte("few").prefix_with("MATERIALIZED")
    statement = statement.where(_coop.c.id.in_(sa.select(few.c.cooperative_id)))
    for word in others:
        statement = statement.where(_has(word))
    return statement


def _has(word: str) -> sa.ColumnElement[bool]:
    of_one = _word.alias()
    return sa.exists().where(of_one.c.cooperative_id == _coop.c.id, _range(word, of_one.c.word))


def _with_places(statement: sa.Select[Any]) -> sa.Select[Any]:
    """The page with names of its places: joined after the page is cut."""
    page = statement.subquery("page")
    return (
        sa.select(page, _kelurahan.c.name.label("kelurahan"), _kecamatan.c.name.label("kecamatan"))
        .outerjoin(_kelurahan, _kelurahan.c.code == page.c.kelurahan_code)
        .outerjoin(_kecamatan, _kecamatan.c.code == page.c.kecamatan_code)
        .order_by(page.c.sort_key, page.c.id)
    )
