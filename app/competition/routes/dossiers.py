"""The page at which a cooperative sends its dossier; its secret address is the only key."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.competition.forms import ContactForm, UploadForm
from app.competition.models import Entrant, FilePurpose
from app.competition.queries import contest, entrants
from app.competition.routes.blueprint import bp
from app.competition.routes.judging import send_dossier
from app.competition.services import dossiers, telling
from app.core import clock
from app.core.access import public
from app.core.db import in_transaction
from app.core.errors import DomainError, NotFound
from app.core.files import receive
from app.core.headers import hide_referrer
from app.core.i18n import gettext as _
from app.core.inbound import takes_files
from app.core.limits import limiter
from app.core.phones import display_phone


@bp.route("/dossiers/<token>", methods=["GET", "POST"])
@limiter.limit("60/minute")
@takes_files
@public
def dossier(token: str) -> ResponseReturnValue:
    """What was sent, and a form for one more file."""
    hide_referrer()
    entrant, form = _entrant(token), UploadForm()
    if request.method == "POST" and form.validate():
        try:
            upload = receive(request.files.get("file"), dossiers.KINDS, dossiers.MOST_BYTES)
            stored = dossiers.keep(upload)
            in_transaction(lambda: dossiers.add(_entrant(token), upload, stored, clock.now()))
        except DomainError as refusal:
            form.file.errors = [_words(refusal)]
        else:
            flash(_("Berkas diterima: %(name)s.", name=upload.name))
            return redirect(url_for("competition.dossier", token=token), 303)
    contact = ContactForm(formdata=None, phone=display_phone(entrant.contact_phone))
    return _page(token, entrant, form, contact), 422 if form.errors else 200


def _page(token: str, entrant: Entrant, form: UploadForm, contact: ContactForm) -> str:
    return render_template(
        "competition/dossier.html", entrant=entrant, token=token, form=form, contact=contact,
        competition=contest.competition_by_id(entrant.competition_id),
        files=entrants.files_of(entrant.id, FilePurpose.DOSSIER), evidence=_evidence(entrant),
    )  # fmt: skip


@bp.post("/dossiers/<token>/contact")
@limiter.limit("20/hour")
@public
def dossier_contact(token: str) -> ResponseReturnValue:
    """Leave a number for news of the result, or take it back."""
    hide_referrer()
    entrant, contact = _entrant(token), ContactForm()
    if not contact.validate():
        return _page(token, entrant, UploadForm(formdata=None), contact), 422
    in_transaction(lambda: telling.set_contact(_entrant(token), contact.number, clock.now()))
    flash(_("Nomor tersimpan. Kabar hasil dikirim ke sana.") if contact.number else _("Nomor dihapus."))
    return redirect(url_for("competition.dossier", token=token), 303)


def _words(refusal: DomainError) -> str:
    if refusal.code == "file_kind":
        return _("Isi berkas ini bukan PDF, JPG, atau PNG, walaupun namanya mungkin begitu.")
    return refusal.fields.get("file", refusal.message)


def _evidence(entrant: Entrant) -> list[tuple[str, str]]:
    """What is asked for: criteria of the first stage with their evidence."""
    one = contest.competition_by_id(entrant.competition_id)
    if one is None or not one.stages:
        return []
    rows = contest.sheet_criteria(one.stages[0].id, entrant.category_id)
    return [(row.name, row.evidence) for row in rows if row.evidence]


@bp.get("/dossiers/<token>/files/<int:file_id>")
@public
def dossier_file(token: str, file_id: int) -> ResponseReturnValue:
    """A file that was sent, back to who sent it."""
    hide_referrer()
    file = entrants.file_by_id(file_id)
    if file is None or file.entrant_id != _entrant(token).id or file.purpose is not FilePurpose.DOSSIER:
        raise NotFound(_("Berkas ini tidak ada."))
    return send_dossier(file, file.name)


@bp.post("/dossiers/<token>/files/<int:file_id>/remove")
@public
def dossier_file_remove(token: str, file_id: int) -> ResponseReturnValue:
    """Take back a file that was sent by mistake, until judging has begun."""
    hide_referrer()
    entrant = _entrant(token)
    file = entrants.file_by_id(file_id)
    if file is None or file.entrant_id != entrant.id or file.purpose is not FilePurpose.DOSSIER:
        raise NotFound(_("Berkas ini tidak ada."))
    try:
        in_transaction(lambda: dossiers.take_back(file, clock.now()))
    except DomainError as refusal:
        flash(refusal.message, "error")
    else:
        flash(_("Berkas dihapus."))
    return redirect(url_for("competition.dossier", token=token), 303)


def _entrant(token: str) -> Entrant:
    found = entrants.entrant_of_link(token)
    if found is None:
        raise NotFound(_("Tautan berkas ini tidak berlaku. Minta tautan baru kepada panitia."))
    return found
