"""From sheets to a ranking with everything that stands beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from app.competition.rules import quality, sensitivity, ties, uncertainty
from app.competition.rules.agreement import Agreement, agreement
from app.competition.rules.connectivity import LOOSE, connectivity, panels
from app.competition.rules.faults import Caution, Fault, Notice, Refused
from app.competition.rules.fit import Fit
from app.competition.rules.methods import Method, Outcome, apply
from app.competition.rules.noise import JudgeNoise, noise_weighted
from app.competition.rules.reml import Components, components
from app.competition.rules.scores import MAX_ENTRANTS, MAX_JUDGES
from app.competition.rules.sheets import Floats, Ints, Sheets
from app.competition.rules.shrunk import shrunk
from app.competition.rules.uncertainty import Draws, Standing

NAMED = 5  # how many names a notice lists


@dataclass(frozen=True)
class Analysis:
    """One ranking. Arrays are one an entrant, in the order of ``sheets.entrants``."""

    method: Method
    sheets: Sheets
    outcome: Outcome
    ranks: Ints
    standing: Standing
    groups: list[list[int]]
    variances: Components
    judges: list[quality.JudgeQuality]
    odd: list[quality.OddSheet]
    biases: list[quality.OwnBias]
    agreement: Agreement
    connectivity: float
    sensitivity: sensitivity.Sensitivity | None
    notices: list[Notice]
    seed: int


@dataclass(frozen=True)
class Affiliations:
    """Whom judges and entrants belong to, where that is known."""

    of_judge: Mapping[str, str]
    of_entrant: Mapping[str, str]


def analyse(
    sheets: Sheets, method: Method = Method.SHRUNK, *, seed: int = uncertainty.SEED, with_sensitivity: bool = False,
    affiliations: Affiliations | None = None,
) -> Analysis:  # fmt: skip
    """Rank. Raises ``Refused`` where no ranking can be trusted: see ``check``."""
    check(sheets)
    variances = variances_of(sheets)
    noise = noise_weighted(sheets, variances)
    outcome = apply(method, sheets, variances, noise)
    base = shrunk(sheets, variances)
    draws = _draws(sheets, variances, noise, base, seed)
    shown = outcome.fit if method in (Method.HUBER, Method.NOISE_WEIGHTED) else base
    biases = quality.own_bias(sheets, base, affiliations.of_judge, affiliations.of_entrant) if affiliations else []
    linked = connectivity(sheets.given)
    found = Analysis(
        method, sheets, outcome, ties.ranks(outcome.fit.scores, sheets.value), uncertainty.standing(draws),
        ties.groups(outcome.fit.scores, draws), variances, quality.judges(sheets, shown, base),
        quality.odd_sheets(sheets, base), biases, agreement(sheets), linked,
        sensitivity.sensitivity(sheets, variances, method, noise) if with_sensitivity else None, [], seed,
    )  # fmt: skip
    return replace(found, notices=notices(found))


def check(sheets: Sheets) -> None:
    """Refuse one judge or entrant, all scores equal, panels that never meet, a design without a spare sheet."""
    entrants, judges = sheets.size
    if judges < 2:
        raise Refused(Fault.ONE_JUDGE)
    if entrants < 2:
        raise Refused(Fault.ONE_ENTRANT)
    if judges > MAX_JUDGES:
        raise Refused(Fault.MANY_JUDGES, found=judges, most=MAX_JUDGES)
    if entrants > MAX_ENTRANTS:
        raise Refused(Fault.MANY_ENTRANTS, found=entrants, most=MAX_ENTRANTS)
    if float(np.ptp(sheets.value)) <= 1e-12 * float(np.abs(sheets.value).max()):
        raise Refused(Fault.ALL_EQUAL, score=f"{sheets.value[0]:g}")
    groups = panels(sheets)
    if len(groups) > 1:
        one, other = ([sheets.entrants[e] for e in g[0][:NAMED]] for g in groups[:2])
        raise Refused(Fault.DISCONNECTED, panels=len(groups), one=", ".join(one), other=", ".join(other))
    if len(sheets.value) < entrants + judges:
        raise Refused(Fault.TREE, sheets=len(sheets.value), needed=entrants + judges)


def variances_of(sheets: Sheets) -> Components:
    """REML variances; where nothing is left to be an error, those of the exact qualities and severities."""
    found = components(sheets)
    if found.criterion is not None:
        return found
    exact = shrunk(sheets, replace(found, entrant=1.0, judge=1.0))
    spread = [float(np.var(effect, ddof=1)) for effect in (exact.scores, exact.severity)]
    tiny = 1e-12 * float(np.var(sheets.value))
    entrant, judge = (0.0 if v < tiny else v for v in spread)
    return replace(found, entrant=entrant, judge=judge)


def _draws(sheets: Sheets, variances: Components, noise: JudgeNoise, base: Fit, seed: int) -> Draws:
    """Draws of quality; noisy judges say less in them, whatever the method."""
    if variances.residual > 0:
        return uncertainty.draw(sheets, noise.fit.given.weights, seed)
    chance = np.random.Generator(np.random.PCG64(seed))  # nothing is uncertain but who of equals stands first
    luck = chance.standard_normal((uncertainty.FEWEST_DRAWS, len(base.scores)))
    return Draws(base.scores + 1e-6 * float(np.ptp(sheets.value)) * luck, seed)


def notices(found: Analysis) -> list[Notice]:
    """What a reader of this ranking has to be told."""
    said: list[Notice] = []

    def say(code: Caution, **values: str | int | float) -> None:
        said.append(Notice(code, values))

    if found.variances.entrant == 0:
        say(Caution.CANNOT_TELL)
    if found.variances.residual == 0:
        say(Caution.EXACT)
    elif found.variances.judge == 0:
        say(Caution.NO_SEVERITY)
    if found.connectivity < LOOSE:
        say(Caution.WEAK_LINKS, connectivity=f"{found.connectivity:.2f}")
    if not found.outcome.settled:
        say(Caution.NOT_SETTLED, method=found.method.value)
    return said + _about_entrants(found.sheets) + _about_judges(found)


def _one_number(sheets: Sheets) -> list[tuple[str, float]]:
    """Judges who gave several entrants one and the same number."""
    found = []
    for place, name in enumerate(sheets.judges):
        mine: Floats = sheets.value[sheets.judge == place]
        if len(mine) > 1 and math.isclose(float(np.ptp(mine)), 0.0, abs_tol=1e-12 * float(np.abs(mine).max())):
            found.append((name, float(mine[0])))
    return found


def _about_entrants(sheets: Sheets) -> list[Notice]:
    single = [sheets.entrants[e] for e in np.flatnonzero(sheets.per_entrant == 1)]
    if not single:
        return []
    return [Notice(Caution.SINGLE_SHEET, {"count": len(single), "names": ", ".join(single[:NAMED])})]


def _about_judges(found: Analysis) -> list[Notice]:
    said = [
        Notice(Caution.ONE_NUMBER, {"judge": name, "score": f"{score:g}"})
        for name, score in _one_number(found.sheets)
    ]
    said += [
        Notice(Caution.NOISY, {"judge": judge.judge, "ratio": f"{judge.noise_ratio:.1f}"})
        for judge in found.judges
        if judge.flagged
    ]
    return said + [
        Notice(Caution.BIASED, {"judge": b.judge, "difference": f"{b.difference:.2f}", "p": f"{b.p:.3f}"})
        for b in found.biases
        if b.p < quality.SUSPECT and b.difference > 0
    ]
