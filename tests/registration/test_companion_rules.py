"""Under 18, under 12, warnings, consents, answers: without a database."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.registration.rules import (
    CONSENT_VERSION,
    NECESSARY,
    BirthDate,
    Booked,
    Concern,
    GuardianFault,
    Person,
    Purpose,
    age_on,
    body_digest,
    cautions,
    children_alone,
    consent_text,
    consent_texts,
    guardian_fault,
    is_adult,
    is_child,
    is_minor,
    latest_adult_birth_year,
    parse_past_day,
    without_private,
)

DAY = date(2023, 7, 21)


def born(year: int, month: int = 0, day: int = 0) -> BirthDate:
    return BirthDate(year, date(year, month, day) if month else None)


class TestAges:
    @pytest.mark.parametrize(
        ("birth", "minor"),
        [
            (born(2005, 7, 21), False), (born(2005, 7, 22), True), (born(2004), False),
            (born(2005), True),  # 17 or 18: the doubt protects
            (born(2006), True), (None, False),
        ],
    )  # fmt: skip
    def test_18(self, birth, minor):
        assert is_minor(birth, DAY) is minor
        assert is_adult(birth, DAY) is (birth is not None and not minor)

    @pytest.mark.parametrize(
        ("birth", "child"),
        [
            (born(2011, 7, 21), False), (born(2011, 7, 22), True), (born(2012), True),
            (born(2011), False),  # 11 or 12: the desk sees
            (None, False),
        ],
    )  # fmt: skip
    def test_12(self, birth, child):
        assert is_child(birth, DAY, 12) is child

    def test_full_years(self):
        assert [age_on(born(2005, 7, day), DAY) for day in (21, 22)] == [18, 17]

    @given(st.dates(date(1900, 1, 1), DAY), st.integers(1, 100))
    def test_a_year_is_never_surer_than_the_day(self, birth, below):
        full, year = born(birth.year, birth.month, birth.day), born(birth.year)
        assert is_adult(full, DAY) or not is_adult(year, DAY)
        assert is_child(full, DAY, below) or not is_child(year, DAY, below)
        assert (birth.year <= latest_adult_birth_year(DAY)) == is_adult(year, DAY)


class TestGuardians:
    @pytest.mark.parametrize(
        ("person", "fault"),
        [
            (Person("Budi", born(2010)), GuardianFault.MISSING),
            (Person("Budi", born(2010), "Siti"), None),
            (Person("Budi", born(2010), "  BUDI "), GuardianFault.THEMSELVES),
            (Person("Siti", born(1984)), None),
            (Person("Tanpa Tahun"), None),
        ],
    )
    def test_faults(self, person, fault):
        assert guardian_fault(person, DAY) is fault

    @pytest.mark.parametrize(
        ("births", "alone"),
        [
            ([born(2015)], [0]),
            ([born(2015), born(1984)], []),
            ([born(1984), born(2015), born(2016)], []),
            ([born(2015), born(2007), born(2016)], [0, 2]),  # a brother of 16 is no adult
            ([born(2015), None], [0]),  # of unknown age
            ([born(2015), born(2005)], [0]),  # perhaps 17
            ([born(2011)], []),
        ],
    )
    def test_small_children_come_with_an_adult(self, births, alone):
        people = [Person(f"P{n}", birth) for n, birth in enumerate(births)]
        assert children_alone(people, DAY, 12) == alone


def booked(number: int, start: str, end: str, day: int = 20, **effort: bool) -> Booked:
    moments = [datetime.fromisoformat(f"2023-07-{day}T{time}:00+07:00") for time in (start, end)]
    return Booked(number, f"Kegiatan {number}", clock.local(moments[0]).date(), *moments, **effort)


class TestCautions:
    def concerns(self, *bookings) -> list[tuple[Concern, int, int]]:
        return [(c.concern, c.first.slot_id, c.second.slot_id) for c in cautions(bookings)]

    def test_touching_ends_do_not_overlap(self):
        assert self.concerns(booked(1, "08:00", "09:00"), booked(2, "09:00", "10:00")) == []
        assert self.concerns(booked(2, "08:59", "10:00"), booked(1, "08:00", "09:00")) == [(Concern.OVERLAP, 1, 2)]

    def test_one_slot_is_no_clash_with_itself(self):
        assert self.concerns(booked(1, "08:00", "09:00"), booked(1, "08:00", "09:00")) == []

    def test_strain_after_giving_blood(self):
        blood = booked(1, "09:00", "09:15", rest_after=True)
        assert self.concerns(blood, booked(2, "16:00", "17:00", strenuous=True)) == [
            (Concern.STRAIN_AFTER_DONATION, 1, 2)
        ]
        assert self.concerns(blood, booked(2, "06:00", "07:00", strenuous=True)) == []
        assert self.concerns(blood, booked(2, "06:00", "07:00", day=21, strenuous=True)) == []
        assert self.concerns(blood, booked(2, "16:00", "17:00")) == []

    def test_both_at_once(self):
        blood = booked(1, "09:00", "09:15", rest_after=True)
        found = self.concerns(blood, booked(2, "09:10", "10:00", strenuous=True))
        assert [concern for concern, *_ in found] == [Concern.OVERLAP, Concern.STRAIN_AFTER_DONATION]

    @given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5)), max_size=8), st.randoms())
    def test_the_order_of_bookings_does_not_matter(self, spans, random):
        start = datetime.fromisoformat("2023-07-20T06:00:00+07:00")
        bookings = [
            Booked(n, "", DAY, start + timedelta(hours=a), start + timedelta(hours=a + hours))
            for n, (a, hours) in enumerate(spans)
        ]
        expected = cautions(bookings)
        random.shuffle(bookings)
        assert cautions(bookings) == expected
        assert all(c.first.starts_at <= c.second.starts_at < c.first.ends_at for c in expected)


class TestConsents:
    def test_every_purpose_has_a_text_in_both_languages(self):
        for text in consent_texts():
            assert text.said("id") != text.said("en")
            assert text.said("fr") == text.said("id")
        assert {text.purpose for text in consent_texts()} == set(Purpose)

    def test_an_old_edition_can_still_be_read(self):
        assert CONSENT_VERSION == consent_text(Purpose.REGISTRATION).version != "2026-11"
        assert "wali" in consent_text(Purpose.REGISTRATION, "2026-11").said("id")
        with pytest.raises(KeyError):
            consent_text(Purpose.WHATSAPP, "1999")

    def test_what_a_sign_up_cannot_be_without(self):
        assert {Purpose.REGISTRATION, Purpose.GUARDIAN, Purpose.HEALTH} == NECESSARY


class TestAnswers:
    TODAY = date(2026, 7, 20)

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("17-05-2026", date(2026, 5, 17)), ("2026-05-17", date(2026, 5, 17)), ("17052026", date(2026, 5, 17)),
            ("20-07-2026", date(2026, 7, 20)), ("21-07-2026", None), ("05-2026", date(2026, 5, 31)),
            (" 5/2026 ", date(2026, 5, 31)), ("2026-02", date(2026, 2, 28)), ("07-2026", date(2026, 7, 20)),
            ("08-2026", None), ("13-2026", None), ("00-2026", None), ("2026", None), ("05-1899", None), ("", None),
            ("kemarin", None), ("31-02-2026", None), ("٠٥-٢٠٢٦", None),
        ],
    )  # fmt: skip
    def test_a_day_or_a_month(self, typed, meant):
        assert parse_past_day(typed, self.TODAY) == meant

    @given(st.text(max_size=20))
    def test_any_text_is_answered(self, text):
        found = parse_past_day(text, self.TODAY)
        assert found is None or found <= self.TODAY

    @pytest.mark.parametrize(
        "body",
        [
            {
                "answers": {"tattoo": True, "other": 1},
                "participants": [{"name": "A", "answers": {"tattoo": False}}],
            },
            {"answers": {"other": 1}, "participants": [{"name": "A", "answers": {}}]},
        ],
    )
    def test_the_digest_knows_nothing_of_health(self, body):
        plain = {"answers": {"other": 1}, "participants": [{"name": "A", "answers": {}}]}
        assert body_digest(without_private(body, {"tattoo"})) == body_digest(plain)

    @pytest.mark.parametrize("body", [{}, {"participants": "x", "answers": []}, {"participants": [None, {"a": 1}]}])
    def test_odd_bodies_stay_as_they_are(self, body):
        assert without_private(body, {"tattoo"}) == body

    def test_a_person_is_printed_without_answers(self):
        assert "True" not in repr(Person("Siti", answers={"tattoo": True}))
