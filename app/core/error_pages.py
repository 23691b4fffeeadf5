"""Refusals and faults, turned once into a page or a JSON answer. Never a stack."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, current_app, jsonify, request, session
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from app.core import limits
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.turns import NoTurnError

log = logging.getLogger("pekan")


def wants_json() -> bool:
    """True for the JSON side of the house."""
    return request.path.startswith("/api/")


def json_error(code: str, message: str, status: int, fields: dict[str, str] | None = None) -> Response:
    """The one shape of a JSON error (api.md)."""
    error: dict[str, Any] = {"code": code, "message": message}
    if fields:
        error["fields"] = fields
    answer = jsonify({"error": error})
    answer.status_code = status
    return answer


def init_app(app: Flask) -> None:
    """Register the translations of every kind of exception."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(PoolTimeout, _database_error)
    app.register_error_handler(NoTurnError, _database_error)
    app.register_error_handler(Exception, _bug)


def _domain_error(error: DomainError) -> ResponseReturnValue:
    answer = _answer(error.code, str(error.message), error.status, error.fields)
    if error.status == 429 and (wait := limits.retry_after()) is not None:
        answer.headers["Retry-After"] = str(wait)
    return answer


def _csrf_error(_error: CSRFError) -> ResponseReturnValue:
    message = _("Halaman ini terbuka terlalu lama. Kembali, muat ulang, lalu kirim sekali lagi.")
    return _answer("page_expired", message, 400)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    texts = {
        400: ("bad_request", _("Permintaan ini tidak dapat dibaca. Periksa lalu kirim sekali lagi.")),
        401: ("unauthorised", _("Tanda masuk tidak dikenal. Masuk atau pasangkan perangkat lagi.")),
        403: ("forbidden", _("Anda tidak berhak membuka halaman ini. Minta bantuan panitia.")),
        404: ("not_found", _("Halaman ini tidak ada. Mungkin alamatnya salah ketik atau sudah dipindah.")),
        405: ("method_not_allowed", _("Cara membuka alamat ini tidak didukung.")),
        413: ("too_large", _("Kiriman ini terlalu besar.")),
        415: ("not_json", _("Kirim isi sebagai JSON (Content-Type: application/json).")),
        429: ("too_many_requests", _("Terlalu banyak percobaan. Tunggu sebentar, lalu coba lagi.")),
        503: ("unavailable", _("Layanan sedang sibuk. Coba lagi sebentar lagi.")),
    }
    wait = limits.retry_after() if status == 429 else None
    if wait is not None:
        texts[429] = ("too_many_requests", _("Tunggu %(seconds)s detik, lalu coba lagi.", seconds=wait))
    code, message = texts.get(status, ("error", _("Permintaan ini tidak dapat dilayani.")))
    answer = _answer(code, message, status)
    for name in ("Allow", "Retry-After"):
        if value := dict(error.get_headers()).get(name):
            answer.headers[name] = value
    if wait is not None:
        answer.headers["Retry-After"] = str(wait)
    return answer


def _database_error(error: Exception) -> ResponseReturnValue:
    log.error("database unavailable: %s", type(getattr(error, "orig", error)).__name__)
    message = _(
        "Penyimpanan data sedang tidak dapat dihubungi. Data Anda belum tersimpan; coba lagi sebentar lagi."
    )
    answer = _answer("unavailable", message, 503)
    answer.headers["Retry-After"] = "5"
    return answer


def _bug(error: Exception) -> ResponseReturnValue:
    # The text of an exception may hold what a person typed; the place of the fault is enough to find it.
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    place = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else "?"
    log.error("unexpected %s at %s in %s", type(error).__name__, place, request.endpoint)
    return _answer("internal", _("Terjadi kesalahan di pihak kami. Kesalahan sudah dicatat; coba lagi."), 500)


def _answer(code: str, message: str, status: int, fields: dict[str, str] | None = None) -> Response:
    if wants_json():
        return json_error(code, message, status, fields)
    # Rendered without context processors: they ask the database, which may be what is broken.
    page = current_app.jinja_env.get_template("error.html").render(
        message=message, status=status, code=code, staff="_user_id" in session
    )
    return Response(page, status=status, content_type="text/html; charset=utf-8")
