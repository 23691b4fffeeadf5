"""The columns an import knows: names as ODS, SIPASKOP-like exports and lists of the field write them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from app.core.sheets.columns import LOOK_FOR_HEAD, Column, heading_key
from app.core.sheets.model import Sheet

SLUG: Final = "slug"
# Title as exported, then other headings. heading_key drops case, signs and what is in brackets.
COLUMNS: Final[tuple[Column, ...]] = (
    Column(SLUG, "Alamat halaman", width=30),
    Column("nik", "NIK koperasi", ("Nomor Induk Koperasi", "No Induk Koperasi", "NIK", "NIKop", "nik_koperasi")),
    Column("name", "Nama koperasi", ("Nama", "Koperasi", "Nama Lembaga"), required=True, width=40),
    Column(
        "legal_number", "Nomor badan hukum",
        ("No Badan Hukum", "No BH", "Nomor BH", "Badan Hukum", "No Badan Hukum Pendirian", "no_badan_hukum",
         "Nomor Badan Hukum Pendirian", "No. Akta Pendirian", "Nomor Akta Pendirian", "Nomor SK"), width=34,
    ),
    Column(
        "legal_date", "Tanggal badan hukum",
        ("Tgl Badan Hukum", "Tgl BH", "Tanggal BH", "Tanggal Badan Hukum Pendirian", "Tgl Badan Hukum Pendirian",
         "Tanggal Akta Pendirian", "Tanggal SK"),
    ),
    Column(
        "amendment_number", "Nomor PAD",
        ("No PAD", "Nomor Perubahan Anggaran Dasar", "Nomor Perubahan Anggaran Dasar Terbaru",
         "No Perubahan Anggaran Dasar"),
    ),
    Column(
        "amendment_date", "Tanggal PAD",
        ("Tgl PAD", "Tanggal Perubahan Anggaran Dasar", "Tanggal Perubahan Anggaran Dasar Terbaru",
         "Tgl Perubahan Anggaran Dasar"),
    ),
    Column("last_meeting", "Tanggal RAT terakhir", ("Tgl RAT Terakhir", "Tanggal RAT", "Tgl RAT", "RAT Terakhir")),
    Column("address", "Alamat", ("Alamat Koperasi", "Alamat Lengkap", "Alamat Kantor", "Jalan"), width=36),
    Column("kelurahan_code", "Kode kelurahan", ("Kode Kelurahan Kemendagri", "Kode Desa", "Kode Wilayah")),
    Column("kelurahan", "Kelurahan", ("Desa/Kelurahan", "Kelurahan/Desa", "Kel", "Desa", "Nama Kelurahan")),
    Column("kecamatan", "Kecamatan", ("Kec", "Nama Kecamatan")),
    Column("form", "Bentuk", ("Bentuk Koperasi",)),
    Column("kind", "Jenis", ("Jenis Koperasi",)),
    Column("pattern", "Pola", ("Pola Pengelolaan", "Pola Koperasi", "Sistem Pengelolaan")),
    Column("has_savings_unit", "Punya USP", ("Unit Simpan Pinjam", "USP", "Memiliki USP", "Ada USP")),
    Column("group", "Kelompok", ("Kelompok Koperasi",)),
    Column("sector", "Sektor usaha", ("Sektor", "Bidang Usaha")),
    Column("business_codes", "KBLI", ("Kode KBLI", "KBLI Koperasi")),
    Column("nik_status", "Status NIK", ("Status Sertifikat NIK",)),
    Column("grade_status", "Status grade", ("Grade", "Grade Koperasi")),
    Column(
        "men", "Anggota laki-laki",
        ("Anggota L", "Jumlah Anggota Laki-laki", "Jumlah Anggota Pria", "Anggota Pria", "Jml Anggota L"),
    ),
    Column(
        "women", "Anggota perempuan",
        ("Anggota P", "Jumlah Anggota Perempuan", "Jumlah Anggota Wanita", "Anggota Wanita", "Jml Anggota P"),
    ),
    Column("members_as_of", "Anggota per tanggal", ("Tanggal Data Anggota",)),
    Column("year", "Tahun buku", ("Tahun", "Tahun Laporan")),
    Column("assets", "Aset", ("Total Aset", "Jumlah Aset", "Asset", "Aset Koperasi")),
    Column("own_capital", "Modal sendiri", ("Jumlah Modal Sendiri", "Total Modal Sendiri")),
    Column("outside_capital", "Modal luar", ("Jumlah Modal Luar", "Total Modal Luar", "Hutang")),
    Column("turnover", "Volume usaha", ("Omzet", "Omset", "Total Volume Usaha")),
    Column("surplus", "SHU", ("Sisa Hasil Usaha", "SHU Tahun Berjalan", "Selisih Hasil Usaha")),
    Column("employees", "Karyawan", ("Jumlah Karyawan", "Total Karyawan", "Tenaga Kerja")),
    Column(
        "value", "Predikat", ("Predikat Kesehatan", "Status Kesehatan", "Kesehatan", "Status Koperasi", "Status")
    ),
    Column("score", "Skor kesehatan", ("Skor", "Skor KKPKK", "Nilai Kesehatan", "Skor Akhir")),
    Column("governance", "Skor tata kelola", ("Tata Kelola",)),
    Column("risk", "Skor profil risiko", ("Profil Risiko",)),
    Column("finance", "Skor kinerja keuangan", ("Kinerja Keuangan",)),
    Column("capital", "Skor permodalan", ("Permodalan",)),
    Column("paper", "Versi ambang", ("Versi kertas kerja",)),
    Column("as_of", "Per tanggal", ("Tanggal Penilaian", "Tgl Penilaian", "Status per tanggal")),
    Column("definition", "Definisi status", ("Definisi",)),
    Column("source", "Sumber status", ("Sumber", "Sumber Data")),
    Column("readiness_as_of", "Kesiapan digital per tanggal"),
    Column("answers", "Jawaban kesiapan digital", width=30),
    Column("indicators", "Versi indikator"),
    Column("readiness_source", "Sumber kesiapan digital"),
    Column("note", "Keterangan", ("Ket", "Catatan"), width=30),
)  # fmt: skip
BY_KEY: Final = {column.key: column for column in COLUMNS}
_KNOWN: Final = {heading_key(name): c.key for c in COLUMNS for name in (c.key, c.title, *c.names)}
MOST_COLUMNS: Final = 100


def head_of(sheet: Sheet) -> int:
    """The number of the row that is the head: of the first 20 the one that names most of what we know, else the
    one with most cells; the first of equals.
    """
    best, score = sheet.rows[0].number, (-1, -1)
    for row in sheet.rows[:LOOK_FOR_HEAD]:
        texts = [cell.text for cell in row.cells]
        named = len({_KNOWN[heading_key(text)] for text in texts if heading_key(text) in _KNOWN})
        found = (named, sum(bool(text) for text in texts) if named == 0 else 0)
        if found > score:
            best, score = row.number, found
    return best


def signature(headings: Sequence[str]) -> str:
    """What tables with the same headings in the same order have in common."""
    return hashlib.sha256("\n".join(heading_key(text) for text in headings).encode()).hexdigest()


def guessed(headings: Sequence[str]) -> dict[str, str]:
    """Position (as text) to key, by the headings; the first of two that mean the same wins."""
    found: dict[str, str] = {}
    for position, text in enumerate(headings):
        key = _KNOWN.get(heading_key(text))
        if key and key not in found.values():
            found[str(position)] = key
    return found


def fault_of(meanings: Mapping[str, str]) -> tuple[str, str] | None:
    """What is wrong with a mapping: ``("twice", key)`` or ``("no_name", "")``."""
    keys = [key for key in meanings.values() if key]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice:
        return "twice", twice
    return None if "name" in keys else ("no_name", "")
