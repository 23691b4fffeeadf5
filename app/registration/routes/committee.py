"""Registrations as the committee sees them."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.models import Permission
from app.core.access import requires
from app.core.i18n import gettext as _
from app.festival.queries import require_current
from app.programme.queries import activity_choices
from app.registration import queries
from app.registration.models import BookingStatus
from app.registration.queries import PAGE_SIZE
from app.registration.routes.blueprint import bp

LONGEST_SEARCH = 100


@bp.get("/committee/registrations")
@requires(Permission.SEE_REGISTRATIONS)
def registrations() -> ResponseReturnValue:
    """Search by name, number or code; filter by activity; 50 a page."""
    festival = require_current()
    text = request.args.get("q", "")[:LONGEST_SEARCH].strip()
    activity_id = request.args.get("activity", type=_small)
    page = max(1, request.args.get("page", 1, type=_small) or 1)
    rows, total = queries.registrations_page(festival.id, text, activity_id, page)
    return render_template(
        "registration/registrations.html",
        rows=rows,
        total=total,
        text=text,
        activity_id=activity_id,
        activities=activity_choices(festival.id),
        page=page,
        words=_words(),
        pages=max(1, -(-total // PAGE_SIZE)),
    )


def _words() -> dict[str, str]:
    """Every status in words."""
    return {
        BookingStatus.CONFIRMED: _("terdaftar"),
        BookingStatus.WAITLISTED: _("daftar tunggu"),
        BookingStatus.CANCELLED: _("dibatalkan"),
        BookingStatus.DUPLICATE: _("sudah terdaftar sebelumnya"),
    }


def _small(text: str) -> int:
    """A number that fits the database; ValueError otherwise, which makes the argument absent."""
    number = int(text)
    if not 0 < number < 2**31:
        raise ValueError(text)
    return number
