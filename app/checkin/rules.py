"""The verdict of a scan. Pure: what the database knows comes in as plain values, what to store goes out."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from app.programme.rules import AdmissionPolicy


class PointKind(enum.StrEnum):
    """What stands at a check-in point."""

    GATE = "gate"
    ACTIVITY = "activity"
    BOOTH = "booth"
    DESK = "desk"


class ScanStatus(enum.StrEnum):
    """The answer in one word."""

    ADMITTED = "admitted"
    DENIED = "denied"


class Reason(enum.StrEnum):
    """Why a ticket was not let in; shown to staff in words."""

    ALREADY_ADMITTED = "already_admitted"
    UNKNOWN = "unknown"
    FORGED = "forged"
    OTHER_FESTIVAL = "other_festival"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    WAITLISTED = "waitlisted"
    WRONG_ACTIVITY = "wrong_activity"
    WRONG_DAY = "wrong_day"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    POINT_CLOSED = "point_closed"
    NOT_IN_SNAPSHOT = "not_in_snapshot"
    REVOKED_DEVICE = "revoked_device"
    ID_REUSED = "id_reused"


@dataclass(frozen=True, slots=True)
class BookedSlot:
    """A booking of the ticket's holder, live or not."""

    activity_id: int
    starts_at: datetime
    ends_at: datetime
    live: bool
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What the database knows of the ticket that was read."""

    replaced: bool
    cancelled: bool
    bookings: Sequence[BookedSlot]


@dataclass(frozen=True, slots=True)
class PointFacts:
    """The rules of the point. ``activity_id`` None admits any live booking on a festival day."""

    activity_id: int | None
    policy: AdmissionPolicy
    opens_before: timedelta
    closes_after: timedelta
    active: bool
    festival_days: frozenset[date]
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Admitted:
    """Let in; ``key`` makes the admission unique at the point."""

    key: str


@dataclass(frozen=True, slots=True)
class Denied:
    """Not let in. ``slot`` is the booking the reason speaks of, ``first_admitted_at`` the earlier entry."""

    reason: Reason
    first_admitted_at: datetime | None = None
    slot: BookedSlot | None = None


Verdict = Admitted | Denied


def decide(
    ticket: TicketFacts, point: PointFacts, admissions: Mapping[str, datetime], scan_id: str, at: datetime
) -> Verdict:
    """The verdict for a ticket that exists, at a point, at a moment (api.md, scans).

    ``admissions`` maps the keys of this ticket's earlier admissions at this point to their moments. An
    earlier admission is told before any lateness: it is the more useful answer at a gate.
    """
    if ticket.replaced:
        return Denied(Reason.REPLACED)
    if ticket.cancelled:
        return Denied(Reason.CANCELLED)
    if not point.active:
        return Denied(Reason.POINT_CLOSED)
    key = admission_key(point, scan_id, at)
    if key in admissions:
        return Denied(Reason.ALREADY_ADMITTED, first_admitted_at=admissions[key])
    return _denied_by_booking(ticket, point, at) or Admitted(key)


def admission_key(point: PointFacts, scan_id: str, at: datetime) -> str:
    """What may happen only once: anything, a day of the festival's wall clock, or this very scan."""
    match point.policy:
        case AdmissionPolicy.ONCE:
            return ""
        case AdmissionPolicy.DAILY:
            return at.astimezone(point.zone).date().isoformat()
        case AdmissionPolicy.UNLIMITED:
            return scan_id


def _denied_by_booking(ticket: TicketFacts, point: PointFacts, at: datetime) -> Denied | None:
    mine = [b for b in ticket.bookings if point.activity_id in (None, b.activity_id)]
    live = [b for b in mine if b.live]
    if not live:
        if any(b.waiting for b in mine):
            return Denied(Reason.WAITLISTED)
        if mine or (ticket.bookings and not any(b.live for b in ticket.bookings)):
            return Denied(Reason.CANCELLED)
        return Denied(Reason.WRONG_ACTIVITY)
    today = at.astimezone(point.zone).date()
    if point.activity_id is None:
        return None if today in point.festival_days else Denied(Reason.WRONG_DAY)
    return _denied_by_time(live, point, at, today)


def _denied_by_time(live: Sequence[BookedSlot], point: PointFacts, at: datetime, today: date) -> Denied | None:
    if any(b.starts_at - point.opens_before <= at < b.ends_at + point.closes_after for b in live):
        return None
    same_day = sorted(
        (b for b in live if b.starts_at.astimezone(point.zone).date() == today), key=lambda b: b.starts_at
    )
    if not same_day:
        return Denied(Reason.WRONG_DAY, slot=min(live, key=lambda b: b.starts_at))
    coming = [b for b in same_day if at < b.starts_at]
    return Denied(Reason.TOO_EARLY, slot=coming[0]) if coming else Denied(Reason.TOO_LATE, slot=same_day[-1])
