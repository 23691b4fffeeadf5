"""Somebody comes without having signed up: a blank ticket gets their name at the gate, also without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.checkin import queries
from app.checkin.queries import ScanningDevice
from app.checkin.rules import Attempt, Reason, ScanStatus, moment_of
from app.checkin.services.reading import Reading
from app.core.db import db
from app.core.errors import DomainError
from app.registration.models import TicketStatus
from app.registration.queries import tickets_for_scan
from app.registration.services import bind_walk_in


def bind_walk_ins(device: ScanningDevice, readings: Sequence[Reading], now: datetime) -> Mapping[str, Reason]:
    """Give blank tickets to the names that came with their scans; why not, by the id of the scan.

    Scans without a name, repeated ones and those of a phone that was cut off are left alone. Run inside
    ``in_transaction``: of two gates that bind one ticket, one loses and runs again.
    """
    named = {r.attempt.client_id: r for r in readings if r.attempt.name and _could_bind(device, r.attempt)}
    for stored in queries.scans_by_id(device.id, set(named)) if named else ():
        named.pop(stored.client_id, None)
    refused = {scan_id: _bind(device, reading, now) for scan_id, reading in named.items()}
    return {scan_id: reason for scan_id, reason in refused.items() if reason is not None}


def _could_bind(device: ScanningDevice, attempt: Attempt) -> bool:
    """Whom the phone has sent away has taken the ticket's name with them."""
    sent_away = attempt.offline and attempt.phone_verdict is ScanStatus.DENIED
    return not (device.revoked or sent_away or attempt.goes_out)


def _bind(device: ScanningDevice, reading: Reading, now: datetime) -> Reason | None:
    ids = {reading.ticket_id} if reading.ticket_id is not None else set()
    codes = {reading.typed} if reading.typed is not None else set()
    tickets = tickets_for_scan(device.festival_id, ids, codes)
    at, point = moment_of(reading.attempt, now), device.point
    held = not tickets or tickets[0].participant_id is not None or tickets[0].status is not TicketStatus.VALID
    shut = not point.active or (point.paused_since is not None and at >= point.paused_since)
    if held or shut:
        return None  # the verdict says it better
    slot_id = queries.slot_at(point, at)
    if slot_id is None:
        return Reason.NEEDS_DESK
    try:
        with db.session.begin_nested():  # a refusal takes back what it wrote, and the scan is kept
            bind_walk_in(device.festival_id, tickets[0].id, reading.attempt.name or "", slot_id, at)
    except DomainError as error:
        return Reason.SLOT_FULL if error.code == "slot_full" else Reason.NEEDS_DESK
    return None
