"""The fit, its methods, its uncertainty, and what is said about judges; every formula against a slower way."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.competition.rules import quality, ties, uncertainty
from app.competition.rules.connectivity import connectivity, loose_directions, panels, shared
from app.competition.rules.fit import Assumptions, solve
from app.competition.rules.methods import Method, apply
from app.competition.rules.noise import noise_weighted
from app.competition.rules.reml import components
from app.competition.rules.robust import TUNING, huber
from app.competition.rules.sensitivity import sensitivity
from app.competition.rules.sheets import Floats, Sheets
from app.competition.rules.shrunk import mixed, plain, ratio, shrunk
from app.competition.rules.student import two_sided
from app.competition.rules.ties import Decided, Placed
from app.competition.rules.uncertainty import Draws
from tests.competition.reference_data import drawn, made, princeton

ALL_SHARED = [(0, 1, Decided.SCORE), *((entrant, 2, Decided.SHARED) for entrant in (1, 2, 3))]


def dense(sheets: Sheets, given: Assumptions) -> tuple[Floats, Floats]:
    """Estimates and variances with every unknown in one matrix: qualities, severities, mean."""
    e, j = sheets.size
    rows = np.zeros((len(sheets.value), e + j + 1))
    rows[np.arange(len(rows)), sheets.entrant] = 1
    rows[np.arange(len(rows)), e + sheets.judge] = 1
    matrix = rows.T @ (given.weights[:, None] * rows)
    matrix[e : e + j, e : e + j] += given.judge_penalty * np.eye(j)
    prior = np.hstack([np.eye(e), np.zeros((e, j)), -np.ones((e, 1))])
    matrix += given.entrant_penalty * prior.T @ prior
    used = slice(0, e + j + (given.entrant_penalty > 0))
    inverse = np.linalg.pinv(matrix[used, used])
    return inverse @ (rows.T @ (given.weights * sheets.value))[used], np.diag(inverse)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(2, 9),
    st.integers(2, 6),
    st.floats(0.01, 20),
    st.sampled_from([0.0, 0.3, 5.0]),
)
def test_fit_by_hand(seed: int, entrants: int, judges: int, penalty: float, prior: float) -> None:
    sheets = drawn(seed, entrants, judges)
    weights = np.random.default_rng(seed).uniform(0.2, 3, len(sheets.value))
    given = Assumptions(weights, 1.0, penalty, prior)
    fit, (found, variance) = solve(sheets, given), dense(sheets, given)
    assert fit.scores == pytest.approx(found[:entrants], abs=1e-8)
    assert fit.severity == pytest.approx(found[entrants : entrants + judges], abs=1e-8)
    assert fit.se**2 == pytest.approx(variance[:entrants], abs=1e-8)
    assert fit.severity_se**2 == pytest.approx(variance[entrants : entrants + judges], abs=1e-8)
    if prior:
        assert fit.mean == pytest.approx(found[-1], abs=1e-8)


def test_leverage_is_what_a_score_moves_its_own_fit() -> None:
    sheets = drawn(3, 6, 4, 0.9)
    given = Assumptions(np.linspace(0.5, 2, len(sheets.value)), 1.0, 0.8)
    fit = solve(sheets, given)
    for k in (0, 5, 11):
        value = sheets.value.copy()
        value[k] += 1
        moved = solve(sheets.with_values(value), given)
        assert fit.leverage[k] == pytest.approx(1 - (moved.residuals[k] - fit.residuals[k]), abs=1e-9)


def test_infinite_penalties() -> None:
    sheets = drawn(2, 6, 4, 0.9)
    ones = np.ones(len(sheets.value))
    none = solve(sheets, Assumptions(ones, 1.0, math.inf))
    assert none.scores == pytest.approx(sheets.means)
    assert not none.severity.any()
    alike, nearly = (solve(sheets, Assumptions(ones, 1.0, 0.5, prior)) for prior in (math.inf, 1e7))
    assert alike.scores == pytest.approx(np.full(6, alike.mean))
    assert nearly.scores == pytest.approx(alike.scores, abs=1e-5)
    assert nearly.severity == pytest.approx(alike.severity, abs=1e-5)
    assert nearly.se == pytest.approx(alike.se, abs=1e-3)
    assert nearly.leverage == pytest.approx(alike.leverage, abs=1e-4)


def test_free_severity_sums_to_nothing() -> None:
    sheets = drawn(2, 6, 4, 0.9)
    fit = solve(sheets, Assumptions(np.ones(len(sheets.value)), 1.0, 0.0))
    assert fit.severity.sum() == pytest.approx(0, abs=1e-9)


def test_the_sentence_for_laypeople() -> None:
    """A score is the mean of the judges' scores less each judge's severity."""
    sheets = drawn(1, 20, 6, 0.8)
    fit = shrunk(sheets, components(sheets))
    corrected = sheets.value - fit.severity[sheets.judge]
    assert fit.scores == pytest.approx(np.bincount(sheets.entrant, corrected) / sheets.per_entrant)


def test_corrects_an_unlucky_draw() -> None:
    """E2 is as good as E0 but had the strict judge."""
    sheets = made([[90, 80, None], [80, 70.1, 60.2], [None, 80.1, 69.9], [70, None, 50]])
    fit = shrunk(sheets, components(sheets))
    assert sheets.means[0] - sheets.means[2] > 9
    assert abs(fit.scores[0] - fit.scores[2]) < 1
    assert fit.severity[0] > fit.severity[1] > fit.severity[2]


def test_ratio() -> None:
    assert ratio(2.0, 4.0) == 0.5
    assert ratio(2.0, 0.0) == math.inf
    assert ratio(0.0, 0.0) == 0.0


def test_huber_holds_an_odd_sheet_down() -> None:
    sheets = drawn(6, 15, 5)
    value = sheets.value.copy()
    value[7] += 6
    spoilt = sheets.with_values(value)
    found = huber(spoilt, components(spoilt))
    assert found.settled
    assert found.weights[7] == found.weights.min()
    assert found.weights[7] == pytest.approx(TUNING * found.scale / abs(found.fit.residuals[7]), rel=1e-6)
    e = sheets.entrant[7]
    honest = shrunk(sheets, components(sheets)).scores[e]
    assert abs(found.fit.scores[e] - honest) < abs(shrunk(spoilt, components(spoilt)).scores[e] - honest)


def test_noisy_judges_count_less() -> None:
    sheets = drawn(7, 40, 5)
    chance = np.random.default_rng(7)
    value = np.where(sheets.judge == 2, sheets.value + chance.normal(0, 3, len(sheets.value)), sheets.value)
    spoilt = sheets.with_values(value)
    found = noise_weighted(spoilt, components(spoilt))
    assert found.settled
    assert found.variances.argmax() == 2
    assert found.variances[2] > 5 * np.delete(found.variances, 2).max()
    base = shrunk(spoilt, components(spoilt))
    rated = quality.judges(spoilt, base, base)
    assert [judge.flagged for judge in rated] == [False, False, True, False, False]


def test_plain_mean_carries_severity_in_its_error() -> None:
    sheets = drawn(9, 12, 4)
    found = components(sheets)
    assert plain(sheets, found).se == pytest.approx(math.sqrt((found.judge + found.residual) / 4))


def test_mixed_draws_scores_together() -> None:
    sheets = drawn(10, 15, 5)
    found = components(sheets)
    assert np.ptp(mixed(sheets, found).scores) < np.ptp(shrunk(sheets, found).scores)
    whites = princeton("white")
    assert np.ptp(mixed(whites, components(whites)).scores) == 0


# Uncertainty


def test_draws_can_be_repeated() -> None:
    sheets = drawn(11, 12, 5, 0.8)
    one, same, other = (uncertainty.draw(sheets, seed=seed, draws=500).quality for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_draws_follow_the_mixed_model() -> None:
    """With plenty of data the variances are known, and draws have the mean and error that BLUP gives."""
    sheets = drawn(12, 150, 40, 0.3)
    found = components(sheets)
    fit = mixed(sheets, found)
    quality_ = uncertainty.draw(sheets, draws=4000).quality
    mean = quality_.mean(0)
    assert mean - mean.mean() == pytest.approx(fit.scores - fit.scores.mean(), abs=0.05)
    assert quality_.std(0).mean() == pytest.approx(fit.se.mean(), rel=0.1)


def test_standing() -> None:
    quality_ = np.array([[3.0, 2.0, 1.0, 0.0]] * 19 + [[0.0, 2.0, 1.0, 3.0]])
    found = uncertainty.standing(Draws(quality_, 1))
    assert found.first == pytest.approx([0.95, 0, 0, 0.05])
    assert found.top3 == pytest.approx([0.95, 1, 1, 0.05])
    assert list(found.low) == [1, 2, 3, 4]
    assert list(found.high) == [1, 2, 3, 4]


def test_equals_share_the_first_place() -> None:
    sheets = made([[1.0, 2.0, 1.5], [1.0, 2.0, 1.5], [2.0, 1.0, 1.5], [2.0, 1.0, 1.5]])
    first = uncertainty.standing(uncertainty.draw(sheets, draws=8000)).first
    assert first == pytest.approx([0.25] * 4, abs=0.03)


# Ties


def test_ranks_share() -> None:
    assert list(ties.ranks(np.array([3.0, 5.0, 3.0 + 1e-13, 1.0]), np.array([1.0, 5.0]))) == [2, 1, 2, 4]


def test_groups_walk_down() -> None:
    """The second joins below 0.75; the third is measured against the group's first, not against the second."""
    chance = np.random.default_rng(1)
    quality_ = chance.standard_normal((20_000, 3)) + np.array([1.2, 0.9, 0.0])
    scores = quality_.mean(0)
    draws = Draws(quality_, 1)
    assert draws.above(1, 2) < 0.75 < draws.above(0, 2)
    assert ties.groups(scores, draws) == [[0, 1], [2]]


