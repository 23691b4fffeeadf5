"""Commands of accounts: ``pekan user add|link|list``."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import Flask
from flask.cli import AppGroup

from app.accounts import queries, services
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import in_transaction
from app.core.errors import DomainError
from app.core.formats import moment
from app.core.links import public_url

commands = AppGroup("user", help="Staff users and their one-time sign-in links.")


def register(app: Flask) -> None:
    """Add the commands of this feature."""
    app.cli.add_command(commands)


@commands.command("add")
@click.argument("name")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]),
    help="What the user is here for; may be given several times.",
)  # fmt: skip
def add(name: str, roles: tuple[str, ...]) -> None:
    """Add a staff user and print a one-time sign-in link.

    For a user who exists with the same roles it only prints a fresh link.
    """
    now = clock.now()

    def work() -> tuple[User, str]:
        user = services.ensure_user(name, [Role(role) for role in roles], now)
        return user, services.new_sign_in_link(user, now)

    _print_link(*_done(work))


@commands.command("link")
@click.argument("name")
def link(name: str) -> None:
    """Print a fresh one-time sign-in link; older unused ones die."""

    def work() -> tuple[User, str]:
        user = queries.user_by_name(name)
        if user is None:
            raise click.ClickException(f"There is no user named {name}: 'pekan user list' shows all.")
        return user, services.new_sign_in_link(user, clock.now())

    _print_link(*_done(work))


@commands.command("list")
def show() -> None:
    """List all staff users."""
    page, shown, total = 1, 0, 1
    while shown < total:
        users, total = queries.users_page(page)
        for user in users:
            state = "active" if user.active else "shut out"
            last = moment(user.signed_in_at) if user.signed_in_at else "never signed in"
            click.echo(f"{user.name}\t{', '.join(sorted(user.roles))}\t{state}\t{last}")
        page, shown = page + 1, shown + queries.PAGE
    if not total:
        click.echo("No users yet: 'pekan user add NAME --role admin' makes the first.")


def _done(work: Callable[[], tuple[User, str]]) -> tuple[User, str]:
    """Run the work in a transaction; a refusal becomes one sentence and exit code 1."""
    try:
        return in_transaction(work)
    except DomainError as refusal:
        raise click.ClickException(_SENTENCES.get(refusal.code, refusal.message)) from None


_SENTENCES = {
    "name_taken": "A user of this name has other roles: change them on the page Petugas, or take another name.",
    "name_empty": "The name is empty.",
    "name_too_long": "The name has more than 80 characters.",
    "name_unprintable": "The name contains characters that cannot be seen.",
    "user_inactive": "This user was shut out: let them in again on the page Petugas first.",
}


def _print_link(user: User, token: str) -> None:
    click.echo(f"{user.name} ({', '.join(sorted(user.roles))}): opens once, within 24 hours")
    click.echo(public_url(f"/sign-in/{token}"))
