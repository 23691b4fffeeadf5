"""The page behind an upload link: a neighbourhood head or a cooperative sends lists, and gets their tickets."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from flask import Response, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.access import public
from app.core.db import db
from app.core.errors import DomainError, NotFound
from app.core.headers import hide_referrer
from app.core.i18n import gettext as _
from app.core.inbound import takes_files
from app.core.limits import limiter
from app.festival.models import Festival
from app.registration import links
from app.registration.models import Batch, UploadLink
from app.registration.queries import batches as queries
from app.registration.routes import batch_pages as pages
from app.registration.routes.batch_forms import ListForm
from app.registration.routes.batch_pages import Ways
from app.registration.routes.blueprint import bp
from app.registration.services import batches as services

# Whoever sent a list still needs its tickets when the link has lapsed; not for ever, for links are passed around.
READABLE_AFTER = timedelta(days=30)
_PAGES = {
    "page": "registration.upload_batch", "store": "registration.upload_store",
    "discard": "registration.upload_discard", "tickets": "registration.upload_tickets",
}  # fmt: skip


@bp.route("/uploads/<token>", methods=["GET", "POST"])
@public
@takes_files
@limiter.limit("20/minute", methods=["POST"])
def upload(token: str) -> ResponseReturnValue:
    """Send a list; see the lists sent before."""
    ways, link = _opened(token)
    now = clock.now()
    works = services.works(link, now)
    slots = queries.slot_choices(link.festival_id, now, link.activity_id) if works else []
    form = ListForm()
    form.offer(slots)
    if form.is_submitted():
        if not works:
            raise DomainError(
                "link_used_up", _("Tautan ini tidak menerima daftar lagi. Minta tautan baru kepada panitia.")
            )
        if done := pages.send_list(ways, form, link.id, None):
            return done
    templates = {kind: url_for("registration.upload_template", token=token, kind=kind) for kind in pages.KINDS}
    page = render_template(
        "registration/batch_new.html", form=form, slots=slots, templates=templates, link=link, works=works,
        left=link.most_people - link.people,
        sent=[(ways.to("page", sent.id), sent) for sent in queries.batches_of_link(link.id)], **ways.frame(),
    )  # fmt: skip
    return page, 422 if form.errors else 200


@bp.get("/uploads/<token>/template.<kind>")
@public
def upload_template(token: str, kind: str) -> Response:
    """A file to fill in: ``xlsx`` or ``csv``."""
    ways, link = _opened(token)
    return pages.template_file(ways.festival, kind, link.activity_id)


@bp.get("/uploads/<token>/<int:batch_id>")
@public
def upload_batch(token: str, batch_id: int) -> ResponseReturnValue:
    """One list, as far as it is."""
    return pages.show(*_list(token, batch_id))


@bp.post("/uploads/<token>/<int:batch_id>/store")
@public
@limiter.limit("20/minute")
def upload_store(token: str, batch_id: int) -> ResponseReturnValue:
    """Sign everybody of it up, or nobody."""
    return pages.store(*_list(token, batch_id))


@bp.post("/uploads/<token>/<int:batch_id>/discard")
@public
def upload_discard(token: str, batch_id: int) -> ResponseReturnValue:
    """Throw it away."""
    return pages.discard(*_list(token, batch_id))


@bp.get("/uploads/<token>/<int:batch_id>/tickets.pdf")
@public
@limiter.limit("20/minute")
def upload_tickets(token: str, batch_id: int) -> Response:
    """Its tickets for printing."""
    return pages.tickets_pdf(*_list(token, batch_id))


@bp.get("/uploads/<token>/<int:batch_id>/links.<kind>")
@public
def upload_links_file(token: str, batch_id: int, kind: str) -> Response:
    """Its links by number, ``xlsx`` or ``csv``."""
    if kind not in pages.KINDS:
        abort(404)
    return pages.links_file(_list(token, batch_id)[1], kind)


def _list(token: str, batch_id: int) -> tuple[Ways, Batch]:
    ways, link = _opened(token)
    found = queries.batch(link.festival_id, batch_id, link.id)
    if found is None:
        raise NotFound(_("Daftar ini tidak ada, atau dikirim lewat tautan lain."))
    return ways, found


def _opened(token: str) -> tuple[Ways, UploadLink]:
    hide_referrer()
    code = links.upload_code_of(token)
    link = queries.upload_link_by_code(code) if code else None
    if link is None:
        raise NotFound(_("Tautan ini tidak dikenal. Periksa apakah tautannya tersalin utuh."))
    if link.revoked_at or clock.now() >= link.expires_at + READABLE_AFTER:
        raise NotFound(_("Tautan ini sudah dimatikan. Minta tautan baru kepada panitia."))
    home = url_for("registration.upload", token=token)
    festival = db.session.get_one(Festival, link.festival_id)
    return Ways(festival, "layouts/public.html", home, home, partial(_address, token), by_committee=False), link


def _address(token: str, action: str, batch_id: int) -> str:
    if action.startswith("links_"):
        kind = action.removeprefix("links_")
        return url_for("registration.upload_links_file", token=token, batch_id=batch_id, kind=kind)
    return url_for(_PAGES[action], token=token, batch_id=batch_id)
