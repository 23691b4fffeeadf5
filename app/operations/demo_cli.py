"""``pekan demo load``."""

from __future__ import annotations

import click

from app.core import clock
from app.core.db import transaction
from app.core.errors import DomainError
from app.operations.demo import Dates, load


@click.group()
def demo() -> None:
    """The sample festival (DATA REKAAN)."""


@demo.command("load")
@click.option(
    "--dates",
    type=click.Choice([d.value for d in Dates]),
    default=Dates.TODAY.value,
    help="Day 1 today (default), or the days of 2023.",
)
@click.option(
    "--fresh", is_flag=True, help="Delete the sample festival with all that was done in it, and load anew."
)
def load_command(dates: str, fresh: bool) -> None:
    """Load the real 2023 programme with sample data."""
    try:
        with transaction():
            report = load(dates, fresh, clock.now())
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(report.sentence)
