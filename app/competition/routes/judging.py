"""Pages of judges: what is to do, one sheet, its history, a conflict of interest, files."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.competition.forms import ConflictForm, read_cells
from app.competition.models import DossierFile, FilePurpose, Judge, SheetState, StageCode
from app.competition.queries import contest, entrants, judging
from app.competition.queries import sheets as queries
from app.competition.queries.sheets import OpenedSheet
from app.competition.routes.blueprint import bp
from app.competition.rules.scoring import Draft, is_client_id
from app.competition.services import dossiers, judges, sheets
from app.core import clock
from app.core.access import public, requires
from app.core.db import in_transaction, transaction
from app.core.errors import DomainError, NotFound
from app.core.headers import hide_referrer
from app.core.i18n import gettext as _
from app.core.limits import limiter
from app.core.sessions import open_session

PAPER_DEVICE = "halaman-web"  # a page without JavaScript saves as this device


@dataclass(frozen=True, slots=True)
class Bench:
    """One competition of a judge, with the sheets of its present stage."""

    judge: Judge
    competition: Any
    stage: Any
    lines: list[judging.OwnSheet]
    token: str

    @property
    def done(self) -> int:
        """Locked sheets."""
        return sum(line.sheet.state is SheetState.LOCKED for line in self.lines)


@bp.get("/judging")
@requires(Permission.JUDGE)
def judging_home() -> str:
    """What is done and what is to do."""
    own = judging.judges_of_user(current_user.id)
    competitions = judging.competitions_of_judges(own)
    benches = []
    for judge in own:
        one = competitions[judge.competition_id]
        stage = contest.stage_now(one)
        lines = judging.own_sheets(judge, stage.id)
        benches.append(Bench(judge, one, stage, lines, judges.device_token(judge)))
    return render_template("competition/judging.html", benches=benches, shown=shown_name)


def shown_name(opened: OpenedSheet | judging.OwnSheet, competition: Any) -> str:
    """The name of an entrant as its judge may see it: a number where documents are judged blind."""
    if competition.blind and opened.stage.code is StageCode.DOSSIER:
        return _("Peserta nomor %(number)s", number=opened.entrant.number)
    return opened.entrant.name


def own_sheet_or_404(sheet_id: int) -> OpenedSheet:
    """A sheet of the judge who is signed in; all others are not there."""
    opened = queries.opened(sheet_id)
    if opened is None or opened.judge.user_id != current_user.id or opened.judge.removed_at is not None:
        abort(404)
    return opened


@bp.route("/judging/sheets/<int:sheet_id>", methods=["GET", "POST"])
@requires(Permission.JUDGE)
def sheet(sheet_id: int) -> ResponseReturnValue:
    """One screen a cooperative. Scripts save as somebody types; without them the form does."""
    opened = own_sheet_or_404(sheet_id)
    criteria = contest.sheet_criteria(opened.stage.id, opened.entrant.category_id)
    errors: dict[str, str] = {}
    typed: tuple[dict[str, int], dict[str, str]] | None = None
    if request.method == "POST":
        typed = read_cells(request.form)
        try:
            _save_form(opened, *typed)
        except DomainError as refusal:
            errors = dict(refusal.fields) or {"": refusal.message}
        else:
            return redirect(url_for("competition.sheet", sheet_id=sheet_id), 303)
    current = queries.version(sheet_id, opened.sheet.current) if opened.sheet.current else None
    scores, remarks = typed or ((current.scores, current.remarks) if current else ({}, {}))
    counts = {purpose: len(entrants.files_of(opened.entrant.id, purpose)) for purpose in FilePurpose}
    page = render_template(
        "competition/sheet.html", opened=opened, criteria=criteria, scores=scores, remarks=remarks, errors=errors,
        name=shown_name(opened, opened.competition), token=judges.device_token(opened.judge),
        versions=queries.open_conflict(opened.sheet) or (), counts=counts,
        writable=opened.sheet.state is not SheetState.LOCKED and opened.assigned,
        reopening=queries.waiting_reopening(sheet_id), fresh_id=lambda: str(uuid.uuid4()),
    )  # fmt: skip
    return page, 422 if errors else 200


def _save_form(opened: OpenedSheet, scores: dict[str, int], remarks: dict[str, str]) -> None:
    """What the form sends without scripts: kept as a version, and locked where that button was pressed."""
    now, based_on = clock.now(), request.form.get("based_on", 0, type=int)
    client_id = request.form.get("client_id", "")
    if not is_client_id(client_id) or not 0 <= based_on <= 1_000_000:
        abort(400)
    draft = Draft(client_id, based_on, scores, remarks, PAPER_DEVICE, now)
    judge, sheet_id = opened.judge, opened.sheet.id
    saved = in_transaction(lambda: sheets.save(judge, sheet_id, draft, now))
    if saved.aside is not None:
        flash(sheets.aside_words(saved.aside), "error")
        return
    if "lock" in request.form:
        number = saved.version.number
        in_transaction(lambda: sheets.lock(judge, sheet_id, number, PAPER_DEVICE, now))
        flash(_("Lembar ini terkunci. Terima kasih."))
    else:
        flash(_("Tersimpan."))


@bp.get("/judging/sheets/<int:sheet_id>/history")
@requires(Permission.JUDGE)
def sheet_history(sheet_id: int) -> str:
    """Every version of one's own sheet."""
    opened = own_sheet_or_404(sheet_id)
    return render_template(
        "competition/sheet_history.html", opened=opened, versions=queries.versions_of(sheet_id),
        criteria=contest.sheet_criteria(opened.stage.id, opened.entrant.category_id),
        name=shown_name(opened, opened.competition),
    )  # fmt: skip


