"""Judges, whom they may not judge, and whom they shall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.competition.models import (
    Assignment,
    Category,
    Competition,
    ConflictOfInterest,
    Entrant,
    Judge,
    ScoreSheet,
    SheetState,
    Stage,
)
from app.core.crypto import hash_token
from app.core.db import db

MOST_JUDGES = 100
MOST_SHEETS = 500  # of one judge


def judge_by_id(judge_id: int) -> Judge | None:
    """A judge, removed or not."""
    return db.session.get(Judge, judge_id)


def judges_of(competition_id: int, *, removed: bool = False) -> list[Judge]:
    """The judges of a competition by name."""
    query = sa.select(Judge).where(Judge.competition_id == competition_id)
    if not removed:
        query = query.where(Judge.removed_at.is_(None))
    return list(db.session.scalars(query.order_by(Judge.name).limit(MOST_JUDGES)))


def invited(token: str, now: datetime) -> Judge | None:
    """Whose unused invitation this is."""
    return db.session.scalar(
        sa.select(Judge).where(
            Judge.token_hash == hash_token(token), Judge.token_expires_at > now, Judge.removed_at.is_(None)
        )
    )


def judges_of_user(user_id: int) -> list[Judge]:
    """As whom this user judges, the latest competition first."""
    query = sa.select(Judge).where(Judge.user_id == user_id, Judge.removed_at.is_(None))
    return list(db.session.scalars(query.order_by(Judge.id.desc()).limit(20)))


def conflicts_of(competition_id: int) -> list[ConflictOfInterest]:
    """All conflicts of interest of a competition."""
    query = sa.select(ConflictOfInterest).where(ConflictOfInterest.competition_id == competition_id)
    return list(db.session.scalars(query.order_by(ConflictOfInterest.id)))


def live_assignments(stage_id: int) -> list[Assignment]:
    """Who judges whom at a stage."""
    query = sa.select(Assignment).where(Assignment.stage_id == stage_id, Assignment.ended_at.is_(None))
    return list(db.session.scalars(query.order_by(Assignment.id)))


@dataclass(frozen=True, slots=True)
class Progress:
    """Sheets of a judge at a stage, without what stands on them."""

    judge: Judge
    locked: int
    begun: int
    untouched: int

    @property
    def open(self) -> int:
        """Sheets that are still to be locked."""
        return self.begun + self.untouched


def progress(stage_id: int, competition_id: int) -> list[Progress]:
    """How far each judge is: two statements, whatever the number of judges."""
    counts: dict[int, list[int]] = {}
    touched = ScoreSheet.latest > sa.literal_column("0")  # as a parameter it would not match itself in GROUP BY
    rows = sa.select(Assignment.judge_id, ScoreSheet.state, touched, sa.func.count())
    rows = _live(rows, stage_id).group_by(Assignment.judge_id, ScoreSheet.state, touched)
    for judge_id, state, begun, count in db.session.execute(rows):
        place = 0 if state is SheetState.LOCKED else 1 if begun else 2
        counts.setdefault(judge_id, [0, 0, 0])[place] += count
    return [Progress(judge, *counts.get(judge.id, (0, 0, 0))) for judge in judges_of(competition_id)]


def _live(query: Any, stage_id: int) -> Any:
    """Joined to sheets of live assignments of entrants who are still there."""
    return (
        query.select_from(Assignment)
        .join(
            ScoreSheet,
            sa.and_(
                ScoreSheet.judge_id == Assignment.judge_id, ScoreSheet.entrant_id == Assignment.entrant_id,
                ScoreSheet.stage_id == Assignment.stage_id,
            ),
        )
        .join(Entrant, Entrant.id == Assignment.entrant_id)
        .where(
            Assignment.stage_id == stage_id, Assignment.ended_at.is_(None), Entrant.withdrawn_at.is_(None)
        )
    )  # fmt: skip


def sheets_of_stage(stage_id: int) -> list[Any]:
    """Every live sheet of a stage: sheet, entrant, judge name, calibration; for the committee, without scores."""
    query = _live(sa.select(ScoreSheet, Entrant, Judge.name.label("judge"), Assignment.calibration), stage_id).join(
        Judge, Judge.id == Assignment.judge_id
    )
    return list(db.session.execute(query.order_by(Entrant.number, Judge.name)))


def sheets_to_lock(stage_id: int) -> int:
    """How many live sheets of a stage are not locked yet."""
    query = _live(sa.select(sa.func.count()), stage_id).where(ScoreSheet.state != SheetState.LOCKED)
    return db.session.scalar(query) or 0


@dataclass(frozen=True, slots=True)
class OwnSheet:
    """A line of a judge's list."""

    sheet: ScoreSheet
    entrant: Entrant
    category: str
    stage: Stage
    calibration: bool


def own_sheets(judge: Judge, stage_id: int) -> list[OwnSheet]:
    """The sheets of a judge at a stage: calibration first, then by number."""
    query = (
        _live(sa.select(ScoreSheet, Entrant, Category.name, Stage, Assignment.calibration), stage_id)
        .join(Category, Category.id == Entrant.category_id)
        .join(Stage, Stage.id == Assignment.stage_id)
        .where(Assignment.judge_id == judge.id)
        .order_by(Assignment.calibration.desc(), Entrant.number)
        .limit(MOST_SHEETS)
    )
    return [OwnSheet(*row) for row in db.session.execute(query)]


def competitions_of_judges(judges: list[Judge]) -> dict[int, Competition]:
    """Their competitions by id."""
    query = sa.select(Competition).where(Competition.id.in_([judge.competition_id for judge in judges]))
    return {one.id: one for one in db.session.scalars(query)}
