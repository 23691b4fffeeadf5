"""Commands of competition. They need no application, and start without Flask; NumPy comes when it is asked for."""

from __future__ import annotations

import json
import math
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from app.competition import words
from app.competition.rules.faults import Notice, Refused
from app.competition.rules.figures import as_dict
from app.core.texts import gettext as _

if TYPE_CHECKING:
    from flask import Flask

    from app.competition.rules.analysis import Analysis
    from app.competition.rules.scores import Scores

METHODS = ("shrunk", "mean", "huber", "noise-weighted", "mixed")
results = click.Group("results", help="Published results of competitions.")


@click.command()
@click.argument("scores", type=click.File("rb"))
@click.option("--weights", type=click.File("rb"), help="CSV with columns criterion and weight; equal unless given.")
@click.option("--method", type=click.Choice(METHODS), default=METHODS[0], show_default=True)
@click.option("--json", "as_json", is_flag=True, help="All figures, for programs.")
@click.option("--scale", nargs=2, type=float, metavar="LOW HIGH", help="What a score may be.")
@click.option("--sensitivity", is_flag=True, help="The first three under other methods and without each judge.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Of the draws behind chances and ranges of rank.")
@click.option(
    "--bundle", type=click.Path(path_type=Path, dir_okay=False), help="Write what others recompute it from."
)
def rank(
    scores: BinaryIO, weights: BinaryIO | None, method: str, as_json: bool, scale: tuple[float, float] | None,
    sensitivity: bool, seed: int | None, bundle: Path | None,
) -> None:  # fmt: skip
    """Rank a score table with columns judge, entrant, criterion, score."""
    try:
        found, table, by_criterion, extra = _ranking(scores, weights, method, scale, sensitivity, seed)
        if bundle is not None:
            bundle.write_text(_bundle(found, table, by_criterion), "utf-8")
    except Refused as refused:
        raise click.ClickException(words.refusal(refused)) from refused
    said = [words.caution(notice) for notice in [*extra, *found.notices]]
    click.echo(
        json.dumps(as_dict(found, said), ensure_ascii=False, allow_nan=False) if as_json else _page(found, said)
    )


def _ranking(
    scores: BinaryIO, weights: BinaryIO | None, method: str, scale: tuple[float, float] | None, sensitivity: bool,
    seed: int | None,
) -> tuple[Analysis, Scores, dict[str, float], list[Notice]]:  # fmt: skip
    # matrices of a few judges: threads that wait for each other cost more than they help
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from app.competition.rules import analysis
    from app.competition.rules import scores as tables
    from app.competition.rules.methods import Method
    from app.competition.rules.tables import MAX_BYTES
    from app.competition.rules.uncertainty import SEED
    from app.competition.rules.weights import Scale, for_criteria, read_weights

    most = MAX_BYTES + 1
    within = Scale(*scale) if scale else None
    table = tables.read_scores(scores.read(most), within)
    by_criterion = for_criteria(table.criteria, read_weights(weights.read(most)) if weights else None)
    sheets, extra = tables.to_sheets(table, by_criterion)
    belongs = analysis.Affiliations(table.judge_affiliation, table.entrant_affiliation)
    found = analysis.analyse(
        sheets, Method(method), seed=SEED if seed is None else seed, with_sensitivity=sensitivity,
        affiliations=belongs,
    )  # fmt: skip
    return found, table, by_criterion, extra


