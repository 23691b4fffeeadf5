"""Pekan: event management for the cooperative week of a city. Put together here, decided elsewhere."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command ``rank`` starts through this package, and starts without Flask
    import click
    from flask import Flask

    import config

FEATURES = (
    "accounts", "regions", "festival", "messaging", "cooperatives", "programme", "registration", "checkin",
    "competition",
)  # fmt: skip


def create_app(settings: config.Settings | None = None) -> Flask:
    """Build the application. Without settings they are read from the environment."""
    from flask import Flask

    import config

    settings = settings or config.load()
    app = Flask(
        __name__, root_path=str(config.ROOT / "app"), template_folder=str(config.ROOT / "templates"),
        static_folder=None, instance_path=str(settings.instance),
    )  # fmt: skip
    _configure(app, settings)
    _ground_floor(app, settings)
    _features(app)
    if settings.proxies:
        from werkzeug.middleware.proxy_fix import ProxyFix

        app.wsgi_app = ProxyFix(app.wsgi_app, settings.proxies, settings.proxies, settings.proxies)  # type: ignore[method-assign]
    return app


def commands_without_application() -> dict[str, click.Command]:
    """Commands that start in a tenth of the time, because all that is built below is not built for them."""
    from app.competition.cli import rank, results

    return {"rank": rank, "results": results}


def _ground_floor(app: Flask, settings: config.Settings) -> None:
    """Everything of ``core`` in its order: what answers pass through is put on from the inside out."""
    from flask_wtf.csrf import CSRFProtect

    from app.core import (
        assets,
        compression,
        db,
        error_pages,
        fields,
        formats,
        headers,
        i18n,
        inbound,
        language_switch,
        limits,
        logs,
        page_cache,
        rendering,
        sessions,
    )

    rendering.init_app(app)
    inbound.init_app(app, settings)
    sessions.init_app(app)
    db.init_app(app, settings)
    i18n.init_app(app)
    formats.init_app(app)
    fields.init_app(app)
    limits.init_app(app, settings)
    logs.init_app(app)
    headers.init_app(app, settings)
    page_cache.init_app(app, settings)  # repeats whole answers, so it stands before those two
    CSRFProtect(app)
    compression.init_app(app)
    from app.core import monitoring  # imports prometheus_client, which looks at the environment just once

    monitoring.init_app(app, settings)
    error_pages.init_app(app)
    language_switch.init_app(app)
    assets.init_app(app, settings)


def _configure(app: Flask, settings: config.Settings) -> None:
    from app.core.crypto import TicketSigner, TicketVerifier

    signer = TicketSigner(settings.ticket_key, settings.ticket_key_number)
    old = {number: TicketSigner(seed, number).public_key_bytes for number, seed in settings.old_ticket_keys.items()}
    app.extensions["pekan_settings"] = settings  # read through core.settings
    app.extensions["pekan_signer"] = signer
    app.extensions["pekan_verifier"] = TicketVerifier({**old, signer.key_id: signer.public_key_bytes})
    prefix = "__Host-" if settings.behind_tls else ""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        PUBLIC_URL=settings.public_url,
        TESTING=settings.testing,
        MAX_CONTENT_LENGTH=8 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        MAX_FORM_PARTS=2000,
        SESSION_COOKIE_NAME=f"{prefix}pekan",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=settings.behind_tls,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        SESSION_REFRESH_EACH_REQUEST=False,  # 12 hours from the sign-in, not from the last click
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a sign-up page may stay open for hours
        WTF_CSRF_SSL_STRICT=False,  # manage pages send no referrer on purpose; the token is checked all the same
        JSON_SORT_KEYS=False,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]


def _features(app: Flask) -> None:
    """Register every feature, ground floor first."""
    for feature in FEATURES:  # all tables must be known to the migrations, also those without pages
        import_module(f"app.{feature}.models")
    from app.accounts import cli as accounts_cli
    from app.accounts import routes as accounts
    from app.checkin import api as checkin_api
    from app.checkin import cli as checkin_cli
    from app.checkin import routes as checkin
    from app.checkin import services as checkin_services
    from app.competition import api as competition_api
    from app.competition import cli as competition_cli
    from app.competition import routes as competition
    from app.cooperatives import cli as cooperatives_cli
    from app.cooperatives import routes as cooperatives
    from app.core import api, hooks
    from app.festival import api as festival_api
    from app.festival import queries as festival_queries
    from app.festival import routes as festival
    from app.messaging import routes as messaging
    from app.operations import cli as operations_cli
    from app.operations import routes as operations
    from app.programme import api as programme_api
    from app.programme import routes as programme
    from app.registration import api as registration_api
    from app.registration import routes as registration

    for pages in (
        accounts, festival, messaging, cooperatives, programme, registration, checkin, competition, operations,
    ):  # fmt: skip
        app.register_blueprint(pages.bp)
    for answers in (festival_api, programme_api, registration_api, checkin_api, competition_api):
        app.register_blueprint(answers.bp, url_prefix="/api/v1")
        app.extensions["csrf"].exempt(answers.bp)  # no cookie opens anything there: bearer tokens and JSON bodies
    for commands in (accounts_cli, cooperatives_cli, checkin_cli, competition_cli, operations_cli):
        commands.register(app)
    accounts.init_app(app)
    messaging.init_app(app)
    hooks.shown_festival.register(festival_queries.current_festival_id)
    checkin_services.connect()
    registration.init_app(app)
    api.init_app(app)
