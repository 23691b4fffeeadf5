"""What people write into cells: money, dates, counts. Read right or refused, never guessed."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cooperatives.rules import cells
from app.cooperatives.rules.cells import CellProblem
from app.cooperatives.rules.codes import Kind
from app.cooperatives.rules.places import Place, Places
from app.cooperatives.rules.rows import business_codes, nik


def refusal(call, *args, **more) -> str:
    with pytest.raises(CellProblem) as caught:
        call(*args, **more)
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1500000", 1_500_000), ("1.500.000", 1_500_000), ("1,500,000", 1_500_000), ("Rp1.500.000", 1_500_000),
        ("Rp 1.500.000,00", 1_500_000), ("Rp. 1.500.000,-", 1_500_000), ("IDR 1,500,000.00", 1_500_000),
        ("1500000.00", 1_500_000), ("1500000,0", 1_500_000), ("1.500", 1_500), ("1,500", 1_500), ("0", 0),
        ("(8.254.000)", -8_254_000), ("-8254000", -8_254_000), ("\u22128.254.000", -8_254_000),
        ("Rp-500", -500), ("-Rp500", -500), ("(Rp 500)", -500), ("999.999.999.999.999", 999_999_999_999_999),
    ],
)  # fmt: skip
def test_money_as_it_is_written(text: str, amount: int) -> None:
    assert cells.money(text) == amount


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.500.00", "money"), ("1,50", "sen"), ("1.5", "sen"), ("1.500,75", "sen"), ("1.500.000.5", "money"),
        ("12.34.567", "money"), ("1,500.000", "money"), ("satu juta", "money"), ("1,5 juta", "money"),
        ("Rp", "money"), ("1e9", "money"), ("1 000 000x", "money"), ("1000000000000000", "money_large"),
        ("--5", "money"), ("١٢٣", "money"), ("1.500.000/2", "money"), ("9" * 60, "money"), ("0.001", "money"),
    ],
)  # fmt: skip
def test_money_that_is_not_clear_is_refused(text: str, code: str) -> None:
    assert refusal(cells.money, text) == code


def test_the_point_of_a_number_cell_is_never_thousands() -> None:
    assert cells.money("123.456") == 123_456
    assert refusal(cells.money, "123.456", decimal_point=True) == "sen"
    assert cells.money("123.000", decimal_point=True) == 123


@given(st.integers(-cells.MOST_MONEY, cells.MOST_MONEY))
def test_money_however_it_is_grouped(amount: int) -> None:
    english = f"{amount:,}"
    for text in (str(amount), english, english.replace(",", "."), f"Rp{english.replace(',', '.')},00",
                 f"{english}.00"):  # fmt: skip
        assert cells.money(text) == amount


@given(st.text(max_size=30))
def test_money_of_anything_is_whole_or_refused(text: str) -> None:
    with suppress(CellProblem):
        assert abs(cells.money(text)) <= cells.MOST_MONEY


@pytest.mark.parametrize(
    "text",
    [
        "2023-07-20",
        "20-07-2023",
        "20/7/2023",
        "20.07.2023",
        "20 Juli 2023",
        "20 jul 2023",
        "Kamis, 20 Juli 2023",
        "Jum'at, 20 JULI 2023",
        "20-Jul-2023",
        "2023/07/20",
        "2023-07-20 00:00:00",
        "20 07 2023",
        "20 Juli 2023 09.10 WIB",
    ],
)
def test_dates_as_they_are_written(text: str) -> None:
    assert cells.day(text) == date(2023, 7, 20)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("20-07-23", "date_short_year"), ("20 Juli 23", "date_short_year"), ("45127", "date_serial"),
        ("31-02-2023", "date"), ("07/20/2023", "date"), ("20 Julai 2023", "date_month"), ("Juli 2023", "date"),
        ("1823-01-01", "date_range"), ("2023", "date"), ("kemarin", "date"), ("0000-00-00", "date"),
    ],
)  # fmt: skip
def test_dates_that_are_not_clear_are_refused(text: str, code: str) -> None:
    assert refusal(cells.day, text) == code


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_every_date_in_every_habit(day: date) -> None:
    months = ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
              "November", "Desember"]  # fmt: skip
    for text in (
        day.isoformat(),
        f"{day:%d-%m-%Y}",
        f"{day:%d/%m/%Y}",
        f"{day.day} {months[day.month - 1]} {day.year}",
    ):
        assert cells.day(text) == day


@given(st.text(max_size=30))
def test_a_date_of_anything_is_one_or_refused(text: str) -> None:
    with suppress(CellProblem):
        assert 1900 <= cells.day(text).year <= 2100


@pytest.mark.parametrize(("text", "number"), [("127", 127), ("1.250", 1250), ("1,250 orang", 1250), ("0", 0)])
def test_counts(text: str, number: int) -> None:
    assert cells.count(text) == number


@pytest.mark.parametrize(("text", "code"), [("-1", "count"), ("12,5", "count"), ("banyak", "count"),
                                            ("2000001", "count_large"), ("²", "count")])  # fmt: skip
def test_counts_that_are_none(text: str, code: str) -> None:
    assert refusal(cells.count, text) == code


def test_years_yes_and_no_points_and_choices() -> None:
    assert cells.year("2022") == cells.year("Tahun 2022") == 2022
    assert refusal(cells.year, "1899") == refusal(cells.year, "22") == "year"
    assert cells.yes_no("Ya") is cells.yes_no("ADA") is cells.yes_no("1") is True
    assert cells.yes_no("tidak") is cells.yes_no("0") is False
    assert refusal(cells.yes_no, "mungkin") == "yes_no"
    assert cells.points("89,23") == cells.points("89.230") == 8923
    assert cells.points("100") == 10_000
    assert {refusal(cells.points, text) for text in ("100,01", "-1", "89,234", "8 9")} == {"points"}
    assert (
        cells.choice("Simpan Pinjam", Kind, {}) is cells.choice("KOPERASI SIMPAN PINJAM", Kind, {}) is Kind.SAVINGS
    )
    assert refusal(cells.choice, "lain", Kind, {}) == "choice"


def test_a_citizens_number_is_no_number_of_a_cooperative() -> None:
    assert nik("3276 0100 20001") == "3276010020001"
    assert refusal(nik, "3276014107850003") == "nik_citizen"  # a woman born on 1 July 1985
    assert refusal(nik, "=1+1") == "nik"
    assert business_codes("47111, 10710 (2025)") == "47111/2020 10710/2025"
    assert refusal(business_codes, "4711") == refusal(business_codes, "toko") == "kbli"


PLACES = Places(
    [
        Place("32.76.02.1008", "Curug", "", "32.76.02", "Cimanggis"),
        Place("32.76.11.1005", "Curug", "", "32.76.11", "Bojongsari"),
        Place("32.76.05.1003", "Abadijaya", "Abadi Jaya", "32.76.05", "Sukmajaya"),
    ]
)


def test_two_curug_are_told_apart_by_kecamatan_or_code() -> None:
    assert PLACES.find("", "Curug", "Kec. Cimanggis") == ("32.76.02.1008", "32.76.02")
    assert PLACES.find("3276111005", "", "") == ("32.76.11.1005", "32.76.11")
    assert PLACES.find("", "Kel. Abadi Jaya", "") == ("32.76.05.1003", "32.76.05")
    assert PLACES.find("", "", "Sukmajaya") == (None, "32.76.05")
    assert PLACES.find("", "", "") == (None, None)
    with pytest.raises(CellProblem) as twice:
        PLACES.find("", "Curug", "")
    assert (twice.value.code, twice.value.values["where"]) == ("place_twice", "Bojongsari, Cimanggis")


@pytest.mark.parametrize(
    ("given_", "code"),
    [(("", "Curug", "Sukmajaya"), "place_differs"), (("32.76.02.1008", "Abadijaya", ""), "place_differs"),
     (("32.76.02.1008", "Curug", "Bojongsari"), "place_differs"), (("99", "", ""), "place_code"),
     (("", "Menteng", ""), "place_unknown"), (("", "", "Gambir"), "kecamatan_unknown")],
)  # fmt: skip
def test_places_that_do_not_fit(given_: tuple[str, str, str], code: str) -> None:
    assert refusal(PLACES.find, *given_) == code