def _bundle(found: Analysis, table: Scores, weights: dict[str, float]) -> str:
    """The bundle with judges under names that tell nothing."""
    from app.competition.rules import bundle

    order = list(range(len(table.judges)))
    random.SystemRandom().shuffle(order)
    hidden = bundle.anonymous(table, order)
    called = dict(zip(table.judges, hidden.judges, strict=True))
    constants = bundle.constants(found.sheets, found.outcome)
    heavy = {called[name]: weight for name, weight in constants.judge_weights.items()}
    made = bundle.compose(
        hidden, weights, found.method, bundle.Constants(
            constants.judge_penalty, constants.entrant_penalty, constants.limit, heavy
        ), found.seed,
    )  # fmt: skip
    return json.dumps(made, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _page(found: Analysis, warnings: list[str]) -> str:
    """The ranking as a table for people."""
    fit, standing, sheets = found.outcome.fit, found.standing, found.sheets
    order = sorted(range(len(sheets.entrants)), key=lambda e: (found.ranks[e], sheets.entrants[e]))
    group = {e: number for number, members in enumerate(found.groups, 1) for e in members}
    rows = [(
        _("Peringkat"), _("Peserta"), _("Nilai"), "±", _("Rata-rata"), _("Juri"), _("Peluang juara"),
        _("Peluang 3 besar"), _("Rentang 90%%") % {}, _("Kelompok setara"),
    )]  # fmt: skip
    rows += [
        (
            str(found.ranks[e]), sheets.entrants[e], f"{fit.scores[e]:.2f}", f"{fit.se[e]:.2f}",
            f"{sheets.means[e]:.2f}", str(sheets.per_entrant[e]), f"{standing.first[e]:.0%}",
            f"{standing.top3[e]:.0%}", f"{standing.low[e]}–{standing.high[e]}", str(group[e]),
        )
        for e in order
    ]  # fmt: skip
    parts = [_lines(rows), _lines(_judge_rows(found)), *_figures(found), *warnings]
    return "\n\n".join(part for part in parts if part)


def _judge_rows(found: Analysis) -> Sequence[Sequence[str]]:
    rows = [(_("Juri"), _("Lembar"), _("Murah (+) atau ketat (-)"), "±", _("Ragam sisa, kali juri lain"))]
    for place, judge in enumerate(found.judges):
        ratio = "–" if judge.noise_ratio is None else f"{judge.noise_ratio:.1f}" + (" !" if judge.flagged else "")
        rows.append((
            judge.judge, str(found.sheets.per_judge[place]), f"{judge.severity:+.2f}", f"{judge.se:.2f}", ratio,
        ))  # fmt: skip
    return rows


def _figures(found: Analysis) -> list[str]:
    v, alpha, icc = found.variances, found.agreement.alpha_interval, found.agreement.icc2k
    shown = ["–" if value is None or math.isnan(value) else f"{value:.2f}" for value in (alpha, icc)]
    lines = [
        _(
            "Ragam: peserta %(entrant)s, juri %(judge)s, sisa %(residual)s. Keterhubungan %(linked)s. "
            "Alfa Krippendorff (selang) %(alpha)s, ICC(2,k) %(icc)s.",
            entrant=f"{v.entrant:.3g}", judge=f"{v.judge:.3g}", residual=f"{v.residual:.3g}",
            linked=f"{found.connectivity:.2f}", alpha=shown[0], icc=shown[1],
        )
    ]  # fmt: skip
    if found.sensitivity is None:
        return lines
    rows = [(_("Tiga besar"), "")] + [(name, ", ".join(three)) for name, three in found.sensitivity.methods.items()]
    for judge, three in found.sensitivity.without.items():
        rows.append((_("tanpa %(judge)s", judge=judge), ", ".join(three) if three else _("tidak dapat dihitung")))
    return [*lines, _lines(rows)]


def _lines(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


@results.command("verify")
@click.argument("bundle", type=click.File("rb"))
def verify(bundle: BinaryIO) -> None:
    """Recompute a published ranking from BUNDLE."""
    from app.competition.rules import bundle as bundles
    from app.competition.rules.tables import MAX_BYTES

    try:
        found = bundles.verify(bundle.read(MAX_BYTES + 1))
    except Refused as refused:
        raise click.ClickException(words.refusal(refused)) from refused
    click.echo(_(
        "Cocok: peringkat %(entrants)s peserta mengikuti nilai jurinya (metode %(method)s). "
        "Bandingkan sidik ini dengan yang tertulis di berita acara:",
        entrants=found.entrants, method=found.method.value,
    ))  # fmt: skip
    click.echo(f"inputs_sha256 {found.inputs_sha256}\nranks_sha256  {found.ranks_sha256}")


def register(app: Flask) -> None:
    """Add the commands of this feature."""
    app.cli.add_command(rank)
    app.cli.add_command(results)
