"""News of delivery. They come late, twice and in any order; the end is the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import rows_changed
from app.messaging import rules
from app.messaging.models import Channel, MessageStatus, OutboxMessage
from app.messaging.services.marks import message_of


def note_delivery(news: Iterable[rules.News], now: datetime) -> int:
    """Take in what a provider says; returns how many messages stand otherwise than before.

    A message that no attempt was ever answered for is found by its mark: it has left, and is not sent again.
    """
    # one order for all, so that two batches wait for each other and never in a circle
    return sum(_note(one, now) for one in sorted(news, key=lambda one: one.provider_id))


def _note(one: rules.News, now: datetime) -> bool:
    message_id = message_of(one.mark)
    known = OutboxMessage.provider_id == one.provider_id
    if message_id is not None:
        known = OutboxMessage.id == message_id
    values: dict[str, Any] = {
        "status": one.status, "error_code": one.fault, "state_at": now, "next_try_at": None,
        "sent_at": sa.func.coalesce(OutboxMessage.sent_at, now),
        "provider_id": sa.func.coalesce(OutboxMessage.provider_id, one.provider_id),
    }  # fmt: skip
    if one.status in (MessageStatus.DELIVERED, MessageStatus.READ):
        values["body"] = ""
    change = sa.update(OutboxMessage).where(
        known, OutboxMessage.channel == Channel.WHATSAPP, OutboxMessage.status.in_(rules.below(one.status))
    )
    return rows_changed(change.values(**values)) > 0
