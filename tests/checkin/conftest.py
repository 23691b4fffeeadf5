"""A gate with tickets, built without the sign-up pages."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient

from app.checkin import services
from app.checkin.models import CheckinPoint
from app.core import clock
from app.core.codes import new_ticket_id, new_typed_code
from app.core.db import db, transaction
from app.festival.models import Festival
from app.programme.models import Activity, TimeSlot
from app.registration.models import (
    Booking,
    BookingStatus,
    Participant,
    Registration,
    RegistrationStatus,
    Ticket,
    TicketStatus,
)
from tests import factories

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Printed:
    """A ticket as a phone meets it."""

    id: int
    code: str
    qr: str
    holder: str


def print_ticket(
    slot: TimeSlot, holder: str = "Siti Aminah", *, booking: BookingStatus = BookingStatus.CONFIRMED,
    status: TicketStatus = TicketStatus.VALID,
) -> Printed:  # fmt: skip
    """A person with one booking and a signed ticket, committed."""
    db.session.rollback()  # SQLite cannot turn an old read into a write
    number, now = next(_numbers), clock.now()
    person = Participant(
        festival_id=slot.festival_id, phone=f"+62812{number:08d}", name=holder, name_key=holder.casefold(),
        birth_year=1990, ordinal=0, created_at=now,
    )  # fmt: skip
    registration = Registration(
        festival_id=slot.festival_id, activity_id=slot.activity_id, slot_id=slot.id, code=new_typed_code(),
        contact_name=holder, contact_phone=person.phone, status=RegistrationStatus.CONFIRMED, body_digest="x",
        consent_version="x", consented_at=now, created_at=now,
    )  # fmt: skip
    db.session.add_all([person, registration])
    db.session.flush()
    made = Booking(
        festival_id=slot.festival_id, registration_id=registration.id, participant_id=person.id,
        activity_id=slot.activity_id, slot_id=slot.id, position=0, name=holder, status=booking,
        discloses_ticket=True,
    )  # fmt: skip
    ticket = Ticket(
        id=new_ticket_id(now), festival_id=slot.festival_id, participant_id=person.id, scope=1,
        code=new_typed_code(), status=status, issued_at=now,
    )  # fmt: skip
    if booking is BookingStatus.CONFIRMED:
        slot.taken += 1  # the doctor counts
    db.session.add_all([made, ticket])
    db.session.commit()
    qr = current_app.extensions["pekan_signer"].qr_text(slot.festival_id, 1, ticket.id)
    return Printed(ticket.id, ticket.code, qr, holder)


@dataclass
class Gate:
    """A festival with a gate, the point of an activity, a slot that runs now, and a device at each point."""

    client: FlaskClient
    festival: Festival
    activity: Activity
    slot: TimeSlot
    gate: CheckinPoint
    desk: CheckinPoint
    token: str
    desk_token: str

    def ticket(self, holder: str = "Siti Aminah", **fields: Any) -> Printed:
        return print_ticket(self.slot, holder, **fields)

    def post(self, scans: object, *, token: str | None = None, point: str = "gerbang-utama") -> Any:
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return self.client.post(f"/api/v1/checkin/points/{point}/scans", json={"scans": scans}, headers=headers)

    def scan(self, *codes: str, **more: Any) -> list[dict[str, Any]]:
        """The results of scanning these codes at the gate, one batch."""
        answer = self.post([one_scan(code, **more) for code in codes])
        assert answer.status_code == 200, answer.text
        return list(answer.json["results"])

    def pair(self, point: CheckinPoint, name: str = "HP dua") -> services.devices.Paired:
        with transaction():
            return services.pair_directly(point, name, clock.now())


def one_scan(code: str, *, at: str | None = None, **more: Any) -> dict[str, Any]:
    """A scan as a phone sends it."""
    return {"id": str(uuid.uuid4()), "code": code, "scanned_at": at or clock.now().isoformat(), **more}


@pytest.fixture
def build_gate(app: Flask, client: FlaskClient) -> Callable[[], Gate]:
    """Build a gate on the empty database of ``client``; call it inside an application context."""

    def build() -> Gate:
        festival = factories.festival()
        activity = factories.activity(festival, slug="jalan-santai")
        slot = factories.slot(activity, starts_in=timedelta(minutes=-10))
        gate, desk = factories.point(festival), factories.point(festival, at=activity)
        with transaction():
            tokens = [services.pair_directly(p, "HP satu", clock.now()).token for p in (gate, desk)]
        return Gate(client, festival, activity, slot, gate, desk, *tokens)

    return build


@pytest.fixture
def gate(app: Flask, build_gate: Callable[[], Gate]) -> Any:
    ten_o_clock = clock.local(clock.now()).replace(hour=10, minute=0, second=0, microsecond=0)
    with clock.stopped_at(ten_o_clock), app.app_context():  # or these tests would fail around midnight
        yield build_gate()


@pytest.fixture
def live_gate(app: Flask, build_gate: Callable[[], Gate]) -> Iterator[Gate]:
    """A gate on the real clock, because a real server runs beside."""
    with app.app_context():
        yield build_gate()
