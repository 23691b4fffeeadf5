"""What the panel sees before the announcement: results side by side, and what it makes of them."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.competition import charts, result_words
from app.competition.models import Category, Competition, Result, Stage
from app.competition.queries import contest, results
from app.competition.routes.blueprint import bp, competition_or_404
from app.competition.rules import deliberation, spelled
from app.competition.services import advance, panel, result_health
from app.competition.services import results as ranking
from app.core import clock, hooks
from app.core.access import requires, signed_in
from app.core.db import in_transaction
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _
from app.core.inbound import LARGEST_ID


@bp.record
def _register_hooks(_state: BlueprintSetupState) -> None:
    hooks.background_work.register(ranking.compute_due)
    hooks.doctor_checks.register(result_health.check)


@bp.context_processor
def _result_words() -> dict[str, Any]:
    return {"rw": result_words, "decimal": spelled.decimal, "chance": spelled.percent, "bare": ranking.bare}


def panelist(competition: Competition) -> panel.Panelist:
    """As whom the person of this request may see results; 404 for others."""
    return panel.panelist(competition, current_user)


def part_or_404(competition: Competition, category_id: int, stage_id: int) -> tuple[Category, Stage]:
    """A category and a stage of this competition."""
    category = next((one for one in competition.categories if one.id == category_id), None)
    stage = next((one for one in competition.stages if one.id == stage_id), None)
    if category is None or stage is None:
        abort(404)
    return category, stage


@bp.get("/committee/competitions/<int:competition_id>/results")
@signed_in
def results_overview(competition_id: int) -> str:
    """How far each category is, and the papers that follow."""
    competition = competition_or_404(competition_id)
    who = panelist(competition)
    counts, latest = results.open_sheets(competition.id), results.latest_results(competition.id)
    rows = [
        (stage, category, counts.get((category.id, stage.id), (0, 0)), latest.get((category.id, stage.id)))
        for stage in competition.stages
        for category in competition.categories
        if stage.position <= competition.stage_position
    ]
    shut = {one.id for one in competition.categories if who.judge and who.judge.id in panel.locked_out(one)}
    last = competition.stages[-1] if competition.stages else None
    return render_template(
        "competition/results_overview.html", competition=competition, who=who, rows=rows, shut=shut, last=last,
        papers=results.minutes_of(competition.id), draft=results.draft_of(last.id) if last else None,
        in_force=results.in_force(last.id) if last else None,
        waiting=results.unanswered(competition.id), following=advance.next_stage(competition),
        now_stage=contest.stage_now(competition) if competition.stages else None,
    )  # fmt: skip


@bp.post("/committee/competitions/<int:competition_id>/results/<int:category_id>/<int:stage_id>/compute")
@requires(Permission.MANAGE_COMPETITIONS)
def compute_result(competition_id: int, category_id: int, stage_id: int) -> ResponseReturnValue:
    """Compute from what is locked now; the results before stay."""
    competition = competition_or_404(competition_id)
    category, stage = part_or_404(competition, category_id, stage_id)
    panel.admit(panelist(competition), category, stage)
    try:
        ranking.compute(competition, category, stage, current_user.id)
    except DomainError as refusal:
        flash(refusal.message, "error")
        return redirect(url_for("competition.results_overview", competition_id=competition_id), 303)
    flash(_("Hasil dihitung dari semua lembar yang terkunci."))
    return redirect(_result_url(competition_id, category_id, stage_id), 303)


@bp.post("/committee/competitions/<int:competition_id>/advance")
@requires(Permission.MANAGE_COMPETITIONS)
def advance_stage(competition_id: int) -> ResponseReturnValue:
    """The best of every category go on to the next stage."""
    user_id = current_user.id
    try:
        told = in_transaction(lambda: advance.advance(competition_or_404(competition_id), user_id, clock.now()))
    except DomainError as refusal:
        flash(refusal.message, "error")
        return redirect(url_for("competition.results_overview", competition_id=competition_id), 303)
    for category, count in told:
        flash(
            _("%(category)s: %(count)s koperasi lanjut ke tahap berikutnya.", category=category.name, count=count)
        )
    return redirect(url_for("competition.plan", competition_id=competition_id), 303)


@bp.post("/committee/competitions/<int:competition_id>/reopen")
@requires(Permission.MANAGE_COMPETITIONS)
def reopen_judging(competition_id: int) -> ResponseReturnValue:
    """Sheets may be opened again, by two people each."""
    user_id, reason = current_user.id, request.form.get("reason", "")
    try:
        in_transaction(
            lambda: advance.reopen_judging(competition_or_404(competition_id), reason, user_id, clock.now())
        )
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash(_("Penilaian dibuka lagi. Lembar yang keliru kini dapat dibuka oleh dua orang."))
    return redirect(url_for("competition.results_overview", competition_id=competition_id), 303)


@bp.get("/committee/competitions/<int:competition_id>/results/<int:category_id>/<int:stage_id>")
@signed_in
def result(competition_id: int, category_id: int, stage_id: int) -> str:
    """A stored result: corrected and plain side by side, how sure it is, the judges, what shakes it."""
    competition = competition_or_404(competition_id)
    category, stage = part_or_404(competition, category_id, stage_id)
    who = panelist(competition)
    panel.admit(who, category, stage)
    versions = results.results_of(category.id, stage.id)
    number = request.args.get("version", type=int)
    wanted = next((one for one in versions if one.number == number), versions[0] if versions else None)
    if wanted is None or (number is not None and wanted.number != number):
        abort(404)
    found = results.result_by_id(wanted.id) or abort(404)
    return render_template("competition/result.html", **_shown(competition, category, stage, found), who=who,
                           versions=versions, stale=wanted is versions[0] and ranking.stale(found))  # fmt: skip


def _shown(competition: Competition, category: Category, stage: Stage, found: Result) -> dict[str, Any]:
    """All that a page about one result needs, from its stored content alone."""
    content = found.content
    by_name = {line["entrant"]: line for line in content["ranking"]}
    names = {one.code: one.name for one in contest.sheet_criteria(stage.id, category.id)}
    return {
        "competition": competition, "category": category, "stage": stage, "found": found, "content": content,
        "lines": [(row, by_name[row["entrant"]]) for row in content["places"]],
        "picture": charts.intervals(content["ranking"]), "width": charts.WIDTH,
        "tie_names": [names[code] for code in competition.tie_chain if code in names],
        "equals": [group for group in content["tie_groups"] if len(group) > 1],
    }  # fmt: skip


def _result_url(competition_id: int, category_id: int, stage_id: int) -> str:
    return url_for("competition.result", competition_id=competition_id, category_id=category_id, stage_id=stage_id)


@bp.route(
    "/committee/competitions/<int:competition_id>/results/<int:category_id>/<int:stage_id>/deliberation",
    methods=["GET", "POST"],
)
@signed_in
def deliberate(competition_id: int, category_id: int, stage_id: int) -> ResponseReturnValue:
    """The panel changes places, with a reason; the ranking before stays."""
    competition = competition_or_404(competition_id)
    category, stage = part_or_404(competition, category_id, stage_id)
    who = panelist(competition)
    panel.admit(who, category, stage)
    found = results.latest_result(category.id, stage.id) or abort(404)
    content, errors = found.content, {}
    typed = {str(number): request.form.get(f"place_{number}", "") for number in content["entrant_ids"].values()}
    if request.method == "POST":
        places = {name: _place(typed[str(number)]) for name, number in content["entrant_ids"].items()}
        based_on, reason = request.form.get("based_on", type=int), request.form.get("reason", "")
        try:
            if based_on != found.id:
                raise DomainError("edited_meanwhile", _("Hasil ini baru saja berubah. Periksa lagi di bawah."))
            in_transaction(lambda: panel.deliberate(who, _again(found), places, reason, clock.now()))
        except InvalidInput as refusal:
            errors = refusal.fields
        except DomainError as refusal:
            errors = {"places": refusal.message}
        else:
            flash(_("Putusan rapat tersimpan sebagai versi baru. Urutan sebelumnya tetap ada."))
            return redirect(_result_url(competition_id, category_id, stage_id), 303)
    shown = _shown(competition, category, stage, found)
    by_name = {row["entrant"]: (row, line) for row, line in shown["lines"]}
    order = deliberation.discussion_order(content["ranking"], content["disagreement"])
    page = render_template(
        "competition/deliberation.html", **shown, who=who, errors=errors, typed=typed,
        order=[(content["entrant_ids"][name], *by_name[name]) for name in order],
    )  # fmt: skip
    return page, 422 if errors else 200


def _again(found: Result) -> Result:
    """The same result, read in the transaction."""
    return results.result_by_id(found.id) or abort(404)


def _place(text: str) -> int:
    """A typed place; 0, which none is, for what is no number."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(LARGEST_ID)) else 0


