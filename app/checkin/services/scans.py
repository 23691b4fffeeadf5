"""A batch of scans: load what the rules ask, decide one after the other, store every attempt. Never commits.

The way of one scan is described in architecture.md; the constraints on ``scan`` and ``admission`` are the
truth, and a lost race makes the caller run this again (``api.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.checkin import queries
from app.checkin.models import Admission, Scan
from app.checkin.queries import Relative, ScanningDevice, StoredScan
from app.checkin.rules import (
    Attempt,
    BookedSlot,
    Denied,
    Outcome,
    Presence,
    Reason,
    ScanStatus,
    TicketFacts,
    admission_key,
    by_hand,
    decide,
    moment_of,
    settle,
)
from app.checkin.services.reading import Reading as Reading
from app.checkin.services.walk_ins import bind_walk_ins
from app.core import hooks
from app.core.admission import AdmissionPolicy
from app.core.db import core, one_or_many, table
from app.registration.models import BookingStatus, TicketStatus
from app.registration.queries import ScanTicket, name_key, tickets_for_scan

_scan, _admission = table(Scan), table(Admission)
_INSERT_SCAN = sa.insert(_scan).returning(_scan.c.client_id, _scan.c.id)
_INSERT_ADMISSION = sa.insert(_admission)
_LEAVE = (
    sa.update(_admission)
    .where(
        _admission.c.gate_id == sa.bindparam("gate"), _admission.c.ticket_id == sa.bindparam("ticket"),
        _admission.c.key == sa.bindparam("left_key"), _admission.c.left_at.is_(None),
    )
    .values(left_at=sa.bindparam("at"))
)  # fmt: skip
_MILLISECOND = timedelta(milliseconds=1)
CLOCKS_DIFFER = timedelta(minutes=1)  # a supervisor's phone may unlock a moment before the server says since when


@dataclass(frozen=True, slots=True)
class ScanAnswer:
    """What goes back for one scan. ``id`` as it was sent, moments aware."""

    id: str
    status: ScanStatus
    reason: Reason | None
    holder: str | None
    first_admitted_at: datetime | None
    conflict: bool
    slot_starts_at: datetime | None
    family: Sequence[Relative] = ()


@dataclass(frozen=True, slots=True)
class _Judged:
    """A new scan with its verdict, on its way into the database."""

    attempt: Attempt
    ticket: ScanTicket | None
    outcome: Outcome
    at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """Scans judged but not yet stored: what is new, and what each will be answered."""

    judged: Sequence[_Judged]
    answers: Sequence[ScanAnswer]


def record_scans(device: ScanningDevice, readings: Sequence[Reading], now: datetime) -> Sequence[ScanAnswer]:
    """Judge and store scans in the order given; answers in the same order.

    A repeated id of this device is answered as before, an id that another device used first is *id_reused*,
    and a revoked device gets nobody in. The number of statements does not depend on the number of scans.
    An IntegrityError here is a lost race: roll back and call again.
    """
    refused = bind_walk_ins(device, readings, now)
    review = review_scans(device, readings, now, refused=refused)
    store_scans(device, review, now)
    return review.answers


def review_scans(
    device: ScanningDevice, readings: Sequence[Reading], now: datetime, *, hopeful: bool = False,
    refused: Mapping[str, Reason] | None = None,
) -> Review:  # fmt: skip
    """Judge scans in the order given, writing nothing: the first half of ``record_scans``.

    ``refused``: why blank tickets could not be given to walk-ins, by scan.

    ``hopeful`` takes them for new, of tickets that were not at this point yet, without looking: then storing
    them runs into a unique key where that is wrong, and ``record_scans`` is to be called instead.
    """
    stored = [] if hopeful else queries.scans_by_id(device.id, {r.attempt.client_id for r in readings})
    known = {s.client_id: s for s in stored if s.device_id == device.id}
    foreign = {s.client_id for s in stored if s.device_id != device.id}
    fresh = {r.attempt.client_id: r for r in reversed(readings) if r.attempt.client_id not in known}
    ordered = [r for r in readings if fresh.get(r.attempt.client_id) is r]
    tickets = _tickets(device, ordered, known)
    earlier = {} if hopeful and not device.point.counts_inside else _earlier(device, ordered, tickets)
    judged = _judge(device, ordered, foreign, tickets, now, earlier, refused or {})
    for item in judged:
        known[item.attempt.client_id] = _as_stored(device, item)
    answers = [_answer(r.attempt, known[r.attempt.client_id], tickets) for r in readings]
    return Review(judged, _with_families(device, readings, answers, known, tickets, now))


def store_scans(device: ScanningDevice, review: Review, now: datetime) -> None:
    """The second half of ``record_scans``: two INSERTs at most, and an UPDATE for each that goes out."""
    _store(device, review.judged, now)


@dataclass(frozen=True, slots=True)
class _Tickets:
    by_id: Mapping[int, ScanTicket]
    by_code: Mapping[str, ScanTicket]

    def of(self, reading: Reading) -> ScanTicket | None:
        if reading.ticket_id is not None:
            return self.by_id.get(reading.ticket_id)
        return self.by_code.get(reading.typed) if reading.typed else None


def _tickets(device: ScanningDevice, fresh: Sequence[Reading], known: Mapping[str, StoredScan]) -> _Tickets:
    """The tickets of new scans, and those of repeated ones for their holders' names."""
    ids = {s.ticket_id for s in known.values() if s.ticket_id is not None}
    ids |= {r.ticket_id for r in fresh if r.ticket_id is not None}
    codes = {r.typed for r in fresh if r.typed is not None}
    found = tickets_for_scan(device.festival_id, ids, codes)
    return _Tickets({t.id: t for t in found}, {t.code: t for t in found})


