"""The verdict of a scan. Pure: what the database knows comes in as plain values, what to store goes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import assert_never

from app.checkin.rules import presence
from app.checkin.rules.facts import (
    NEVER_BY_HAND,
    NOT_OURS,
    Admitted,
    Attempt,
    BookedSlot,
    Denied,
    Leaves,
    Outcome,
    PointFacts,
    Presence,
    Reason,
    ScanStatus,
    TicketFacts,
    Verdict,
)


def moment_of(attempt: Attempt, now: datetime) -> datetime:
    """The moment a scan is judged at: the phone's clock, put right, for an offline scan; never later than ours."""
    return min(attempt.scanned_at - attempt.skew, now) if attempt.offline else now


def decide(
    ticket: TicketFacts, point: PointFacts, admissions: Mapping[str, Presence], scan_id: str, at: datetime,
    goes_out: bool = False,
) -> Verdict:  # fmt: skip
    """The verdict for a ticket that exists, at a point, at a moment (api.md, scans).

    ``admissions`` holds this ticket's earlier admissions at this gate by their keys. An earlier admission is
    told before any lateness: it is the more useful answer at a gate. Who goes out is asked nothing but whether
    they are inside.
    """
    if ticket.replaced:
        return Denied(Reason.REPLACED)
    if goes_out and point.counts_inside:
        return presence.leaving(point, admissions, at)
    if ticket.cancelled:
        return Denied(Reason.CANCELLED)
    if not point.active:
        return Denied(Reason.POINT_CLOSED)
    if point.paused_since and at >= point.paused_since:
        return Denied(Reason.POINT_PAUSED)
    if ticket.blank:
        return Denied(Reason.BLANK)
    entry = presence.entering(point, admissions, scan_id, at)
    if isinstance(entry, Denied):
        return entry
    return _denied_by_booking(ticket, point, at) or entry


def by_hand(
    verdict: Verdict, point: PointFacts, admissions: Mapping[str, Presence], scan_id: str, at: datetime
) -> Verdict:
    """What a supervisor's word makes of a verdict: let in, save where there is nobody to let in (again)."""
    if not isinstance(verdict, Denied) or verdict.reason in NEVER_BY_HAND:
        return verdict
    return presence.entering(point, admissions, scan_id, at)


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
        case Leaves(key):
            return Outcome(ScanStatus.ADMITTED, leaves_key=key)
        case Denied(reason, first, slot):
            let_in = shown is ScanStatus.ADMITTED and reason not in NOT_OURS
            status = ScanStatus.ADMITTED if let_in else ScanStatus.DENIED
            # Who is out is out: nobody came in wrongly, so there is nothing to resolve.
            conflict = let_in and reason is not Reason.NOT_INSIDE
            return Outcome(status, reason, conflict=conflict, first_admitted_at=first, slot=slot)
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
