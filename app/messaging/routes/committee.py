"""The committee's page: what it sends by hand, what goes by itself, what became of it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Permission
from app.core import clock
from app.core.access import requires
from app.core.db import transaction
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.phones import whatsapp_link
from app.messaging import queries, services
from app.messaging.models import Channel, OutboxMessage
from app.messaging.queries import PAGE_SIZE, Tab
from app.messaging.routes.blueprint import bp
from app.messaging.routes.words import channel_words, fault_words, kind_words, state_words


@bp.get("/committee/messages")
@requires(Permission.SEND_MESSAGES)
def messages() -> ResponseReturnValue:
    """One tab: waiting for our hands, waiting for a channel, gone, failed; 50 a page."""
    tab, kind = _tab(), request.args.get("kind") or None
    beyond = request.args.get("beyond", type=_small)
    kinds = queries.kinds_by_hand() if tab is Tab.HAND else {}
    found = queries.messages(tab, beyond, kind if kind in kinds else None)
    shown = found[:PAGE_SIZE]
    return render_template(
        "messaging/messages.html",
        tab=tab,
        tabs=Tab,
        counts=queries.counts(),
        rows=[_row(message) for message in shown],
        kind=kind,
        kinds=[(code, kind_words(code), number) for code, number in kinds.items()],
        more=shown[-1].id if len(found) > PAGE_SIZE else None,
        later=beyond is not None,
        troubles=_troubles(),
        automatic=services.channel_for("x@example.org") is not Channel.HAND,
    )


@bp.post("/committee/messages/<int:message_id>/sent")
@requires(Permission.SEND_MESSAGES)
def mark_sent(message_id: int) -> ResponseReturnValue:
    """The committee says that it sent this message; its text is emptied."""
    with transaction():
        done = services.mark_sent(message_id, current_user.id, clock.now())
    flash(_("Ditandai sudah dikirim.") if done else _("Pesan ini sudah tidak menunggu."))
    return _back(Tab.HAND)


@bp.post("/committee/messages/<int:message_id>/drop")
@requires(Permission.SEND_MESSAGES)
def drop(message_id: int) -> ResponseReturnValue:
    """Take a message out of the queue, for a number without WhatsApp."""
    with transaction():
        done = services.drop(message_id, current_user.id, clock.now())
    flash(_("Pesan dibuang, tidak dikirim.") if done else _("Pesan ini sudah tidak menunggu."))
    return _back(Tab.HAND)


@bp.post("/committee/messages/<int:message_id>/repeat")
@requires(Permission.SEND_MESSAGES)
def repeat(message_id: int) -> ResponseReturnValue:
    """Queue a message once more, for its channel or for our hands."""
    by_hand = request.form.get("by") == Channel.HAND
    with transaction():
        done = services.repeat(message_id, current_user.id, clock.now(), by_hand=by_hand)
    if not done:
        flash(_("Tidak bisa dikirim ulang: isinya sudah dihapus, atau kiriman ulangnya masih menunggu."), "warn")
        return _back(_tab())
    flash(_("Pesan ditaruh di daftar kirim sendiri.") if by_hand else _("Pesan masuk antrean kirim ulang."))
    return _back(_tab())


@bp.post("/committee/messages/take-over")
@requires(Permission.SEND_MESSAGES)
def take_over() -> ResponseReturnValue:
    """Send by hand what waits for a channel that does not work."""
    channel = next((c for c in Channel if c == request.form.get("channel")), Channel.HAND)
    if channel is Channel.HAND:
        abort(400)
    with transaction():
        number = services.take_over(channel, current_user.id, clock.now())
    flash(
        ngettext(
            "%(num)s pesan dipindahkan ke daftar kirim sendiri.",
            "%(num)s pesan dipindahkan ke daftar kirim sendiri.",
            number,
        )
    )
    return _back(Tab.HAND)


def _row(message: OutboxMessage) -> dict[str, Any]:
    """A message with all that is said of it in words."""
    by_hand = message.channel is Channel.HAND
    return {
        "message": message,
        "kind": kind_words(message.kind),
        "channel": channel_words(message.channel),
        "state": state_words(message),
        "fault": fault_words(message.error_code) if message.error_code else None,
        "link": whatsapp_link(message.phone, message.body) if by_hand and message.body else None,
    }


def _troubles() -> list[dict[str, Any]]:
    waiting = queries.waiting()
    return [
        {
            "channel": state.channel,
            "name": channel_words(state.channel),
            "why": fault_words(state.error_code),
            "since": state.since,
            "until": state.paused_until,
            "waiting": waiting[state.channel].number if state.channel in waiting else 0,
        }
        for state in queries.troubled()
        if state.error_code
    ]


def _tab() -> Tab:
    asked = request.values.get("tab")
    return next((tab for tab in Tab if tab == asked), Tab.HAND)


def _back(tab: Tab) -> ResponseReturnValue:
    return redirect(url_for("messaging.messages", tab=None if tab is Tab.HAND else tab), code=303)


def _small(text: str) -> int:
    """A number that fits the database; ValueError otherwise, which makes the argument absent."""
    number = int(text)
    if not 0 < number < 2**31:
        raise ValueError(text)
    return number
