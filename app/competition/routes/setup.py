"""The committee makes a competition: wizard, details, categories, criteria, opening."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import SelectChoice

from app.accounts.models import Permission
from app.competition import terms
from app.competition.forms import CategoryForm, CriterionForm, DetailsForm, StageForm, WizardForm
from app.competition.models import Category, Competition, Criterion, Stage
from app.competition.queries import contest, entrants, judging
from app.competition.routes.blueprint import bp, competition_or_404
from app.competition.rules.freezing import of_sheet, weights_whole
from app.competition.services import setup
from app.competition.services.setup import CriterionFields, NewCompetition, StagePlan
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.festival.queries import require_current

_manage = requires(Permission.MANAGE_COMPETITIONS)


@bp.get("/committee/competitions")
@_manage
def competitions() -> str:
    """All competitions of the festival."""
    return render_template("competition/competitions.html", rows=contest.competitions_of(require_current().id))


@bp.route("/committee/competitions/new", methods=["GET", "POST"])
@_manage
def competition_new() -> ResponseReturnValue:
    """The wizard: one page, with what most competitions do already chosen."""
    festival, form = require_current(), WizardForm()
    if form.validate_on_submit():
        by_id = current_user.id
        asked = _asked(form)
        made = in_transaction(lambda: setup.create(festival.id, asked, by_id, clock.now()).id)
        flash(_("Lomba dibuat. Periksa kriteria dan bobotnya, lalu masukkan peserta dan juri."))
        return redirect(url_for("competition.competition", competition_id=made), 303)
    page = render_template("competition/new.html", form=form, templates=contest.rubric_templates())
    return page, 422 if form.errors else 200


def _asked(form: WizardForm) -> NewCompetition:
    stages = form.stage_plans
    plans = tuple(
        StagePlan(code, name, setup.GOES_ON if place < len(stages) else None)
        for place, (code, name) in enumerate(stages, 1)
    )
    template = next((one for one in contest.rubric_templates() if one.key == form.template.data), None)
    return NewCompetition(
        name=form.name.data or "", stages=plans, categories=tuple(form.category_plans), template=template,
        judges_each=form.judges_each.data or 3, objection_days=form.objection_days.data or 0,
        legal_basis=form.legal_basis.data or "", blind=form.blind.data, gates=tuple(form.gates.data or ()),
    )  # fmt: skip


@bp.get("/committee/competitions/<int:competition_id>")
@_manage
def competition(competition_id: int) -> str:
    """Where a competition stands: what is done, what comes next."""
    one = competition_or_404(competition_id)
    stage = contest.stage_now(one)
    return render_template(
        "competition/competition.html", one=one, stage=stage,
        unready=[terms.unready(reason, one) for reason in setup.unready(one)],
        criteria=len(contest.criteria_of(one.id)), entrants=entrants.entrants_of(one.id, withdrawn=False),
        admitted=entrants.admitted(one.id, stage.position), judges=judging.judges_of(one.id),
        progress=judging.progress(stage.id, one.id), assigned=len(judging.live_assignments(stage.id)),
        to_lock=judging.sheets_to_lock(stage.id),
    )  # fmt: skip


@bp.route("/committee/competitions/<int:competition_id>/edit", methods=["GET", "POST"])
@_manage
def competition_edit(competition_id: int) -> ResponseReturnValue:
    """Name, legal basis, objection window, tie rule."""
    one = competition_or_404(competition_id)
    form = DetailsForm(obj=one, data={"tie_chain": ", ".join(one.tie_chain)} if request.method == "GET" else None)
    if request.method == "GET":
        form.tie_chain.data = ", ".join(one.tie_chain)
    if form.validate_on_submit():
        fields = {
            "name": form.name.data, "blind": form.blind.data, "objection_days": form.objection_days.data,
            "legal_basis": form.legal_basis.data, "tie_chain": form.tie_codes,
        }  # fmt: skip
        version, by_id = form.version.data or 0, current_user.id
        try:
            in_transaction(
                lambda: setup.edit(competition_or_404(competition_id), version, fields, by_id, clock.now())
            )
        except DomainError as refusal:
            form.name.errors = [refusal.message]
        else:
            flash(_("Tersimpan."))
            return redirect(url_for("competition.competition", competition_id=competition_id), 303)
    return render_template("competition/edit.html", one=one, form=form), 422 if form.errors else 200


@bp.get("/committee/competitions/<int:competition_id>/criteria")
@_manage
def criteria(competition_id: int) -> str:
    """Stages, categories and criteria with their weights, and whether these are whole."""
    one = competition_or_404(competition_id)
    return render_template(
        "competition/criteria.html", one=one, by_stage=_by_stage(one), sums=_sums(one),
        category_form=CategoryForm(formdata=None), templates=contest.rubric_templates(),
        unready=[terms.unready(reason, one) for reason in setup.unready(one)],
    )  # fmt: skip


def _by_stage(one: Competition) -> dict[int, list[Criterion]]:
    found: dict[int, list[Criterion]] = {stage.id: [] for stage in one.stages}
    for criterion in contest.criteria_of(one.id):
        found[criterion.stage_id].append(criterion)
    return found


def _sums(one: Competition) -> dict[tuple[int, int], tuple[int, bool]]:
    """By stage and category: the sum of the weights on that sheet, and whether it is whole."""
    facts = contest.facts_of(one)
    found = {}
    for stage in one.stages:
        for category in one.categories:
            sheet = of_sheet(facts, stage.position, category.name)
            found[stage.id, category.id] = (sum(c.weight for c in sheet), weights_whole(sheet))
    return found


@bp.route("/committee/competitions/<int:competition_id>/stages/<int:stage_id>", methods=["GET", "POST"])
@_manage
def stage_edit(competition_id: int, stage_id: int) -> ResponseReturnValue:
    """Name of a stage, judges an entrant, how many go on."""
    one = competition_or_404(competition_id)
    stage = _stage(one, stage_id)
    form = StageForm(obj=stage)
    if form.validate_on_submit():

        def store() -> None:
            again = _stage(competition_or_404(competition_id), stage_id)
            setup.edit_stage(again, form.name.data, form.judges_each.data, form.goes_on.data)

        in_transaction(store)
        flash(_("Tersimpan."))
        return redirect(url_for("competition.criteria", competition_id=one.id), 303)
    return render_template("competition/stage.html", one=one, stage=stage, form=form), 422 if form.errors else 200


@bp.post("/committee/competitions/<int:competition_id>/stages/<int:stage_id>/template")
@_manage
def stage_template(competition_id: int, stage_id: int) -> ResponseReturnValue:
    """The criteria of a template instead of those of a stage."""
    template = next((t for t in contest.rubric_templates() if t.key == request.form.get("template")), None)
    if template is None:
        abort(400)
    by_id = current_user.id

    def store() -> None:
        one = competition_or_404(competition_id)
        setup.use_template(one, _stage(one, stage_id), template, by_id, clock.now())

    in_transaction(store)
    flash(_("Rubrik disalin. Sesuaikan bobot dan arti tiap nilai bila perlu."))
    return redirect(url_for("competition.criteria", competition_id=competition_id), 303)


@bp.post("/committee/competitions/<int:competition_id>/categories")
@_manage
def category_add(competition_id: int) -> ResponseReturnValue:
    """One more category."""
    form = CategoryForm()
    if form.validate():
        try:
            in_transaction(
                lambda: setup.add_category(
                    competition_or_404(competition_id), form.name.data or "", form.kinds.data or []
                )
            )
        except DomainError as refusal:
            flash(refusal.message, "error")
    else:
        flash(" ".join(str(text) for texts in form.errors.values() for text in texts), "error")
    return redirect(url_for("competition.criteria", competition_id=competition_id, _anchor="kategori"), 303)


@bp.post("/committee/competitions/<int:competition_id>/categories/<int:category_id>/remove")
@_manage
def category_remove(competition_id: int, category_id: int) -> ResponseReturnValue:
    """Take a category away."""

    def store() -> None:
        one = competition_or_404(competition_id)
        setup.remove_category(one, _category(one, category_id))

    try:
        in_transaction(store)
    except DomainError as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("competition.criteria", competition_id=competition_id, _anchor="kategori"), 303)


@bp.route("/committee/competitions/<int:competition_id>/criteria/new", methods=["GET", "POST"])
@_manage
def criterion_new(competition_id: int) -> ResponseReturnValue:
    """One more criterion."""
    return _criterion_page(competition_or_404(competition_id), None)


@bp.route("/committee/competitions/<int:competition_id>/criteria/<int:criterion_id>", methods=["GET", "POST"])
@_manage
def criterion_edit(competition_id: int, criterion_id: int) -> ResponseReturnValue:
    """Change a criterion, as long as nothing is frozen."""
    one = competition_or_404(competition_id)
    return _criterion_page(one, _criterion(one, criterion_id))


def _criterion_page(one: Competition, criterion: Criterion | None) -> ResponseReturnValue:
    form = CriterionForm(data=_shown(one, criterion))
    form.stage_id.choices = [SelectChoice(stage.id, stage.name) for stage in one.stages]
    every = SelectChoice(0, _("Semua kategori"))
    form.category_id.choices = [every, *(SelectChoice(c.id, c.name) for c in one.categories)]
    if form.validate_on_submit():
        levels = form.read_levels() or []
        fields = CriterionFields(
            form.stage_id.data, form.category_id.data or None, form.code.data or "", form.name.data or "",
            form.hundredths or 0, levels[0][0], levels[-1][0], tuple(levels), form.evidence.data or "",
        )  # fmt: skip
        by_id = current_user.id
        try:
            in_transaction(lambda: setup.put_criterion(one, criterion, fields, by_id, clock.now()))
        except DomainError as refusal:
            for name, text in (refusal.fields or {"code": refusal.message}).items():
                form[name].errors = [text]
        else:
            flash(_("Kriteria tersimpan."))
            return redirect(url_for("competition.criteria", competition_id=one.id), 303)
    page = render_template("competition/criterion.html", one=one, criterion=criterion, form=form)
    return page, 422 if form.errors else 200


def _shown(one: Competition, criterion: Criterion | None) -> dict[str, object]:
    if criterion is None:
        return {"stage_id": request.args.get("stage", one.stages[0].id, type=int)}
    levels = criterion.levels or [[score, ""] for score in (criterion.scale_min, criterion.scale_max)]
    return {
        "stage_id": criterion.stage_id, "category_id": criterion.category_id or 0, "code": criterion.code,
        "name": criterion.name, "weight": f"{criterion.weight / 100:g}".replace(".", ","),
        "evidence": criterion.evidence, "levels": "\n".join(f"{score} | {words}" for score, words in levels),
    }  # fmt: skip


@bp.post("/committee/competitions/<int:competition_id>/criteria/<int:criterion_id>/remove")
@_manage
def criterion_remove(competition_id: int, criterion_id: int) -> ResponseReturnValue:
    """Take a criterion away."""
    by_id = current_user.id

    def store() -> None:
        one = competition_or_404(competition_id)
        setup.remove_criterion(one, _criterion(one, criterion_id), by_id, clock.now())

    in_transaction(store)
    flash(_("Kriteria dihapus."))
    return redirect(url_for("competition.criteria", competition_id=competition_id), 303)


@bp.post("/committee/competitions/<int:competition_id>/open")
@_manage
def competition_open(competition_id: int) -> ResponseReturnValue:
    """Freeze criteria and weights, and let judges begin."""
    by_id = current_user.id
    try:
        in_transaction(lambda: setup.freeze(competition_or_404(competition_id), by_id, clock.now()))
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash(_("Penilaian dibuka. Kriteria dan bobot tidak dapat diubah lagi."))
    return redirect(url_for("competition.competition", competition_id=competition_id), 303)


def _stage(one: Competition, stage_id: int) -> Stage:
    return next((stage for stage in one.stages if stage.id == stage_id), None) or abort(404)


def _category(one: Competition, category_id: int) -> Category:
    return next((category for category in one.categories if category.id == category_id), None) or abort(404)


def _criterion(one: Competition, criterion_id: int) -> Criterion:
    found = contest.criterion_by_id(criterion_id)
    return found if found is not None and found.competition_id == one.id else abort(404)
