"""What comes in is checked once for what no feature can use, so that none has to think of it.

Numbers in addresses fit the database's INTEGER, texts in addresses, queries and forms carry no NUL (PostgreSQL
refuses it), a text field is no file, and the Host header decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, request
from werkzeug.routing import IntegerConverter, Map, UnicodeConverter

from config import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_ID = 2**31 - 1  # INTEGER of PostgreSQL; SQLite's driver refuses from 2^63 on


class RowNumber(IntegerConverter):
    """``<int:…>`` in addresses: ASCII digits that can be the number of a row. Anything else is not found."""

    regex = "[0-9]{1,10}"

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST_ID)


class Word(UnicodeConverter):
    """``<…>`` in addresses: one part of a path without control characters."""

    def __init__(self, map: Map) -> None:
        super().__init__(map)
        self.regex = r"[^/\x00-\x1f\x7f]+"


class _OurHost:
    """The host is the one of PUBLIC_URL, whatever a request says: no redirect, no link and no error can follow
    the Host header, and one that is no name at all breaks nothing.
    """

    def __init__(self, app: WSGIApplication, public_url: str) -> None:
        self._app = app
        self._host = urlsplit(public_url).netloc

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["HTTP_HOST"] = self._host
        return self._app(environ, start_response)


def init_app(app: Flask, settings: Settings) -> None:
    """Put the checks before everything else; call it before any address is registered."""
    app.url_map.converters = {**app.url_map.converters, "int": RowNumber, "default": Word, "string": Word}
    app.url_map.merge_slashes = False  # its redirects are absolute; nothing of ours has an empty part
    app.wsgi_app = _OurHost(app.wsgi_app, settings.public_url)  # type: ignore[method-assign]
    app.before_request(_check)


def takes_files(view: Any) -> Any:
    """Mark a view whose form holds uploads."""
    view.takes_files = True
    return view


def _check() -> None:
    """400 for what cannot have been typed into a form of ours."""
    if b"%00" in request.query_string:
        abort(400)
    if request.method != "POST" or request.path.startswith("/api/") or request.endpoint is None:
        return
    if any("\0" in text for texts in request.form.listvalues() for text in texts):
        abort(400)
    view = current_app.view_functions[request.endpoint]
    if request.files and not getattr(view, "takes_files", False):
        abort(400)
