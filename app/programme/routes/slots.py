"""Committee page of an activity's slots: one by one, by generator, places and closing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _
from app.festival.queries import days_of, require_current
from app.programme import schedule, services
from app.programme.forms import CapacityForm, GeneratorForm, SlotForm
from app.programme.routes.blueprint import bp
from app.programme.routes.committee import activity_or_404, warnings_of

_URL = "/committee/activities/<int:activity_id>/slots"


@bp.get(_URL)
@requires(Permission.EDIT_PROGRAMME)
def slots(activity_id: int) -> ResponseReturnValue:
    """The slots by day, with forms to add, change, close and delete."""
    return _page(activity_id)


@bp.post(_URL)
@requires(Permission.EDIT_PROGRAMME)
def slot_add(activity_id: int) -> ResponseReturnValue:
    """One more slot."""
    festival = require_current()
    zone, by_id, form = ZoneInfo(festival.timezone), current_user.id, SlotForm()
    form.offer(days_of(festival.id))
    if form.validate():
        starts_at, ends_at = form.times(zone)
        capacity = form.capacity.data

        def work() -> None:
            activity = activity_or_404(require_current(), activity_id)
            services.add_slot(activity, starts_at, ends_at, capacity, by_id, clock.now())

        if _done(work, form):
            flash(_("Waktu ditambahkan."))
            return _back(activity_id)
    return _page(activity_id, 422, slot_form=form)


@bp.post(_URL + "/generate")
@requires(Permission.EDIT_PROGRAMME)
def slots_generate(activity_id: int) -> ResponseReturnValue:
    """Slots of equal length; what would overlap is left out and counted."""
    festival = require_current()
    zone, by_id, form = ZoneInfo(festival.timezone), current_user.id, GeneratorForm()
    form.offer(days_of(festival.id))
    if form.validate():
        plan = form.plan()
        made: list[tuple[int, int]] = []

        def work() -> None:
            activity = activity_or_404(require_current(), activity_id)
            made.append(services.add_slots(activity, plan, zone, by_id, clock.now()))

        if _done(work, form):
            _tell_generated(*made[-1])
            return _back(activity_id)
    return _page(activity_id, 422, plan_form=form)


@bp.post(_URL + "/<int:slot_id>")
@requires(Permission.EDIT_PROGRAMME)
def slot_change(activity_id: int, slot_id: int) -> ResponseReturnValue:
    """Places of a slot, and closing it. More places count at once."""
    activity_or_404(require_current(), activity_id)
    form, by_id = CapacityForm(), current_user.id
    if form.validate():
        capacity, closed = form.capacity.data, form.closed.data
        if _done(lambda: services.change_slot(activity_id, slot_id, capacity, closed, by_id, clock.now()), form):
            flash(_("Tersimpan."))
            return _back(activity_id)
    return _page(activity_id, 422, changed=(slot_id, form))


@bp.post(_URL + "/<int:slot_id>/delete")
@requires(Permission.EDIT_PROGRAMME)
def slot_delete(activity_id: int, slot_id: int) -> ResponseReturnValue:
    """Delete a slot nobody ever signed up for."""
    activity_or_404(require_current(), activity_id)
    by_id = current_user.id
    try:
        in_transaction(lambda: services.remove_slot(activity_id, slot_id, by_id, clock.now()))
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash(_("Waktu dihapus."))
    return _back(activity_id)


def _tell_generated(added: int, left_out: int) -> None:
    if added:
        flash(_("%(count)s waktu ditambahkan.", count=added))
    if left_out:
        flash(_("%(count)s dilewati karena bertumpuk dengan waktu yang sudah ada.", count=left_out))


def _done(work: Callable[[], Any], form: Any) -> bool:
    """Run the work; a refusal is written beside its field."""
    try:
        in_transaction(work)
    except InvalidInput as refusal:
        for name, message in refusal.fields.items():
            form[name].errors = [message]
        return False
    return True


def _back(activity_id: int) -> ResponseReturnValue:
    return redirect(url_for("programme.slots", activity_id=activity_id), 303)


def _page(activity_id: int, status: int = 200, **forms: Any) -> ResponseReturnValue:
    festival = require_current()
    activity = activity_or_404(festival, activity_id)
    days = days_of(festival.id)
    # A form that was not sent must not read the fields of the one that was.
    slot_form, plan_form = SlotForm(formdata=None), GeneratorForm(formdata=None)
    slot_form.offer(days)
    plan_form.offer(days)
    context: dict[str, Any] = {"slot_form": slot_form, "plan_form": plan_form, "changed": None, **forms}
    return render_template(
        "programme/slots.html",
        activity=activity,
        lines=schedule.lines_of([activity], ZoneInfo(festival.timezone), clock.now()),
        has_days=bool(days),
        now=clock.now(),
        warnings=warnings_of(festival, activity),
        **context,
    ), status
