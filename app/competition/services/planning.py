"""Who judges whom: a preview that writes nothing, and the plan as it is put into force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.competition import words
from app.competition.models import (
    Assignment,
    Category,
    Competition,
    CompetitionState,
    Entrant,
    Judge,
    ScoreSheet,
    SheetState,
    Stage,
)
from app.competition.queries import entrants as entrant_queries
from app.competition.queries import judging
from app.competition.rules.faults import NoPlan
from app.core.db import db
from app.core.errors import DomainError
from app.core.i18n import gettext as _

if TYPE_CHECKING:  # NumPy is brought in when a plan is asked for, not by every worker process
    from app.competition.rules.plans import Task

CALIBRATION = 2  # entrants whom all judges judge, so that severities can be compared directly


@dataclass(frozen=True, slots=True)
class Pairing:
    """One sheet of a plan."""

    judge: Judge
    entrant: Entrant
    calibration: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a plan would mean. ``shared[a][b]``: entrants whom judges a and b both judge (loads where a = b).

    ``connectivity`` by category: 0 where panels never meet, 1 where everybody judges everything. ``new`` and
    ``ended``: sheets that the plan adds and takes away.
    """

    judges: list[Judge]
    entrants: list[Entrant]
    pairings: list[Pairing]
    shared: list[list[int]]
    connectivity: list[tuple[Category, float]]
    seed: int
    new: int
    ended: int

    @property
    def loads(self) -> list[int]:
        """Entrants of each judge."""
        return [self.shared[place][place] for place in range(len(self.judges))]


@dataclass(frozen=True, slots=True)
class PlanAsked:
    """``calibration``: entrants of each category whom all judges judge. ``anew``: also sheets that were given out
    and not begun are dealt again; otherwise only empty places are filled.
    """

    seed: int
    calibration: int = CALIBRATION
    anew: bool = False


def preview(competition: Competition, stage: Stage, asked: PlanAsked) -> Preview:
    """A plan for all entrants of a stage whose gates say yes. Sheets that somebody has begun stay as they are.

    Raises:
        DomainError: ``no_plan`` with the reason in words.
    """
    from app.competition.rules import plans
    from app.competition.rules.faults import Impossible

    entrants = entrant_queries.admitted(competition.id, stage.position)
    judges = judging.judges_of(competition.id)
    task = _task(competition, stage, entrants, judges)
    kept = _kept(stage, entrants, judges, live=not asked.anew)
    try:
        if not entrants or not judges:
            raise Impossible(NoPlan.NO_ENTRANTS)
        shared = plans.common(task, asked.calibration) if asked.calibration > 0 and len(judges) > 1 else []
        pairs = plans.mend(task, kept, shared) if kept else plans.fresh(task, shared, asked.seed)
    except Impossible as impossible:
        reason = words.no_plan(impossible, [one.name for one in entrants], [judge.name for judge in judges])
        raise DomainError("no_plan", reason) from None
    return _described(competition, stage, entrants, judges, pairs, shared, asked.seed)


def _task(competition: Competition, stage: Stage, entrants: Sequence[Entrant], judges: Sequence[Judge]) -> Task:
    """Entrants and judges by their place in the lists."""
    from app.competition.rules.plans import Task

    judge_at = {judge.id: place for place, judge in enumerate(judges)}
    barred: dict[int, set[int]] = {}
    conflicts = {(one.entrant_id, one.judge_id) for one in judging.conflicts_of(competition.id)}
    for place, entrant in enumerate(entrants):
        barred[place] = {at for at, judge in enumerate(judges) if judge.cooperative_id == entrant.cooperative_id}
        barred[place] |= {at for judge_id, at in judge_at.items() if (entrant.id, judge_id) in conflicts}
    categories = tuple(
        tuple(place for place, entrant in enumerate(entrants) if entrant.category_id == category.id)
        for category in competition.categories
    )
    return Task(
        tuple(of for of in categories if of), len(judges), stage.judges_each,
        {place: frozenset(of) for place, of in barred.items()},
    )  # fmt: skip


def _kept(
    stage: Stage, entrants: Sequence[Entrant], judges: Sequence[Judge], *, live: bool
) -> set[tuple[int, int]]:
    """(entrant, judge) by place: who has begun to write, and with ``live`` all that is given out."""
    judge_at = {judge.id: place for place, judge in enumerate(judges)}
    entrant_at = {entrant.id: place for place, entrant in enumerate(entrants)}
    begun = sa.select(ScoreSheet.entrant_id, ScoreSheet.judge_id).where(
        ScoreSheet.stage_id == stage.id, sa.or_(ScoreSheet.latest > 0, ScoreSheet.state == SheetState.LOCKED)
    )
    pairs = {(row.entrant_id, row.judge_id) for row in db.session.execute(begun)}
    if live:
        pairs |= {(one.entrant_id, one.judge_id) for one in judging.live_assignments(stage.id)}
    return {(entrant_at[e], judge_at[j]) for e, j in pairs if e in entrant_at and j in judge_at}


