"""Who comes in where: counts by gate and quarter of an hour, live."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.models import Permission
from app.checkin.queries import flow as queries
from app.checkin.routes.blueprint import bp
from app.core import charts, clock
from app.core.access import requires
from app.core.formats import clock_time
from app.festival.models import Festival
from app.festival.queries import require_current


@bp.get("/committee/flow")
@requires(Permission.SEE_DASHBOARD)
def flow() -> ResponseReturnValue:
    """A day of the festival, today unless another is asked for. ``?part=1`` is what the page itself renews."""
    festival, now = require_current(), clock.now()
    zone = ZoneInfo(festival.timezone)
    day = asked_day(festival, now.astimezone(zone).date())
    start = datetime.combine(day, time(), zone)
    found = queries.flow(festival.id, start, start + timedelta(days=1), now)
    labels = [clock_time(moment) for moment in found.quarters]
    drawn = [charts.columns(gate.quarters, labels, found.busiest) for gate in found.gates]
    return render_template(
        "checkin/flow_numbers.html" if "part" in request.args else "checkin/flow.html",
        flow=found, drawn=drawn, labels=labels, now=now, day=day,
        days=[day.date for day in festival.days], is_today=day == now.astimezone(zone).date(),
    )  # fmt: skip


def asked_day(festival: Festival, today: date) -> date:
    """The day in the address where it is one of the festival's; else today, or the nearest of its days."""
    days = sorted(day.date for day in festival.days)
    asked = request.args.get("day", "")
    found = next((day for day in days if day.isoformat() == asked), None)
    if found:
        return found
    return today if today in days or not days else min(max(today, days[0]), days[-1])
