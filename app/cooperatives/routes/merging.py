"""Merging duplicates: choose the other one, look at both, confirm."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.cooperatives import queries, services
from app.cooperatives.queries import Wanted, details
from app.cooperatives.routes.blueprint import bp
from app.cooperatives.routes.committee import live_or_404
from app.cooperatives.services.duplicates import alike_to
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.inbound import LARGEST_ID


@bp.get("/committee/cooperatives/<int:cooperative_id>/merge")
@requires(Permission.MANAGE_COOPERATIVES)
def merge(cooperative_id: int) -> str:
    """Likely duplicates, a search for others, and both side by side once chosen."""
    found = live_or_404(cooperative_id)
    number = request.args.get("other", type=int)
    other = queries.by_id(number) if number and 0 < number <= LARGEST_ID else None
    if other is not None and (other.merged_into_id is not None or other.id == found.id):
        other = None
    text = request.args.get("q", "")[:100]
    rows = [row for row in queries.search(Wanted(text=text), 10).rows if row.id != found.id] if text else []
    similar = [] if other else alike_to(found)
    return render_template(
        "cooperatives/merge.html", one=found, other=other, text=text, rows=rows, similar=similar,
        place=details.place_of(found), other_place=details.place_of(other) if other else (None, None),
    )  # fmt: skip


@bp.post("/committee/cooperatives/<int:cooperative_id>/merge/<int:other_id>")
@requires(Permission.MANAGE_COOPERATIVES)
def merge_confirmed(cooperative_id: int, other_id: int) -> ResponseReturnValue:
    """Merge the other one into this one."""
    by_id = current_user.id

    def work() -> None:
        target, source = live_or_404(cooperative_id), live_or_404(other_id)
        services.merge(source, target, by_id, clock.now())

    try:
        in_transaction(work)
    except DomainError as refusal:
        flash(refusal.message, "error")
        return redirect(url_for("cooperatives.manage"), 303)
    flash(_("Digabung. Alamat lama tetap membuka koperasi ini."))
    return redirect(url_for("cooperatives.manage_one", cooperative_id=cooperative_id), 303)
