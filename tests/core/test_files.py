"""What an upload is, is in its bytes."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage

from app.core.errors import InvalidInput
from app.core.files import FileKind, kind_of, kind_words, receive, shown_name
from tests.core.spreadsheets import workbook

TABLES = (FileKind.XLSX, FileKind.TEXT)


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", FileKind.EMPTY),
        (b"nama;tahun\r\nSiti;1984\r\n", FileKind.TEXT),
        ("nama\nD'Árvore".encode("cp1252"), FileKind.TEXT),
        ("nama\nسيتي".encode("utf-16"), FileKind.TEXT),
        ("nama,tahun\nSiti,1984\n".encode("utf-16-le"), FileKind.TEXT),
        (b"MZ;nomor\nMZ1;2\n", FileKind.TEXT),
        (b"MZ\x90\x00\x03\x00\x00\x00\x04\x00" + bytes(200), FileKind.PROGRAM),
        (b"\x7fELF\x02\x01\x01" + bytes(64), FileKind.PROGRAM),
        (b"#!/bin/sh\necho halo\n", FileKind.PROGRAM),
        (b"%PDF-1.7\n%\xe2\xe3", FileKind.PDF),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), FileKind.PNG),
        (b"\xff\xd8\xff\xe0" + bytes(40), FileKind.JPEG),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), FileKind.OLD_OFFICE),
        (b"<html><body><table>", FileKind.MARKUP),
        (b'\xef\xbb\xbf <?xml version="1.0"?><Workbook>', FileKind.MARKUP),
        (b"PK\x03\x04 cut off", FileKind.UNKNOWN),
        (bytes(range(256)) * 4, FileKind.UNKNOWN),
        (zipped(**{"a.txt": b"x"}), FileKind.ZIP),
        (zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), FileKind.OPEN_DOCUMENT),
        (workbook([["x"]]), FileKind.XLSX),
    ],
)
def test_what_bytes_are(data, kind):
    assert kind_of(data) is kind


@given(st.binary(max_size=300))
def test_any_bytes_are_something(data):
    assert kind_of(data) in FileKind
    assert kind_of(b"PK\x03\x04" + data) in FileKind


@pytest.mark.parametrize("kind", list(FileKind))
def test_every_kind_has_its_words(ctx, kind):
    assert "Berkas ini" in kind_words(kind)


def storage(data: bytes, name: str = "daftar.xlsx", kind: str = "") -> FileStorage:
    return FileStorage(io.BytesIO(data), filename=name, content_type=kind)


def refusal(*args: object) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        receive(*args)  # type: ignore[arg-type]
    assert caught.value.fields == {"file": caught.value.message}
    return caught.value


@pytest.mark.usefixtures("ctx")
class TestReceive:
    def test_the_extension_decides_nothing(self):
        taken = receive(storage(b"nama\nSiti\n", "daftar.xlsx", "application/x-msdownload"), TABLES, 100)
        assert (taken.kind, taken.name, taken.data) == (FileKind.TEXT, "daftar.xlsx", b"nama\nSiti\n")

    def test_a_program_called_xlsx(self):
        error = refusal(storage(b"MZ\x90\x00" + bytes(100)), TABLES, 1000)
        assert error.code == "file_kind"
        assert "program" in error.message

    def test_nothing_chosen_and_nothing_in_it(self):
        assert refusal(None, TABLES, 100).message == "Pilih berkas dulu."
        assert refusal(storage(b"", ""), TABLES, 100).message == "Pilih berkas dulu."
        assert refusal(storage(b"", "kosong.csv"), TABLES, 100).message == "Berkas ini kosong."

    def test_one_byte_too_many(self):
        assert receive(storage(b"a" * 100), TABLES, 100).data == b"a" * 100
        assert refusal(storage(b"a" * 101), TABLES, 100).code == "file_too_large"


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("daftar rt 05.xlsx", "daftar rt 05.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\siti\\daftar.csv", "daftar.csv"),
        ("/", ""),
        (None, ""),
        ("a\r\nSet-Cookie: x.csv", "aSet-Cookie: x.csv"),
        ("\u202exslx.exe", "xslx.exe"),
        ("n" * 300 + ".csv", "n" * 100),
        ("<b>.csv", "<b>.csv"),
    ],
)
def test_a_name_is_for_showing_only(given_name, shown):
    assert shown_name(given_name) == shown
