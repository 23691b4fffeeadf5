"""Languages: Indonesian is the source of every text, English is its translation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from flask import Flask, Response, g, has_request_context, request
from flask_babel import Babel, force_locale
from flask_babel import gettext as _gettext
from flask_babel import lazy_gettext as lazy_gettext
from flask_babel import ngettext as _ngettext

LANGUAGES = ("id", "en")
COOKIE = "lang"
babel = Babel()
# Flask-Babel is untyped; these are the same functions.
gettext: Callable[..., str] = _gettext
ngettext: Callable[..., str] = _ngettext
_speaking: ContextVar[str | None] = ContextVar("speaking", default=None)


def init_app(app: Flask) -> None:
    """Bind Flask-Babel; texts lie in ``app/core/translations``."""
    app.config["BABEL_DEFAULT_LOCALE"] = "id"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Jakarta"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(Path(__file__).parent / "translations")
    babel.init_app(app, locale_selector=language)
    app.jinja_env.globals["get_locale"] = language
    app.after_request(_say_which)


def language() -> str:
    """``id`` or ``en``: what the person chose; for programs what they accept; Indonesian otherwise."""
    if forced := _speaking.get():
        return forced
    if not has_request_context():
        return "id"
    if _for_programs():
        g.language = _accepted()
    else:
        chosen = request.cookies.get(COOKIE, "")
        g.language = chosen if chosen in LANGUAGES else "id"
    return str(g.language)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Write in this language, whatever the one who asks reads: for messages to somebody else."""
    token = _speaking.set(code)
    try:
        with force_locale(code):
            yield
    finally:
        _speaking.reset(token)


def _for_programs() -> bool:
    return request.path.startswith("/api/")


def _accepted() -> str:
    """The best of Accept-Language that we have.

    Not Werkzeug's ``best_match``: that looks for a bare ``en`` before it knows ``id-ID`` for Indonesian.
    """
    for tag, quality in request.accept_languages:
        primary = tag.replace("_", "-").partition("-")[0].lower()
        if primary == "in":  # Indonesian by its name of before 1989, which old Androids and Javas still send
            primary = "id"
        if quality > 0 and primary in LANGUAGES:
            return primary
    return "id"


def _say_which(response: Response) -> Response:
    """An answer with words in it says their language, and to caches what that depended on."""
    if used := g.get("language"):
        response.headers["Content-Language"] = used
        response.vary.add("Accept-Language" if _for_programs() else "Cookie")
    return response
