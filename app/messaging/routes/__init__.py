"""Pages of messaging: for the committee, and for WhatsApp's news of delivery."""

from __future__ import annotations

from typing import Any

from flask import Flask, url_for

from app.core import hooks
from app.core.formats import number
from app.core.hooks import Tile
from app.core.i18n import gettext as _
from app.messaging import queries, services, worker
from app.messaging.models import Channel
from app.messaging.queries import Tab
from app.messaging.routes import committee, webhook
from app.messaging.routes.blueprint import bp

__all__ = ["bp", "committee", "init_app", "webhook"]


def init_app(app: Flask) -> None:
    """Take part in the worker, the doctor and the committee's start page."""
    hooks.due_jobs.register(services.give_up_old)
    hooks.due_jobs.register(services.forget_texts)
    hooks.background_work.register(worker.send_due)
    hooks.doctor_checks.register(services.check)
    hooks.dashboard_tiles.register(_tiles)
    csrf: Any = app.extensions["csrf"]
    csrf.exempt(webhook.take_news)  # signed with a secret that no browser has


def _tiles(_festival_id: int) -> list[Tile]:
    tiles = []
    waiting = queries.waiting().get(Channel.HAND)
    if waiting:
        to_send = url_for("messaging.messages")
        tiles.append(Tile(number(waiting.number), _("pesan perlu dikirim"), to_send, order=40))
    if failed := queries.failed_with_text():
        to_see = url_for("messaging.messages", tab=Tab.FAILED)
        tiles.append(Tile(number(failed), _("pesan gagal terkirim"), to_see, order=41))
    return tiles
