"""Lists on paper for when no phone works, and the ticks on them entered afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, time

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.checkin import documents, services
from app.checkin.models import CheckinPoint
from app.checkin.queries import board
from app.checkin.queries import paper as queries
from app.checkin.queries.paper import Person, Sheet
from app.checkin.routes.blueprint import bp
from app.core import clock
from app.core.access import requires
from app.core.codes import slugify
from app.core.db import in_transaction
from app.core.errors import NotFound
from app.core.formats import clock_time, number
from app.core.i18n import gettext as _
from app.core.list_page import ROWS
from app.festival.queries import require_current

LONGEST_VOLUNTEER = 80


@bp.get("/committee/points/<int:point_id>/paper")
@requires(Permission.SEE_REGISTRATIONS)
def paper(point_id: int) -> ResponseReturnValue:
    """The lists of a point."""
    festival = require_current()
    point = _point(festival.id, point_id)
    return render_template(
        "checkin/paper.html", point=point, rows=queries.sheets(point, festival), when=documents.when, a_page=ROWS
    )


@bp.get("/committee/points/<int:point_id>/paper/<sheet>.pdf")
@requires(Permission.SEE_REGISTRATIONS)
def paper_pdf(point_id: int, sheet: str) -> ResponseReturnValue:
    """One list to print."""
    point, on = _sheet(point_id, sheet)
    people = queries.people(point, on)
    if not people:
        raise NotFound(_("Belum ada yang terdaftar di sini, jadi tidak ada yang dicetak."))
    body = documents.sheet_pdf(point.name, on, people, clock.now())
    answer = Response(body, mimetype="application/pdf")
    name = f"{slugify(point.name)}-{on.key}.pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@dataclass
class _Typed:
    """What was typed into the form of ticks, kept when it is refused."""

    time: str = ""
    volunteer: str = ""
    tickets: list[int] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


@bp.route("/committee/points/<int:point_id>/paper/<sheet>", methods=["GET", "POST"])
@requires(Permission.SEE_REGISTRATIONS)
def paper_sheet(point_id: int, sheet: str) -> ResponseReturnValue:
    """A list on screen, page by page as it is printed, to enter what was ticked."""
    point, on = _sheet(point_id, sheet)
    if request.method == "GET":
        return _page(point, on, _Typed(time=clock_time(on.starts_at) if not on.is_day else ""))
    typed, now = _read(), clock.now()
    at = _moment(on, typed, now)
    people = queries.people_of(point, on, typed.tickets) if typed.tickets else []
    if not people:
        typed.errors["tickets"] = _("Centang dulu orang yang masuk.")
    if typed.errors or at is None:
        return _page(point, on, typed), 422
    user_id, moment = current_user.id, at
    done = in_transaction(
        lambda: services.enter_ticks(
            _point(point.festival_id, point_id), people, moment, typed.volunteer or None, user_id, now
        )
    )
    flash(_said(done))
    q, page = request.values.get("q") or None, _number() if _number() > 1 else None
    return redirect(url_for("checkin.paper_sheet", point_id=point_id, sheet=sheet, q=q, page=page), 303)


def _said(done: services.Entered) -> str:
    said = _("%(count)s orang dicatat masuk dari kertas.", count=number(done.admitted))
    if done.conflicts:
        said += " " + _("%(count)s perlu dilihat di “Masuk ganda”.", count=number(done.conflicts))
    return said


def _page(point: CheckinPoint, on: Sheet, typed: _Typed) -> str:
    text = " ".join(request.values.get("q", "").replace("\0", "").split())[:100]
    total = queries.count(point, on, text)
    pages = max(1, -(-total // ROWS))
    page = min(_number(), pages)
    people: list[Person] = queries.people(point, on, text=text, page=page)
    return render_template(
        "checkin/paper_sheet.html",
        point=point, on=on, when=documents.when(on), people=people, total=total, page=page, pages=pages, text=text,
        first=(page - 1) * ROWS + 1, typed=typed,
        states=queries.states(point, on, [person.ticket_id for person in people]),
    )  # fmt: skip


def _read() -> _Typed:
    """The form as it came: every number that may be a ticket's, at most as many as a page has rows."""
    volunteer = "".join(c if c.isprintable() else " " for c in request.form.get("volunteer", "")[:500])
    numbers = [text for text in request.form.getlist("ticket")[:ROWS] if re.fullmatch(r"-?[0-9]{1,19}", text)]
    tickets = [n for n in map(int, numbers) if -(2**63) <= n < 2**63]
    typed = _Typed(request.form.get("time", "")[:20], " ".join(volunteer.split()), tickets)
    if len(typed.volunteer) > LONGEST_VOLUNTEER:
        typed.errors["volunteer"] = _("Paling banyak %(count)s huruf.", count=LONGEST_VOLUNTEER)
    return typed


def _moment(on: Sheet, typed: _Typed, now: datetime) -> datetime | None:
    """The time on that day; a dot or a colon between hour and minute. Errors go to the form."""
    found = re.fullmatch(r"\s*([01]?[0-9]|2[0-3])[.:]([0-5][0-9])\s*", typed.time, re.ASCII)
    if not found:
        typed.errors["time"] = _("Tulis jam seperti 07.15.")
        return None
    at = datetime.combine(on.day_starts.date(), time(int(found[1]), int(found[2])), on.day_starts.tzinfo)
    if at > now:
        typed.errors["time"] = _("Jam ini belum lewat. Periksa lagi jamnya.")
    return at


def _sheet(point_id: int, key: str) -> tuple[CheckinPoint, Sheet]:
    festival = require_current()
    point = _point(festival.id, point_id)
    found = queries.sheet(point, festival, key)
    if found is None:
        raise NotFound(_("Daftar ini tidak ada."))
    return point, found


def _point(festival_id: int, point_id: int) -> CheckinPoint:
    found = board.point(festival_id, point_id)
    if found is None:
        raise NotFound(_("Titik ini tidak ada. Mungkin milik pekan yang lain."))
    return found


def _number() -> int:
    text = request.values.get("page", "")
    return max(1, int(text)) if re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) else 1
