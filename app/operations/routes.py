"""Pages of the installation itself: the certificate that phones on a venue's own network must trust."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.access import public
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.links import public_url
from app.operations import trust

bp = Blueprint("operations", __name__)


@bp.get("/trust")
@public
def trust_page() -> ResponseReturnValue:
    """How to install the local authority, step by step."""
    return render_template(
        "operations/trust.html", trust=_authority(), scanner=public_url(url_for("checkin.scanner"))
    )


@bp.get("/trust/pekan.crt")
@public
def trust_certificate() -> ResponseReturnValue:
    """The authority's certificate; phones know by its type that it is to be installed."""
    answer = Response(_authority().der, mimetype=trust.MEDIA_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="{trust.FILE_NAME}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _authority() -> trust.Trust:
    found = trust.authority(Path(current_app.instance_path))
    if found is None:
        raise NotFound(_("Server ini tidak memakai sertifikat sendiri. HP Anda tidak perlu dipasangi apa pun."))
    return found
