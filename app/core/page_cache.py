"""Public pages where thousands look: rendered and compressed once, and kept for two seconds.

Only for pages that are the same for everybody: the key is the address and the language, nothing of the person.
Where a page has just grown old, one thread renders it anew while the others still get the old one.

Whoever carries no session gets the very answer that another such visitor got, headers and all, before Flask is
asked (``_FastLane``): handling a request costs more than the page itself.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import brotli
from flask import Flask, Response, current_app, make_response, request, session

from app.core.i18n import language
from config import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

F = TypeVar("F", bound=Callable[..., Any])
MOST_PAGES = 256
QUERIES = {"show"}  # other queries are not kept: anybody could fill the memory with them
_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}


_FRESH_UNTIL = "pekan.fresh_until"  # set by ``kept`` for the fast lane


@dataclass(slots=True)
class _Page:
    body: bytes
    content_type: str
    etag: str
    fresh_until: float
    compressed: dict[str, bytes] = field(default_factory=dict)


def init_app(app: Flask, settings: Settings) -> None:
    """How long pages are kept; 0 renders every time."""
    app.config["PAGE_SECONDS"] = settings.page_seconds
    app.extensions["pekan_pages"] = {}
    if settings.page_seconds:
        lane = app.extensions["pekan_fast_lane"] = _FastLane(app.wsgi_app, app.config["SESSION_COOKIE_NAME"])
        app.wsgi_app = lane  # type: ignore[method-assign]


def kept(view: F) -> F:
    """Keep what this view renders for a moment, and let browsers ask whether it has changed."""

    @wraps(view)
    def page(*args: Any, **kwargs: Any) -> Response:
        if session.get("_flashes"):  # somebody is to be told something, once
            return make_response(view(*args, **kwargs))
        seconds = current_app.config["PAGE_SECONDS"]
        if not seconds or not set(request.args) <= QUERIES:
            return _answer(_render(view, args, kwargs, 0.0))
        pages: dict[tuple[str, str], _Page] = current_app.extensions["pekan_pages"]
        key = (request.full_path, language())
        found = pages.get(key)
        if found is None or found.fresh_until < time.monotonic():
            if found is not None:
                found.fresh_until = time.monotonic() + seconds  # the others need not wait for this one
            if len(pages) >= MOST_PAGES:
                pages.clear()
            found = pages[key] = _render(view, args, kwargs, time.monotonic() + seconds)
        request.environ[_FRESH_UNTIL] = found.fresh_until
        return _answer(found)

    return page  # type: ignore[return-value]


def _render(view: Callable[..., Any], args: Any, kwargs: Any, fresh_until: float) -> _Page:
    made = make_response(view(*args, **kwargs))
    made.add_etag()
    return _Page(made.get_data(), made.content_type or "text/html", made.get_etag()[0] or "", fresh_until)


def _answer(page: _Page) -> Response:
    coding = next((c for c in _COMPRESS if request.accept_encodings[c] > 0), None)
    if coding is None:
        answer = Response(page.body, content_type=page.content_type)
    else:
        if coding not in page.compressed:
            page.compressed[coding] = _COMPRESS[coding](page.body)
        answer = Response(page.compressed[coding], content_type=page.content_type)
        answer.headers["Content-Encoding"] = coding
    answer.headers["Cache-Control"] = "no-cache"  # kept by the browser, but asked for again each time
    answer.vary.add("Accept-Encoding")
    answer.set_etag(page.etag, weak=True)
    answer.make_conditional(request)
    return answer


@dataclass(frozen=True, slots=True)
class _Whole:
    """A whole answer, ready to be sent again."""

    headers: list[tuple[str, str]]
    body: bytes
    fresh_until: float


class _FastLane:
    """Repeats whole answers of kept pages to visitors without a session; all else goes on to Flask."""

    def __init__(self, app: WSGIApplication, session_cookie: str) -> None:
        self._app = app
        self._session = f"{session_cookie}="
        self._answers: dict[tuple[str, ...], _Whole] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        key = self._key(environ)
        if key is None:
            return self._app(environ, start_response)
        found = self._answers.get(key)
        if found is not None and found.fresh_until >= time.monotonic():
            self._count()
            start_response("200 OK", list(found.headers))
            return (found.body,)
        return self._ask(key, environ, start_response)

    def forget(self) -> None:
        """Drop all answers."""
        self._answers.clear()

    @staticmethod
    def _count() -> None:
        from app.core.monitoring import REPEATED  # imported late, like all of monitoring (see create_app)

        REPEATED.inc()

    def _key(self, environ: WSGIEnvironment) -> tuple[str, ...] | None:
        """What the answer depends on, None where it may depend on more."""
        cookies, codings = environ.get("HTTP_COOKIE", ""), environ.get("HTTP_ACCEPT_ENCODING", "")
        if environ["REQUEST_METHOD"] != "GET" or self._session in cookies:
            return None
        if "HTTP_IF_NONE_MATCH" in environ or "HTTP_RANGE" in environ or len(cookies) + len(codings) > 200:
            return None
        return environ["PATH_INFO"], environ.get("QUERY_STRING", ""), cookies, codings

    def _ask(
        self, key: tuple[str, ...], environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        told: list[tuple[str, list[tuple[str, str]]]] = []

        def listen(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            told.append((status, headers))
            return start_response(status, headers, *more)

        answer = self._app(environ, listen)
        fresh_until = environ.get(_FRESH_UNTIL)
        if fresh_until is None or not told or told[-1][0] != "200 OK":
            return answer
        headers = told[-1][1]
        if any(name.lower() == "set-cookie" for name, _value in headers):
            return answer
        try:
            body = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        if len(self._answers) >= MOST_PAGES:
            self._answers.clear()
        self._answers[key] = _Whole(list(headers), body, fresh_until)
        return (body,)
