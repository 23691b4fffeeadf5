"""Logs hold no names, numbers, tokens or health data: secret parts of an address are masked."""

from __future__ import annotations

import logging
import re
import time

from flask import Flask, Response, g, request

# a registration or ticket address carries its secret behind the first path element
_SECRET = re.compile(r"^(/+(?:api/+v1/+)?(?:registrations|tickets|sign-in)/+)[^/]+", re.IGNORECASE)
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

    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _line(response: Response) -> Response:
        if log.isEnabledFor(logging.INFO) and request.endpoint not in ("core.healthz", "core.metrics"):
            spent = (time.perf_counter() - g.get("started", time.perf_counter())) * 1000
            log.info("%s %s %s %.0f ms", request.method, masked(request.path), response.status_code, spent)
        return response
