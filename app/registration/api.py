"""JSON of registration (api.md): sign up, look, cancel."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from flask import Blueprint, Response, jsonify, request

from app.core import clock, keys, limits
from app.core.access import public
from app.core.api import ErrorAnswer, bearer_token, described, json_object
from app.core.db import hot_path, in_transaction
from app.core.errors import DomainError, NotFound
from app.core.i18n import gettext as _
from app.programme.queries import Reason, Verdict, kind_of
from app.registration import links, queries, rules, schemas, services
from app.registration.queries import RegistrationView
from app.registration.schemas import (
    ConsentTextAnswer,
    ConsentTextsAnswer,
    RegistrationAnswer,
    RegistrationBody,
    SignUpHeaders,
)

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
    answer = _answer(done.code, done.status, done.festival_id, done.holders)
    answer["warnings"] = sorted(done.concerns)
    names = [holder.name for holder in done.holders]
    answer["prescreening"] = [
        _screened(name, each.verdict, services.still_forbids(each.next_possible, now), each.reasons)
        for name, each in zip(names, done.screened, strict=False)
    ]
    return jsonify(answer), 201


@bp.get("/consents")
@described({200: ConsentTextsAnswer}, tags=["registrations"])
@public
def consents() -> Response:
    """The texts of consent in use, to be shown before their purposes are sent with a sign-up."""
    found = [
        ConsentTextAnswer(
            purpose=text.purpose, version=text.version, necessary=text.purpose in rules.NECESSARY,
            texts=dict(text.texts),
        )
        for text in rules.consent_texts()
    ]  # fmt: skip
    return jsonify(ConsentTextsAnswer(consents=found).model_dump())


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


@bp.post("/registrations/<code>/accept")
@described({200: RegistrationAnswer, 404: ErrorAnswer, 409: ErrorAnswer}, tags=["registrations"], secured=True)
@public
def accept(code: str) -> Response:
    """Take the places offered from the waiting list; with the manage token as bearer token. Again is fine."""
    found, now = _opened(code), clock.now()
    return _answered(in_transaction(lambda: services.accept(found.id, now)), code)


@bp.post("/registrations/<code>/decline")
@described({200: RegistrationAnswer, 404: ErrorAnswer, 409: ErrorAnswer}, tags=["registrations"], secured=True)
@public
def decline(code: str) -> Response:
    """Give up the places offered and leave the waiting list; with the manage token as bearer token."""
    found, now = _opened(code), clock.now()
    return _answered(in_transaction(lambda: services.decline(found.id, now)), code)


def _answered(done: object, code: str) -> Response:
    if isinstance(done, services.OfferGone):
        raise DomainError("offer_gone", _("Tawaran tempat ini sudah tidak ada."))
    return jsonify(_view(_opened(code)))


def _opened(code: str) -> RegistrationView:
    """The registration, for who has its token; for everybody else it is not there."""
    opened = links.registration_code_of(bearer_token())
    view = queries.registration_by_code(opened) if opened and opened == code.upper() else None
    if view is None:
        raise NotFound(_("Pendaftaran ini tidak ada, atau tandanya salah."), code="registration_unknown")
    return view


def _view(view: RegistrationView) -> dict[str, object]:
    holders = [services.holder_of(person, view.slot_id) for person in view.people]
    answer = _answer(view.code, view.status, view.festival_id, holders)
    answer["warnings"] = sorted(queries.concerns_of(view))
    screened = queries.prescreenings_of(view.id) if kind_of(view.kind).screen else []
    answer["prescreening"] = [_screened(each.name, each.verdict, each.next_possible) for each in screened]
    if view.status is rules.RegistrationStatus.WAITLISTED:
        answer |= _line(view, clock.now())
    return answer


def _line(view: RegistrationView, now: datetime) -> dict[str, object]:
    """Where a waiting registration stands."""
    line = queries.line_of(view.id, view.slot_id)
    offer = line.offer if line.offer and line.offer.state is rules.OfferState.OPEN else None
    if offer is None:
        return {"position": line.ahead + 1, "offer": None}
    until = min(offer.expires_at, line.ends_at)
    return {"position": None, "offer": {"expires_at": clock.local(until).isoformat()} if now < until else None}


def _answer(code: str, status: str, festival_id: int, holders: Iterable[services.Holder]) -> dict[str, object]:
    token = links.manage_token(code)
    return {
        "code": code,
        "status": str(status),
        "manage_url": links.manage_address(token),
        "manage_token": token,
        "tickets": [_ticket(festival_id, holder) for holder in holders],
    }


def _screened(
    holder: str, verdict: Verdict, next_possible: date | None, reasons: Iterable[Reason] = ()
) -> dict[str, object]:
    return {
        "holder": holder,
        "verdict": verdict,
        "reasons": [services.reason_words(reason) for reason in reasons],
        "next_possible": next_possible.isoformat() if next_possible else None,
    }


def _ticket(festival_id: int, holder: services.Holder) -> dict[str, object]:
    face = holder.ticket
    if face is None:
        return {"holder": holder.name, "code": None, "qr": None, "url": None, "bib": None}
    return {
        "holder": holder.name,
        "code": face.code,
        "qr": keys.ticket_text(festival_id, face.scope, face.id),
        "url": links.ticket_url(face.code, face.id),
        "bib": holder.bib,
    }
