"""Activities and slots, loaded with what their readers need and no query a row."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.core.db import db
from app.programme.kinds import KINDS, BirthDateNeed, Kind, Question, QuestionType
from app.programme.kinds import kind as kind_of
from app.programme.models import Activity, TimeSlot

__all__ = [
    "KINDS",
    "BirthDateNeed",
    "Kind",
    "Question",
    "QuestionType",
    "activities_with_slots",
    "activity_by_id",
    "activity_by_slug",
    "activity_choices",
    "kind_of",
    "slot_with_activity",
]

_WHOLE = (joinedload(Activity.place), selectinload(Activity.slots))


def activity_by_slug(festival_id: int, slug: str) -> Activity | None:
    """The activity of this slug with its place and slots, or None."""
    return db.session.scalar(
        sa.select(Activity).where(Activity.festival_id == festival_id, Activity.slug == slug).options(*_WHOLE)
    )


def activity_by_id(festival_id: int, activity_id: int) -> Activity | None:
    """The activity with its place and slots, None when it is not one of this festival."""
    return db.session.scalar(
        sa.select(Activity).where(Activity.festival_id == festival_id, Activity.id == activity_id).options(*_WHOLE)
    )


def activities_with_slots(festival_id: int) -> list[Activity]:
    """All activities of a festival in the order of their numbers, with places and slots: two SELECTs."""
    return list(
        db.session.scalars(
            sa.select(Activity)
            .where(Activity.festival_id == festival_id)
            .order_by(Activity.number)
            .options(*_WHOLE)
        )
    )


def slot_with_activity(slot_id: int) -> TimeSlot | None:
    """A slot with its activity, festival and place in one SELECT, or None."""
    return db.session.scalar(
        sa.select(TimeSlot)
        .join(TimeSlot.activity)
        .join(Activity.festival)
        .where(TimeSlot.id == slot_id)
        .options(
            contains_eager(TimeSlot.activity).contains_eager(Activity.festival),
            contains_eager(TimeSlot.activity).joinedload(Activity.place),
        )
    )


def activity_choices(festival_id: int) -> list[tuple[int, str]]:
    """(id, title) of all activities for a select field."""
    rows = db.session.execute(
        sa.select(Activity.id, Activity.title).where(Activity.festival_id == festival_id).order_by(Activity.number)
    )
    return [(row.id, row.title) for row in rows]
