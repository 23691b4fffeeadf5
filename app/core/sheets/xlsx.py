"""XLSX into rows of text. Three looks at a file that nobody has vouched for, each bounded by the one before.

1. The table of contents of the zip archive: sizes and ratio (a zip bomb says how large it will be; Python's zipfile
   reads no more of a member than that), then the parts themselves, counting ``<``.
2. The XML of the sheet, through defusedxml: where formulas and merged cells are (openpyxl tells neither when it
   reads on the fly), the last row, no row twice, no column too far right.
3. openpyxl, read-only, with values instead of formulas, up to the last row found.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from app.core.sheets.model import MOST_ROWS_OF_EXCEL, BadSheet, Cell, CellFault, Limits, Row, Sheet, number_text

MOST_PARTS: Final = 2_000
SMALL: Final = 1024 * 1024  # below this size no ratio is a bomb
CHUNK: Final = 256 * 1024
MOST_MERGED_ROWS: Final = 200_000
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_xlsx(data: bytes, limits: Limits, prefer: str | None = None) -> Sheet:
    """The rows of the sheet called ``prefer``, else of the first one that is not hidden.

    Raises:
        BadSheet: the file is too large when unpacked, damaged, or has more than ``limits`` allow.
    """
    with _hostile(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        _check_parts(archive, len(data), limits)
        from openpyxl import load_workbook

        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            sheet = _chosen(book, prefer)
            survey = _survey(archive, sheet._worksheet_path, limits)
            return Sheet(str(sheet.title), tuple(_rows(sheet, survey, limits)))
        finally:
            book.close()


@contextmanager
def _hostile() -> Iterator[None]:
    """Whatever zipfile, the XML parser or openpyxl stumble over is the file's fault, and means one thing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "extension is not supported" and the like
            yield
    except BadSheet:
        raise
    except MemoryError:
        raise BadSheet("too_large") from None
    except Exception as error:  # libraries raise a dozen kinds for damaged files, KeyError and TypeError among them
        raise BadSheet("damaged") from error


def _check_parts(archive: zipfile.ZipFile, packed: int, limits: Limits) -> None:
    parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or len({part.filename for part in parts}) < len(parts):
        raise BadSheet("damaged")
    if total > SMALL and total > packed * limits.ratio:
        raise BadSheet("bomb")
    if total > limits.unpacked:
        raise BadSheet("too_large")
    if any(part.filename.startswith("xl/chartsheets/") for part in parts):
        raise BadSheet("chart")  # openpyxl would follow it to drawings and pictures
    marks = 0
    for part in parts:
        with archive.open(part) as stream:
            while chunk := stream.read(CHUNK):
                marks += chunk.count(b"<")
        if marks > limits.marks:
            raise BadSheet("too_large")


def _chosen(book: Any, prefer: str | None) -> Any:
    sheets = book.worksheets
    if not sheets:
        raise BadSheet("empty")
    named = [sheet for sheet in sheets if prefer and sheet.title.strip().casefold() == prefer.casefold()]
    shown = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
    return (named or shown or sheets)[0]


