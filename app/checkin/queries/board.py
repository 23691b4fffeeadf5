"""What the committee's pages show of points, devices and scans: a fixed number of SELECTs a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.checkin.models import Admission, CheckinPoint, Device, Reason, Scan, ScanStatus
from app.core.db import db
from app.registration.models import Participant, Ticket

LAST_SCANS = 30
MOST_DEVICES = 100
ACTIVE_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class PointRow:
    """A point in the list: people in today, and phones that are not cut off."""

    point: CheckinPoint
    admitted: int
    devices: int


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A phone with how much it scanned."""

    device: Device
    scans: int


@dataclass(frozen=True, slots=True)
class DeviceTotals:
    """Phones that may scan, those heard of lately, and scans that wait on them as they last told."""

    working: int
    active: int
    unsent: int


@dataclass(frozen=True, slots=True)
class ScanRow:
    """One of the last scans. ``holder`` is None where no ticket of ours was read."""

    scanned_at: datetime
    device: str
    holder: str | None
    status: ScanStatus
    reason: Reason | None
    conflict: bool
    offline: bool
    first_admitted_at: datetime | None


def points(festival_id: int, start: datetime, end: datetime) -> list[PointRow]:
    """All points of a festival with today's counts, gates first."""
    admitted = dict(
        db.session.execute(
            sa.select(Admission.point_id, sa.func.count())
            .where(
                Admission.festival_id == festival_id, Admission.admitted_at >= start, Admission.admitted_at < end
            )
            .group_by(Admission.point_id)
        ).all()
    )
    devices = dict(
        db.session.execute(
            sa.select(Device.point_id, sa.func.count())
            .where(Device.festival_id == festival_id, Device.revoked_at.is_(None), Device.paper.is_(False))
            .group_by(Device.point_id)
        ).all()
    )
    gates_first = sa.case((CheckinPoint.activity_id.is_(None), 0), else_=1)
    rows = db.session.scalars(
        sa.select(CheckinPoint)
        .where(CheckinPoint.festival_id == festival_id)
        .options(joinedload(CheckinPoint.activity))
        .order_by(gates_first, CheckinPoint.name)
        .limit(500)
    )
    return [PointRow(p, admitted.get(p.id, 0), devices.get(p.id, 0)) for p in rows]


def point(festival_id: int, point_id: int) -> CheckinPoint | None:
    """A point of this festival."""
    return db.session.scalar(
        sa.select(CheckinPoint)
        .where(CheckinPoint.festival_id == festival_id, CheckinPoint.id == point_id)
        .options(joinedload(CheckinPoint.activity))
    )


def mains(festival_id: int, but: int | None = None) -> list[tuple[int, str]]:
    """Points that others may count with: (id, name), by name, without the one given."""
    rows = db.session.execute(
        sa.select(CheckinPoint.id, CheckinPoint.name)
        .where(CheckinPoint.festival_id == festival_id, CheckinPoint.counts_with_id.is_(None))
        .order_by(CheckinPoint.name, CheckinPoint.id)
        .limit(500)
    )
    return [(row.id, row.name) for row in rows if row.id != but]


def devices(point_id: int) -> list[DeviceRow]:
    """The phones of a point, working ones first, newest first."""
    return _devices(Device.point_id == point_id, [Device.paired_at.desc(), Device.id.desc()])


def all_devices(festival_id: int) -> list[DeviceRow]:
    """The phones of a festival: working ones first, those with unsent scans before others, then by name."""
    unsent_first = sa.func.coalesce(Device.unsent, 0).desc()
    return _devices(Device.festival_id == festival_id, [unsent_first, Device.name, Device.id])


def device_totals(festival_id: int, now: datetime) -> DeviceTotals:
    """Numbers over all phones that are not cut off."""
    row = db.session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count().filter(Device.last_seen_at >= now - ACTIVE_WITHIN),
            sa.func.coalesce(sa.func.sum(Device.unsent), 0),
        ).where(Device.festival_id == festival_id, Device.revoked_at.is_(None), Device.paper.is_(False))
    ).one()
    return DeviceTotals(row[0], row[1], int(row[2] or 0))


def _devices(which: sa.ColumnElement[bool], order: Sequence[sa.ColumnExpressionArgument[Any]]) -> list[DeviceRow]:
    scans = (
        sa.select(Scan.device_id, sa.func.count().label("scans"))
        .join(Device, Device.id == Scan.device_id)
        .where(which)
        .group_by(Scan.device_id)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(Device, sa.func.coalesce(scans.c.scans, 0))
        .outerjoin(scans, scans.c.device_id == Device.id)
        .where(which)
        .options(joinedload(Device.point))
        .order_by(Device.revoked_at.is_not(None), *order)
        .limit(MOST_DEVICES)
    )
    return [DeviceRow(device, count) for device, count in rows]


def last_scans(point_id: int) -> list[ScanRow]:
    """The last attempts at a point, newest first."""
    rows = db.session.execute(
        sa.select(
            Scan.scanned_at, Device.name, Participant.name.label("holder"), Scan.status, Scan.reason, Scan.conflict,
            Scan.offline, Scan.first_admitted_at,
        )
        .join(Device, Device.id == Scan.device_id)
        .outerjoin(Ticket, Ticket.id == Scan.ticket_id)
        .outerjoin(Participant, Participant.id == Ticket.participant_id)
        .where(Scan.point_id == point_id)
        .order_by(Scan.received_at.desc(), Scan.id.desc())
        .limit(LAST_SCANS)
    )  # fmt: skip
    return [ScanRow(*row) for row in rows]


def turned_away(point_id: int, start: datetime, end: datetime) -> int:
    """Denied scans received at a point in [start, end)."""
    return _count(
        sa.select(sa.func.count()).where(
            Scan.point_id == point_id,
            Scan.received_at >= start,
            Scan.received_at < end,
            Scan.status == ScanStatus.DENIED,
        )
    )


def people_in(festival_id: int, start: datetime, end: datetime) -> int:
    """Different tickets let in anywhere in [start, end)."""
    return _count(
        sa.select(sa.func.count(sa.distinct(Admission.ticket_id))).where(
            Admission.festival_id == festival_id, Admission.admitted_at >= start, Admission.admitted_at < end
        )
    )


def active_devices(festival_id: int, now: datetime) -> int:
    """Phones that scanned in the last quarter of an hour."""
    return _count(
        sa.select(sa.func.count()).where(
            Device.festival_id == festival_id,
            Device.revoked_at.is_(None),
            Device.last_seen_at >= now - ACTIVE_WITHIN,
        )
    )


def _count(query: sa.Select[int]) -> int:
    return db.session.scalar(query) or 0
