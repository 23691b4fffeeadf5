"""Results, minutes, certificates, objections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer

from app.competition.models import (
    Assignment,
    Category,
    Certificate,
    Competition,
    CompetitionState,
    ConflictOfInterest,
    Dissent,
    Entrant,
    Judge,
    Minutes,
    Objection,
    Result,
    ScoreSheet,
    SheetState,
    Signature,
    Stage,
)
from app.core.db import db

MOST = 200  # versions, objections or minutes that a page shows
_OF_SHEET = sa.and_(
    ScoreSheet.judge_id == Assignment.judge_id, ScoreSheet.entrant_id == Assignment.entrant_id,
    ScoreSheet.stage_id == Assignment.stage_id,
)  # fmt: skip


def result_by_id(result_id: int) -> Result | None:
    """A result."""
    return db.session.get(Result, result_id)


def latest_result(category_id: int, stage_id: int, kind: str | None = None) -> Result | None:
    """The last result of a category at a stage; of one kind where asked."""
    query = sa.select(Result).where(Result.category_id == category_id, Result.stage_id == stage_id)
    if kind is not None:
        query = query.where(Result.kind == kind)
    return db.session.scalar(query.order_by(Result.number.desc()).limit(1))


def latest_results(competition_id: int) -> dict[tuple[int, int], Result]:
    """The last result of every category and stage, without its content: {(category, stage): result}."""
    query = (
        sa.select(Result)
        .where(Result.competition_id == competition_id)
        .options(defer(Result.content))
        .order_by(Result.number)
    )
    return {(one.category_id, one.stage_id): one for one in db.session.scalars(query.limit(MOST * 5))}


def results_of(category_id: int, stage_id: int) -> list[Result]:
    """All versions of a result without their content, the latest first."""
    query = sa.select(Result).where(Result.category_id == category_id, Result.stage_id == stage_id)
    query = query.options(defer(Result.content)).order_by(Result.number.desc()).limit(MOST)
    return list(db.session.scalars(query))


def result_numbered(category_id: int, stage_id: int, number: int) -> Result | None:
    """One version of a result."""
    return db.session.scalar(
        sa.select(Result).where(
            Result.category_id == category_id, Result.stage_id == stage_id, Result.number == number
        )
    )


def judged_now() -> list[Competition]:
    """Competitions whose sheets may just have become complete."""
    return list(db.session.scalars(sa.select(Competition).where(Competition.state == CompetitionState.JUDGING)))


def open_sheets(competition_id: int) -> dict[tuple[int, int], tuple[int, int]]:
    """{(category, stage): (sheets still to be locked, all sheets)} of entrants who take part."""
    query = (
        sa.select(
            Entrant.category_id, Assignment.stage_id,
            sa.func.sum(sa.case((ScoreSheet.state == SheetState.LOCKED, 0), else_=1)), sa.func.count(),
        )
        .select_from(Assignment)
        .join(ScoreSheet, _OF_SHEET)
        .join(Entrant, Entrant.id == Assignment.entrant_id)
        .where(
            Assignment.competition_id == competition_id, Assignment.ended_at.is_(None),
            Entrant.withdrawn_at.is_(None),
        )
        .group_by(Entrant.category_id, Assignment.stage_id)
    )  # fmt: skip
    return {(row[0], row[1]): (int(row[2]), int(row[3])) for row in db.session.execute(query)}


def changed_since(category_id: int, stage_id: int, moment: datetime) -> bool:
    """Whether sheets, entrants or judges of a category changed after a moment."""
    query = (
        sa.select(Assignment.id)
        .join(Entrant, Entrant.id == Assignment.entrant_id)
        .outerjoin(ScoreSheet, _OF_SHEET)
        .where(
            Entrant.category_id == category_id, Assignment.stage_id == stage_id,
            sa.or_(
                Entrant.withdrawn_at > moment, Assignment.ended_at > moment, Assignment.assigned_at > moment,
                sa.and_(
                    Assignment.ended_at.is_(None), Entrant.withdrawn_at.is_(None),
                    sa.or_(ScoreSheet.locked_at > moment, ScoreSheet.state != SheetState.LOCKED),
                ),
            ),
        )
    )  # fmt: skip
    return db.session.scalar(query.limit(1)) is not None


def entrants_in(category_id: int, stage_position: int) -> list[Entrant]:
    """Entrants of a category who reach a stage, withdrawn ones too, by number."""
    query = sa.select(Entrant).where(Entrant.category_id == category_id, Entrant.last_stage >= stage_position)
    return list(db.session.scalars(query.order_by(Entrant.number).limit(MOST * 5)))


def conflicts_in(category_id: int) -> dict[int, set[int]]:
    """{judge: entrants} of declared conflicts about entrants of a category who take part."""
    query = (
        sa.select(ConflictOfInterest.judge_id, ConflictOfInterest.entrant_id)
        .join(Entrant, Entrant.id == ConflictOfInterest.entrant_id)
        .where(Entrant.category_id == category_id, Entrant.withdrawn_at.is_(None))
    )
    found: dict[int, set[int]] = {}
    for judge_id, entrant_id in db.session.execute(query):
        found.setdefault(judge_id, set()).add(entrant_id)
    return found


def judge_of_user(competition_id: int, user_id: int) -> Judge | None:
    """As whom this user judges here; None for others, and for those who were removed."""
    return db.session.scalar(
        sa.select(Judge).where(
            Judge.competition_id == competition_id, Judge.user_id == user_id, Judge.removed_at.is_(None)
        )
    )


def judges_by_id(competition_id: int) -> dict[int, Judge]:
    """All judges of a competition, removed ones too: what they judged stands."""
    return {
        one.id: one for one in db.session.scalars(sa.select(Judge).where(Judge.competition_id == competition_id))
    }


def minutes_by_id(minutes_id: int) -> Minutes | None:
    """Minutes without their PDF."""
    query = sa.select(Minutes).where(Minutes.id == minutes_id).options(defer(Minutes.pdf))
    return db.session.scalar(query)


def minutes_by_code(code: str) -> Minutes | None:
    """Signed minutes by the code printed on them, without their PDF."""
    query = sa.select(Minutes).where(Minutes.code == code, Minutes.signed_at.is_not(None))
    return db.session.scalar(query.options(defer(Minutes.pdf)))


def minutes_of(competition_id: int) -> list[Minutes]:
    """All minutes without content and PDF, the latest first."""
    query = sa.select(Minutes).where(Minutes.competition_id == competition_id).order_by(Minutes.id.desc())
    return list(db.session.scalars(query.options(defer(Minutes.pdf), defer(Minutes.content)).limit(MOST)))


def in_force(stage_id: int) -> Minutes | None:
    """The signed minutes that count: the last amendment, or the first where none was needed."""
    query = sa.select(Minutes).where(Minutes.stage_id == stage_id, Minutes.signed_at.is_not(None))
    return db.session.scalar(query.options(defer(Minutes.pdf)).order_by(Minutes.id.desc()).limit(1))


def draft_of(stage_id: int) -> Minutes | None:
    """Minutes that wait for signatures."""
    query = sa.select(Minutes).where(Minutes.stage_id == stage_id, Minutes.signed_at.is_(None))
    return db.session.scalar(query.options(defer(Minutes.pdf)).order_by(Minutes.id.desc()).limit(1))


def last_stage(competition_id: int) -> Stage | None:
    """The stage that decides."""
    query = sa.select(Stage).where(Stage.competition_id == competition_id)
    return db.session.scalar(query.order_by(Stage.position.desc()).limit(1))


def signatures_of(minutes_id: int) -> list[Signature]:
    """Who signed, the first first."""
    query = sa.select(Signature).where(Signature.minutes_id == minutes_id)
    return list(db.session.scalars(query.order_by(Signature.id)))


def dissents_of(stage_id: int) -> list[tuple[Dissent, str]]:
    """Who disagrees, and the judge's name."""
    query = sa.select(Dissent, Judge.name).join(Judge, Judge.id == Dissent.judge_id)
    rows = db.session.execute(query.where(Dissent.stage_id == stage_id).order_by(Dissent.id).limit(MOST))
    return [(row[0], row[1]) for row in rows]


