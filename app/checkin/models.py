"""Points, the phones paired to them, every scan attempt, and the admissions that came of them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.checkin.rules import PointKind as PointKind
from app.checkin.rules import Reason as Reason
from app.checkin.rules import ScanStatus as ScanStatus
from app.core.db import Code, Model, UtcDateTime
from app.programme.models import Activity, AdmissionPolicy

FIRST_USE = sa.text("reason IS NULL OR reason <> 'id_reused'")


class CheckinPoint(Model):
    """Where tickets are scanned. Without an activity it admits any ticket with a live registration.

    ``paused_at``: since then nobody is let in, until the committee goes on. ``active`` False is for good.
    """

    __tablename__ = "checkin_point"
    __table_args__ = (
        sa.UniqueConstraint("festival_id", "slug"),
        sa.CheckConstraint("opens_before >= 0 AND closes_after >= 0", name="minutes_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(sa.String(60))
    name: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[PointKind] = mapped_column(Code(PointKind))
    activity_id: Mapped[int | None] = mapped_column(sa.ForeignKey("activity.id", ondelete="CASCADE"), index=True)
    policy: Mapped[AdmissionPolicy] = mapped_column(Code(AdmissionPolicy))
    opens_before: Mapped[int] = mapped_column(default=60)  # minutes before a slot starts
    closes_after: Mapped[int] = mapped_column(default=0)  # minutes after a slot ends
    active: Mapped[bool] = mapped_column(default=True)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    activity: Mapped[Activity | None] = relationship()


class PairingCode(Model):
    """A one-time code that turns a phone into a device of a point; only its hash is kept."""

    __tablename__ = "pairing_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    point_id: Mapped[int] = mapped_column(sa.ForeignKey("checkin_point.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Device(Model):
    """A phone that may scan at one point. Its token is stored hashed and can be revoked."""

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"), index=True)
    point_id: Mapped[int] = mapped_column(sa.ForeignKey("checkin_point.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    paired_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    point: Mapped[CheckinPoint] = relationship()


class Scan(Model):
    """One attempt, whatever came of it. ``client_id`` is made by the phone, so sending it twice stores it once.

    A first use of an id is unique over all phones; a later one from another phone is kept as ``id_reused``.
    """

    __tablename__ = "scan"
    __table_args__ = (
        sa.UniqueConstraint("device_id", "client_id"),
        sa.Index(
            "uq_scan_first_use", "client_id", unique=True,
            sqlite_where=FIRST_USE, postgresql_where=FIRST_USE,
        ),
        sa.Index("ix_scan_point_received", "point_id", "received_at"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"))
    point_id: Mapped[int] = mapped_column(sa.ForeignKey("checkin_point.id", ondelete="CASCADE"))
    device_id: Mapped[int] = mapped_column(sa.ForeignKey("device.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(sa.String(36))
    ticket_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    scanned_at: Mapped[datetime] = mapped_column(UtcDateTime)  # the phone's clock
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)  # the server's clock
    offline: Mapped[bool] = mapped_column(default=False)
    direction: Mapped[str | None] = mapped_column(sa.String(3))
    phone_verdict: Mapped[str | None] = mapped_column(sa.String(24))
    phone_reason: Mapped[str | None] = mapped_column(sa.String(24))
    status: Mapped[ScanStatus] = mapped_column(Code(ScanStatus))
    reason: Mapped[Reason | None] = mapped_column(Code(Reason))
    conflict: Mapped[bool] = mapped_column(default=False)
    first_admitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    slot_starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the booking the reason speaks of


class Admission(Model):
    """A ticket was let in. ``key`` is '' for once, the date for daily, the scan id for unlimited points."""

    __tablename__ = "admission"
    __table_args__ = (
        sa.UniqueConstraint("point_id", "ticket_id", "key"),
        sa.Index("ix_admission_point_admitted", "point_id", "admitted_at"),  # counts of a day at a point
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"))
    point_id: Mapped[int] = mapped_column(sa.ForeignKey("checkin_point.id", ondelete="CASCADE"))
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(sa.String(36))
    scan_id: Mapped[int] = mapped_column(sa.ForeignKey("scan.id", ondelete="CASCADE"), unique=True)
    admitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
