"""What runs beside: messages that nobody would want any more, texts that are kept no longer."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.core.db import rows_changed
from app.messaging import rules
from app.messaging.models import Fault, MessageStatus, OutboxMessage

MOST = 500
_TEXT_KEPT = sa.text("body <> ''")  # as the partial index has it
_GONE = (MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.DELIVERED, MessageStatus.READ)


def give_up_old(now: datetime) -> int:
    """Fail messages whose time is over: past what they are good for, or two days in the queue of a channel."""
    old = sa.and_(OutboxMessage.channel.in_(rules.AUTOMATIC), OutboxMessage.created_at <= now - rules.GIVE_UP_AFTER)
    too_old = (
        sa.select(OutboxMessage.id)
        .where(
            OutboxMessage.status == MessageStatus.QUEUED,
            sa.or_(OutboxMessage.expires_at <= now, old),
        )
        .limit(MOST)
    )
    return rows_changed(
        sa.update(OutboxMessage)
        .where(OutboxMessage.id.in_(too_old), OutboxMessage.status == MessageStatus.QUEUED)
        .values(status=MessageStatus.FAILED, error_code=Fault.TOO_OLD, state_at=now, next_try_at=None)
    )


def forget_texts(now: datetime) -> int:
    """Empty the texts of messages that left or failed two days ago: they may hold ticket links."""
    kept_long_enough = (
        sa.select(OutboxMessage.id)
        .where(OutboxMessage.state_at <= now - rules.BODY_KEPT, _TEXT_KEPT, OutboxMessage.status.in_(_GONE))
        .limit(MOST)
    )
    return rows_changed(
        sa.update(OutboxMessage)
        .where(OutboxMessage.id.in_(kept_long_enough), OutboxMessage.status.in_(_GONE))
        .values(body="")
    )
