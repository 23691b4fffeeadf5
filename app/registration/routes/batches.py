"""The committee signs up many at once, and gives others links by which to send their own lists."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.errors import DomainError, NotFound
from app.core.headers import hide_referrer
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.inbound import takes_files
from app.festival.queries import require_current
from app.programme.queries import activity_choices
from app.registration import links
from app.registration.models import Batch
from app.registration.queries import batches as queries
from app.registration.routes import batch_pages as pages
from app.registration.routes.batch_forms import LinkForm, ListForm
from app.registration.routes.batch_pages import Ways
from app.registration.routes.blueprint import bp
from app.registration.services import batches as services

_PAGES = {
    "page": "registration.batch", "store": "registration.batch_store", "discard": "registration.batch_discard",
    "tickets": "registration.batch_tickets", "messages": "registration.batch_messages",
}  # fmt: skip


@bp.get("/committee/batches")
@requires(Permission.SIGN_UP_GROUPS)
def batches() -> ResponseReturnValue:
    """All lists, the newest first."""
    festival = require_current()
    page = min(max(1, request.args.get("page", 1, type=int)), 10_000)
    rows, total = queries.batches_page(festival.id, page)
    pages_ = max(1, -(-total // queries.PAGE_SIZE))
    return render_template("registration/batches.html", rows=rows, total=total, page=page, pages=pages_)


@bp.route("/committee/batches/new", methods=["GET", "POST"])
@takes_files
@requires(Permission.SIGN_UP_GROUPS)
def batch_new() -> ResponseReturnValue:
    """Send a list."""
    ways = _ways()
    slots = queries.slot_choices(ways.festival.id, clock.now())
    form = ListForm()
    form.offer(slots)
    if form.is_submitted() and (done := pages.send_list(ways, form, None, current_user.id)):
        return done
    page = render_template(
        "registration/batch_new.html", form=form, slots=slots, templates=_templates(), **ways.frame()
    )
    return page, 422 if form.errors else 200


@bp.get("/committee/batches/template.<kind>")
@requires(Permission.SIGN_UP_GROUPS)
def batch_template(kind: str) -> Response:
    """A file to fill in: ``xlsx`` or ``csv``."""
    return pages.template_file(require_current(), kind)


@bp.get("/committee/batches/<int:batch_id>")
@requires(Permission.SIGN_UP_GROUPS)
def batch(batch_id: int) -> ResponseReturnValue:
    """One list, as far as it is."""
    hide_referrer()
    return pages.show(*_opened(batch_id))


@bp.post("/committee/batches/<int:batch_id>/store")
@requires(Permission.SIGN_UP_GROUPS)
def batch_store(batch_id: int) -> ResponseReturnValue:
    """Sign everybody of it up, or nobody."""
    return pages.store(*_opened(batch_id))


@bp.post("/committee/batches/<int:batch_id>/discard")
@requires(Permission.SIGN_UP_GROUPS)
def batch_discard(batch_id: int) -> ResponseReturnValue:
    """Throw it away."""
    return pages.discard(*_opened(batch_id))


@bp.post("/committee/batches/<int:batch_id>/messages")
@requires(Permission.SIGN_UP_GROUPS)
def batch_messages(batch_id: int) -> ResponseReturnValue:
    """Queue a message with its links to every number of it, once."""
    ways, found = _opened(batch_id)
    name, now = ways.festival.name, clock.now()
    made = in_transaction(lambda: services.queue_links(found, name, now))
    if made is None:
        flash(_("Pesannya sudah disiapkan sebelumnya."))
    else:
        flash(ngettext("%(num)s pesan disiapkan.", "%(num)s pesan disiapkan.", made))
    return redirect(ways.to("page", batch_id), code=303)


@bp.get("/committee/batches/<int:batch_id>/tickets.pdf")
@requires(Permission.SIGN_UP_GROUPS)
def batch_tickets(batch_id: int) -> Response:
    """Its tickets for printing."""
    return pages.tickets_pdf(*_opened(batch_id))


@bp.get("/committee/batches/<int:batch_id>/links.<kind>")
@requires(Permission.SIGN_UP_GROUPS)
def batch_links(batch_id: int, kind: str) -> Response:
    """Its links by number, ``xlsx`` or ``csv``."""
    if kind not in pages.KINDS:
        abort(404)
    return pages.links_file(_opened(batch_id)[1], kind)


@bp.route("/committee/upload-links", methods=["GET", "POST"])
@requires(Permission.SIGN_UP_GROUPS)
def upload_links() -> ResponseReturnValue:
    """Links by which others send lists, and a form for one more."""
    hide_referrer()
    festival, now = require_current(), clock.now()
    form = LinkForm()
    form.offer(activity_choices(festival.id))
    if form.validate_on_submit():
        festival_id, user_id = festival.id, current_user.id
        label, activity_id = form.label.data or "", form.activity_id.data or None
        most, days = form.most_people.data or 0, form.days.data
        try:
            in_transaction(
                lambda: services.new_upload_link(festival_id, label, activity_id, most, days, user_id, now)
            )
            flash(_("Tautan dibuat. Kirimkan hanya kepada orangnya."))
            return redirect(url_for("registration.upload_links"), code=303)
        except DomainError as refusal:
            for name, text in refusal.fields.items():
                form[name].errors = [*form[name].errors, text]
    rows = [
        (link, links.upload_url(link.code), services.works(link, now)) for link in queries.upload_links(festival.id)
    ]
    page = render_template("registration/upload_links.html", form=form, rows=rows, now=now, festival=festival)
    return page, 422 if form.errors else 200


@bp.post("/committee/upload-links/<int:link_id>/revoke")
@requires(Permission.SIGN_UP_GROUPS)
def upload_link_revoke(link_id: int) -> ResponseReturnValue:
    """End a link at once."""
    festival_id, user_id, now = require_current().id, current_user.id, clock.now()
    done = in_transaction(lambda: services.revoke_upload_link(festival_id, link_id, user_id, now))
    flash(_("Tautan dimatikan.") if done else _("Tautan ini sudah mati."))
    return redirect(url_for("registration.upload_links"), code=303)


def _ways() -> Ways:
    back, send = url_for("registration.batches"), url_for("registration.batch_new")
    return Ways(require_current(), "layouts/committee.html", back, send, _address, by_committee=True)


def _address(action: str, batch_id: int) -> str:
    if action.startswith("links_"):
        kind = action.removeprefix("links_")
        return url_for("registration.batch_links", batch_id=batch_id, kind=kind)
    return url_for(_PAGES[action], batch_id=batch_id)


def _templates() -> dict[str, str]:
    return {kind: url_for("registration.batch_template", kind=kind) for kind in pages.KINDS}


def _opened(batch_id: int) -> tuple[Ways, Batch]:
    ways = _ways()
    found = queries.batch(ways.festival.id, batch_id)
    if found is None:
        raise NotFound(_("Daftar ini tidak ada. Mungkin milik pekan yang lain."))
    return ways, found
