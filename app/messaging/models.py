"""The outbox."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Code, Model, UtcDateTime


class MessageStatus(enum.StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    SENT = "sent"
    DROPPED = "dropped"


class OutboxMessage(Model):
    """A message that must leave. ``body`` is emptied once it has left: it may hold a ticket link."""

    __tablename__ = "outbox_message"
    __table_args__ = (sa.Index("ix_outbox_message_phone", "phone", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    phone: Mapped[str] = mapped_column(sa.String(20))
    body: Mapped[str] = mapped_column(sa.Text)
    status: Mapped[MessageStatus] = mapped_column(Code(MessageStatus), default=MessageStatus.QUEUED, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_by_id: Mapped[int | None] = mapped_column(sa.Integer)
