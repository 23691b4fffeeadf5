"""Tables out: CSV and XLSX in which no cell runs as a formula, and templates to fill in.

What a resident typed as a name goes into files that the committee opens in Excel. There ``=HYPERLINK(…)`` would
run, so texts are marked as texts: in XLSX by the type of the cell, in CSV, which has no types, by an apostrophe in
front (OWASP, *CSV Injection*); ``delimited.py`` takes it off again, so that an export imports without loss.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from app.core.sheets.columns import Column
from app.core.sheets.model import column_letter

Value = str | int | None
# Also the full-width signs, which Excel takes for the others where such keyboards are in use.
_RUNS: Final = re.compile(r"[\s']*[=+\-@|\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_MARKED: Final = re.compile(rf"'(?:{_RUNS.pattern})")
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST_CELL: Final = 32_767  # of Excel
_GREEN, _PALE, _LINE = "FF08432B", "FFE0F0E6", "FFE5DDCC"


def protected(text: str) -> str:
    """A text that no spreadsheet takes for a formula. ``unprotected`` gives it back as it was."""
    return f"'{text}" if _RUNS.match(text) else text


def unprotected(text: str) -> str:
    """A text without the apostrophe that ``protected`` put before it."""
    return text[1:] if _MARKED.match(text) else text


def write_csv(rows: Iterable[Sequence[Value]], separator: str = ";") -> bytes:
    """CSV as Excel opens it by a double click: UTF-8 with its mark, lines ending in CR LF."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=separator, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_for_csv(value) for value in row])
    return stream.getvalue().encode("utf-8-sig", "replace")


def _for_csv(value: Value) -> str:
    if isinstance(value, str):
        return protected(value)
    return "" if value is None else str(value)


def write_xlsx(rows: Iterable[Sequence[Value]], title: str, widths: Sequence[int] = (), head: int = 1) -> bytes:
    """An XLSX file of one sheet; the first ``head`` rows are its head. Texts are texts, integers numbers."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_title(title))
    for position, width in enumerate(widths):
        sheet.column_dimensions[column_letter(position)].width = width
    if head:
        sheet.freeze_panes = f"A{head + 1}"
    for number, row in enumerate(rows, start=1):
        sheet.append([_head_cell(sheet, value) if number <= head else _cell(sheet, value) for value in row])
    return _saved(book)


def template_xlsx(
    columns: Sequence[Column], title: str, notes: Sequence[str], help_title: str, empty: int
) -> bytes:
    """A file to fill in: head, example rows, ``empty`` rows as text with drop-downs; and a second sheet of help.

    Cells are formatted as text, so that Excel keeps the zero of 0812… and makes no date of 17-05.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet, other = book.active, book.create_sheet(_sheet_title(help_title))
    assert sheet is not None  # noqa: S101 - a new workbook has one
    sheet.title = _sheet_title(title)
    examples = max((len(column.examples) for column in columns), default=0)
    for position, column in enumerate(columns, start=1):
        _dress_head(sheet.cell(1, position), column.title)
        sheet.column_dimensions[column_letter(position - 1)].width = column.width
        for row in range(2, 2 + examples + empty):
            cell = sheet.cell(row, position)
            cell.number_format = "@"
            if row - 2 < len(column.examples):
                _put(cell, column.examples[row - 2])
                cell.font = Font(italic=True, color="FF55635A")
        if column.choices:
            listed = _choices(other, column, position)
            rule = DataValidation(type="list", formula1=listed, allow_blank=True, showErrorMessage=False)
            letter = column_letter(position - 1)
            rule.add(f"{letter}2:{letter}{1 + examples + empty}")
            sheet.add_data_validation(rule)
    sheet.freeze_panes = "A2"
    _help(other, columns, notes)
    return _saved(book)


def template_csv(columns: Sequence[Column]) -> bytes:
    """The same as CSV: head and example rows."""
    examples = max((len(column.examples) for column in columns), default=0)
    rows: list[list[Value]] = [[column.title for column in columns]]
    rows += [
        [column.examples[n] if n < len(column.examples) else "" for column in columns] for n in range(examples)
    ]
    return write_csv(rows)


def _choices(sheet: Any, column: Column, position: int) -> str:
    """The choices of a drop-down, written far right on the help sheet; the address of their range."""
    letter = column_letter(25 + position)
    for row, choice in enumerate(column.choices, start=1):
        _put(sheet[f"{letter}{row}"], choice)
    name = sheet.title.replace("'", "''")
    return f"'{name}'!${letter}$1:${letter}${len(column.choices)}"


def _help(sheet: Any, columns: Sequence[Column], notes: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font

    top_left = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 26, 84
    for row, note in enumerate(notes, start=1):
        _put(sheet.cell(row, 1), note)
    start = len(notes) + 2
    for offset, column in enumerate(columns):
        name, about = sheet.cell(start + offset, 1), sheet.cell(start + offset, 2)
        _put(name, column.title)
        _put(about, column.help)
        name.font, name.alignment, about.alignment = Font(bold=True), top_left, top_left


def _put(cell: Any, text: str) -> None:
    """A text, whatever it begins with."""
    cell.value = _text(text)
    cell.data_type = "s"
    cell.quotePrefix = bool(_RUNS.match(text))  # so that it stays one when somebody edits the cell


def _cell(sheet: Any, value: Value) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, None if isinstance(value, str) else value)
    if isinstance(value, str):
        _put(cell, value)
    return cell


def _head_cell(sheet: Any, value: Value) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet)
    _dress_head(cell, "" if value is None else str(value))
    return cell


def _dress_head(cell: Any, text: str) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    _put(cell, text)
    cell.font = Font(bold=True, color="FFFFFFFF")
    cell.fill = PatternFill("solid", fgColor=_GREEN)
    cell.alignment = Alignment(vertical="center", wrap_text=True)


def _text(text: str) -> str:
    return _NOT_IN_XML.sub("", text)[:LONGEST_CELL]


def _sheet_title(text: str) -> str:
    """Excel takes 31 characters and none of ``[]:*?/\\``, and no apostrophe at the ends."""
    return re.sub(r"[\[\]:*?/\\]", " ", _text(text))[:31].strip("' ") or "Lembar 1"


def _saved(book: Any) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
