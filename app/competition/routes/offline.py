"""The service worker of judges' pages."""

from __future__ import annotations

from functools import cache

from flask import Response, request

from app.competition.routes.blueprint import bp
from app.core.access import public
from config import ROOT

_WORKER = ROOT / "static" / "js" / "competition" / "judge-worker.js"


@bp.get("/judge-worker.js")
@public
def judge_worker() -> Response:
    """It lies at the top because it may only look after what lies below its own address."""
    answer = Response(_source(), content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@cache
def _source() -> bytes:
    return _WORKER.read_bytes()


@bp.after_request
def _keep_nowhere(answer: Response) -> Response:
    """Pages of judges are kept by their own worker alone."""
    if request.path.startswith("/judging") and "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "no-store"
    return answer
