"""Lists of people signed up at once, the links by which others send them, and blank tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Code, Model, UtcDateTime
from app.programme.models import Activity, TimeSlot
from app.registration.rules import BatchState, RowSkip

_RAW = sa.text("forgotten_at IS NULL")


class UploadLink(Model):
    """A neighbourhood head's or cooperative's own address for sending lists. Its secret is derived from ``code``.

    ``activity_id`` None lets them choose. ``people`` counts those signed up through it, at most ``most_people``.
    """

    __tablename__ = "upload_link"
    __table_args__ = (sa.CheckConstraint("people >= 0 AND people <= most_people", name="within_most"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"), index=True)
    code: Mapped[str] = mapped_column(sa.String(10), unique=True)
    label: Mapped[str] = mapped_column(sa.String(80))
    activity_id: Mapped[int | None] = mapped_column(sa.ForeignKey("activity.id", ondelete="CASCADE"))
    most_people: Mapped[int]
    people: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    activity: Mapped[Activity | None] = relationship()


class Batch(Model):
    """A list that somebody sent: by the committee (``created_by_id``) or through an upload link.

    ``slot_id`` is for rows that name none. What stands in the rows is kept until it is signed up, 48 hours at most
    (``forgotten_at``); numbers alone stay. ``storing_since`` is whose turn it is while it is being stored.
    """

    __tablename__ = "batch"
    __table_args__ = (sa.Index("ix_batch_raw", "created_at", sqlite_where=_RAW, postgresql_where=_RAW),)

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"), index=True)
    link_id: Mapped[int | None] = mapped_column(sa.ForeignKey("upload_link.id", ondelete="CASCADE"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    contact_name: Mapped[str] = mapped_column(sa.String(80))
    contact_phone: Mapped[str] = mapped_column(sa.String(20))
    file_name: Mapped[str] = mapped_column(sa.String(100))
    slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("time_slot.id", ondelete="SET NULL"))
    state: Mapped[BatchState] = mapped_column(Code(BatchState))
    positions: Mapped[dict[str, Any]] = mapped_column(sa.JSON)  # key to column from 0, for naming cells
    row_count: Mapped[int]
    people: Mapped[int] = mapped_column(default=0)
    consented_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    storing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    messages_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    forgotten_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    link: Mapped[UploadLink | None] = relationship()
    slot: Mapped[TimeSlot | None] = relationship()


class BatchRow(Model):
    """One row of a list: ``cells`` as typed until they are forgotten, then what became of it.

    ``cells``: key of the column to ``[text, fault]``.
    """

    __tablename__ = "batch_row"
    __table_args__ = (sa.UniqueConstraint("batch_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batch.id", ondelete="CASCADE"))
    number: Mapped[int]
    cells: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id", ondelete="SET NULL"), index=True)
    skipped: Mapped[RowSkip | None] = mapped_column(Code(RowSkip))


class BlankSheet(Model):
    """A stack of blank tickets, printed at once."""

    __tablename__ = "blank_sheet"
    __table_args__ = (sa.CheckConstraint("number BETWEEN 1 AND 500", name="bounded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    printed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    printed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BlankTicket(Model):
    """A ticket that was printed before anybody had it, in which stack, and who wrote a name to it when.

    Until then its ``Ticket.participant_id`` is NULL; its scope stays 0 for ever.
    """

    __tablename__ = "blank_ticket"

    ticket_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    sheet_id: Mapped[int] = mapped_column(sa.ForeignKey("blank_sheet.id", ondelete="CASCADE"), index=True)
    bound_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bound_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
