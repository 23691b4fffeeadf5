"""Competitions, and what is judged in them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.competition.models import Category, Competition, Criterion, Stage
from app.competition.rules import templates
from app.competition.rules.freezing import CriterionFacts
from app.core.db import db

PAGE = 50
_RUBRICS = Path(__file__).parent.parent / "fixtures" / "assessment_rubrics.csv"


@cache
def rubric_templates() -> tuple[templates.Template, ...]:
    """The rubrics that can be copied into a competition."""
    return tuple(templates.read(_RUBRICS.read_text("utf-8")))


def competition_by_id(competition_id: int) -> Competition | None:
    """A competition."""
    return db.session.get(Competition, competition_id)


def competition_by_slug(slug: str) -> Competition | None:
    """A competition by its public address."""
    return db.session.scalar(sa.select(Competition).where(Competition.slug == slug))


def competitions_of(festival_id: int) -> list[Competition]:
    """The competitions of a festival, the latest first."""
    query = sa.select(Competition).where(Competition.festival_id == festival_id)
    return list(db.session.scalars(query.order_by(Competition.id.desc()).limit(PAGE)))


def announced() -> list[Competition]:
    """Those of all festivals whose result is public, the latest first."""
    query = sa.select(Competition).where(Competition.announced_at.is_not(None))
    return list(db.session.scalars(query.order_by(Competition.announced_at.desc()).limit(PAGE)))


def category_by_id(category_id: int) -> Category | None:
    """A category."""
    return db.session.get(Category, category_id)


def stage_now(competition: Competition) -> Stage:
    """The stage that is judged now, or was last."""
    return next(stage for stage in competition.stages if stage.position == competition.stage_position)


def criterion_by_id(criterion_id: int) -> Criterion | None:
    """A criterion."""
    return db.session.get(Criterion, criterion_id)


def criteria_of(competition_id: int) -> list[Criterion]:
    """All criteria, in the order of sheets."""
    query = sa.select(Criterion).where(Criterion.competition_id == competition_id)
    return list(db.session.scalars(query.order_by(Criterion.stage_id, Criterion.position, Criterion.id)))


def sheet_criteria(stage_id: int, category_id: int) -> list[Criterion]:
    """The criteria of one sheet, in its order."""
    query = sa.select(Criterion).where(
        Criterion.stage_id == stage_id,
        sa.or_(Criterion.category_id.is_(None), Criterion.category_id == category_id),
    )
    return list(db.session.scalars(query.order_by(Criterion.position, Criterion.id)))


def facts_of(competition: Competition) -> list[CriterionFacts]:
    """All criteria as the rules see them."""
    stages = {stage.id: stage.position for stage in competition.stages}
    categories = {category.id: category.name for category in competition.categories}
    return [
        as_facts(one, stages[one.stage_id], categories.get(one.category_id or 0))
        for one in criteria_of(competition.id)
    ]


def as_facts(one: Criterion, stage: int = 0, category: str | None = None) -> CriterionFacts:
    """A criterion as the rules see it."""
    levels: tuple[tuple[int, Any], ...] = tuple((int(score), str(words)) for score, words in one.levels)
    return CriterionFacts(
        stage, category, one.code, one.name, one.weight, one.scale_min, one.scale_max, levels, one.evidence
    )