def _earlier(device: ScanningDevice, fresh: Sequence[Reading], tickets: _Tickets) -> dict[int, dict[str, Presence]]:
    """What the tickets did at this gate before; nothing where they may come in as often as they like."""
    if device.point.policy is AdmissionPolicy.UNLIMITED and not device.point.counts_inside:
        return {}
    return dict(queries.admissions_of(device.gate_id, {t.id for r in fresh if (t := tickets.of(r))}))


def _judge(
    device: ScanningDevice, fresh: Sequence[Reading], foreign: set[str], tickets: _Tickets, now: datetime,
    earlier: dict[int, dict[str, Presence]], refused: Mapping[str, Reason],
) -> list[_Judged]:  # fmt: skip
    """Verdicts one after the other: an admission counts for the scans behind it."""
    judged: list[_Judged] = []
    for reading in fresh:
        attempt, at = reading.attempt, moment_of(reading.attempt, now)
        if reason := _refused(device, attempt, foreign):
            # whose ticket a lost phone read, the committee may see; its answer says nothing of it
            read = tickets.of(reading) if reason is Reason.REVOKED_DEVICE else None
            judged.append(_Judged(attempt, read, Outcome(ScanStatus.DENIED, reason), at))
            continue
        ticket = tickets.of(reading)
        if ticket is None:
            outcome = settle(Denied(reading.fault or Reason.UNKNOWN), attempt)
        else:
            why = refused.get(attempt.client_id)
            outcome = _outcome(device, attempt, ticket, earlier.setdefault(ticket.id, {}), at, why)
        judged.append(_Judged(attempt, ticket, outcome, at))
    return judged


def _outcome(
    device: ScanningDevice, attempt: Attempt, ticket: ScanTicket, admissions: dict[str, Presence], at: datetime,
    why_blank: Reason | None,
) -> Outcome:  # fmt: skip
    """The verdict for one ticket, kept among its admissions for the scans behind it."""
    point, scan_id = device.point, attempt.client_id
    verdict = decide(_facts(ticket), point, admissions, scan_id, at, attempt.goes_out)
    if attempt.name and ticket.holder and name_key(attempt.name) != name_key(ticket.holder):
        verdict = Denied(Reason.OTHER_HOLDER)  # a walk-in with a blank ticket that somebody else has by now
    elif why_blank and verdict == Denied(Reason.BLANK):
        verdict = Denied(why_blank)
    elif attempt.by_hand and _supervises(device, at):
        verdict = by_hand(verdict, point, admissions, scan_id, at)
    outcome = settle(verdict, attempt)
    if outcome.admission_key is not None:
        admissions[outcome.admission_key] = Presence(at)
    if outcome.leaves_key is not None:
        admissions[outcome.leaves_key] = replace(admissions[outcome.leaves_key], left_at=at)
    return outcome


def _supervises(device: ScanningDevice, at: datetime) -> bool:
    since, until = device.supervisor_since, device.supervisor_until
    return since is not None and until is not None and since - CLOCKS_DIFFER <= at < until


def _refused(device: ScanningDevice, attempt: Attempt, foreign: set[str]) -> Reason | None:
    """Reasons that need no look at the ticket. A reused id first: its row must carry that word to be unique."""
    if attempt.client_id in foreign:
        return Reason.ID_REUSED
    return Reason.REVOKED_DEVICE if device.revoked else None


def _facts(ticket: ScanTicket) -> TicketFacts:
    bookings = [
        BookedSlot(
            b.activity_id, b.starts_at, b.ends_at,
            live=b.status is BookingStatus.CONFIRMED, waiting=b.status is BookingStatus.WAITLISTED,
        )
        for b in ticket.bookings
    ]  # fmt: skip
    replaced, cancelled = ticket.status is TicketStatus.REPLACED, ticket.status is TicketStatus.CANCELLED
    return TicketFacts(replaced, cancelled, bookings, blank=ticket.participant_id is None)


