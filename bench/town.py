"""A database to measure on: the sample festival with room for all, tickets, and gates with paired phones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

import config
from app import create_app
from app.checkin.models import CheckinPoint, PointKind
from app.checkin.services import pair_directly
from app.core import clock, keys
from app.core.codes import new_ticket_id, new_typed_code
from app.core.db import db, transaction
from app.operations import demo
from app.programme.models import Activity, AdmissionPolicy, TimeSlot
from app.registration.models import (
    Booking,
    BookingStatus,
    Participant,
    Registration,
    RegistrationStatus,
    Ticket,
    TicketStatus,
)

WALK = "jalan-santai"
PHONES = 8  # at every gate
ROOM = 10_000_000


@dataclass(frozen=True)
class Gate:
    """A point that admits every ticket once today, and the tokens of its phones."""

    slug: str
    tokens: list[str]


@dataclass(frozen=True)
class Town:
    """What the measurements need of the database."""

    app: Flask
    walk_slot: int
    gates: list[Gate]
    codes: list[str]


def build(settings: config.Settings, *, tickets: int, gates: int) -> Town:
    """Migrate, load the sample festival for today, and fill it. Every gate admits every ticket once."""
    app = create_app(settings)
    with app.app_context():
        upgrade()
        with transaction():
            demo.load(dates="today", fresh=False, now=clock.now())
        with transaction():
            slot = _slot_with_room()
            codes = _tickets(slot, tickets)
            made = [_gate(slot.festival_id, number) for number in range(gates)]
            slot_id = slot.id
        gather_statistics()
        db.session.remove()
        db.engine.dispose()
    return Town(app, slot_id, made, codes)


def gather_statistics() -> None:
    """What PostgreSQL does by itself before long: tables with rows in them, empty ones it leaves alone.

    Nobody does it on SQLite, where it would cost every statement a new plan for its values (STAT4).
    """
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            for table in db.metadata.sorted_tables:
                if connection.execute(sa.select(sa.exists(sa.select(1).select_from(table)))).scalar_one():
                    connection.execute(sa.text(f"ANALYZE {table.name}"))
            connection.commit()


def _slot_with_room() -> TimeSlot:
    slot = db.session.scalars(
        sa.select(TimeSlot).join(TimeSlot.activity).where(Activity.slug == WALK).order_by(TimeSlot.starts_at.desc())
    ).first()
    if slot is None:
        raise LookupError("the sample festival has no walk")
    slot.capacity = ROOM
    db.session.flush()
    return slot


def _gate(festival_id: int, number: int) -> Gate:
    slug = f"bench-{number}"
    point = CheckinPoint(
        festival_id=festival_id, slug=slug, name=slug, kind=PointKind.GATE, policy=AdmissionPolicy.DAILY
    )
    db.session.add(point)
    db.session.flush()
    return Gate(slug, [pair_directly(point, f"HP {n}", clock.now()).token for n in range(PHONES)])


def _tickets(slot: TimeSlot, count: int) -> list[str]:
    """Sign that many people up for the slot, each alone; gives back the texts of their QR codes."""
    now, scope = clock.now(), slot.activity.number
    people = [
        {
            "festival_id": slot.festival_id, "phone": f"+62813{n:08d}", "name": f"Warga {n}",
            "name_key": f"warga {n}", "birth_year": 1984, "ordinal": 0, "created_at": now,
        }
        for n in range(count)
    ]  # fmt: skip
    ids = _insert(Participant, people)
    registrations = _insert(
        Registration,
        [
            {
                "festival_id": slot.festival_id, "activity_id": slot.activity_id, "slot_id": slot.id,
                "code": new_typed_code(), "contact_name": person["name"], "contact_phone": person["phone"],
                "status": RegistrationStatus.CONFIRMED, "body_digest": "", "answers": {},
                "consent_version": "bench", "consented_at": now, "created_at": now,
            }
            for person in people
        ],
    )  # fmt: skip
    _insert(
        Booking,
        [
            {
                "festival_id": slot.festival_id, "registration_id": registration, "participant_id": participant,
                "activity_id": slot.activity_id, "slot_id": slot.id, "position": 0, "name": person["name"],
                "status": BookingStatus.CONFIRMED, "discloses_ticket": True,
            }
            for registration, participant, person in zip(registrations, ids, people, strict=True)
        ],
    )  # fmt: skip
    tickets: list[dict[str, Any]] = [
        {
            # a millisecond each: three random bytes alone would meet their like among thousands
            "id": new_ticket_id(now - timedelta(milliseconds=n)), "festival_id": slot.festival_id,
            "participant_id": participant, "scope": scope, "code": new_typed_code(), "status": TicketStatus.VALID,
            "issued_at": now,
        }
        for n, participant in enumerate(ids)
    ]  # fmt: skip
    db.session.execute(sa.insert(Ticket), tickets)
    slot.taken += count
    return [keys.ticket_text(slot.festival_id, scope, ticket["id"]) for ticket in tickets]


def _insert(model: type, rows: list[dict[str, object]]) -> list[int]:
    made = db.session.scalars(sa.insert(model).returning(model.id, sort_by_parameter_order=True), rows)  # type: ignore[attr-defined]
    return list(made)
