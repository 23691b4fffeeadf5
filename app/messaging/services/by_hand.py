"""What the committee does by hand: send, drop, take over from a channel that does not work, send once more."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.core.db import db, rows_changed
from app.core.i18n import gettext as _
from app.core.i18n import speaking
from app.messaging.models import Channel, MessageStatus, OutboxMessage
from app.messaging.services.outbox import channel_for

QUEUED, SENT, FAILED = MessageStatus.QUEUED, MessageStatus.SENT, MessageStatus.FAILED
REPEATABLE = (SENT, FAILED)


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
            OutboxMessage.status == QUEUED,
            OutboxMessage.channel == Channel.HAND,
        )
        .values(status=status, body="", sent_at=now, state_at=now, sent_by_id=user_id)
    )
    return rows_changed(change) > 0


def take_over(channel: Channel, user_id: int, now: datetime) -> int:
    """Give all messages that wait for a channel to the committee's hands; returns how many."""
    waiting = (
        OutboxMessage.channel == channel,
        OutboxMessage.status == QUEUED,
    )
    number = rows_changed(sa.update(OutboxMessage).where(*waiting).values(channel=Channel.HAND, next_try_at=None))
    record_audit("messages.taken_over", f"channel:{channel}", user_id, now, number=number)
    return number


def repeat(message_id: int, user_id: int, now: datetime, *, by_hand: bool = False) -> bool:
    """Queue a message once more, as a new row that says so, to the person too.

    False when it was read or never left, when its text is forgotten, or when a repeat of it waits already.
    """
    again = sa.orm.aliased(OutboxMessage)
    row = db.session.execute(
        sa.select(OutboxMessage.address, OutboxMessage.language).where(OutboxMessage.id == message_id)
    ).one_or_none()
    if row is None:
        return False
    with speaking(row.language):
        said = _("Kiriman ulang:")
    channel = Channel.HAND if by_hand else channel_for(row.address)
    copied = ("festival_id", "kind", "phone", "subject", "language")
    new = {
        "body": sa.literal(f"{said}\n") + OutboxMessage.body,
        "address": OutboxMessage.address if channel is Channel.MAIL else sa.null(),
        # somebody who sends it by hand has decided that it is not too late
        "expires_at": sa.null() if by_hand else OutboxMessage.expires_at,
        "channel": sa.literal(channel, OutboxMessage.channel.type),
        "status": sa.literal(QUEUED, OutboxMessage.status.type),
        "created_at": sa.literal(now, OutboxMessage.created_at.type),
        "repeat_of_id": OutboxMessage.id,
        "attempts": sa.literal(0),
        "unclear": sa.literal(0),
    }
    waits = sa.exists().where(again.repeat_of_id == message_id, again.status.in_((QUEUED, MessageStatus.SENDING)))
    source = sa.select(*(getattr(OutboxMessage, name) for name in copied), *new.values()).where(
        OutboxMessage.id == message_id,
        OutboxMessage.status.in_(REPEATABLE),
        OutboxMessage.body != "",
        sa.not_(waits),
    )
    if not rows_changed(sa.insert(OutboxMessage).from_select([*copied, *new], source)):
        return False
    record_audit("message.repeated", f"message:{message_id}", user_id, now, channel=channel)
    return True
