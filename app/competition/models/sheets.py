"""Score sheets. A sheet is a place; what was written on it are its versions, of which none ever changes."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.competition.rules.states import SheetState, VersionKind
from app.core.db import Code, Model, UtcDateTime

_WAITING = sa.text("second_by_id IS NULL AND ended_at IS NULL")


class ScoreSheet(Model):
    """What one judge thinks of one entrant at one stage. ``current``: the number of the version that counts.

    0 means nothing was written. ``latest``: the highest number; higher than ``current`` while a sheet typed from
    paper waits to be confirmed.
    """

    __tablename__ = "score_sheet"
    __table_args__ = (
        sa.UniqueConstraint("judge_id", "entrant_id", "stage_id"),
        sa.Index("ix_score_sheet_of_stage", "stage_id", "state"),
        sa.CheckConstraint("current >= 0 AND latest >= current", name="versions"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(sa.ForeignKey("competition.id", ondelete="CASCADE"), index=True)
    judge_id: Mapped[int] = mapped_column(sa.ForeignKey("judge.id"))
    entrant_id: Mapped[int] = mapped_column(sa.ForeignKey("entrant.id", ondelete="CASCADE"), index=True)
    stage_id: Mapped[int] = mapped_column(sa.ForeignKey("stage.id", ondelete="CASCADE"))
    state: Mapped[SheetState] = mapped_column(Code(SheetState), default=SheetState.OPEN)
    current: Mapped[int] = mapped_column(default=0)
    latest: Mapped[int] = mapped_column(default=0)
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SheetVersion(Model):
    """What was on a sheet at a moment. Only ever inserted; the database refuses an UPDATE.

    ``position``, ``previous_hash`` and ``hash`` make a chain over the whole competition (``rules/chain.py``).
    ``scores``: {criterion code: score}; ``remarks``: {criterion code: text}, "" for the sheet as a whole.
    ``entered_by_id`` is the person who typed, ``on_behalf_of_id`` the judge whose sheet it is where that is
    somebody else. ``based_on``: the number of the version the writer saw; ``conflict``: it was not the current one.
    ``saved_at`` is the device's clock, ``received_at`` ours.
    """

    __tablename__ = "sheet_version"
    __table_args__ = (
        sa.UniqueConstraint("sheet_id", "number"),
        sa.UniqueConstraint("competition_id", "position"),
        sa.CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> entered_by_id", name="four_eyes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(sa.ForeignKey("competition.id", ondelete="CASCADE"))
    position: Mapped[int]
    sheet_id: Mapped[int] = mapped_column(sa.ForeignKey("score_sheet.id", ondelete="CASCADE"))
    number: Mapped[int]
    kind: Mapped[VersionKind] = mapped_column(Code(VersionKind))
    scores: Mapped[dict[str, int]] = mapped_column(sa.JSON)
    remarks: Mapped[dict[str, str]] = mapped_column(sa.JSON)
    entered_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    on_behalf_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("judge.id"))
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    device: Mapped[str] = mapped_column(sa.String(40), default="")
    client_id: Mapped[str] = mapped_column(sa.String(36), unique=True)
    based_on: Mapped[int]
    conflict: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    previous_hash: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64))


class SheetChain(Model):
    """The end of a competition's chain; the row that writers queue for."""

    __tablename__ = "sheet_chain"

    competition_id: Mapped[int] = mapped_column(
        sa.ForeignKey("competition.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    length: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(sa.String(64))


class Reopening(Model):
    """A locked sheet is opened again: one asks with a reason, another agrees."""

    __tablename__ = "reopening"
    __table_args__ = (
        sa.Index("uq_reopening_waiting", "sheet_id", unique=True, sqlite_where=_WAITING, postgresql_where=_WAITING),
        sa.CheckConstraint("second_by_id IS NULL OR second_by_id <> first_by_id", name="two_people"),
        sa.CheckConstraint("reason <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(sa.ForeignKey("score_sheet.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(400))
    first_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    second_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    second_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # refused instead
