"""What a list of people looks like: its columns, and files to fill in."""

from __future__ import annotations

from collections.abc import Sequence

from app.core import clock
from app.core.formats import clock_time, day_short
from app.core.i18n import gettext as _
from app.core.sheets import Column, template_csv, template_xlsx
from app.registration import rules
from app.registration.queries.batches import SlotChoice

SHEET = "Isian"
EXAMPLE = "contoh"  # in the column of numbers: a row to be left out
_CHOICES = 300


def slot_label(choice: SlotChoice) -> str:
    """A slot as it is written in a cell: ``#12 Jalan santai, Kam, 20 Jul, 06.45``. The number alone decides."""
    start = clock.local(choice.starts_at)
    return f"#{choice.id} {choice.title}, {day_short(start.date())}, {clock_time(choice.starts_at)}"


def columns(slots: Sequence[SlotChoice] = ()) -> tuple[Column, ...]:
    """The columns of a list, in the language that is spoken; headings of both languages are understood."""
    labels = tuple(slot_label(choice) for choice in slots[:_CHOICES])
    child = str(clock.local(clock.now()).year - 9)
    first = labels[0] if labels else ""
    return (
        Column(
            "example", "No", ("Nomor urut", "Nr", "Number"), width=9, examples=(EXAMPLE,) * 3,
            help=_("Nomor urut, boleh kosong. Baris yang bertuliskan “contoh” di sini tidak didaftarkan."),
        ),
        Column(
            "name", _("Nama lengkap"), ("Nama lengkap", "Nama", "Nama peserta", "Nama warga", "Full name", "Name"),
            required=True, width=34, examples=("Siti Aminah", "Muhammad Rizky", "Budi"),
            help=_("Wajib. Paling panjang 80 huruf; satu kata juga boleh."),
        ),
        Column(
            "birth", _("Tahun lahir"),
            ("Tahun lahir", "Tanggal lahir", "Tgl lahir", "Lahir", "Thn lahir", "Birth year", "Year of birth",
             "Date of birth", "Birth date"),
            width=14, examples=("1984", child, "17-05-1990"),
            help=_("Tahun (1984) atau tanggal lengkap (17-05-1984). Wajib untuk kegiatan yang ada batas umurnya."),
        ),
        Column(
            "phone", _("Nomor WhatsApp"),
            ("Nomor WhatsApp", "No WhatsApp", "No WA", "Nomor WA", "WA", "WhatsApp", "No HP", "Nomor HP", "HP",
             "No Telepon", "Nomor telepon", "Telepon", "WhatsApp number", "Phone", "Phone number"),
            width=20, examples=("0812 3456 7890", "0812 3456 7890", ""),
            help=_("Boleh sama untuk sekeluarga. Kosong: dipakai nomor Anda sebagai pengirim daftar."),
        ),
        Column(
            "guardian", _("Nama wali"), ("Nama wali", "Wali", "Orang tua", "Guardian", "Name of the guardian"),
            width=24, examples=("", "Siti Aminah", ""),
            help=_("Wajib untuk yang di bawah 18 tahun: orang tua atau wali yang mengizinkan."),
        ),
        Column(
            "slot", _("Jadwal"), ("Jadwal", "Kegiatan", "Waktu", "Slot", "Activity", "Schedule"),
            width=44, examples=(first, first, ""), choices=labels,
            help=_("Pilih dari daftar, atau tulis nomornya (#12). Kosong: jadwal yang Anda pilih saat mengirim."),
        ),
    )  # fmt: skip


def template(kind: str, slots: Sequence[SlotChoice]) -> bytes:
    """A file to fill in, ``xlsx`` or ``csv``, with three example rows that are never signed up."""
    shown = columns(slots)
    if kind == "csv":
        return template_csv(shown)
    notes = [
        _(
            "Isi lembar “%(sheet)s”, satu baris satu orang, paling banyak %(most)s baris.",
            sheet=SHEET,
            most=rules.MOST_ROWS,
        ),
        _("Baris contoh boleh dihapus atau dibiarkan. Jangan menggabungkan sel dan jangan memakai rumus."),
    ]
    return template_xlsx(shown, SHEET, notes, _("Petunjuk"), rules.MOST_ROWS)
