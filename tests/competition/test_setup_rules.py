"""Rules before judging: gates, whole weights, templates, plans over categories, the chain."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.competition.queries.contest import rubric_templates
from app.competition.rules import chain, gates, plans, templates
from app.competition.rules.faults import Impossible
from app.competition.rules.freezing import WHOLE, CriterionFacts, not_ready, weights_hash
from app.competition.rules.gates import Meetings
from app.competition.rules.plans import Task
from app.competition.rules.states import GateValue

YES, NO, UNKNOWN = GateValue.YES, GateValue.NO, GateValue.UNKNOWN


@pytest.mark.parametrize(
    ("nik", "status", "value"),
    [("3276", "Aktif", YES), ("3276", "Sertifikat berlaku", YES), (None, "Aktif", UNKNOWN), ("3276", "", UNKNOWN),
     ("3276", "Tidak Aktif", NO), ("3276", "NON-AKTIF", NO), (None, "", UNKNOWN), ("3276", "kedaluwarsa", NO)],
)  # fmt: skip
def test_an_active_nik(nik: str | None, status: str, value: GateValue) -> None:
    assert gates.active_nik(nik, status) is value


@pytest.mark.parametrize(
    ("today", "due"),
    [(date(2023, 6, 30), (2020, 2021)), (date(2023, 7, 1), (2021, 2022)), (date(2024, 1, 1), (2021, 2022))],
)
def test_which_meetings_are_due(today: date, due: tuple[int, int]) -> None:
    assert gates.years_due(today) == due


@pytest.mark.parametrize(
    ("known", "value"),
    [
        (Meetings(None, frozenset(), frozenset()), UNKNOWN),
        (Meetings(date(2023, 3, 1), frozenset(), frozenset()), UNKNOWN),  # of the year before nobody knows
        (Meetings(date(2023, 3, 1), frozenset({2021}), frozenset()), YES),
        (Meetings(None, frozenset({2021, 2022}), frozenset()), YES),
        (Meetings(date(2023, 3, 1), frozenset(), frozenset({2021})), NO),
        (Meetings(date(2023, 12, 1), frozenset({2021}), frozenset()), UNKNOWN),  # a date that lies ahead
    ],
)
def test_two_meetings(known: Meetings, value: GateValue) -> None:
    assert gates.two_meetings(known, date(2023, 7, 20)) is value


def test_an_unknown_is_never_a_no() -> None:
    assert gates.may_enter([]) is YES
    assert gates.may_enter([YES, UNKNOWN]) is UNKNOWN
    assert gates.may_enter([UNKNOWN, NO]) is NO


def criterion(code: str, weight: int, category: str | None = None, stage: int = 1) -> CriterionFacts:
    return CriterionFacts(stage, category, code, code, weight, 0, 100, ((0, "a"), (100, "b")), "")


def test_weights_are_whole_for_every_stage_and_category() -> None:
    common = [criterion("A", 6667), criterion("B", 3333, "x")]
    assert not_ready(common, [1], ["x"], ["A"]) == []
    codes = {
        (reason.code, dict(reason.values).get("category"))
        for reason in not_ready(common, [1, 2], ["x", "y"], ["Q"])
    }
    assert codes == {("weights", "y"), ("no_criterion", "x"), ("no_criterion", "y"), ("tie_chain", None)}


def test_the_fingerprint_changes_with_everything_that_decides() -> None:
    criteria = [criterion("A", 5000), criterion("B", 5000)]
    same = weights_hash(reversed(criteria), ["A"], "shrunk", 1)
    assert weights_hash(criteria, ["A"], "shrunk", 1) == same
    others = {
        weights_hash([replace(criteria[0], weight=5001), criteria[1]], ["A"], "shrunk", 1),
        weights_hash([replace(criteria[0], levels=((0, "a"), (100, "c"))), criteria[1]], ["A"], "shrunk", 1),
        weights_hash(criteria, [], "shrunk", 1), weights_hash(criteria, ["A"], "mean", 1),
        weights_hash(criteria, ["A"], "shrunk", 2), same,
    }  # fmt: skip
    assert len(others) == 6


def test_every_template_is_whole_and_the_first_is_ours() -> None:
    found = rubric_templates()
    assert found[0].invented
    assert len(found) == 6
    for template in found:
        assert sum(one.weight for one in template.criteria) == WHOLE
        assert len({one.code for one in template.criteria}) == len(template.criteria)


@given(st.integers(1, 40))
def test_equal_weights(count: int) -> None:
    shares = templates.equal(count)
    assert sum(shares) == WHOLE
    assert max(shares) - min(shares) <= 1


def task(sizes: list[int], judges: int, each: int, barred: dict[int, frozenset[int]] | None = None) -> Task:
    start, categories = 0, []
    for size in sizes:
        categories.append(tuple(range(start, start + size)))
        start += size
    return Task(tuple(categories), judges, each, barred or {})


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(3, 7), st.integers(2, 3), st.integers(0, 2),
    st.integers(0, 99), st.data(),
)  # fmt: skip
def test_plans_keep_conflicts_and_give_every_entrant_enough(
    sizes: list[int], judges: int, each: int, wanted: int, seed: int, data: st.DataObject
) -> None:
    barred = {0: frozenset(data.draw(st.sets(st.integers(0, judges - 1), max_size=1)))}
    one = task(sizes, judges, each, barred)
    shared = plans.common(one, wanted)
    try:
        pairs = plans.fresh(one, shared, seed)
    except Impossible:
        return
    for entrant in range(sum(sizes)):
        of = {judge for e, judge in pairs if e == entrant}
        assert len(of) == (judges if entrant in shared else each)
        assert not of & one.barred_from(entrant)


def test_loads_are_even_over_categories() -> None:
    pairs = plans.fresh(task([6, 6, 3, 1], 5, 3), [], 7)
    loads = [sum(judge == j for _e, judge in pairs) for j in range(5)]
    assert max(loads) - min(loads) <= 1


def test_mending_keeps_what_is_there() -> None:
    one = task([6], 5, 3)
    before = plans.fresh(one, [], 7)
    judge = next(j for e, j in before if e == 2)
    after = plans.mend(replace(one, barred={2: frozenset({judge})}), before, [])
    assert before - after == {(2, judge)}
    assert len(after - before) == 1


def test_nobody_left_to_mend_with() -> None:
    with pytest.raises(Impossible):
        plans.mend(task([1], 3, 3, {0: frozenset({1})}), set(), [])


NOW = datetime(2026, 7, 20, 2, tzinfo=UTC)


def links(count: int) -> list[tuple[int, dict[str, object], str, str]]:
    previous, found = chain.beginning(1), []
    for position in range(1, count + 1):
        facts = {"position": position, "scores": {"K": position}, "saved_at": NOW}
        made = chain.link(previous, facts)
        found.append((position, facts, previous, made))
        previous = made
    return found


def test_a_chain_holds_until_something_is_touched() -> None:
    whole = links(5)
    end = whole[-1][3]
    assert chain.first_break(1, whole, 5, end) is None
    changed = [*whole]
    changed[2] = (3, {**whole[2][1], "scores": {"K": 100}}, *whole[2][2:])
    assert chain.first_break(1, changed, 5, end) == chain.Break(3, "changed")
    assert chain.first_break(1, [*whole[:2], *whole[3:]], 5, end) == chain.Break(4, "gap")
    assert chain.first_break(1, whole[:4], 5, end) == chain.Break(4, "end")
    assert chain.first_break(1, whole[:4], 4, end) == chain.Break(4, "end")
    assert chain.first_break(2, whole, 5, end) == chain.Break(1, "gap")
