"""How people come in: by gate and quarter of an hour, and who is inside. Four statements, however many points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.checkin.models import Admission, CheckinPoint
from app.core.db import db

QUARTER = timedelta(minutes=15)
MOST_POINTS = 100


@dataclass(frozen=True, slots=True)
class GateFlow:
    """One point on one day. ``quarters`` as in ``Flow.quarters``, ``recent``: in the last fifteen minutes;
    ``inside`` None where that is not counted.
    """

    point: CheckinPoint
    quarters: tuple[int, ...]
    admitted: int
    recent: int
    inside: int | None
    capacity: int | None


@dataclass(frozen=True, slots=True)
class Flow:
    """``quarters``: the starts of all quarters from the first entry to the last, without holes."""

    quarters: tuple[datetime, ...]
    gates: tuple[GateFlow, ...]
    busiest: int

    @property
    def admitted(self) -> int:
        """Entries at all points."""
        return sum(gate.admitted for gate in self.gates)


def flow(festival_id: int, start: datetime, end: datetime, now: datetime) -> Flow:
    """Entries in [start, end), a day of the wall clock: gates first, then points where anybody came."""
    gates_first = sa.case((CheckinPoint.activity_id.is_(None), 0), else_=1)
    points = db.session.scalars(
        sa.select(CheckinPoint)
        .where(CheckinPoint.festival_id == festival_id)
        .order_by(gates_first, CheckinPoint.name, CheckinPoint.id)
        .limit(MOST_POINTS)
    ).all()
    counted = _by_quarter(points, start, end)
    numbers = [n for found in counted.values() for n in found]
    first, last = min(numbers, default=0), max(numbers, default=-1)
    inside = _inside(festival_id, start, end)
    recent = _since(points, now - QUARTER)
    made = [
        _gate(point, [counted[point.id].get(n, 0) for n in range(first, last + 1)], recent, inside)
        for point in points
        if counted[point.id] or point.activity_id is None or point.counts_inside
    ]
    quarters = tuple(start + QUARTER * n for n in range(first, last + 1))
    return Flow(quarters, tuple(made), max((max(g.quarters, default=0) for g in made), default=0))


def inside_of(gate_id: int, start: datetime, end: datetime) -> int:
    """People inside: let in in [start, end) at this gate or one that counts with it, and not gone out."""
    query = sa.select(sa.func.count()).where(
        Admission.gate_id == gate_id, Admission.admitted_at >= start, Admission.admitted_at < end,
        Admission.left_at.is_(None),
    )  # fmt: skip
    return db.session.scalar(query) or 0


def _gate(point: CheckinPoint, quarters: Sequence[int], recent: dict[int, int], inside: dict[int, int]) -> GateFlow:
    counts = point.counts_inside
    within = inside.get(point.counts_with_id or point.id, 0) if counts else None
    capacity = point.capacity if counts else None
    return GateFlow(point, tuple(quarters), sum(quarters), recent.get(point.id, 0), within, capacity)


def _since(points: Sequence[CheckinPoint], moment: datetime) -> dict[int, int]:
    """Entries by point since a moment."""
    rows = db.session.execute(
        sa.select(Admission.point_id, sa.func.count())
        .where(Admission.point_id.in_([point.id for point in points]), Admission.admitted_at >= moment)
        .group_by(Admission.point_id)
    )
    return dict(rows.all())


def _by_quarter(points: Sequence[CheckinPoint], start: datetime, end: datetime) -> dict[int, dict[int, int]]:
    """Entries by point and number of the quarter since ``start``."""
    number = _quarter_number(start)
    rows = db.session.execute(
        sa.select(Admission.point_id, number.label("quarter"), sa.func.count())
        .where(
            Admission.point_id.in_([point.id for point in points]),
            Admission.admitted_at >= start,
            Admission.admitted_at < end,
        )
        .group_by(Admission.point_id, number)
    )
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for point_id, quarter, count in rows:
        found[point_id][int(quarter)] = count
    return found


def _quarter_number(start: datetime) -> sa.ColumnElement[int]:
    """Whole quarters of an hour between ``start`` and the admission; written out, as PostgreSQL groups by it."""
    since, length = int(start.timestamp()), int(QUARTER.total_seconds())
    if db.engine.dialect.name == "sqlite":
        return sa.literal_column(f"((CAST(strftime('%s', admission.admitted_at) AS INTEGER) - {since}) / {length})")
    return sa.literal_column(f"floor((extract(epoch FROM admission.admitted_at) - {since}) / {length})")


def _inside(festival_id: int, start: datetime, end: datetime) -> dict[int, int]:
    """People inside by gate, for the points that count it."""
    gates = sa.select(sa.func.coalesce(CheckinPoint.counts_with_id, CheckinPoint.id)).where(
        CheckinPoint.festival_id == festival_id, CheckinPoint.counts_inside
    )
    rows = db.session.execute(
        sa.select(Admission.gate_id, sa.func.count())
        .where(
            Admission.gate_id.in_(gates), Admission.admitted_at >= start, Admission.admitted_at < end,
            Admission.left_at.is_(None),
        )
        .group_by(Admission.gate_id)
    )  # fmt: skip
    return dict(rows.all())
