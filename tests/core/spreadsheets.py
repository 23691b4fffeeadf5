"""Real XLSX files for tests, honest ones by openpyxl and hostile ones by hand."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from openpyxl import Workbook

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(rows: Iterable[Sequence[Any]], change: Callable[[Any], None] | None = None) -> bytes:
    """A workbook of one sheet; ``change`` may do what it likes to it before it is saved."""
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    if change:
        change(sheet)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The same file with one part replaced or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info.filename, old.read(info))
        new.writestr(name, content)
    return stream.getvalue()


def raw_sheet(inside: str, *, doctype: str = "", after: str = "") -> bytes:
    """A workbook whose sheet is this XML."""
    head = '<?xml version="1.0"?>' + doctype
    xml = f'{head}<worksheet xmlns="{MAIN}"><sheetData>{inside}</sheetData>{after}</worksheet>'
    return with_part(workbook([["x"]]), SHEET, xml.encode())


def with_shared_strings(strings: str) -> bytes:
    """A workbook whose only cell is the first of these ``<si>`` elements, as Excel stores texts."""
    data = raw_sheet('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types = archive.read("[Content_Types].xml").decode()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    if kind not in types:
        types = types.replace(
            "</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
        )
    data = with_part(data, "[Content_Types].xml", types.encode())
    return with_part(data, "xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{strings}</sst>'.encode())


def lying_about_size(data: bytes, name: str, size: int) -> bytes:
    """The same archive with another unpacked size of one part in its table of contents."""
    changed = bytearray(data)
    at = changed.find(b"PK\x01\x02")
    while at >= 0:
        length = struct.unpack_from("<H", changed, at + 28)[0]
        if changed[at + 46 : at + 46 + length] == name.encode():
            struct.pack_into("<I", changed, at + 24, size)
        at = changed.find(b"PK\x01\x02", at + 4)
    return bytes(changed)
