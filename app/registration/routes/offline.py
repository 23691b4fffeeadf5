"""Tickets without a network: the service worker that keeps them, the home screen, forgetting them again."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from flask import (
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from app.core.access import public
from app.core.headers import hide_referrer
from app.core.i18n import gettext as _
from app.core.i18n import language
from app.registration import links
from app.registration.queries import RegistrationView
from app.registration.routes.blueprint import bp
from app.registration.routes.opened import opened
from app.registration.routes.proof import forget as forget_proof
from config import ROOT

_WORKER = ROOT / "static" / "js" / "registration" / "ticket-worker.js"
_ICONS = (("icon-192.png", 192, "any"), ("icon-512.png", 512, "any"), ("icon-maskable-512.png", 512, "maskable"))


@bp.get("/ticket-worker.js")
@public
def ticket_worker() -> Response:
    """The service worker. It lies at the top because it may only look after what lies below its own address."""
    answer = Response(_read(_WORKER), content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()


@bp.get("/registrations/<token>/app.webmanifest")
@public
def registration_app(token: str) -> Response:
    """What a phone needs to put these tickets on its home screen."""
    if links.registration_code_of(token) is None:
        abort(404)
    return _app(url_for("registration.manage", token=token))


@bp.get("/tickets/<token>/app.webmanifest")
@public
def ticket_app(token: str) -> Response:
    """The same for one ticket. It tells nothing but the address that was asked for, so nothing is looked up."""
    return _app(url_for("registration.ticket", token=token))


def _app(address: str) -> Response:
    hide_referrer()
    prefix = current_app.extensions["pekan_assets"]
    answer = jsonify(
        name=_("Tiket Pekan Koperasi"),
        short_name=_("Tiket Pekan"),
        lang=language(),
        start_url=address,
        scope="/",
        display="standalone",
        background_color="#fbf8f1",
        theme_color="#08432b",
        icons=[
            {"src": f"/{prefix}/img/{name}", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for name, size, purpose in _ICONS
        ],
    )
    answer.content_type = "application/manifest+json"
    return answer


@bp.route("/registrations/<token>/forget", methods=["GET", "POST"])
@public
def forget(token: str) -> ResponseReturnValue:
    """Take the tickets off this phone, say a borrowed one. They stay valid, and their links go on working."""
    view = opened(token)
    if request.method != "POST":  # HEAD is not a form
        return render_template("registration/forget.html", view=view, token=token, paths=kept_paths(view, token))
    flash(_("Tiket sudah dihapus dari HP ini. Tiketnya tetap berlaku."))
    answer = make_response(redirect(url_for("registration.my_tickets"), code=303))
    forget_proof(answer, view.code)
    return answer


def kept_paths(view: RegistrationView, token: str) -> list[str]:
    """The pages of a registration that a phone may have kept."""
    tickets = [links.ticket_token(ticket.face.code, ticket.face.id) for ticket in view.tickets]
    return [
        url_for("registration.manage", token=token),
        *(url_for("registration.ticket", token=ticket) for ticket in tickets),
    ]
