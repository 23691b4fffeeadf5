"""Reads of the hot path (SQLAlchemy Core, a bounded number of statements a batch) and of the scanner's header."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.checkin.models import FIRST_USE, Admission, CheckinPoint, Device, PairingCode, Reason, Scan, ScanStatus
from app.checkin.rules import PointFacts, Presence
from app.core.crypto import hash_token
from app.core.db import core, db, table
from app.festival.models import Day, Festival
from app.programme.models import TimeSlot
from app.registration.models import Booking, BookingStatus


@dataclass(frozen=True, slots=True)
class ScanningDevice:
    """A device with all that judging its scans needs; plain values, so that it outlives a transaction."""

    id: int
    name: str
    festival_id: int
    point_id: int
    point_slug: str
    point_name: str
    revoked: bool
    last_seen_at: datetime | None
    zone: ZoneInfo
    point: PointFacts
    gate_id: int  # the point that keeps its admissions: the main one of gates that count together, or itself
    capacity: int | None = None
    pin_hash: str | None = field(default=None, repr=False)
    supervisor_since: datetime | None = None
    supervisor_until: datetime | None = None
    unsent: int | None = None


@dataclass(frozen=True, slots=True)
class StoredScan:
    """What was answered to a scan; a repeated id gets the same again."""

    client_id: str
    device_id: int
    ticket_id: int | None
    status: ScanStatus
    reason: Reason | None
    conflict: bool
    first_admitted_at: datetime | None
    slot_starts_at: datetime | None


# Statements of the hot path are built once: building one costs as much as running it.
_device, _point, _festival, _day = table(Device), table(CheckinPoint), table(Festival), table(Day)
_scan, _admission, _slot = table(Scan), table(Admission), table(TimeSlot)
_DEVICE = (
    sa.select(
        _device.c.id, _device.c.name, _device.c.festival_id, _device.c.revoked_at, _device.c.last_seen_at,
        _point.c.id.label("point_id"), _point.c.slug, _point.c.name.label("point_name"),
        _point.c.activity_id, _point.c.policy, _point.c.opens_before, _point.c.closes_after,
        _point.c.active, _point.c.paused_at, _point.c.counts_with_id, _point.c.counts_inside, _point.c.capacity,
        _point.c.pin_hash, _device.c.supervisor_since, _device.c.supervisor_until, _device.c.unsent,
        _festival.c.timezone, _day.c.date,
    )
    .join(_point, _point.c.id == _device.c.point_id)
    .join(_festival, _festival.c.id == _point.c.festival_id)
    .outerjoin(_day, sa.and_(_day.c.festival_id == _point.c.festival_id, _point.c.activity_id.is_(None)))
    .where(_device.c.token_hash == sa.bindparam("token_hash"))
)  # fmt: skip
_SENT = _scan.c.client_id.in_(sa.bindparam("ids", expanding=True))
_SCANS = sa.select(
    _scan.c.client_id, _scan.c.device_id, _scan.c.ticket_id, _scan.c.status, _scan.c.reason, _scan.c.conflict,
    _scan.c.first_admitted_at, _scan.c.slot_starts_at,
).where(
    # Two terms, so that each finds its unique index; one over all phones' ids would read the whole table.
    sa.or_(
        sa.and_(_SENT, sa.text(f"({FIRST_USE})")),
        sa.and_(_SENT, _scan.c.device_id == sa.bindparam("device_id")),
    )
)  # fmt: skip
_ADMISSIONS = sa.select(
    _admission.c.ticket_id, _admission.c.key, _admission.c.admitted_at, _admission.c.left_at
).where(
    _admission.c.gate_id == sa.bindparam("gate_id"),
    _admission.c.ticket_id.in_(sa.bindparam("ids", expanding=True)),
)


def device_by_token(token: str) -> ScanningDevice | None:
    """The device of a token with its point, and the festival's days where the point needs them: one SELECT."""
    return device_by_hash(hash_token(token))


def device_by_hash(token_hash: str) -> ScanningDevice | None:
    """The same by the hash: for a device whose token nobody has, as the paper of a point."""
    rows = core().execute(_DEVICE, {"token_hash": token_hash}).all()
    if not rows:
        return None
    row = rows[0]
    zone = ZoneInfo(row.timezone)
    facts = PointFacts(
        activity_id=row.activity_id, policy=row.policy, opens_before=timedelta(minutes=row.opens_before),
        closes_after=timedelta(minutes=row.closes_after), active=row.active,
        festival_days=frozenset(r.date for r in rows if r.date is not None), zone=zone,
        paused_since=row.paused_at, counts_inside=row.counts_inside,
    )  # fmt: skip
    return ScanningDevice(
        id=row.id, name=row.name, festival_id=row.festival_id, point_id=row.point_id, point_slug=row.slug,
        point_name=row.point_name, revoked=row.revoked_at is not None, last_seen_at=row.last_seen_at,
        zone=zone, point=facts, gate_id=row.counts_with_id or row.point_id, capacity=row.capacity,
        pin_hash=row.pin_hash, supervisor_since=row.supervisor_since, supervisor_until=row.supervisor_until,
        unsent=row.unsent,
    )  # fmt: skip


