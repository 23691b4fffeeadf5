"""The ``pekan`` command: Flask's own command line with ours on it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import FlaskGroup, with_appcontext

import config
from app import commands_without_application, create_app
from app.core import clock
from app.core.db import transaction
from app.core.errors import DomainError
from app.operations import tls_cli
from app.operations.tls_cli import PLAIN_PORT

DEFAULT_PORT = 8000
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def register(app: Flask) -> None:
    """Add the commands that need the application and nothing before it."""
    from app.operations.demo_cli import demo

    app.cli.add_command(doctor)
    app.cli.add_command(demo)


@click.command()
@click.option("--host", help="127.0.0.1 unless told; with a certificate every address of this machine.")
@click.option("--port", default=DEFAULT_PORT, show_default=True)
@click.option("--workers", default=0, help="Server processes; two for each core, up to eight, unless told.")
@click.option("--no-worker", is_flag=True, help="Without the outbox worker beside the server.")
@click.option("--tls", is_flag=True, help="Serve https with our own certificate, in a venue's own network.")
@click.option("--certificate", type=_FILE, help="Serve https with this certificate chain (PEM).")
@click.option("--key", type=_FILE, help="The key of --certificate (PEM).")
@click.option("--plain-port", default=PLAIN_PORT, show_default=True, help="With --tls: /trust by http; 0 for none.")
def serve(
    host: str | None, port: int, workers: int, no_worker: bool, tls: bool, certificate: Path | None,
    key: Path | None, plain_port: int,
) -> None:  # fmt: skip
    """Serve in production, with the outbox worker."""
    from app.operations import server

    secured = tls_cli.secured(certificate, key, port, plain_port) if tls or certificate or key else None
    app = server.build(create_app)
    host = host or ("0.0.0.0" if secured else "127.0.0.1")  # noqa: S104 - that is what it is for: phones come in
    try:
        server.serve(app, host, port, workers or _workers(), with_worker=not no_worker, secured=secured)
    except OSError as error:
        raise click.ClickException(f"Cannot serve: {error}.") from error


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=DEFAULT_PORT, show_default=True)
def start(host: str, port: int) -> None:
    """Migrate, load the sample festival, print a sign-in link, serve: what 'make run' does."""
    from flask_migrate import upgrade

    from app.operations import server

    os.environ.setdefault("PUBLIC_URL", f"http://{host}:{port}")
    app = server.build(create_app)
    with app.app_context():
        upgrade()
        _first_things(config.load().public_url)
    server.serve(app, host, port, _workers(), with_worker=True)


def _first_things(address: str) -> None:
    from app.accounts import services as accounts
    from app.accounts.models import Role
    from app.operations import demo

    try:
        with transaction():
            sentence = demo.load(dates="today", fresh=False, now=clock.now()).sentence
    except DomainError as refusal:  # a real festival is running here: it is served as it is
        sentence = refusal.message
    try:
        with transaction():
            user = accounts.ensure_user("panitia", frozenset({Role.ADMIN, Role.COMMITTEE}), clock.now())
            way_in = f"Committee, one time  {address}/sign-in/{accounts.new_sign_in_link(user, clock.now())}"
    except DomainError:  # somebody shut this user out or changed the roles: that decision stands
        way_in = f"Committee            {address}/sign-in"
    click.echo(f"\n  {sentence}\n")
    click.echo(f"  Open                 {address}")
    click.echo(f"  {way_in}\n")


@click.command()
@click.option("--once", is_flag=True, help="One round, then stop.")
def worker(once: bool) -> None:
    """Send the outbox, lapse offers, run due jobs."""
    from app.operations import worker as loop

    app = create_app()
    if once:
        with app.app_context():
            done = loop.run_due_jobs() + loop.run_background(lambda: False)
        click.echo(f"{done} done")
        return
    stopping = threading.Event()
    # the message in hand is finished and noted first
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stopping.set())
    try:
        loop.run(app, stopping)
    except KeyboardInterrupt:
        click.echo("stopped")


@click.command()
@with_appcontext
def doctor() -> None:
    """Check invariants and keys: exit 1 when one is broken."""
    from app.operations.doctor import examine

    findings = examine(Path(current_app.instance_path))
    for finding in findings:
        click.echo(f"{'BROKEN ' if finding.broken else 'warning'} {finding.check}: {finding.text}")
    if not findings:
        click.echo("All invariants hold.")
    if any(finding.broken for finding in findings):
        sys.exit(1)


def _workers() -> int:
    from app.operations.server import WORKERS_PER_CORE

    return WORKERS_PER_CORE * max(1, min(4, os.cpu_count() or 1))


class _Commands(FlaskGroup):
    """Ours, the application's, and ``db``, which is brought when asked for: all of Alembic is behind it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "db"])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name == "db":
            from flask_migrate.cli import db

            return db
        return super().get_command(ctx, name)


def group(make: Callable[[], Flask] = create_app) -> FlaskGroup:
    """All commands. Those that serve or need no application are found without building it first."""
    made = _Commands(create_app=make, add_default_commands=False, add_version_option=False)
    for command in (serve, start, worker, tls_cli.tls, *commands_without_application().values()):
        made.add_command(command)
    return made


def main() -> None:
    """Run what was typed (``console.py``)."""
    group().main(args=sys.argv[1:], prog_name="pekan")
