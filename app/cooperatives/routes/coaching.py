"""Coaching cases of the committee."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.cooperatives import rules, services
from app.cooperatives.forms import CaseForm
from app.cooperatives.models import CaseState, CoachingCase
from app.cooperatives.queries import details
from app.cooperatives.routes.blueprint import bp
from app.cooperatives.routes.committee import live_or_404
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.errors import DomainError, NotFound
from app.core.i18n import gettext as _


@bp.get("/committee/coaching")
@requires(Permission.COACH_COOPERATIVES)
def cases() -> str:
    """What is under way, or one state."""
    state = request.args.get("state", "")
    chosen = CaseState(state) if state in set(CaseState) else None
    before = request.args.get("before", type=int)
    rows = details.cases(chosen, before_id=before if before and before > 0 else None)
    return render_template(
        "cooperatives/cases.html", rows=rows[: details.PAGE], state=chosen, today=clock.local(clock.now()).date(),
        overdue=rules.overdue, before=rows[details.PAGE - 1][0].id if len(rows) > details.PAGE else None,
    )  # fmt: skip


@bp.route("/committee/cooperatives/<int:cooperative_id>/cases/new", methods=["GET", "POST"])
@requires(Permission.COACH_COOPERATIVES)
def case_new(cooperative_id: int) -> ResponseReturnValue:
    """Write down a trouble and what was agreed."""
    found, form = live_or_404(cooperative_id), CaseForm(state=CaseState.OPEN)
    if request.method == "POST" and form.validate():
        fields, by_id = form.case_fields(), current_user.id
        in_transaction(lambda: services.open_case(live_or_404(cooperative_id), fields, by_id, clock.now()))
        flash(_("Pembinaan dicatat."))
        return redirect(url_for("cooperatives.manage_one", cooperative_id=cooperative_id, _anchor="pembinaan"), 303)
    page = render_template("cooperatives/case.html", form=form, one=found, case=None)
    return page, 422 if request.method == "POST" else 200


@bp.route("/committee/coaching/<int:case_id>", methods=["GET", "POST"])
@requires(Permission.COACH_COOPERATIVES)
def case(case_id: int) -> ResponseReturnValue:
    """Move a case on, or close it with its result."""
    found = _case_or_404(case_id)
    names = ("finding", "step", "due_on", "result", "version")
    data = {name: getattr(found, name) for name in names}
    form = CaseForm(data={**data, "trouble": found.trouble.value, "state": found.state.value})
    if request.method == "POST" and form.validate():
        fields, version, by_id = form.case_fields(), form.version.data or 0, current_user.id
        try:
            in_transaction(lambda: services.update_case(_case_or_404(case_id), version, fields, by_id, clock.now()))
        except DomainError as refusal:
            for name, text in (refusal.fields or {"state": refusal.message}).items():
                form[name].errors = [text]
        else:
            flash(_("Tersimpan."))
            return redirect(url_for("cooperatives.cases"), 303)
    page = render_template("cooperatives/case.html", form=form, one=found.cooperative, case=found)
    return page, 422 if request.method == "POST" else 200


def _case_or_404(case_id: int) -> CoachingCase:
    found = details.case_by_id(case_id)
    if found is None:
        raise NotFound(_("Catatan pembinaan ini tidak ada."))
    return found
