"""The head of a table: which column means what, and the rows below it by the names of their columns. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.sheets.model import BadSheet, Cell, Row, Sheet, column_letter

LOOK_FOR_HEAD: Final = 20  # rows from the top; titles and addresses may stand above
LONGEST_HEADING: Final = 120


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a feature knows. ``names`` are other headings that mean it; ``required``: it must be there.

    ``help``, ``examples``, ``width`` (characters) and ``choices`` (a drop-down) are for the template.
    """

    key: str
    title: str
    names: tuple[str, ...] = ()
    required: bool = False
    help: str = ""
    examples: tuple[str, ...] = ()
    width: int = 18
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A row below the head: its cells by the keys of the columns found; an empty cell where there is none."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """A head and its rows. ``positions``: key to column from 0; ``unknown``: headings that mean nothing to us."""

    head: int
    positions: Mapping[str, int]
    unknown: tuple[str, ...]
    records: tuple[Record, ...]

    def place(self, key: str, number: int) -> str:
        """Where a cell is, as Excel shows it: ``C7``; the row alone where the column is not there."""
        return f"{column_letter(self.positions[key])}{number}" if key in self.positions else str(number)


def find_table(sheet: Sheet, columns: Sequence[Column]) -> Table:
    """The table in a sheet: its head is the row among the first 20 that names most of the columns.

    Raises:
        BadSheet: ``no_head`` when no row names all required columns, ``double_head`` when one names a column twice.
    """
    known = {heading_key(name): column.key for column in columns for name in (column.title, *column.names)}
    heads = ((row, _named(row, known)) for row in sheet.rows[:LOOK_FOR_HEAD])
    nothing: tuple[Row, dict[int, str]] = (Row(0, ()), {})
    head, named = max(heads, key=lambda one: len(set(one[1].values())), default=nothing)
    found = set(named.values())
    if not found or any(column.required and column.key not in found for column in columns):
        raise BadSheet("no_head", {"columns": ", ".join(column.title for column in columns if column.required)})
    if len(found) < len(named):
        twice = next(column for column in columns if list(named.values()).count(column.key) > 1)
        raise BadSheet("double_head", {"column": twice.title})
    positions = {key: position for position, key in named.items()}
    unknown = tuple(cell.text for position, cell in enumerate(head.cells) if cell.text and position not in named)
    below = (row for row in sheet.rows if row.number > head.number)
    records = tuple(record for row in below if (record := _record(row, positions)))
    return Table(head.number, positions, unknown, records)


def heading_key(text: str) -> str:
    """What spellings of a heading have in common: case, accents, signs and what is in brackets do not count."""
    plain = re.sub(r"\(.*?\)|\[.*?\]", " ", text[:LONGEST_HEADING])
    folded = unicodedata.normalize("NFKD", plain.casefold())
    return "".join(character for character in folded if character.isalnum())


def _named(row: Row, known: Mapping[str, str]) -> dict[int, str]:
    """Position to key of the columns that a row names."""
    return {
        position: known[key] for position, cell in enumerate(row.cells) if (key := heading_key(cell.text)) in known
    }


def _record(row: Row, positions: Mapping[str, int]) -> Record | None:
    cells = {
        key: row.cells[position] if position < len(row.cells) else Cell() for key, position in positions.items()
    }
    return Record(row.number, cells) if any(cells.values()) else None
