"""What the committee does by hand with a message that waits for it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.core.db import rows_changed
from app.messaging.models import Channel, MessageStatus, OutboxMessage


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
            OutboxMessage.channel == Channel.HAND,
        )
        .values(status=status, body="", sent_at=now, sent_by_id=user_id)
    )
    return rows_changed(change) > 0
