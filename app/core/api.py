"""The JSON side: one OpenAPI 3.1 document generated from the code by spectree, served as a file of our own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from pydantic import BaseModel

from app.core.access import public
from app.core.errors import DomainError
from app.core.i18n import gettext as _

F = TypeVar("F", bound=Callable[..., Any])
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


@dataclass(frozen=True, slots=True)
class Description:
    """What the document says of a view: models of its body, headers and answers (by status)."""

    answers: Mapping[int, type[BaseModel]]
    json: type[BaseModel] | None
    headers: type[BaseModel] | None
    tags: tuple[str, ...]
    secured: bool
    binary: str = ""


def described(
    answers: Mapping[int, type[BaseModel]], *, json: type[BaseModel] | None = None,
    headers: type[BaseModel] | None = None, tags: Sequence[str] = (), secured: bool = False, binary: str = "",
) -> Callable[[F], F]:  # fmt: skip
    """Describe a view for the document; ``secured``: it wants a token in the Authorization header.

    ``binary``: the media type of a 200 that is no JSON, of what has changed ``since`` a cursor.

    Nothing stands between request and view: the features' own schemas parse, so that errors have our one
    shape and the hot paths carry no second parser.
    """

    def mark(view: F) -> F:
        view.described = Description(answers, json, headers, tuple(tags), secured, binary)  # type: ignore[attr-defined]
        return view

    return mark


def init_app(app: Flask) -> None:
    """Serve the document; it is generated once, at the first request for it."""
    app.register_blueprint(bp, url_prefix="/api/v1")


@bp.get("/openapi.json")
@public
def openapi() -> Response:
    """The contract of the JSON side."""
    document = current_app.extensions.get("pekan_openapi")
    if document is None:
        document = current_app.extensions["pekan_openapi"] = _document(current_app)
    return jsonify(document)


def _document(app: Flask) -> dict[str, Any]:
    """OpenAPI 3.1 of all described views, told by spectree from stand-ins on an application of their own."""
    from spectree import Response as Answers
    from spectree import SecurityScheme, SpecTree
    from spectree.models import SecureType, SecuritySchemeData

    bearer = SecurityScheme(name="bearer", data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer"))
    spec = SpecTree(
        "flask", title="Pekan", version="1", openapi_version="3.1.0", mode="strict", annotations=False,
        security_schemes=[bearer],
    )  # fmt: skip
    stage = Flask(__name__)
    stage.url_map.converters = app.url_map.converters
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        what: Description | None = getattr(view, "described", None)
        if what is None:
            continue
        answers = Answers(**{f"HTTP_{status}": model for status, model in what.answers.items()})
        security: dict[str, list[str]] | None = {"bearer": []} if what.secured else None
        tell = spec.validate(
            json=what.json, headers=what.headers, tags=what.tags, security=security, resp=answers,
            skip_validation=True,
        )  # fmt: skip
        methods = [method for method in rule.methods or () if method not in ("HEAD", "OPTIONS")]
        stage.add_url_rule(rule.rule, rule.endpoint, tell(_stand_in(view)), methods=methods)
    spec.app = stage
    with stage.app_context():
        document: dict[str, Any] = spec.spec
    _tell_of_binary(app, document)
    return document


def _tell_of_binary(app: Flask, document: dict[str, Any]) -> None:
    """What spectree has no word for: an answer without a model, and the cursor that it depends on."""
    for rule in app.url_map.iter_rules():
        what: Description | None = getattr(app.view_functions[rule.endpoint], "described", None)
        if what is not None and what.binary:
            operation = document["paths"][re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)]["get"]
            since = {"name": "since", "in": "query", "required": False, "schema": {"type": "string"}}
            operation["parameters"] = [*operation.get("parameters", []), since]
            content = {what.binary: {"schema": {"type": "string", "format": "binary"}}}
            operation["responses"]["200"] = {"description": "OK", "content": content}


def _stand_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Has the name and the words of a view, so that spectree need not touch the view itself."""

    @wraps(view)
    def stand_in() -> None:
        """Never called."""

    return stand_in
