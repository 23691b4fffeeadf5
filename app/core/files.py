"""Uploads: taken into memory, bounded, and judged by what is in them.

Neither the name nor the type that a browser states is believed, and the name is never a path: it is shown to the
person who sent it, nothing else.
"""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import FileStorage

from app.core.errors import InvalidInput
from app.core.i18n import gettext as _

LONGEST_NAME: Final = 100
_NO_TEXT: Final = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b"))


class FileKind(enum.StrEnum):
    """What the bytes of a file are."""

    XLSX = "xlsx"
    TEXT = "text"  # CSV among others
    OLD_OFFICE = "old_office"  # .xls, .doc, and everything that Excel locks with a password
    OPEN_DOCUMENT = "open_document"
    ZIP = "zip"
    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    MARKUP = "markup"  # HTML and XML, which some programs save as .xls
    PROGRAM = "program"
    EMPTY = "empty"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came. ``name`` is for showing only; ``kind`` is what the content is."""

    data: bytes
    name: str
    kind: FileKind


# The first bytes that give a format away (its specification, or the table of file(1)).
_BEGINNINGS: Final[tuple[tuple[bytes, FileKind], ...]] = (
    (b"%PDF-", FileKind.PDF),
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"\xff\xd8\xff", FileKind.JPEG),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind.OLD_OFFICE),
    (b"MZ", FileKind.PROGRAM),
    (b"\x7fELF", FileKind.PROGRAM),
    (b"\xca\xfe\xba\xbe", FileKind.PROGRAM),
    (b"\xcf\xfa\xed\xfe", FileKind.PROGRAM),
    (b"\xce\xfa\xed\xfe", FileKind.PROGRAM),
    (b"dex\n", FileKind.PROGRAM),
    (b"#!", FileKind.PROGRAM),
)


def kind_of(data: bytes) -> FileKind:
    """What these bytes are, by their beginning and structure; an extension plays no part."""
    if not data:
        return FileKind.EMPTY
    if data.startswith(b"PK\x03\x04"):
        return _kind_of_zip(data)
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning) and not _only_looks_like_a_program(data, kind):
            return kind
    if not _is_text(data):
        return FileKind.UNKNOWN
    start = data[:400].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return FileKind.MARKUP if start.startswith((b"<html", b"<?xml", b"<!doctype", b"<table")) else FileKind.TEXT


def receive(given: FileStorage | None, kinds: Collection[FileKind], most_bytes: int, field: str = "file") -> Upload:
    """The upload of a form field, when it is one of ``kinds`` and at most ``most_bytes`` long.

    Raises:
        InvalidInput: nothing chosen, empty, too large, or something else than it may be; the message stands at
            ``field`` and says what to do.
    """
    data = given.stream.read(most_bytes + 1) if given is not None else b""
    name = shown_name(given.filename if given is not None else None)
    if given is not None:
        given.close()  # a large one lies in a temporary file
    if not data:
        raise _refused("file_missing", field, _("Berkas ini kosong.") if name else _("Pilih berkas dulu."))
    if len(data) > most_bytes:
        most = f"{most_bytes / 1024 / 1024:.0f}"
        raise _refused("file_too_large", field, _("Berkas ini lebih besar dari %(most)s MB.", most=most))
    kind = kind_of(data)
    if kind not in kinds:
        raise _refused("file_kind", field, kind_words(kind))
    return Upload(data, name, kind)


def kind_words(kind: FileKind) -> str:
    """Why a file of this kind cannot be read as a table, and what to do instead."""
    match kind:
        case FileKind.OLD_OFFICE:
            return _(
                "Berkas ini terkunci kata sandi atau berformat Excel lama (.xls). "
                "Buka kuncinya, lalu simpan sebagai Excel Workbook (.xlsx)."
            )
        case FileKind.OPEN_DOCUMENT:
            return _("Berkas ini berformat OpenDocument (.ods). Simpan sebagai Excel (.xlsx) atau CSV.")
        case FileKind.MARKUP:
            return _(
                "Berkas ini halaman web yang diberi nama seperti Excel. Buka, lalu simpan sebagai Excel (.xlsx)."
            )
        case FileKind.PROGRAM:
            return _("Berkas ini sebuah program, bukan tabel. Jangan dibuka; kirim berkas Excel (.xlsx) atau CSV.")
        case FileKind.PDF | FileKind.PNG | FileKind.JPEG:
            return _("Berkas ini PDF atau gambar. Yang bisa dibaca hanya Excel (.xlsx) atau CSV.")
        case _:
            return _("Berkas ini bukan Excel (.xlsx) atau CSV.")


def shown_name(name: str | None) -> str:
    """A file name for showing: its last part, one line, without what hides or turns text, 100 characters."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    return " ".join(kept.split())[:LONGEST_NAME]


def _refused(code: str, field: str, text: str) -> InvalidInput:
    return InvalidInput(text, {field: text}, code=code)


def _only_looks_like_a_program(data: bytes, kind: FileKind) -> bool:
    """``MZ`` is also how a table may begin whose first column is called so; a program is never plain text."""
    return kind is FileKind.PROGRAM and not data.startswith(b"#!") and _is_text(data[:4096])


def _is_text(data: bytes) -> bool:
    """Whether this may be text: UTF-16 by its mark or its pattern, else no NUL and few control characters."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or utf16_without_mark(data):
        return True
    part = data[:65536]
    strange = len(part) - len(part.translate(None, _NO_TEXT))
    return 0 not in data and strange * 100 <= len(part)


def utf16_without_mark(data: bytes) -> str | None:
    """``utf-16-le`` or ``utf-16-be`` when nearly every other byte of the beginning is NUL, else None."""
    part = data[:2000]
    if len(part) < 4 or len(data) % 2:
        return None
    high, low = part[0::2].count(0), part[1::2].count(0)
    half = len(part) // 2
    if low * 10 >= half * 8 and high == 0:
        return "utf-16-le"
    return "utf-16-be" if high * 10 >= half * 8 and low == 0 else None


def _kind_of_zip(data: bytes) -> FileKind:
    """Office formats are zip archives; only their table of contents is looked at here, nothing is unpacked."""
    import io
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {info.filename for info in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, EOFError):
        return FileKind.UNKNOWN
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return FileKind.XLSX
    if data[30:38] == b"mimetype" and data[38:].startswith(b"application/vnd.oasis.opendocument"):
        return FileKind.OPEN_DOCUMENT
    return FileKind.ZIP
