"""The verdict of a scan. Pure: what the database knows comes in as plain values, what to store goes out."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import assert_never

from app.core.admission import AdmissionPolicy


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
    BLANK = "blank"
    NO_BOOKING = "no_booking"
    WRONG_ACTIVITY = "wrong_activity"
    WRONG_DAY = "wrong_day"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    POINT_CLOSED = "point_closed"
    POINT_PAUSED = "point_paused"
    NOT_IN_SNAPSHOT = "not_in_snapshot"
    REVOKED_DEVICE = "revoked_device"
    ID_REUSED = "id_reused"


NOT_OURS = frozenset({Reason.UNKNOWN, Reason.FORGED, Reason.OTHER_FESTIVAL})
"""Nothing of ours was read: whatever a phone showed, nobody with such a code was let in by us."""
SERVER_ONLY = frozenset({Reason.REVOKED_DEVICE, Reason.ID_REUSED})
"""Reasons that only the server can know; a phone that sends one is not believed."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One scan as a phone sent it, already parsed (api.md, scans).

    ``sent_id`` is the id as it came and goes back; ``client_id`` the same UUID in lower case, as it is stored.
    ``phone_verdict`` and ``phone_reason`` are what the phone showed without a network; a reason that is not in
    the list is None.
    """

    sent_id: str
    client_id: str
    code: str
    scanned_at: datetime
    offline: bool = False
    phone_verdict: ScanStatus | None = None
    phone_reason: Reason | None = None
    direction: str | None = None


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
    """What the database knows of the ticket that was read. ``blank``: printed already, but nobody's yet."""

    replaced: bool
    cancelled: bool
    bookings: Sequence[BookedSlot]
    blank: bool = False


@dataclass(frozen=True, slots=True)
class PointFacts:
    """The rules of the point. ``activity_id`` None admits any live booking on a festival day.

    ``paused_since``: from then on nobody is let in; what a phone let in before and sends later stands.
    """

    activity_id: int | None
    policy: AdmissionPolicy
    opens_before: timedelta
    closes_after: timedelta
    active: bool
    festival_days: frozenset[date]
    zone: tzinfo
    paused_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PointFields:
    """What the committee says of a point. Minutes before a slot's start and after its end."""

    name: str
    kind: PointKind
    activity_id: int | None
    policy: AdmissionPolicy
    opens_before: int
    closes_after: int
    active: bool


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is stored and answered. An admission is written exactly when ``admission_key`` is not None."""

    status: ScanStatus
    reason: Reason | None = None
    conflict: bool = False
    admission_key: str | None = None
    first_admitted_at: datetime | None = None
    slot: BookedSlot | None = None


def moment_of(attempt: Attempt, now: datetime) -> datetime:
    """The moment a scan is judged at: the phone's clock for an offline scan, never later than the server's."""
    return min(attempt.scanned_at, now) if attempt.offline else now


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
    if point.paused_since and at >= point.paused_since:
        return Denied(Reason.POINT_PAUSED)
    if ticket.blank:
        return Denied(Reason.BLANK)
    key = admission_key(point, scan_id, at)
    if key in admissions:
        return Denied(Reason.ALREADY_ADMITTED, first_admitted_at=admissions[key])
    return _denied_by_booking(ticket, point, at) or Admitted(key)


def settle(verdict: Verdict, attempt: Attempt) -> Outcome:
    """What becomes of a verdict once it is known what the phone showed without a network (api.md, scans).

    Somebody whom the phone let in is in: the answer stays *admitted*, and where the server would have said no
    it is a conflict without a second admission. Somebody whom the phone turned away is not in. An online
    scan, and an offline one of a phone that showed nothing, is as the server says.
    """
    shown = attempt.phone_verdict if attempt.offline else None
    if shown is ScanStatus.DENIED:
        return _turned_away(verdict, attempt.phone_reason)
    match verdict:
        case Admitted(key):
            return Outcome(ScanStatus.ADMITTED, admission_key=key)
        case Denied(reason, first, slot):
            let_in = shown is ScanStatus.ADMITTED and reason not in NOT_OURS
            status = ScanStatus.ADMITTED if let_in else ScanStatus.DENIED
            return Outcome(status, reason, conflict=let_in, first_admitted_at=first, slot=slot)
    assert_never(verdict)


def _turned_away(verdict: Verdict, told: Reason | None) -> Outcome:
    """Denied by the phone: with its reason, else the server's, else that the phone could not know better."""
    found = verdict if isinstance(verdict, Denied) else None
    reason = told or (found.reason if found else Reason.NOT_IN_SNAPSHOT)
    same = found is not None and found.reason is reason
    return Outcome(
        ScanStatus.DENIED, reason,
        first_admitted_at=found.first_admitted_at if found and same else None,
        slot=found.slot if found and same else None,
    )  # fmt: skip


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
        return Denied(_why_no_booking(ticket.bookings, mine))
    if point.activity_id is None:
        return None if at.astimezone(point.zone).date() in point.festival_days else Denied(Reason.WRONG_DAY)
    return _denied_by_time(live, point, at)


def _why_no_booking(all_bookings: Sequence[BookedSlot], mine: Sequence[BookedSlot]) -> Reason:
    """Which word helps the holder most: what became of the booking meant here, else of all of them."""
    if not all_bookings:
        return Reason.NO_BOOKING
    if any(b.waiting for b in mine):
        return Reason.WAITLISTED
    if mine or not any(b.live or b.waiting for b in all_bookings):
        return Reason.CANCELLED
    return Reason.WRONG_ACTIVITY


def _denied_by_time(live: Sequence[BookedSlot], point: PointFacts, at: datetime) -> Denied | None:
    """The window is [start - opens_before, end + closes_after): its end is exclusive.

    Outside of it the day of the wall clock decides the word; a slot over midnight belongs to both days.
    """
    if any(b.starts_at - point.opens_before <= at < b.ends_at + point.closes_after for b in live):
        return None
    coming = min((b for b in live if at < b.starts_at), key=lambda b: b.starts_at, default=None)
    past = max((b for b in live if at >= b.starts_at), key=lambda b: b.ends_at, default=None)
    today = at.astimezone(point.zone).date()
    if coming and coming.starts_at.astimezone(point.zone).date() == today:
        return Denied(Reason.TOO_EARLY, slot=coming)
    if past and past.ends_at.astimezone(point.zone).date() == today:
        return Denied(Reason.TOO_LATE, slot=past)
    return Denied(Reason.WRONG_DAY, slot=coming or past)
