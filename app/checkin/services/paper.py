"""Rows ticked on paper, entered afterwards: offline scans of a phone that the point has for its paper."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.checkin import queries
from app.checkin.models import CheckinPoint, Device
from app.checkin.queries.paper import Person
from app.checkin.rules import Attempt, ScanStatus
from app.checkin.services.reading import Reading
from app.checkin.services.scans import record_scans
from app.core.codes import random_token
from app.core.crypto import hash_token
from app.core.db import db

DEVICE_NAME = "Kertas"
_IDS = uuid.UUID("6d0b1e5e-6a3f-4f0e-9f2b-5f5b0f3f8a10")  # our own name space for the ids of ticks


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of ticks: people let in, and those that are conflicts now."""

    admitted: int
    conflicts: int


def enter_ticks(
    point: CheckinPoint, people: Sequence[Person], at: datetime, volunteer: str | None, user_id: int | None,
    now: datetime,
) -> Entered:  # fmt: skip
    """Let people in who were ticked at a moment. The same tick at the same moment counts once however often sent;
    somebody whom a phone let in as well becomes a conflict, as between two phones.
    """
    token_hash = _paper(point, now)
    device = queries.device_by_hash(token_hash)
    assert device is not None  # noqa: S101 - made just now
    readings = [
        Reading(_attempt(device.id, person, at, volunteer), ticket_id=person.ticket_id) for person in people
    ]
    answers = record_scans(device, readings, now)
    conflicts = sum(answer.conflict for answer in answers)
    admitted = sum(answer.status is ScanStatus.ADMITTED for answer in answers) - conflicts
    record_audit("paper.entered", f"point:{point.id}", user_id, now, admitted=admitted, conflicts=conflicts)
    return Entered(admitted, conflicts)


def _attempt(device_id: int, person: Person, at: datetime, volunteer: str | None) -> Attempt:
    """The id is made of what was ticked, so that a form sent twice is one tick."""
    client_id = str(uuid.uuid5(_IDS, f"{device_id}:{person.ticket_id}:{at.isoformat()}"))
    return Attempt(
        sent_id=client_id, client_id=client_id, code=person.code, scanned_at=at, offline=True,
        phone_verdict=ScanStatus.ADMITTED, volunteer=volunteer,
    )  # fmt: skip


def _paper(point: CheckinPoint, now: datetime) -> str:
    """The hash by which the point's paper is found; nobody knows a token that belongs to it."""
    found = db.session.scalar(sa.select(Device.token_hash).where(Device.point_id == point.id, Device.paper))
    if found is not None:
        return found
    made = Device(
        festival_id=point.festival_id, point_id=point.id, name=DEVICE_NAME, token_hash=hash_token(random_token()),
        paired_at=now, paper=True,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made.token_hash
