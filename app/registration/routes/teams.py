"""Teams: a leader reserves places and passes links on; whoever opens one writes their name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock, limits
from app.core.access import public
from app.core.codes import random_token
from app.core.db import in_transaction
from app.core.errors import DomainError, NotFound
from app.core.formats import moment
from app.core.headers import hide_referrer
from app.core.i18n import gettext as _
from app.core.i18n import language
from app.core.settings import settings
from app.programme.queries import kind_of, remaining, slot_open
from app.registration import links, queries, rules, services
from app.registration.forms import SignUpForm, birth_words, form_for
from app.registration.models import RegistrationStatus
from app.registration.queries import ActivityFacts, PlaceView, TeamView
from app.registration.routes.blueprint import bp
from app.registration.routes.opened import opened
from app.registration.routes.opening import no_form
from app.registration.routes.proof import proven_codes, remember
from app.registration.routes.sign_up import TRAP
from app.registration.rules import TeamPlaceState
from app.registration.team_forms import team_form


@bp.route("/activities/<slug>/team", methods=["GET", "POST"])
@public
@limits.sign_ups_of_address
def team_sign_up(slug: str) -> ResponseReturnValue:
    """A leader signs up and reserves places; the names follow."""
    activity = queries.activity_to_sign_up_for(slug)
    if activity is None or not kind_of(activity.kind).allows_team:
        raise NotFound(_("Kegiatan ini tidak menerima regu."))
    if closed := no_form(activity, clock.now()):
        return closed
    form: Any = team_form(kind_of(activity.kind))()
    if request.method != "POST":  # HEAD is not a form
        form.submission.data, form.slot.data = random_token(), request.args.get("slot", "")
        return _sign_up_page(activity, form)
    if request.form.get(TRAP):
        return _sign_up_page(activity, form, [_("Pendaftaran belum terkirim. Coba lagi.")]), 422
    valid = form.validate()
    if not form.check_people() or not valid:
        return _sign_up_page(activity, form), 422
    return _reserve(activity, form)


def _reserve(activity: ActivityFacts, form: Any) -> ResponseReturnValue:
    wanted, proof, now = form.sign_up(), proven_codes(), clock.now()
    name, size = form.called(form.team_name), form.size.data
    if wanted.slot_id not in {slot.id for slot in activity.slots}:
        form.blame({"slot": _("Pilih waktu.")})
        return _sign_up_page(activity, form), 422
    try:
        limits.count_sign_up(wanted.phone)
        done = in_transaction(lambda: services.reserve_team(wanted, name, size, proof, now))
    except DomainError as refusal:
        said = _blame(form, refusal)
        fresh = queries.activity_to_sign_up_for(activity.slug) or activity
        return _sign_up_page(fresh, form, said), refusal.status
    flash(_("Regu Anda terdaftar. Sekarang bagikan tautannya kepada anggota."))
    token = links.manage_token(done.code)
    response = make_response(redirect(url_for("registration.team", token=token), code=303))
    remember(response, done.code)
    return response


@bp.get("/registrations/<token>/team")
@public
def team(token: str) -> ResponseReturnValue:
    """Who has written a name, links to pass on, places to give back."""
    view = opened(token)
    found = _team(view.id)
    return render_template(
        "registration/team.html", view=view, festival=view.festival, token=token, team=found,
        rows=[_row(place, found, view) for place in found.places],
        live=view.status is not RegistrationStatus.CANCELLED and clock.now() < view.starts_at,
    )  # fmt: skip


@bp.post("/registrations/<token>/team/free")
@public
def team_free(token: str) -> ResponseReturnValue:
    """Give one place back that has no name yet."""
    view, now = opened(token), clock.now()
    text = request.form.get("place", "")
    place_id = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
    if in_transaction(lambda: services.free_place(view.id, place_id, now)):
        flash(_("Satu tempat dilepas untuk orang lain."))
    else:
        flash(_("Tempat itu sudah diisi atau sudah dilepas."), "error")
    return redirect(url_for("registration.team", token=token), code=303)


@bp.route("/teams/<token>", methods=["GET", "POST"])
@public
@limits.sign_ups_of_address
def team_place(token: str) -> ResponseReturnValue:
    """One place of a team: who got the link writes their own name and gets their own ticket."""
    hide_referrer()
    code = links.team_place_code_of(token)
    place = queries.team_place(code) if code else None
    if code is None or place is None:
        raise NotFound(_("Tautan ini tidak dikenal. Periksa apakah tautannya tersalin utuh."))
    form, now = form_for(kind_of(place.kind))(), clock.now()
    if request.method != "POST":
        form.submission.data = random_token()
        return _place_page(place, form, token, now)
    form.slot.data = str(place.slot_id)
    valid = form.validate()
    if not form.check_people() or not valid or request.form.get(TRAP):
        return _place_page(place, form, token, now), 422
    wanted, proof = form.sign_up(), proven_codes()
    try:
        limits.count_sign_up(wanted.phone)
        mine = in_transaction(lambda: services.name_place(code, wanted, proof, now))
    except DomainError as refusal:
        said = _blame(form, refusal)
        return _place_page(queries.team_place(code) or place, form, token, now, said), refusal.status
    flash(_("Nama Anda tercatat. Ini tiket Anda."))
    response = make_response(redirect(url_for("registration.manage", token=links.manage_token(mine)), code=303))
    remember(response, mine)
    return response


def _team(registration_id: int) -> TeamView:
    found = queries.team_of(registration_id)
    if found is None:
        raise NotFound(_("Pendaftaran ini bukan regu."))
    return found


def _row(place: queries.TeamPlaceView, team: TeamView, view: queries.RegistrationView) -> dict[str, Any]:
    """A place with its link; only open ones have one to pass on."""
    if place.state is not TeamPlaceState.OPEN:
        return {"place": place, "link": "", "text": ""}
    link = links.team_place_url(place.code)
    text = _(
        "Regu %(team)s, %(what)s, %(when)s. Isi nama Anda di sini, satu tautan untuk satu orang: %(link)s",
        team=team.name, what=view.title, when=moment(view.starts_at), link=link,
    )  # fmt: skip
    return {"place": place, "link": link, "text": text}


def _blame(form: Any, refusal: DomainError) -> list[str]:
    """Put messages beside their fields; gives back what stands on top of the page."""
    fields = dict(refusal.fields)
    if "size" in fields and "size" in form:
        form.size.errors = [*form.size.errors, fields.pop("size")]
        return form.blame(fields) if fields else []
    left = form.blame(fields)
    return left or ([] if refusal.fields else [str(refusal.message)])


def _sign_up_page(activity: ActivityFacts, form: Any, said: list[str] | None = None) -> str:
    now = clock.now()
    most = services.largest_team(activity.id, activity.kind, activity.max_per_number)
    options = [
        (slot, left)
        for slot in activity.slots
        if slot_open(slot.starts_at, slot.closed, now)
        and ((left := remaining(slot.capacity, slot.taken)) is None or left >= rules.SMALLEST_TEAM)
    ]
    return render_template(
        "registration/team_sign_up.html", activity=activity, festival=activity.festival, form=form, said=said or [],
        options=options, most=most, expired=bool(form.csrf_token.errors), chosen=form.slot_id(),
        **_person(activity, form),
    )  # fmt: skip


def _place_page(
    place: PlaceView, form: SignUpForm, token: str, now: datetime, said: list[str] | None = None
) -> str:
    return render_template(
        "registration/team_place.html", place=place, festival=place.festival, form=form, said=said or [],
        token=token, takes_name=place.takes_name(now), expired=bool(form.csrf_token.errors),
        **_person(place, form),
    )  # fmt: skip


def _person(what: ActivityFacts | PlaceView, form: SignUpForm) -> dict[str, Any]:
    """What both pages need to ask for one person."""
    kind = kind_of(what.kind)
    return {
        "row": form.people.entries[0].form,
        "birth_label": birth_words(kind.asks_birth_date, bool(what.min_age or what.max_age)),
        "minors": what.min_age is None or what.min_age < rules.ADULT,
        "mailed": settings().mail is not None,
        "said_of": lambda purpose: rules.consent_text(rules.Purpose(purpose)).said(language()),
    }
