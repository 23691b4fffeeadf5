"""The JSON side: one OpenAPI 3.1 document generated from the code by spectree, served as a file of our own.

Views are described with ``@spec.validate(..., skip_validation=True)``: the features' own schemas parse, so
that errors have our one shape and the hot paths carry no second parser.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from pydantic import BaseModel
from spectree import SecurityScheme, SpecTree
from spectree.models import SecureType, SecuritySchemeData

from app.core.access import public
from app.core.errors import DomainError
from app.core.i18n import gettext as _

bp = Blueprint("api", __name__)
MAX_BODY = 1024 * 1024


class ErrorBody(BaseModel):
    """What every refusal says."""

    code: str
    message: str
    fields: dict[str, str] | None = None


class ErrorAnswer(BaseModel):
    """The envelope of a refusal."""

    error: ErrorBody


def json_object(most: int = MAX_BODY) -> dict[str, Any]:
    """The request's body as a JSON object of at most ``most`` bytes.

    Raises DomainError 400, 413 or 415 with words when it is not one.
    """
    length = request.content_length
    if (
        len(request.get_data()) if length is None else length
    ) > most:  # chunked bodies do not say how long they are
        raise DomainError("too_large", _("Kiriman ini terlalu besar."), status=413)
    if not request.is_json:
        raise DomainError("not_json", _("Kirim isi sebagai JSON (Content-Type: application/json)."), status=415)
    try:
        body = request.get_json(cache=False)
    except RecursionError:
        body = None
    if not isinstance(body, dict):
        raise DomainError("not_an_object", _("Isi kiriman harus berupa objek JSON."), status=400)
    return body


def bearer_token() -> str:
    """The token of the Authorization header, empty when there is none."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


BEARER: dict[str, list[str]] = {
    "bearer": []
}  # for ``security=``: this operation wants a token in the Authorization header
_BEARER_SCHEME = SecurityScheme(name="bearer", data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer"))
spec = SpecTree(
    "flask", title="Pekan", version="1", openapi_version="3.1.0", mode="strict", annotations=False,
    security_schemes=[_BEARER_SCHEME],
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Serve the document; it is generated once, at the first request for it."""
    app.register_blueprint(bp, url_prefix="/api/v1")


@bp.get("/openapi.json")
@public
def openapi() -> Response:
    """The contract of the JSON side."""
    document = current_app.extensions.get("pekan_openapi")
    if document is None:
        spec.app = current_app._get_current_object()  # type: ignore[attr-defined]
        document = current_app.extensions["pekan_openapi"] = spec.spec
    return jsonify(document)
