"""Cooperatives are made, changed, found, merged, imported and exported, on a real database."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from app.cooperatives import queries, rules, services
from app.cooperatives.models import (
    CaseState,
    ChangeAction,
    CoachingCase,
    Cooperative,
    CooperativeChange,
    CooperativeStatus,
    CooperativeYear,
    Definition,
    DigitalReadiness,
    Kind,
    MemberCount,
    StatusValue,
    Trouble,
)
from app.cooperatives.queries import Wanted, details, numbers
from app.cooperatives.queries import directory as directory_queries
from app.cooperatives.rules.coaching import CaseFields
from app.cooperatives.rules.codes import Likely
from app.cooperatives.rules.rows import Defaults
from app.cooperatives.services import exporting, imports
from app.cooperatives.services.import_plan import Plan, make_plan
from app.core import clock
from app.core.db import db, in_transaction, transaction
from app.core.errors import DomainError, InvalidInput
from app.core.sheets import write_csv, write_xlsx
from tests.cooperatives.town import CURUG_CIMANGGIS, FIELDS, GOOD, HEAD, cooperative, regions
from tests.core.spreadsheets import workbook

DAY = date(2023, 7, 20)
pytestmark = pytest.mark.usefixtures("ctx")


@pytest.fixture(autouse=True)
def city(ctx: None) -> None:
    regions()


def names(text: str = "", **more: Any) -> list[str]:
    return [row.name for row in queries.search(Wanted(text, **more)).rows]


def plan_of(data: bytes, year: int | None = None) -> Plan:
    typed = imports.read_table(data)
    meanings, _remembered = imports.meanings_of(typed)
    imports.check_meanings(meanings)
    return make_plan(imports.records(typed, meanings), Defaults(DAY, "ODS Juli 2023", year, date(2023, 7, 31)))


def bring(data: bytes, rest: Likely | None = None, decisions: dict[int, str] | None = None) -> Any:
    with transaction():
        return imports.apply(plan_of(data), decisions or {}, rest, None, clock.now())


def problems(data: bytes) -> list[tuple[int, str, str]]:
    return [(row.number, p.column, p.code) for row in plan_of(data).faulty for p in row.problems]


def exported() -> list[list[Any]]:
    return list(exporting.table_rows())


def test_found_by_the_beginning_of_any_word_and_by_numbers() -> None:
    cooperative("Koperasi Karyawan Maju Jaya", nik="3276010020001")
    cooperative("KSP Sinar Terang", legal_number="AHU-0007557.AH.01.26.TAHUN 2020", kelurahan_code=CURUG_CIMANGGIS)
    assert names("maj") == names("kopkar jaya") == names("KARYAWAN ma") == names("3276010") == names("518/655")
    assert names("maj") == names("655/BH") == ["Koperasi Karyawan Maju Jaya"]
    assert names("simpan") == names("0007557") == names("AHU-0007557.AH") == ["KSP Sinar Terang"]
    assert names("aju") == names("maju terang") == names("xyz' --") == []
    assert names("maju' --") == ["Koperasi Karyawan Maju Jaya"]
    assert names("koperasi") == names("") == ["Koperasi Karyawan Maju Jaya", "KSP Sinar Terang"]


def test_frequent_words_are_found_by_walking_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory_queries, "FEW", 1)
    for name in ("KSP Maju A", "KSP Maju B", "KSP Jaya C"):
        cooperative(name)
    assert names("ksp maju") == ["KSP Maju A", "KSP Maju B"]
    assert names("ksp jaya") == ["KSP Jaya C"]
    monkeypatch.setattr(directory_queries, "WALKED", 1)  # the one that has both stands behind what is walked
    for name in ("KUD Jaya D", "KUD Jaya E", "KUD Maju F", "KUD Maju Jaya G"):
        cooperative(name)
    assert names("maju jaya") == ["KUD Maju Jaya G"]
    assert names("ksp kud") == []
    assert len(names("maju")) == 4


def test_filters_and_pages_go_through_all_once() -> None:
    for n in range(7):
        cooperative(f"KSP Nomor {n % 3}", kind=Kind.SAVINGS if n % 2 else Kind.SERVICE)
    seen, after = [], None
    while True:
        found = queries.search(Wanted("nomor", after=after), 2)
        seen += [row.id for row in found.rows]
        after = found.after
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 7
    assert len(names(kind=Kind.SAVINGS)) == 3
    assert len(names(kecamatan="32.76.08")) == 7
    assert names(kecamatan="32.76.01") == names("nomor", health=StatusValue.HEALTHY) == []


def test_a_page_takes_as_many_statements_for_one_as_for_many() -> None:
    counted = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *a: counted.append(a[2]))
    for n in (1, 3):
        for k in range(n):
            cooperative(f"KSP Maju {n} {k}")
        counted.clear()
        queries.search(Wanted("maju", kind=Kind.SAVINGS))
        assert len(counted) == 2


def test_an_edit_is_a_line_of_history_and_the_second_editor_is_told() -> None:
    one = cooperative("KSP Maju Jaya")
    fields = {"name": "KSP Maju Makmur", "last_meeting": DAY, "has_savings_unit": False}
    assert in_transaction(lambda: services.update(one, 1, fields, None, clock.now()))
    assert not in_transaction(lambda: services.update(one, 2, fields, None, clock.now()))
    with pytest.raises(DomainError, match="edited_meanwhile"):
        in_transaction(lambda: services.update(one, 1, {"name": "Lain"}, None, clock.now()))
    change = details.changes_of(one.id)[0][0]
    assert (change.action, change.before) == (ChangeAction.EDITED, {"name": "KSP Maju Jaya"})
    assert change.after == {"name": "KSP Maju Makmur", "last_meeting": "2023-07-20", "has_savings_unit": False}
    assert names("makmur") == ["KSP Maju Makmur"]
    assert names("jaya") == []


def test_a_number_of_the_cooperative_is_unique() -> None:
    cooperative("KSP Satu", nik="123")
    with pytest.raises(DomainError, match="nik_taken"):
        cooperative("KSP Dua", nik="123")
    two = cooperative("KSP Dua", nik="124")
    with pytest.raises(DomainError, match="nik_taken"):
        in_transaction(lambda: services.update(two, 1, {"name": "KSP Dua", "nik": "123"}, None, clock.now()))


def test_two_with_one_number_at_once(app: Flask) -> None:
    outcomes: list[str] = []

    def add() -> None:
        with app.app_context():
            try:
                in_transaction(
                    lambda: services.create({"name": "KSP Sama", **FIELDS, "nik": "9"}, None, clock.now())
                )
                outcomes.append("made")
            except DomainError as refusal:
                outcomes.append(refusal.code)
            db.session.remove()

    threads = [threading.Thread(target=add) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "nik_taken", "nik_taken"]


def status(one: Cooperative, day: date, **graded: Any) -> None:
    in_transaction(lambda: services.put_status(one.id, day, "DKUM", None, clock.now(), **graded))


def test_the_latest_status_is_the_one_that_filters_know() -> None:
    one = cooperative()
    status(one, date(2023, 1, 1), score=7_999)
    status(one, date(2023, 6, 1), aspects=dict.fromkeys(("governance", "risk", "finance", "capital"), 8_000))
    status(one, date(2022, 1, 1), value=StatusValue.WATCHED)
    status(one, date(2023, 7, 1), value=StatusValue.ACTIVE)  # by another definition
    db.session.expire_all()
    assert db.session.get_one(Cooperative, one.id).health is StatusValue.HEALTHY
    assert [s.value for s in details.statuses_of(one.id, Definition.HEALTH)] == [
        "sehat",
        "cukup_sehat",
        "dalam_pengawasan",
    ]
    assert services.check() == []
    status(one, date(2023, 6, 1), score=5_000)  # corrected: the same day and source
    db.session.expire_all()
    assert db.session.get_one(Cooperative, one.id).health is StatusValue.WATCHED_CLOSELY
    assert len(details.statuses_of(one.id)) == 4
    with transaction():
        db.session.execute(sa.update(Cooperative).values(health=None))
    assert [finding.check for finding in services.check()] == ["cooperatives.health"]


def test_figures_are_replaced_and_remembered() -> None:
    one = cooperative()
    for assets in (1, 2, 2):
        in_transaction(lambda a=assets: services.put_year(one.id, 2022, {"assets": a}, None, clock.now()))
    in_transaction(lambda: services.put_members(one.id, DAY, 3, 4, None, clock.now()))
    assert [(y.year, y.assets) for y in details.years_of(one.id)] == [(2022, 2)]
    actions = [change.action for change, *_rest in details.changes_of(one.id)]
    assert actions == [ChangeAction.MEMBERS, ChangeAction.YEAR, ChangeAction.YEAR, ChangeAction.CREATED]


def test_what_became_digital_in_a_year() -> None:
    codes = [code for code, _text in rules.indicator_set().indicators]
    days = {
        "a": ((2022, 0), (2023, 2)),
        "b": ((2022, 2), (2023, 2)),
        "c": ((2023, 2), (2023, 0)),
        "d": ((2023, 2),),
    }
    for name, said in days.items():
        one = cooperative(f"KSP {name} huruf")
        for month, (year, answer) in enumerate(said, start=1):
            answers = dict.fromkeys(codes, answer)
            in_transaction(
                lambda o=one, y=year, m=month, a=answers: services.put_readiness(
                    o.id, date(y, m, 1), a, "DKUM", None, clock.now()
                )
            )
    assert numbers.became_digital(2023) == 2  # a and d; b was before, c fell back
    assert numbers.became_digital(2022) == 1


def test_merging_keeps_everything_and_leads_on() -> None:
    kept, gone = (
        cooperative("KSP Maju", legal_number=""),
        cooperative("Koperasi Simpan Pinjam Maju", nik="77", note="lama"),
    )
    for one, year, assets in ((kept, 2022, 1), (gone, 2022, 2), (gone, 2021, 3)):
        in_transaction(lambda o=one, y=year, a=assets: services.put_year(o.id, y, {"assets": a}, None, clock.now()))
    status(gone, DAY, score=9_000)
    fields = CaseFields(Trouble.FINANCES, "", "Susun neraca", None, CaseState.OPEN, "")
    in_transaction(lambda: services.open_case(gone, fields, None, clock.now()))
    earlier = cooperative("KSP Maju Lama", legal_number="BH 5")
    in_transaction(lambda: services.merge(earlier, gone, None, clock.now()))
    in_transaction(lambda: services.merge(gone, kept, None, clock.now()))
    db.session.expire_all()
    kept = db.session.get_one(Cooperative, kept.id)
    assert (kept.nik, kept.legal_number, kept.note, kept.health) == ("77", FIELDS["legal_number"], "lama", "sehat")
    assert [(y.year, y.assets) for y in details.years_of(kept.id)] == [(2022, 1), (2021, 3)]
    assert [(y.year, y.assets) for y in details.years_of(gone.id)] == [(2022, 2)]
    assert [case.cooperative_id for case in db.session.scalars(sa.select(CoachingCase))] == [kept.id]
    assert {one.id for one in details.merged_into(kept.id)} == {gone.id, earlier.id}
    assert names("lama") == names("BH 5") == names("") == ["KSP Maju"]
    assert {name for _c, _u, name in details.changes_of(kept.id)} == {
        "KSP Maju",
        "Koperasi Simpan Pinjam Maju",
        "KSP Maju Lama",
    }
    assert services.check() == []
    for source, target in ((gone, kept), (kept, kept), (kept, gone)):
        with pytest.raises(DomainError):
            in_transaction(lambda s=source, t=target: services.merge(s, t, None, clock.now()))
    with pytest.raises(DomainError, match="merged"):
        in_transaction(lambda: services.update(gone, gone.version, {"name": "x"}, None, clock.now()))


def test_a_case_is_closed_with_its_result() -> None:
    one = cooperative()
    fields = CaseFields(Trouble.ADMINISTRATION, "", "Rapikan buku", DAY, CaseState.OPEN, "")
    made = in_transaction(lambda: services.open_case(one, fields, None, clock.now()))

    def move(version: int, state: CaseState, result: str = "") -> None:
        said = CaseFields(Trouble.ADMINISTRATION, "", "Rapikan buku", DAY, state, result)
        in_transaction(lambda: services.update_case(details.case_by_id(made.id), version, said, None, clock.now()))

    with pytest.raises(InvalidInput, match="result_missing"):
        move(1, CaseState.SOLVED)
    move(1, CaseState.SOLVED, "Beres")
    with pytest.raises(InvalidInput, match="case_state"):
        move(2, CaseState.DROPPED, "x")
    with pytest.raises(DomainError, match="edited_meanwhile"):
        move(1, CaseState.UNDERWAY)
    move(2, CaseState.UNDERWAY)
    assert details.case_by_id(made.id).closed_at is None


def test_the_sample_holds_176_healthy_of_400_and_says_so() -> None:
    with transaction():
        assert services.load_sample(clock.now()) == 400
    with transaction():
        assert services.load_sample(clock.now()) == 0
    counts = queries.health_counts()
    assert (counts.values[StatusValue.HEALTHY], counts.total, counts.as_of, counts.sample) == (176, 400, DAY, True)
    assert counts.definition is Definition.HEALTH
    assert counts.source == "Data contoh Pekan Koperasi"
    assert services.check() == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_imports_again_without_loss(kind: str) -> None:
    with transaction():
        services.load_sample(clock.now())
    odd = cooperative(
        "=HYPERLINK(1) Koperasi",
        address='\'kutip; "ganda", titik',
        nik="0012",
        note="@x",
        has_savings_unit=True,
        business_codes="47111/2020 10710/2025",
        amendment_date=DAY,
    )
    for year in (2020, 2021, 2022):
        in_transaction(
            lambda y=year: services.put_year(odd.id, y, {"assets": -y, "employees": 0}, None, clock.now())
        )
    in_transaction(lambda: services.put_members(odd.id, DAY, 0, 9, None, clock.now()))
    status(odd, DAY, aspects={"governance": 8_123, "risk": 1, "finance": 9_999, "capital": 10_000})
    status(odd, date(2023, 6, 1), value=StatusValue.INACTIVE)
    answers = {code: 1 + n % 2 for n, (code, _question) in enumerate(rules.indicator_set().indicators)}
    in_transaction(lambda: services.put_readiness(odd.id, DAY, answers, "Kunjungan", None, clock.now()))
    before, file = exported(), exporting.export(kind)
    same = bring(file)
    assert (same.created, same.updated, same.unchanged) == (0, 0, 401)
    _empty()
    assert bring(file, Likely.NEW).created == 401
    assert exported() == before


def _empty() -> None:
    with transaction():
        for model in (
            CooperativeChange, CooperativeYear, CooperativeStatus, MemberCount, DigitalReadiness, Cooperative,
        ):  # fmt: skip
            db.session.execute(sa.delete(model))


def test_an_import_brings_figures_dates_and_grades() -> None:
    stored = bring(write_csv([["REKAP 2023"], HEAD, *GOOD]))
    assert (stored.created, stored.updated) == (2, 0)
    first, second = db.session.scalars(sa.select(Cooperative).order_by(Cooperative.id))
    assert (first.kelurahan_code, first.kind, first.last_meeting) == (CURUG_CIMANGGIS, Kind.SAVINGS, DAY)
    assert (first.health, second.health) == (StatusValue.HEALTHY, StatusValue.FAIRLY_HEALTHY)
    (year,) = details.years_of(first.id)
    assert (year.assets, year.surplus) == (1_500_000, -500)
    again = bring(write_csv([HEAD, [*GOOD[0][:6], "", "7", "", ""]]))
    assert (again.created, again.updated) == (0, 1)
    db.session.expire_all()
    (year,) = details.years_of(first.id)
    assert (year.assets, year.surplus) == (1_500_000, 7)  # an empty cell takes nothing away
    change = details.changes_of(first.id)[0][0]
    assert (change.before, change.after) == ({"year 2022": {"surplus": -500}}, {"year 2022": {"surplus": 7}})


def with_cell(column: str, text: str) -> bytes:
    row = list(GOOD[0])
    row[HEAD.index(column)] = text
    return write_csv([HEAD, row])


@pytest.mark.parametrize(
    ("column", "text", "field", "code"),
    [
        ("Nama", "", "name", "name_missing"),
        ("Aset", "1,5 juta", "assets", "money"),
        ("Aset", "1.5", "assets", "sen"),
        ("Kecamatan", "", "kelurahan", "place_twice"),
        ("Kelurahan", "Menteng", "kelurahan", "place_unknown"),
        ("Tgl RAT", "20-07-23", "last_meeting", "date_short_year"),
        ("Tgl RAT", "1-1-2030", "last_meeting", "date_ahead"),
        ("Skor", "101", "score", "points"),
        ("Jenis Koperasi", "lain", "kind", "choice"),
        ("Tahun", "", "year", "year_missing"),
        ("Nama", "x" * 161, "name", "text_long"),
        ("Aset", "=1+1", "assets", None),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_stored(column: str, text: str, field: str, code: str | None) -> None:
    data = with_cell(column, text)
    if code is None:  # an apostrophe marks it as text: no formula, but no money either
        code = "money"
    assert (2, field, code) in problems(data)
    with pytest.raises(DomainError, match="import_faulty"):
        bring(data, Likely.NEW)
    assert names() == []


def test_rows_that_contradict_or_repeat_each_other() -> None:
    row = GOOD[0]
    other_kind = [*row[:4], "jasa", "2021", *row[6:]]
    assert problems(write_csv([HEAD, row, other_kind])) == [(3, "kind", "differs_from_row")]
    assert problems(write_csv([HEAD, row, row])) == [(3, "name", "row_twice")]
    assert problems(write_csv([HEAD, row, [*row[:6], "5", *row[7:]]])) == [(3, "year", "dated_twice")]
    assert problems(write_csv([HEAD, row, ["Koperasi Lain Sekali", *row[1:]]])) == [
        (3, "legal_number", "number_twice")
    ]
    plan = plan_of(write_csv([HEAD, row, [*row[:5], "2021", *row[6:]]]))
    assert (len(plan.entries), plan.faulty) == (1, [])  # one cooperative, two years


def test_likely_duplicates_wait_for_an_answer() -> None:
    cooperative("KSP Maju Jaya", legal_number="", kelurahan_code=CURUG_CIMANGGIS, kecamatan_code="32.76.02")
    data = write_csv([HEAD, ["Koperasi Simpan Pinjam Maju Jaya", *GOOD[0][1:]]])
    (entry,) = plan_of(data).likely
    with pytest.raises(DomainError, match="import_undecided"):
        bring(data)
    assert bring(data, decisions={2: "skip"}).skipped == 1
    assert bring(data, decisions={2: "99999"}).skipped == 1  # none of those it looks like
    assert bring(data, decisions={2: str(entry.alike[0][0])}).updated == 1
    assert names() == ["Koperasi Simpan Pinjam Maju Jaya"]
    assert bring(data).unchanged == 1  # by its legal number now


def test_a_known_legal_number_under_another_name_is_asked_about() -> None:
    """It may have a new name, or somebody took the wrong line: not for a machine to say."""
    known = cooperative("KSP Maju Jaya")
    data = write_csv([["No BH", "Nama"], [FIELDS["legal_number"], "Koperasi Sinar Terang"]])
    (entry,) = plan_of(data).likely
    assert entry.alike == [(known.id, "KSP Maju Jaya")]
    assert bring(data, decisions={2: str(known.id)}).updated == 1
    assert names() == ["Koperasi Sinar Terang"]


@pytest.mark.parametrize(
    ("answers", "version", "field", "code"),
    [
        ("bookkeeping=2", "", "answers", "answers"),
        ("ya semua", "", "answers", "answers"),
        ("bookkeeping=3", "", "answers", "answers"),
        ("bookkeeping=2 bookkeeping=2", "", "answers", "answers"),
        ("bookkeeping=2", "pekan-1823", "indicators", "indicators"),
    ],
)
def test_digital_answers_that_are_not_all_there(answers: str, version: str, field: str, code: str) -> None:
    data = write_csv([["Nama", "Jawaban kesiapan digital", "Versi indikator"], ["KSP Maju", answers, version]])
    assert (2, field, code) in problems(data)


def test_wrong_rows_are_not_counted_as_new() -> None:
    plan = plan_of(write_csv([HEAD, GOOD[0], ["", *GOOD[1][1:]], [GOOD[1][0], "", "Menteng"]]))
    assert ([e.number for e in plan.new], [row.number for row in plan.faulty]) == ([2], [3, 4])


def test_matched_by_number_but_another_name_is_refused() -> None:
    cooperative("KSP Maju Jaya", nik="5")
    data = write_csv([["NIK", "Nama"], ["5", "Koperasi Sinar Terang"]])
    assert problems(data) == [(2, "nik", "nik_of_other")]


def test_spreadsheets_as_they_come() -> None:
    def change(sheet: Any) -> None:
        sheet["G2"] = "=1+1"
        sheet.merge_cells("A3:A4")

    rows = [HEAD, [*GOOD[0]], [*GOOD[1]], ["x", *GOOD[1][1:5], "2021", *GOOD[1][6:]]]
    found = problems(workbook(rows, change))
    assert (2, "assets", "cell_formula") in found
    assert {(3, "name", "cell_merged"), (4, "name", "cell_merged")} <= set(found)
    numbers_ = workbook(
        [["Nama", "Tahun", "Aset", "Tgl RAT"], ["KSP A", 2022, 123.456, DAY], ["KSP B", 2022, 5e6, DAY]]
    )
    assert problems(numbers_) == [(2, "assets", "sen")]


@pytest.mark.parametrize("data", [b"", b"MZ\x90\x00", b"PK\x03\x04rubbish", b"\x00" * 100, b"<html></html>"])
def test_what_is_no_table_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(InvalidInput) as refusal:
        imports.read_table(data)
    assert refusal.value.fields["file"]


def test_a_table_of_nothing_and_one_without_names() -> None:
    with pytest.raises(InvalidInput):
        imports.read_table(write_csv([HEAD]))
    with pytest.raises(InvalidInput, match="columns_no_name"):
        plan_of(write_csv([["Aset", "SHU"], ["1", "2"]]))


def test_a_million_empty_rows_are_nothing() -> None:
    data = workbook([HEAD, *GOOD], lambda sheet: sheet.cell(1_048_576, 1).__setattr__("number_format", "@"))
    assert len(plan_of(data).rows) == 2


def take(data: bytes) -> int:
    typed = imports.read_table(data)
    return in_transaction(lambda: imports.take(typed, "ods.csv", "ODS", DAY, None, None, clock.now()))


def test_columns_are_asked_once_and_remembered() -> None:
    data = write_csv([["Lembaga X", "Uang"], ["KSP A", "5"]])
    first = details.import_by_id(take(data))
    assert (first.state, first.options["meanings"]) == ("mapping", {})
    with pytest.raises(InvalidInput, match="columns_twice"):
        imports.check_meanings({"0": "name", "1": "name"})
    in_transaction(lambda: imports.decide_columns(details.import_by_id(first.id), {"0": "name"}, None, clock.now()))
    second = details.import_by_id(take(write_csv([["LEMBAGA X ", "uang"], ["KSP B", "6"]])))
    assert (second.state, second.options["meanings"]) == ("checked", {"0": "name"})
    stored = in_transaction(lambda: imports.store(details.import_by_id(second.id), {}, None, None, clock.now()))
    assert stored.created == 1
    with pytest.raises(DomainError, match="import_gone"):
        in_transaction(lambda: imports.store(details.import_by_id(second.id), {}, None, None, clock.now()))
    db.session.expire_all()
    assert details.import_by_id(second.id).rows is None
    assert in_transaction(lambda: imports.discard(details.import_by_id(first.id), None, clock.now()))
    assert not in_transaction(lambda: imports.discard(details.import_by_id(second.id), None, clock.now()))


def test_old_uploads_forget_their_rows() -> None:
    made = take(write_csv([HEAD, *GOOD]))
    assert in_transaction(lambda: imports.forget_old(clock.now() + imports.LIVES / 2)) == 0
    assert in_transaction(lambda: imports.forget_old(clock.now() + imports.LIVES * 2)) == 1
    db.session.expire_all()
    with pytest.raises(DomainError, match="import_gone"):
        imports.typed_of(details.import_by_id(made))


def test_the_commands(tmp_path: Any) -> None:
    runner = current_app.test_cli_runner()
    good, bad, copy = tmp_path / "baik.xlsx", tmp_path / "salah.csv", tmp_path / "salin.xlsx"
    good.write_bytes(write_xlsx([HEAD, *GOOD], "Koperasi"))
    bad.write_bytes(with_cell("Aset", "1,5 juta"))
    dry = runner.invoke(args=["cooperatives", "import", str(good), "--dry-run"])
    assert (dry.exit_code, names()) == (0, [])
    assert "row 2: new: KSP Maju Jaya" in dry.output
    wrong = runner.invoke(args=["cooperatives", "import", str(bad)])
    assert (wrong.exit_code, names()) == (1, [])
    assert "row 2: WRONG: Aset" in wrong.output
    done = runner.invoke(args=["cooperatives", "import", str(good)])
    assert "Stored: 2 new" in done.output
    assert runner.invoke(args=["cooperatives", "export", str(copy)]).exit_code == 0
    assert "2 unchanged" in runner.invoke(args=["cooperatives", "import", str(copy)]).output
