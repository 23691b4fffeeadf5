"""The committee's points and phones."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from app.accounts.models import Permission
from app.checkin import queries, services
from app.checkin.forms import NewPointForm, PointForm
from app.checkin.models import CheckinPoint, Device
from app.checkin.queries import board
from app.checkin.queries.conflicts import open_conflicts
from app.checkin.queries.flow import inside_of
from app.checkin.routes.blueprint import bp
from app.checkin.services.devices import PAIRING_LIFETIME
from app.checkin.words import KINDS, POLICIES, REASONS
from app.core import clock, hooks, qr
from app.core.access import requires
from app.core.codes import group_code
from app.core.db import db, transaction
from app.core.errors import DomainError, NotFound
from app.core.formats import number
from app.core.headers import hide_referrer
from app.core.i18n import gettext as _
from app.core.links import public_url
from app.core.passwords import hash_password
from app.festival.models import Festival
from app.festival.queries import require_current
from app.programme.queries import activity_choices


@bp.get("/committee/points")
@requires(Permission.PAIR_DEVICES)
def points() -> ResponseReturnValue:
    """All points with today's counts."""
    festival = require_current()
    rows = board.points(festival.id, *_today(festival))
    return render_template("checkin/points.html", rows=rows, kinds=KINDS, policies=POLICIES)


