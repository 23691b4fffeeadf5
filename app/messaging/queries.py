"""The outbox as the committee sees it."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.db import db
from app.messaging.models import MessageStatus, OutboxMessage

PAGE_SIZE = 50


def waiting_messages() -> list[OutboxMessage]:
    """The 50 messages that wait longest."""
    return list(
        db.session.scalars(
            sa.select(OutboxMessage)
            .where(OutboxMessage.status == MessageStatus.QUEUED)
            .order_by(OutboxMessage.id)
            .limit(PAGE_SIZE)
        )
    )


def counts() -> dict[MessageStatus, int]:
    """How many messages stand how."""
    rows = db.session.execute(sa.select(OutboxMessage.status, sa.func.count()).group_by(OutboxMessage.status))
    return {status: number for status, number in rows}
