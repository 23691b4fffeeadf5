"""The directory for everybody: no addresses, no figures, nobody's data."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.cooperatives import queries
from app.cooperatives.models import Definition
from app.cooperatives.queries import details
from app.cooperatives.routes.blueprint import bp
from app.cooperatives.routes.lists import list_context, wanted
from app.core.access import public
from app.core.errors import NotFound
from app.core.i18n import gettext as _


@bp.get("/cooperatives")
@public
def directory() -> str:
    """Search and filters, 25 a page."""
    asked = wanted()
    return render_template("cooperatives/directory.html", **list_context(asked, queries.search(asked)))


@bp.get("/cooperatives/<slug>")
@public
def cooperative(slug: str) -> ResponseReturnValue:
    """One cooperative; the address of one that was merged leads on."""
    found = queries.by_slug(slug)
    if found is None:
        raise NotFound(_("Koperasi ini tidak ada di direktori."))
    if found.merged_into_id is not None:
        return redirect(url_for("cooperatives.cooperative", slug=queries.final_of(found).slug), code=301)
    kelurahan, kecamatan = details.place_of(found)
    return render_template(
        "cooperatives/cooperative.html", one=found, kelurahan=kelurahan, kecamatan=kecamatan,
        statuses=details.statuses_of(found.id)[:10], members=details.members_of(found.id)[:5],
        readiness=details.readiness_of(found.id)[:1], Definition=Definition,
    )  # fmt: skip
