"""Public pages where thousands look: rendered and compressed once, and kept for two seconds.

Only for pages that are the same for everybody: the key is the address and the language, nothing of the person.
Where a page has just grown old, one thread renders it anew while the others still get the old one. A page that is
right only up to a moment (sign-up opens) says so with ``keep_until`` and is not repeated after it.

Whoever carries no session gets the very answer that another such visitor got, headers and all, before Flask is
asked (``_FastLane``): handling a request costs more than the page itself.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import brotli
from flask import Flask, Response, current_app, g, make_response, request, session

from app.core import clock
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


_FRESH_UNTIL = "pekan.fresh_until"  # set for the fast lane
# How long a proxy in front may keep a page that said until when it is right: with our own two seconds short
# enough for the committee's pause of sign-up to be seen within five.
_SHARED_SECONDS = 2
_REVALIDATE = "no-cache"  # kept by the browser, but asked for again each time


@dataclass(slots=True)
class _Page:
    """``fresh_until`` and ``right_until`` are moments of ``time.monotonic``; the second is never passed."""

    body: bytes
    content_type: str
    etag: str
    fresh_until: float
    right_until: float
    cache_control: str = _REVALIDATE
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
    return _keeping(view, where_told=False)


def kept_where_told(view: F) -> F:
    """The same for a view of which only those answers are for everybody that call ``keep_until``.

    Their key leaves out the query, and proxies in front may keep them too. All other answers pass untouched.
    """
    return _keeping(view, where_told=True)


def keep_until(moment: datetime | None) -> None:
    """Called in a kept view: its answer is right until then by this server's clock (None: no such moment)."""
    g.keep_until = moment


def _keeping(view: F, *, where_told: bool) -> F:
    @wraps(view)
    def page(*args: Any, **kwargs: Any) -> Response:
        if request.method == "POST" or session.get("_flashes"):  # somebody is to be told something, once
            return make_response(view(*args, **kwargs))
        pages: dict[tuple[str, str], _Page] = current_app.extensions["pekan_pages"]
        seconds, key = current_app.config["PAGE_SECONDS"], _key(where_told)
        found = pages.get(key) if seconds and key else None
        if found is None or found.fresh_until < time.monotonic():
            if found is not None:  # the others need not wait for this one
                found.fresh_until = min(time.monotonic() + seconds, found.right_until)
            made = make_response(view(*args, **kwargs))
            if where_told and "keep_until" not in g:
                if key:
                    pages.pop(key, None)
                return made
            found = _page(made, seconds, shared=where_told)
            if seconds and key:
                if len(pages) >= MOST_PAGES:
                    pages.clear()
                pages[key] = found
        if seconds and key and (not where_told or not request.query_string):
            request.environ[_FRESH_UNTIL] = found.fresh_until
        return _answer(found)

    return page  # type: ignore[return-value]


def _key(where_told: bool) -> tuple[str, str] | None:
    """What a page is kept under, None for queries that are not kept."""
    if where_told:
        return request.path, language()
    return (request.full_path, language()) if set(request.args) <= QUERIES else None


def _page(made: Response, seconds: float, *, shared: bool) -> _Page:
    """The page that a view made, with how long it may be repeated."""
    made.add_etag()
    body, kind, etag = made.get_data(), made.content_type or "text/html", made.get_etag()[0] or ""
    moment, now = g.get("keep_until"), time.monotonic()
    right_until = now + (moment - clock.now()).total_seconds() if moment else float("inf")
    fresh_until = min(now + seconds, right_until)
    if not shared:
        return _Page(body, kind, etag, fresh_until, right_until)
    # Browsers ask each time (few keep one page for each language apart); a proxy may answer for us.
    longest = int(max(0.0, min(_SHARED_SECONDS, right_until - fresh_until)))
    return _Page(body, kind, etag, fresh_until, right_until, f"public, max-age=0, s-maxage={longest}")


def _answer(page: _Page) -> Response:
    coding = next((c for c in _COMPRESS if request.accept_encodings[c] > 0), None)
    if coding is None:
        answer = Response(page.body, content_type=page.content_type)
    else:
        if coding not in page.compressed:
            page.compressed[coding] = _COMPRESS[coding](page.body)
        answer = Response(page.compressed[coding], content_type=page.content_type)
        answer.headers["Content-Encoding"] = coding
    answer.headers["Cache-Control"] = page.cache_control
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
        headers = [(name, value) for name, value in told[-1][1] if name.lower() != "date"]  # the server dates each
        if any(name.lower() == "set-cookie" for name, _value in headers):
            return answer
        try:
            body = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        if len(self._answers) >= MOST_PAGES:
            self._answers.clear()
        self._answers[key] = _Whole(headers, body, fresh_until)
        return (body,)
