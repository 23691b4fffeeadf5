"""The prescreening of blood donors, boundary by boundary (donor_rules.csv)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.programme.kinds import KINDS, Verdict
from app.programme.kinds.blood_donation import prescreen, rules_of

DAY = date(2026, 7, 20)
RULES = rules_of()
LONG_AGO = {"last_donation": date(2020, 1, 1)}
ELIGIBLE, SEE_DOCTOR, DEFERRED = Verdict.ELIGIBLE, Verdict.SEE_DOCTOR, Verdict.DEFERRED
YES = ["pregnant_or_nursing", "tattoo", "vaccine", "medicine"]


def verdict(answers=None, age=30, rules=RULES) -> Verdict:
    return prescreen(answers or {}, age, DAY, rules).verdict


def test_the_rules_are_those_of_the_table():
    assert (RULES.version, RULES.min_age, RULES.max_age_first, RULES.max_age_regular) == ("2026-11", 17, 60, 65)
    assert (RULES.interval, RULES.intervals) == (60, (60, 75, 84, 90))
    assert rules_of("2026-11") == RULES
    with pytest.raises(KeyError):
        rules_of("1999-01")


@pytest.mark.parametrize(
    ("age", "first", "regular"),
    [
        (0, DEFERRED, DEFERRED), (16, DEFERRED, DEFERRED), (17, ELIGIBLE, ELIGIBLE), (60, ELIGIBLE, ELIGIBLE),
        (61, DEFERRED, SEE_DOCTOR), (65, DEFERRED, SEE_DOCTOR), (66, DEFERRED, DEFERRED),
    ],
)  # fmt: skip
def test_ages(age, first, regular):
    assert (verdict(age=age), verdict(LONG_AGO, age)) == (first, regular)


@pytest.mark.parametrize("interval", [60, 75, 84, 90])
def test_the_interval_ends_on_its_last_day(interval):
    rules = replace(RULES, interval=interval)
    for days, expected in ((interval - 1, DEFERRED), (interval, ELIGIBLE), (interval + 1, ELIGIBLE)):
        last = DAY - timedelta(days=days)
        found = prescreen({"last_donation": last}, 30, DAY, rules)
        assert (found.verdict, found.next_possible) == (expected, last + timedelta(days=interval))


def test_why_and_when_next():
    last = DAY - timedelta(days=10)
    found = prescreen({"last_donation": last}, 30, DAY, RULES)
    (reason,) = found.reasons
    assert (reason.question, reason.values) == ("last_donation", {"day": last + timedelta(days=60), "days": 60})
    assert found.version == RULES.version


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("pregnant_or_nursing", DEFERRED), ("tattoo", SEE_DOCTOR),
        ("vaccine", SEE_DOCTOR), ("medicine", SEE_DOCTOR),
    ],
)  # fmt: skip
def test_a_yes(question, expected):
    found = prescreen({question: True}, 30, DAY, RULES)
    assert (found.verdict, [reason.question for reason in found.reasons]) == (expected, [question])
    assert prescreen({question: False}, 30, DAY, RULES).verdict is ELIGIBLE


def test_only_what_decides_is_told():
    found = prescreen({"pregnant_or_nursing": True, "tattoo": True}, 30, DAY, RULES)
    assert [reason.question for reason in found.reasons] == ["pregnant_or_nursing"]


def test_no_day_is_promised_where_more_than_the_interval_stands_in_the_way():
    soon = {"last_donation": DAY - timedelta(days=1), "pregnant_or_nursing": True}
    assert prescreen(soon, 30, DAY, RULES).next_possible is None
    assert prescreen({}, 30, DAY, RULES).next_possible is None


def test_every_question_about_health_is_private_and_belongs_to_a_rule():
    questions = KINDS["blood_donation"].questions
    assert all(question.private and question.per_person for question in questions)
    assert {q.name for q in questions} == {"last_donation", *RULES.verdicts}


@given(
    st.integers(0, 120),
    st.none() | st.dates(date(1950, 1, 1), DAY),
    st.fixed_dictionaries({name: st.booleans() for name in YES}),
    st.sampled_from(RULES.intervals),
)
def test_whatever_is_answered(age, last, yes, interval):
    """More reasons never make a verdict milder, and every verdict but the good one says why."""
    rules = replace(RULES, interval=interval)
    found = prescreen({**yes, "last_donation": last}, age, DAY, rules)
    assert bool(found.reasons) == (found.verdict is not ELIGIBLE)
    order = [ELIGIBLE, SEE_DOCTOR, DEFERRED]
    for name in YES:
        milder = prescreen({**yes, "last_donation": last, name: False}, age, DAY, rules)
        assert order.index(milder.verdict) <= order.index(found.verdict)
    if found.verdict is DEFERRED and found.next_possible:
        assert found.next_possible > DAY
        later = prescreen({**yes, "last_donation": last}, age, found.next_possible, rules)
        assert later.verdict is not DEFERRED
