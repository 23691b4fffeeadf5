"""Figures by year, members by day, dated status, digital readiness: stated again for the same day, they replace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from app.cooperatives import rules
from app.cooperatives.models import (
    ChangeAction,
    Cooperative,
    CooperativeStatus,
    CooperativeYear,
    Definition,
    DigitalReadiness,
    MemberCount,
    StatusValue,
)
from app.cooperatives.rules.rows import graded_status
from app.cooperatives.services.storing import plain, record
from app.core.db import Model, db


def put_year(cooperative_id: int, year: int, figures: Mapping[str, Any], by_id: int | None, now: datetime) -> None:
    """Figures of a fiscal year in whole rupiah (and employees)."""
    _put(CooperativeYear, ChangeAction.YEAR, cooperative_id, {"year": year}, figures, by_id, now)


def put_members(cooperative_id: int, as_of: date, men: int, women: int, by_id: int | None, now: datetime) -> None:
    """How many members there were on a day."""
    counted = {"men": men, "women": women}
    _put(MemberCount, ChangeAction.MEMBERS, cooperative_id, {"as_of": as_of}, counted, by_id, now)


def put_status(
    cooperative_id: int, as_of: date, source: str, by_id: int | None, now: datetime, *,
    definition: Definition | None = None, value: StatusValue | None = None, score: int | None = None,
    aspects: Mapping[str, int] | None = None,
) -> None:  # fmt: skip
    """A status on a day: graded by aspects, by a total alone, or as somebody else graded it.

    Raises:
        CellProblem: as ``rules.rows.graded_status``.
    """
    graded = graded_status(definition, value, score, aspects or {}, rules.health_paper())
    key = {"definition": graded.pop("definition"), "as_of": as_of, "source": source}
    _put(CooperativeStatus, ChangeAction.STATUS, cooperative_id, key, graded, by_id, now)
    refresh_health([cooperative_id])


def put_readiness(
    cooperative_id: int, as_of: date, answers: Mapping[str, int], source: str, by_id: int | None, now: datetime
) -> None:
    """Answers to the present indicators. ValueError as ``rules.share``."""
    of = rules.indicator_set()
    share = rules.share(answers, of)
    values = {"indicators": of.code, "answers": dict(answers), "share": share, "level": rules.level(share, of),
              "source": source}  # fmt: skip
    _put(DigitalReadiness, ChangeAction.READINESS, cooperative_id, {"as_of": as_of}, values, by_id, now)


def _put(
    model: Any, action: ChangeAction, cooperative_id: int, key: Mapping[str, Any], values: Mapping[str, Any],
    by_id: int | None, now: datetime,
) -> None:  # fmt: skip
    """Insert, or replace what stands under the same key; history says which."""
    wanted = [model.cooperative_id == cooperative_id, *(getattr(model, name) == of for name, of in key.items())]
    stored: Model | None = db.session.scalar(sa.select(model).where(*wanted))
    if stored is None:
        db.session.add(model(cooperative_id=cooperative_id, **key, **values))
        record(cooperative_id, action, {}, plain({**key, **values}), by_id, now)
        db.session.flush()
        return
    changed = {name: value for name, value in values.items() if getattr(stored, name) != value}
    if not changed:
        return
    before = {name: getattr(stored, name) for name in changed}
    for name, value in changed.items():
        setattr(stored, name, value)
    record(cooperative_id, action, plain({**key, **before}), plain({**key, **changed}), by_id, now)
    db.session.flush()


def refresh_health(cooperative_ids: list[int] | None = None) -> None:
    """Keep ``Cooperative.health`` equal to the latest graded status; of all where no ids are given."""
    query = sa.update(Cooperative).values(health=latest_health().scalar_subquery())
    if cooperative_ids is not None:
        query = query.where(Cooperative.id.in_(cooperative_ids))
    db.session.execute(query, execution_options={"synchronize_session": False})


def latest_health() -> sa.Select[Any]:
    """The latest graded status of the cooperative at hand (correlated)."""
    status = CooperativeStatus
    return (
        sa.select(status.value)
        .where(status.cooperative_id == Cooperative.id, status.definition == Definition.HEALTH)
        .order_by(status.as_of.desc(), status.id.desc())
        .limit(1)
        .correlate(Cooperative)
    )
