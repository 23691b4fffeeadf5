"""Minutes: written, signed, put into force, corrected by amendments."""

from __future__ import annotations

from datetime import date

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.competition.models import Competition, Judge, Minutes, Stage
from app.competition.queries import results
from app.competition.routes.blueprint import bp, competition_or_404
from app.competition.routes.panel import panelist
from app.competition.routes.result_forms import MinutesForm
from app.competition.services import minutes as writing
from app.competition.services import panel, signing
from app.core import clock
from app.core.access import requires, signed_in
from app.core.codes import group_code
from app.core.db import db, in_transaction
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.links import public_url
from app.festival.models import Festival


def verify_url(code: str) -> str:
    """The public address at which minutes are verified."""
    return public_url(url_for("competition.verify_minutes", code=code))


def festival_of(competition: Competition) -> Festival:
    """The festival of a competition."""
    return db.session.get_one(Festival, competition.festival_id)


def minutes_or_404(competition: Competition, minutes_id: int) -> Minutes:
    """Minutes of this competition."""
    found = results.minutes_by_id(minutes_id)
    if found is None or found.competition_id != competition.id:
        abort(404)
    return found


@bp.route("/committee/competitions/<int:competition_id>/minutes/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_COMPETITIONS)
def minutes_new(competition_id: int) -> ResponseReturnValue:
    """Write a draft from the latest results of the stage judged now."""
    competition = competition_or_404(competition_id)
    stage = _deciding(competition)
    before, draft = results.in_force(stage.id), results.draft_of(stage.id)
    if draft is not None:
        return redirect(url_for("competition.minutes", competition_id=competition.id, minutes_id=draft.id), 303)
    judges = [one for one in results.judges_by_id(competition.id).values() if one.removed_at is None]
    festival = festival_of(competition)
    form = MinutesForm(
        place=festival.venue, day=clock.local(clock.now()).date(), present=[str(one.id) for one in judges],
        number=f"{before.number}/P{len(results.minutes_of(competition.id))}" if before else "",
    )  # fmt: skip
    form.offer(judges)
    ready = writing.readiness(competition, stage)
    refused: list[str] = []
    if request.method == "POST" and form.validate():
        user, meeting = current_user, _meeting(form, current_user.name)
        try:
            made = in_transaction(
                lambda: writing.write(competition, festival, stage, meeting, user.id, clock.now())
            )
        except DomainError as refusal:
            refused = form.take(refusal)
        else:
            flash(_("Draf berita acara dibuat. Periksa, lalu tanda tangani."))
            return redirect(url_for("competition.minutes", competition_id=competition.id, minutes_id=made.id), 303)
    shut, shut_everywhere = _shut(ready, judges)
    page = render_template(
        "competition/minutes_new.html", competition=competition, stage=stage, form=form, ready=ready, before=before,
        refused=refused, shut=shut, shut_everywhere=shut_everywhere,
    )  # fmt: skip
    return page, 422 if request.method == "POST" else 200


def _shut(ready: writing.Readiness, judges: list[Judge]) -> tuple[set[int], set[int]]:
    """Judges who are locked out of some category, and of all."""
    found = [panel.locked_out(category) for category, _result in ready.results]
    some = {one.id for one in judges if any(one.id in ids for ids in found)}
    return some, {one for one in some if all(one in ids for ids in found)}


def _deciding(competition: Competition) -> Stage:
    """The stage judged now, which is the one that minutes are about."""
    return next((one for one in competition.stages if one.position == competition.stage_position), None) or abort(
        404
    )


def _meeting(form: MinutesForm, recorder: str) -> writing.Meeting:
    return writing.Meeting(
        form.number.data or "", form.place.data or "", form.day.data or date.min,
        frozenset(int(number) for number in form.present.data or ()), recorder, form.reason.data or "",
        form.chair.data,
    )  # fmt: skip


@bp.get("/committee/competitions/<int:competition_id>/minutes/<int:minutes_id>")
@signed_in
def minutes(competition_id: int, minutes_id: int) -> str:
    """A draft to be signed, or what was signed."""
    competition = competition_or_404(competition_id)
    who = panelist(competition)
    found = _readable(competition, who, minutes_id)
    signatures = results.signatures_of(found.id)
    name = who.judge.name if who.judge is not None else current_user.name
    asked = name in {row[0] for row in found.content["signers"]}
    return render_template(
        "competition/minutes.html", competition=competition, who=who, found=found, content=_content(found),
        signatures=signatures, enough=signing.enough(found, signatures), name=name,
        may_sign=asked and found.signed_at is None and name not in {one.name for one in signatures},
        behind=found.signed_at is None and signing.behind(found), code=group_code(found.code),
    )  # fmt: skip


def _readable(competition: Competition, who: panel.Panelist, minutes_id: int) -> Minutes:
    """Minutes of this competition that this person may read, and so sign."""
    found = minutes_or_404(competition, minutes_id)
    panel.admit_reader(who, found)
    return found


def _content(found: Minutes) -> object:
    """Raises ValueError (a bug or a tampered database) where the content does not carry its own hash."""
    return signing.content_of(found)


@bp.get("/committee/competitions/<int:competition_id>/minutes/<int:minutes_id>.pdf")
@signed_in
def minutes_pdf(competition_id: int, minutes_id: int) -> Response:
    """The signed PDF as it was sealed; of a draft, what it would be."""
    competition = competition_or_404(competition_id)
    found = _readable(competition, panelist(competition), minutes_id)
    pdf = found.pdf if found.signed_at is not None else None
    if pdf is None:
        pdf = signing.paper(found, verify_url(found.code), results.signatures_of(found.id))
    return pdf_answer(pdf, f"berita-acara-{competition.slug}-{found.id}.pdf")


def pdf_answer(pdf: bytes, name: str) -> Response:
    """A PDF to be shown by the browser."""
    answer = Response(pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


@bp.post("/committee/competitions/<int:competition_id>/minutes/<int:minutes_id>/sign")
@signed_in
def sign_minutes(competition_id: int, minutes_id: int) -> ResponseReturnValue:
    """One more signature."""
    competition = competition_or_404(competition_id)
    who = panelist(competition)
    _readable(competition, who, minutes_id)
    name = current_user.name
    try:
        in_transaction(lambda: signing.sign(minutes_or_404(competition, minutes_id), who, name, clock.now()))
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash(_("Tanda tangan Anda tercatat."))
    return redirect(url_for("competition.minutes", competition_id=competition_id, minutes_id=minutes_id), 303)


@bp.post("/committee/competitions/<int:competition_id>/minutes/<int:minutes_id>/seal")
@requires(Permission.MANAGE_COMPETITIONS)
def seal_minutes(competition_id: int, minutes_id: int) -> ResponseReturnValue:
    """Put signed minutes into force; the PDF is made before the transaction."""
    competition = competition_or_404(competition_id)
    found, user_id = minutes_or_404(competition, minutes_id), current_user.id
    shown = results.signatures_of(found.id)
    try:
        pdf = signing.paper(found, verify_url(found.code), shown)
        in_transaction(
            lambda: signing.seal(minutes_or_404(competition, minutes_id), pdf, shown, user_id, clock.now())
        )
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash(_("Berita acara disahkan. Piagam sudah dapat dicetak, hasil dapat diumumkan."))
    return redirect(url_for("competition.minutes", competition_id=competition_id, minutes_id=minutes_id), 303)


@bp.post("/committee/competitions/<int:competition_id>/minutes/<int:minutes_id>/discard")
@requires(Permission.MANAGE_COMPETITIONS)
def discard_minutes(competition_id: int, minutes_id: int) -> ResponseReturnValue:
    """Throw a draft away."""
    competition = competition_or_404(competition_id)
    minutes_or_404(competition, minutes_id)
    user_id = current_user.id
    try:
        in_transaction(lambda: signing.discard(minutes_or_404(competition, minutes_id), user_id, clock.now()))
    except DomainError as refusal:
        flash(refusal.message, "error")
        return redirect(url_for("competition.minutes", competition_id=competition_id, minutes_id=minutes_id), 303)
    flash(_("Draf dibuang."))
    return redirect(url_for("competition.results_overview", competition_id=competition_id), 303)
