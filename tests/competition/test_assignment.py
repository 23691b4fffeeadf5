"""Plans of who judges whom."""

from __future__ import annotations

import time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.competition import words
from app.competition.rules.assignment import Plan, assign
from app.competition.rules.faults import Impossible, NoPlan


def pairs(plan: Plan, judges: int) -> list[int]:
    count = dict.fromkeys(combinations(range(judges), 2), 0)
    for chosen in plan.judges:
        for pair in combinations(chosen, 2):
            count[pair] += 1
    return list(count.values())


def test_the_city() -> None:
    start = time.process_time()
    plan = assign(200, 15, 4, seed=7)
    assert time.process_time() - start < 1
    assert max(plan.loads) - min(plan.loads) <= 1
    ideal = 200 * 6 / 105
    assert all(abs(count - ideal) <= 3 for count in pairs(plan, 15))
    assert plan.connectivity >= 0.75
    assert plan == assign(200, 15, 4, seed=7)
    assert plan != assign(200, 15, 4, seed=8)


def test_conflicts_are_kept() -> None:
    conflicts = {entrant: {entrant % 15, (entrant + 1) % 15} for entrant in range(200)}
    plan = assign(200, 15, 4, seed=1, conflicts=conflicts)
    assert all(not conflicts[entrant] & set(chosen) for entrant, chosen in enumerate(plan.judges))
    assert max(plan.loads) - min(plan.loads) <= 1
    assert all(abs(count - 200 * 6 / 105) <= 3 for count in pairs(plan, 15))
    assert plan.connectivity >= 0.75


def test_a_chain_of_hand_overs() -> None:
    """Judge 0 may judge only the first six, so others have to make room there."""
    plan = assign(12, 4, 2, seed=3, conflicts={entrant: {0} for entrant in range(6, 12)})
    assert plan.loads == (6, 6, 6, 6)
    assert {entrant for entrant, chosen in enumerate(plan.judges) if 0 in chosen} == set(range(6))


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 40), st.integers(2, 9), st.integers(2, 5), st.integers(0, 99))
def test_any_plan(entrants: int, judges: int, each: int, seed: int) -> None:
    conflicts = {entrant: {(entrant * 7 + seed) % judges} for entrant in range(0, entrants, 5)}
    try:
        plan = assign(entrants, judges, each, seed=seed, conflicts=conflicts)
    except Impossible:
        return
    assert all(len(set(chosen)) == each for chosen in plan.judges)
    assert all(not conflicts.get(entrant, set()) & set(chosen) for entrant, chosen in enumerate(plan.judges))
    assert max(plan.loads) - min(plan.loads) <= 1
    assert plan.connectivity > 0


@pytest.mark.parametrize(
    ("arguments", "options", "code", "sentence"),
    [
        ((0, 5, 2), {}, NoPlan.NO_ENTRANTS, "Belum ada peserta atau belum ada juri"),
        ((5, 0, 0), {}, NoPlan.NO_ENTRANTS, "Belum ada peserta atau belum ada juri"),
        ((5, 3, 4), {}, NoPlan.TOO_MANY_EACH, "dinilai 4 juri, padahal hanya ada 3 juri"),
        ((5, 3, 0), {}, NoPlan.TOO_FEW_EACH, "dinilai 0 juri. Sedikitnya dua"),
        ((5, 3, 1), {}, NoPlan.TOO_FEW_EACH, "dinilai 1 juri. Sedikitnya dua"),
        ((2, 10, 2), {}, NoPlan.TOO_FEW_SHEETS, "4 lembar nilai terlalu sedikit"),
        ((10, 5, 3), {"most": 5}, NoPlan.OVERLOADED, "sampai 6 peserta, padahal paling banyak 5"),
        ((10, 3, 2), {"conflicts": {4: {0, 1}}}, NoPlan.CONFLICTS, "Koperasi 4 hanya boleh dinilai 1 juri"),
        ((10, 5, 2), {"conflicts": {e: {0} for e in range(9)}}, NoPlan.UNEVEN, "Ibu 0 hanya 1. Tambah juri"),
        (
            (8, 4, 2), {"conflicts": {e: {0, 1} if e < 4 else {2, 3} for e in range(8)}}, NoPlan.SPLIT,
            "kelompok tanpa peserta bersama",
        ),
    ],
)  # fmt: skip
def test_impossible(
    arguments: tuple[int, int, int], options: dict[str, object], code: NoPlan, sentence: str
) -> None:
    with pytest.raises(Impossible) as no:
        assign(*arguments, seed=1, **options)  # type: ignore[arg-type]
    assert no.value.code is code
    said = words.no_plan(no.value, [f"Koperasi {e}" for e in range(10)], [f"Ibu {j}" for j in range(10)])
    assert sentence in said
    assert said.endswith(".")


def test_each_judge_everything() -> None:
    plan = assign(6, 3, 3, seed=1)
    assert plan.loads == (6, 6, 6)
    assert plan.connectivity == pytest.approx(1)
    assert assign(4, 1, 1, seed=1).loads == (4,)
