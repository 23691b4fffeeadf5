"""The blueprint, and what cooperatives tell the floors below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, url_for
from flask.blueprints import BlueprintSetupState

from app.cooperatives import queries, services, words
from app.cooperatives.models import CooperativeImport, StatusValue
from app.cooperatives.routes.shown import breakable, points, rupiah, shown, written_days
from app.cooperatives.rules.rows import Problem
from app.cooperatives.services.imports import forget_old
from app.core import hooks
from app.core.formats import day_month, number
from app.core.hooks import Tile
from app.core.i18n import gettext as _
from app.core.sheets import column_letter

bp = Blueprint("cooperatives", __name__)


@bp.record
def _register_hooks(_state: BlueprintSetupState) -> None:
    hooks.doctor_checks.register(services.check)
    hooks.due_jobs.register(forget_old)
    hooks.dashboard_tiles.register(_tiles)


@bp.context_processor
def _words() -> dict[str, Any]:
    said = (rupiah, points, shown, written_days, breakable, by_place, place_of)
    return {"w": words, **{function.__name__: function for function in said}}


def place_of(upload: CooperativeImport, column: str, row: int) -> str:
    """Where a cell is, as Excel shows it: ``C7``; the row alone where the column is not there."""
    at = _at(upload, column)
    return str(row) if at is None else f"{column_letter(at)}{row}"


def by_place(upload: CooperativeImport, problems: Sequence[Problem]) -> list[Problem]:
    """What is wrong in a row from left to right, as the eye goes through the file."""
    places = {problem.column: _at(upload, problem.column) for problem in problems}
    return sorted(problems, key=lambda problem: (places[problem.column] is None, places[problem.column] or 0))


def _at(upload: CooperativeImport, column: str) -> int | None:
    return next((int(place) for place, key in upload.options["meanings"].items() if key == column), None)


def _tiles(_festival_id: int) -> list[Tile]:
    counts = queries.health_counts()
    if counts is None:
        return []
    label = _(
        "koperasi sehat dari %(total)s yang dinilai, per %(day)s %(year)s", total=number(counts.total),
        day=day_month(counts.as_of), year=counts.as_of.year,
    )  # fmt: skip
    healthy = counts.values.get(StatusValue.HEALTHY, 0)
    return [Tile(number(healthy), label, url_for("cooperatives.manage"), 50)]
