"""Committee pages of activities: list, make, change."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.errors import DomainError, NotFound
from app.core.i18n import gettext as _
from app.festival.models import Festival
from app.festival.queries import current_festival, days_of, places_of, require_current
from app.programme import queries, rules, schedule, services
from app.programme.forms import ENTRY_MODES, POLICIES, ActivityForm, activity_form, values_of
from app.programme.models import Activity
from app.programme.review import review
from app.programme.routes.blueprint import bp


@bp.get("/committee/activities")
@requires(Permission.EDIT_PROGRAMME)
def activities() -> ResponseReturnValue:
    """All activities with slots, places, state and warnings. A festival has some dozens: one page."""
    festival = current_festival()
    if festival is None:
        return redirect(url_for("festival.edit"))
    zone, now = ZoneInfo(festival.timezone), clock.now()
    found = queries.activities_with_slots(festival.id)
    return render_template(
        "programme/activities.html",
        rows=[_row(activity, zone, now) for activity in found],
        warnings=review(found, [d.date for d in days_of(festival.id)], zone),
        entry_modes=ENTRY_MODES,
        kind_of=queries.kind_of,
    )


def _row(activity: Activity, zone: ZoneInfo, now: Any) -> dict[str, Any]:
    limited = [s for s in activity.slots if s.capacity is not None]
    capacity, taken = rules.together((s.capacity, s.taken) for s in limited)
    return {
        "activity": activity,
        "days": [line.day for line in schedule.lines_of([activity], zone, now)],
        "slots": len(activity.slots),
        "taken": taken,
        "capacity": capacity if limited else None,
        "state": schedule.sign_up_state(activity, now),
    }


@bp.route("/committee/activities/new", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def activity_new() -> ResponseReturnValue:
    """Make an activity; its slots come next."""
    festival = require_current()
    form = ActivityForm()
    form.offer(places_of(festival.id))
    if request.method == "POST" and form.validate():
        festival_id, fields, by_id = festival.id, form.fields(ZoneInfo(festival.timezone)), current_user.id
        made = in_transaction(lambda: services.create_activity(festival_id, fields, by_id, clock.now()))
        flash(_("Kegiatan tersimpan. Sekarang isi waktunya."))
        return redirect(url_for("programme.slots", activity_id=made.id), 303)
    status = 422 if request.method == "POST" else 200
    return render_template(
        "programme/activity_edit.html", form=form, activity=None, warnings=[], refusals=[]
    ), status


@bp.route("/committee/activities/<int:activity_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def activity_edit(activity_id: int) -> ResponseReturnValue:
    """Change an activity. The second of two people who do is told, and nothing typed is lost."""
    festival = require_current()
    zone = ZoneInfo(festival.timezone)
    activity = activity_or_404(festival, activity_id)
    form = activity_form(activity.kind)(data=values_of(activity, zone))
    form.offer(places_of(festival.id), activity.kind)
    if request.method != "POST":  # HEAD is not a form
        return _edit_page(festival, activity, form)
    if not form.validate():
        return _edit_page(festival, activity, form, 422)
    fields, version, by_id = form.fields(zone), form.version.data or 0, current_user.id
    try:
        in_transaction(lambda: services.update_activity(activity_id, version, fields, by_id, clock.now()))
    except DomainError as refusal:
        activity = activity_or_404(require_current(), activity_id)
        return _edited_elsewhere(activity, form, zone, refusal)
    flash(_("Tersimpan."))
    return redirect(url_for("programme.activity_edit", activity_id=activity_id), 303)


def activity_or_404(festival: Festival, activity_id: int) -> Activity:
    """The activity of the current festival. Raises NotFound."""
    found = queries.activity_by_id(festival.id, activity_id)
    if found is None:
        raise NotFound(_("Kegiatan ini sudah tidak ada."))
    return found


def warnings_of(festival: Festival, activity: Activity) -> list[str]:
    """What to look at again in this activity, with the others in mind."""
    zone = ZoneInfo(festival.timezone)
    days = [d.date for d in days_of(festival.id)]
    return review(queries.activities_with_slots(festival.id), days, zone).get(activity.id, [])


def _edit_page(
    festival: Festival, activity: Activity, form: ActivityForm, status: int = 200, **more: Any
) -> ResponseReturnValue:
    context = {"refusals": [], "theirs": [], "warnings": warnings_of(festival, activity), **more}
    return render_template("programme/activity_edit.html", form=form, activity=activity, **context), status


def _edited_elsewhere(
    activity: Activity, form: ActivityForm, zone: ZoneInfo, refusal: DomainError
) -> ResponseReturnValue:
    """What was typed stays; what the other wrote stands beside it; sending again is a choice."""
    stored = values_of(activity, zone)
    theirs = [
        (form[name].label.text, _in_words(form, name, stored[name]))
        for name in stored
        if name in form and name != "version" and (form[name].data or None) != (stored[name] or None)
    ]
    form.version.raw_data = None
    form.version.data = activity.version
    return _edit_page(require_current(), activity, form, 409, refusals=[refusal.message], theirs=theirs)


def _in_words(form: ActivityForm, name: str, value: Any) -> str:
    """A stored value as the committee reads it."""
    if name in ("kind", "place_id"):
        return next((str(c.label) for c in form[name].choices if c.value == value), str(value))
    if name == "entry_mode":
        return str(ENTRY_MODES[value])
    if name == "admission_policy":
        return str(POLICIES[value])
    if isinstance(value, bool):
        return _("ya") if value else _("tidak")
    if hasattr(value, "strftime"):
        return str(value.strftime("%d-%m-%Y %H.%M"))
    return _("kosong") if value in (None, "") else str(value)
