"""The blueprint, and what cooperatives tell the floors below."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, url_for
from flask.blueprints import BlueprintSetupState

from app.cooperatives import queries, services, words
from app.cooperatives.models import CooperativeImport, StatusValue
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
    return {"w": words, "rupiah": rupiah, "shown": shown, "place_of": place_of}


def shown(value: Any) -> str:
    """A value of the history in words as far as there are some."""
    if isinstance(value, bool):
        return _("ya") if value else _("tidak")
    if isinstance(value, dict):
        return ", ".join(f"{words.field_name(name)}: {shown(of)}" for name, of in value.items() if of is not None)
    known = {**words.VALUES, **words.KINDS, **words.FORMS, **words.PATTERNS, **words.LEVELS}
    return str(known.get(value, value))


def place_of(upload: CooperativeImport, column: str, row: int) -> str:
    """Where a cell is, as Excel shows it: ``C7``; the row alone where the column is not there."""
    at = next((int(place) for place, key in upload.options["meanings"].items() if key == column), None)
    return str(row) if at is None else f"{column_letter(at)}{row}"


def rupiah(value: int | None) -> str:
    """``Rp1.500.000``; a dash where nobody said."""
    if value is None:
        return "–"
    return f"{'−' if value < 0 else ''}Rp{number(abs(value))}"


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
