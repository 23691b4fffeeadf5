"""Languages: Indonesian is the source of every text, English is its translation.

Flask-Babel finds the language and the catalogue anew for every text, and a page has fifty. Here the language is
found once a request, and a text without blanks is ready as it stands on a page.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from babel.support import LazyProxy
from flask import Flask, Response, has_request_context, request
from flask_babel import Babel
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from app.core import texts
from app.core.texts import LANGUAGES as LANGUAGES
from app.core.texts import gettext as gettext
from app.core.texts import language as language
from app.core.texts import ngettext as ngettext
from app.core.texts import speaking as speaking

COOKIE = "lang"
babel = Babel()
_FOUND = "pekan.language"  # where a request keeps its language
_MOST_TEXTS = 4096


def init_app(app: Flask) -> None:
    """Bind Flask-Babel; texts lie in ``app/core/translations``."""
    texts.read_by(_read_in)
    app.config["BABEL_DEFAULT_LOCALE"] = "id"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Jakarta"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = texts.CATALOGUES
    babel.init_app(app, locale_selector=language)  # for WTForms; and reads {% trans %}
    app.jinja_env.globals.update(
        get_locale=language, _=_on_page, gettext=_on_page, ngettext=_count_on_page, pgettext=_meant_on_page
    )
    app.after_request(_say_which)


def _read_in() -> str:
    """What the person chose; for programs what they accept; Indonesian otherwise."""
    if not has_request_context():
        return "id"
    environ = request.environ
    found: str | None = environ.get(_FOUND)
    if found is None:
        found = environ[_FOUND] = _accepted() if _for_programs() else _chosen()
    return found


def lazy_gettext(text: str, /, **values: Any) -> LazyProxy:
    """A text that is translated whenever it is shown, for what is written down before anybody asks."""
    return LazyProxy(gettext, text, enable_cache=False, **values)


@pass_eval_context
def _on_page(page: EvalContext, text: str, /, **values: Any) -> str:
    """``_("…")`` in a template: a translation is markup of ours, and what fills its blanks is escaped."""
    if not page.autoescape:
        return gettext(text) % values
    if not values:
        return _plain(language(), text)
    return Markup(gettext(text)) % values  # noqa: S704 - written by us


@lru_cache(maxsize=_MOST_TEXTS)
def _plain(code: str, text: str) -> Markup:
    """A text without blanks, ready as it stands on a page."""
    return Markup(texts.catalogue(code).gettext(text)) % {}  # noqa: S704 - written by us


@pass_eval_context
def _count_on_page(page: EvalContext, one: str, many: str, num: int, /, **values: Any) -> str:
    said: str = texts.catalogue(language()).ngettext(one, many, num)
    return (Markup(said) if page.autoescape else said) % {"num": num, **values}  # noqa: S704 - written by us


@pass_eval_context
def _meant_on_page(page: EvalContext, context: str, text: str, /, **values: Any) -> str:
    said: str = texts.catalogue(language()).pgettext(context, text)
    return (Markup(said) if page.autoescape else said) % {"context": context, **values}  # noqa: S704 - written by us


def _chosen() -> str:
    """What somebody chose to read, in their cookie."""
    code = request.cookies.get(COOKIE, "")
    return code if code in LANGUAGES else "id"


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
    if used := request.environ.get(_FOUND):
        response.headers["Content-Language"] = used
        response.vary.add("Accept-Language" if _for_programs() else "Cookie")
    return response
