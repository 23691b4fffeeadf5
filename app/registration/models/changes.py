"""What happens to registrations and tickets later: offers from the waiting list, tickets given out anew."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Code, Model, UtcDateTime
from app.registration.rules import OfferState

_OPEN = sa.text("state = 'open'")


class WaitingOffer(Model):
    """Freed places kept for a waiting registration until ``expires_at``. Open ones count in ``TimeSlot.taken``.

    While it is open the registration and its bookings stay ``waitlisted``, and ``people`` is how many they are.
    """

    __tablename__ = "waiting_offer"
    __table_args__ = (
        sa.CheckConstraint("people > 0", name="somebody"),
        sa.Index(
            "uq_waiting_offer_open", "registration_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
        ),
        sa.Index("ix_waiting_offer_due", "slot_id", "expires_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id", ondelete="CASCADE"), index=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("time_slot.id"))
    people: Mapped[int]
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[OfferState] = mapped_column(Code(OfferState))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TicketReissue(Model):
    """A ticket that took the place of another one at the counter, and who gave it out."""

    __tablename__ = "ticket_reissue"

    old_ticket_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    new_ticket_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("ticket.id", ondelete="CASCADE"), unique=True
    )
    reissued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
