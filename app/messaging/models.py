"""The outbox."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Code, Model, UtcDateTime
from app.messaging.rules import Channel as Channel
from app.messaging.rules import Fault as Fault
from app.messaging.rules import MessageStatus as MessageStatus

_UNFINISHED = sa.text("status IN ('queued', 'sending')")
_TEXT_KEPT = sa.text("body <> ''")
_ANSWERED = sa.text("provider_id IS NOT NULL")
_MAILED = sa.text("address IS NOT NULL")


class OutboxMessage(Model):
    """A message that must leave, to a number or (``address``) by mail.

    ``body`` may hold a ticket link: it is emptied when the message was delivered or sent by hand, else two days
    after it left or failed. ``next_try_at`` of a queued message is when to try again, of one that is being sent
    when it counts as left behind by a worker that died. ``unclear`` counts the attempts that ended without an
    answer: the message may have left each time. ``provider_id`` is the Message-ID of a mail or WhatsApp's
    ``wamid``; a message that has one is never sent again. ``state_at`` is when ``status`` was last told.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        sa.Index("ix_outbox_message_phone", "phone", "created_at"),
        sa.Index(
            "ix_outbox_message_address", "address", "created_at",
            sqlite_where=_MAILED, postgresql_where=_MAILED,
        ),
        sa.Index(
            "ix_outbox_message_unfinished", "channel", "id",
            sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED,
        ),
        sa.Index(
            "ix_outbox_message_text_kept", "state_at",
            sqlite_where=_TEXT_KEPT, postgresql_where=_TEXT_KEPT,
        ),
        sa.Index(
            "uq_outbox_message_provider_id", "provider_id", unique=True,
            sqlite_where=_ANSWERED, postgresql_where=_ANSWERED,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    phone: Mapped[str] = mapped_column(sa.String(20))
    body: Mapped[str] = mapped_column(sa.Text)
    status: Mapped[MessageStatus] = mapped_column(Code(MessageStatus), default=MessageStatus.QUEUED, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_by_id: Mapped[int | None] = mapped_column(sa.Integer)
    channel: Mapped[Channel] = mapped_column(Code(Channel), default=Channel.HAND, server_default="hand")
    address: Mapped[str | None] = mapped_column(sa.String(254))
    subject: Mapped[str | None] = mapped_column(sa.String(200))
    language: Mapped[str] = mapped_column(sa.String(5), default="id", server_default="id")
    attempts: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    unclear: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    provider_id: Mapped[str | None] = mapped_column(sa.String(255))
    error_code: Mapped[Fault | None] = mapped_column(Code(Fault))
    state_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    repeat_of_id: Mapped[int | None] = mapped_column(sa.Integer)


class ChannelState(Model):
    """A channel that is in trouble rests until ``paused_until``; no row, or ``failures`` 0: all is well.

    ``digest`` tells with which settings that was: after a new password the channel is tried at once.
    """

    __tablename__ = "channel_state"

    channel: Mapped[Channel] = mapped_column(Code(Channel), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error_code: Mapped[Fault | None] = mapped_column(Code(Fault))
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    digest: Mapped[str] = mapped_column(sa.String(16), default="")
