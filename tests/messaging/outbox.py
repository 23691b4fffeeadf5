"""Short words for what the tests of the outbox do again and again."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.core import clock
from app.core.db import db, transaction
from app.messaging import services, worker
from app.messaging.models import OutboxMessage

PHONE = "+6281234567890"


def queue(
    festival_id: int, subject: str = "Halo", *, to: str | None = "siti@example.org", phone: str = PHONE,
    kind: str = "confirmation", now: datetime | None = None, **more: object,
) -> None:  # fmt: skip
    """Queue one message; its text and its subject say the same."""
    with transaction():
        services.queue_message(
            festival_id,
            kind,
            phone,
            subject,
            now or clock.now(),
            address=to,
            subject=subject,
            **more,  # type: ignore[arg-type]
        )


def rows() -> list[OutboxMessage]:
    """The outbox as the database has it."""
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)))


def row() -> OutboxMessage:
    """The only message."""
    (found,) = rows()
    return found


def work(after: timedelta = timedelta()) -> int:
    """One round of the worker, now or some time from now."""
    with clock.stopped_at(clock.now() + after):
        done = worker.send_due(lambda: False)
    db.session.remove()
    return done


def work_for(length: timedelta, step: timedelta = timedelta(seconds=20)) -> int:
    """The worker's rounds over a stretch of time."""
    start, done = clock.now(), 0
    passed = timedelta()
    while passed <= length:
        with clock.stopped_at(start + passed):
            done += worker.send_due(lambda: False)
        passed += step
    db.session.remove()
    return done
