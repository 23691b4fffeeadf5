"""A competition: its categories, its stages, and what is judged with which weight."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.competition.rules.states import CompetitionState, StageCode
from app.core.db import Code, Model, UtcDateTime

_COMMON = sa.text("category_id IS NULL")


class Competition(Model):
    """A competition of a festival.

    ``stage_position`` is the stage that is judged now (or was last). ``weights_hash`` is the SHA-256 of all
    criteria as they were frozen (``rules/freezing.py``). ``tie_chain``: codes of criteria that decide between
    equals, in order. ``method`` and ``seed`` as ``pekan rank`` takes them. ``blind``: judges of documents see
    numbers instead of names. ``gates``: codes of ``Gate`` that are asked.
    """

    __tablename__ = "competition"
    __table_args__ = (
        sa.CheckConstraint("objection_days BETWEEN 0 AND 90", name="objection_days"),
        sa.CheckConstraint("state = 'setup' OR weights_hash IS NOT NULL", name="frozen_before_judging"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(sa.ForeignKey("festival.id", ondelete="CASCADE"), index=True)
    slug: Mapped[str] = mapped_column(sa.String(60), unique=True)
    name: Mapped[str] = mapped_column(sa.String(160))
    state: Mapped[CompetitionState] = mapped_column(Code(CompetitionState), default=CompetitionState.SETUP)
    stage_position: Mapped[int] = mapped_column(default=1)
    weights_hash: Mapped[str | None] = mapped_column(sa.String(64))
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    frozen_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    objection_days: Mapped[int] = mapped_column(default=10)
    tie_chain: Mapped[list[str]] = mapped_column(sa.JSON)
    method: Mapped[str] = mapped_column(sa.String(20), default="shrunk")
    seed: Mapped[int] = mapped_column(sa.BigInteger)
    legal_basis: Mapped[str] = mapped_column(sa.String(600), default="")
    blind: Mapped[bool] = mapped_column(default=True)
    gates: Mapped[list[str]] = mapped_column(sa.JSON)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    announced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    categories: Mapped[list[Category]] = relationship(
        order_by="Category.position", cascade="all, delete-orphan", passive_deletes=True
    )
    stages: Mapped[list[Stage]] = relationship(
        order_by="Stage.position", cascade="all, delete-orphan", passive_deletes=True
    )


class Category(Model):
    """Entrants that are ranked together. ``kinds``: kinds of cooperative that belong here; empty for all."""

    __tablename__ = "category"
    __table_args__ = (sa.UniqueConstraint("competition_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(sa.ForeignKey("competition.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(80))
    kinds: Mapped[list[str]] = mapped_column(sa.JSON)


class Stage(Model):
    """A stage; weights of its criteria sum to 100 %, and its sheets alone make its ranking.

    ``judges_each``: judges an entrant; ``goes_on``: how many of each category reach the next stage, None for
    the last one. ``seed``: of the plan of who judges whom.
    """

    __tablename__ = "stage"
    __table_args__ = (
        sa.UniqueConstraint("competition_id", "position"),
        sa.CheckConstraint("judges_each BETWEEN 2 AND 20", name="judges_each"),
        sa.CheckConstraint("closes_at > opens_at", name="opens_before_closing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(sa.ForeignKey("competition.id", ondelete="CASCADE"))
    position: Mapped[int]
    code: Mapped[StageCode] = mapped_column(Code(StageCode))
    name: Mapped[str] = mapped_column(sa.String(80))
    judges_each: Mapped[int] = mapped_column(default=3)
    goes_on: Mapped[int | None]
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seed: Mapped[int | None] = mapped_column(sa.BigInteger)


class Criterion(Model):
    """What is judged at a stage; of one category, or (``category_id`` None) of all.

    ``weight``: hundredths of a percent, so that 33.33 % is a whole number. ``levels``: [score, words] from low to
    high; these scores and no others may be given. Without levels any whole number of the scale may.
    """

    __tablename__ = "criterion"
    __table_args__ = (
        sa.Index(
            "uq_criterion_of_all", "stage_id", "code", unique=True, sqlite_where=_COMMON, postgresql_where=_COMMON
        ),
        sa.Index("uq_criterion_of_one", "stage_id", "category_id", "code", unique=True),
        sa.CheckConstraint("weight BETWEEN 1 AND 10000", name="weight"),
        sa.CheckConstraint("scale_min < scale_max", name="scale"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(sa.ForeignKey("competition.id", ondelete="CASCADE"), index=True)
    stage_id: Mapped[int] = mapped_column(sa.ForeignKey("stage.id", ondelete="CASCADE"))
    category_id: Mapped[int | None] = mapped_column(sa.ForeignKey("category.id", ondelete="CASCADE"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(12))
    name: Mapped[str] = mapped_column(sa.String(120))
    weight: Mapped[int]
    scale_min: Mapped[int]
    scale_max: Mapped[int]
    levels: Mapped[list[list[Any]]] = mapped_column(sa.JSON)
    evidence: Mapped[str] = mapped_column(sa.String(400), default="")
