"""What people do themselves behind a manage link: answer an offer, undo, change slot, correct names."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.access import public
from app.core.db import in_transaction
from app.core.errors import DomainError, InvalidInput
from app.core.formats import moment
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.programme.queries import SlotState, remaining, slot_open, slot_state
from app.registration import links, queries, rules, services
from app.registration.models import BookingStatus, RegistrationStatus
from app.registration.queries import RegistrationView
from app.registration.routes.blueprint import bp
from app.registration.routes.opened import opened, row_number, stand_of
from app.registration.routes.proof import remember
from app.registration.rules import Standing
from app.registration.services import Accepted, OfferGone

NAME = "name-"


@bp.post("/registrations/<token>/accept")
@public
def accept(token: str) -> ResponseReturnValue:
    """Take the places offered; the tickets are on the page that follows."""
    view, now = opened(token), clock.now()
    match in_transaction(lambda: services.accept(view.id, now)):
        case Accepted():
            flash(_("Tempatnya sekarang milik Anda. Ini tiketnya."))
        case OfferGone():
            flash(_("Tawaran tempat ini sudah tidak ada."), "error")
    return _back(token)


@bp.route("/registrations/<token>/decline", methods=["GET", "POST"])
@public
def decline(token: str) -> ResponseReturnValue:
    """Ask once more, then give the offered places to the next in line."""
    view, now = opened(token), clock.now()
    stand = stand_of(view, now)
    if request.method == "POST":
        if isinstance(in_transaction(lambda: services.decline(view.id, now)), OfferGone):
            flash(_("Tawaran tempat ini sudah tidak ada."), "error")
        return _back(token)
    if stand.state is not Standing.OFFERED:
        return _back(token)
    return render_template("registration/decline.html", view=view, festival=view.festival, token=token, stand=stand)


@bp.post("/registrations/<token>/undo")
@public
def undo(token: str) -> ResponseReturnValue:
    """Take back what was cancelled less than a minute ago."""
    view, now = opened(token), clock.now()
    try:
        done = in_transaction(lambda: services.undo(view.id, now))
    except DomainError as refusal:
        flash(refusal.message, "error")
        return _back(token)
    if done.status is RegistrationStatus.CONFIRMED:
        flash(ngettext("%(num)s orang terdaftar lagi.", "%(num)s orang terdaftar lagi.", done.people))
    else:
        flash(_("Sudah dikembalikan. Tempatnya sementara terisi: lihat urutan Anda di daftar tunggu."))
    response = make_response(_back(links.manage_token(done.code)))
    remember(response, done.code)
    return response


@bp.route("/registrations/<token>/slot", methods=["GET", "POST"])
@public
def change_slot(token: str) -> ResponseReturnValue:
    """Choose another slot of the same activity; the old places are kept until the new ones are taken."""
    view, now = opened(token), clock.now()
    if request.method != "POST":  # HEAD is not a form
        return _slot_page(view, token)
    slot_id = row_number(request.form.get("slot", ""))
    if slot_id is None:
        return _slot_page(view, token, said=_("Pilih waktu.")), 422
    try:
        moved = in_transaction(lambda: services.change_slot(view.id, slot_id, now))
    except DomainError as refusal:
        return _slot_page(view, token, chosen=slot_id, said=refusal.message), refusal.status
    flash(_("Sekarang Anda terdaftar untuk %(when)s.", when=moment(moved.starts_at)))
    return _back(token)


@bp.route("/registrations/<token>/names", methods=["GET", "POST"])
@public
def names(token: str) -> ResponseReturnValue:
    """Write names differently; the tickets stay as they are."""
    view, now = opened(token), clock.now()
    if request.method != "POST":
        return _names_page(view, token)
    typed = {
        person.booking_id: request.form[NAME + str(person.booking_id)]
        for person in view.live_people
        if NAME + str(person.booking_id) in request.form
    }
    try:
        changed = in_transaction(lambda: services.correct_names(view.id, typed, now))
    except InvalidInput as refusal:
        return _names_page(view, token, typed=typed, errors=refusal.fields), 422
    flash(_("Nama sudah diperbaiki. Tiketnya tetap sama.") if changed else _("Tidak ada nama yang berubah."))
    return _back(token)


def _back(token: str) -> Response:
    return redirect(url_for("registration.manage", token=token), code=303)  # type: ignore[return-value]


def _names_page(
    view: RegistrationView, token: str, typed: dict[int, str] | None = None, errors: dict[str, str] | None = None
) -> str:
    rows = [
        {
            "id": f"{NAME}{person.booking_id}",
            "value": (typed or {}).get(person.booking_id, person.name),
            "error": (errors or {}).get(f"names.{person.booking_id}"),
            "shown": person.name,
        }
        for person in view.live_people
        if person.discloses
    ]
    others = [person.name for person in view.live_people if not person.discloses]
    return render_template(
        "registration/names.html", view=view, festival=view.festival, token=token, rows=rows, others=others,
        longest=rules.MAX_NAME,
    )  # fmt: skip


def _slot_page(view: RegistrationView, token: str, *, chosen: int | None = None, said: str = "") -> str:
    now, people = clock.now(), sum(p.status is not BookingStatus.CANCELLED for p in view.people)
    activity = queries.activity_to_sign_up_for(view.activity_slug)
    options: list[dict[str, Any]] = []
    for slot in activity.slots if activity else ():
        if slot.id == view.slot_id or slot.starts_at <= now or slot.cancelled_at:
            continue
        left = remaining(slot.capacity, slot.taken)
        is_open = slot_open(slot.starts_at, slot.closed, now)
        state = slot_state(slot.capacity, slot.taken, is_open, waiting_list=False)
        options.append(
            {
                "slot": slot, "day": clock.local(slot.starts_at).date(), "left": left, "state": state,
                "can": is_open and state is not SlotState.FULL and (left is None or left >= people),
            }
        )  # fmt: skip
    return render_template(
        "registration/change_slot.html", view=view, festival=view.festival, token=token, people=people,
        days=[(day, list(of_day)) for day, of_day in groupby(options, key=lambda option: option["day"])],
        any_free=any(option["can"] for option in options), chosen=chosen, said=said,
        live=bool(view.live_people) and now < view.starts_at,
    )  # fmt: skip
