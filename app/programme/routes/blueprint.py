"""The blueprint, and what programme tells the floors below."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.blueprints import BlueprintSetupState

from app.core import hooks
from app.core.formats import number
from app.core.hooks import Tile
from app.core.i18n import gettext as _
from app.programme import queries

bp = Blueprint("programme", __name__)


@bp.record
def _register_hooks(_state: BlueprintSetupState) -> None:
    hooks.day_uses.register(queries.titles_on_day)
    hooks.place_uses.register(queries.titles_at_place)
    hooks.dashboard_tiles.register(_tiles)


def _tiles(festival_id: int) -> list[Tile]:
    taken, capacity = queries.places_in_total(festival_id)
    return [
        Tile(
            value=number(taken),
            label=_("tempat terisi dari %(capacity)s di semua kegiatan", capacity=number(capacity)),
            url=url_for("programme.activities"),
            order=10,
        )
    ]
