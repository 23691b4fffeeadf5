"""The phone page of a volunteer."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.checkin.routes.blueprint import bp
from app.checkin.words import REASONS
from app.core.access import public
from app.core.headers import allow_scanner, hide_referrer


@bp.get("/scan")
@public
def scanner() -> ResponseReturnValue:
    """The phone page of a volunteer. It holds no data; the device's token opens them."""
    allow_scanner()
    hide_referrer()
    return render_template("checkin/scanner.html", reasons={r.value: str(text) for r, text in REASONS.items()})
