"""Public pages where thousands look: rendered and compressed once, and kept for two seconds.

Only for pages that are the same for everybody: the key is the address and the language, nothing of the person.
Where a page has just grown old, one thread renders it anew while the others still get the old one.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

import brotli
from flask import Flask, Response, current_app, make_response, request, session

from app.core.i18n import language
from config import Settings

F = TypeVar("F", bound=Callable[..., Any])
MOST_PAGES = 256
QUERIES = {"show"}  # other queries are not kept: anybody could fill the memory with them
_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}


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
