"""Counts. A count says what was counted: definition, day and source, for sources of one city disagree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.cooperatives.models import Cooperative, CooperativeStatus, Definition, DigitalReadiness, Level, StatusValue
from app.core.db import db
from app.core.recent import Recent


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cooperatives have which status, by one definition, on one day, from one source."""

    definition: Definition
    as_of: date
    source: str
    values: dict[StatusValue, int]
    sample: bool

    @property
    def total(self) -> int:
        """All that were looked at."""
        return sum(self.values.values())


def live_total() -> int:
    """How many cooperatives are in the directory now."""
    query = sa.select(sa.func.count()).select_from(Cooperative).where(Cooperative.merged_into_id.is_(None))
    return int(db.session.scalar(query) or 0)


def _count(definition: str) -> Counts | None:
    return _counts(Definition(definition))


_recent = Recent("cooperative_counts", _count)


def health_counts(definition: Definition = Definition.HEALTH) -> Counts | None:
    """The counts of the latest day and its fullest source; None where there is no status. Kept for a moment."""
    return _recent.get(definition.value)


def _counts(definition: Definition) -> Counts | None:
    status = CooperativeStatus
    latest = (
        sa.select(status.as_of, status.source, sa.func.count().label("many"))
        .where(status.definition == definition)
        .group_by(status.as_of, status.source)
        .order_by(sa.desc("many"), status.as_of.desc(), status.source)
        .limit(12)
    )
    groups = db.session.execute(latest).all()
    if not groups:
        return None
    # The latest day that covers most of the city: one grade given yesterday is no count of the city.
    most = max(group.many for group in groups)
    chosen = max((g for g in groups if g.many * 2 >= most), key=lambda g: (g.as_of, g.many))
    rows = db.session.execute(
        sa.select(status.value, sa.func.count(), sa.func.max(sa.cast(Cooperative.is_sample, sa.Integer)))
        .join(Cooperative, Cooperative.id == status.cooperative_id)
        .where(
            status.definition == definition, status.as_of == chosen.as_of, status.source == chosen.source,
            Cooperative.merged_into_id.is_(None),
        )
        .group_by(status.value)
    ).all()  # fmt: skip
    values = {value: int(many) for value, many, _sample in rows}
    return Counts(definition, chosen.as_of, chosen.source, values, any(sample for *_rest, sample in rows))


def became_digital(year: int) -> int:
    """How many were digital by their last assessment of a year, and not by their last one before it."""
    of = DigitalReadiness

    def last_level(*when: Any) -> Any:
        later = sa.orm.aliased(of)
        same = later.cooperative_id == of.cooperative_id
        dates = sa.select(sa.func.max(later.as_of)).where(same, *(condition(later) for condition in when))
        newest = dates.scalar_subquery()
        return sa.select(of.cooperative_id).where(of.as_of == newest, of.level == Level.DIGITAL)

    start, end = date(year, 1, 1), date(year, 12, 31)
    now = last_level(lambda t: t.as_of >= start, lambda t: t.as_of <= end)
    before = last_level(lambda t: t.as_of < start)
    query = sa.select(sa.func.count()).select_from(now.except_(before).subquery())
    return int(db.session.scalar(query) or 0)
