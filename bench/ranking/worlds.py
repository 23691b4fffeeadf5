"""Made-up competitions: judges fill a five-level rubric, and the true quality of every entrant is known.

The true score of an entrant is its quality plus its strengths in the ten criteria, weighted. A judge sees it
stretched by a factor of the judge's own, adds severity, a taste for or against this entrant, and noise in every
cell, and has to round to one of five levels. A rogue gives levels by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.competition.rules.assignment import assign
from app.competition.rules.sheets import Sheets

Floats = NDArray[np.float64]
CRITERIA, LEVELS = 10, 5
QUALITY, CRITERION, SEVERITY, TASTE, NOISE = 0.6, 0.4, 0.45, 0.45, 0.6  # standard deviations, in levels
EVENNESS = 5.0  # of the Dirichlet weights
STRETCH, UNEQUAL = 0.15, 0.35  # standard deviations of the logs of a judge's stretch and noise


@dataclass(frozen=True)
class Panel:
    """One panel of judges at work: ``truth`` and ``severity`` are what no method sees, ``trust`` is 1/variance."""

    truth: Floats
    scores: Floats  # entrants × judges, what each would give, in levels 1 to 5
    severity: Floats
    stretch: Floats
    trust: Floats


@dataclass(frozen=True)
class World:
    """A panel and the sheets that the design collects."""

    panel: Panel
    sheets: Sheets


def panel(
    chance: np.random.Generator, entrants: int, judges: int, rogues: int = 0, ability: Floats | None = None
) -> Panel:
    """Make entrants and judges up and let everybody judge everything. ``ability``: qualities instead of drawn
    ones."""
    weights = chance.dirichlet(np.full(CRITERIA, EVENNESS))
    quality = chance.normal(0, QUALITY, entrants) if ability is None else ability
    cells = quality[:, None] + chance.normal(0, CRITERION, (entrants, CRITERIA))
    truth = cells @ weights
    severity = chance.normal(0, SEVERITY, judges)
    stretch = np.exp(chance.normal(0, STRETCH, judges))
    noisy = np.exp(chance.normal(0, UNEQUAL, judges))
    taste = chance.normal(0, TASTE, (entrants, judges)) * noisy
    noise = chance.normal(0, NOISE, (entrants, judges, CRITERIA)) * noisy[None, :, None]
    seen = 3 + stretch[None, :, None] * cells[:, None, :] + severity[None, :, None] + taste[:, :, None] + noise
    levels = np.clip(np.rint(seen), 1, LEVELS)
    trust = 1 / noisy**2
    for rogue in range(rogues):
        levels[:, rogue] = chance.integers(1, LEVELS + 1, (entrants, CRITERIA))
        trust[rogue] = 1e-6
    return Panel(truth, levels @ weights, severity, stretch, trust)


def collect(made: Panel, given: NDArray[np.bool_]) -> Sheets:
    """The sheets of a design: entrants × judges, true where a judge judges."""
    entrant, judge = np.nonzero(given)
    names = tuple(f"E{i:03}" for i in range(given.shape[0])), tuple(f"J{i:02}" for i in range(given.shape[1]))
    return Sheets(*names, entrant, judge, made.scores[entrant, judge])


def linked(seed: int, entrants: int = 40, judges: int = 9, each: int = 3, rogues: int = 0) -> World:
    """The planner's design: every entrant has ``each`` judges, all judges hang together."""
    made = panel(np.random.default_rng(seed), entrants, judges, rogues)
    return World(made, collect(made, _planned(entrants, judges, each, seed)))


def _planned(entrants: int, judges: int, each: int, seed: int) -> NDArray[np.bool_]:
    given = np.zeros((entrants, judges), dtype=bool)
    for entrant, chosen in enumerate(assign(entrants, judges, each, seed=seed).judges):
        given[entrant, list(chosen)] = True
    return given


def by_quality(seed: int, entrants: int = 39, judges: int = 9) -> World:
    """Three panels of three judges: the best third goes to the first panel, and so on.

    All that links the panels is that a fourth of each panel's entrants, by lot, has one judge of the next instead.
    """
    chance = np.random.default_rng(seed)
    made = panel(chance, entrants, judges)
    return World(made, collect(made, _three_panels(chance, np.argsort(-made.truth), judges)))


def by_panel(seed: int, entrants: int = 39, judges: int = 9) -> World:
    """The same panels with means and spread of the thirds of a normal crowd, but normal inside.

    The upper third of a normal crowd has its mean 1.091 and its variance 0.280 in standard deviations of the crowd.
    """
    chance = np.random.default_rng(seed)
    means = np.repeat([1.091, 0.0, -1.091], entrants // 3) * QUALITY
    made = panel(chance, entrants, judges, ability=means + chance.normal(0, 0.280**0.5 * QUALITY, entrants))
    return World(made, collect(made, _three_panels(chance, np.arange(entrants), judges)))


def _three_panels(chance: np.random.Generator, order: NDArray[np.int64], judges: int) -> NDArray[np.bool_]:
    entrants = len(order)
    given = np.zeros((entrants, judges), dtype=bool)
    size, third = judges // 3, entrants // 3
    for home in range(3):
        own = order[home * third : (home + 1) * third]
        given[np.ix_(own, np.arange(home * size, (home + 1) * size))] = True
        for turn, entrant in enumerate(chance.permutation(own)[: third // 4]):
            given[entrant, home * size + turn % size] = False
            given[entrant, (home + 1) % 3 * size + turn % size] = True
    return given


def complete(seed: int, entrants: int = 24, judges: int = 5, rogues: int = 1) -> World:
    """Everybody judges everything; one is a rogue."""
    made = panel(np.random.default_rng(seed), entrants, judges, rogues)
    return World(made, collect(made, np.ones((entrants, judges), dtype=bool)))


def two_stages(
    seed: int, choose: Callable[[Sheets], Floats], entrants: int = 40, judges: int = 9, finalists: int = 8
) -> World:
    """Three judges for all; then all judges for the best by ``choose``. 168 sheets, ranked together."""
    made = panel(np.random.default_rng(seed), entrants, judges)
    given = _planned(entrants, judges, 3, seed)
    scores = choose(collect(made, given))
    given[np.argsort(-scores)[:finalists]] = True
    return World(made, collect(made, given))
