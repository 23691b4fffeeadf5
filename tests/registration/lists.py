"""Short words for tests of lists of people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core import clock
from app.core.db import db, in_transaction
from app.core.sheets import write_csv
from app.programme.models import TimeSlot
from app.registration.models import Batch, BatchRow, Booking, UploadLink
from app.registration.queries import batches as queries
from app.registration.services import batches

HEAD = ["Nama", "Tahun lahir", "No HP", "Nama wali", "Jadwal"]
SENDER_PHONE = "+6281200000001"


def sheet(*rows: list[Any]) -> bytes:
    """A CSV file of these rows below the usual head."""
    return write_csv([HEAD, *rows])


def take(
    festival_id: int, *rows: list[Any], slot: TimeSlot | None = None, link: UploadLink | None = None,
    now: datetime | None = None,
) -> int:  # fmt: skip
    """Send a list; its id."""
    typed = batches.read_list(sheet(*rows))
    sender = batches.Sender(festival_id, "Pak RT", SENDER_PHONE, link.id if link else None)
    at, slot_id = now or clock.now(), slot.id if slot else None
    return in_transaction(lambda: batches.take_list(sender, typed, "rt05.csv", slot_id, at))


def load(batch_id: int) -> Batch:
    """The list as the database has it."""
    db.session.rollback()
    festival_id = db.session.scalar(sa.select(Batch.festival_id).where(Batch.id == batch_id))
    assert festival_id is not None
    found = queries.batch(festival_id, batch_id)
    assert found is not None
    return found


def check(batch_id: int, now: datetime | None = None) -> batches.DryRun:
    """Its dry run."""
    return batches.check(load(batch_id), now or clock.now())


def store(batch_id: int, skip: bool | None = None, now: datetime | None = None) -> batches.Stored:
    """Sign everybody of it up as the routes do."""
    at = now or clock.now()
    assert in_transaction(lambda: batches.claim(batch_id, at))
    try:
        return in_transaction(lambda: batches.store(load_inside(batch_id), at, skip_repeats=skip, now=at))
    except Exception:
        in_transaction(lambda: batches.release(batch_id, at))
        raise


def load_inside(batch_id: int) -> Batch:
    """The list, within a transaction."""
    return db.session.get_one(Batch, batch_id, populate_existing=True)


def problems(run: batches.DryRun) -> dict[str, str]:
    """What is wrong, by the place in the file."""
    return {problem.place: problem.text for row in run.rows for problem in row.problems}


def names_booked(slot: TimeSlot) -> list[str]:
    """Who has a booking in a slot, in the order of the list."""
    db.session.rollback()
    return list(
        db.session.scalars(
            sa.select(Booking.name)
            .outerjoin(BatchRow, BatchRow.booking_id == Booking.id)
            .where(Booking.slot_id == slot.id)
            .order_by(BatchRow.number, Booking.id)
        )
    )
