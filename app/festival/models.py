"""A festival is one edition: organiser, venue, days, places."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Model


class Festival(Model):
    """One edition of Pekan Koperasi. ``id`` is part of every ticket and must stay below 65,536."""

    __tablename__ = "festival"
    __table_args__ = (
        sa.CheckConstraint("id BETWEEN 1 AND 65535", name="fits_ticket"),
        sa.Index(
            "uq_festival_current", "is_current", unique=True,
            sqlite_where=sa.text("is_current"), postgresql_where=sa.text("is_current"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(60), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    headline: Mapped[str] = mapped_column(sa.String(120), default="")
    summary: Mapped[str] = mapped_column(sa.String(400), default="")
    organiser: Mapped[str] = mapped_column(sa.String(160))
    city: Mapped[str] = mapped_column(sa.String(80))
    venue: Mapped[str] = mapped_column(sa.String(160))
    address: Mapped[str] = mapped_column(sa.String(240), default="")
    timezone: Mapped[str] = mapped_column(sa.String(40), default="Asia/Jakarta")
    notice: Mapped[str] = mapped_column(sa.String(240), default="")
    is_current: Mapped[bool] = mapped_column(default=False)
    is_sample: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    days: Mapped[list[Day]] = relationship(
        back_populates="festival", order_by="Day.date", cascade="all, delete-orphan"
    )
    places: Mapped[list[Place]] = relationship(
        back_populates="festival", order_by="Place.name", cascade="all, delete-orphan"
    )


class Day(Model):
    """One day of a festival."""

    __tablename__ = "festival_day"
    __table_args__ = (sa.UniqueConstraint("festival_id", "date"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"))
    date: Mapped[date]
    title: Mapped[str] = mapped_column(sa.String(120), default="")
    festival: Mapped[Festival] = relationship(back_populates="days")


class Place(Model):
    """Where something happens: a stage, a hall, a row of desks."""

    __tablename__ = "place"
    __table_args__ = (sa.UniqueConstraint("festival_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(120))
    festival: Mapped[Festival] = relationship(back_populates="places")
