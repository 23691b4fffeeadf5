"""The phone page of a volunteer."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.checkin.routes.blueprint import bp
from app.checkin.words import PRACTICE, PRACTICE_TEXT, REASONS
from app.core import qr
from app.core.access import public
from app.core.headers import allow_scanner, hide_referrer


@bp.get("/scan")
@public
def scanner() -> ResponseReturnValue:
    """The phone page of a volunteer. It holds no data; the device's token opens them."""
    allow_scanner()
    hide_referrer()
    return render_template(
        "checkin/scanner.html",
        reasons={reason.value: str(text) for reason, text in REASONS.items()},
        samples=[(name, str(title)) for name, title in PRACTICE.items()],
    )


@bp.get("/scan/practice")
@public
def practice() -> ResponseReturnValue:
    """QR codes to practise with, one for each verdict; no phone takes them for tickets."""
    codes = {
        name: Markup(qr.svg_any(PRACTICE_TEXT + name, label=str(title)))  # noqa: S704 - drawn and escaped by us
        for name, title in PRACTICE.items()
    }
    return render_template("checkin/practice.html", codes=codes, titles=PRACTICE)
