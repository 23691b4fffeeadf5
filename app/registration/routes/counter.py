"""The counter for lost phones: find the person, end the old ticket, hand out a new one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from app.accounts.models import Permission
from app.core import clock, qr
from app.core.access import requires
from app.core.db import in_transaction
from app.core.errors import DomainError, NotFound
from app.core.headers import hide_referrer
from app.core.i18n import gettext as _
from app.core.phones import mask_phone
from app.festival.models import Festival
from app.festival.queries import require_current
from app.registration import links, queries, services
from app.registration.queries import TicketHolder
from app.registration.routes.blueprint import bp
from app.registration.routes.tickets import shown

LONGEST_SEARCH = 100
SHOWN_FOR = timedelta(minutes=15)  # so long may whoever stands at the counter see the code of a new ticket


@bp.get("/committee/reissue")
@requires(Permission.REISSUE_TICKETS)
def counter() -> ResponseReturnValue:
    """Search by number, name or code."""
    festival = require_current()
    text = request.args.get("q", "")[:LONGEST_SEARCH].strip()
    found = queries.holders_at_counter(festival.id, text) if text else []
    return render_template(
        "registration/counter.html", text=text, found=[(one, mask_phone(one.phone)) for one in found],
        many=len(found) >= queries.MOST_FOUND,
    )  # fmt: skip


@bp.get("/committee/reissue/<int:participant_id>")
@requires(Permission.REISSUE_TICKETS)
def reissue(participant_id: int) -> ResponseReturnValue:
    """Say what will happen and to whom; for a while after it, show the new ticket."""
    hide_referrer()
    festival = require_current()
    return _page(festival, _holder(festival, participant_id))


@bp.post("/committee/reissue/<int:participant_id>")
@requires(Permission.REISSUE_TICKETS)
def reissue_now(participant_id: int) -> ResponseReturnValue:
    """End the old ticket and make a new one."""
    festival_id, by_id, now = require_current().id, current_user.id, clock.now()
    old, send = request.form.get("ticket", ""), request.form.get("send") == "y"
    try:
        in_transaction(lambda: services.reissue(festival_id, participant_id, old, by_id, now, send=send))
    except DomainError as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("registration.reissue", participant_id=participant_id), code=303)


def _holder(festival: Festival, participant_id: int) -> TicketHolder:
    found = queries.holder(festival.id, participant_id)
    if found is None:
        raise NotFound(_("Orang ini tidak punya tiket yang berlaku."))
    return found


def _page(festival: Festival, person: TicketHolder) -> str:
    given = person.replaces_since
    fresh = given is not None and clock.now() - given <= SHOWN_FOR
    context: dict[str, Any] = {"person": person, "masked_phone": mask_phone(person.phone), "given": given}
    view = queries.ticket_by_code(person.code) if fresh else None
    if view is not None:
        link = links.ticket_url(view.face.code, view.face.id)
        drawn = qr.svg_any(link, label=_("Kode QR tautan tiket %(name)s", name=person.name))
        context |= {"card": shown(view, festival.name), "link": link, "link_qr": Markup(drawn)}  # noqa: S704 - escaped there
    return render_template("registration/reissue.html", festival=festival, **context)
