"""Grades, readiness, coaching: every boundary, without a database."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cooperatives import rules
from app.cooperatives.rules import CaseState, Level, StatusValue
from app.cooperatives.rules.columns import COLUMNS, fault_of, guessed, head_of, signature
from app.cooperatives.rules.names import Neighbours, known, may_be_same, name_parts, words_of
from app.core.sheets import Cell
from app.core.sheets.model import Row, Sheet

SAMPLE = Path("app/cooperatives/fixtures/sample_cooperatives.csv")


@pytest.mark.parametrize(
    ("total", "grade"),
    [
        (10_000, "sehat"), (8_000, "sehat"), (7_999, "cukup_sehat"), (6_600, "cukup_sehat"),
        (6_599, "dalam_pengawasan"), (5_100, "dalam_pengawasan"), (5_099, "dalam_pengawasan_khusus"),
        (0, "dalam_pengawasan_khusus"),
    ],
)  # fmt: skip
def test_every_threshold_of_the_health_paper(total: int, grade: str) -> None:
    assert rules.grade(total, rules.health_paper()) == grade


@pytest.mark.parametrize("total", [-1, 10_001])
def test_a_total_outside_is_no_total(total: int) -> None:
    with pytest.raises(ValueError, match="total"):
        rules.grade(total, rules.health_paper())


def test_weights_are_those_of_the_regulation() -> None:
    paper = rules.health_paper("permenkop-9-2020")
    assert paper.weights == {"governance": 30, "risk": 15, "finance": 40, "capital": 15}
    aspects = {"governance": 9_000, "risk": 8_000, "finance": 7_000, "capital": 6_000}
    assert rules.total(aspects, paper) == 7_600  # 27 + 12 + 28 + 9


def test_half_a_hundredth_goes_up_and_what_is_shown_is_graded() -> None:
    paper = rules.health_paper()
    aspects = {"governance": 8_000, "risk": 7_990, "finance": 8_000, "capital": 8_007}
    assert rules.total(aspects, paper) == 8_000  # 7999.55
    assert rules.grade(rules.total(aspects, paper), paper) is StatusValue.HEALTHY


@pytest.mark.parametrize(
    "aspects",
    [
        {}, {"governance": 1, "risk": 1, "finance": 1},
        {"governance": 1, "risk": 1, "finance": 1, "capital": 10_001},
        {"governance": -1, "risk": 1, "finance": 1, "capital": 1},
        {"governance": 1, "risk": 1, "finance": 1, "capital": 1, "luck": 1},
    ],
)  # fmt: skip
def test_aspects_that_make_no_total(aspects: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="score"):
        rules.total(aspects, rules.health_paper())


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_higher_total_never_has_a_worse_grade(one: int, other: int) -> None:
    order = [value for _least, value in rules.health_paper().grades]
    low, high = sorted((one, other))
    paper = rules.health_paper()
    assert order.index(rules.grade(high, paper)) <= order.index(rules.grade(low, paper))


def test_the_sample_is_graded_by_its_totals_and_176_are_healthy() -> None:
    with SAMPLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    scored = [row for row in rows if row["skor_kkpkk"]]
    paper = rules.health_paper()
    assert all(rules.grade(rules_points(row["skor_kkpkk"]), paper) == row["predikat"] for row in scored)
    assert (len(rows), sum(row["predikat"] == "sehat" for row in rows)) == (400, 176)


def rules_points(text: str) -> int:
    from app.cooperatives.rules.cells import points

    return points(text)


@pytest.mark.parametrize(
    ("percent", "level"),
    [
        (100, "digital"),
        (75, "digital"),
        (74, "beginning"),
        (40, "beginning"),
        (39, "conventional"),
        (0, "conventional"),
    ],
)
def test_every_level_of_readiness(percent: int, level: str) -> None:
    assert rules.level(percent, rules.indicator_set()) == Level(level)


def test_readiness_counts_all_indicators_and_rounds_down() -> None:
    of = rules.indicator_set()
    answers = {code: 2 for code, _text in of.indicators}
    assert rules.share(answers, of) == 100
    first = of.indicators[0][0]
    assert rules.share({**answers, first: 1}, of) == 93  # 15 of 16
    for wrong in ({}, {**answers, first: 3}, {**answers, "luck": 1}):
        with pytest.raises(ValueError, match="answer"):
            rules.share(wrong, of)


def test_where_a_case_may_go() -> None:
    assert rules.may_become(CaseState.OPEN, CaseState.SOLVED)
    assert not rules.may_become(CaseState.SOLVED, CaseState.DROPPED)
    assert not rules.may_become(CaseState.DROPPED, CaseState.SOLVED)
    assert all(rules.may_become(state, state) for state in CaseState)


def test_a_step_is_overdue_the_day_after() -> None:
    due = date(2023, 7, 20)
    assert not rules.overdue(CaseState.OPEN, due, due)
    assert rules.overdue(CaseState.UNDERWAY, due, due + timedelta(days=1))
    assert not rules.overdue(CaseState.SOLVED, due, due + timedelta(days=1))
    assert not rules.overdue(CaseState.OPEN, None, due)


@pytest.mark.parametrize(
    "spelling",
    ["KSP Maju Jaya", "KSP. Maju Jaya", "K.S.P. Maju Jaya", "Koperasi Simpan Pinjam “Maju Jaya”", "ksp  MAJU-JAYA",
     "Koperasi KSP Maju Jaya", "KSP Maju Jaya (KSP MJ)"],
)  # fmt: skip
def test_spellings_of_one_name(spelling: str) -> None:
    assert name_parts(spelling) == ("ksp", "maju jaya")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("KSPPS Amanah", ("kspps", "amanah")), ("Kopkar Indah", ("kopkar", "indah")),
        ("Koperasi Karyawan Indah", ("kopkar", "indah")), ("KPRI Sejahtera", ("kpri", "sejahtera")),
        ("Koperasi Kelurahan Merah Putih Abadijaya", ("kkmp", "abadijaya")), ("KKMP Curug", ("kkmp", "curug")),
        ("Koperasi Maju", ("", "maju")), ("Koperasi", ("", "koperasi")), ("Jasa Raharja", ("", "jasa raharja")),
        ("Koperasi Jasa Raharja", ("jasa", "raharja")), ("Koperasi Jum'at Berkah", ("", "jumat berkah")),
    ],
)  # fmt: skip
def test_prefixes(name: str, parts: tuple[str, str]) -> None:
    assert name_parts(name) == parts


@given(st.text(max_size=60))
def test_names_of_anything_have_keys_that_fit(text: str) -> None:
    assert len(rules.name_key(text)) <= 160
    assert rules.name_key(rules.name_key(text)) is not None
    assert all(0 < len(word) <= 40 for word in words_of(text, text))
    assert len(rules.asked_words(text)) <= 6


def test_words_that_find_a_cooperative() -> None:
    words = words_of("Koperasi Karyawan Maju", "518/655/BH/PAD/KWK.10/IV/2002", "3276010020001")
    assert {"kopkar", "karyawan", "maju", "518655bhpadkwk10iv2002", "655bhpadkwk10iv2002", "2002"} <= words
    assert "3276010020001" in words
    assert "koperasi" not in words
    assert rules.asked_words("Koperasi Maju") == ("maju",)
    assert rules.asked_words(" 518/655/BH ") == ("518655bh",)
    assert rules.asked_words("koperasi") == ()


def same(one: tuple[str, str, str | None], other: tuple[str, str, str | None]) -> bool:
    a, b = (known(n, name, number, "", place) for n, (name, number, place) in enumerate((one, other), start=1))
    found = Neighbours()
    found.add(a)
    assert [o.ref for o in found.alike(b)] == ([1] if may_be_same(a, b) else [])
    return may_be_same(a, b)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (("KSP Maju Jaya", "1", "a"), ("Koperasi Simpan Pinjam Maju Jaya", "2", "a"), True),
        (("KSP Maju Jaya", "518/1", "a"), ("KPRI Maju Jaya", "518/9999", "a"), False),
        (("KSP Maju Jaya", "518/1", "a"), ("KPRI Maju Jaya", "", "a"), True),
        (("KSP Maju Jaya", "1", "a"), ("KSP Maju Jaya", "2", "b"), False),
        (("KSP Maju Jaya", "1", None), ("KSP Maju Jaya", "2", "b"), True),
        (("KSP Maju Jaya", "1", "a"), ("KSP Maju Jaya II", "2", "a"), False),
        (("KSP Maju Jaya", "", "a"), ("KSP Maju Jayq", "", "a"), False),
        (("KSP Maju Bersama Sejahtera", "", "a"), ("KSP Maju Bersama Sejahtra", "", "a"), True),
        (("KSP Maju Jaya Abadi", "518/655/BH/2002", "a"), ("KPRI Maju Jaya Abdi", "518/656/BH/2002", "a"), True),
        (("KSP Maju Jaya", "518/655/BH/2002", "a"), ("KSP Sinar Terang", "518/655/BH/2003", "a"), False),
    ],
)  # fmt: skip
def test_who_may_be_the_same(one: tuple, other: tuple, alike: bool) -> None:
    assert same(one, other) is alike


def test_no_two_of_the_sample_look_alike() -> None:
    """Among 400 invented ones are names that differ by prefix or number alone; none is asked about."""
    neighbours, asked = Neighbours(), []
    with SAMPLE.open(encoding="utf-8") as file:
        for n, row in enumerate(csv.DictReader(file)):
            one = known(n, row["nama"], row["no_badan_hukum"], "", row["kode_kelurahan"][:8])
            asked += [(one, other) for other in neighbours.alike(one)]
            neighbours.add(one)
    assert asked == []


def sheet(*rows: list[str]) -> Sheet:
    return Sheet("", tuple(Row(n, tuple(Cell(text) for text in row)) for n, row in enumerate(rows, start=1)))


def test_headings_of_the_field_are_known() -> None:
    ods = ["No", "NIK", "Nama Koperasi", "Nomor Badan Hukum Pendirian", "Tanggal Badan Hukum Pendirian",
           "Desa/Kelurahan", "Kecamatan", "Bentuk Koperasi", "Jenis Koperasi", "Kelompok Koperasi",
           "Jumlah Anggota Pria", "Jumlah Anggota Wanita", "Total Aset (Rp)", "Tanggal RAT Terakhir"]  # fmt: skip
    found = guessed(ods)
    assert "0" not in found
    assert list(found.values()) == [
        "nik", "name", "legal_number", "legal_date", "kelurahan", "kecamatan", "form", "kind", "group", "men",
        "women", "assets", "last_meeting",
    ]  # fmt: skip
    assert head_of(sheet(["REKAP KOPERASI KOTA DEPOK"], ["Dinas", "2023"], ods, ["1", "", "KSP X"])) == 3
    assert signature(ods) == signature([text.upper() + " " for text in ods])
    assert signature(ods) != signature(ods[::-1])


def test_an_unknown_head_is_the_widest_row_for_the_user_to_name() -> None:
    assert head_of(sheet(["Daftar"], ["A", "B", "C"], ["1", "2", "3"])) == 2


def test_headings_that_are_not_twice_ours() -> None:
    keys = [column.key for column in COLUMNS]
    assert guessed([column.title for column in COLUMNS]) == {str(n): key for n, key in enumerate(keys)}
    assert guessed(["Nama", "Nama Koperasi"]) == {"0": "name"}
    assert fault_of({"0": "name", "1": "name"}) == ("twice", "name")
    assert fault_of({"0": "kind"}) == ("no_name", "")
    assert fault_of({"0": "name"}) is None
