"""The committee's pages of judges: invitations, conflicts of interest, removing."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import SelectChoice

from app.accounts.models import Permission
from app.competition.forms import CommitteeConflictForm, JudgeForm, RemoveJudgeForm
from app.competition.models import Competition, Judge
from app.competition.queries import entrants, judging
from app.competition.routes.blueprint import bp, competition_or_404
from app.competition.services import judges
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.errors import DomainError
from app.core.headers import hide_referrer
from app.core.i18n import gettext as _
from app.core.links import public_url

_manage = requires(Permission.MANAGE_COMPETITIONS)


@bp.route("/committee/competitions/<int:competition_id>/judges", methods=["GET", "POST"])
@_manage
def judge_list(competition_id: int) -> ResponseReturnValue:
    """The judges, and a form for one more, whose invitation is shown at once."""
    one, form = competition_or_404(competition_id), JudgeForm()
    if form.validate_on_submit():
        by_id, now = current_user.id, clock.now()
        name, affiliation, phone = form.name.data or "", form.affiliation.data or "", form.number

        def store() -> tuple[Judge, str]:
            made = judges.add_judge(one, name, affiliation, phone, None, by_id, now)
            return made, judges.invite(made, by_id, now)

        try:
            made, token = in_transaction(store)
            return _link_page(one, made, token)
        except DomainError as refusal:
            form.name.errors = [refusal.message]
    conflicts: dict[int, int] = {}
    for conflict in judging.conflicts_of(one.id):
        conflicts[conflict.judge_id] = conflicts.get(conflict.judge_id, 0) + 1
    page = render_template(
        "competition/judges.html", one=one, form=form, rows=judging.judges_of(one.id, removed=True),
        conflicts=conflicts,
    )  # fmt: skip
    return page, 422 if form.errors else 200


@bp.get("/committee/competitions/<int:competition_id>/judges/<int:judge_id>")
@_manage
def judge(competition_id: int, judge_id: int) -> str:
    """One judge: conflicts of interest, a new invitation, removing."""
    one = competition_or_404(competition_id)
    return _page(one, _judge(one, judge_id))


def _page(one: Competition, found: Judge, **more: object) -> str:
    conflict_form = CommitteeConflictForm(formdata=None)
    names = {entrant.id: entrant.name for entrant in entrants.entrants_of(one.id)}
    conflict_form.entrant_id.choices = [SelectChoice(number, name) for number, name in names.items()]
    forms: dict[str, object] = {"conflict_form": conflict_form, "remove_form": RemoveJudgeForm(formdata=None)}
    return render_template(
        "competition/judge.html", one=one, judge=found, names=names,
        conflicts=[c for c in judging.conflicts_of(one.id) if c.judge_id == found.id], **{**forms, **more},
    )  # fmt: skip


@bp.post("/committee/competitions/<int:competition_id>/judges/<int:judge_id>/invitation")
@_manage
def judge_invite(competition_id: int, judge_id: int) -> ResponseReturnValue:
    """A new invitation, shown this once; what opened before is shut."""
    one, by_id = competition_or_404(competition_id), current_user.id
    found = _judge(one, judge_id)
    token = in_transaction(lambda: judges.invite(_judge(one, judge_id), by_id, clock.now()))
    return _link_page(one, found, token)


def _link_page(one: Competition, found: Judge, token: str) -> str:
    hide_referrer()
    link = public_url(url_for("competition.invitation", token=token))
    return render_template("competition/link.html", one=one, name=found.name, link=link, kind="judge")


@bp.post("/committee/competitions/<int:competition_id>/judges/<int:judge_id>/conflict")
@_manage
def judge_conflict(competition_id: int, judge_id: int) -> ResponseReturnValue:
    """A conflict of interest that a judge told the committee about."""
    one, form = competition_or_404(competition_id), CommitteeConflictForm()
    found = _judge(one, judge_id)
    form.entrant_id.choices = [SelectChoice(entrant.id, entrant.name) for entrant in entrants.entrants_of(one.id)]
    if not form.validate():
        return _page(one, found, conflict_form=form), 422
    entrant = entrants.entrant_by_id(form.entrant_id.data) or abort(404)
    reason, by_id = form.reason.data or "", current_user.id
    in_transaction(lambda: judges.declare_conflict(found, entrant, reason, by_id, clock.now()))
    flash(_("Benturan kepentingan dicatat. Isi tempat yang kosong lewat pembagian juri."))
    return redirect(url_for("competition.judge", competition_id=one.id, judge_id=judge_id), 303)


@bp.post("/committee/competitions/<int:competition_id>/judges/<int:judge_id>/remove")
@_manage
def judge_remove(competition_id: int, judge_id: int) -> ResponseReturnValue:
    """A judge leaves."""
    one, form = competition_or_404(competition_id), RemoveJudgeForm()
    found = _judge(one, judge_id)
    if not form.validate():
        return _page(one, found, remove_form=form), 422
    reason, keep, by_id = form.reason.data or "", form.keep_locked.data, current_user.id
    in_transaction(lambda: judges.remove(_judge(one, judge_id), reason, keep, by_id, clock.now()))
    flash(_("Juri dikeluarkan. Semua yang pernah ditulisnya tetap tersimpan."))
    return redirect(url_for("competition.judge_list", competition_id=one.id), 303)


def _judge(one: Competition, judge_id: int) -> Judge:
    found = judging.judge_by_id(judge_id)
    return found if found is not None and found.competition_id == one.id else abort(404)
