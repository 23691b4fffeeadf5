"""Search and filters of the directory, fast at 131,617 cooperatives (bench/directory.py).

No full-text engine: SQLite and PostgreSQL have different ones. ``CooperativeWord`` holds each word once a
cooperative, in the order of bytes, so that the beginning of a word is a range of its primary key. Two ways to an
answer: the rarest word leads to at most ``FEW`` cooperatives, which are sorted; or all words are frequent, and the
list is walked in its order until a page is full. Words that are frequent and seldom stand together fill no page:
after ``WALKED`` rows the ids of all words are brought together instead (INTERSECT), and what remains is sorted.
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
COUNTED: Final = FEW + 1  # how far words are counted: beyond it all are frequent
WALKED: Final = 1_000  # rows of the list that are looked at before all ids are brought together
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
    """One page of live cooperatives by name: one to four statements for any search."""
    rows = _rows(wanted, asked_words(wanted.text), page)
    last = rows[page - 1] if len(rows) > page else None
    return Found(rows[:page], (last.sort_key, last.id) if last else None)


def _rows(wanted: Wanted, words: tuple[str, ...], page: int) -> list[Any]:
    """A page and the row behind it, if there is one."""
    statement = _page(wanted).limit(page + 1)
    if not words:
        return _read(statement)
    counts = _how_many(words)
    if 0 in counts.values():
        return []
    rarest = min(words, key=lambda word: counts[word])
    if counts[rarest] <= FEW:
        return _read(_of(statement, _led(words, rarest)))
    end = db.session.execute(_page(wanted).offset(WALKED).limit(1)).first()
    walk = statement.where(*(_has(word) for word in words))
    if end is not None:
        walk = walk.where(sa.tuple_(_coop.c.sort_key, _coop.c.id) <= sa.tuple_(end.sort_key, end.id))
    rows = _read(walk)
    if end is None or len(rows) > page:
        return rows
    return _read(_of(statement, _common(words)))


def _page(wanted: Wanted) -> sa.Select[Any]:
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
    return statement.order_by(_coop.c.sort_key, _coop.c.id)


def _range(word: str, column: Any = _word.c.word) -> sa.ColumnElement[bool]:
    return sa.and_(column >= word, column < word + _LAST)


def _how_many(words: tuple[str, ...]) -> dict[str, int]:
    """By word, how many have one that begins so; no further than ``COUNTED``. One statement."""
    counts = [
        sa.select(sa.func.count())
        .select_from(sa.select(_word.c.cooperative_id).where(_range(word)).limit(COUNTED).subquery())
        .scalar_subquery()
        for word in words
    ]
    return dict(zip(words, db.session.execute(sa.select(*counts)).one(), strict=True))


def _of(statement: sa.Select[Any], ids: sa.Select[Any] | sa.CompoundSelect[Any]) -> sa.Select[Any]:
    """The page of those with these ids; MATERIALIZED: ids first, cooperatives after."""
    few = ids.cte("few").prefix_with("MATERIALIZED")
    return statement.where(_coop.c.id.in_(sa.select(few.c.cooperative_id)))


def _led(words: tuple[str, ...], leading: str) -> sa.Select[Any]:
    """Ids of those that the leading word finds, each asked for the others."""
    ids = sa.select(_word.c.cooperative_id).distinct().where(_range(leading))
    return ids.where(*(_has(word, _word.c.cooperative_id) for word in words if word != leading))


def _common(words: tuple[str, ...]) -> sa.CompoundSelect[Any]:
    """The same, all words at once: quicker where even the rarest finds many."""
    return sa.intersect(*(sa.select(_word.c.cooperative_id).where(_range(word)) for word in words))


def _has(word: str, cooperative_id: Any = _coop.c.id) -> sa.ColumnElement[bool]:
    """Asked of one cooperative after the other: LIMIT keeps PostgreSQL from joining all words at once instead."""
    of_one = _word.alias()
    its_own = sa.select(of_one.c.cooperative_id).where(of_one.c.cooperative_id == cooperative_id)
    return its_own.where(_range(word, of_one.c.word)).limit(1).scalar_subquery().is_not(None)


def _read(statement: sa.Select[Any]) -> list[Any]:
    return list(db.session.execute(_with_places(statement)))


def _with_places(statement: sa.Select[Any]) -> sa.Select[Any]:
    """The page with names of its places: joined after the page is cut."""
    page = statement.subquery("page")
    return (
        sa.select(page, _kelurahan.c.name.label("kelurahan"), _kecamatan.c.name.label("kecamatan"))
        .outerjoin(_kelurahan, _kelurahan.c.code == page.c.kelurahan_code)
        .outerjoin(_kecamatan, _kecamatan.c.code == page.c.kecamatan_code)
        .order_by(page.c.sort_key, page.c.id)
    )
