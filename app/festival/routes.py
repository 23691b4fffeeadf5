"""Pages of festival."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.local import LocalProxy

from app.core.db import db
from app.festival import queries
from app.festival.models import Festival

bp = Blueprint("festival", __name__)


def _shown_festival() -> Festival | None:
    if "shown_festival" not in g:
        try:
            g.shown_festival = queries.current_festival()
        except SQLAlchemyError:  # the page that says the database is away needs no festival
            db.session.rollback()
            g.shown_festival = None
    return g.shown_festival  # type: ignore[no-any-return]


@bp.app_context_processor
def _offer_festival() -> dict[str, Any]:
    """``festival`` in every template: asked for at first use, so that pages without it cost no query."""
    return {"festival": LocalProxy(_shown_festival)}
