"""Who comes (participants), who asked for it (registrations), their bookings and tickets."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Code, Model, UtcDateTime
from app.programme.models import Activity, TimeSlot
from app.registration.rules import BookingStatus, RegistrationStatus, TicketStatus

_LIVE = sa.text("status IN ('confirmed', 'waitlisted')")
_VALID = sa.text("status = 'valid'")
_NUMBERED = sa.text("bib IS NOT NULL")
_KEYED = sa.text("idempotency_key IS NOT NULL")
_WAITING = sa.text("status = 'waitlisted'")


class Participant(Model):
    """A person of one festival: (phone, normalised name, birth year where given).

    ``birth_year`` 0 means not given (a NULL would slip through the unique key). ``ordinal`` tells two people
    of one registration apart who share all of that, such as father and son.
    """

    __tablename__ = "participant"
    __table_args__ = (sa.UniqueConstraint("festival_id", "phone", "name_key", "birth_year", "ordinal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"))
    phone: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(80))
    name_key: Mapped[str] = mapped_column(sa.String(160))
    birth_year: Mapped[int] = mapped_column(default=0)
    ordinal: Mapped[int] = mapped_column(default=0)
    birth_date: Mapped[date | None]
    guardian_name: Mapped[str | None] = mapped_column(sa.String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Registration(Model):
    """One act of signing up: a contact, a slot, some people. The manage token is derived, not stored.

    ``language`` is the one they signed up in; messages about the registration are written in it.
    """

    __tablename__ = "registration"
    __table_args__ = (
        sa.Index("ix_registration_phone", "festival_id", "contact_phone"),
        # small for ever: the worker forgets keys after 48 hours, and looks here for those that are due
        sa.Index("ix_registration_keyed", "created_at", sqlite_where=_KEYED, postgresql_where=_KEYED),
        # the line of a slot, in order
        sa.Index(
            "ix_registration_waiting", "slot_id", "waiting_since", "id",
            sqlite_where=_WAITING, postgresql_where=_WAITING,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"))
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"))
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("time_slot.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(10), unique=True)
    contact_name: Mapped[str] = mapped_column(sa.String(80))
    contact_phone: Mapped[str] = mapped_column(sa.String(20))
    contact_email: Mapped[str | None] = mapped_column(sa.String(254))
    language: Mapped[str] = mapped_column(sa.String(5), default="id", server_default="id")
    status: Mapped[RegistrationStatus] = mapped_column(Code(RegistrationStatus))
    idempotency_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    body_digest: Mapped[str] = mapped_column(sa.String(64))
    answers: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    consent_version: Mapped[str] = mapped_column(sa.String(20))
    consented_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    activity: Mapped[Activity] = relationship()
    slot: Mapped[TimeSlot] = relationship()
    bookings: Mapped[list[Booking]] = relationship(back_populates="registration", order_by="Booking.position")


class Booking(Model):
    """One person's place in one slot. Live ones are unique by (activity, participant).

    ``discloses_ticket`` is False where the person was known before and the sender gave no proof: this
    registration then never shows their ticket. ``cancelled_from`` is what the booking was before its owner
    cancelled it, None where that cannot be undone. ``bib`` is the number to wear, where the kind gives one:
    never given twice in an activity, not even after cancelling.
    """

    __tablename__ = "booking"
    __table_args__ = (
        sa.Index(
            "uq_booking_live", "activity_id", "participant_id", unique=True,
            sqlite_where=_LIVE, postgresql_where=_LIVE,
        ),
        sa.Index(
            "uq_booking_bib", "activity_id", "bib", unique=True, sqlite_where=_NUMBERED, postgresql_where=_NUMBERED
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id", ondelete="CASCADE"), index=True)
    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"))
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("time_slot.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(80))
    status: Mapped[BookingStatus] = mapped_column(Code(BookingStatus))
    discloses_ticket: Mapped[bool]
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_from: Mapped[BookingStatus | None] = mapped_column(Code(BookingStatus))
    bib: Mapped[int | None]
    registration: Mapped[Registration] = relationship(back_populates="bookings")
    participant: Mapped[Participant] = relationship()
    activity: Mapped[Activity] = relationship()
    slot: Mapped[TimeSlot] = relationship()


class Ticket(Model):
    """One ticket a person for the whole festival. ``id`` is the 8-byte ticket id of the QR, read as signed."""

    __tablename__ = "ticket"
    __table_args__ = (
        sa.Index(
            "uq_ticket_valid", "participant_id", unique=True, sqlite_where=_VALID, postgresql_where=_VALID
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"))
    participant_id: Mapped[int | None] = mapped_column(sa.ForeignKey("participant.id"))
    scope: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(10), unique=True)
    status: Mapped[TicketStatus] = mapped_column(Code(TicketStatus), default=TicketStatus.VALID)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    participant: Mapped[Participant | None] = relationship()
