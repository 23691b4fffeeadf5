"""The page behind a manage link: the family's tickets at once, and cancelling."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.access import public
from app.core.db import hot_path, in_transaction
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.registration import documents, services
from app.registration.models import BookingStatus
from app.registration.routes.blueprint import bp
from app.registration.routes.opened import can_undo, concerns_of, row_number, stand_of
from app.registration.routes.opened import opened as _opened
from app.registration.routes.tickets import faces_of, file_answer, shown


@bp.get("/registrations/<token>")
@public
@hot_path()
def manage(token: str) -> ResponseReturnValue:
    """Tickets of the people of one registration, large, with what can be done with them."""
    view, now = _opened(token), clock.now()
    return render_template(
        "registration/manage.html",
        view=view,
        festival=view.festival,
        token=token,
        tickets=[shown(ticket, view.festival_name) for ticket in view.tickets],
        hidden=[p for p in view.people if not p.discloses and p.status is not BookingStatus.CANCELLED],
        cancelled=[p for p in view.people if p.status is BookingStatus.CANCELLED],
        stand=stand_of(view, now),
        **concerns_of(view, now),
        can_undo=can_undo(view, now),
        can_cancel=bool(view.live_people) and now < view.ends_at,
        can_change=bool(view.live_people) and view.other_slots and now < view.starts_at,
        can_rename=any(person.discloses for person in view.live_people) and now < view.ends_at,
    )


@bp.route("/registrations/<token>/cancel", methods=["GET", "POST"])
@public
def cancel(token: str) -> ResponseReturnValue:
    """Ask who does not come, say what will happen, then do it."""
    view = _opened(token)
    if request.method != "POST":  # HEAD is not a form
        return render_template("registration/cancel.html", view=view, token=token, now=clock.now())
    chosen = {number for text in request.form.getlist("booking") if (number := row_number(text))}
    if not chosen and view.live_people:
        return render_template("registration/cancel.html", view=view, token=token, now=clock.now(), none=True), 422
    now = clock.now()
    done = in_transaction(lambda: services.cancel(view.id, now, chosen))
    if done.people:
        flash(
            ngettext("Pendaftaran %(num)s orang dibatalkan.", "Pendaftaran %(num)s orang dibatalkan.", done.people)
        )
    return redirect(url_for("registration.manage", token=token), code=303)


@bp.get("/registrations/<token>/tickets.pdf")
@public
def tickets_pdf(token: str) -> Response:
    """All tickets of the registration, for printing."""
    view = _opened(token)
    faces = faces_of(view.tickets)
    if not faces:
        raise NotFound(_("Belum ada tiket yang bisa dicetak."))
    data = documents.pdf(view.festival_name, view.venue, faces)
    return file_answer(data, "application/pdf", f"tiket-{view.code}.pdf")


@bp.get("/registrations/<token>/calendar.ics")
@public
def calendar(token: str) -> Response:
    """What the people of this registration are booked for, as a calendar file."""
    view = _opened(token)
    data = documents.calendar(view.festival_name, view.venue, view.tickets, view.code, view.created_at)
    return file_answer(data, "text/calendar; charset=utf-8", f"tiket-{view.code}.ics")
