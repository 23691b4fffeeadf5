"""Languages: Indonesian is the source of every text, English is its translation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask, has_request_context, request
from flask_babel import Babel
from flask_babel import gettext as _gettext
from flask_babel import lazy_gettext as lazy_gettext
from flask_babel import ngettext as _ngettext

LANGUAGES = ("id", "en")
COOKIE = "lang"
babel = Babel()
# Flask-Babel is untyped; these are the same functions.
gettext: Callable[..., str] = _gettext
ngettext: Callable[..., str] = _ngettext


def init_app(app: Flask) -> None:
    """Bind Flask-Babel; texts lie in ``app/core/translations``."""
    app.config["BABEL_DEFAULT_LOCALE"] = "id"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Jakarta"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(Path(__file__).parent / "translations")
    babel.init_app(app, locale_selector=language)
    app.jinja_env.globals["get_locale"] = language


def language() -> str:
    """``id`` or ``en``: what the person chose; for programs what they accept; Indonesian otherwise."""
    if not has_request_context():
        return "id"
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES and not request.path.startswith("/api/"):
        return chosen
    if request.path.startswith("/api/"):
        return request.accept_languages.best_match(LANGUAGES, "id") or "id"
    return "id"
