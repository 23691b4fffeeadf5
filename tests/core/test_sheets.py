"""Spreadsheets in and out: honest files of every habit, and those made to harm."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from contextlib import suppress
from datetime import date, datetime, timedelta
from datetime import time as wall_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook

from app.core.sheets import (
    BadSheet,
    Cell,
    CellFault,
    Column,
    Limits,
    cell_words,
    column_letter,
    find_table,
    read,
    sheet_words,
    template_csv,
    template_xlsx,
    write_csv,
    write_xlsx,
)
from app.core.sheets.model import number_text
from app.core.sheets.writing import protected, unprotected
from tests.core.spreadsheets import SHEET, lying_about_size, raw_sheet, with_part, with_shared_strings, workbook

SMALL = Limits(rows=20, columns=6, characters=50, marks=20_000, merged=5)


def texts(data: bytes, limits: Limits | None = None) -> list[tuple[int, list[str]]]:
    return [(row.number, [cell.text for cell in row.cells]) for row in read(data, limits).rows]


def faults(data: bytes) -> dict[str, CellFault]:
    return {
        f"{column_letter(position)}{row.number}": cell.fault
        for row in read(data).rows
        for position, cell in enumerate(row.cells)
        if cell.fault
    }


def bad(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(BadSheet) as caught:
        read(data, limits)
    return caught.value.code


class TestCells:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("Siti Aminah", "Siti Aminah"),
            ("  081234567890 ", "081234567890"),
            (812345678.0, "812345678"),
            (81234567890, "81234567890"),
            (6281234567890.0, "6281234567890"),
            (1984, "1984"),
            (0.1 + 0.2, "0.3"),
            (1e-7, "0.0000001"),
            (-5, "-5"),
            (datetime(1984, 5, 17), "1984-05-17"),  # noqa: DTZ001 - as Excel has it
            (date(1984, 5, 17), "1984-05-17"),
            (datetime(2023, 7, 19, 6, 45), "2023-07-19 06:45"),  # noqa: DTZ001
            (wall_time(6, 45), "06:45"),
            (timedelta(hours=30), "30:00"),
            (True, "TRUE"),
            ("نور 👨‍👩‍👧", "نور 👨‍👩‍👧"),
            ("'=1+1", "'=1+1"),
        ],
    )
    def test_as_somebody_typed_it(self, value, text):
        assert texts(workbook([["x"], [value]])) == [(1, ["x"]), (2, [text])]

    def test_scientific_notation_in_the_file_itself(self):
        data = raw_sheet('<row r="1"><c r="A1"><v>8.1234567E8</v></c><c r="B1"><v>8.12E3</v></c></row>')
        assert texts(data) == [(1, ["812345670", "8120"])]

    @pytest.mark.parametrize("value", [10**15, 3276012345678901, 3.276012345678901e15, 1e300])
    def test_a_number_that_lost_its_end_says_so(self, value):
        assert number_text(value)[1] is CellFault.ROUNDED
        assert len(number_text(value)[0]) <= 40

    def test_fifteen_digits_are_safe(self):
        assert number_text(999_999_999_999_999) == ("999999999999999", None)
        assert number_text(999_999_999_999_999.0) == ("999999999999999", None)

    def test_no_number(self):
        assert number_text(float("nan"))[1] is CellFault.ERROR
        assert faults(raw_sheet('<row r="1"><c r="A1"><v>1E999</v></c></row>')) == {"A1": CellFault.ERROR}

    def test_formulas_are_named_with_the_value_excel_kept(self):
        data = raw_sheet(
            '<row r="1"><c r="A1" t="str"><f>1+1</f><v>2</v></c><c r="B1"><v>3</v></c>'
            '<c r="C1"><f t="shared" si="0" ref="C1:C2">A1</f></c></row>'
        )
        assert faults(data) == {"A1": CellFault.FORMULA, "C1": CellFault.FORMULA}
        assert read(data).rows[0].cells[0].text == "2"

    def test_formulas_by_openpyxl(self):
        assert faults(workbook([["a", "=SUM(A1:A9)"], ["=1", "b"]])) == {
            "B1": CellFault.FORMULA, "A2": CellFault.FORMULA,
        }  # fmt: skip

    def test_a_text_that_looks_like_a_formula_is_a_text(self):
        def change(sheet):
            sheet["A1"].value = "=1+1"
            sheet["A1"].data_type = "s"

        assert faults(workbook([["x"]], change)) == {}

    def test_merged_cells(self):
        data = workbook([["a", "b", "c"], [1, 2, 3], [4, 5, 6]], lambda sheet: sheet.merge_cells("B2:B3"))
        assert faults(data) == {"B2": CellFault.MERGED, "B3": CellFault.MERGED}

    def test_errors_of_excel(self):
        data = raw_sheet('<row r="1"><c r="A1" t="e"><v>#REF!</v></c></row>')
        assert faults(data) == {"A1": CellFault.ERROR}

    def test_a_serial_number_that_is_no_date(self):
        def change(sheet):
            sheet["A1"].number_format = "dd-mm-yyyy"

        data = workbook([[99999999]], change)
        assert faults(data) == {"A1": CellFault.ERROR}

    def test_long_texts_are_cut_and_named(self):
        (row,) = read(workbook([["x" * 51, "y" * 50]]), SMALL).rows
        assert row.cells == (Cell("x" * 50, CellFault.TOO_LONG), Cell("y" * 50))

    def test_rich_and_inline_texts(self):
        data = raw_sheet('<row r="1"><c t="inlineStr"><is><r><t>Siti </t></r><r><t>Aminah</t></r></is></c></row>')
        assert texts(data) == [(1, ["Siti Aminah"])]

    @pytest.mark.parametrize("fault", list(CellFault))
    def test_every_fault_has_its_words(self, ctx, fault):
        assert "ini" in cell_words(fault)


class TestWorkbooks:
    def test_rows_keep_the_numbers_excel_shows(self):
        data = workbook([[None, "Nama"], [], ["", " "], [None, "Siti"]])
        assert texts(data) == [(1, ["", "Nama"]), (4, ["", "Siti"])]

    def test_the_first_visible_sheet_or_the_one_asked_for(self):
        def change(sheet):
            sheet.sheet_state = "hidden"
            other = sheet.parent.create_sheet("Isian")
            other["A1"] = "terlihat"
            last = sheet.parent.create_sheet("Petunjuk")
            last["A1"] = "bantuan"

        data = workbook([["tersembunyi"]], change)
        assert read(data).rows[0].cells[0].text == "terlihat"
        assert read(data, prefer="petunjuk").rows[0].cells[0].text == "bantuan"
        assert read(data, prefer="lain").name == "Isian"

    def test_rows_and_columns_are_bounded(self):
        assert len(read(workbook([["x"]] * 20), SMALL).rows) == 20
        assert bad(workbook([["x"]] * 21), SMALL) == "too_many_rows"
        assert texts(workbook([["x"] * 6]), SMALL) == [(1, ["x"] * 6)]
        assert bad(workbook([["x"] * 7]), SMALL) == "too_many_columns"

    def test_the_stated_size_is_not_believed(self):
        data = workbook([["a", "b"], ["c", "d"]])
        xml = load_part(data).replace(b'<dimension ref="A1:B2" />', b'<dimension ref="A1:A1" />')
        assert texts(with_part(data, SHEET, xml)) == [(1, ["a", "b"]), (2, ["c", "d"])]

    def test_dates_since_1904(self):
        def change(sheet):
            from openpyxl.utils.datetime import MAC_EPOCH

            sheet.parent.epoch = MAC_EPOCH

        assert texts(workbook([[date(1984, 5, 17)]], change)) == [(1, ["1984-05-17"])]

    def test_nothing_in_it(self):
        assert bad(workbook([])) == "empty"
        assert bad(workbook([["", None, " "]])) == "empty"
        assert bad(b"") == "empty"
        assert bad(b" \n;;;\n") == "empty"

    @pytest.mark.parametrize(
        "code",
        ["empty", "too_many_rows", "too_many_columns", "too_large", "bomb", "merged", "chart", "encoding",
         "quote", "no_head", "double_head", "damaged", "anything"],
    )  # fmt: skip
    def test_every_refusal_has_its_sentence(self, ctx, code):
        words = sheet_words(BadSheet(code, {"most": 5000, "columns": "Nama", "column": "Nama"}))
        assert words.endswith(".")
        assert "%" not in words


def load_part(data: bytes, name: str = SHEET) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


class TestHostileWorkbooks:
    def test_a_zip_bomb(self):
        data = with_part(workbook([["x"]]), "xl/media/gambar.png", bytes(40 * 1024 * 1024))
        assert len(data) < 200_000
        assert bad(data) == "bomb"

    def test_a_zip_bomb_that_lies_about_its_size(self):
        data = with_part(workbook([["x"]]), "xl/media/gambar.png", bytes(40 * 1024 * 1024))
        assert bad(lying_about_size(data, "xl/media/gambar.png", 100)) == "damaged"

    def test_a_bomb_within_the_ratio(self):
        data = with_part(workbook([["x"]]), "xl/media/gambar.png", bytes(range(256)) * 3000)
        assert bad(data, Limits(unpacked=500_000)) == "too_large"

    @pytest.mark.parametrize(
        "doctype",
        [
            '<!DOCTYPE a [<!ENTITY b "' + "x" * 100 + '">]>',
            '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;">]>',
            '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
            '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        ],
    )
    def test_entities_are_never_looked_at(self, doctype):
        inside = '<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row>'
        assert bad(raw_sheet(inside, doctype=doctype)) == "damaged"

    @pytest.mark.parametrize(
        "name", ["xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml", "[Content_Types].xml"]
    )
    def test_entities_in_other_parts(self, name):
        data = with_shared_strings("<si><t>Siti</t></si>")
        assert texts(data) == [(1, ["Siti"])]
        bomb = b'<!DOCTYPE a [<!ENTITY b "x">]>'
        xml = load_part(data, name)
        begin = xml.index(b"?>") + 2 if xml.startswith(b"<?xml") else 0
        assert bad(with_part(data, name, xml[:begin] + bomb + xml[begin:])) == "damaged"

    def test_a_million_empty_rows(self):
        """Refused before any of them is parsed where little is expected; otherwise as empty as they are."""
        rows = "".join(f'<row r="{n}"/>' for n in range(2, 1_048_577))
        head = '<row r="1"><c r="A1" t="inlineStr"><is><t>Nama</t></is></c></row>'
        started = time.monotonic()
        assert bad(raw_sheet(head + rows), SMALL) == "too_large"
        assert time.monotonic() - started < 10  # 0.2 s; parsing them all takes 5
        few = rows[: rows.index('<row r="100000"/>')]
        assert texts(raw_sheet(head + few)) == [(1, ["Nama"])]

    def test_a_row_at_the_very_end(self):
        data = raw_sheet(
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>2</v></c></row>'
        )
        assert texts(data) == [(1, ["1"]), (1048576, ["2"])]

    @pytest.mark.parametrize(
        "rows",
        [
            '<row r="99999999999"><c><v>1</v></c></row>',
            '<row r="0"><c><v>1</v></c></row>',
            '<row r="-1"><c><v>1</v></c></row>',
            '<row r="2"><c><v>1</v></c></row><row r="2"><c><v>2</v></c></row>',
            '<row r="2"><c><v>1</v></c></row><row r="1"><c><v>2</v></c></row>',
            '<row r="x"><c><v>1</v></c></row>',
            '<row r="' + "9" * 5000 + '"><c><v>1</v></c></row>',
            '<row><c r="A"><v>1</v></c></row>',
            '<row><c r="ZZZZ1"><v>1</v></c></row>',
            '<row><c t="s"><v>99</v></c></row>',
            '<row><c t="s"><v>-1x</v></c></row>',
            '<row><c s="99999"><v>12a</v></c></row>',
            '<row><c t="d"><v>gestern</v></c></row>',
            "<row><c><v>1</c></row>",
            "<row>" * 50_000,
        ],
    )
    def test_sheets_that_no_program_writes(self, rows):
        assert bad(raw_sheet(rows)) in ("damaged", "too_many_columns")

    def test_deep_nesting(self):
        assert bad(raw_sheet("<a>" * 100_000 + "</a>" * 100_000)) in ("damaged", "empty")

    def test_too_many_merged_cells(self):
        cells = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(1, 8))
        data = raw_sheet("<row><c><v>1</v></c></row>", after=f"<mergeCells>{cells}</mergeCells>")
        assert bad(data, SMALL) == "merged"
        assert faults(data) == {"A1": CellFault.MERGED}

    def test_everything_merged(self):
        after = '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
        data = raw_sheet('<row><c><v>1</v></c></row><row r="9"><c><v>2</v></c></row>', after=after)
        assert faults(data) == {"A1": CellFault.MERGED, "A9": CellFault.MERGED}

    def test_a_chart_sheet_and_a_strict_file(self):
        data = workbook([["x"]])
        assert bad(with_part(data, "xl/chartsheets/sheet2.xml", b"<x/>")) == "chart"
        strict = load_part(data).replace(b"http://schemas.openxmlformats.org", b"http://purl.oclc.org")
        assert bad(with_part(data, SHEET, strict)) == "damaged"

    @pytest.mark.parametrize("cut", [30, 100, 1000, 3000, -30, -1])
    def test_cut_off(self, cut):
        assert bad(workbook([["x" * 10]] * 50)[:cut]) == "damaged"

    def test_ten_megabytes_of_garbage(self):
        assert bad(b"PK\x03\x04" + bytes(range(1, 256)) * 40_000) == "damaged"
        assert bad(bytes(range(256)) * 40_000) == "damaged"

    @given(st.binary(min_size=1, max_size=40), st.integers(0, 5000))
    def test_any_damage_is_a_refusal_or_a_table(self, noise, at):
        data = bytearray(_HONEST)
        at %= len(data)
        data[at : at + len(noise)] = noise
        with suppress(BadSheet):
            read(bytes(data), SMALL)


_HONEST = workbook([["Nama", "Tahun"], ["Siti", 1984]])


class TestCsv:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
    @pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_every_habit(self, encoding, separator, end):
        rows = [["Nama", "HP", "Lahir"], ["D'Árvore, Éka; x", "081234567890", "1984"], ["Budi", "", "17/05/1990"]]
        stream = io.StringIO(newline="")
        csv.writer(stream, delimiter=separator, lineterminator=end).writerows(rows)
        found = texts(stream.getvalue().encode(encoding))
        assert found == [(1, rows[0]), (2, rows[1]), (3, rows[2])]

    def test_letters_beyond_the_west(self):
        assert texts("nama;سيتي\n".encode("utf-16")) == [(1, ["nama", "سيتي"])]
        assert texts("nama;李\n".encode()) == [(1, ["nama", "李"])]

    def test_the_separator_that_excel_names(self):
        assert texts(b"sep=|\r\na;b|c\r\n") == [(1, ["a;b", "c"])]

    def test_commas_within_names_do_not_decide(self):
        data = b"Nama;HP\nSiti, S.E.;0811111111\nBudi, M.M., Ak.;0822222222\nAni;0833333333\n"
        assert texts(data)[2] == (3, ["Budi, M.M., Ak.", "0822222222"])

    def test_one_column(self):
        assert texts(b"Nama\nSiti\n\nBudi\n") == [(1, ["Nama"]), (2, ["Siti"]), (4, ["Budi"])]

    def test_lines_within_cells_are_one_row(self):
        assert texts(b'a;b\n"x\ny";z\nc;d\n')[2] == (3, ["c", "d"])

    def test_formulas_and_kept_zeros(self):
        (row,) = read(b'=1+1;="0812";=HYPERLINK("x");-5;+62812;@x\n').rows
        assert [cell.fault for cell in row.cells] == [CellFault.FORMULA, None, CellFault.FORMULA, None, None, None]
        assert [cell.text for cell in row.cells[3:]] == ["-5", "+62812", "@x"]
        assert row.cells[1].text == "0812"

    def test_bounds(self):
        assert bad(b"a\n" * 21, SMALL) == "too_many_rows"
        assert bad(b"a;b;c;d;e;f;g\n", SMALL) == "too_many_columns"
        assert texts(b"a;b;c;d;e;f;;;; ;\n", SMALL) == [(1, ["a", "b", "c", "d", "e", "f"])]
        assert bad(b";;;;\n" * 1_000_000, SMALL) == "too_large"
        assert texts(b"a\n" + b";;\n" * 5000, SMALL) == [(1, ["a"])]
        assert bad(b'a;"' + b"x" * 200_000, SMALL) == "quote"

    def test_what_is_no_text(self):
        assert bad(b"\xff\xfea") == "encoding"
        assert bad(b"a\x81\x8d;b\n") == "encoding"
        assert bad(b"MZ\x90\x00" + bytes(100)) == "damaged"

    @given(st.binary(max_size=200))
    @example(b"\xff\xfe")
    @example(b'"')
    def test_any_bytes_are_a_refusal_or_a_table(self, data):
        with suppress(BadSheet):
            assert read(data, SMALL).rows


COLUMNS = (
    Column(
        "name", "Nama lengkap", ("Nama", "Nama peserta"), required=True, help="Seperti di KTP.", examples=("Siti",)
    ),
    Column("phone", "Nomor WhatsApp", ("No HP", "Telepon"), examples=("081234567890",)),
    Column("slot", "Jadwal", choices=("1 - Jalan santai", "2 - Senam"), examples=("1 - Jalan santai",)),
)


class TestTable:
    def test_the_head_may_stand_below_a_title(self):
        sheet = read(workbook([["DAFTAR WARGA RT 05"], [], ["No", "NAMA PESERTA", "No. HP"], [1, "Siti", "0811"]]))
        table = find_table(sheet, COLUMNS)
        assert (table.head, dict(table.positions), table.unknown) == (3, {"name": 1, "phone": 2}, ("No",))
        (record,) = table.records
        assert (record.number, record.cells["name"].text, record.cells["phone"].text) == (4, "Siti", "0811")
        assert table.place("phone", record.number) == "C4"
        assert table.place("slot", record.number) == "4"

    def test_short_rows_and_rows_of_nothing_we_know(self):
        table = find_table(read(b"No;Nama;HP\n1;Siti\n2;;\n"), COLUMNS)
        assert [record.number for record in table.records] == [2]

    @pytest.mark.parametrize("heading", ["nama (sesuai KTP)", "NAMA*", " Nama : ", "Nàma", "nama_lengkap"])
    def test_headings_in_every_habit(self, heading):
        assert find_table(read(f"{heading};x\nSiti;1\n".encode()), COLUMNS).records[0].cells["name"].text == "Siti"

    def test_no_head_and_two_of_one(self):
        with pytest.raises(BadSheet) as caught:
            find_table(read(b"Siti;0811\nBudi;0822\n"), COLUMNS)
        assert (caught.value.code, caught.value.values) == ("no_head", {"columns": "Nama lengkap"})
        with pytest.raises(BadSheet) as caught:
            find_table(read(b"No HP;Nama;Telepon\n1;Siti;2\n"), COLUMNS)
        assert (caught.value.code, caught.value.values) == ("double_head", {"column": "Nomor WhatsApp"})

    def test_a_heading_of_brackets_takes_no_time(self):
        started = time.monotonic()
        with pytest.raises(BadSheet):
            find_table(read(("(" * 4000 + ";Nam\n").encode()), COLUMNS)
        assert time.monotonic() - started < 1


HARMFUL = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "=cmd|' /C calc'!A0",
    " =1",
    "'=1",
    "＝1+1",
    "|x",
    "\n=1",
]


class TestWriting:
    @pytest.mark.parametrize("text", HARMFUL)
    def test_csv_says_it_is_text(self, text):
        written = write_csv([["Nama", text]]).decode("utf-8-sig")
        (row,) = csv.reader(io.StringIO(written, newline=""), delimiter=";")
        assert row == ["Nama", "'" + text]
        assert unprotected(row[1]) == text

    @given(st.text(max_size=20))
    @example("'")
    @example("''-")
    @example("' '=")
    def test_protection_is_taken_off_without_loss(self, text):
        assert unprotected(protected(text)) == text
        assert protected(text)[:1] not in set("=+-@|\t\r\n＝＋－＠")

    @pytest.mark.parametrize("text", [*HARMFUL, "Siti", "0812", "x\x00\x0by"])
    def test_xlsx_says_it_is_text(self, text):
        data = write_xlsx([["Nama", "n"], [text, 5]], "Daftar: [a]/b?*'")
        cell = load_workbook(io.BytesIO(data)).active["A2"]
        assert cell.data_type == "s"
        assert load_part(data).count(b"<f>") == 0

    def test_texts_come_back_as_they_were(self):
        rows = [["Nama", "HP"], ["=1+1", "081234567890"], ["-", "+6281"], ["  Siti ", "'x"]]
        back = [["Nama", "HP"], ["=1+1", "081234567890"], ["-", "+6281"], ["Siti", "'x"]]
        assert [cells for _n, cells in texts(write_xlsx(rows, "x"))] == back
        assert [cells for _n, cells in texts(write_csv(rows))] == back

    def test_numbers_are_numbers(self):
        cell = load_workbook(io.BytesIO(write_xlsx([["n"], [-1_500_000]], "x"))).active["A2"]
        assert (cell.value, cell.data_type) == (-1_500_000, "n")
        assert write_csv([[-1500, None, "x"]], ",") == b"\xef\xbb\xbf-1500,,x\r\n"

    def test_the_template_reads_as_a_table(self):
        data = template_xlsx(COLUMNS, "Isian", ["Hapus baris contoh."], "Petunjuk", 100)
        for file in (data, template_csv(COLUMNS)):
            (record,) = find_table(read(file, prefer="Isian"), COLUMNS).records
            assert {k: c.text for k, c in record.cells.items()} == {
                "name": "Siti", "phone": "081234567890", "slot": "1 - Jalan santai",
            }  # fmt: skip

    def test_the_template_keeps_zeros_and_offers_choices(self):
        book = load_workbook(io.BytesIO(template_xlsx(COLUMNS, "Isian", [], "Petunjuk", 100)))
        sheet = book["Isian"]
        assert {sheet.cell(row, 2).number_format for row in range(2, 103)} == {"@"}
        (rule,) = sheet.data_validations.dataValidation
        assert rule.formula1 == "'Petunjuk'!$AC$1:$AC$2"
        assert [book["Petunjuk"][f"AC{n}"].value for n in (1, 2)] == ["1 - Jalan santai", "2 - Senam"]
        assert "Seperti di KTP." in [row[1].value for row in book["Petunjuk"].iter_rows(max_col=2)]


@pytest.mark.parametrize(("position", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_column_letters(position, letters):
    assert column_letter(position) == letters
