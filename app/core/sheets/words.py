"""What is wrong with a file or a cell, in words that say what to do."""

from __future__ import annotations

from typing import Any, Final

from app.core.formats import number
from app.core.i18n import lazy_gettext as _l
from app.core.sheets.model import BadSheet, CellFault

_DAMAGED: Final = _l("Berkas ini rusak atau bukan Excel. Buka di Excel, simpan lagi sebagai .xlsx, lalu kirim.")
_SHEETS: Final[dict[str, Any]] = {
    "empty": _l("Berkas ini tidak berisi apa-apa. Isi lembar pertama, lalu simpan dan kirim lagi."),
    "too_many_rows": _l("Berkas ini berisi lebih dari %(most)s baris. Bagi menjadi beberapa berkas."),
    "too_many_columns": _l("Berkas ini berisi lebih dari %(most)s kolom. Hapus kolom yang tidak dipakai."),
    "too_large": _l(
        "Isi berkas ini terlalu besar, biasanya karena ribuan baris kosong yang diberi warna atau garis. "
        "Salin hanya baris yang terisi ke contoh isian, lalu kirim itu."
    ),
    "bomb": _l("Berkas ini membesar secara tidak wajar saat dibuka, jadi tidak dibaca."),
    "merged": _l("Berkas ini berisi terlalu banyak sel gabungan. Pisahkan selnya (Unmerge Cells)."),
    "chart": _l("Berkas ini berisi lembar grafik. Hapus lembar grafiknya, lalu simpan dan kirim lagi."),
    "encoding": _l("Huruf di berkas CSV ini tidak dikenali. Simpan sebagai CSV UTF-8 atau Excel (.xlsx)."),
    "quote": _l("Ada tanda petik yang tidak ditutup di berkas CSV ini. Simpan sebagai Excel (.xlsx), lalu kirim."),
    "no_head": _l("Baris judul kolom tidak ditemukan. Yang harus ada: %(columns)s. Pakai contoh isian."),
    "double_head": _l("Ada dua kolom dengan judul %(column)s. Hapus salah satu."),
}
_CELLS: Final[dict[CellFault, Any]] = {
    CellFault.FORMULA: _l("Sel ini berisi rumus. Ganti dengan hasilnya: salin, lalu tempel sebagai nilai."),
    CellFault.MERGED: _l("Sel ini digabung dengan sel lain. Pisahkan (Unmerge Cells), lalu isi setiap baris."),
    CellFault.ERROR: _l("Sel ini berisi galat Excel. Tulis isinya."),
    CellFault.ROUNDED: _l("Angka ini lebih dari 15 digit, jadi sudah dibulatkan Excel. Tulis sebagai teks."),
    CellFault.TOO_LONG: _l("Isi sel ini terlalu panjang."),
}


def sheet_words(error: BadSheet) -> str:
    """Why the whole file cannot be read."""
    values = {key: number(value) if isinstance(value, int) else value for key, value in error.values.items()}
    return str(_SHEETS.get(error.code, _DAMAGED)) % values


def cell_words(fault: CellFault) -> str:
    """Why a cell cannot be taken."""
    return str(_CELLS[fault])
