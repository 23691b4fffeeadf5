"""Lists of people: what a row says, who may be one person, who signs up together."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.registration import rules
from app.registration.rules.batch import alike, listed_key
from tests.registration.signing import person


def listed(
    number: int, name: str, year: int | None = 1984, phone: str = "+62811", slot: int = 1
) -> rules.ListedPerson:
    return rules.ListedPerson(number, person(name, year), phone, slot)


def repeats(*rows: rules.ListedPerson) -> dict[int, int]:
    return rules.likely_repeats([(row, 7) for row in rows])


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("#12 Jalan santai, Rab 19 Jul", 12), ("# 7", 7), ("12", 12), (" 12 ", 12), ("#12", 12),
        ("", None), ("Jalan santai", None), ("19-07-2023", None), ("06.45", None), ("12 Jalan", None),
        ("#", None), ("#x1", None), ("9" * 40, None), ("#" + "9" * 40, None), ("²", None),
    ],
)  # fmt: skip
def test_the_number_of_a_choice(text, slot):
    assert rules.chosen_slot(text) == slot


def test_years_that_nobody_alive_was_born_in():
    assert rules.born_too_long_ago(rules.BirthDate(1905), 2026)
    assert not rules.born_too_long_ago(rules.BirthDate(1916), 2026)


class TestGroups:
    def test_by_slot_and_number_in_the_order_of_the_list(self):
        rows = [listed(2, "B", slot=2), listed(3, "A"), listed(4, "C", phone="+62800"), listed(5, "D")]
        groups = rules.groups_of(rows, {1: 10, 2: 10})
        assert [(g.slot_id, g.phone, [r.number for r in g.rows]) for g in groups] == [
            (1, "+62800", [4]), (1, "+62811", [3, 5]), (2, "+62811", [2]),
        ]  # fmt: skip
        assert [p.name for p in groups[1].people] == ["A", "D"]

    def test_no_group_is_larger_than_the_activity_allows(self):
        groups = rules.groups_of([listed(n, "A") for n in range(45)], {1: 20})
        assert [len(g.rows) for g in groups] == [20, 20, 5]
        assert [len(g.rows) for g in rules.groups_of([listed(1, "A"), listed(2, "B")], {1: 0})] == [1, 1]

    def test_the_oldest_come_first_and_namesakes_stay_together(self):
        rows = [listed(1, "Anak", 2018), listed(2, "Budi", None), listed(3, "Ibu", 1980), listed(4, "Budi", None)]
        groups = rules.groups_of(rows, {1: 3})
        assert [[r.number for r in g.rows] for g in groups] == [[3, 1], [2, 4]]
        assert [len(g.rows) for g in rules.groups_of([listed(n, "Budi") for n in range(7)], {1: 3})] == [3, 3, 1]

    @given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from([1, 2]), st.integers(1, 3)), max_size=30))
    def test_everybody_is_in_one_group_and_none_is_too_large(self, people):
        rows = [listed(n, name, slot=slot) for n, (name, slot, _size) in enumerate(people)]
        groups = rules.groups_of(rows, {1: 2, 2: 5})
        assert sorted(r.number for g in groups for r in g.rows) == list(range(len(rows)))
        assert all(len(g.rows) <= {1: 2, 2: 5}[g.slot_id] for g in groups)


class TestNames:
    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("Siti Aminah", "aminah siti"), ("Hj. Siti Aminah", "aminah siti"), ("AMINAH, SITI", "aminah siti"),
            ("Siti Aminah, S.E.", "aminah siti"), ("Bpk. H. Ma'ruf", "maruf"), ("Haji", "haji"), ("S", "s"),
            ("Dr. Budi", "budi"),
        ],
    )  # fmt: skip
    def test_keys(self, name, key):
        assert listed_key(name) == key

    @pytest.mark.parametrize(
        ("a", "b", "same"),
        [
            ("aminah siti", "aminah sitti", True), ("aminah siti", "aminah sita", True),
            ("budi", "budy", False), ("muhammad rizky", "mohammad rizky", True),
            ("aminah siti", "aminah", False), ("ahmad fauzi", "ahmad fauzan", False),
            ("dewi lestari", "dwi lestari", True), ("agus salim", "agus halim", True),
        ],
    )  # fmt: skip
    def test_a_slip_of_the_pen(self, a, b, same):
        assert alike(a, b) is same


class TestRepeats:
    def test_the_same_words_in_another_order_with_a_title(self):
        assert repeats(listed(2, "Siti Aminah"), listed(5, "Hj. AMINAH Siti", phone="+62822")) == {5: 2}

    def test_years_speak_against_it(self):
        assert repeats(listed(2, "Siti Aminah", 1984), listed(3, "Siti Aminah", 1985)) == {}

    def test_father_and_son_without_years_on_one_number(self):
        assert repeats(listed(2, "Budi Santoso", None), listed(3, "Budi Santoso", None)) == {3: 2}

    def test_without_years_and_on_other_numbers_only_the_very_name(self):
        other = {"phone": "+62822"}
        assert repeats(listed(2, "Siti Aminah", None), listed(3, "Aminah Siti", None, **other)) == {}
        assert repeats(listed(2, "Siti Aminah", None), listed(3, "siti  AMINAH", None, **other)) == {3: 2}
        assert repeats(listed(2, "Siti Aminah", None), listed(3, "Siti Aminnah", None, **other)) == {}
        assert repeats(listed(2, "Siti Aminah", None), listed(3, "Siti Aminnah", None)) == {3: 2}

    def test_one_year_missing(self):
        assert repeats(listed(2, "Siti Aminah", 1984), listed(3, "Siti Aminah", None)) == {3: 2}

    def test_one_person_may_come_to_two_activities(self):
        a, b = listed(2, "Siti Aminah"), listed(3, "Siti Aminah", slot=2)
        assert rules.likely_repeats([(a, 7), (b, 8)]) == {}
        assert rules.likely_repeats([(a, 7), (b, 7)]) == {3: 2}  # two slots of one activity

    def test_the_first_row_is_named(self):
        assert repeats(listed(9, "Siti Aminah"), listed(4, "Siti Aminah"), listed(6, "Siti Aminah")) == {6: 4, 9: 4}

    def test_five_hundred_alike_take_no_time(self):
        rows = [(listed(n, f"Muhammad Rizky Al Fatih {n % 7}", 1984), 7) for n in range(500)]
        started = time.monotonic()
        assert len(rules.likely_repeats(rows)) > 480
        assert time.monotonic() - started < 2

    @given(
        st.lists(
            st.tuples(st.sampled_from(["Siti", "Sitti A", "Budi"]), st.sampled_from([None, 1984, 1990])),
            max_size=12,
        )
    )
    def test_it_always_points_upwards(self, people):
        found = repeats(*[listed(n, name, year) for n, (name, year) in enumerate(people)])
        assert all(first < later for later, first in found.items())