@bp.route("/committee/points/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_POINTS)
def new_point() -> ResponseReturnValue:
    """A new point."""
    festival = require_current()
    form = NewPointForm()
    form.offer(activity_choices(festival.id), board.mains(festival.id))
    if form.validate_on_submit():
        pin_hash = hash_password(form.pin.data) if form.pin.data else None
        festival_id, user_id = festival.id, current_user.id
        try:
            with transaction():
                made = services.create_point(festival_id, form.slug.data or "", form.fields(), user_id, clock.now())
                if pin_hash:
                    services.set_pin(made.id, pin_hash, user_id, clock.now())
            flash(_("Titik dibuat. Sekarang pasangkan HP petugas."))
            return redirect(url_for("checkin.point", point_id=made.id))
        except DomainError as error:
            _point_out(form, error)
    return render_template("checkin/point_edit.html", form=form, point=None), _status(form)


@bp.route("/committee/points/<int:point_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_POINTS)
def edit_point(point_id: int) -> ResponseReturnValue:
    """Change a point."""
    festival = require_current()
    point = _point(festival, point_id)
    form = PointForm()
    form.offer(activity_choices(festival.id), board.mains(festival.id, point_id))
    if not form.is_submitted():
        form.show(point)
    elif form.validate():
        try:
            user_id = current_user.id
            pin_hash = hash_password(form.pin.data) if form.pin.data else None
            with transaction():
                services.edit_point(_point(festival, point_id), form.fields(), user_id, clock.now())
                if pin_hash or form.no_pin.data:
                    services.set_pin(point_id, pin_hash, user_id, clock.now())
            flash(_("Perubahan tersimpan."))
            return redirect(url_for("checkin.point", point_id=point_id))
        except DomainError as error:
            _point_out(form, error)
    return render_template("checkin/point_edit.html", form=form, point=_point(festival, point_id)), _status(form)


@bp.get("/committee/devices")
@requires(Permission.PAIR_DEVICES)
def devices() -> ResponseReturnValue:
    """All phones: when they were last heard of, what they have not sent yet, how old their data are."""
    festival_id, now = require_current().id, clock.now()
    return render_template(
        "checkin/devices.html", rows=board.all_devices(festival_id), now=now, most=board.MOST_DEVICES,
        totals=board.device_totals(festival_id, now),
    )  # fmt: skip


@bp.get("/committee/points/<int:point_id>")
@requires(Permission.PAIR_DEVICES)
def point(point_id: int) -> ResponseReturnValue:
    """One point: counts, phones, last scans."""
    festival = require_current()
    found = _point(festival, point_id)
    start, end = _today(festival)
    return render_template(
        "checkin/point.html",
        point=found,
        admitted=queries.admitted_on(found.id, start, end),
        expected=queries.expected_on(festival.id, found.activity_id, start, end),
        turned_away=board.turned_away(found.id, start, end),
        devices=board.devices(found.id),
        scans=board.last_scans(found.id) if current_user.may(Permission.SEE_SCANS) else None,
        inside=inside_of(found.counts_with_id or found.id, start, end) if found.counts_inside else None,
        reasons=REASONS, kinds=KINDS, policies=POLICIES, now=clock.now(),
    )  # fmt: skip


@bp.post("/committee/points/<int:point_id>/pair")
@requires(Permission.PAIR_DEVICES)
def pair(point_id: int) -> ResponseReturnValue:
    """Make a one-time code and show it as QR. Shown as the answer, so that it stands in no address or cookie."""
    hide_referrer()
    festival = require_current()
    found, user_id, now = _point(festival, point_id), current_user.id, clock.now()
    with transaction():
        code = services.create_pairing(found, user_id, now)
    address = public_url(f"{url_for('checkin.scanner')}#{code}")
    return render_template(
        "checkin/pairing.html",
        point=_point(festival, point_id),
        code=group_code(code),
        scanner_address=public_url(url_for("checkin.scanner")),
        qr=Markup(qr.svg_any(address, label=_("QR untuk memasangkan HP"))),  # noqa: S704 - drawn and escaped by us
        until=now + PAIRING_LIFETIME,
    )


@bp.post("/committee/points/<int:point_id>/pause")
@requires(Permission.PAIR_DEVICES)
def pause(point_id: int) -> ResponseReturnValue:
    """Let nobody in at this point for a while, from the next scan on; who is at the gate decides."""
    festival = require_current()
    name, user_id = _point(festival, point_id).name, current_user.id
    with transaction():
        services.pause_point(point_id, user_id, clock.now())
    flash(_("%(name)s dihentikan sementara. Semua tiket ditolak sampai Anda melanjutkan.", name=name))
    return redirect(url_for("checkin.point", point_id=point_id), 303)


@bp.post("/committee/points/<int:point_id>/resume")
@requires(Permission.PAIR_DEVICES)
def resume(point_id: int) -> ResponseReturnValue:
    """Let people in again."""
    festival = require_current()
    name, user_id = _point(festival, point_id).name, current_user.id
    with transaction():
        services.resume_point(point_id, user_id, clock.now())
    flash(_("%(name)s dibuka lagi.", name=name))
    return redirect(url_for("checkin.point", point_id=point_id), 303)


@bp.post("/committee/devices/<int:device_id>/revoke")
@requires(Permission.PAIR_DEVICES)
def revoke(device_id: int) -> ResponseReturnValue:
    """Cut a phone off."""
    festival = require_current()
    found = db.session.get(Device, device_id)
    if found is None or found.festival_id != festival.id or found.paper:
        raise NotFound(_("HP ini tidak ada."))
    point_id, name, user_id = found.point_id, found.name, current_user.id
    with transaction():
        services.revoke(found, user_id, clock.now())
    flash(_("%(name)s diputus. HP itu tidak dapat memasukkan siapa pun lagi.", name=name))
    if request.form.get("back") == "devices":
        return redirect(url_for("checkin.devices"))
    return redirect(url_for("checkin.point", point_id=point_id))


def tiles(festival_id: int) -> list[hooks.Tile]:
    """Numbers for the committee's start page (hook ``dashboard_tiles``)."""
    now, festival = clock.now(), db.session.get_one(Festival, festival_id)
    start, end = queries.day_bounds(now, ZoneInfo(festival.timezone))
    link = url_for("checkin.points") if current_user.may(Permission.PAIR_DEVICES) else None
    look = url_for("checkin.conflicts") if current_user.may(Permission.SEE_SCANS) else None
    made = [
        hooks.Tile(number(board.people_in(festival_id, start, end)), _("orang hadir hari ini"), link, 30),
        hooks.Tile(
            number(board.active_devices(festival_id, now)), _("HP memindai dalam 15 menit terakhir"), link, 31
        ),
    ]
    if doubles := open_conflicts(festival_id):
        made.append(hooks.Tile(number(doubles), _("masuk ganda yang perlu dilihat"), look, 32))
    return made


def _point(festival: Festival, point_id: int) -> CheckinPoint:
    found = board.point(festival.id, point_id)
    if found is None:
        raise NotFound(_("Titik ini tidak ada. Mungkin milik pekan yang lain."))
    return found


def _today(festival: Festival) -> tuple[datetime, datetime]:
    return queries.day_bounds(clock.now(), ZoneInfo(festival.timezone))


def _status(form: PointForm) -> int:
    return 422 if form.errors else 200


def _point_out(form: PointForm, error: DomainError) -> None:
    """Put a refusal of the service beside the field it speaks of."""
    for name, message in error.fields.items():
        form[name].errors = [*form[name].errors, message]


hooks.dashboard_tiles.register(tiles)