def _store(device: ScanningDevice, judged: Sequence[_Judged], now: datetime) -> None:
    """Every attempt, then who came in and who went out, in the same transaction."""
    if not judged:
        return
    rows = [_scan_row(device, item, now) for item in judged]
    scan_ids = {client_id: scan_id for client_id, scan_id in core().execute(_INSERT_SCAN, one_or_many(rows))}
    _admit(device, [item for item in judged if item.outcome.admission_key is not None], scan_ids)
    for item in judged:
        if item.outcome.leaves_key is not None and item.ticket is not None:
            left = {"gate": device.gate_id, "ticket": item.ticket.id, "left_key": item.outcome.leaves_key}
            core().execute(_LEAVE, {**left, "at": item.at})


def _admit(device: ScanningDevice, admitted: Sequence[_Judged], scan_ids: Mapping[str, int]) -> None:
    """One INSERT for all, and what others do on an admission."""
    if not admitted:
        return
    admissions: list[dict[str, Any]] = [
        {
            "festival_id": device.festival_id, "point_id": device.point_id,
            "gate_id": device.gate_id, "ticket_id": item.ticket.id, "key": item.outcome.admission_key,
            "scan_id": scan_ids[item.attempt.client_id], "admitted_at": item.at,
        }
        for item in admitted if item.ticket is not None
    ]  # fmt: skip
    # In one order for everybody: two batches with the same tickets wait for each other instead of deadlocking.
    admissions.sort(key=lambda row: (row["ticket_id"], row["key"]))
    core().execute(_INSERT_ADMISSION, one_or_many(admissions))
    for row in admissions:
        hooks.after_admission(
            hooks.AdmissionEvent(row["festival_id"], row["point_id"], row["ticket_id"], row["admitted_at"])
        )


def _scan_row(device: ScanningDevice, item: _Judged, now: datetime) -> dict[str, Any]:
    attempt, outcome = item.attempt, item.outcome
    return {
        "festival_id": device.festival_id, "point_id": device.point_id, "device_id": device.id,
        "client_id": attempt.client_id, "ticket_id": item.ticket.id if item.ticket else None,
        "scanned_at": attempt.scanned_at, "received_at": now, "offline": attempt.offline,
        "direction": attempt.direction if device.point.counts_inside else None,  # else out is in
        "skew_ms": attempt.skew // _MILLISECOND or None, "volunteer": attempt.volunteer,
        "by_hand": attempt.by_hand, "name": attempt.name,
        "phone_verdict": attempt.phone_verdict.value if attempt.phone_verdict else None,
        "phone_reason": attempt.phone_reason.value if attempt.phone_reason else None,
        "status": outcome.status, "reason": outcome.reason, "conflict": outcome.conflict,
        "first_admitted_at": outcome.first_admitted_at,
        "slot_starts_at": outcome.slot.starts_at if outcome.slot else None,
    }  # fmt: skip


def _as_stored(device: ScanningDevice, item: _Judged) -> StoredScan:
    outcome = item.outcome
    return StoredScan(
        item.attempt.client_id, device.id, item.ticket.id if item.ticket else None, outcome.status, outcome.reason,
        outcome.conflict, outcome.first_admitted_at, outcome.slot.starts_at if outcome.slot else None,
    )  # fmt: skip


def _with_families(
    device: ScanningDevice, readings: Sequence[Reading], answers: Sequence[ScanAnswer],
    known: Mapping[str, StoredScan], tickets: _Tickets, now: datetime,
) -> Sequence[ScanAnswer]:  # fmt: skip
    """Who could come in with those let in online: nothing is asked unless one of them came with others."""
    came: dict[int, int] = {}  # ticket by its place among the answers
    for place, (reading, answer) in enumerate(zip(readings, answers, strict=True)):
        ticket_id = known[reading.attempt.client_id].ticket_id
        ticket = tickets.by_id.get(ticket_id) if ticket_id is not None else None
        online = not reading.attempt.offline and not reading.attempt.goes_out
        if online and answer.status is ScanStatus.ADMITTED and ticket and ticket.in_company:
            came[place] = ticket.id
    if not came:
        return answers
    key = admission_key(device.point, "", now)
    families = queries.families_of(came.values(), device.gate_id, device.point.activity_id, key)
    return [
        replace(answer, family=families.get(came[place], ())) if place in came else answer
        for place, answer in enumerate(answers)
    ]


def _answer(attempt: Attempt, scan: StoredScan, tickets: _Tickets) -> ScanAnswer:
    known = scan.ticket_id if scan.reason is not Reason.REVOKED_DEVICE else None
    ticket = tickets.by_id.get(known) if known is not None else None
    return ScanAnswer(
        attempt.sent_id, scan.status, scan.reason, ticket.holder if ticket else None, scan.first_admitted_at,
        scan.conflict, scan.slot_starts_at,
    )  # fmt: skip
