"""JSON of festival."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.core.access import public
from app.core.api import ErrorAnswer, described
from app.festival import queries
from app.festival.schemas import DayAnswer, FestivalAnswer

bp = Blueprint("festival_api", __name__)


@bp.get("/festival")
@public
@described({200: FestivalAnswer, 404: ErrorAnswer}, tags=["programme"])
def festival() -> ResponseReturnValue:
    """The festival that is on: organiser, venue, days."""
    found = queries.require_current()
    answer = FestivalAnswer(
        name=found.name,
        organiser=found.organiser,
        venue=found.venue,
        timezone=found.timezone,
        days=[DayAnswer(date=day.date.isoformat(), title=day.title) for day in queries.days_of(found.id)],
    )
    return jsonify(answer.model_dump())
