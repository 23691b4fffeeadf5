"""Activities and slots, loaded with what their readers need and no query a row."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.core import clock
from app.core.db import db
from app.programme.kinds import (
    KINDS,
    TEAM_MOST,
    TEAM_NAMES_DUE,
    BirthDateNeed,
    Effort,
    Kind,
    Option,
    Question,
    QuestionType,
    Reason,
    Screened,
    Verdict,
    private_questions,
)
from app.programme.kinds import kind as kind_of
from app.programme.models import Activity, EntryMode, TimeSlot
from app.programme.opening import Wait, wait_for
from app.programme.rules import SignUpState, SlotState, remaining, sign_up_state, slot_open, slot_state

__all__ = [
    "KINDS",
    "TEAM_MOST",
    "TEAM_NAMES_DUE",
    "BirthDateNeed",
    "Effort",
    "Kind",
    "Option",
    "Question",
    "QuestionType",
    "Reason",
    "Screened",
    "SignUpState",
    "SlotState",
    "Verdict",
    "Wait",
    "activities_with_slots",
    "activity_by_id",
    "activity_by_slug",
    "activity_choices",
    "kind_of",
    "kind_options",
    "places_in_total",
    "private_questions",
    "remaining",
    "sign_up_state",
    "slot_of_activity",
    "slot_open",
    "slot_state",
    "slot_with_activity",
    "titles_at_place",
    "titles_on_day",
    "wait_for",
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


def kind_options(activity_id: int) -> dict[str, Any] | None:
    """What the committee set for the kind of an activity (``Kind.option`` reads it), None for all defaults."""
    return db.session.scalar(sa.select(Activity.kind_options).where(Activity.id == activity_id))


def slot_of_activity(activity_id: int, slot_id: int) -> TimeSlot | None:
    """The slot, None when it is not one of this activity."""
    return db.session.scalar(sa.select(TimeSlot).where(TimeSlot.id == slot_id, TimeSlot.activity_id == activity_id))


def titles_on_day(festival_id: int, day: date) -> list[str]:
    """Titles of the activities that have a slot beginning on this day of the festival's wall clock."""
    start = datetime.combine(day, time(0), clock.WIB)
    return list(
        db.session.scalars(
            sa.select(Activity.title)
            .join(Activity.slots)
            .where(
                Activity.festival_id == festival_id,
                TimeSlot.starts_at >= start,
                TimeSlot.starts_at < start + timedelta(days=1),
            )
            .group_by(Activity.id)
            .order_by(Activity.number)
        )
    )


def titles_at_place(place_id: int) -> list[str]:
    """Titles of the activities of a place."""
    return list(
        db.session.scalars(sa.select(Activity.title).where(Activity.place_id == place_id).order_by(Activity.number))
    )


def places_in_total(festival_id: int) -> tuple[int, int]:
    """Places taken and places there are, over all slots with a limit."""
    row = db.session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(TimeSlot.taken), 0), sa.func.coalesce(sa.func.sum(TimeSlot.capacity), 0)
        )
        .join(TimeSlot.activity)
        .where(
            TimeSlot.festival_id == festival_id,
            TimeSlot.capacity.is_not(None),
            TimeSlot.cancelled_at.is_(None),
            Activity.entry_mode == EntryMode.OPEN,
        )
    ).one()
    return int(row[0] or 0), int(row[1] or 0)