def _described(
    competition: Competition, stage: Stage, entrants: list[Entrant], judges: list[Judge],
    pairs: set[tuple[int, int]], shared: Sequence[int], seed: int,
) -> Preview:  # fmt: skip
    import numpy as np

    from app.competition.rules import connectivity

    given = np.zeros((len(entrants), len(judges)))
    for entrant, judge in pairs:
        given[entrant, judge] = 1.0
    live = {(one.entrant_id, one.judge_id) for one in judging.live_assignments(stage.id)} - _left_behind(stage)
    planned = {(entrants[entrant].id, judges[judge].id) for entrant, judge in pairs}
    linked = []
    for category in competition.categories:
        rows = given[[place for place, one in enumerate(entrants) if one.category_id == category.id]]
        if len(rows):
            linked.append((category, connectivity.connectivity(rows[:, rows.sum(0) > 0])))
    return Preview(
        judges, entrants, [Pairing(judges[j], entrants[e], e in shared) for e, j in sorted(pairs)],
        [[int(count) for count in row] for row in connectivity.shared(given)], linked, seed,
        len(planned - live), len(live - planned),
    )  # fmt: skip


def apply(competition: Competition, stage: Stage, asked: PlanAsked, by_id: int | None, now: datetime) -> Preview:
    """Put a plan into force: sheets for its pairs, an end for those it does not have. Twice changes nothing.

    Raises:
        DomainError: ``no_plan``, ``closed`` after judging.
    """
    db.session.execute(sa.select(Competition.id).where(Competition.id == competition.id).with_for_update())
    db.session.refresh(competition)
    if competition.state not in (CompetitionState.SETUP, CompetitionState.JUDGING):
        raise DomainError("closed", _("Penilaian sudah selesai; pembagian juri tidak dapat diganti lagi."))
    plan = preview(competition, stage, asked)
    rows = {
        (row.entrant_id, row.judge_id): row
        for row in db.session.scalars(sa.select(Assignment).where(Assignment.stage_id == stage.id))
    }
    wanted = {(one.entrant.id, one.judge.id): one for one in plan.pairings}
    left = _left_behind(stage)
    for key, row in rows.items():
        if key not in wanted and key not in left and row.ended_at is None:
            row.ended_at, row.end_reason = now, "replanned"
    for key, one in wanted.items():
        _assign(competition, stage, one, rows.get(key), asked.seed, now)
    _sheets(competition, stage, plan.pairings)
    stage.seed = asked.seed
    db.session.flush()
    record_audit("competition.planned", f"stage:{stage.id}", by_id, now, seed=asked.seed, sheets=len(wanted))
    return plan


def _left_behind(stage: Stage) -> set[tuple[int, int]]:
    """(entrant, judge) of locked sheets that judges who were removed left, and that count by decision: no plan
    takes them back.
    """
    rows = db.session.execute(
        sa.select(Assignment.entrant_id, Assignment.judge_id)
        .join(Judge, Judge.id == Assignment.judge_id)
        .where(Assignment.stage_id == stage.id, Assignment.ended_at.is_(None), Judge.removed_at.is_not(None))
    )
    return {(row.entrant_id, row.judge_id) for row in rows}


def _assign(
    competition: Competition, stage: Stage, one: Pairing, row: Assignment | None, seed: int, now: datetime
) -> None:
    if row is None:
        made = Assignment(
            competition_id=competition.id, stage_id=stage.id, judge_id=one.judge.id, entrant_id=one.entrant.id,
            calibration=one.calibration, seed=seed, assigned_at=now, end_reason="",
        )  # fmt: skip
        db.session.add(made)
    elif row.ended_at is not None or row.calibration != one.calibration:
        row.ended_at, row.end_reason, row.calibration, row.seed = None, "", one.calibration, seed


def _sheets(competition: Competition, stage: Stage, pairings: Sequence[Pairing]) -> None:
    """A sheet for every pair; those that were there stay."""
    there = {
        (row.entrant_id, row.judge_id)
        for row in db.session.execute(
            sa.select(ScoreSheet.entrant_id, ScoreSheet.judge_id).where(ScoreSheet.stage_id == stage.id)
        )
    }
    for one in pairings:
        if (one.entrant.id, one.judge.id) not in there:
            made = ScoreSheet(
                competition_id=competition.id, judge_id=one.judge.id, entrant_id=one.entrant.id, stage_id=stage.id,
                state=SheetState.OPEN, current=0, latest=0,
            )  # fmt: skip
            db.session.add(made)
