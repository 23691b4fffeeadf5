"""Pages of registration: for who signs up, and for the committee."""

from __future__ import annotations

from typing import Any

from flask import Flask, url_for

from app.core import hooks
from app.core.formats import number
from app.core.hooks import Tile
from app.core.i18n import gettext as _
from app.registration import queries, services
from app.registration.models import BookingStatus
from app.registration.routes import (
    batches,
    blank,
    committee,
    consents,
    counter,
    manage,
    my_tickets,
    offline,
    self_service,
    sign_up,
    slot_changes,
    teams,
    tickets,
    uploads,
)
from app.registration.routes.blueprint import bp

__all__ = [
    "batches", "blank", "bp", "committee", "consents", "counter", "init_app",
    "manage", "my_tickets",
    "offline", "self_service", "sign_up", "slot_changes", "teams", "tickets", "uploads",
]  # fmt: skip


def init_app(app: Flask) -> None:
    """Take part in the worker, the doctor and the committee's start page."""
    hooks.due_jobs.register(services.forget_keys)
    hooks.due_jobs.register(services.forget_lists)
    hooks.due_jobs.register(services.lapse_offers)
    hooks.due_jobs.register(services.lapse_team_places)
    hooks.due_jobs.register(services.end_cancelled_slots)
    hooks.due_jobs.register(services.fill_freed_places)
    hooks.due_jobs.register(services.remind)
    hooks.places_changed.register(services.fill_places)
    hooks.doctor_checks.register(services.check)
    hooks.dashboard_tiles.register(_tiles)
    # These forms check their token themselves: a stale one is an error on the page, with nothing typed lost.
    csrf: Any = app.extensions["csrf"]
    csrf.exempt(sign_up.sign_up)
    csrf.exempt(my_tickets.my_tickets)
    csrf.exempt(teams.team_sign_up)


def _tiles(festival_id: int) -> list[Tile]:
    counts = queries.counts(festival_id)
    tiles = [
        Tile(
            number(counts.get(BookingStatus.CONFIRMED, 0)),
            _("terdaftar"),
            url_for("registration.registrations"),
            order=20,
        )
    ]
    if waiting := counts.get(BookingStatus.WAITLISTED, 0):
        tiles.append(Tile(number(waiting), _("di daftar tunggu"), url_for("registration.registrations"), order=21))
    return tiles
