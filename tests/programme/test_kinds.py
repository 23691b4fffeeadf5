from __future__ import annotations

import pytest

from app.programme.kinds import KINDS, BirthDateNeed, QuestionType, kind


def test_only_blood_donation_keeps_the_day_of_birth():
    assert [k.code for k in KINDS.values() if k.asks_birth_date is BirthDateNeed.DATE] == ["blood_donation"]


@pytest.mark.parametrize("code", ["business_licence", "halal", "fun_walk"])
def test_the_busy_ones_ask_no_required_question(code):
    assert not any(question.required for question in kind(code).questions)


def test_an_unknown_kind_is_a_plain_activity():
    found = kind("lomba-masak")
    assert (found.code, found.label, found.questions) == ("lomba-masak", KINDS["general"].label, ())


def test_questions_can_be_answered():
    for each in KINDS.values():
        names = [question.name for question in each.questions]
        assert len(names) == len(set(names))
        for question in each.questions:
            assert question.label
            assert (question.type is QuestionType.CHOICE) == bool(question.options)
