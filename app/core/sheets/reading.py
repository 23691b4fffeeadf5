"""One door for both formats; which one it is, is in the bytes."""

from __future__ import annotations

from app.core.files import FileKind, kind_of
from app.core.sheets.delimited import read_csv
from app.core.sheets.model import BadSheet, Limits, Sheet
from app.core.sheets.xlsx import read_xlsx


def read(data: bytes, limits: Limits | None = None, prefer: str | None = None) -> Sheet:
    """The rows of an XLSX or CSV file as text.

    ``prefer`` names the sheet to read in a workbook of several; without it, or when there is none of that name, the
    first visible one is read.

    Raises:
        BadSheet: it is neither, damaged, empty, or has more than ``limits`` allow.
    """
    limits = limits or Limits()
    match kind_of(data):
        case FileKind.XLSX:
            sheet = read_xlsx(data, limits, prefer)
        case FileKind.TEXT:
            sheet = read_csv(data, limits)
        case FileKind.EMPTY:
            raise BadSheet("empty")
        case _:
            raise BadSheet("damaged")
    if not sheet.rows:
        raise BadSheet("empty")
    return sheet
