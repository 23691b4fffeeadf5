"""How sure a rank is: draws from the joint posterior of all qualities.

Qualities are drawn with entrants random, because ranks from fixed entrants claim too much: the leader is leading
partly by luck (Efron 2011, J. Am. Stat. Assoc. 106:1602). The variances are not taken as known: their ratios to the
error are drawn too, on small grids around their modes, with half-Cauchy priors on the standard deviations (Gelman
2006, Bayesian Analysis 1:515; Polson & Scott 2012, ibid. 7:887); the error variance is scaled inverse-χ². Given all
variances, qualities and severities are normal and are drawn exactly.

How severity varies is learnt from comparisons within entrants alone, and along directions in which judges are
weakly linked no common mean is assumed: panels may follow quality, and then differences between entrants would
be taken for differences between judges (such a cut: Liu, Bayarri & Berger 2009, Bayesian Analysis 4:119). The
generator is NumPy's PCG64; its seed is stored, so that a claim can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.competition.rules.connectivity import loose_directions
from app.competition.rules.fit import Assumptions, equations
from app.competition.rules.reml import Crossed, Within, descend
from app.competition.rules.sheets import Floats, Ints, Sheets

SEED = 20230719
DRAWS = 20_000
CELLS = 800_000  # draws × entrants; many entrants have fewer draws
FEWEST_DRAWS = 1_000
GRID = np.linspace(-2.4, 2.4, 7)  # standard deviations around the mode, along each of two axes
LARGEST_GRID = 150  # judges, above which the variances are known well enough
WIDE = 5.0  # of the half-Cauchy priors, in standard deviations of the error
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Standing:
    """Of each entrant: chances and a range that its true rank lies in nine times out of ten (1 is best)."""

    first: Floats
    top3: Floats
    low: Ints
    high: Ints


@dataclass(frozen=True)
class Draws:
    """``quality``: draws × entrants, in points from a common centre."""

    quality: Floats
    seed: int

    def above(self, first: int, second: int) -> float:
        """The chance that ``first`` is better than ``second``."""
        mine, yours = self.quality[:, first], self.quality[:, second]
        return float(np.mean(mine > yours) + np.mean(mine == yours) / 2)


def draw(sheets: Sheets, weights: Floats | None = None, seed: int = SEED, draws: int | None = None) -> Draws:
    """Draw qualities. ``weights``: of sheets, where some judges or sheets count less than others."""
    entrants = len(sheets.entrants)
    count = draws or int(min(DRAWS, max(FEWEST_DRAWS, CELLS // entrants)))
    w = np.ones(len(sheets.value)) if weights is None else weights
    chance = np.random.Generator(np.random.PCG64(seed))
    drawn = np.empty((count, entrants))
    effects = np.column_stack([np.ones(entrants), loose_directions(sheets)])
    within = Within(sheets, w)
    start = 0
    for node in _nodes(within, Crossed(sheets, w), len(sheets.judges), count):
        error = within.squares(node.judge) / chance.chisquare(within.free, node.draws)
        given = Assumptions(w, 1.0, 1 / node.judge, 1 / node.entrant)
        drawn[start : start + node.draws] = _qualities(sheets, given, effects, error, chance)
        start += node.draws
    return Draws(drawn, seed)


def _qualities(
    sheets: Sheets, given: Assumptions, effects: Floats, error: Floats, chance: np.random.Generator
) -> Floats:
    """One draw a given error variance, with these ratios of it to the variances of judges and entrants."""
    reduced = equations(sheets, given, effects)
    found, inverse = reduced.solve()
    root = np.linalg.cholesky(inverse + 1e-13 * np.trace(inverse) * np.eye(len(inverse)))
    severity = found + np.sqrt(error)[:, None] * (chance.standard_normal((len(error), len(found))) @ root.T)
    own = chance.standard_normal((len(error), len(reduced.hold)))
    own *= np.sqrt(error)[:, None] / np.sqrt(reduced.hold)
    own += reduced.start - severity @ reduced.spread.T
    return own


@dataclass(frozen=True)
class _Node:
    """A pair of ratios of variances to that of the error, and how many draws are made there."""

    entrant: float
    judge: float
    draws: int


def _nodes(within: Within, crossed: Crossed, judges: int, count: int) -> list[_Node]:
    """A small grid of ratios with draws by their chances; above ``LARGEST_GRID`` judges its middle alone."""

    def of_judge(logs: Floats) -> tuple[float, Floats]:
        value, slope = within.at(float(np.exp(logs[0])))
        prior, prior_slope = _prior(logs[0])
        return value + prior, np.array([slope * np.exp(logs[0]) + prior_slope])

    grid = GRID if judges <= LARGEST_GRID else GRID[len(GRID) // 2 : len(GRID) // 2 + 1]
    nodes: list[_Node] = []
    entrant = np.zeros(1)
    logs_of_judge, chances = _along(of_judge, np.zeros(1), grid)
    for log_judge, draws in zip(logs_of_judge, _shares(chances, count), strict=True):
        ratio = float(np.exp(log_judge))

        def of_entrant(logs: Floats, ratio: float = ratio) -> tuple[float, Floats]:
            point = crossed.at(np.array([np.exp(logs[0]), ratio]))
            prior, prior_slope = _prior(logs[0])
            return point.criterion + prior, point.slopes[:1] * np.exp(logs[0]) + prior_slope

        entrants, own = _along(of_entrant, entrant, grid)
        entrant = np.array([entrants[len(grid) // 2]])  # where the next search starts
        nodes += [
            _Node(float(np.exp(log)), ratio, int(n))
            for log, n in zip(entrants, _shares(own, int(draws)), strict=True)
            if n
        ]
    return nodes


def _prior(log: float) -> tuple[float, float]:
    """Minus twice the log prior density of a log ratio, and its slope: half-Cauchy on the root of the ratio."""
    far = float(np.exp(log)) / WIDE**2
    return 2 * float(np.log1p(far)) - log, 2 * far / (1 + far) - 1


def _along(at: Callable[[Floats], tuple[float, Floats]], start: Floats, grid: Floats) -> tuple[Floats, Floats]:
    """Points of one log ratio around its mode and their chances; ``at`` is minus twice the log density."""
    mode = descend(at, start)
    step = 0.05
    curve = float((at(mode + step)[1] - at(mode - step)[1])[0]) / (4 * step)
    logs = mode[0] + grid / np.sqrt(max(curve, 0.05))
    if len(logs) == 1:
        return logs, np.ones(1)
    values = np.array([at(np.array([log]))[0] for log in logs])
    chances = np.exp((values.min() - values) / 2)
    return logs, chances / chances.sum()


def _shares(chances: Floats, count: int) -> Ints:
    """Whole numbers that sum to ``count``, as near to the chances as can be."""
    up_to = np.floor(np.cumsum(chances) * count + 0.5).astype(np.int64)
    return up_to - np.concatenate([[0], up_to[:-1]])


def standing(draws: Draws) -> Standing:
    """Chances and ranges of rank."""
    count, entrants = draws.quality.shape
    order = np.argsort(-draws.quality, axis=1)
    tally = np.zeros((entrants, entrants), dtype=np.int64)
    for place in range(entrants):
        tally[:, place] = np.bincount(order[:, place], minlength=entrants)
    reached = np.cumsum(tally, axis=1)
    return Standing(
        tally[:, 0] / count, tally[:, :3].sum(1) / count,
        1 + np.argmax(reached > LOW * count + 1e-9, axis=1), 1 + np.argmax(reached >= HIGH * count - 1e-9, axis=1),
    )  # fmt: skip