def scans_by_id(device_id: int, client_ids: Collection[str]) -> list[StoredScan]:
    """Scans stored under these ids (lower-case UUIDs): those of this device, and any device's first use."""
    rows = core().execute(_SCANS, {"ids": list(client_ids), "device_id": device_id})
    return [StoredScan(*row) for row in rows]


def admissions_of(gate_id: int, ticket_ids: Collection[int]) -> Mapping[int, dict[str, Presence]]:
    """Earlier admissions at a gate: when they came and left by key, by ticket."""
    found: dict[int, dict[str, Presence]] = defaultdict(dict)
    if ticket_ids:
        rows = core().execute(_ADMISSIONS, {"gate_id": gate_id, "ids": list(ticket_ids)})
        for ticket_id, key, at, left in rows:
            found[ticket_id][key] = Presence(at, left)
    return found


def pairing_by_hash(code_hash: str) -> PairingCode | None:
    """The pairing code, used or not."""
    return db.session.scalar(sa.select(PairingCode).where(PairingCode.code_hash == code_hash))


def point_of_slug(festival_id: int, slug: str) -> CheckinPoint | None:
    """The point with this slug in a festival."""
    return db.session.scalar(
        sa.select(CheckinPoint).where(CheckinPoint.festival_id == festival_id, CheckinPoint.slug == slug)
    )


def point_slugs(festival_id: int) -> list[str]:
    """All slugs of a festival's points."""
    return list(
        db.session.scalars(
            sa.select(CheckinPoint.slug).where(CheckinPoint.festival_id == festival_id).order_by(CheckinPoint.slug)
        )
    )


def slot_at(point: PointFacts, at: datetime) -> int | None:
    """The slot of the point's activity that somebody who comes at this moment is in time for.

    Of several the last that has begun, else the next to begin.
    """
    if point.activity_id is None:
        return None
    rows = core().execute(
        sa.select(_slot.c.id, _slot.c.starts_at)
        .where(
            _slot.c.activity_id == point.activity_id, _slot.c.starts_at <= at + point.opens_before,
            _slot.c.ends_at > at - point.closes_after, _slot.c.ends_at > at, sa.not_(_slot.c.closed),
        )
        .order_by(_slot.c.starts_at)
    ).all()  # fmt: skip
    begun = [row.id for row in rows if row.starts_at <= at]
    return begun[-1] if begun else rows[0].id if rows else None


def day_bounds(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """First moment of the wall clock's day, and of the next one."""
    start = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return start, start + timedelta(days=1)


def admitted_on(point_id: int, start: datetime, end: datetime) -> int:
    """Admissions at a point in [start, end): an indexed count."""
    query = sa.select(sa.func.count()).where(
        Admission.point_id == point_id, Admission.admitted_at >= start, Admission.admitted_at < end
    )
    return db.session.scalar(query) or 0


def inside_on(gate_id: int, start: datetime, end: datetime) -> int:
    """People who came in at a gate, or one that counts with it, in [start, end) and have not left."""
    points = sa.select(CheckinPoint.id).where(
        sa.or_(CheckinPoint.id == gate_id, CheckinPoint.counts_with_id == gate_id)
    )
    query = sa.select(sa.func.count()).where(
        Admission.point_id.in_(points), Admission.gate_id == gate_id, Admission.admitted_at >= start,
        Admission.admitted_at < end, Admission.left_at.is_(None),
    )  # fmt: skip
    return db.session.scalar(query) or 0


def expected_on(festival_id: int, activity_id: int | None, start: datetime, end: datetime) -> int:
    """People with a place in a slot that starts in [start, end): of one activity, or of the whole festival."""
    slots = sa.select(TimeSlot.id).where(
        TimeSlot.festival_id == festival_id, TimeSlot.starts_at >= start, TimeSlot.starts_at < end
    )
    if activity_id is not None:
        slots = slots.where(TimeSlot.activity_id == activity_id)
    query = sa.select(sa.func.count(sa.distinct(Booking.participant_id))).where(
        Booking.slot_id.in_(slots), Booking.status == BookingStatus.CONFIRMED
    )
    return db.session.scalar(query) or 0
