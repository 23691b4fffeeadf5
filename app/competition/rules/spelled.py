"""Numbers and dates in Indonesian words, as minutes (berita acara) have them whoever reads them.

Spelling after Pedoman Umum Ejaan Bahasa Indonesia: tens and thousands apart, ``se-`` joined for one hundred and
one thousand (but ``satu juta``), ``belas`` apart from eleven's ``sebelas`` on.
"""

from __future__ import annotations

from datetime import date
from typing import Final

LARGEST: Final = 999_999_999
_ONES: Final = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan")
_DAYS: Final = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_MONTHS: Final = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip


def number_words(value: int) -> str:
    """``2023`` gives ``dua ribu dua puluh tiga``. ValueError below 0 and from a thousand million on."""
    if not 0 <= value <= LARGEST:
        raise ValueError("numbers from 0 to 999 999 999 have words here")
    return " ".join(_words(value)) or _ONES[0]


def _words(value: int) -> list[str]:
    if value >= 1_000_000:
        return [*_words(value // 1_000_000), "juta", *_words(value % 1_000_000)]
    if value >= 1_000:
        return [*_of_unit(value // 1_000, "ribu"), *_words(value % 1_000)]
    if value >= 100:
        return [*_of_unit(value // 100, "ratus"), *_words(value % 100)]
    if value >= 20:
        return [_ONES[value // 10], "puluh", *_words(value % 10)]
    if value >= 12:
        return [_ONES[value - 10], "belas"]
    return [] if value == 0 else [_ONES[value]] if value < 10 else ["sepuluh" if value == 10 else "sebelas"]


def _of_unit(count: int, unit: str) -> list[str]:
    return [f"se{unit}"] if count == 1 else [*_words(count), unit]


def date_words(day: date) -> str:
    """``Kamis, tanggal dua puluh, bulan Juli, tahun dua ribu dua puluh tiga``."""
    return (
        f"{_DAYS[day.weekday()]}, tanggal {number_words(day.day)}, bulan {_MONTHS[day.month - 1]}, "
        f"tahun {number_words(day.year)}"
    )


def date_figures(day: date) -> str:
    """``20 Juli 2023``, in Indonesian whatever language the page has."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def decimal(value: float, places: int = 2) -> str:
    """``84,50``: with a comma, as Indonesian writes it; minus zero is zero."""
    text = f"{value:.{places}f}"
    return (text if float(text) else text.removeprefix("-")).replace(".", ",")


def percent(value: float) -> str:
    """``48%`` of 0.48; above 99 and below 1 it does not claim certainty."""
    if 0 < value < 0.01:
        return "<1%"
    if 0.99 < value < 1:
        return ">99%"
    return f"{value * 100:.0f}%"
