"""Pages of messaging: the queue that the committee sends by hand, through WhatsApp on their own phone."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.core import clock
from app.core.access import requires
from app.core.db import transaction
from app.core.i18n import gettext as _
from app.core.phones import whatsapp_link
from app.messaging import queries, services
from app.messaging.models import MessageStatus

bp = Blueprint("messaging", __name__)


@bp.get("/committee/messages")
@requires(Permission.SEND_MESSAGES)
def messages() -> ResponseReturnValue:
    """Messages that nobody has sent yet, the oldest first, each with a button that opens WhatsApp."""
    counts = queries.counts()
    waiting = queries.waiting_messages()
    return render_template(
        "messaging/messages.html",
        messages=[(message, whatsapp_link(message.phone, message.body)) for message in waiting],
        waiting=counts.get(MessageStatus.QUEUED, 0),
        sent=counts.get(MessageStatus.SENT, 0),
        kinds=_kinds(),
    )


@bp.post("/committee/messages/<int:message_id>/sent")
@requires(Permission.SEND_MESSAGES)
def mark_sent(message_id: int) -> ResponseReturnValue:
    """The committee says that it sent this message; its text is emptied."""
    with transaction():
        done = services.mark_sent(message_id, current_user.id, clock.now())
    flash(_("Ditandai sudah dikirim.") if done else _("Pesan ini sudah tidak menunggu."))
    return redirect(url_for("messaging.messages"), code=303)


@bp.post("/committee/messages/<int:message_id>/drop")
@requires(Permission.SEND_MESSAGES)
def drop(message_id: int) -> ResponseReturnValue:
    """Take a message out of the queue, for a number without WhatsApp."""
    with transaction():
        done = services.drop(message_id, current_user.id, clock.now())
    flash(_("Pesan dibuang, tidak dikirim.") if done else _("Pesan ini sudah tidak menunggu."))
    return redirect(url_for("messaging.messages"), code=303)


def _kinds() -> dict[str, str]:
    """What each kind of message is, in words."""
    return {
        "ticket_joined": _("Tiket yang sudah ada"),
        "ticket_links": _("Tautan tiket diminta"),
        "waiting_list_place": _("Dapat tempat dari daftar tunggu"),
    }
