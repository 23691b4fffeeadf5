"""Messages leave through the outbox, written in the transaction of the fact they tell."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.core.db import rows_changed
from app.messaging.models import MessageStatus, OutboxMessage


def queue_message(
    festival_id: int,
    kind: str,
    phone: str,
    body: str,
    now: datetime,
    *,
    at_most: int | None = None,
    within: timedelta = timedelta(minutes=10),
) -> bool:
    """Put a message to an E.164 number into the outbox; one statement.

    With ``at_most`` nothing is queued when this number got that many messages of this kind ``within`` the time
    before, so that nobody can have a stranger's number flooded. Returns whether it was queued.
    """
    table = OutboxMessage.__table__
    values = {
        "festival_id": festival_id,
        "kind": kind,
        "phone": phone,
        "body": body,
        "status": MessageStatus.QUEUED,
        "created_at": now,
    }
    message = sa.select(*(sa.literal(value, table.c[name].type) for name, value in values.items()))
    if at_most is not None:
        recent = sa.select(sa.func.count()).where(
            OutboxMessage.phone == phone, OutboxMessage.kind == kind, OutboxMessage.created_at > now - within
        )
        message = message.where(recent.scalar_subquery() < at_most)
    return rows_changed(sa.insert(OutboxMessage).from_select(list(values), message)) > 0


def mark_sent(message_id: int, user_id: int, now: datetime) -> bool:
    """Note that somebody sent a message by hand, and forget its text. False when it was not waiting."""
    return _leave(message_id, MessageStatus.SENT, user_id, now)


def drop(message_id: int, user_id: int, now: datetime) -> bool:
    """Take a message out of the queue unsent, and forget its text. False when it was not waiting."""
    return _leave(message_id, MessageStatus.DROPPED, user_id, now)


def _leave(message_id: int, status: MessageStatus, user_id: int, now: datetime) -> bool:
    change = (
        sa.update(OutboxMessage)
        .where(
            OutboxMessage.id == message_id,
            OutboxMessage.status == MessageStatus.QUEUED,
        )
        .values(status=status, body="", sent_at=now, sent_by_id=user_id)
    )
    return rows_changed(change) > 0
