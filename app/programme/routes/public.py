"""Public pages of the programme: schedule, day, activity, calendar feeds."""

from __future__ import annotations

import random
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.access import public
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.page_cache import keep_until, kept
from app.festival.models import Festival
from app.festival.queries import current_festival, days_of, require_current
from app.programme import calendar_feed, queries, rules, schedule, structured_data
from app.programme.models import Activity
from app.programme.opening import wait_for
from app.programme.routes.blueprint import bp
from app.programme.schedule import Show


@bp.get("/", endpoint="schedule")
@public
@kept
def schedule_page() -> ResponseReturnValue:
    """The front page: what, where, when, what is on, how to sign up, and the day that matters."""
    festival = current_festival()
    if festival is None:
        return render_template("programme/no_festival.html")
    return _day_page(festival, None)


@bp.get("/days/<day>")
@public
@kept
def day(day: str) -> ResponseReturnValue:
    """The schedule of one day, ``/days/2023-07-20``."""
    try:
        asked = date.fromisoformat(day)
    except ValueError:
        raise _no_such_day() from None
    if asked.isoformat() != day:  # 2023-W29-4 is a date as well, but one page has one address
        raise _no_such_day()
    return _day_page(require_current(), asked)


@bp.get("/activities/<slug>")
@public
@kept
def activity(slug: str) -> ResponseReturnValue:
    """One activity: facts, what to bring, slots with places left."""
    festival, found = _find(slug)
    zone, now = ZoneInfo(festival.timezone), clock.now()
    lines = schedule.lines_of([found], zone, now)
    sign_up = schedule.sign_up_state(found, now)
    keep_until(min((m for m in (found.opens_at, found.closes_at) if m and m > now), default=None))
    not_yet = found.opens_at if sign_up is rules.SignUpState.NOT_YET else None
    return render_template(
        "programme/activity.html",
        activity=found,
        kind=queries.kind_of(found.kind),
        lines=lines,
        sign_up=sign_up,
        days=[_offers(found, line, sign_up, now) for line in lines if line.phase != schedule.Phase.OVER],
        structured=structured_data.activity_event(festival, found, lines, _base(), zone),
        now=now,
        wait=not_yet and wait_for(not_yet, now, random.random()),  # noqa: S311 - spreads visitors, keeps no secret
    )


@bp.get("/calendar.ics")
@public
def calendar() -> ResponseReturnValue:
    """The whole programme as a calendar feed."""
    festival = require_current()
    lines = schedule.lines_of(queries.activities_with_slots(festival.id), ZoneInfo(festival.timezone), clock.now())
    return _calendar(festival, lines, festival.name, festival.slug)


@bp.get("/activities/<slug>/calendar.ics")
@public
def activity_calendar(slug: str) -> ResponseReturnValue:
    """One activity as a calendar file."""
    festival, found = _find(slug)
    lines = schedule.lines_of([found], ZoneInfo(festival.timezone), clock.now())
    return _calendar(festival, lines, found.title, found.slug)


def _day_page(festival: Festival, asked: date | None) -> ResponseReturnValue:
    zone, now = ZoneInfo(festival.timezone), clock.now()
    days = days_of(festival.id)
    today = now.astimezone(zone).date()
    if asked is not None and asked not in {d.date for d in days}:
        raise _no_such_day()
    shown = asked or rules.shown_day([d.date for d in days], today)
    lines = schedule.lines_of(queries.activities_with_slots(festival.id), zone, now)
    show = _asked_show()
    return render_template(
        "programme/schedule.html" if asked is None else "programme/day.html",
        festival=festival,
        days=days,
        shown=next((d for d in days if d.date == shown), None),
        lines=schedule.chosen([line for line in lines if line.day == shown], show),
        show=show,
        **_moment(lines, days, today),
        structured=structured_data.festival_event(festival, lines, _base(), zone),
    )


def _moment(lines: list[schedule.Line], days: list[Any], today: date) -> dict[str, Any]:
    """What is on, what is next, and how far the festival is away."""
    on, coming = schedule.now_and_next(lines)
    return {
        "on": on,
        "coming": coming,
        "today": today,
        "days_until": (days[0].date - today).days if days else None,
        "is_over": bool(days) and not on and not coming and today >= days[-1].date,
    }


def _offers(
    found: Activity, line: schedule.Line, sign_up: rules.SignUpState, now: Any
) -> tuple[schedule.Line, list[Any]]:
    """The slots of a day that are still to come, each with its state and the places left."""
    return line, [
        (
            slot,
            schedule.slot_state(found, slot, sign_up, now),
            rules.remaining(slot.capacity, slot.taken),
        )
        for slot in line.slots
        if slot.ends_at > now
    ]


def _find(slug: str) -> tuple[Festival, Activity]:
    festival = require_current()
    found = queries.activity_by_slug(festival.id, slug)
    if found is None:
        raise NotFound(_("Kegiatan ini tidak ada di jadwal. Mungkin alamatnya salah ketik atau sudah diganti."))
    return festival, found


def _no_such_day() -> NotFound:
    return NotFound(_("Tidak ada kegiatan pada tanggal ini."))


def _asked_show() -> Show:
    try:
        return Show(request.args.get("show", Show.ALL))
    except ValueError:
        return Show.ALL


def _base() -> str:
    return str(current_app.config["PUBLIC_URL"])


def _revalidated(response: Response) -> Response:
    """Kept by the browser, but asked for again each time: an unchanged page costs no body."""
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _calendar(festival: Festival, lines: list[schedule.Line], name: str, file: str) -> ResponseReturnValue:
    response = make_response(calendar_feed.feed(festival, lines, _base(), name))
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = f'inline; filename="{file}.ics"'
    return _revalidated(response)
