"""A batch of scans: load what the rules ask, decide one after the other, store every attempt. Never commits.

The way of one scan is described in architecture.md; the constraints on ``scan`` and ``admission`` are the
truth, and a lost race makes the caller run this again (``api.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.checkin import queries
from app.checkin.models import Admission, Device, Scan
from app.checkin.queries import ScanningDevice, StoredScan
from app.checkin.rules import (
    Attempt,
    BookedSlot,
    Denied,
    Outcome,
    Presence,
    Reason,
    ScanStatus,
    TicketFacts,
    decide,
    moment_of,
    settle,
)
from app.core import hooks
from app.core.admission import AdmissionPolicy
from app.core.codes import normalise_typed_code
from app.core.crypto import Forged, NotATicket, TicketVerifier
from app.core.db import core, one_or_many, table
from app.registration.models import BookingStatus, TicketStatus
from app.registration.queries import ScanTicket, tickets_for_scan

LONGEST_CODE = 8192  # characters; nothing longer is looked at (api.md)
_scan, _admission, _device = table(Scan), table(Admission), table(Device)
_INSERT_SCAN = sa.insert(_scan).returning(_scan.c.client_id, _scan.c.id)
_INSERT_ADMISSION = sa.insert(_admission)
_SEEN = (
    sa.update(table(Device))
    .where(table(Device).c.id == sa.bindparam("device"))
    .values(last_seen_at=sa.bindparam("now"))
)
SEEN_EVERY = timedelta(minutes=1)  # how exactly "last seen" is kept: a write a minute, not a scan


@dataclass(frozen=True, slots=True)
class Reading:
    """What the text of a scan is: a ticket id (signature checked), a typed code, or a fault."""

    attempt: Attempt
    ticket_id: int | None = None
    typed: str | None = None
    fault: Reason | None = None


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


@dataclass(frozen=True, slots=True)
class _Judged:
    """A new scan with its verdict, on its way into the database."""

    attempt: Attempt
    ticket: ScanTicket | None
    outcome: Outcome
    at: datetime


def read_code(attempt: Attempt, verifier: TicketVerifier, festival_id: int) -> Reading:
    """Read the text of a scan without the database; belongs outside the transaction (a signature is 0.1 ms)."""
    code = attempt.code
    if len(code) > LONGEST_CODE:
        return Reading(attempt, fault=Reason.UNKNOWN)
    try:
        payload = verifier.read(code)
    except Forged:
        return Reading(attempt, fault=Reason.FORGED)
    except NotATicket:
        typed = normalise_typed_code(code)
        return Reading(attempt, typed=typed, fault=None if typed else Reason.UNKNOWN)
    if payload.festival != festival_id:
        return Reading(attempt, fault=Reason.OTHER_FESTIVAL)
    return Reading(attempt, ticket_id=payload.ticket_id)


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
    review = review_scans(device, readings, now)
    store_scans(device, review, now)
    return review.answers


def review_scans(
    device: ScanningDevice, readings: Sequence[Reading], now: datetime, *, hopeful: bool = False
) -> Review:
    """Judge scans in the order given, writing nothing: the first half of ``record_scans``.

    ``hopeful`` takes them for new, of tickets that were not at this point yet, without looking: then storing
    them runs into a unique key where that is wrong, and ``record_scans`` is to be called instead.
    """
    stored = [] if hopeful else queries.scans_by_id(device.id, {r.attempt.client_id for r in readings})
    known = {s.client_id: s for s in stored if s.device_id == device.id}
    foreign = {s.client_id for s in stored if s.device_id != device.id}
    fresh = {r.attempt.client_id: r for r in reversed(readings) if r.attempt.client_id not in known}
    ordered = [r for r in readings if fresh.get(r.attempt.client_id) is r]
    tickets = _tickets(device, ordered, known)
    judged = _judge(device, ordered, foreign, tickets, now, hopeful)
    for item in judged:
        known[item.attempt.client_id] = _as_stored(device, item)
    return Review(judged, [_answer(r.attempt, known[r.attempt.client_id], tickets) for r in readings])


def store_scans(device: ScanningDevice, review: Review, now: datetime) -> None:
    """The second half of ``record_scans``: two INSERTs at most, and a note of the phone once a minute."""
    _store(device, review.judged, now)
    if device.last_seen_at is None or now - device.last_seen_at >= SEEN_EVERY:
        core().execute(_SEEN, {"device": device.id, "now": now})


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
    codes: set[str] = set()
    if not device.revoked:
        ids |= {r.ticket_id for r in fresh if r.ticket_id is not None}
        codes |= {r.typed for r in fresh if r.typed is not None}
    found = tickets_for_scan(device.festival_id, ids, codes)
    return _Tickets({t.id: t for t in found}, {t.code: t for t in found})


def _judge(
    device: ScanningDevice, fresh: Sequence[Reading], foreign: set[str], tickets: _Tickets, now: datetime,
    hopeful: bool,
) -> list[_Judged]:  # fmt: skip
    """Verdicts one after the other: an admission counts for the scans behind it."""
    repeats = device.point.policy is AdmissionPolicy.UNLIMITED and not device.point.counts_inside
    looks_back = not (repeats or hopeful)
    mine = {t.id for r in fresh if (t := tickets.of(r))}
    earlier = dict(queries.admissions_of(device.gate_id, mine if looks_back else ()))
    judged: list[_Judged] = []
    for reading in fresh:
        attempt, at = reading.attempt, moment_of(reading.attempt, now)
        if refused := _refused(device, attempt, foreign):
            judged.append(_Judged(attempt, None, Outcome(ScanStatus.DENIED, refused), at))
            continue
        ticket = tickets.of(reading)
        if ticket is None:
            outcome = settle(Denied(reading.fault or Reason.UNKNOWN), attempt)
        else:
            admissions = earlier.setdefault(ticket.id, {})
            verdict = decide(_facts(ticket), device.point, admissions, attempt.client_id, at)
            outcome = settle(verdict, attempt)
            if outcome.admission_key is not None:
                admissions[outcome.admission_key] = Presence(at)
        judged.append(_Judged(attempt, ticket, outcome, at))
    return judged


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
    """Two INSERTs at most, then what others do on an admission, in the same transaction."""
    if not judged:
        return
    rows = [_scan_row(device, item, now) for item in judged]
    scan_ids = {client_id: scan_id for client_id, scan_id in core().execute(_INSERT_SCAN, one_or_many(rows))}
    admitted = [item for item in judged if item.outcome.admission_key is not None and item.ticket is not None]
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
        "direction": attempt.direction,
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


def _answer(attempt: Attempt, scan: StoredScan, tickets: _Tickets) -> ScanAnswer:
    ticket = tickets.by_id.get(scan.ticket_id) if scan.ticket_id is not None else None
    return ScanAnswer(
        attempt.sent_id, scan.status, scan.reason, ticket.holder if ticket else None, scan.first_admitted_at,
        scan.conflict, scan.slot_starts_at,
    )  # fmt: skip
