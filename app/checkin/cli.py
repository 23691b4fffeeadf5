"""Commands of checkin."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from app.checkin import queries, services
from app.core import clock
from app.core.db import transaction
from app.festival.queries import current_festival

device = AppGroup("device", help="Devices that scan tickets.")


@device.command("pair")
@click.argument("point")
@click.option("--name", default="pekan device pair", show_default=True, help="What the committee's page calls it.")
def pair(point: str, name: str) -> None:
    """Pair a device to POINT (a slug of the current festival) and print its token, the last word."""
    festival = current_festival()
    if festival is None:
        raise click.ClickException("There is no festival yet: run 'pekan demo load'.")
    with transaction():
        found = queries.point_of_slug(festival.id, point)
        if found is None:
            known = ", ".join(queries.point_slugs(festival.id)) or "none yet"
            raise click.ClickException(f"No check-in point '{point}' in {festival.slug}. Known points: {known}.")
        paired = services.pair_directly(found, name, clock.now())
    click.echo(f"{paired.point_name}, device {paired.device_id}: {paired.token}")


def register(app: Flask) -> None:
    """Add the commands of this feature."""
    app.cli.add_command(device)
