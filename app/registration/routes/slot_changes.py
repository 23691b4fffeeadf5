"""The committee moves a whole slot or calls it off: what it means for whom, then one press."""

from __future__ import annotations

from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.errors import DomainError, InvalidInput, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.festival.queries import days_of, require_current
from app.messaging.models import Channel
from app.messaging.services import channel_for
from app.programme.models import TimeSlot
from app.programme.queries import slot_with_activity
from app.programme.services import new_times_fault
from app.registration import queries, services
from app.registration.models import RegistrationStatus
from app.registration.routes.blueprint import bp
from app.registration.routes.slot_forms import CallOffForm, MoveForm


@bp.route("/committee/slots/<int:slot_id>/move", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def slot_move(slot_id: int) -> ResponseReturnValue:
    """New times; a look at whom it concerns; then it is done. Without ``confirmed`` it only looks."""
    slot, form = _slot(slot_id), MoveForm()
    festival = slot.activity.festival
    zone = ZoneInfo(festival.timezone)
    start, end = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
    form.offer(days_of(festival.id), start.date())
    if request.method != "POST":  # HEAD is not a form
        form.day.data, form.first.data, form.last.data = start.date().isoformat(), start.time(), end.time()
        form.was.data = f"{slot.starts_at.isoformat()}/{slot.ends_at.isoformat()}"
        return _move_page(slot, form)
    if not form.validate():
        return _move_page(slot, form, list(form.was.errors)), 422
    was, becomes = form.seen(), form.times(zone)
    activity_id, by_id, now = slot.activity_id, current_user.id, clock.now()
    if becomes == (slot.starts_at, slot.ends_at):
        return _move_page(slot, form, [_("Waktunya sama dengan yang sekarang.")]), 422
    if fault := new_times_fault(becomes, now):
        return _blamed(slot, form, fault), 422
    if not request.form.get("confirmed"):
        return _move_page(slot, form, becomes=becomes)
    try:
        told = in_transaction(lambda: services.move_slot(activity_id, slot_id, was, becomes, by_id, now))
    except InvalidInput as refusal:
        return _blamed(_slot(slot_id), form, refusal), 422
    except DomainError as refusal:
        return _move_page(_slot(slot_id), form, [refusal.message]), refusal.status
    flash(_("Waktu dipindah."))
    return _done(activity_id, told)


@bp.route("/committee/slots/<int:slot_id>/cancel", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def slot_cancel(slot_id: int) -> ResponseReturnValue:
    """Whom it concerns, why, and the press that calls it off."""
    slot, form = _slot(slot_id), CallOffForm()
    if request.method != "POST":
        return _cancel_page(slot, form)
    if not form.validate():
        return _cancel_page(slot, form), 422
    activity_id, because, by_id, now = slot.activity_id, form.because.data or "", current_user.id, clock.now()
    try:
        told = in_transaction(lambda: services.cancel_slot(activity_id, slot_id, because, by_id, now))
    except DomainError as refusal:
        return _cancel_page(_slot(slot_id), form, [refusal.message]), refusal.status
    flash(_("Waktu dibatalkan."))
    return _done(activity_id, told)


def _slot(slot_id: int) -> TimeSlot:
    festival = require_current()
    slot = slot_with_activity(slot_id)
    if slot is None or slot.festival_id != festival.id:
        raise NotFound(_("Waktu ini sudah tidak ada."))
    return slot


def _done(activity_id: int, told: services.Told) -> ResponseReturnValue:
    if told.messages:
        flash(ngettext("%(num)s pesan disiapkan.", "%(num)s pesan disiapkan.", told.messages))
    return redirect(url_for("programme.slots", activity_id=activity_id), 303)


def _blamed(slot: TimeSlot, form: MoveForm, fault: InvalidInput) -> str:
    for name, text in fault.fields.items():
        form[name].errors = [*form[name].errors, text]
    return _move_page(slot, form)


def _move_page(slot: TimeSlot, form: MoveForm, refusals: Any = (), **more: Any) -> str:
    return render_template(
        "registration/slot_move.html", form=form, refusals=refusals, **_audience(slot), **{"becomes": None, **more}
    )


def _cancel_page(slot: TimeSlot, form: CallOffForm, refusals: Any = ()) -> str:
    return render_template("registration/slot_cancel.html", form=form, refusals=refusals, **_audience(slot))


def _audience(slot: TimeSlot) -> dict[str, Any]:
    """Whom it concerns, and how each would hear of it."""
    concerned = queries.concerned_by_slot(slot.id)
    confirmed = [each for each in concerned if each.status is RegistrationStatus.CONFIRMED]
    ways = [(channel_for(each.email), each.phone) for each in concerned]
    channels = Counter(channel for channel, phone in ways if phone or channel is Channel.MAIL)
    return {
        "slot": slot,
        "activity": slot.activity,
        "confirmed": sum(each.people + each.unnamed for each in confirmed),
        "waiting": sum(each.people for each in concerned if each.status is RegistrationStatus.WAITLISTED),
        "messages": channels.total(),
        "by_hand": channels[Channel.HAND],
        "over": clock.now() >= slot.ends_at,
    }
