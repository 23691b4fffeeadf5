"""One made-up competition, ranked by every method and held against the truth."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.competition.rules import uncertainty
from app.competition.rules.methods import Method, apply
from app.competition.rules.noise import noise_weighted
from app.competition.rules.reml import components
from app.competition.rules.sheets import Sheets
from app.competition.rules.shrunk import shrunk
from bench.ranking import worlds
from bench.ranking.worlds import Floats, World

DRAWS = 4_000
COMPARED = ("oracle", "z-scores")


@dataclass(frozen=True)
class Found:
    """How near one method came: share of the true first three, Kendall's tau-b, whether the first is the first."""

    top3: float
    tau: float
    top1: bool
    claimed: float  # P(first) of the one it puts first


@dataclass(frozen=True)
class Claims:
    """Scores of the default, and P(first) beside them."""

    scores: Floats
    first: Floats


@dataclass(frozen=True)
class Trial:
    """One seed: by method, and how often the 90 % ranges held the true rank."""

    methods: dict[str, Found]
    covered: float


def _by_shrunk(sheets: Sheets) -> Floats:
    return shrunk(sheets, components(sheets)).scores


DESIGNS: dict[str, Callable[[int], World]] = {
    "linked": worlds.linked,
    "linked, a rogue": lambda seed: worlds.linked(seed, rogues=1),
    "panels by quality": worlds.by_quality,
    "complete, a rogue": worlds.complete,
    "two stages": lambda seed: worlds.two_stages(seed, _by_shrunk),
}


def run(design: str, seed: int) -> Trial:
    """Make the world of this seed up and rank it."""
    world = DESIGNS[design](seed)
    sheets, truth = world.sheets, world.panel.truth
    variances = components(sheets)
    noise = noise_weighted(sheets, variances)
    standing = uncertainty.standing(uncertainty.draw(sheets, noise.fit.given.weights, seed, DRAWS))
    scores = {method.value: apply(method, sheets, variances, noise).fit.scores for method in Method}
    scores["oracle"], scores["z-scores"] = _oracle(world), _z_scores(sheets)
    rank = np.argsort(np.argsort(-truth)) + 1
    return Trial(
        {name: _held(score, truth, standing.first) for name, score in scores.items()},
        float(np.mean((standing.low <= rank) & (rank <= standing.high))),
    )


def with_claims(world: World, seed: int) -> Claims:
    """The default method alone."""
    variances = components(world.sheets)
    noise = noise_weighted(world.sheets, variances)
    drawn = uncertainty.draw(world.sheets, noise.fit.given.weights, seed, DRAWS)
    return Claims(shrunk(world.sheets, variances).scores, uncertainty.standing(drawn).first)


def _held(scores: Floats, truth: Floats, first: Floats) -> Found:
    best = int(np.argmax(scores))
    mine, true = (set(np.argsort(-values, kind="stable")[:3].tolist()) for values in (scores, truth))
    return Found(len(mine & true) / 3, tau(scores, truth), best == int(np.argmax(truth)), float(first[best]))


def tau(one: Floats, other: Floats) -> float:
    """Kendall's tau-b; 0 where one of the two tells nobody apart."""
    i, j = np.triu_indices(len(one), 1)
    x, y = np.sign(one[i] - one[j]), np.sign(other[i] - other[j])
    told = math.sqrt(np.count_nonzero(x) * np.count_nonzero(y))
    return float(x @ y) / told if told else 0.0


def _oracle(world: World) -> Floats:
    """One who knows each judge's severity and noise: the weighted mean of corrected sheets."""
    sheets, made = world.sheets, world.panel
    weight = made.trust[sheets.judge]
    count = len(sheets.entrants)
    corrected = sheets.value - made.severity[sheets.judge]
    return np.bincount(sheets.entrant, weight * corrected, count) / np.bincount(sheets.entrant, weight, count)


def _z_scores(sheets: Sheets) -> Floats:
    """What is often done: each judge's scores standardised, then averaged."""
    count = len(sheets.judges)
    mean = np.bincount(sheets.judge, sheets.value, count) / sheets.per_judge
    spread = np.sqrt(np.bincount(sheets.judge, (sheets.value - mean[sheets.judge]) ** 2, count) / sheets.per_judge)
    z = (sheets.value - mean[sheets.judge]) / np.maximum(spread[sheets.judge], 1e-9)
    return np.bincount(sheets.entrant, z, len(sheets.entrants)) / sheets.per_entrant
