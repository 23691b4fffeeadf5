"""Teams: a leader reserves places, and each member writes a name to one of them by a link of their own."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Code, Model, UtcDateTime
from app.registration.rules import TeamPlaceState

_OPEN = sa.text("state = 'open'")


class Team(Model):
    """What a leader reserved besides the own place. The leader's registration says who, for what and which slot.

    Places without a name at ``names_due_at`` go to others.
    """

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id", ondelete="CASCADE"), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    names_due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class TeamPlace(Model):
    """One reserved place. Open ones count in ``TimeSlot.taken``; a name makes it a registration of its own.

    ``code`` opens nothing without the secret half of the link, which is derived and not stored.
    """

    __tablename__ = "team_place"
    __table_args__ = (
        sa.CheckConstraint("state = 'named' OR registration_id IS NULL", name="only_named_have_people"),
        sa.Index("ix_team_place_open", "team_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("team.id", ondelete="CASCADE"), index=True)
    code: Mapped[str] = mapped_column(sa.String(10), unique=True)
    state: Mapped[TeamPlaceState] = mapped_column(Code(TeamPlaceState))
    registration_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("registration.id", ondelete="SET NULL"), unique=True
    )
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
