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

AFTER_CUT = sa.text("reason = 'revoked_device'")
FIRST_USE = sa.text("reason IS NULL OR reason <> 'id_reused'")


class CheckinPoint(Model):
    """Where tickets are scanned. Without an activity it admits any ticket with a live registration.

    ``paused_at``: since then nobody is let in, until the committee goes on. ``active`` False is for good.
    ``counts_with_id``: the main point that keeps the admissions of this one too, so that a ticket shown at both
    is a double admission. ``counts_inside``: people may leave and come back. ``pin_hash``: of the six digits that
    make a phone a supervisor's.
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
    counts_with_id: Mapped[int | None]  # SQLite cannot drop a column with a foreign key; points are never deleted
    counts_inside: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    capacity: Mapped[int | None]  # people inside at once; more is a warning at the gate, never a wall
    pin_hash: Mapped[str | None] = mapped_column(sa.String(200))
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
    """A phone that may scan at one point. Its token is stored hashed and can be revoked.

    A supervisor's from ``supervisor_since`` to ``supervisor_until``. What it tells of itself: scans not sent yet,
    its clock less ours (milliseconds), the moment its data are of. ``paper``: no phone but the point's list of
    names, whose ticks are entered later; one a point.
    """

    __tablename__ = "device"
    __table_args__ = (
        sa.Index(
            "uq_device_paper", "point_id", unique=True,
            sqlite_where=sa.text("paper"), postgresql_where=sa.text("paper"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"), index=True)
    point_id: Mapped[int] = mapped_column(sa.ForeignKey("checkin_point.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    paired_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    supervisor_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    supervisor_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unsent: Mapped[int | None]
    skew_ms: Mapped[int | None] = mapped_column(sa.BigInteger)
    data_as_of: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paper: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    point: Mapped[CheckinPoint] = relationship()


class Scan(Model):
    """One attempt, whatever came of it. ``client_id`` is made by the phone, so sending it twice stores it once.

    A first use of an id is unique over all phones; a later one from another phone is kept as ``id_reused``.
    ``skew_ms``: the phone's clock less ours, as the phone measured it. ``volunteer``: who held the phone.
    ``by_hand``: why a supervisor let somebody in whatever the verdict. ``name``: of a walk-in with a blank ticket.
    ``undone_at``: taken back at the gate within ten seconds; the admission is gone, the scan stays.
    ``resolved_at``, ``resolution``: somebody of the committee looked at this conflict, and what came of it.
    """

    __tablename__ = "scan"
    __table_args__ = (
        sa.UniqueConstraint("device_id", "client_id"),
        sa.Index(
            "uq_scan_first_use", "client_id", unique=True,
            sqlite_where=FIRST_USE, postgresql_where=FIRST_USE,
        ),
        sa.Index("ix_scan_point_received", "point_id", "received_at"),
        sa.Index(
            "ix_scan_conflict", "festival_id", "id",
            sqlite_where=sa.text("conflict"), postgresql_where=sa.text("conflict"),
        ),
        sa.Index(
            "ix_scan_revoked", "festival_id", "id",
            sqlite_where=AFTER_CUT, postgresql_where=AFTER_CUT,
        ),
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
    skew_ms: Mapped[int | None] = mapped_column(sa.BigInteger)
    volunteer: Mapped[str | None] = mapped_column(sa.String(80))
    by_hand: Mapped[str | None] = mapped_column(sa.String(200))
    name: Mapped[str | None] = mapped_column(sa.String(80))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by_id: Mapped[int | None]  # SQLite cannot drop a column with a foreign key
    resolution: Mapped[str | None] = mapped_column(sa.String(300))


class Admission(Model):
    """A ticket was let in. ``key`` is '' for once, the date for daily, the scan id for unlimited points.

    ``gate_id`` is the point whose admissions count together: the main one, or the point itself. ``left_at``: went
    out at a point that counts who is inside; coming back is an admission of its own.
    """

    __tablename__ = "admission"
    __table_args__ = (
        sa.UniqueConstraint("point_id", "ticket_id", "key"),
        sa.Index("uq_admission_gate", "gate_id", "ticket_id", "key", unique=True),
        sa.Index("ix_admission_point_admitted", "point_id", "admitted_at"),  # counts of a day at a point
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"))
    point_id: Mapped[int] = mapped_column(sa.ForeignKey("checkin_point.id", ondelete="CASCADE"))
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(sa.String(36))
    scan_id: Mapped[int] = mapped_column(sa.ForeignKey("scan.id", ondelete="CASCADE"), unique=True)
    admitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    gate_id: Mapped[int] = mapped_column(server_default="0")
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TicketChange(Model):
    """What phones with a snapshot must learn, written by database triggers (migration 0004): a ticket that entered,
    ended or has other bookings, or with ``gate_id`` its admissions at that gate.

    ``xid`` is PostgreSQL's number of the transaction, by which nothing that commits late is missed; SQLite has one
    writer, and the ids do. Without foreign keys: it speaks of deleted tickets too.
    """

    __tablename__ = "ticket_change"
    __table_args__ = (sa.Index("ix_ticket_change_xid", "xid"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True)
    festival_id: Mapped[int]
    ticket_id: Mapped[int] = mapped_column(sa.BigInteger)
    gate_id: Mapped[int | None]
    xid: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SealedName(Model):
    """The holder's name, readable only with the text of the ticket's QR code; ``name`` is what was sealed."""

    __tablename__ = "sealed_name"

    ticket_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    name: Mapped[str] = mapped_column(sa.String(80))
    sealed: Mapped[bytes]
