"""Every bad file that the task of the directory names, through the page and through the command: one sentence each,
and nothing half stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.cooperatives.models import (
    Cooperative,
    CooperativeChange,
    CooperativeImport,
    CooperativeWord,
    CooperativeYear,
    ImportState,
)
from app.core.db import db
from tests.cooperatives.test_routes import HOME, send, text_of
from tests.core.spreadsheets import with_part, workbook
from tests.forms import csrf_token

HEAD = ["Nama", "No BH", "Kelurahan", "Kecamatan", "Tahun", "Aset", "Tgl RAT"]
GOOD = ["KSP Maju Jaya", "518/1/BH/2001", "Beji", "Beji", 2022, 1_500_000, "20-07-2023"]
OTHER = ["Koperasi Sinar Terang", "518/2/BH/2002", "Beji", "Beji", 2022, 2_500_000, "20-07-2023"]


def sheet(change: Callable[[Any], None] | None = None, **cells: Any) -> bytes:
    """A good row, and one with these cells."""
    other = [cells.get(name.replace(" ", "_"), value) for name, value in zip(HEAD, OTHER, strict=True)]
    return workbook([HEAD, GOOD, other], change)


def formula(made: Any) -> None:
    made["F3"] = "=SUM(F2:F2)"


def merged(made: Any) -> None:
    made.merge_cells("A2:A3")


# What the file is, what the page says at which cell, what the command says.
CELLS: dict[str, tuple[bytes, str, str, str]] = {
    "merged cells": (sheet(merged), "A3", "gabung", "merged"),
    "formulas": (sheet(formula), "F3", "rumus", "formula"),
    "a date as text of two digits": (sheet(Tgl_RAT="20/07/23"), "G3", "abadnya tidak jelas", "century"),
    "a date as text that is none": (sheet(Tgl_RAT="pertengahan Juli"), "G3", "Tanggal tidak dikenal", "date"),
    "Rp and dots that do not fit": (sheet(Aset="Rp1.500.00"), "F3", "Bukan jumlah rupiah", "rupiah"),
    "sen": (sheet(Aset="Rp1.500.000,50"), "F3", "sen atau pecahan", "cents"),
    "two Curug": (sheet(Kelurahan="Curug", Kecamatan=""), "C3", "Ada dua kelurahan Curug", "two kelurahan"),
}  # fmt: skip
FILES: dict[str, tuple[bytes, str, str]] = {
    "a zip bomb": (with_part(sheet(), "xl/media/gambar.png", bytes(40 * 1024 * 1024)), "Berkas ini", "file"),
    "a program renamed": (b"MZ\x90\x00\x03" + bytes(2_000), "sebuah program", "not excel"),
    "garbage": (bytes(range(1, 256)) * 2_000, "Berkas ini", "file"),
}


def stored() -> list[int]:
    """Rows in every table that an import writes."""
    db.session.rollback()
    models = (Cooperative, CooperativeWord, CooperativeYear, CooperativeChange)
    return [db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0 for model in models]


@pytest.mark.parametrize("case", CELLS)
def test_a_bad_cell_is_named_on_the_page(staff: FlaskClient, app: Flask, case: str) -> None:
    data, place, said, _english = CELLS[case]
    sent = send(staff, data, "koperasi.xlsx")
    assert sent.status_code == 303
    page = text_of(staff, sent.location)
    assert f">{place}<" in page
    assert said in page
    token = csrf_token(staff, f"{HOME}/imports")
    assert staff.post(f"{sent.location}/store", data={"csrf_token": token, "rest": "new"}).status_code == 422
    with app.app_context():
        assert stored() == [0, 0, 0, 0]


@pytest.mark.parametrize("case", CELLS)
def test_a_bad_cell_is_named_by_the_command(staff: FlaskClient, app: Flask, case: str, tmp_path: Path) -> None:
    path = tmp_path / "koperasi.xlsx"
    path.write_bytes(CELLS[case][0])
    done = app.test_cli_runner().invoke(args=["cooperatives", "import", str(path), "--likely", "new"])
    assert done.exit_code == 1
    assert "row 3: WRONG: " in done.output
    assert CELLS[case][3] in done.output.lower()
    with app.app_context():
        assert stored() == [0, 0, 0, 0]


@pytest.mark.parametrize("case", FILES)
def test_a_bad_file_is_refused(staff: FlaskClient, app: Flask, case: str, tmp_path: Path) -> None:
    data, said, english = FILES[case]
    answer = send(staff, data, "koperasi.xlsx")
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert said in page[page.index('role="alert"') :]
    path = tmp_path / "koperasi.xlsx"
    path.write_bytes(data)
    done = app.test_cli_runner().invoke(args=["cooperatives", "import", str(path)])
    assert done.exit_code == 1
    assert english in done.output.lower()
    assert "Traceback" not in done.output
    with app.app_context():
        assert stored() == [0, 0, 0, 0]
        assert db.session.scalar(sa.select(sa.func.count()).select_from(CooperativeImport)) == 0


def test_dates_as_text_and_money_with_rp_are_read_where_they_are_clear(staff: FlaskClient, app: Flask) -> None:
    dates = ("20 Juli 2023", "Kamis, 20 Juli 2023", "20/7/2023", datetime(2023, 7, 20), date(2023, 7, 20))  # noqa: DTZ001
    money = ("Rp1.500.000", "Rp 1.500.000,00", "1,500,000", 1_500_000, 1_500_000.0)
    rows = [[f"KSP Nomor {n} Beji", f"518/{n}/BH", "Beji", "Beji", 2022, m, d] for n, (d, m) in
            enumerate(zip(dates, money, strict=True), start=1)]  # fmt: skip
    sent = send(staff, workbook([HEAD, *rows]), "koperasi.xlsx")
    token = csrf_token(staff, f"{HOME}/imports")
    assert staff.post(f"{sent.location}/store", data={"csrf_token": token, "rest": "new"}).status_code == 303
    with app.app_context():
        assert set(db.session.scalars(sa.select(Cooperative.last_meeting))) == {date(2023, 7, 20)}
        assert list(db.session.scalars(sa.select(CooperativeYear.assets))) == [1_500_000] * 5


def test_a_million_empty_rows_are_nothing(staff: FlaskClient, app: Flask) -> None:
    data = sheet(lambda made: made.cell(1_048_576, 1).__setattr__("number_format", "@"))
    sent = send(staff, data, "koperasi.xlsx")
    with app.app_context():
        upload = db.session.scalars(sa.select(CooperativeImport)).one()
        assert (upload.row_count, upload.state) == (2, ImportState.CHECKED)
    assert sent.status_code == 303
