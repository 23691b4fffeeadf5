"""One ticket behind its own link: page, picture, PDF, calendar file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.core import clock, keys, qr
from app.core.access import public
from app.core.codes import group_code, ticket_issued_at
from app.core.db import db
from app.core.errors import NotFound
from app.core.headers import hide_referrer
from app.core.i18n import gettext as _
from app.festival.models import Festival
from app.registration import documents, links, queries
from app.registration.models import TicketStatus
from app.registration.queries import TicketView
from app.registration.routes.blueprint import bp


@bp.get("/tickets/<token>")
@public
def ticket(token: str) -> ResponseReturnValue:
    """One ticket, large."""
    view, festival = _opened(token)
    return render_template(
        "registration/ticket.html",
        card=shown(view, festival.name),
        valid=_valid(view),
        festival_name=festival.name,
        venue=festival.venue,
    )


@bp.get("/tickets/<token>/qr.png")
@public
def ticket_qr(token: str) -> Response:
    """The bare QR code as a picture."""
    view, _festival = _opened(token)
    return file_answer(qr.png(_text(_usable(view))), "image/png", f"qr-{view.face.code}.png", inline=True)


@bp.get("/tickets/<token>/ticket.png")
@public
def ticket_picture(token: str) -> Response:
    """The ticket as a picture to keep in the phone's gallery."""
    view, festival = _opened(token)
    (face,) = faces_of([_usable(view)])
    data = documents.picture(festival.name, festival.venue, face)
    return file_answer(data, "image/png", f"tiket-{view.face.code}.png")


@bp.get("/tickets/<token>/ticket.pdf")
@public
def ticket_pdf(token: str) -> Response:
    """The ticket on A6, for printing."""
    view, festival = _opened(token)
    data = documents.pdf(festival.name, festival.venue, faces_of([_usable(view)]))
    return file_answer(data, "application/pdf", f"tiket-{view.face.code}.pdf")


@bp.get("/tickets/<token>/calendar.ics")
@public
def ticket_calendar(token: str) -> Response:
    """What the ticket is booked for, as a calendar file."""
    view, festival = _opened(token)
    issued = ticket_issued_at(view.face.id)
    data = documents.calendar(festival.name, festival.venue, [view], view.face.code, issued)
    return file_answer(data, "text/calendar; charset=utf-8", f"tiket-{view.face.code}.ics")


def shown(view: TicketView, festival_name: str) -> dict[str, Any]:
    """A ticket as its template draws it."""
    text = _("Tiket %(name)s, %(festival)s:", name=view.holder, festival=festival_name)
    link = links.ticket_url(view.face.code, view.face.id)
    return {
        "view": view,
        "booked": [(booked, clock.local(booked.starts_at).date()) for booked in view.bookings],
        "token": links.ticket_token(view.face.code, view.face.id),
        "qr": Markup(qr.svg(_text(view), label=_("Kode QR tiket %(name)s", name=view.holder))),  # noqa: S704 - escaped there
        "share": f"{text} {link}",
    }


def faces_of(views: Iterable[TicketView]) -> list[documents.Printed]:
    """Tickets as they are printed."""
    return [
        documents.Printed(view.holder, group_code(view.face.code), _text(view), view.bookings) for view in views
    ]


def file_answer(data: bytes, kind: str, name: str, *, inline: bool = False) -> Response:
    """A file to keep; its name is ASCII."""
    answer = Response(data, mimetype=kind.partition(";")[0], content_type=kind)
    answer.headers["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{name}"'
    return answer


def _text(view: TicketView) -> str:
    return keys.ticket_text(view.festival_id, view.face.scope, view.face.id)


def _valid(view: TicketView) -> bool:
    return view.status is TicketStatus.VALID


def _usable(view: TicketView) -> TicketView:
    if not _valid(view):
        raise NotFound(_("Tiket ini sudah tidak berlaku."))
    return view


def _opened(token: str) -> tuple[TicketView, Festival]:
    hide_referrer()
    view = queries.ticket_by_code(token[: links.CODE_LENGTH])
    if view is None or not links.opens_ticket(token, view.face.code, view.face.id):
        raise NotFound(_("Tautan ini tidak dikenal. Periksa apakah tautannya tersalin utuh."))
    festival = db.session.get(Festival, view.festival_id)
    assert festival is not None  # noqa: S101 - a foreign key
    return view, festival
