"""The blueprint of competitions, and what it tells the floors below."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, url_for
from flask.blueprints import BlueprintSetupState

from app.competition import terms
from app.competition.models import Competition
from app.competition.queries import contest, judging
from app.competition.services import health
from app.cooperatives import words as cooperative_words
from app.core import hooks

bp = Blueprint("competition", __name__)


@bp.record
def _register_hooks(_state: BlueprintSetupState) -> None:
    hooks.doctor_checks.register(health.check)
    hooks.start_pages.register(_start_page)


@bp.context_processor
def _words() -> dict[str, Any]:
    return {"t": terms, "kinds": cooperative_words.KINDS, "percent": percent}


def percent(hundredths: int) -> str:
    """``33,33 %`` of hundredths of a percent."""
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".").replace(".", ",") + " %"


def _start_page(user_id: int) -> str | None:
    """Judges begin at their sheets."""
    return url_for("competition.judging_home") if judging.judges_of_user(user_id) else None


def competition_or_404(competition_id: int) -> Competition:
    """The competition of an address."""
    return contest.competition_by_id(competition_id) or abort(404)