@dataclass
class _Survey:
    """Reads the XML of a sheet as it passes (a target of ``XMLParser``)."""

    limits: Limits
    row: int = 0
    column: int = 0
    last_row: int = 0  # the last row and column that hold something
    last_column: int = 0
    formulas: set[tuple[int, int]] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """One element begins."""
        name = tag.removeprefix(_MAIN)
        if tag.endswith("}worksheet") and not tag.startswith(_MAIN):
            raise BadSheet("damaged")  # "Strict Open XML", of which openpyxl would read nothing at all
        if name == "row":
            self._row(attributes.get("r"))
        elif name == "c":
            self._cell(attributes.get("r"))
        elif name in ("v", "is", "f"):
            if name == "f":
                self.formulas.add((self.row, self.column))
            if self.column > self.limits.columns:
                raise BadSheet("too_many_columns", {"most": self.limits.columns})
            self.last_row, self.last_column = self.row, max(self.last_column, self.column)
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def _row(self, stated: str | None) -> None:
        number = int(float(stated)) if stated is not None else self.row + 1
        if not self.row < number <= MOST_ROWS_OF_EXCEL:
            raise BadSheet("damaged")  # rows go down, one after the other; openpyxl would drop or invent some
        self.row, self.column = number, 0

    def _cell(self, stated: str | None) -> None:
        from openpyxl.utils.cell import coordinate_to_tuple

        self.column = coordinate_to_tuple(stated)[1] if stated else self.column + 1

    def _merge(self, ref: str) -> None:
        from openpyxl.utils.cell import range_boundaries

        left, top, right, bottom = range_boundaries(ref)
        self.merged.append((top or 1, left or 1, bottom or MOST_ROWS_OF_EXCEL, right or self.limits.columns))
        if len(self.merged) > self.limits.merged:
            raise BadSheet("merged")

    def end(self, tag: str) -> None:
        """Nothing; the parser asks for it."""

    def data(self, text: str) -> None:
        """Nothing; what cells hold is read by openpyxl."""

    def close(self) -> None:
        """Nothing; the parser asks for it."""

    def merged_columns(self) -> dict[int, list[tuple[int, int]]]:
        """By row, the stretches of columns that are merged there; rows behind the last one do not count."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        count = 0
        for top, left, bottom, right in self.merged:
            for row in range(top, min(bottom, self.last_row) + 1):
                found[row].append((left, right))
                count += 1
                if count > MOST_MERGED_ROWS:
                    raise BadSheet("merged")
        return found


def _survey(archive: zipfile.ZipFile, path: str, limits: Limits) -> _Survey:
    from defusedxml.ElementTree import XMLParser

    survey = _Survey(limits)
    parser = XMLParser(target=survey, forbid_dtd=True)
    with archive.open(path) as stream:
        while chunk := stream.read(CHUNK):
            parser.feed(chunk)
    parser.close()
    return survey


def _rows(sheet: Any, survey: _Survey, limits: Limits) -> Iterator[Row]:
    if not survey.last_row:
        return
    merged = survey.merged_columns()
    sheet.reset_dimensions()  # what the file says of its own size is often wrong
    found = 0
    rows = sheet.iter_rows(min_row=1, max_row=survey.last_row, max_col=survey.last_column)
    for number, values in enumerate(rows, start=1):
        cells = [_cell(value, limits) for value in values]
        if not any(cells):
            continue
        for position, cell in enumerate(cells):
            fault = _fault_of_place(number, position + 1, cell, survey.formulas, merged.get(number, ()))
            if fault:
                cells[position] = Cell(cell.text, fault)
        while not cells[-1]:
            cells.pop()
        found += 1
        if found > limits.rows:
            raise BadSheet("too_many_rows", {"most": limits.rows})
        yield Row(number, tuple(cells))


def _fault_of_place(
    row: int, column: int, cell: Cell, formulas: set[tuple[int, int]], merged: Any
) -> CellFault | None:
    if (row, column) in formulas:
        return CellFault.FORMULA
    if any(left <= column <= right for left, right in merged):
        return CellFault.MERGED
    return cell.fault


def _cell(cell: Any, limits: Limits) -> Cell:
    """One value as text."""
    value = cell.value
    if value is None:
        return Cell()
    if cell.data_type == "e":
        return Cell(str(value)[:40], CellFault.ERROR)
    text, fault = _text(value)
    text = text.strip()
    if len(text) > limits.characters:
        return Cell(text[: limits.characters], CellFault.TOO_LONG)
    return Cell(text, fault, fraction=isinstance(value, float) and "." in text)


def _text(value: Any) -> tuple[str, CellFault | None]:
    match value:
        case bool():
            return ("TRUE" if value else "FALSE"), None
        case int() | float():
            return number_text(value)
        case datetime():
            midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
            return value.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M"), None
        case date():
            return value.isoformat(), None
        case time():
            return value.strftime("%H:%M"), None
        case timedelta():
            minutes = round(value.total_seconds() / 60)
            return f"{minutes // 60:02d}:{minutes % 60:02d}", None
        case _:
            return str(value), None