@bp.route("/committee/competitions/<int:competition_id>/dissent/<int:stage_id>", methods=["GET", "POST"])
@signed_in
def dissent(competition_id: int, stage_id: int) -> ResponseReturnValue:
    """A judge writes down that they see it otherwise; it will stand in the minutes."""
    competition = competition_or_404(competition_id)
    who = panelist(competition)
    stage = next((one for one in competition.stages if one.id == stage_id), None) or abort(404)
    panel.admit_somewhere(who, stage)
    error, text = None, request.form.get("text", "")
    if request.method == "POST":
        try:
            in_transaction(lambda: panel.dissent(who, stage, text, clock.now()))
        except DomainError as refusal:
            error = refusal.message
        else:
            flash(_("Pendapat Anda tercatat dan masuk berita acara."))
            return redirect(url_for("competition.results_overview", competition_id=competition_id), 303)
    page = render_template(
        "competition/dissent.html", competition=competition, stage=stage, who=who, error=error, text=text,
        rows=results.dissents_of(stage.id), most=panel.MOST_DISSENT,
    )  # fmt: skip
    return page, 422 if error else 200


@bp.get("/committee/competitions/<int:competition_id>/results/<int:category_id>/<int:stage_id>/scores.csv")
@requires(Permission.MANAGE_COMPETITIONS)
def result_scores(competition_id: int, category_id: int, stage_id: int) -> Response:
    """The table that ``pekan rank`` takes: one row a judge, entrant and criterion."""
    from app.core.sheets import write_csv

    competition = competition_or_404(competition_id)
    category, stage = part_or_404(competition, category_id, stage_id)
    panel.admit(panelist(competition), category, stage)
    given = ranking.gather(competition, category, stage).given
    rows = [("judge", "entrant", "criterion", "score"), *((j, e, c, f"{s:g}") for j, e, c, s in given.rows)]
    answer = Response(write_csv(rows), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="nilai-{competition.slug}-{category.id}.csv"'
    return answer
