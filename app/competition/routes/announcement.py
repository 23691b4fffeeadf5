"""The announcement, one card at a time; certificates and objections for the committee."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.competition.models import Competition, Minutes
from app.competition.queries import results
from app.competition.routes.blueprint import bp, competition_or_404
from app.competition.routes.minutes import festival_of, pdf_answer
from app.competition.routes.result_forms import AnswerForm
from app.competition.services import publication
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.i18n import speaking
from app.core.links import public_url


def certificate_url(code: str) -> str:
    """The public address at which a certificate is verified."""
    return public_url(url_for("competition.verify_certificate", code=code))


def _signed(competition: Competition) -> Minutes:
    """The minutes in force of the last stage.

    Raises:
        DomainError: ``not_signed``.
    """
    stage = results.last_stage(competition.id)
    found = results.in_force(stage.id) if stage is not None else None
    if found is None:
        raise DomainError("not_signed", _("Berita acaranya belum disahkan, jadi belum ada yang dapat dibacakan."))
    return found


@bp.get("/committee/competitions/<int:competition_id>/announcement")
@requires(Permission.MANAGE_COMPETITIONS)
def announcement(competition_id: int) -> str:
    """What is read on stage. Without a card: how it goes; with one: that card and nothing else."""
    competition = competition_or_404(competition_id)
    told = publication.cards(_signed(competition))
    flat = [(category, len(cards), one) for category, cards in told.items() for one in cards]
    step = request.args.get("card", type=int)
    if step is None:
        return render_template("competition/announcement.html", competition=competition, told=told, count=len(flat))
    if not 1 <= step <= len(flat):
        abort(404)
    category, count, one = flat[step - 1]
    return render_template(
        "competition/announcement_card.html", competition=competition, category=category, count=count, one=one,
        step=step, steps=len(flat),
    )  # fmt: skip


@bp.get("/committee/competitions/<int:competition_id>/announcement.pdf")
@requires(Permission.MANAGE_COMPETITIONS)
def announcement_script(competition_id: int) -> Response:
    """The same cards on paper."""
    from app.competition.documents.script import Reading, script_pdf

    competition = competition_or_404(competition_id)
    minutes = _signed(competition)
    with speaking("id"):
        told = publication.cards(minutes)
    readings = [Reading(name, [(one.card, one.words) for one in cards]) for name, cards in told.items()]
    source = f"Berita Acara {minutes.number} · sidik isi {minutes.content['content_sha256'][:16]}…"
    return pdf_answer(script_pdf(competition.name, readings, source), f"naskah-{competition.slug}.pdf")


@bp.post("/committee/competitions/<int:competition_id>/announce")
@requires(Permission.MANAGE_COMPETITIONS)
def announce(competition_id: int) -> ResponseReturnValue:
    """Make the result public."""
    user_id = current_user.id
    address = public_url(url_for("competition.published_result", slug=competition_or_404(competition_id).slug))
    try:
        in_transaction(
            lambda: publication.announce(competition_or_404(competition_id), user_id, clock.now(), address)
        )
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash(_("Hasil sudah terbuka untuk umum, dan masa sanggah dimulai."))
    return redirect(url_for("competition.results_overview", competition_id=competition_id), 303)


@bp.get("/committee/competitions/<int:competition_id>/certificates")
@requires(Permission.MANAGE_COMPETITIONS)
def certificates(competition_id: int) -> str:
    """Certificates of the minutes in force."""
    competition = competition_or_404(competition_id)
    minutes = _signed(competition)
    rows = results.certificates_of(minutes.id)
    return render_template("competition/certificates.html", competition=competition, minutes=minutes, rows=rows)


@bp.get("/committee/competitions/<int:competition_id>/certificates.pdf")
@requires(Permission.MANAGE_COMPETITIONS)
def certificates_paper(competition_id: int) -> Response:
    """All of them, winners first, or one by ``?only=``."""
    from app.competition.documents.certificate import certificates_pdf

    competition = competition_or_404(competition_id)
    festival = festival_of(competition)
    papers = publication.certificate_papers(
        _signed(competition), festival.organiser, festival.city, certificate_url, request.args.get("only", type=int)
    )
    if not papers:
        abort(404)
    return pdf_answer(certificates_pdf(papers, f"Piagam {competition.name}"), f"piagam-{competition.slug}.pdf")


@bp.get("/committee/competitions/<int:competition_id>/objections")
@requires(Permission.MANAGE_COMPETITIONS)
def objections(competition_id: int) -> str:
    """Objections: those that wait first."""
    competition = competition_or_404(competition_id)
    return _objections_page(competition)


def _objections_page(competition: Competition, wrong: AnswerForm | None = None, about: int | None = None) -> str:
    return render_template(
        "competition/objections.html", competition=competition, rows=results.objections_of(competition.id),
        window=publication.window_of(competition), now=clock.now(), form=AnswerForm(formdata=None), wrong=wrong,
        about=about,
    )  # fmt: skip


@bp.post("/committee/competitions/<int:competition_id>/objections/<int:objection_id>")
@requires(Permission.MANAGE_COMPETITIONS)
def answer_objection(competition_id: int, objection_id: int) -> ResponseReturnValue:
    """Answer one; once."""
    competition = competition_or_404(competition_id)
    found = results.objection_by_id(objection_id)
    if found is None or found.competition_id != competition.id:
        abort(404)
    form, user_id = AnswerForm(), current_user.id
    if form.validate():
        try:
            in_transaction(lambda: publication.answer(found, form.answer.data or "", user_id, clock.now()))
        except DomainError as refusal:
            form.answer.errors = [refusal.message]
        else:
            flash(_("Jawaban tersimpan. Koperasi melihatnya lewat tautannya; yang meninggalkan nomor dikabari."))
            return redirect(url_for("competition.objections", competition_id=competition.id), 303)
    return _objections_page(competition, form, objection_id), 422