def certificates_of(minutes_id: int) -> list[tuple[Certificate, Entrant, str]]:
    """Certificates of minutes with entrant and category, winners first."""
    query = (
        sa.select(Certificate, Entrant, Category.name)
        .join(Entrant, Entrant.id == Certificate.entrant_id)
        .join(Category, Category.id == Entrant.category_id)
        .where(Certificate.minutes_id == minutes_id)
        .order_by(Category.position, sa.func.coalesce(Certificate.place, 9999), Entrant.number)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def certificate_by_code(code: str) -> tuple[Certificate, Entrant, Category, Minutes] | None:
    """A certificate with all that its page tells."""
    query = (
        sa.select(Certificate, Entrant, Category, Minutes)
        .join(Entrant, Entrant.id == Certificate.entrant_id)
        .join(Category, Category.id == Entrant.category_id)
        .join(Minutes, Minutes.id == Certificate.minutes_id)
        .where(Certificate.code == code)
        .options(defer(Minutes.pdf))
    )
    row = db.session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1], row[2], row[3])


def certificate_of_entrant(entrant_id: int) -> Certificate | None:
    """The certificate of an entrant that holds: by the minutes of the last stage, also in data of before."""
    stage = sa.select(Stage.id).join(Entrant, Entrant.competition_id == Stage.competition_id)
    last = stage.where(Entrant.id == entrant_id).order_by(Stage.position.desc()).limit(1).scalar_subquery()
    query = (
        sa.select(Certificate)
        .join(Minutes, Minutes.id == Certificate.minutes_id)
        .where(Certificate.entrant_id == entrant_id, Certificate.revoked_at.is_(None), Minutes.stage_id == last)
    )
    return db.session.scalar(query.order_by(Certificate.id.desc()).limit(1))


