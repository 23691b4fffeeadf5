"""Commands of cooperatives."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app.cooperatives.rules.codes import Likely
from app.cooperatives.rules.rows import Defaults
from app.cooperatives.services import exporting, imports
from app.cooperatives.services.import_plan import Entry, Plan, make_plan
from app.cooperatives.words import column_title, problem_words
from app.core import clock
from app.core.db import transaction
from app.core.errors import DomainError
from app.core.files import shown_name
from app.core.i18n import speaking
from app.regions.services import load_depok

cooperatives = AppGroup("cooperatives", help="The directory of cooperatives.")


@cooperatives.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen and store nothing.")
@click.option("--source", help="Where the figures come from. The name of the file unless told.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Day of status and members where no row says it.")
@click.option("--year", type=click.IntRange(1900, 2100), help="Fiscal year of figures where no row says it.")
@click.option(
    "--likely", type=click.Choice([choice.value for choice in Likely]), help="What to do with likely duplicates."
)
def import_(
    file: Path, dry_run: bool, source: str | None, as_of: datetime | None, year: int | None, likely: str | None
) -> None:
    """Import FILE (xlsx or csv): all rows, or none when one is wrong."""
    now = clock.now()
    today = clock.local(now).date()
    if file.stat().st_size > imports.MOST_BYTES * 4:
        raise click.ClickException("The file is larger than 28 MB.")
    with speaking("en"):
        try:
            with transaction():
                load_depok()
            typed = imports.read_table(file.read_bytes())
            meanings, _remembered = imports.meanings_of(typed)
            imports.check_meanings(meanings)
            _say_columns(typed, meanings)
            defaults = Defaults(as_of.date() if as_of else today, source or shown_name(file.name), year, today)
            rows = list(imports.records(typed, meanings))
            with transaction():
                plan = make_plan(rows, defaults)
                _say_rows(plan)
                _say_sum(plan)
                if dry_run:
                    _end_of_dry_run(plan)
                    return
                stored = imports.apply(plan, {}, Likely(likely) if likely else None, None, now)
        except DomainError as error:
            more = " Choose with --likely new, skip or update." if error.code == "import_undecided" else ""
            raise click.ClickException(f"{error.message}{more}") from error
    click.echo(
        f"Stored: {stored.created} new, {stored.updated} changed, {stored.unchanged} unchanged, "
        f"{stored.skipped} skipped."
    )


@cooperatives.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path) -> None:
    """Write the whole directory to FILE, xlsx or csv by its ending; it can be imported again."""
    kind = file.suffix.removeprefix(".").lower()
    if kind not in ("xlsx", "csv"):
        raise click.ClickException("The file must end in .xlsx or .csv.")
    file.write_bytes(exporting.export(kind))
    click.echo(f"Written: {file}")


def _say_columns(typed: imports.Typed, meanings: dict[str, str]) -> None:
    ignored = [text for place, text in enumerate(typed.headings) if text and str(place) not in meanings]
    click.echo("Columns read: " + ", ".join(column_title(key) for key in meanings.values()))
    if ignored:
        click.echo("Columns ignored: " + ", ".join(ignored))


def _say_rows(plan: Plan) -> None:
    for entry in plan.entries:
        if entry.sound:
            click.echo(f"row {entry.number}: {_outcome(entry)}: {entry.base['name']}")
    for row in plan.faulty:
        for problem in row.problems:
            click.echo(f"row {row.number}: WRONG: {column_title(problem.column)}: {problem_words(problem)}")


def _outcome(entry: Entry) -> str:
    if entry.target is not None:
        return "known"
    if not entry.likely:
        return "new"
    rows = ["row " + str(number) for number in entry.alike_rows]
    return "likely the same as " + ", ".join([name for _ref, name in entry.alike] + rows)


def _say_sum(plan: Plan) -> None:
    click.echo(
        f"{len(plan.rows)} rows: {len(plan.new)} new, {len(plan.matched)} known, {len(plan.likely)} likely "
        f"duplicates, {len(plan.faulty)} wrong."
    )


def _end_of_dry_run(plan: Plan) -> None:
    if plan.faulty:
        raise click.ClickException("Rows are wrong. Nothing was stored.")
    click.echo("Dry run: nothing was stored.")


def register(app: Flask) -> None:
    """Add the commands of this feature."""
    app.cli.add_command(cooperatives)
