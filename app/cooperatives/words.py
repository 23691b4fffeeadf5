"""The closed lists of the directory in words, and what is wrong with a cell in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.cooperatives.models import (
    CaseState,
    ChangeAction,
    Definition,
    Form,
    Kind,
    Level,
    Pattern,
    StatusValue,
    Trouble,
)
from app.cooperatives.rules.columns import BY_KEY
from app.cooperatives.rules.rows import Problem
from app.core.i18n import lazy_gettext as _l
from app.core.sheets import CellFault, cell_words

FORMS: Final[dict[str, Any]] = {Form.PRIMARY: _l("primer"), Form.SECONDARY: _l("sekunder")}
KINDS: Final[dict[str, Any]] = {
    Kind.CONSUMER: _l("konsumen"), Kind.PRODUCER: _l("produsen"), Kind.SERVICE: _l("jasa"),
    Kind.MARKETING: _l("pemasaran"), Kind.SAVINGS: _l("simpan pinjam"),
}  # fmt: skip
PATTERNS: Final[dict[str, Any]] = {Pattern.CONVENTIONAL: _l("konvensional"), Pattern.SHARIA: _l("syariah")}
VALUES: Final[dict[str, Any]] = {
    StatusValue.HEALTHY: _l("sehat"), StatusValue.FAIRLY_HEALTHY: _l("cukup sehat"),
    StatusValue.WATCHED: _l("dalam pengawasan"), StatusValue.WATCHED_CLOSELY: _l("dalam pengawasan khusus"),
    StatusValue.NOT_GRADED: _l("belum dinilai"), StatusValue.ACTIVE: _l("aktif"),
    StatusValue.INACTIVE: _l("tidak aktif"),
}  # fmt: skip
CHIPS: Final[dict[str, str]] = {
    StatusValue.HEALTHY: "", StatusValue.FAIRLY_HEALTHY: "wait", StatusValue.WATCHED: "few",
    StatusValue.WATCHED_CLOSELY: "bad", StatusValue.NOT_GRADED: "full", StatusValue.ACTIVE: "",
    StatusValue.INACTIVE: "full",
}  # fmt: skip
DEFINITIONS: Final[dict[str, Any]] = {
    Definition.HEALTH: _l("kertas kerja kesehatan koperasi (sehat mulai 80 dari 100)"),
    Definition.MEETING: _l("mengadakan rapat anggota tahunan (RAT)"),
}
LEVELS: Final[dict[str, Any]] = {
    Level.DIGITAL: _l("digital"), Level.BEGINNING: _l("mulai digital"), Level.CONVENTIONAL: _l("konvensional"),
}  # fmt: skip
TROUBLES: Final[dict[str, Any]] = {
    Trouble.ADMINISTRATION: _l("Administrasi"), Trouble.INACTIVE_MEMBERS: _l("Anggota tidak aktif"),
    Trouble.FINANCES: _l("Keuangan"), Trouble.MEETING_OVERDUE: _l("RAT terlambat"),
    Trouble.LEGALITY: _l("Legalitas"), Trouble.MANAGEMENT: _l("Kepengurusan"), Trouble.CAPITAL: _l("Permodalan"),
    Trouble.MARKET: _l("Pemasaran"), Trouble.DIGITAL: _l("Digitalisasi"), Trouble.OTHER: _l("Lainnya"),
}  # fmt: skip
STATES: Final[dict[str, Any]] = {
    CaseState.OPEN: _l("baru"), CaseState.UNDERWAY: _l("berjalan"), CaseState.SOLVED: _l("selesai"),
    CaseState.DROPPED: _l("dihentikan"),
}  # fmt: skip
ACTIONS: Final[dict[str, Any]] = {
    ChangeAction.CREATED: _l("Ditambahkan"), ChangeAction.IMPORTED: _l("Impor"), ChangeAction.EDITED: _l("Diubah"),
    ChangeAction.YEAR: _l("Angka tahunan"), ChangeAction.STATUS: _l("Status"), ChangeAction.MEMBERS: _l("Anggota"),
    ChangeAction.READINESS: _l("Kesiapan digital"), ChangeAction.MERGED: _l("Digabungkan ke sini"),
    ChangeAction.MERGED_AWAY: _l("Digabung ke koperasi lain"),
}  # fmt: skip
INDICATORS: Final[dict[str, Any]] = {
    "bookkeeping": _l("Pembukuan memakai aplikasi, bukan buku tulis"),
    "members": _l("Daftar anggota dan simpanannya tersimpan digital"),
    "payments": _l("Anggota bisa membayar tanpa uang tunai"),
    "service": _l("Anggota bisa bertanya dan melihat saldo lewat HP"),
    "sales": _l("Barang atau jasa ditawarkan di internet"),
    "reports": _l("Data di ODS dimutakhirkan setiap tahun"),
    "people": _l("Ada pengurus atau karyawan yang terlatih memakainya"),
    "safety": _l("Data dicadangkan dan memakai kata sandi"),
}
FIELDS: Final[dict[str, Any]] = {
    "slug": _l("Alamat halaman"), "nik": _l("NIK koperasi"), "name": _l("Nama koperasi"),
    "legal_number": _l("Nomor badan hukum"), "legal_date": _l("Tanggal badan hukum"),
    "amendment_number": _l("Nomor PAD"), "amendment_date": _l("Tanggal PAD"),
    "last_meeting": _l("Tanggal RAT terakhir"), "address": _l("Alamat"), "kelurahan_code": _l("Kode kelurahan"),
    "kecamatan_code": _l("Kode kecamatan"), "kelurahan": _l("Kelurahan"), "kecamatan": _l("Kecamatan"),
    "form": _l("Bentuk"), "kind": _l("Jenis"), "pattern": _l("Pola"), "has_savings_unit": _l("Punya USP"),
    "group": _l("Kelompok"), "sector": _l("Sektor usaha"), "business_codes": _l("KBLI"),
    "nik_status": _l("Status NIK"), "grade_status": _l("Status grade"), "men": _l("Anggota laki-laki"),
    "women": _l("Anggota perempuan"), "members_as_of": _l("Anggota per tanggal"), "year": _l("Tahun buku"),
    "assets": _l("Aset"), "own_capital": _l("Modal sendiri"), "outside_capital": _l("Modal luar"),
    "turnover": _l("Volume usaha"), "surplus": _l("SHU"), "employees": _l("Karyawan"), "value": _l("Predikat"),
    "score": _l("Skor kesehatan"), "governance": _l("Skor tata kelola"), "risk": _l("Skor profil risiko"),
    "finance": _l("Skor kinerja keuangan"), "capital": _l("Skor permodalan"), "paper": _l("Versi ambang"),
    "as_of": _l("Per tanggal"), "definition": _l("Definisi status"), "source": _l("Sumber status"),
    "note": _l("Keterangan"), "aspects": _l("Skor aspek"), "answers": _l("Jawaban"), "share": _l("Persen"),
    "level": _l("Tingkat"), "indicators": _l("Versi indikator"),
    "readiness_as_of": _l("Kesiapan digital per tanggal"), "readiness_source": _l("Sumber kesiapan digital"),
    "merged": _l("Digabung dari"), "into": _l("Ke"),
}  # fmt: skip
# What an import or a merge brought, in the history.
_ROWS: Final[dict[str, Any]] = {
    **dict.fromkeys(("rows_year", "cooperative_year"), _l("Angka tahunan")),
    **dict.fromkeys(("rows_members", "members", "member_count"), _l("Anggota")),
    **dict.fromkeys(("rows_status", "status", "cooperative_status"), _l("Status")),
    **dict.fromkeys(("rows_readiness", "readiness", "digital_readiness"), _l("Kesiapan digital")),
    "coaching_case": _l("Pembinaan"),
}
_PROBLEMS: Final[dict[str, Any]] = {
    "name_missing": _l("Nama koperasi kosong."),
    "text_long": _l("Terlalu panjang: paling banyak %(most)s huruf."),
    "slug": _l("Alamat halaman hanya huruf kecil, angka, dan tanda hubung."),
    "nik": _l("NIK koperasi 1 sampai 20 huruf atau angka."),
    "nik_citizen": _l(
        "Ini tampak seperti NIK penduduk (16 angka). Tulis Nomor Induk Koperasi, bukan NIK pengurus."
    ),
    "kbli": _l("Tulis kode KBLI lima angka, bila perlu dengan tahunnya: 47111/2020."),
    "money": _l("Bukan jumlah rupiah yang jelas. Tulis seperti 1500000 atau Rp1.500.000."),
    "sen": _l("Jumlah ini berisi sen atau pecahan. Bulatkan ke rupiah."),
    "money_large": _l("Jumlah ini terlalu besar untuk disimpan."),
    "count": _l("Bukan bilangan bulat. Tulis angkanya saja, misalnya 127."),
    "count_large": _l("Jumlah orang ini tidak mungkin."),
    "year": _l("Tahun buku ditulis empat angka, misalnya 2022."),
    "year_missing": _l(
        "Ada angka keuangan tanpa tahun buku. Isi tahunnya, atau pilih satu tahun untuk semua baris."
    ),
    "date": _l("Tanggal tidak dikenal. Tulis seperti 20-07-2023 atau 20 Juli 2023."),
    "date_month": _l("Nama bulan “%(month)s” tidak dikenal."),
    "date_short_year": _l("Tahunnya dua angka, jadi abadnya tidak jelas. Tulis empat angka."),
    "date_serial": _l("Ini angka tanggal Excel. Ubah format selnya menjadi tanggal."),
    "date_range": _l("Tahunnya tidak mungkin."),
    "date_ahead": _l("Tanggal ini belum terjadi."),
    "yes_no": _l("Tulis ya atau tidak."),
    "choice": _l("Tidak dikenal. Pilihannya: %(choices)s."),
    "points": _l("Skor ditulis 0 sampai 100, misalnya 89,23."),
    "members_pair": _l("Isi anggota laki-laki dan perempuan, keduanya."),
    "paper": _l("Versi ambang ini tidak dikenal."),
    "indicators": _l("Versi indikator ini tidak dikenal."),
    "answers": _l("Jawab semua indikator dengan 0 (tidak), 1 (sebagian), atau 2 (ya), seperti: %(codes)s."),
    "aspects_missing": _l("Skor aspek ini belum ada. Isi keempatnya, atau skor akhirnya saja."),
    "total_differs": _l("Skor akhir tidak sama dengan hitungan dari aspek: %(total)s."),
    "grade_differs": _l("Skor %(total)s berarti “%(grade)s”, bukan predikat ini."),
    "value_of": _l("Predikat ini tidak ada dalam definisi itu."),
    "value_missing": _l("Isi predikat atau skornya."),
    "kecamatan_unknown": _l("Kecamatan ini tidak dikenal."),
    "place_code": _l("Kode kelurahan ini tidak dikenal. Bentuknya seperti 32.76.03.1011."),
    "place_differs": _l("Kelurahan, kecamatan, dan kodenya tidak cocok."),
    "place_twice": _l("Ada dua kelurahan %(name)s: di %(where)s. Isi kecamatannya."),
    "place_unknown": _l("Kelurahan ini tidak dikenal."),
    "two_in_file": _l("Baris ini cocok dengan dua koperasi berbeda di berkas ini: baris %(rows)s."),
    "number_twice": _l("Nomor ini sudah dipakai koperasi lain di berkas ini: baris %(row)s."),
    "differs_from_row": _l("Koperasi yang sama di baris %(row)s berisi lain."),
    "dated_twice": _l("Baris %(row)s sudah mengisi tahun atau tanggal yang sama dengan angka lain."),
    "row_twice": _l("Baris ini sama dengan baris %(row)s. Hapus salah satu."),
    "nik_of_other": _l("NIK ini milik “%(name)s” di direktori. Periksa NIK atau namanya."),
    "two_matches": _l("Baris ini cocok dengan dua koperasi di direktori: %(names)s. Gabungkan dulu keduanya."),
    "same_target": _l("Baris ini dan baris %(row)s cocok dengan koperasi yang sama di direktori."),
}


def field_name(key: str) -> str:
    """A field in words; what has none stays as it is."""
    first, _space, rest = key.partition(" ")  # "year 2022" of an import's history
    name = FIELDS.get(first) or _ROWS.get(first, first)
    return f"{name} {rest}".strip()


def problem_words(problem: Problem) -> str:
    """What is wrong at a cell."""
    return fault_words(problem.code, problem.values)


def fault_words(code: str, values: Mapping[str, object]) -> str:
    """What is wrong, by the code of a rule."""
    if code.startswith("cell_"):
        return cell_words(CellFault(code.removeprefix("cell_")))
    return str(_PROBLEMS[code]) % dict(values)


def column_title(key: str) -> str:
    """How a column is called in files (always Indonesian, as in the files of the field)."""
    return BY_KEY[key].title