def objections_of(competition_id: int) -> list[tuple[Objection, Entrant]]:
    """Objections with who made them: those without an answer first."""
    query = (
        sa.select(Objection, Entrant)
        .join(Entrant, Entrant.id == Objection.entrant_id)
        .where(Objection.competition_id == competition_id)
        .order_by(Objection.answered_at.is_not(None), Objection.id)
        .limit(MOST)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def unanswered(competition_id: int) -> int:
    """How many objections wait for an answer."""
    query = sa.select(sa.func.count()).select_from(Objection)
    found = db.session.scalar(
        query.where(Objection.competition_id == competition_id, Objection.answered_at.is_(None))
    )
    return found or 0


def objections_by(entrant_id: int) -> list[Objection]:
    """What an entrant objected, the first first."""
    query = sa.select(Objection).where(Objection.entrant_id == entrant_id)
    return list(db.session.scalars(query.order_by(Objection.id).limit(MOST)))


def objection_by_id(objection_id: int) -> Objection | None:
    """An objection."""
    return db.session.get(Objection, objection_id)


def categories_with_entrants(competition_id: int, stage_position: int) -> list[Category]:
    """Categories in which somebody takes part at a stage."""
    some = sa.exists().where(
        Entrant.category_id == Category.id, Entrant.withdrawn_at.is_(None), Entrant.last_stage >= stage_position
    )
    query = sa.select(Category).where(Category.competition_id == competition_id, some)
    return list(db.session.scalars(query.order_by(Category.position)))


def contents_of(result_ids: Sequence[int]) -> dict[int, Any]:
    """Contents by id of the result."""
    query = sa.select(Result.id, Result.content).where(Result.id.in_(result_ids))
    return {row[0]: row[1] for row in db.session.execute(query)}
