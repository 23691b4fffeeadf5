"""CSV into rows of text: the encodings, separators and habits that office programs in Indonesia write."""

from __future__ import annotations

import csv
import io
import re
from typing import Final

from app.core.files import utf16_without_mark
from app.core.sheets.model import BadSheet, Cell, CellFault, Limits, Row, Sheet
from app.core.sheets.writing import unprotected

SEPARATORS: Final = (";", ",", "\t", "|")  # a tie goes to the first: Excel with Indonesian settings writes ;
_SAID: Final = re.compile(r"sep=([;,\t|])\r?\n", re.IGNORECASE)  # Excel's own first line
_KEPT_ZEROS: Final = re.compile(r'="(.*)"', re.DOTALL)  # the trick ="0812…" that keeps a leading zero in Excel
_SAMPLE: Final = 64 * 1024


def read_csv(data: bytes, limits: Limits) -> Sheet:
    """The rows of a CSV file that hold something.

    Raises:
        BadSheet: unknown encoding, or more than ``limits`` allow.
    """
    text = decoded(data)
    separator, text = _separator(text)
    if text.count(separator) + text.count("\n") > limits.marks:
        raise BadSheet("too_large")
    rows: list[Row] = []
    try:
        for number, values in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), start=1):
            if row := _row(number, values, limits):
                rows.append(row)
            if len(rows) > limits.rows:
                raise BadSheet("too_many_rows", {"most": limits.rows})
    except csv.Error as error:  # a field of more than 128 KB: a quote that is never closed
        raise BadSheet("quote") from error
    return Sheet("", tuple(rows))


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8 (with or without mark), UTF-16, else Windows-1252.

    Raises:
        BadSheet: code ``encoding``.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif wide := utf16_without_mark(data):
        encodings = [wide]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadSheet("encoding")


def _separator(text: str) -> tuple[str, str]:
    """The separator, and the text without the line that may say it."""
    if said := _SAID.match(text):
        return said[1], text[said.end() :]
    best, score = SEPARATORS[0], 0
    for separator in SEPARATORS:
        found = _columns(text[:_SAMPLE], separator)
        if found > score:
            best, score = separator, found
    return best, text


def _columns(sample: str, separator: str) -> int:
    """How well a separator explains the beginning of a file: cells of rows that are as wide as the first."""
    widths: list[int] = []
    try:
        for values in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            if any(values):
                widths.append(len(values))
            if len(widths) == 20:
                break
    except csv.Error:
        return 0
    return sum(width - 1 for width in widths if width == max(widths))


def _row(number: int, values: list[str], limits: Limits) -> Row | None:
    if not any(values):
        return None
    cells = [_cell(value, limits) for value in values[: limits.columns + 1]]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > limits.columns or any(value.strip() for value in values[limits.columns + 1 :]):
        raise BadSheet("too_many_columns", {"most": limits.columns})
    return Row(number, tuple(cells)) if cells else None


def _cell(value: str, limits: Limits) -> Cell:
    text = value.strip()
    if kept := _KEPT_ZEROS.fullmatch(text):
        text = kept[1].strip()
    elif text.startswith("="):
        return Cell(text[: limits.characters], CellFault.FORMULA)
    text = unprotected(text)
    if len(text) > limits.characters:
        return Cell(text[: limits.characters], CellFault.TOO_LONG)
    return Cell(text)
