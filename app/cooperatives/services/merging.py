"""Merging duplicates: one leads on, nothing is lost, addresses of the other keep working."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.cooperatives.models import (
    ChangeAction,
    CoachingCase,
    Cooperative,
    CooperativeStatus,
    CooperativeYear,
    DigitalReadiness,
    MemberCount,
)
from app.cooperatives.services.figures import refresh_health
from app.cooperatives.services.storing import BASE, base_columns, base_of, index_words, plain, record
from app.core.db import db, rows_changed
from app.core.errors import DomainError
from app.core.i18n import gettext as _

_KEYS: dict[Any, tuple[str, ...]] = {
    CooperativeYear: ("year",), MemberCount: ("as_of",), DigitalReadiness: ("as_of",),
    CooperativeStatus: ("definition", "as_of", "source"),
}  # fmt: skip


def merge(source: Cooperative, target: Cooperative, by_id: int | None, now: datetime) -> None:
    """Merge ``source`` into ``target``.

    What the target lacks it takes over: empty fields, years, counts, statuses, assessments; all coaching cases.
    Where both say something for one year or day the target's stands, and the other's stays with the merged one,
    which is kept as it was and leads to the target.

    Raises:
        DomainError: ``same``, or ``merged`` when one of them has been merged meanwhile.
    """
    if source.id == target.id:
        raise DomainError("same", _("Koperasi tidak bisa digabung dengan dirinya sendiri."))
    gone = DomainError("merged", _("Salah satunya sudah digabung. Muat ulang halaman ini."))
    _lock(source.id, target.id)
    if target.merged_into_id is not None:
        raise gone
    met = rows_changed(
        sa.update(Cooperative)
        .where(Cooperative.id == source.id, Cooperative.merged_into_id.is_(None))
        .values(merged_into_id=target.id, updated_at=now, version=Cooperative.version + 1)
    )
    if not met:
        raise gone
    earlier = sa.update(Cooperative).where(Cooperative.merged_into_id == source.id)
    db.session.execute(earlier.values(merged_into_id=target.id), execution_options={"synchronize_session": False})
    taken = _take_over_fields(source, target, now)
    moved = _move_rows(source.id, target.id)
    index_words([target])
    refresh_health([target.id])
    whose = {"id": source.id, "slug": source.slug, "name": source.name}
    record(
        target.id, ChangeAction.MERGED, taken["before"], {**taken["after"], "merged": whose, **moved}, by_id, now
    )
    into = {"id": target.id, "slug": target.slug, "name": target.name}
    record(source.id, ChangeAction.MERGED_AWAY, plain(base_of(source)), {"into": into}, by_id, now)
    db.session.flush()


def _lock(*ids: int) -> None:
    """Lock both rows in id order, then read them afresh."""
    query = sa.select(Cooperative).where(Cooperative.id.in_(ids)).order_by(Cooperative.id)
    db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()


def _take_over_fields(source: Cooperative, target: Cooperative, now: datetime) -> dict[str, dict[str, Any]]:
    empty = {
        name: getattr(source, name)
        for name in BASE
        if getattr(target, name) in (None, "") and getattr(source, name) not in (None, "")
    }
    if "kelurahan_code" in empty and target.kecamatan_code not in (None, source.kecamatan_code):
        del empty["kelurahan_code"]  # of another kecamatan than the target's own
    if empty:
        columns = base_columns({**base_of(target), **empty})
        for name, value in columns.items():
            setattr(target, name, value)
    target.version += 1
    target.updated_at = now
    db.session.flush()
    return {"before": {}, "after": plain(empty)}


def _move_rows(source_id: int, target_id: int) -> dict[str, int]:
    """Rows that the target has none like go over to it; how many, by table."""
    moved: dict[str, int] = {}
    for model, key in _KEYS.items():
        theirs = aliased(model)
        there = sa.exists().where(
            theirs.cooperative_id == target_id, *(getattr(theirs, name) == getattr(model, name) for name in key)
        )
        statement = sa.update(model).where(model.cooperative_id == source_id, ~there)
        moved[model.__tablename__] = rows_changed(statement.values(cooperative_id=target_id))
    cases = sa.update(CoachingCase).where(CoachingCase.cooperative_id == source_id)
    moved[CoachingCase.__tablename__] = rows_changed(cases.values(cooperative_id=target_id))
    return {name: number for name, number in moved.items() if number}
