"""The outbox as the worker and the committee see it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.core.db import db
from app.messaging.models import Channel, ChannelState, MessageStatus, OutboxMessage

PAGE_SIZE = 50
_earlier = aliased(OutboxMessage)


class Tab(enum.StrEnum):
    """The parts of the committee's page."""

    HAND = "hand"
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many messages wait for a channel, and since when the oldest does."""

    number: int
    oldest: datetime


def _unfinished(status: Any) -> sa.ColumnElement[bool]:
    """Word for word as the partial index has it: only so do both databases see that the index will do."""
    return status.in_([sa.literal_column("'queued'"), sa.literal_column("'sending'")])


def due(channel: Channel, now: datetime) -> sa.ColumnElement[bool]:
    """What makes a message of a channel due: its time has come, and nothing earlier goes to the same receiver."""
    same = _earlier.phone == OutboxMessage.phone
    if channel is Channel.MAIL:
        same = _earlier.address == OutboxMessage.address
    before = sa.exists().where(
        _earlier.channel == channel, _earlier.id < OutboxMessage.id, same, _unfinished(_earlier.status)
    )
    return sa.and_(
        OutboxMessage.channel == channel,
        _unfinished(OutboxMessage.status),
        sa.or_(OutboxMessage.next_try_at.is_(None), OutboxMessage.next_try_at <= now),
        sa.or_(OutboxMessage.expires_at.is_(None), OutboxMessage.expires_at > now),
        OutboxMessage.provider_id.is_(None),
        sa.not_(before),
    )


def has_due(channel: Channel, now: datetime) -> bool:
    """Whether a channel has anything to do."""
    return db.session.scalar(sa.select(OutboxMessage.id).where(due(channel, now)).limit(1)) is not None


def channel_state(channel: Channel) -> ChannelState | None:
    """How a channel fares; None when it never had trouble."""
    found = sa.select(ChannelState).where(ChannelState.channel == channel).execution_options(populate_existing=True)
    return db.session.scalar(found)


def troubled() -> list[ChannelState]:
    """The channels that have trouble now."""
    return list(db.session.scalars(sa.select(ChannelState).where(ChannelState.failures > 0)))


def waiting() -> dict[Channel, Waiting]:
    """What waits for each channel."""
    rows = db.session.execute(
        sa.select(OutboxMessage.channel, sa.func.count(), sa.func.min(OutboxMessage.created_at))
        .where(_unfinished(OutboxMessage.status))
        .group_by(OutboxMessage.channel)
    )
    return {channel: Waiting(number, oldest) for channel, number, oldest in rows}


def failed_since(moment: datetime) -> int:
    """How many messages failed since a moment."""
    failed = sa.select(sa.func.count()).where(
        OutboxMessage.status == MessageStatus.FAILED, OutboxMessage.state_at >= moment
    )
    return db.session.scalar(failed) or 0


def failed_with_text() -> int:
    """How many messages failed and can still be sent in another way."""
    kept = sa.text("body <> ''")
    failed = sa.select(sa.func.count()).where(OutboxMessage.status == MessageStatus.FAILED, kept)
    return db.session.scalar(failed) or 0


_LEFT = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ)
_TABS = {
    Tab.HAND: (_unfinished(OutboxMessage.status), OutboxMessage.channel == Channel.HAND),
    Tab.WAITING: (_unfinished(OutboxMessage.status), OutboxMessage.channel != Channel.HAND),
    Tab.SENT: (OutboxMessage.status.in_(_LEFT),),
    Tab.FAILED: (OutboxMessage.status == MessageStatus.FAILED,),
}


def messages(tab: Tab, beyond: int | None = None, kind: str | None = None) -> list[OutboxMessage]:
    """One page of a tab, and one message more where there is another page.

    What waits comes oldest first, what is done newest first; ``beyond`` is the last id of the page before.
    """
    ascending = tab in (Tab.HAND, Tab.WAITING)
    found = sa.select(OutboxMessage).where(*_TABS[tab])
    if kind is not None:
        found = found.where(OutboxMessage.kind == kind)
    if beyond is not None:
        found = found.where(OutboxMessage.id > beyond if ascending else OutboxMessage.id < beyond)
    order = OutboxMessage.id.asc() if ascending else OutboxMessage.id.desc()
    return list(db.session.scalars(found.order_by(order).limit(PAGE_SIZE + 1)))


def counts() -> dict[Tab, int]:
    """How many messages are in each tab; two SELECTs on indexes, for a sign-up may write a row."""
    rows = db.session.execute(sa.select(OutboxMessage.status, sa.func.count()).group_by(OutboxMessage.status))
    by_status: dict[MessageStatus, int] = {status: number for status, number in rows}
    unfinished = {channel: found.number for channel, found in waiting().items()}
    by_hand = unfinished.pop(Channel.HAND, 0)
    return {
        Tab.HAND: by_hand,
        Tab.WAITING: sum(unfinished.values()),
        Tab.SENT: sum(by_status.get(status, 0) for status in _LEFT),
        Tab.FAILED: by_status.get(MessageStatus.FAILED, 0),
    }


def kinds_by_hand() -> dict[str, int]:
    """How many messages of each kind wait for the committee's hands."""
    rows = db.session.execute(
        sa.select(OutboxMessage.kind, sa.func.count())
        .where(*_TABS[Tab.HAND])
        .group_by(OutboxMessage.kind)
        .order_by(OutboxMessage.kind)
    )
    return {kind: number for kind, number in rows}