@pytest.mark.parametrize(
    ("criterion", "visit", "wanted"),
    [
        (None, None, ALL_SHARED),
        (
            np.array([0.0, 1.0, 2.0, 1.0]), None,
            [(0, 1, Decided.SCORE), (2, 2, Decided.CRITERION), (1, 3, Decided.SHARED), (3, 3, Decided.SHARED)],
        ),
        (
            np.array([0.0, 1.0, 2.0, 1.0]), {1: 2, 3: 1},
            [(0, 1, Decided.SCORE), (2, 2, Decided.CRITERION), (3, 3, Decided.VISIT), (1, 4, Decided.VISIT)],
        ),
        (None, {1: 1, 2: 1}, ALL_SHARED),
    ],
)  # fmt: skip
def test_declared_chain(
    criterion: Floats | None, visit: dict[int, int] | None, wanted: list[tuple[int, int, Decided]]
) -> None:
    assert ties.resolve([[0], [1, 2, 3]], criterion, visit) == [Placed(*line) for line in wanted]


# Quality and links


def test_welch_by_the_book() -> None:
    """Example of unequal variances; p of t = -2.4677 at 24.99 degrees of freedom by R's pt."""
    one = np.array([27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4])
    other = np.array([27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 25.0])
    difference, p = quality.welch(one, other)
    assert difference == pytest.approx(one.mean() - other.mean())
    assert p == pytest.approx(0.0094, abs=3e-3)
    assert quality.welch(np.ones(3), np.ones(3)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("t", "degrees", "p"),
    [(0.0, 5, 1.0), (1.0, 1, 0.5), (2.0, 2, 0.1835034), (-2.5706, 5, 0.05), (1.96, 1e6, 0.05)],
)
def test_student(t: float, degrees: float, p: float) -> None:
    assert two_sided(t, degrees) == pytest.approx(p, abs=2e-5)


