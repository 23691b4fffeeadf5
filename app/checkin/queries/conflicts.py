"""What the committee has to look at: admissions offline that were double or wrong, and scans of phones cut off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.accounts.models import User
from app.checkin.models import Admission, CheckinPoint, Device, Reason, Scan, ScanStatus
from app.core.db import db, written_out
from app.registration.models import Participant, Ticket

PAGE = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """One time somebody was let in: where, when, by which phone. ``at`` is the phone's clock, put right."""

    point: str
    at: datetime
    device: str
    volunteer: str | None
    offline: bool
    paper: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """An admission that stands in the hall but not in the books.

    ``entries``: it and, where it was a double one, the other, earlier first. ``reason``: why it should not have
    been. ``entered_at``: the moment of the other admission, also where that was undone since.
    """

    scan_id: int
    holder: str | None
    code: str | None
    reason: Reason
    entries: tuple[Entry, ...]
    entered_at: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None


@dataclass(frozen=True, slots=True)
class CutOff:
    """A scan that came from a phone after it was cut off. ``showed``: what stood on its screen, if it said so."""

    entry: Entry
    received_at: datetime
    revoked_at: datetime | None
    holder: str | None
    showed: ScanStatus | None
    showed_reason: Reason | None


_open = sa.and_(Scan.conflict, Scan.undone_at.is_(None), Scan.resolved_at.is_(None))
_done = sa.and_(Scan.conflict, Scan.resolved_at.is_not(None))
_cut_off = written_out(Scan.__table__.c.reason, Reason.REVOKED_DEVICE)  # as it stands in the partial index


def open_conflicts(festival_id: int) -> int:
    """How many nobody has looked at yet."""
    return _count(festival_id, _open)


def counts(festival_id: int) -> dict[str, int]:
    """Rows behind each tab: ``open``, ``done``, ``revoked``."""
    parts = {"open": _open, "done": _done, "revoked": _cut_off}
    return {name: _count(festival_id, part) for name, part in parts.items()}


def conflicts(festival_id: int, *, done: bool, page: int) -> list[Conflict]:
    """A page: what is open, oldest first; or what was resolved, newest first. Two statements."""
    order = [Scan.resolved_at.desc(), Scan.id.desc()] if done else [Scan.id]
    rows = db.session.execute(
        sa.select(
            Scan, Device.name.label("device"), Device.paper, CheckinPoint.name.label("point"),
            sa.func.coalesce(CheckinPoint.counts_with_id, CheckinPoint.id).label("gate_id"),
            Ticket.code, Ticket.participant_id, Participant.name.label("holder"), User.name.label("resolved_by"),
        )
        .join(Device, Device.id == Scan.device_id)
        .join(CheckinPoint, CheckinPoint.id == Scan.point_id)
        .outerjoin(Ticket, Ticket.id == Scan.ticket_id)
        .outerjoin(Participant, Participant.id == Ticket.participant_id)
        .outerjoin(User, User.id == Scan.resolved_by_id)
        .where(Scan.festival_id == festival_id, _done if done else _open)
        .order_by(*order)
        .limit(PAGE)
        .offset(PAGE * (page - 1))
    ).all()  # fmt: skip
    others = _admissions({row.participant_id for row in rows if row.participant_id is not None})
    return [_conflict(row, others) for row in rows]


def cut_off(festival_id: int, page: int) -> list[CutOff]:
    """A page of what phones sent after they were cut off, newest first."""
    rows = db.session.execute(
        sa.select(
            Scan, Device.name.label("device"), Device.paper, Device.revoked_at, CheckinPoint.name.label("point"),
            Participant.name.label("holder"),
        )
        .join(Device, Device.id == Scan.device_id)
        .join(CheckinPoint, CheckinPoint.id == Scan.point_id)
        .outerjoin(Ticket, Ticket.id == Scan.ticket_id)
        .outerjoin(Participant, Participant.id == Ticket.participant_id)
        .where(Scan.festival_id == festival_id, _cut_off)
        .order_by(Scan.id.desc())
        .limit(PAGE)
        .offset(PAGE * (page - 1))
    )  # fmt: skip
    return [
        CutOff(
            _entry(row), row.Scan.received_at, row.revoked_at, row.holder,
            ScanStatus(row.Scan.phone_verdict) if row.Scan.phone_verdict else None,
            Reason(row.Scan.phone_reason) if row.Scan.phone_reason else None,
        )
        for row in rows
    ]  # fmt: skip


def _count(festival_id: int, part: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).where(Scan.festival_id == festival_id, part)) or 0


_Key = tuple[int, int, datetime]  # person, gate, moment


def _admissions(people: set[int]) -> Mapping[_Key, Entry]:
    """The admissions of these people: by person, for a ticket may have been given out anew since."""
    rows = db.session.execute(
        sa.select(
            Admission.gate_id, Admission.admitted_at, Ticket.participant_id, Scan, Device.name.label("device"),
            Device.paper, CheckinPoint.name.label("point"),
        )
        .join(Ticket, Ticket.id == Admission.ticket_id)
        .join(Scan, Scan.id == Admission.scan_id)
        .join(Device, Device.id == Scan.device_id)
        .join(CheckinPoint, CheckinPoint.id == Admission.point_id)
        .where(Ticket.participant_id.in_(people))
    )  # fmt: skip
    return {(row.participant_id, row.gate_id, row.admitted_at): _entry(row, row.admitted_at) for row in rows}


def _conflict(row: Any, others: Mapping[_Key, Entry]) -> Conflict:
    scan: Scan = row.Scan
    other = (
        others.get((row.participant_id, row.gate_id, scan.first_admitted_at)) if scan.first_admitted_at else None
    )
    entries: Sequence[Entry] = [_entry(row), *([other] if other else [])]
    return Conflict(
        scan.id, row.holder, row.code, scan.reason or Reason.ALREADY_ADMITTED,
        tuple(sorted(entries, key=lambda entry: entry.at)), scan.first_admitted_at, scan.resolved_at,
        row.resolved_by, scan.resolution,
    )  # fmt: skip


def _entry(row: Any, at: datetime | None = None) -> Entry:
    scan: Scan = row.Scan
    put_right = min(scan.scanned_at - timedelta(milliseconds=scan.skew_ms or 0), scan.received_at)
    return Entry(row.point, at or put_right, row.device, scan.volunteer, scan.offline, row.paper)
