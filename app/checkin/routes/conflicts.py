"""Conflicts after phones without a network came back, and what phones sent that were cut off."""

from __future__ import annotations

import re

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.checkin import services
from app.checkin.queries import conflicts as queries
from app.checkin.routes.blueprint import bp
from app.checkin.words import REASONS
from app.core import clock
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _
from app.festival.queries import require_current

TABS = ("open", "done", "revoked")


@bp.get("/committee/conflicts")
@requires(Permission.SEE_SCANS)
def conflicts() -> ResponseReturnValue:
    """What is open, what was resolved, and what came from phones that were cut off."""
    return _page(require_current().id)


@bp.post("/committee/conflicts/<int:scan_id>/resolve")
@requires(Permission.SEE_SCANS)
def resolve_conflict(scan_id: int) -> ResponseReturnValue:
    """Close one with a note."""
    festival_id, user_id = require_current().id, current_user.id
    note = request.form.get("note", "")
    try:
        with transaction():
            services.resolve_conflict(festival_id, scan_id, note, user_id, clock.now())
    except InvalidInput as refusal:
        return _page(festival_id, failed=scan_id, error=refusal.message, typed=note[:400]), 422
    except DomainError as refusal:
        if refusal.code != "conflict_resolved":
            raise
        flash(refusal.message, "error")
    else:
        flash(_("Tersimpan. Catatannya ada di “Selesai”."))
    return redirect(url_for("checkin.conflicts", page=_number() if _number() > 1 else None), 303)


def _page(festival_id: int, failed: int | None = None, error: str = "", typed: str = "") -> str:
    asked = request.args.get("tab", "")
    tab = asked if asked in TABS else TABS[0]
    counts = queries.counts(festival_id)
    pages = max(1, -(-counts[tab] // queries.PAGE))
    page = min(_number(), pages)
    revoked = tab == "revoked"
    return render_template(
        "checkin/conflicts.html",
        tab=tab, counts=counts, page=page, pages=pages, reasons=REASONS,
        rows=queries.cut_off(festival_id, page) if revoked
        else queries.conflicts(festival_id, done=tab == "done", page=page),
        failed=failed, error=error, typed=typed,
    )  # fmt: skip


def _number() -> int:
    """The page asked for, in the address or carried by a form."""
    text = request.values.get("page", "")
    return max(1, int(text)) if re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) else 1
