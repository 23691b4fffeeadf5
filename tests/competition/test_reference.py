"""The rules give the published results of the reference data."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest

from app.competition.rules.agreement import alphas, correlations, kendall_w
from app.competition.rules.reml import Crossed, components
from app.competition.rules.robust import trimmed_mean
from app.competition.rules.sheets import Sheets
from app.competition.rules.shrunk import mixed, shrunk
from tests.competition import reference_data as reference

ICCS = ("ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k")


def lmer(name: str) -> tuple[Sheets, dict[str, float], dict[str, float], float]:
    """Sheets, variances and predictions by name, and the criterion, as lmer gave them."""
    if name == "penicillin":
        said = reference.published(name)
        v = said["REML"]["variance"]
        return (
            reference.penicillin(),
            {"entrant": v["sample"], "judge": v["plate"], "residual": v["Residual"]},
            said["blup_sample"],
            said["REML"]["REMLcrit"],
        )
    if name == "shrout_fleiss_1979":
        said = reference.published(name)
        v = said["lmer"]["variance"]
        return reference.shrout_fleiss(), {
            "entrant": v["target"], "judge": v["judge"], "residual": v["Residual"],
        }, said["blup_target"], said["lmer"]["REMLcrit"]  # fmt: skip
    said = reference.published("princeton_2012")[name]
    v = said["lmer"]["variance"]
    return reference.princeton(name), {
        "entrant": v["wine"], "judge": v["judge"], "residual": v["Residual"],
    }, said["blup_wine"], said["lmer"]["REMLcrit"]  # fmt: skip


# lmer stops where its criterion changes by less than 1e-8 or so: there the variance of Penicillin's six samples is
# 6e-5 of itself away from the optimum, which test_exact_optimum knows in closed form.
SLACK = {("penicillin", "entrant"): 2.5e-4}


@pytest.mark.parametrize("name", ["penicillin", "shrout_fleiss_1979", "white", "red"])
def test_lmer(name: str) -> None:
    sheets, variances, predictions, criterion = lmer(name)
    found = components(sheets)
    assert found.criterion is not None
    assert found.criterion == pytest.approx(criterion, abs=1e-5)
    assert found.criterion <= criterion + 1e-9
    for which, value in variances.items():
        assert getattr(found, which) == pytest.approx(value, abs=SLACK.get((name, which), 1e-5)), which
    fit = mixed(sheets, found)
    for entrant, value in predictions.items():
        assert fit.scores[sheets.entrants.index(entrant)] - fit.mean == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize("name", ["penicillin", "shrout_fleiss_1979", "red"])
def test_exact_optimum(name: str) -> None:
    """In a complete design REML is analysis of variance, where that is positive (Searle et al. 1992, ch. 4.4)."""
    sheets, found = lmer(name)[0], components(lmer(name)[0])
    table = sheets.table
    n, k = table.shape
    rows, columns = table.mean(1), table.mean(0)
    left = table - rows[:, None] - columns + table.mean()
    error = float((left**2).sum()) / ((n - 1) * (k - 1))
    assert found.residual == pytest.approx(error, rel=1e-8)
    assert found.entrant == pytest.approx(rows.var(ddof=1) - error / k, rel=1e-7)
    assert found.judge == pytest.approx(columns.var(ddof=1) - error / n, rel=1e-7)


def test_whites_stand_on_the_boundary() -> None:
    found = components(reference.princeton("white"))
    assert found.entrant == 0.0
    assert found.judge > 0


def test_judges_of_lmer() -> None:
    sheets = reference.shrout_fleiss()
    said = reference.published("shrout_fleiss_1979")["blup_judge"]
    fit = shrunk(sheets, components(sheets))
    for judge, value in said.items():
        assert fit.severity[sheets.judges.index(judge)] == pytest.approx(value, abs=1e-5)
    plates = reference.penicillin()
    fit = mixed(plates, components(plates))
    for plate, value in reference.published("penicillin")["blup_plate"].items():
        assert fit.severity[plates.judges.index(plate)] == pytest.approx(value, abs=1e-5)


def test_slopes_of_the_criterion() -> None:
    crossed = Crossed(reference.drawn(4, 12, 5, 0.7))
    for ratios in (np.array([0.3, 0.7]), np.array([0.0, 1.2]), np.array([2.0, 0.0])):
        point = crossed.at(ratios)
        for k in (0, 1):
            step = np.zeros(2)
            step[k] = 1e-6
            numeric = (crossed.at(ratios + step).criterion - crossed.at(ratios).criterion) / 1e-6
            assert point.slopes[k] == pytest.approx(numeric, rel=1e-3, abs=1e-4)


def test_transposed_and_weighted() -> None:
    """Whichever side is eliminated, and whether a sheet counts twice or is there twice as precisely."""
    sheets = reference.drawn(5, 9, 4, 0.8)
    turned = Sheets(sheets.judges, sheets.entrants, sheets.judge, sheets.entrant, sheets.value)
    one, other = components(sheets), components(turned)
    assert (one.entrant, one.judge, one.criterion) == pytest.approx((other.judge, other.entrant, other.criterion))
    heavy = components(sheets, np.full(len(sheets.value), 4.0))
    assert heavy.residual == pytest.approx(4 * one.residual, rel=1e-6)
    assert heavy.entrant == pytest.approx(one.entrant, rel=1e-5)


def test_krippendorff() -> None:
    sheets = reference.sheets("krippendorff_2011_c", "unit", "observer", "value")
    said = reference.published("krippendorff_2011_c")
    for name, value in zip(("nominal", "ordinal", "interval", "ratio"), alphas(sheets), strict=True):
        assert value == pytest.approx(said["computed_R"][name], abs=1e-9)
        assert round(value or 0, 3) == said["published"][name]


def test_shrout_and_fleiss() -> None:
    said = reference.published("shrout_fleiss_1979")
    for name, value in zip(ICCS, correlations(reference.shrout_fleiss()), strict=True):
        assert value == pytest.approx(said["psych_ICC"][name]["ICC"], abs=1e-9)
        assert round(value or 0, 2) == said["published"][name]


@pytest.mark.parametrize("flight", ["white", "red"])
def test_princeton(flight: str) -> None:
    said, sheets = reference.published("princeton_2012")[flight], reference.princeton(flight)
    assert kendall_w(sheets) == pytest.approx(said["kendall"]["W_tie_corrected"], abs=1e-9)
    for name, value in zip(ICCS, correlations(sheets), strict=True):
        assert value == pytest.approx(said["psych_icc"][name], abs=1e-9)
    for entrant, mean in said["wine_mean"].items():
        assert sheets.means[sheets.entrants.index(entrant)] == pytest.approx(mean, abs=1e-9)


def test_kendall_with_ties() -> None:
    said = reference.published("shrout_fleiss_1979")["kendall"]
    assert kendall_w(reference.shrout_fleiss()) == pytest.approx(said["W_tie_corrected"], abs=1e-9)


def test_official_trimmed_means() -> None:
    panels: dict[tuple[str, str], list[float]] = {}
    official: dict[tuple[str, str], str] = {}
    for row in reference.rows("owg2018_men_free_components"):
        key = row["skater"], row["component"]
        panels.setdefault(key, []).append(float(row["score"]))
        official[key] = row["official_panel_score"]
    assert len(panels) == 24 * 5
    for key, scores in panels.items():
        mean = Decimal(repr(round(trimmed_mean(np.array(scores)), 9))).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert mean == Decimal(official[key]).quantize(Decimal("0.01")), key


def test_trimming_leaves_something() -> None:
    with pytest.raises(ValueError, match="left"):
        trimmed_mean(np.array([1.0, 2.0]))


def test_agreement_where_the_design_does_not_allow_it() -> None:
    """Three judges an entrant, not always the same: the one-way correlations only."""
    sheets = reference.made([[1, 2, None], [None, 3, 4], [5, None, 7], [2, 2, None]])
    found = correlations(sheets)
    assert [value is None for value in found] == [False, True, True, False, True, True]
    assert kendall_w(sheets) is None
    assert correlations(reference.made([[1, 2, 3], [None, 3, 4]])) == (None,) * 6
    assert alphas(reference.made([[1, None], [None, 3]])) == (None,) * 4
    assert alphas(reference.made([[2, 2], [2, 2]])) == (None,) * 4
    assert alphas(reference.made([[-1, 2], [3, 4]]))[3] is None


def test_alpha_by_coincidences() -> None:
    """Sums of squares give what the matrix of coincidences gives (Krippendorff 2011, section E)."""
    sheets = reference.drawn(8, 7, 4, 0.8)
    sheets = sheets.with_values(np.round(sheets.value))
    unit, value = sheets.entrant, sheets.value
    pairs = [(i, j) for i in range(len(value)) for j in range(len(value)) if i != j]
    count = np.bincount(unit)
    kept = np.flatnonzero(count[unit] > 1)
    seen = sum((value[i] - value[j]) ** 2 / (count[unit[i]] - 1) for i, j in pairs if unit[i] == unit[j]) / len(
        kept
    )
    chance = sum((value[i] - value[j]) ** 2 for i in kept for j in kept) / (len(kept) * (len(kept) - 1))
    assert alphas(sheets)[2] == pytest.approx(1 - seen / chance)
    assert not math.isnan(alphas(sheets)[0] or 0)
