"""Who judges, whom they may not judge, and whom they shall."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, UtcDateTime


class Judge(Model):
    """A judge of a competition. ``user_id`` is there from the moment the invitation was used.

    ``affiliation``: organisation in words; ``cooperative_id``: where it is one of the directory. ``epoch`` grows
    with every new invitation: devices of before are shut out. ``phone`` is E.164, for reminders.
    """

    __tablename__ = "judge"
    __table_args__ = (
        sa.UniqueConstraint("competition_id", "name"),
        sa.UniqueConstraint("competition_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(sa.ForeignKey("competition.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    affiliation: Mapped[str] = mapped_column(sa.String(160), default="")
    cooperative_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cooperative.id"))
    phone: Mapped[str] = mapped_column(sa.String(20), default="")
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    token_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    epoch: Mapped[int] = mapped_column(default=1)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_reason: Mapped[str] = mapped_column(sa.String(400), default="")


class ConflictOfInterest(Model):
    """Why a judge must not judge an entrant. Never taken back: a reason that was once good enough stays one."""

    __tablename__ = "conflict_of_interest"
    __table_args__ = (
        sa.UniqueConstraint("judge_id", "entrant_id"),
        sa.CheckConstraint("reason <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(sa.ForeignKey("competition.id", ondelete="CASCADE"), index=True)
    judge_id: Mapped[int] = mapped_column(sa.ForeignKey("judge.id", ondelete="CASCADE"))
    entrant_id: Mapped[int] = mapped_column(sa.ForeignKey("entrant.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(400))
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    declared_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))


class Assignment(Model):
    """A judge shall judge an entrant at a stage. One that ended (recusal, new plan) stays, with its reason."""

    __tablename__ = "assignment"
    __table_args__ = (
        sa.UniqueConstraint("stage_id", "judge_id", "entrant_id"),
        sa.Index("ix_assignment_of_entrant", "entrant_id", "stage_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(sa.ForeignKey("competition.id", ondelete="CASCADE"), index=True)
    stage_id: Mapped[int] = mapped_column(sa.ForeignKey("stage.id", ondelete="CASCADE"))
    judge_id: Mapped[int] = mapped_column(sa.ForeignKey("judge.id", ondelete="CASCADE"), index=True)
    entrant_id: Mapped[int] = mapped_column(sa.ForeignKey("entrant.id", ondelete="CASCADE"))
    calibration: Mapped[bool] = mapped_column(default=False)
    seed: Mapped[int] = mapped_column(sa.BigInteger)
    assigned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str] = mapped_column(sa.String(400), default="")
