"""JSON of registration (api.md): sign up, look, cancel."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from app.core import clock, keys, limits
from app.core.access import public
from app.core.api import ErrorAnswer, bearer_token, described, json_object
from app.core.db import hot_path, in_transaction
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.registration import links, queries, schemas, services
from app.registration.queries import RegistrationView, TicketFace
from app.registration.schemas import RegistrationAnswer, RegistrationBody, SignUpHeaders

bp = Blueprint("registration_api", __name__)


@bp.post("/registrations")
@described(
    {201: RegistrationAnswer, **dict.fromkeys((400, 404, 409, 413, 415, 422, 429), ErrorAnswer)},
    json=RegistrationBody, headers=SignUpHeaders, tags=["registrations"],
)  # fmt: skip
@public
@limits.sign_ups_of_address
def sign_up() -> tuple[Response, int]:
    """Sign people up for a slot.

    Needs the header Idempotency-Key, a random text: the same key and body are answered the same for 48 hours.
    A manage token of an earlier registration may be sent as a bearer token: it proves whose tickets may be shown.
    """
    key = schemas.idempotency_key(request.headers.get("Idempotency-Key"))
    wanted = schemas.parse_registration(json_object(), key)
    limits.count_sign_up(wanted.phone)
    proof = links.registration_code_of(bearer_token())
    now = clock.now()
    with hot_path():
        done = in_transaction(lambda: services.sign_up(wanted, [proof] if proof else [], now))
    holders = [(holder.name, holder.ticket) for holder in done.holders]
    return jsonify(_answer(done.code, done.status, done.festival_id, holders)), 201


@bp.get("/registrations/<code>")
@described({200: RegistrationAnswer, 404: ErrorAnswer}, tags=["registrations"], secured=True)
@public
def show(code: str) -> Response:
    """A registration as it stands; with its manage token as bearer token."""
    return jsonify(_view(_opened(code)))


@bp.post("/registrations/<code>/cancel")
@described({200: RegistrationAnswer, 404: ErrorAnswer, 409: ErrorAnswer}, tags=["registrations"], secured=True)
@public
def cancel(code: str) -> Response:
    """Cancel a registration; with its manage token as bearer token. Cancelling again is fine."""
    found = _opened(code)
    now = clock.now()
    in_transaction(lambda: services.cancel(found.id, now))
    return jsonify(_view(_opened(code)))


def _opened(code: str) -> RegistrationView:
    """The registration, for who has its token; for everybody else it is not there."""
    opened = links.registration_code_of(bearer_token())
    view = queries.registration_by_code(opened) if opened and opened == code.upper() else None
    if view is None:
        raise NotFound(_("Pendaftaran ini tidak ada, atau tandanya salah."), code="registration_unknown")
    return view


def _view(view: RegistrationView) -> dict[str, object]:
    holders = [(person.name, person.ticket.face if person.ticket else None) for person in view.people]
    return _answer(view.code, view.status, view.festival_id, holders)


def _answer(
    code: str, status: str, festival_id: int, holders: list[tuple[str, TicketFace | None]]
) -> dict[str, object]:
    token = links.manage_token(code)
    return {
        "code": code,
        "status": str(status),
        "manage_url": links.manage_address(token),
        "manage_token": token,
        "tickets": [_ticket(festival_id, holder, face) for holder, face in holders],
    }


def _ticket(festival_id: int, holder: str, face: TicketFace | None) -> dict[str, str | None]:
    if face is None:
        return {"holder": holder, "code": None, "qr": None, "url": None}
    return {
        "holder": holder,
        "code": face.code,
        "qr": keys.ticket_text(festival_id, face.scope, face.id),
        "url": links.ticket_url(face.code, face.id),
    }
