"""Who is who, who may come, what may be shown: every boundary, without a database."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.registration.rules import (
    HARD_MAX_GROUP,
    MAX_KEY,
    AgeFault,
    BirthDate,
    Known,
    NameFault,
    Person,
    age_fault,
    already_registered,
    body_digest,
    clean_text,
    name_fault,
    name_key,
    parse_birth,
    parse_iso_birth,
    seat_people,
    waiting_that_fit,
)

DAY = date(2023, 7, 21)


def born(year: int, month: int = 0, day: int = 0) -> BirthDate:
    return BirthDate(year, date(year, month, day) if month else None)


def known(n: int, name: str, year: int = 0, ordinal: int = 0, booked: bool = False) -> Known:
    return Known(n, name_key(name), year, ordinal, booked)


def ids(people: list[Person], *others: Known, proven: set[int] = frozenset()) -> list[int | None]:
    return [seat.known.id if seat.known else None for seat in seat_people(people, others, proven)]


class TestNames:
    @pytest.mark.parametrize(
        ("typed", "shown"),
        [
            ("  Siti \t Aminah\n", "Siti Aminah"),
            ("Suharto", "Suharto"),
            ("Siti\u202eanimA\u202c", "SitianimA"),  # direction marks would turn the gate's screen around
            ("Bu\u00addi", "Budi"),
            ("A\x00B", "A B"),
            ("\ud800Budi", "Budi"),
            ("e\u0301", "\u00e9"),
            ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
            ("محمد", "محمد"),
        ],
    )
    def test_cleaning(self, typed, shown):
        assert clean_text(typed) == shown

    @given(st.text())
    def test_cleaning_twice_is_cleaning_once(self, text):
        once = clean_text(text)
        assert clean_text(once) == once
        once.encode()
        assert "\x00" not in once

    @pytest.mark.parametrize("name", ["", "\u200d", "\u0301", "\u3164", "\u2800\u2800", " "])
    def test_a_name_that_shows_nothing_is_none(self, name):
        assert name_fault(clean_text(name)) is NameFault.MISSING

    def test_eighty_characters(self):
        assert name_fault("x" * 80) is None
        assert name_fault("x" * 81) is NameFault.TOO_LONG

    @pytest.mark.parametrize("name", ["O", "Ma'ruf", "😀", "郭建義", "محمد", "R2"])
    def test_all_these_are_names(self, name):
        assert name_fault(name) is None

    @pytest.mark.parametrize(
        "same",
        [
            ("Ma'ruf", "MA’RUF", "maruf", "Maʼruf", "Ma`ruf", "Ma´ruf"),
            ("M. Rizky Al-Fatih", "m rizky al fatih", "M.Rizky Al–Fatih", "M.  RIZKY  AL FATIH"),
            ("José", "Jose\u0301", "jose"),
            ("STRASSE", "straße"),
            ("Ｓｉｔｉ", "siti"),
        ],
    )
    def test_one_person_in_many_spellings(self, same):
        assert len({name_key(name) for name in same}) == 1

    @pytest.mark.parametrize(
        ("one", "other"), [("Siti", "Sitti"), ("Budi 1", "Budi 2"), ("😀", "😎"), ("Al Fatih", "Alfatih")]
    )
    def test_two_people(self, one, other):
        assert name_key(one) != name_key(other)

    @given(st.text(min_size=1, max_size=80))
    def test_a_key_fits_its_column_and_is_stable(self, text):
        name = clean_text(text)
        assert len(name_key(name)) <= MAX_KEY
        assert bool(name_key(name)) == bool(name)


class TestJoining:
    def test_a_stranger_is_new_and_shown(self):
        (seat,) = seat_people([Person("Siti")], [known(1, "Budi")], set())
        assert (seat.known, seat.ordinal, seat.discloses, seat.books) == (None, 0, True, True)

    @pytest.mark.parametrize(
        ("given", "stored", "joins"),
        [(1984, 1984, True), (1984, 1985, False), (0, 1984, True), (1984, 0, True), (0, 0, True)],
    )
    def test_the_year_counts_where_both_gave_it(self, given, stored, joins):
        person = Person("Siti", born(given) if given else None)
        assert ids([person], known(1, "SITI", stored)) == [1 if joins else None]

    def test_equal_years_before_unknown_ones(self):
        people = [Person("Ahmad"), Person("Ahmad", born(1950))]
        assert ids(people, known(1, "Ahmad", 1950), known(2, "Ahmad")) == [2, 1]

    def test_a_row_without_a_year_leaves_the_exact_match_to_who_gave_it(self):
        people = [Person("Ahmad"), Person("Ahmad", born(1980))]
        assert ids(people, known(1, "Ahmad", 1980)) == [None, 1]

    def test_rows_of_one_registration_are_different_people(self):
        father_and_son = [Person("Ahmad"), Person("Ahmad")]
        assert [seat.ordinal for seat in seat_people(father_and_son, [], set())] == [0, 1]
        assert ids(father_and_son, known(1, "Ahmad")) == [1, None]
        assert ids(father_and_son, known(1, "Ahmad"), known(2, "Ahmad", ordinal=1)) == [1, 2]

    def test_a_new_namesake_takes_the_next_free_ordinal(self):
        others = [known(1, "Ahmad", 1950), known(2, "Ahmad", 1950, ordinal=1)]
        people = [Person("Ahmad", born(1950))] * 3
        assert [seat.ordinal for seat in seat_people(people, others, set())] == [0, 1, 2]

    def test_a_gap_of_ordinals_is_filled(self):
        people = [Person("Ahmad", born(1950))] * 2
        assert [s.ordinal for s in seat_people(people, [known(9, "Ahmad", 1950, ordinal=1)], set())] == [1, 0]

    def test_nothing_is_shown_without_proof(self):
        (seat,) = seat_people([Person("Siti")], [known(1, "Siti")], {2})
        assert not seat.discloses

    def test_only_the_proven_one_is_shown(self):
        seats = seat_people([Person("Siti"), Person("Budi")], [known(1, "Siti"), known(2, "Budi")], {2})
        assert [seat.discloses for seat in seats] == [False, True]

    def test_of_two_namesakes_the_proven_one_is_meant(self):
        others = [known(1, "Ahmad"), known(2, "Ahmad", ordinal=1)]
        assert ids([Person("Ahmad")], *others, proven={2}) == [2]

    def test_a_second_booking_is_said_only_with_proof(self):
        others = [known(1, "Siti", booked=True), known(2, "Budi", booked=True), known(3, "Tono")]
        people = [Person("Budi"), Person("Tono"), Person("Siti"), Person("Baru")]
        seats = seat_people(people, others, {1, 3})
        assert [seat.books for seat in seats] == [False, True, False, True]
        assert already_registered(seats) == [2]

    @given(
        st.lists(
            st.tuples(st.sampled_from("ab"), st.sampled_from([0, 1950, 1980])), min_size=1, max_size=HARD_MAX_GROUP
        ),
        st.sets(st.tuples(st.sampled_from("ab"), st.sampled_from([0, 1950, 1980]), st.integers(0, 3)), max_size=12),
    )
    def test_nobody_sits_twice_and_identities_stay_unique(self, rows, stored):
        others = [known(n, name, year, ordinal) for n, (name, year, ordinal) in enumerate(sorted(stored))]
        people = [Person(name, born(year) if year else None) for name, year in rows]
        seats = seat_people(people, others, set())
        joined = [seat.known.id for seat in seats if seat.known]
        assert len(joined) == len(set(joined))
        made = [
            (name_key(s.person.name), s.person.birth.year if s.person.birth else 0, s.ordinal)
            for s in seats
            if not s.known
        ]
        assert len(made) == len(set(made))
        assert not set(made) & {(k.name_key, k.birth_year, k.ordinal) for k in others}
        for seat in seats:
            if seat.known and seat.person.birth:
                assert seat.known.birth_year in (0, seat.person.birth.year)


class TestAges:
    @pytest.mark.parametrize(
        ("birth", "fault"),
        [
            (born(2006, 7, 21), None),  # 17 on the day
            (born(2006, 7, 22), AgeFault.TOO_YOUNG),
            (born(1963, 7, 22), None),  # still 59
            (born(1963, 7, 21), None),  # 60
            (born(1962, 7, 22), None),  # 60 until tomorrow
            (born(1962, 7, 21), AgeFault.TOO_OLD),
            (born(2006), None),
            (born(2007), AgeFault.TOO_YOUNG),
            (born(1962), None),
            (born(1961), AgeFault.TOO_OLD),
            (born(2024), AgeFault.IN_FUTURE),
            (born(2023, 7, 22), AgeFault.IN_FUTURE),
            (None, AgeFault.MISSING),
        ],
    )
    def test_from_17_to_60(self, birth, fault):
        assert age_fault(birth, DAY, 17, 60) is fault

    def test_without_limits_anything_born_fits(self):
        assert age_fault(None, DAY, None, None) is None
        assert age_fault(born(2023), DAY, None, None) is None
        assert age_fault(born(2023, 7, 21), DAY, 0, None) is None
        assert age_fault(born(2024), DAY, None, None) is AgeFault.IN_FUTURE

    def test_one_limit_is_enough_to_ask(self):
        assert age_fault(None, DAY, None, 60) is AgeFault.MISSING
        assert age_fault(born(1900), DAY, 17, None) is None

    def test_born_on_a_leap_day(self):
        assert age_fault(born(2004, 2, 29), date(2021, 2, 28), 17, None) is AgeFault.TOO_YOUNG
        assert age_fault(born(2004, 2, 29), date(2021, 3, 1), 17, None) is None


class TestBirthDates:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("1990", born(1990)), (" 1990 ", born(1990)), ("1900", born(1900)), ("1899", None), ("90", None),
            ("17-05-1990", born(1990, 5, 17)), ("17/5/1990", born(1990, 5, 17)), ("17.5.1990", born(1990, 5, 17)),
            ("17 05 1990", born(1990, 5, 17)), ("17051990", born(1990, 5, 17)), ("1990-05-17", born(1990, 5, 17)),
            ("17–05–1990", born(1990, 5, 17)), ("29-02-2023", None), ("31-04-1990", None), ("05-1990", None),
            ("17 Mei 1990", None), ("", None), ("--", None), ("1-1-1-1990", None), ("٢٠٢٠", None),
            ("017-05-1990", None), ("17-05-90", None), ("9" * 400, None),
        ],
    )  # fmt: skip
    def test_as_people_write_them(self, typed, meant):
        assert parse_birth(typed) == meant

    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("1991", born(1991)), ("1991-05-17", born(1991, 5, 17)), ("2024-02-29", born(2024, 2, 29)),
            ("2023-02-30", None), ("1991-5-17", None), ("17-05-1991", None), ("1899", None), ("0000", None),
            ("1991-05", None), ("1991 ", None), ("", None), ("19910517", None), ("-1991", None),
        ],
    )  # fmt: skip
    def test_as_programs_write_them(self, text, meant):
        assert parse_iso_birth(text) == meant

    @given(st.text(max_size=30))
    def test_any_text_is_answered(self, text):
        for parse in (parse_birth, parse_iso_birth):
            found = parse(text)
            assert found is None or 1900 <= found.year <= 9999


class TestWaiting:
    @pytest.mark.parametrize(
        ("groups", "places", "chosen"),
        [
            ([], 3, []),
            ([(1, 1)], 0, []),
            ([(1, 3), (2, 1)], 2, [2]),  # who does not fit keeps the position
            ([(1, 2), (2, 2), (3, 1)], 3, [1, 3]),
            ([(1, 3)], 3, [1]),
            ([(1, 4), (2, 4)], None, [1, 2]),
        ],
    )
    def test_first_fit_in_order(self, groups, places, chosen):
        assert waiting_that_fit(((n, people, people) for n, people in groups), places) == chosen

    def test_who_is_booked_already_is_counted_when_fitting_but_takes_nothing(self):
        assert waiting_that_fit([(1, 2, 1)], 1) == []
        assert waiting_that_fit([(1, 2, 1), (2, 1, 1)], 2) == [1, 2]

    @given(st.lists(st.integers(1, 20)), st.integers(0, 40))
    def test_never_more_than_there_are_and_nobody_left_who_fits(self, sizes, places):
        chosen = waiting_that_fit(((n, size, size) for n, size in enumerate(sizes)), places)
        used = sum(sizes[n] for n in chosen)
        assert used <= places
        assert all(size > places - used for n, size in enumerate(sizes) if n not in chosen)


class TestDigest:
    def test_order_of_names_does_not_count_values_do(self):
        assert body_digest({"a": 1, "b": 2}) == body_digest({"b": 2, "a": 1})
        assert body_digest({"a": 1}) != body_digest({"a": "1"})
        assert body_digest({"a": [1, 2]}) != body_digest({"a": [2, 1]})
        assert body_digest({"a": "\ud800"})
