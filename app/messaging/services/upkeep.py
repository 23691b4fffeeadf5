"""What runs beside: messages that nobody would want any more, texts that are kept no longer."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.core.db import rows_changed
from app.messaging import rules
from app.messaging.models import Fault, MessageStatus, OutboxMessage

MOST = 500
_TEXT_KEPT = sa.text("body <> ''")  # as the partial index has it
_WAITING = (MessageStatus.QUEUED, MessageStatus.SENDING)


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
    # "not waiting" and not "sent or …": else the index of the status would be taken, with everything that ever left
    kept_long_enough = (
        sa.select(OutboxMessage.id)
        .where(OutboxMessage.state_at <= now - rules.BODY_KEPT, _TEXT_KEPT, OutboxMessage.status.not_in(_WAITING))
        .limit(MOST)
    )
    return rows_changed(sa.update(OutboxMessage).where(OutboxMessage.id.in_(kept_long_enough)).values(body=""))