@bp.route("/judging/sheets/<int:sheet_id>/conflict", methods=["GET", "POST"])
@requires(Permission.JUDGE)
def sheet_conflict(sheet_id: int) -> ResponseReturnValue:
    """A judge says why they must not judge this entrant, and does not from then on."""
    opened, form = own_sheet_or_404(sheet_id), ConflictForm()
    if form.validate_on_submit():
        judge, entrant, by_id = opened.judge, opened.entrant, current_user.id
        in_transaction(lambda: judges.declare_conflict(judge, entrant, form.reason.data, by_id, clock.now()))
        flash(_("Benturan kepentingan dicatat. Peserta ini tidak lagi ada di daftar Anda."))
        return redirect(url_for("competition.judging_home"), 303)
    page = render_template(
        "competition/conflict.html", opened=opened, form=form, name=shown_name(opened, opened.competition)
    )
    return page, 422 if form.errors else 200


@bp.get("/judging/sheets/<int:sheet_id>/files")
@requires(Permission.JUDGE)
def sheet_files(sheet_id: int) -> str:
    """What the cooperative sent; without their names where judging is blind."""
    opened = own_sheet_or_404(sheet_id)
    return render_template(
        "competition/sheet_files.html", opened=opened, name=shown_name(opened, opened.competition),
        files=_readable(opened), blind=_blind(opened),
    )  # fmt: skip


@bp.get("/judging/sheets/<int:sheet_id>/files/<int:file_id>")
@requires(Permission.JUDGE)
def sheet_file(sheet_id: int, file_id: int) -> ResponseReturnValue:
    """One of them, to be kept and opened outside the browser's page."""
    opened = own_sheet_or_404(sheet_id)
    files = _readable(opened)
    place = next((place for place, one in enumerate(files, 1) if one.id == file_id), None)
    if place is None:
        raise NotFound(_("Berkas ini tidak ada."))
    file = files[place - 1]
    name = f"berkas-{place}.{file.kind.value}" if _blind(opened) else file.name
    return send_dossier(file, name)


def _blind(opened: OpenedSheet) -> bool:
    return opened.competition.blind and opened.stage.code is StageCode.DOSSIER


def _readable(opened: OpenedSheet) -> list[DossierFile]:
    """The dossier, and photos of one's own visit. Nobody who may not judge the entrant reads them."""
    if not opened.assigned:
        return []
    files = entrants.files_of(opened.entrant.id)
    return [file for file in files if file.purpose is FilePurpose.DOSSIER or file.judge_id == opened.judge.id]


def send_dossier(file: DossierFile, name: str) -> ResponseReturnValue:
    """A file as an attachment: no browser shows it as a page of ours."""
    data = io.BytesIO(dossiers.path_of(file).read_bytes())  # 6 MB at most
    answer = send_file(
        data, mimetype=dossiers.content_type(file.kind), as_attachment=True, download_name=name, max_age=0
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@bp.route("/judging/invitations/<token>", methods=["GET", "POST"])
@limiter.limit("20/minute")
@public
def invitation(token: str) -> ResponseReturnValue:
    """Opening it only shows a button, so that the preview of a messenger does not use it up."""
    hide_referrer()
    if request.method != "POST":
        judge = judging.invited(token, clock.now())
        if judge is None:
            raise judges.invitation_dead()
        one = contest.competition_by_id(judge.competition_id)
        return render_template("competition/invitation.html", judge=judge, competition=one)
    with transaction():
        user = judges.accept(token, clock.now())
    open_session(user, by_link=True)
    return redirect(url_for("competition.judging_home"), 303)
