"""What an entrant sees through its own link: feedback, certificate, objections, a request for coaching."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.competition.models import Competition, Entrant
from app.competition.queries import contest, entrants, results
from app.competition.routes.announcement import certificate_url
from app.competition.routes.blueprint import bp
from app.competition.routes.minutes import festival_of, pdf_answer
from app.competition.routes.result_forms import ObjectionForm
from app.competition.services import feedback, publication
from app.core import clock
from app.core.access import public
from app.core.db import in_transaction
from app.core.errors import DomainError, NotFound
from app.core.headers import hide_referrer
from app.core.i18n import gettext as _
from app.core.limits import limiter


def _own(token: str) -> tuple[Competition, Entrant]:
    """Whose link this is. The same answer for a wrong one and for one that ended."""
    hide_referrer()
    entrant = entrants.entrant_of_link(token) if len(token) <= 64 else None
    competition = contest.competition_by_id(entrant.competition_id) if entrant is not None else None
    if entrant is None or competition is None:
        raise NotFound(_("Tautan ini tidak berlaku. Minta tautan baru kepada panitia."))
    return competition, entrant


@bp.get("/dossiers/<token>/result")
@public
def own_result(token: str) -> str:
    """One's own criteria against the category, remarks without names, what to work on."""
    competition, entrant = _own(token)
    return _page(token, competition, entrant, ObjectionForm(formdata=None))


def _page(token: str, competition: Competition, entrant: Entrant, form: ObjectionForm) -> str:
    window = publication.window_of(competition)
    return render_template(
        "competition/own_result.html", token=token, competition=competition, entrant=entrant, form=form,
        told=feedback.feedback_of(competition, entrant), window=window,
        open=window is not None and window.holds(clock.now()), objections=results.objections_by(entrant.id),
        unranked=publication.why_unranked(competition, entrant),
        certificate=results.certificate_of_entrant(entrant.id) if competition.announced_at else None,
    )  # fmt: skip


@bp.post("/dossiers/<token>/objections")
@limiter.limit("20/hour")
@public
def object_to_result(token: str) -> ResponseReturnValue:
    """Ask why, within the window."""
    competition, entrant = _own(token)
    form = ObjectionForm()
    if form.validate():
        try:
            in_transaction(lambda: publication.objected(competition, entrant, form.text.data or "", clock.now()))
        except DomainError as refusal:
            form.text.errors = [refusal.message]
        else:
            flash(_("Sanggahan Anda diterima. Jawabannya muncul di halaman ini."))
            return redirect(url_for("competition.own_result", token=token, _anchor="sanggahan"), 303)
    return _page(token, competition, entrant, form), 422


@bp.post("/dossiers/<token>/coaching")
@limiter.limit("20/hour")
@public
def ask_for_coaching(token: str) -> ResponseReturnValue:
    """Open a coaching case with the weakest criteria."""
    competition, entrant = _own(token)
    try:
        in_transaction(lambda: feedback.ask_for_coaching(competition, entrant, clock.now()))
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash(_("Permintaan pembinaan tercatat. Dinas akan menghubungi koperasi Anda."))
    return redirect(url_for("competition.own_result", token=token), 303)


@bp.get("/dossiers/<token>/certificate.pdf")
@public
def own_certificate(token: str) -> Response:
    """One's own certificate, once the result is public."""
    from app.competition.documents.certificate import certificates_pdf

    competition, entrant = _own(token)
    minutes, certificate = publication.published(competition), results.certificate_of_entrant(entrant.id)
    if minutes is None or certificate is None:
        abort(404)
    festival = festival_of(competition)
    papers = publication.certificate_papers(
        minutes, festival.organiser, festival.city, certificate_url, certificate.id
    )
    if not papers:
        abort(404)
    return pdf_answer(certificates_pdf(papers, f"Piagam {competition.name}"), f"piagam-{entrant.number}.pdf")
