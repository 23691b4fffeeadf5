"""What a table read from a file is: rows, cells, and what may be wrong with them. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

MOST_ROWS_OF_EXCEL: Final = 1_048_576


class CellFault(enum.StrEnum):
    """Why the text of a cell must not be taken as it is."""

    FORMULA = "formula"  # text is the result Excel kept, which may be old or missing
    MERGED = "merged"  # one cell drawn over several: which of them is meant is a guess
    ERROR = "error"  # #REF!, #VALUE! and the like
    ROUNDED = "rounded"  # a number of more than 15 digits, of which Excel keeps 15
    TOO_LONG = "too_long"  # cut


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as text: numbers without decimal noise, dates as ``YYYY-MM-DD``, surrounding spaces gone.

    ``fraction``: a number of a spreadsheet with decimals, whose point is none of thousands.
    """

    text: str = ""
    fault: CellFault | None = None
    fraction: bool = field(default=False, compare=False)

    def __bool__(self) -> bool:
        return bool(self.text) or self.fault is not None


@dataclass(frozen=True, slots=True)
class Row:
    """A row that holds something. ``number`` counts from 1, as Excel shows it."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows that hold something, in order. ``name`` of the sheet, empty for CSV."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read at most. All are checked before the work they bound is done.

    ``unpacked``: bytes of all parts together; ``ratio``: between these and the file; ``marks``: how many ``<`` are
    in them (separators in CSV), which bounds the time that parsing takes; ``merged``: ranges of merged cells.
    """

    rows: int = 10_000
    columns: int = 100
    characters: int = 4_000
    unpacked: int = 64 * 1024 * 1024
    ratio: int = 150
    marks: int = 1_500_000
    merged: int = 2_000


@dataclass
class BadSheet(ValueError):
    """The file cannot be read as a table; ``code`` says why, ``values`` fill its sentence (``sheet_words``)."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.code)


def column_letter(position: int) -> str:
    """The letters of a column that counts from 0: A … Z, AA …."""
    letters, position = "", position + 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def number_text(value: float) -> tuple[str, CellFault | None]:
    """A number as it was typed: ``812345678`` for 812345678.0 and 8.12345678E8, ``0.3`` for 0.30000000000000004.

    Excel keeps 15 digits; a longer number (a NIK typed as a number) has lost its end and says so.
    """
    if isinstance(value, int):
        return str(value), CellFault.ROUNDED if abs(value) >= 10**15 else None
    if value != value or value in (float("inf"), float("-inf")):
        return str(value), CellFault.ERROR
    if abs(value) >= 1e15:
        return f"{value:.0f}"[:40], CellFault.ROUNDED
    if value.is_integer():
        return str(int(value)), None
    text = f"{value:.15g}"
    if "e" in text:
        text = f"{value:.20f}".rstrip("0").rstrip(".")
    return text, None
