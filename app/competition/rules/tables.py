"""Tables as spreadsheet programs write them: CSV in UTF-8, and numbers in cells."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator

from app.competition.rules.faults import Fault, Refused

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 1_000_000
LARGEST = 1e100  # beyond this, squares leave the range of numbers
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d{1,2}", re.ASCII)  # "8,5"; "1,000" could be a thousand


def table(raw: bytes, needed: Iterable[str], also: Iterable[str] = ()) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a CSV with their line number, as dictionaries of the columns wanted; blank lines are left out."""
    if len(raw) > MAX_BYTES:
        raise Refused(Fault.TOO_LARGE, most=MAX_BYTES // 1024**2)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Refused(Fault.NOT_TEXT) from fault
    if "\0" in text:
        raise Refused(Fault.NOT_TEXT)
    head = text[:4096].partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().casefold() for name in next(reader, [])]
        places = _places(names, needed, also)
        for count, row in enumerate(reader):
            if count >= MAX_ROWS:
                raise Refused(Fault.TOO_LARGE, most=MAX_BYTES // 1024**2)
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(names):
                raise Refused(Fault.CELLS, row=reader.line_num, found=len(row), expected=len(names))
            yield reader.line_num, {name: row[place] for name, place in places.items()}
    except csv.Error as fault:
        raise Refused(Fault.NOT_A_TABLE, row=reader.line_num) from fault


def _places(names: list[str], needed: Iterable[str], also: Iterable[str]) -> dict[str, int]:
    if not any(names):
        raise Refused(Fault.EMPTY)
    for name in needed:
        if name not in names:
            raise Refused(Fault.NO_COLUMN, column=name)
    wanted = [*needed, *also]
    for name in wanted:
        if names.count(name) > 1:
            raise Refused(Fault.TWICE_COLUMN, column=name)
    return {name: names.index(name) for name in wanted if name in names}


def number(text: str) -> float | None:
    """A finite number written with a point, or with a comma and at most two decimals; None otherwise."""
    if _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if len(text) > 40 or not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) and abs(value) <= LARGEST else None
