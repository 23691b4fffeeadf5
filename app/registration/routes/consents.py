"""What was consented to behind a manage link, in the words that were agreed to, and taking it back."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.access import public
from app.core.db import in_transaction
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.i18n import language, ngettext
from app.registration import queries, rules, services
from app.registration.queries import GivenConsent, RegistrationView
from app.registration.routes.blueprint import bp
from app.registration.routes.opened import opened
from app.registration.words import purpose_words


@bp.route("/registrations/<token>/consents", methods=["GET", "POST"])
@public
def consents(token: str) -> ResponseReturnValue:
    """Show every consent; take one back, after asking once more where that cancels something."""
    view = opened(token)
    given = queries.consents_of(view.id)
    if request.method != "POST":  # HEAD is not a form
        return _page(view, token, given)
    chosen = _chosen(given)
    if chosen.purpose in rules.NECESSARY and not chosen.withdrawn_at and "sure" not in request.form:
        return _page(view, token, given, asked=_shown(chosen))
    now = clock.now()
    cancelled = in_transaction(lambda: services.withdraw(view.id, chosen.purpose, chosen.booking_id, now))
    flash(_("Persetujuan sudah ditarik."))
    if cancelled:
        flash(ngettext("Pendaftaran %(num)s orang dibatalkan.", "Pendaftaran %(num)s orang dibatalkan.", cancelled))
    return redirect(url_for("registration.consents", token=token), code=303)


def _page(view: RegistrationView, token: str, given: list[GivenConsent], **extra: Any) -> str:
    rows = [_shown(each) for each in given]
    return render_template(
        "registration/consents.html", view=view, festival=view.festival, token=token, rows=rows, now=clock.now(),
        **extra,
    )  # fmt: skip


def _shown(given: GivenConsent) -> dict[str, Any]:
    return {
        "given": given,
        "title": purpose_words(given.purpose),
        "text": rules.consent_text(given.purpose, given.text_version).said(language()),
        "necessary": given.purpose in rules.NECESSARY,
    }


def _chosen(given: list[GivenConsent]) -> GivenConsent:
    """The consent that the form names. Raises NotFound for one that was never given."""
    booking = request.form.get("booking", "")
    for each in given:
        if each.purpose == request.form.get("purpose") and str(each.booking_id or "") == booking:
            return each
    raise NotFound(_("Persetujuan ini tidak tercatat."))
