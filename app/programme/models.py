"""Activities and their time slots."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.core.db import Code, Model, UtcDateTime
from app.festival.models import Festival, Place
from app.programme.kinds import Verdict as Verdict
from app.programme.rules import OFFER_MINUTES
from app.programme.rules import AdmissionPolicy as AdmissionPolicy
from app.programme.rules import EntryMode as EntryMode


class Activity(Model):
    """Something that happens. ``number`` is the scope in a ticket: 1 to 65535, never reused in a festival.

    ``offer_minutes`` is how long places offered to who waits are kept for them. ``max_per_number`` is how many
    people one telephone number may bring to a slot, None for as many as fit. ``paused_at``: since then the
    committee holds sign-up; who is signed up stays.
    """

    __tablename__ = "activity"
    __table_args__ = (
        sa.UniqueConstraint("festival_id", "slug"),
        sa.UniqueConstraint("festival_id", "number"),
        sa.CheckConstraint("number BETWEEN 1 AND 65535", name="fits_ticket"),
        sa.CheckConstraint("min_age IS NULL OR max_age IS NULL OR min_age <= max_age", name="ages_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"))
    number: Mapped[int]
    slug: Mapped[str] = mapped_column(sa.String(60))
    kind: Mapped[str] = mapped_column(sa.String(40))
    title: Mapped[str] = mapped_column(sa.String(120))
    summary: Mapped[str] = mapped_column(sa.String(240), default="")
    description: Mapped[str] = mapped_column(sa.Text, default="")
    bring: Mapped[str] = mapped_column(sa.String(400), default="")
    place_id: Mapped[int | None] = mapped_column(sa.ForeignKey("place.id", ondelete="SET NULL"))
    entry_mode: Mapped[EntryMode] = mapped_column(Code(EntryMode))
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    min_age: Mapped[int | None]
    max_age: Mapped[int | None]
    max_group: Mapped[int] = mapped_column(default=10)
    max_per_number: Mapped[int | None]
    waiting_list: Mapped[bool] = mapped_column(default=True)
    admission_policy: Mapped[AdmissionPolicy] = mapped_column(Code(AdmissionPolicy))
    earns_coupon: Mapped[bool] = mapped_column(default=False)
    kind_options: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    offer_minutes: Mapped[int] = mapped_column(default=OFFER_MINUTES, server_default=str(OFFER_MINUTES))
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)
    festival: Mapped[Festival] = relationship()
    place: Mapped[Place | None] = relationship()
    slots: Mapped[list[TimeSlot]] = relationship(
        back_populates="activity", order_by="TimeSlot.starts_at", cascade="all, delete-orphan"
    )


class TimeSlot(Model):
    """When an activity can be attended, and how many places there are (None: as many as come).

    ``taken`` is the only counter that is kept; the CHECK is the last word on overselling. ``moved_from`` is when
    it was to start before the committee moved it. ``cancelled_at``: it does not take place; it is closed then,
    for good, and ``cancelled_because`` says why.
    """

    __tablename__ = "time_slot"
    __table_args__ = (
        sa.CheckConstraint("taken >= 0", name="taken_not_negative"),
        sa.CheckConstraint("capacity IS NULL OR taken <= capacity", name="never_oversold"),
        sa.CheckConstraint("capacity IS NULL OR capacity >= 0", name="capacity_not_negative"),
        sa.CheckConstraint("starts_at < ends_at", name="times_in_order"),
        sa.UniqueConstraint("activity_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"), index=True)
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    capacity: Mapped[int | None]
    taken: Mapped[int] = mapped_column(default=0)
    closed: Mapped[bool] = mapped_column(default=False)
    moved_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_because: Mapped[str | None] = mapped_column(sa.String(120))
    activity: Mapped[Activity] = relationship(back_populates="slots")