def test_own_people() -> None:
    sheets = drawn(13, 12, 4)
    value = np.where((sheets.judge == 1) & (sheets.entrant < 4), sheets.value + 2.5, sheets.value)
    spoilt = sheets.with_values(value)
    of_entrant = {name: "A" if k < 4 else "B" for k, name in enumerate(sheets.entrants)}
    found = quality.own_bias(spoilt, shrunk(spoilt, components(spoilt)), {"J0001": "A", "J0002": "A"}, of_entrant)
    assert [bias.judge for bias in found] == ["J0001", "J0002"]
    assert found[0].difference > 1
    assert found[0].p < 0.01 < found[1].p
    assert (found[0].own, found[0].others) == (4, 8)


def test_odd_sheets() -> None:
    sheets = drawn(14, 20, 5)
    value = sheets.value.copy()
    value[33] -= 4
    found = quality.odd_sheets(sheets, shrunk(sheets.with_values(value), components(sheets.with_values(value))))
    assert (found[0].judge, found[0].entrant) == ("J0003", "E0006")
    assert found[0].residual < -2.5


def test_links() -> None:
    assert connectivity(np.ones((6, 4))) == pytest.approx(1)
    assert connectivity(np.ones((6, 1))) == 0
    apart = np.zeros((6, 4))
    apart[:3, :2] = apart[3:, 2:] = 1
    assert connectivity(apart) == pytest.approx(0, abs=1e-12)
    assert shared(apart)[0, 1] == 3
    two = made([[1, 2, None, None], [2, 3, None, None], [None, None, 1, 2]])
    assert panels(two) == [([0, 1], [0, 1]), ([2], [2, 3])]
    assert len(panels(drawn(1, 300, 40, 0.2))) == 1
    chain = made([[1.0 if j in (e, e + 1) else None for j in range(41)] for e in range(40)])
    assert len(panels(chain)) == 1
    assert loose_directions(chain).shape == (40, 5)
    assert loose_directions(drawn(1, 30, 5)).shape == (30, 0)


