"""``/healthz`` and ``/metrics`` (Prometheus)."""

from __future__ import annotations

import hmac
import os
import time
from functools import lru_cache

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, abort, current_app, g, jsonify, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client import REGISTRY as _ONE_PROCESS

from app.core.access import public
from app.core.db import db
from config import Settings

bp = Blueprint("core", __name__)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REQUESTS = Counter("pekan_requests_total", "Requests answered", ["endpoint", "method", "status"])
REPEATED = Counter("pekan_requests_repeated", "Public pages sent again as they were, before Flask was asked")
SECONDS = Histogram(
    "pekan_request_seconds", "Seconds until the answer", ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)  # fmt: skip


def init_app(app: Flask, settings: Settings) -> None:
    """Count every request and offer the two addresses."""
    app.config["METRICS_TOKEN"] = settings.metrics_token
    app.register_blueprint(bp)

    @app.before_request
    def _start() -> None:
        g.metrics_started = time.perf_counter()

    @app.after_request
    def _count(response: Response) -> Response:
        asked = request._get_current_object()  # type: ignore[attr-defined]
        requests, seconds = _series(asked.endpoint or "none", asked.method, response.status_code)
        requests.inc()
        if (started := g.get("metrics_started")) is not None:
            seconds.observe(time.perf_counter() - started)
        return response


@lru_cache(maxsize=2000)
def _series(endpoint: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """The two series of an answer. Looking them up by their labels costs more than counting."""
    # Any word may come as a method, and every new one would be a time series kept for good.
    known = method if method in _METHODS else "other"
    return REQUESTS.labels(endpoint, known, str(status)), SECONDS.labels(endpoint)


@bp.get("/healthz")
@public
def healthz() -> Response:
    """200 when the database answers; a database that is away is a 503 by the error handler."""
    db.session.execute(sa.text("SELECT 1"))
    return jsonify(status="ok")


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Counters of all workers; for this machine itself, or with ``METRICS_TOKEN`` as a bearer token."""
    if not _may_read_metrics():
        abort(403)
    registry = _ONE_PROCESS
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics() -> bool:
    token = current_app.config["METRICS_TOKEN"]
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token:
        return hmac.compare_digest(given.encode(), token.encode())
    # A proxy on this machine would make the whole world look local, but it says for whom it asks.
    return request.remote_addr in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers
