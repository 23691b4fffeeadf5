"""The sign-up page: one form, without JavaScript too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from app.core import clock, limits, page_blanks
from app.core.access import public
from app.core.codes import random_token
from app.core.db import hot_path, in_transaction
from app.core.errors import DomainError, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import language
from app.core.page_cache import kept_where_told
from app.core.recent import Recent
from app.core.settings import settings
from app.programme.queries import (
    SlotState,
    kind_of,
    remaining,
    slot_open,
    slot_state,
)
from app.registration import links, queries, rules, services
from app.registration.forms import SignUpForm, birth_words, form_for
from app.registration.queries import ActivityFacts, FormSlot
from app.registration.routes import too_late
from app.registration.routes.blueprint import bp
from app.registration.routes.opening import most_at_once, no_form
from app.registration.routes.proof import proven_codes, remember

TRAP = "homepage"  # people neither see nor reach this field; programs that fill in everything fill it in too
_OFFERED = (SlotState.UNLIMITED, SlotState.AVAILABLE, SlotState.FEW)


@bp.route("/activities/<slug>/register", methods=["GET", "POST"])
@public
@limits.sign_ups_of_address
@kept_where_told
def sign_up(slug: str) -> ResponseReturnValue:
    """Show the form, change its rows, or sign up and go on to the tickets."""
    if request.method != "POST":  # HEAD is not a form
        return page_blanks.page(partial(_untouched, slug), csrf_token=generate_csrf, submission=random_token)
    with hot_path():
        return _sent(slug)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What it takes to read a form that was sent."""

    kind: str
    slots: frozenset[int]


def _asked(slug: str) -> _Asked | None:
    activity = queries.activity_to_sign_up_for(slug)
    return _Asked(activity.kind, frozenset(slot.id for slot in activity.slots)) if activity else None


_ASKED = Recent("asked_at_sign_up", _asked)


def _sent(slug: str) -> ResponseReturnValue:
    asked = _ASKED.get(slug)
    if asked is None:
        raise _unknown()
    form = form_for(kind_of(asked.kind))()
    if "add" in request.form:
        form.add_row()
        return _again(slug, form, focus=f"{form.people.entries[-1].form.name.id}")
    if "remove" in request.form:
        form.remove_row(request.form.get("remove", -1, type=int))
        return _again(slug, form, focus="people")
    if request.form.get(TRAP):
        return _again(slug, form, said=[_("Pendaftaran belum terkirim. Coba lagi.")]), 422
    valid = form.validate_on_submit()
    if not form.check_people() or not valid:
        return _again(slug, form, expired=bool(form.csrf_token.errors)), 422
    return _sign_up(slug, asked, form)


def _again(slug: str, form: SignUpForm, **extra: Any) -> str:
    """The page with all that was typed; slots and places as they stand now."""
    return _page(_activity(slug), form, **extra)


def _activity(slug: str) -> ActivityFacts:
    activity = queries.activity_to_sign_up_for(slug)
    if activity is None:
        raise _unknown()
    return activity


def _unknown() -> NotFound:
    return NotFound(_("Kegiatan ini tidak ada."))


def _untouched(slug: str) -> tuple[str, bool]:
    """The form as everybody first sees it, nothing of a person in it; and whether to keep it for a moment."""
    activity = _activity(slug)
    # Nothing of a form before sign-up opens: its token would make a session, and the page nobody else's.
    if closed := no_form(activity, clock.now()):
        return closed, False
    form = form_for(kind_of(activity.kind))()
    form.csrf_token.current_token = page_blanks.blank("csrf_token")
    form.submission.data = page_blanks.blank("submission")
    form.slot.data = request.args.get("slot", "")
    addresses = {("slot", str(slot.id)) for slot in activity.slots}
    return _page(activity, form), set(request.args.items(multi=True)) <= addresses


def _sign_up(slug: str, asked: _Asked, form: SignUpForm) -> ResponseReturnValue:
    wanted, proof, now = form.sign_up(), proven_codes(), clock.now()
    if wanted.slot_id not in asked.slots and not _is_new(slug, wanted.slot_id):
        form.blame({"slot": _("Pilih waktu.")})
        return _again(slug, form), 422
    try:
        limits.count_sign_up(wanted.phone)
        done = in_transaction(lambda: services.sign_up(wanted, proof, now))
    except DomainError as refusal:
        return _refused(slug, form, refusal)
    response = make_response(
        redirect(url_for("registration.manage", token=links.manage_token(done.code)), code=303)
    )
    remember(response, done.code)
    return response


def _is_new(slug: str, slot_id: int) -> bool:
    """Whether the activity has got this slot a moment ago."""
    return any(slot.id == slot_id for slot in _activity(slug).slots)


def _refused(slug: str, form: SignUpForm, refusal: DomainError) -> ResponseReturnValue:
    """The form again with the reason, nothing lost."""
    said = form.blame(refusal.fields)
    text = str(refusal.message)
    if refusal.code == "idempotency_key_reused":
        # the back button, something changed, sent again: this may well be meant as another sign-up
        form.submission.data = random_token()
        text = _("Formulir ini sudah pernah terkirim. Kalau memang pendaftaran baru, kirim sekali lagi.")
    if not refusal.fields or said:
        said = [text]
    again = partial(_again, slug, form, said=said, code=refusal.code)
    if refusal.code == "slot_full" and not form.asks_more():
        return too_late.page(form, tuple(said), again), refusal.status  # how most of a rush ends
    return again(), refusal.status


def _page(activity: ActivityFacts, form: SignUpForm, **extra: Any) -> str:
    now = clock.now()
    if closed := no_form(activity, now):
        return closed
    kind = kind_of(activity.kind)
    slots = [slot for slot in activity.slots if slot_open(slot.starts_at, bool(slot.cancelled_at), now)]
    options = [_option(activity, slot) for slot in slots]
    chosen = _chosen(form, options)
    if request.method == "GET" and chosen:
        form.waitlist.data = chosen["state"] is SlotState.WAITING_LIST
    return render_template(
        "registration/sign_up.html",
        activity=activity,
        festival=activity.festival,
        kind=kind,
        form=form,
        days=[(day, list(of_day)) for day, of_day in groupby(options, key=lambda option: option["day"])],
        options=options,
        chosen=chosen,
        most=most_at_once(activity),
        any_waiting=any(option["state"] is SlotState.WAITING_LIST for option in options)
        or (extra.get("code") == "slot_full" and activity.waiting_list),
        birth_label=birth_words(kind.asks_birth_date, bool(activity.min_age or activity.max_age)),
        minors=activity.min_age is None or activity.min_age < rules.ADULT,
        mailed=settings().mail is not None,
        said_of=lambda purpose: rules.consent_text(rules.Purpose(purpose)).said(language()),
        **extra,
    )


def _option(activity: ActivityFacts, slot: FormSlot) -> dict[str, Any]:
    state = slot_state(slot.capacity, slot.taken, not slot.closed, activity.waiting_list)
    return {
        "slot": slot,
        "day": clock.local(slot.starts_at).date(),
        "state": state,
        "left": remaining(slot.capacity, slot.taken),
        "can": state in _OFFERED or state is SlotState.WAITING_LIST,
    }


def _chosen(form: SignUpForm, options: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The option that stands in the form; the only one there is; or none yet."""
    wanted = form.slot_id()
    for option in options:
        if option["slot"].id == wanted:
            return option
    return options[0] if len(options) == 1 else None