def test_sensitivity() -> None:
    sheets = made([[9.0, 9.1, None], [7.2, 7.0, 7.1], [None, 5.2, 5.0], [3.0, None, 3.3]])
    found = components(sheets)
    said = sensitivity(sheets, found, Method.SHRUNK, noise_weighted(sheets, found))
    assert set(said.methods) == {"mean", "huber", "noise-weighted", "mixed"}
    assert all(three == ("E0", "E1", "E2") for three in said.methods.values())
    assert set(said.without) == {"J0", "J1", "J2"}
    two = made([[1.0, 2.0], [2.0, 3.5]])
    found = components(two)
    without = sensitivity(two, found, Method.MEAN, noise_weighted(two, found)).without
    assert without == {"J0": None, "J1": None}


def test_without_a_judge() -> None:
    sheets = made([[1.0, 2.0, None], [2.0, None, None], [None, 5.0, 6.0]])
    rest = sheets.without_judge(0)
    assert rest.entrants == ("E0", "E2")
    assert rest.judges == ("J1", "J2")
    assert list(rest.entrant) == [0, 1, 1]
    assert list(rest.judge) == [0, 0, 1]


@pytest.mark.parametrize("method", list(Method))
def test_scale_does_not_matter(method: Method) -> None:
    """Scores times 20 and shifted give the same order and the same scores, times 20 and shifted."""
    sheets = drawn(15, 14, 5, 0.8)
    other = replace(sheets, value=20 * sheets.value - 7)
    one, two = (apply(method, s, components(s)).fit.scores for s in (sheets, other))
    assert two == pytest.approx(20 * one - 7, rel=1e-5)
