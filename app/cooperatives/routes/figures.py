"""Forms on the page of one cooperative: figures of a year, members, status, digital readiness."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.cooperatives import services
from app.cooperatives.forms import EmptyForm, MembersForm, StatusForm, YearForm
from app.cooperatives.routes.blueprint import bp
from app.cooperatives.routes.committee import live_or_404, one_page
from app.cooperatives.rules import indicator_set
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.i18n import gettext as _


def empty_forms() -> dict[str, Any]:
    """The forms of the page as they are opened."""
    today = clock.local(clock.now()).date()
    return {
        "year_form": YearForm(formdata=None), "members_form": MembersForm(formdata=None, as_of=today),
        "status_form": StatusForm(formdata=None, as_of=today), "answers": {}, "undecided": False,
    }  # fmt: skip


@bp.post("/committee/cooperatives/<int:cooperative_id>/years")
@requires(Permission.MANAGE_COOPERATIVES)
def put_year(cooperative_id: int) -> ResponseReturnValue:
    """State figures of a year, again to correct them."""
    found, form = live_or_404(cooperative_id), YearForm()
    if not form.validate():
        return one_page(found, 422, year_form=form)
    year, figures, by_id = form.year.data, form.figures(), current_user.id
    in_transaction(lambda: services.put_year(cooperative_id, year, figures, by_id, clock.now()))
    return _stored(cooperative_id, "angka")


@bp.post("/committee/cooperatives/<int:cooperative_id>/members")
@requires(Permission.MANAGE_COOPERATIVES)
def put_members(cooperative_id: int) -> ResponseReturnValue:
    """State how many members there were on a day."""
    found, form = live_or_404(cooperative_id), MembersForm()
    if not form.validate() or form.errors:
        return one_page(found, 422, members_form=form)
    as_of, men, women, by_id = form.as_of.data, form.men.data, form.women.data, current_user.id
    in_transaction(lambda: services.put_members(cooperative_id, as_of, men, women, by_id, clock.now()))
    return _stored(cooperative_id, "anggota")


@bp.post("/committee/cooperatives/<int:cooperative_id>/statuses")
@requires(Permission.MANAGE_COOPERATIVES)
def put_status(cooperative_id: int) -> ResponseReturnValue:
    """State a status."""
    found, form = live_or_404(cooperative_id), StatusForm()
    if not form.validate() or form.errors:
        return one_page(found, 422, status_form=form)
    as_of, source, graded, by_id = form.as_of.data, form.source.data or "", form.graded(), current_user.id
    in_transaction(lambda: services.put_status(cooperative_id, as_of, source, by_id, clock.now(), **graded))
    return _stored(cooperative_id, "status")


@bp.post("/committee/cooperatives/<int:cooperative_id>/readiness")
@requires(Permission.MANAGE_COOPERATIVES)
def put_readiness(cooperative_id: int) -> ResponseReturnValue:
    """Answer the present indicators; as of today."""
    found, form = live_or_404(cooperative_id), EmptyForm()
    form.validate()
    said = {code: request.form.get(f"answer-{code}", "") for code, _text in indicator_set().indicators}
    if any(answer not in ("0", "1", "2") for answer in said.values()):
        return one_page(found, 422, answers=said, undecided=True)
    answers, by_id = {code: int(answer) for code, answer in said.items()}, current_user.id
    source = _("Penilaian panitia")

    def work() -> None:
        now = clock.now()
        today: date = clock.local(now).date()
        services.put_readiness(cooperative_id, today, answers, source, by_id, now)

    in_transaction(work)
    return _stored(cooperative_id, "digital")


def _stored(cooperative_id: int, part: str) -> ResponseReturnValue:
    flash(_("Tersimpan."))
    return redirect(url_for("cooperatives.manage_one", cooperative_id=cooperative_id, _anchor=part), 303)
