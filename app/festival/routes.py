"""Pages of festival: one for the committee, and the festival in every template."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.local import LocalProxy

from app.accounts.models import Permission
from app.core import clock
from app.core.access import requires
from app.core.db import db, in_transaction
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _
from app.festival import queries, services
from app.festival.forms import DayForm, FestivalForm, PlaceForm
from app.festival.models import Festival

bp = Blueprint("festival", __name__)


def _shown_festival() -> Festival | None:
    if "shown_festival" not in g:
        try:
            g.shown_festival = queries.current_festival()
        except SQLAlchemyError:  # the page that says the database is away needs no festival
            db.session.rollback()
            g.shown_festival = None
    return g.shown_festival


@bp.app_context_processor
def _offer_festival() -> dict[str, Any]:
    """``festival`` in every template: asked for at first use, so that pages without it cost no query."""
    return {"festival": LocalProxy(_shown_festival)}


@bp.route("/committee/festival", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def edit() -> ResponseReturnValue:
    """Change the festival, or make the first one; days and places below it."""
    festival = queries.current_festival()
    form = FestivalForm(obj=festival)
    if request.method != "POST":  # HEAD is not a form
        return _page(festival, form)
    if not form.validate():
        return _page(festival, form, status=422)
    try:
        _store(festival, form)
    except DomainError as refusal:
        return _edited_elsewhere(form, refusal)
    flash(_("Tersimpan."))
    return redirect(url_for("festival.edit"), 303)


def _store(festival: Festival | None, form: FestivalForm) -> None:
    fields, by_id, now = form.fields(), current_user.id, clock.now()
    if festival is None:
        in_transaction(lambda: services.create_festival(fields, by_id, now))
        return
    festival_id, version = festival.id, form.version.data or 0
    in_transaction(lambda: services.update_festival(festival_id, version, fields, by_id, now))


def _edited_elsewhere(form: FestivalForm, refusal: DomainError) -> ResponseReturnValue:
    """What was typed stays; what the other wrote stands beside it; sending again is a choice, not an accident."""
    festival = queries.require_current()
    theirs = [
        (form[name].label.text, getattr(festival, name))
        for name in services.FestivalFields.__slots__
        if (form[name].data or "") != getattr(festival, name)
    ]
    form.version.raw_data = None
    form.version.data = festival.version
    return _page(festival, form, status=409, refusals=[refusal.message], theirs=theirs)


@bp.post("/committee/festival/days")
@requires(Permission.EDIT_PROGRAMME)
def add_day() -> ResponseReturnValue:
    """One more day."""
    festival, form = queries.require_current(), DayForm()
    festival_id, by_id = festival.id, current_user.id
    if form.validate():
        day, title = form.date.data, form.title.data
        if _done(lambda: services.add_day(festival_id, day, title, by_id, clock.now()), form):
            flash(_("Hari ditambahkan."))
            return redirect(url_for("festival.edit", _anchor="days"), 303)
    return _page(queries.require_current(), None, status=422, day_form=form)


@bp.post("/committee/festival/days/<int:day_id>/delete")
@requires(Permission.EDIT_PROGRAMME)
def remove_day(day_id: int) -> ResponseReturnValue:
    """Take a day off; one with activities stays, and the answer says which."""
    festival_id, by_id = queries.require_current().id, current_user.id
    return _remove(lambda: services.remove_day(festival_id, day_id, by_id, clock.now()), "days")


@bp.post("/committee/festival/places")
@requires(Permission.EDIT_PROGRAMME)
def add_place() -> ResponseReturnValue:
    """One more place."""
    festival_id, by_id, form = queries.require_current().id, current_user.id, PlaceForm()
    if form.validate():
        name = form.name.data
        if _done(lambda: services.add_place(festival_id, name, by_id, clock.now()), form):
            flash(_("Tempat ditambahkan."))
            return redirect(url_for("festival.edit", _anchor="places"), 303)
    return _page(queries.require_current(), None, status=422, place_form=form)


@bp.post("/committee/festival/places/<int:place_id>")
@requires(Permission.EDIT_PROGRAMME)
def rename_place(place_id: int) -> ResponseReturnValue:
    """Give a place another name; activities there show it at once."""
    festival_id, by_id, form = queries.require_current().id, current_user.id, PlaceForm()
    if form.validate():
        name = form.name.data
        if _done(lambda: services.rename_place(festival_id, place_id, name, by_id, clock.now()), form):
            flash(_("Nama tempat diganti."))
            return redirect(url_for("festival.edit", _anchor="places"), 303)
    return _page(queries.require_current(), None, status=422, renamed=(place_id, form))


@bp.post("/committee/festival/places/<int:place_id>/delete")
@requires(Permission.EDIT_PROGRAMME)
def remove_place(place_id: int) -> ResponseReturnValue:
    """Take a place off; one in use stays, and the answer says by what."""
    festival_id, by_id = queries.require_current().id, current_user.id
    return _remove(lambda: services.remove_place(festival_id, place_id, by_id, clock.now()), "places")


def _done(work: Callable[[], Any], form: Any) -> bool:
    """Run the work; a refusal is written beside its field."""
    try:
        in_transaction(work)
    except InvalidInput as refusal:
        for name, message in refusal.fields.items():
            form[name].errors = [message]
        return False
    return True


def _remove(work: Callable[[], None], anchor: str) -> ResponseReturnValue:
    try:
        in_transaction(work)
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        flash(refusal.message, "error")
    else:
        flash(_("Dihapus."))
    return redirect(url_for("festival.edit", _anchor=anchor), 303)


def _page(
    festival: Festival | None, form: FestivalForm | None, *, status: int = 200, **more: Any
) -> ResponseReturnValue:
    # A form that was not sent must not read the fields of the one that was.
    context: dict[str, Any] = {
        "form": form or FestivalForm(formdata=None, obj=festival),
        "day_form": DayForm(formdata=None),
        "place_form": PlaceForm(formdata=None),
        "days": queries.days_of(festival.id) if festival else [],
        "places": queries.places_of(festival.id) if festival else [],
        "exists": festival is not None,
        "refusals": [],
        "theirs": [],
        "renamed": None,
    }
    return render_template("festival/edit.html", **{**context, **more}), status
