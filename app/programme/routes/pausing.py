"""The committee holds sign-up of an activity for a while, and lets it go on."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.core import clock
from app.core.access import requires
from app.core.db import in_transaction
from app.core.i18n import gettext as _
from app.festival.queries import require_current
from app.programme import services
from app.programme.routes.blueprint import bp
from app.programme.routes.committee import activity_or_404


@bp.post("/committee/activities/<int:activity_id>/pause")
@requires(Permission.EDIT_PROGRAMME)
def sign_up_pause(activity_id: int) -> ResponseReturnValue:
    """Nobody more signs up, at once. Pressed twice it is the same."""
    activity_or_404(require_current(), activity_id)
    by_id, now = current_user.id, clock.now()
    in_transaction(lambda: services.pause_sign_up(activity_id, by_id, now))
    flash(_("Pendaftaran dihentikan sementara. Yang sudah terdaftar tetap terdaftar."))
    return redirect(url_for("programme.slots", activity_id=activity_id), 303)


@bp.post("/committee/activities/<int:activity_id>/resume")
@requires(Permission.EDIT_PROGRAMME)
def sign_up_resume(activity_id: int) -> ResponseReturnValue:
    """Sign-up goes on."""
    activity_or_404(require_current(), activity_id)
    by_id, now = current_user.id, clock.now()
    in_transaction(lambda: services.resume_sign_up(activity_id, by_id, now))
    flash(_("Pendaftaran dibuka lagi."))
    return redirect(url_for("programme.slots", activity_id=activity_id), 303)
