"""The list of people on paper as PDF. The library for it is imported where it is used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.checkin.queries.paper import Person, Sheet
from app.core.codes import group_code
from app.core.formats import clock_time, day_long, moment_short, number, span
from app.core.i18n import gettext as _


def sheet_pdf(point_name: str, on: Sheet, people: Sequence[Person], now: datetime) -> bytes:
    """A4 pages to be ticked. Raises ValueError for nobody."""
    from app.core import list_pdf

    words = list_pdf.Words(
        heading=point_name,
        subheading=f"{when(on)} · {_('%(count)s orang', count=number(len(people)))}",
        hint=_("Centang setiap orang yang masuk dan tulis jamnya. Setelah ada jaringan, serahkan kepada panitia."),
        volunteer=_("Nama petugas:"), name=_("Nama"), code=_("Kode tiket"), time=_("Jam"),
        nameless=_("Nama: lihat tiketnya"),
        foot=_("Halaman %(page)s dari %(pages)s · %(here)s orang di halaman ini, %(all)s semuanya"),
        secret=_("Dicetak %(moment)s. Berisi nama warga: simpan baik-baik, musnahkan setelah pekan selesai.",
                 moment=moment_short(now)),
    )  # fmt: skip
    rows = [list_pdf.Row(person.name, group_code(person.code)) for person in people]
    return list_pdf.list_pdf(rows, words, f"{point_name}, {clock_time(on.starts_at)}")


def when(on: Sheet) -> str:
    """``Kamis, 20 Juli 2023, 06.45–08.30 WIB``, or the day alone."""
    day = day_long(on.day_starts.date())
    return day if on.is_day else f"{day}, {span(on.starts_at, on.ends_at)}"
