"""The committee's directory: list, one cooperative, new, edit, history, export."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.cooperatives import queries, services
from app.cooperatives.forms import CooperativeForm, NewCooperativeForm, values_of
from app.cooperatives.models import Cooperative
from app.cooperatives.queries import details, numbers
from app.cooperatives.routes.blueprint import bp
from app.cooperatives.routes.lists import list_context, wanted
from app.cooperatives.rules import YEARLY_TARGET, indicator_set
from app.cooperatives.services import exporting
from app.cooperatives.services.duplicates import alike
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.errors import DomainError, NotFound
from app.core.i18n import gettext as _
from app.regions.queries import place_names

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@bp.get("/committee/cooperatives")
@requires(Permission.COACH_COOPERATIVES)
def manage() -> str:
    """Search, filters, counts."""
    asked, year = wanted(), clock.local(clock.now()).year
    return render_template(
        "cooperatives/manage.html", total=numbers.live_total(), digital=numbers.became_digital(year), year=year,
        target=YEARLY_TARGET, most_export=exporting.MOST_IN_PAGE, **list_context(asked, queries.search(asked)),
    )  # fmt: skip


@bp.get("/committee/cooperatives/<int:cooperative_id>")
@requires(Permission.COACH_COOPERATIVES)
def manage_one(cooperative_id: int) -> ResponseReturnValue:
    """All that is known of one."""
    found = cooperative_or_404(cooperative_id)
    if found.merged_into_id is not None:
        return redirect(url_for("cooperatives.manage_one", cooperative_id=found.merged_into_id))
    return one_page(found)


def one_page(found: Cooperative, status: int = 200, **forms: Any) -> ResponseReturnValue:
    """The page of one cooperative, with forms that were not accepted."""
    from app.cooperatives.routes.figures import empty_forms

    kelurahan, kecamatan = details.place_of(found)
    page = render_template(
        "cooperatives/manage_one.html", one=found, kelurahan=kelurahan, kecamatan=kecamatan,
        years=details.years_of(found.id), members=details.members_of(found.id),
        statuses=details.statuses_of(found.id), readiness=details.readiness_of(found.id),
        cases=details.cases_of(found.id), merged=details.merged_into(found.id), indicators=indicator_set(),
        today=clock.local(clock.now()).date(), **{**empty_forms(), **forms},
    )  # fmt: skip
    return page, status


@bp.route("/committee/cooperatives/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_COOPERATIVES)
def manage_new() -> ResponseReturnValue:
    """Add one by hand; those who may be the same are shown first."""
    form, similar = NewCooperativeForm(), []
    form.offer()
    if request.method == "POST" and form.validate():
        fields, men, women = form.fields(), form.men.data or 0, form.women.data or 0
        similar = [] if form.different.data else alike(fields)
        if not similar:
            by_id = current_user.id
            try:
                made = in_transaction(lambda: _create(fields, men, women, by_id))
            except DomainError as refusal:
                _put_errors(form, refusal)
            else:
                flash(_("Koperasi ditambahkan."))
                return redirect(url_for("cooperatives.manage_one", cooperative_id=made), 303)
    status = 422 if request.method == "POST" else 200
    return render_template("cooperatives/edit.html", form=form, one=None, similar=similar), status


def _create(fields: dict[str, Any], men: int, women: int, by_id: int) -> int:
    now = clock.now()
    made = services.create(fields, by_id, now)
    services.put_members(made.id, clock.local(now).date(), men, women, by_id, now)
    return made.id


def _put_errors(form: CooperativeForm, refusal: DomainError) -> None:
    for name, text in (refusal.fields or {"name": refusal.message}).items():
        form[name].errors = [*form[name].errors, text]


@bp.route("/committee/cooperatives/<int:cooperative_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_COOPERATIVES)
def manage_edit(cooperative_id: int) -> ResponseReturnValue:
    """Change one. The second of two people who do is told, and nothing typed is lost."""
    found = live_or_404(cooperative_id)
    form = CooperativeForm(data=values_of(found))
    form.offer()
    if request.method == "POST" and form.validate():
        fields, version, by_id = form.fields(), form.version.data or 0, current_user.id
        try:
            changed = in_transaction(
                lambda: services.update(live_or_404(cooperative_id), version, fields, by_id, clock.now())
            )
        except DomainError as refusal:
            _put_errors(form, refusal)
            form.version.raw_data = None
            form.version.data = live_or_404(cooperative_id).version
        else:
            flash(_("Tersimpan.") if changed else _("Tidak ada yang berubah."))
            return redirect(url_for("cooperatives.manage_one", cooperative_id=cooperative_id), 303)
    status = 422 if request.method == "POST" else 200
    return render_template("cooperatives/edit.html", form=form, one=found, similar=[]), status


@bp.get("/committee/cooperatives/<int:cooperative_id>/history")
@requires(Permission.COACH_COOPERATIVES)
def history(cooperative_id: int) -> str:
    """Who changed what and when, also of those merged into it."""
    found = cooperative_or_404(cooperative_id)
    before = request.args.get("before", type=int)
    changes = details.changes_of(found.id, before if before and before > 0 else None)
    return render_template(
        "cooperatives/history.html", one=found, changes=changes[: details.PAGE], places=place_names(),
        before=changes[details.PAGE - 1][0].id if len(changes) > details.PAGE else None,
    )  # fmt: skip


@bp.get("/committee/cooperatives/export.<kind>")
@requires(Permission.MANAGE_COOPERATIVES)
def export(kind: str) -> Response:
    """The whole directory as ``xlsx`` or ``csv``; it imports again without loss."""
    if kind not in KINDS:
        abort(404)
    if numbers.live_total() > exporting.MOST_IN_PAGE:
        message = _(
            "Direktori ini terlalu besar untuk diunduh dari sini. Pakai perintah pekan cooperatives export."
        )
        raise DomainError("export_large", message)
    return file_answer(exporting.export(kind), kind, f"koperasi.{kind}")


def file_answer(data: bytes, kind: str, name: str) -> Response:
    """A file to keep; its name is ASCII."""
    answer = Response(data, content_type=KINDS[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def cooperative_or_404(cooperative_id: int) -> Cooperative:
    """A cooperative, merged or not. Raises NotFound."""
    found = queries.by_id(cooperative_id)
    if found is None:
        raise NotFound(_("Koperasi ini tidak ada di direktori."))
    return found


def live_or_404(cooperative_id: int) -> Cooperative:
    """One that was not merged. Raises NotFound."""
    found = cooperative_or_404(cooperative_id)
    if found.merged_into_id is not None:
        raise NotFound(_("Koperasi ini sudah digabung ke koperasi lain."))
    return found
