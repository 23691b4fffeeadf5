"""Who judges whom: looked at first, then put into force."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.competition.forms import PlanForm
from app.competition.models import Competition
from app.competition.queries import contest, entrants, judging
from app.competition.routes.blueprint import bp, competition_or_404
from app.competition.services import planning
from app.competition.services.planning import PlanAsked
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.errors import DomainError
from app.core.i18n import gettext as _

_manage = requires(Permission.MANAGE_COMPETITIONS)


@bp.route("/committee/competitions/<int:competition_id>/plan", methods=["GET", "POST"])
@_manage
def plan(competition_id: int) -> ResponseReturnValue:
    """Loads, overlap and connectivity of a plan; the button puts exactly this one into force."""
    one = competition_or_404(competition_id)
    stage = contest.stage_now(one)
    form = PlanForm(formdata=request.form if request.method == "POST" else _asked_by_address(one, stage.seed))
    asked = PlanAsked(form.seed.data or 0, form.calibration.data or 0, form.anew.data)
    if request.method == "POST" and form.validate():
        by_id = current_user.id

        def store() -> int:
            again = competition_or_404(competition_id)
            return len(planning.apply(again, contest.stage_now(again), asked, by_id, clock.now()).pairings)

        try:
            count = in_transaction(store)
        except DomainError as refusal:
            flash(refusal.message, "error")
        else:
            flash(_("Pembagian juri berlaku: %(count)s lembar nilai.", count=count))
            return redirect(url_for("competition.progress", competition_id=one.id), 303)
    found, refusal_words = None, ""
    if form.seed.data is not None and not form.seed.errors and 0 <= form.seed.data < 2**31:
        try:
            found = planning.preview(one, stage, asked)
        except DomainError as refusal:
            refusal_words = refusal.message
    page = render_template(
        "competition/plan.html", one=one, stage=stage, form=form, plan=found, refusal=refusal_words,
        waiting=len(entrants.entrants_of(one.id, stage.position, withdrawn=False))
        - len(entrants.admitted(one.id, stage.position)),
        live=len(judging.live_assignments(stage.id)),
    )  # fmt: skip
    return page, 422 if form.errors else 200


def _asked_by_address(one: Competition, seed: int | None) -> object:
    """The form as the address asks for it: seed, calibration, anew."""
    from werkzeug.datastructures import MultiDict

    asked = {"seed": request.args.get("seed") or str(seed if seed is not None else one.seed)}
    asked["calibration"] = request.args.get("calibration") or str(planning.CALIBRATION)
    if request.args.get("anew"):
        asked["anew"] = "y"
    return MultiDict(asked)
