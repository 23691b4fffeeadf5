"""What the committee sees of judging: sheets done and open, never what stands on them; paper; opening again."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.competition.forms import ReasonForm, read_cells
from app.competition.models import SheetState
from app.competition.queries import contest, judging
from app.competition.queries import sheets as queries
from app.competition.queries.sheets import OpenedSheet
from app.competition.routes.blueprint import bp, competition_or_404
from app.competition.services import judges, sheets
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.links import public_url

_manage = requires(Permission.MANAGE_COMPETITIONS)


@bp.get("/committee/competitions/<int:competition_id>/progress")
@_manage
def progress(competition_id: int) -> str:
    """How far each judge is."""
    one = competition_or_404(competition_id)
    stage = contest.stage_now(one)
    return render_template(
        "competition/progress.html", one=one, stage=stage, rows=judging.progress(stage.id, one.id),
        lines=judging.sheets_of_stage(stage.id),
    )  # fmt: skip


@bp.post("/committee/competitions/<int:competition_id>/remind")
@_manage
def remind(competition_id: int) -> ResponseReturnValue:
    """One button: everybody with open sheets gets a message."""
    by_id = current_user.id
    address = public_url(url_for("competition.judging_home"))

    def send() -> int:
        one = competition_or_404(competition_id)
        return judges.remind(one, contest.stage_now(one).id, address, by_id, clock.now())

    count = in_transaction(send)
    if count:
        flash(_("Pengingat untuk %(count)s juri masuk ke pesan keluar.", count=count))
    else:
        flash(_("Tidak ada yang perlu diingatkan: semua selesai, baru saja diingatkan, atau nomornya belum diisi."))
    return redirect(url_for("competition.progress", competition_id=competition_id), 303)


@bp.get("/committee/competitions/<int:competition_id>/sheets/<int:sheet_id>")
@_manage
def committee_sheet(competition_id: int, sheet_id: int) -> str:
    """What happened to a sheet, without scores; paper and opening again begin here."""
    return _page(_sheet(competition_id, sheet_id))


def _page(opened: OpenedSheet, **more: object) -> str:
    sheet_id = opened.sheet.id
    values: dict[str, object] = {"form": ReasonForm(formdata=None)}
    return render_template(
        "competition/committee_sheet.html", one=opened.competition, opened=opened,
        versions=queries.versions_of(sheet_id), names=queries.names_of(sheet_id),
        reopening=queries.waiting_reopening(sheet_id), paper=queries.waiting_paper(opened.sheet),
        **{**values, **more},
    )  # fmt: skip


@bp.route("/committee/competitions/<int:competition_id>/sheets/<int:sheet_id>/paper", methods=["GET", "POST"])
@_manage
def paper(competition_id: int, sheet_id: int) -> ResponseReturnValue:
    """Type what a judge has written on paper."""
    opened = _sheet(competition_id, sheet_id)
    criteria = contest.sheet_criteria(opened.stage.id, opened.entrant.category_id)
    scores, remarks = read_cells(request.form)
    errors: dict[str, str] = {}
    if request.method == "POST":
        by_id = current_user.id
        try:
            in_transaction(lambda: sheets.type_from_paper(sheet_id, scores, remarks, by_id, clock.now()))
        except DomainError as refusal:
            errors = dict(refusal.fields) or {"": refusal.message}
        else:
            flash(_("Tersimpan. Sekarang orang lain membandingkannya dengan kertas."))
            return redirect(_address(opened), 303)
    page = render_template(
        "competition/paper.html", one=opened.competition, opened=opened, criteria=criteria, scores=scores,
        remarks=remarks, errors=errors,
    )  # fmt: skip
    return page, 422 if errors else 200


@bp.route("/committee/competitions/<int:competition_id>/sheets/<int:sheet_id>/confirm", methods=["GET", "POST"])
@_manage
def paper_confirm(competition_id: int, sheet_id: int) -> ResponseReturnValue:
    """Compare what another has typed with the paper."""
    opened = _sheet(competition_id, sheet_id)
    typed = queries.waiting_paper(opened.sheet)
    if typed is None:
        return redirect(_address(opened), 303)
    if request.method == "POST":
        number, by_id = request.form.get("number", 0, type=int), current_user.id
        try:
            in_transaction(lambda: sheets.confirm_paper(sheet_id, number, by_id, clock.now()))
        except DomainError as refusal:
            flash(refusal.message, "error")
        else:
            flash(_("Isian kertas sudah dibandingkan dan dikunci."))
        return redirect(_address(opened), 303)
    return render_template(
        "competition/paper_confirm.html", one=opened.competition, opened=opened, typed=typed,
        criteria=contest.sheet_criteria(opened.stage.id, opened.entrant.category_id),
        same_person=typed.entered_by_id == current_user.id,
    )  # fmt: skip


@bp.post("/committee/competitions/<int:competition_id>/sheets/<int:sheet_id>/reopening")
@_manage
def reopening_ask(competition_id: int, sheet_id: int) -> ResponseReturnValue:
    """Ask for a locked sheet to be opened again."""
    opened, form = _sheet(competition_id, sheet_id), ReasonForm()
    if not form.validate():
        return _page(opened, form=form), 422
    reason, by_id = form.reason.data or "", current_user.id
    in_transaction(lambda: sheets.ask_reopening(sheet_id, reason, by_id, clock.now()))
    flash(_("Permintaan dicatat. Orang lain dari panitia harus menyetujuinya."))
    return redirect(_address(opened), 303)


@bp.post("/committee/competitions/<int:competition_id>/sheets/<int:sheet_id>/reopening/answer")
@_manage
def reopening_answer(competition_id: int, sheet_id: int) -> ResponseReturnValue:
    """Agree, or refuse."""
    opened, agreed, by_id = _sheet(competition_id, sheet_id), "agree" in request.form, current_user.id
    try:
        done = in_transaction(lambda: sheets.answer_reopening(sheet_id, agreed, by_id, clock.now()))
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        opened_again = done.state is SheetState.REOPENED
        flash(_("Lembar ini terbuka lagi.") if opened_again else _("Permintaan ditolak; lembar tetap terkunci."))
    return redirect(_address(opened), 303)


def _sheet(competition_id: int, sheet_id: int) -> OpenedSheet:
    opened = queries.opened(sheet_id)
    return opened if opened is not None and opened.competition.id == competition_id else abort(404)


def _address(opened: OpenedSheet) -> str:
    return url_for("competition.committee_sheet", competition_id=opened.competition.id, sheet_id=opened.sheet.id)
