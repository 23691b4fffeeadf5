from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.programme import kinds
from app.programme.kinds import KINDS, BirthDateNeed, Effort, Kind, QuestionType, discover, kind, private_questions
from app.programme.rules import EntryMode

TEMPLATES = Path(__file__).parents[2] / "templates"
NEW_KIND = """
from app.programme.kinds.base import Kind, Question, QuestionType
KIND = Kind("cooking", "Lomba masak", questions=(Question("dish", QuestionType.TEXT, "Masakan apa?"),))
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of kinds somewhere else; modules are written into it by the tests."""
    monkeypatch.syspath_prepend(tmp_path)
    folder = tmp_path / "throwaway_kinds"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "nothing.py").write_text("ANSWER = 42\n")
    yield folder
    for name in [name for name in sys.modules if name.startswith("throwaway_kinds")]:
        del sys.modules[name]


class TestDiscovery:
    def test_a_module_is_enough(self, package):
        (package / "cooking.py").write_text(NEW_KIND)
        found = discover("throwaway_kinds", [str(package)])
        assert list(found) == ["cooking"]
        assert found["cooking"].asked_once[0].name == "dish"
        assert found["cooking"].partial == "programme/kinds/cooking.html"

    def test_two_of_one_name_are_a_mistake(self, package):
        for name in ("cooking", "baking"):
            (package / f"{name}.py").write_text(NEW_KIND)
        with pytest.raises(ValueError, match="cooking"):
            discover("throwaway_kinds", [str(package)])

    def test_every_module_of_the_folder_is_a_kind_of_its_name(self):
        modules = {path.stem for path in Path(kinds.__file__).parent.glob("*.py")} - {"__init__", "base"}
        assert set(KINDS) == modules
        assert list(KINDS)[-1] == "general"

    @pytest.mark.parametrize("code", KINDS)
    def test_each_has_its_partial(self, code):
        assert (TEMPLATES / KINDS[code].partial).is_file()


def test_only_blood_donation_keeps_the_day_of_birth():
    assert [k.code for k in KINDS.values() if k.asks_birth_date is BirthDateNeed.DATE] == ["blood_donation"]


@pytest.mark.parametrize("code", ["business_licence", "halal", "fun_walk"])
def test_the_busy_ones_ask_no_required_question(code):
    assert not any(question.required for question in kind(code).questions)
    assert not any(kind(code).consents.values())


def test_an_unknown_kind_is_a_plain_activity():
    found = kind("lomba-masak")
    assert (found.code, found.label, found.questions) == ("lomba-masak", KINDS["general"].label, ())
    assert found.partial == KINDS["general"].partial


def test_questions_can_be_answered():
    for each in KINDS.values():
        names = [question.name for question in each.questions]
        assert len(names) == len(set(names))
        for question in each.questions:
            assert question.label
            assert (question.type is QuestionType.CHOICE) == bool(question.options)


def test_what_is_private_is_never_called_like_something_that_is_kept():
    kept = {q.name for each in KINDS.values() for q in each.questions if not q.private}
    assert private_questions()
    assert not private_questions() & kept


@pytest.mark.parametrize("code", ["charity", "entertainment", "exhibition", "competition_final", "prize_draw"])
def test_some_never_take_public_sign_ups(code):
    assert EntryMode.OPEN not in KINDS[code].entry_modes


def test_the_usual_way_in():
    usual = {code: KINDS[code].entry_modes[0].value for code in ("charity", "exhibition", "competition_final")}
    assert usual == {"charity": "proposal", "exhibition": "application", "competition_final": "invitation"}
    assert KINDS["entertainment"].entry_modes[0] is EntryMode.NONE


def test_what_strains_and_what_needs_rest():
    assert {c for c, k in KINDS.items() if k.effort is Effort.STRENUOUS} == {"fun_walk", "gymnastics"}
    assert {c for c, k in KINDS.items() if k.effort is Effort.REST_AFTER} == {"blood_donation"}


def test_teams_bibs_and_small_children():
    assert [c for c, k in KINDS.items() if k.allows_team] == ["gymnastics"]
    assert [c for c, k in KINDS.items() if k.gives_bib] == ["fun_walk"]
    assert [(c, k.child_needs_adult) for c, k in KINDS.items() if k.child_needs_adult] == [("fun_walk", 12)]


class TestOptions:
    DONORS: Kind = KINDS["blood_donation"]

    @pytest.mark.parametrize(
        ("stored", "days"),
        [
            (None, 60), ({}, 60), ({"interval_days": 90}, 90), ({"interval_days": 61}, 60),
            ({"interval_days": "90"}, 60), ({"other": 1}, 60),
        ],
    )  # fmt: skip
    def test_the_first_choice_unless_another_was_made(self, stored, days):
        assert self.DONORS.option("interval_days", stored) == days
