"""Logs hold no names, numbers, tokens or health data: secret parts of an address are masked."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# a registration or ticket address carries its secret behind the first path element
_SECRET = re.compile(r"^(/+(?:api/+v1/+)?(?:registrations|tickets|uploads|sign-in)/+)[^/]+", re.IGNORECASE)
_UNTOLD = ("/healthz", "/metrics")  # asked every few seconds
log = logging.getLogger("pekan.access")


def masked(path: str) -> str:
    """The path with link secrets replaced, on one line; query strings are never logged at all."""
    hidden = _SECRET.sub(r"\1…", path)
    # An address may carry line ends (%0a) and so write lines of its own, or codes that drive a terminal.
    return hidden if hidden.isprintable() else ascii(hidden)


def init_app(app: Flask) -> None:
    """Log one line a request: method, masked path, status, milliseconds."""
    if not logging.getLogger().handlers:
        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.INFO)
    app.wsgi_app = _Logged(app.wsgi_app)  # type: ignore[method-assign]


class _Logged:
    """Times the whole answer, from outside."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] in _UNTOLD or not log.isEnabledFor(logging.INFO):
            return self._app(environ, start_response)
        started = time.perf_counter()

        def told(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            spent = (time.perf_counter() - started) * 1000
            values = (environ["REQUEST_METHOD"], masked(_path(environ)), status[:3], spent)
            # makes the record itself: the place in the source, which no line shows, is half of a line's cost
            log.handle(log.makeRecord(log.name, logging.INFO, "", 0, "%s %s %s %.0f ms", values, None))
            return start_response(status, headers, *more)

        return self._app(environ, told)


def _path(environ: WSGIEnvironment) -> str:
    """The path as text; WSGI hands its UTF-8 over as Latin-1 (PEP 3333)."""
    path: str = environ["PATH_INFO"]
    return path if path.isascii() else path.encode("latin-1").decode("utf-8", "replace")
