"""``/language/en``: reading on in the other language. The choice is a cookie, nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.core.access import public
from app.core.i18n import COOKIE, LANGUAGES, language
from app.core.paths import local_path

bp = Blueprint("language", __name__)
NAMES = {"id": "Bahasa Indonesia", "en": "English"}  # each in its own words, as its readers look for it
_YEAR = 31_536_000


@dataclass(frozen=True)
class Switch:
    """A link to this page in the other language."""

    code: str
    name: str
    address: str


def init_app(app: Flask) -> None:
    """Offer the address, and ``language_switch()`` to the templates."""
    app.register_blueprint(bp)
    app.add_template_global(_switch, "language_switch")


@bp.get("/language/<language>")
@public
def choose(language: str) -> ResponseReturnValue:
    """Remember the language for a year and go back to ``next``."""
    if language not in LANGUAGES:
        abort(404)
    answer = redirect(local_path(request.args.get("next")) or "/")
    answer.set_cookie(
        COOKIE, language, max_age=_YEAR, samesite="Lax", httponly=True,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )  # fmt: skip
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _switch() -> Switch | None:
    """The way to the other language, or None where this page's address may not be passed on.

    That is a page whose address is a secret (the address of the switch would carry it into logs and
    histories), and one that cannot be opened again by its address.
    """
    rule = request.url_rule
    secret = g.get("secret_address", False) or "token" in (request.view_args or {})
    if secret or rule is None or "GET" not in (rule.methods or ()):
        return None
    other = "en" if language() == "id" else "id"
    here = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else request.path
    return Switch(other, NAMES[other], url_for("language.choose", language=other, next=here))
