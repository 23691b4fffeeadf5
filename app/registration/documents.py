"""Tickets as files: PDF for printing, a picture for the gallery, a calendar file.

The libraries for that are imported where they are used: a server that was never asked for a file needs 8 MB less.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.core import qr
from app.core.formats import moment
from app.core.i18n import gettext as _
from app.registration.queries import BookedActivity, TicketView

if TYPE_CHECKING:
    from PIL import ImageDraw

    from app.core.pdf import Panel

_PICTURE = (900, 1280)
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)  # SEQUENCE is a 31-bit number that only grows
_GREEN, _INK, _MUTED, _WHITE = "#08432b", "#16211b", "#55635a", "#ffffff"


@dataclass(frozen=True, slots=True)
class Printed:
    """A ticket as it is printed; ``code`` in groups."""

    holder: str
    code: str
    qr_text: str
    bookings: tuple[BookedActivity, ...]


def pdf(festival_name: str, venue: str, tickets: Sequence[Printed]) -> bytes:
    """The tickets as PDF with vector QR codes."""
    from app.core import pdf as sheets

    panels = [_panel(festival_name, venue, ticket) for ticket in tickets]
    return sheets.ticket_pdf(panels, _title(festival_name))


def _panel(festival_name: str, venue: str, ticket: Printed) -> Panel:
    from app.core import pdf as sheets

    return sheets.Panel(
        heading=festival_name,
        subheading=venue,
        name=ticket.holder,
        fallback=_("Nama tampil di layar gerbang"),
        qr_text=ticket.qr_text,
        code=ticket.code,
        lines=tuple((booked.title, _when(booked)) for booked in ticket.bookings),
        more=_("dan lainnya: lihat di halaman tiket"),
    )


def _title(festival_name: str) -> str:
    from app.core import pdf as sheets

    return _("Tiket %(festival)s", festival=sheets.legible(festival_name))


def sheets(festival_name: str, venue: str, tickets: Sequence[Printed]) -> bytes:
    """Many tickets, eight to a sheet of A4 with cutting lines."""
    from app.core import ticket_sheets

    panels = [_panel(festival_name, venue, ticket) for ticket in tickets]
    return ticket_sheets.sheets_pdf(panels, _title(festival_name))


def blank_sheets(festival_name: str, sheet: int, tickets: Sequence[tuple[int, str, str]]) -> bytes:
    """Blank tickets, eight to a sheet of A4: (number in the stack, typed code in groups, QR text) of each."""
    from app.core import ticket_sheets

    panels = [
        ticket_sheets.BlankPanel(
            heading=festival_name,
            title=_("Tiket kosong"),
            fields=(_("Nama"), _("Nomor HP (boleh kosong)")),
            hint=_("Berlaku setelah namanya dicatat petugas di gerbang atau meja panitia."),
            mark=_("Tumpukan %(sheet)s · %(number)s", sheet=sheet, number=f"{number:03d}"),
            qr_text=text,
            code=code,
        )
        for number, code, text in tickets
    ]
    return ticket_sheets.sheets_pdf(panels, _title(festival_name))


def picture(festival_name: str, venue: str, ticket: Printed) -> bytes:
    """The ticket as PNG, 900 pixels wide, with name, QR code and typed code."""
    from PIL import Image, ImageDraw

    from app.core import pdf as sheets

    image = Image.new("RGB", _PICTURE, _WHITE)
    draw = ImageDraw.Draw(image)
    width = _PICTURE[0]
    draw.rectangle((0, 0, width, 150), fill=_GREEN)
    _line(draw, 40, sheets.legible(festival_name), 40, _WHITE, bold=True)
    _line(draw, 96, sheets.legible(venue), 26, _WHITE)
    _line(draw, 190, sheets.legible(ticket.holder, _("Nama tampil di layar gerbang")), 50, _INK, bold=True)
    code = Image.open(io.BytesIO(qr.png(ticket.qr_text, scale=16)))
    image.paste(code.convert("RGB"), ((width - code.width) // 2, 260))
    _line(draw, 260 + code.height, ticket.code, 54, _INK, bold=True)
    y = 350 + code.height
    for booked in ticket.bookings[:2]:
        _line(draw, y, sheets.legible(booked.title), 34, _INK, bold=True)
        _line(draw, y + 46, sheets.legible(_when(booked)), 28, _MUTED)
        y += 100
    stream = io.BytesIO()
    image.quantize(16).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _line(draw: ImageDraw.ImageDraw, y: int, text: str, size: int, colour: str, *, bold: bool = False) -> None:
    """One centred line, made smaller until it fits."""
    from PIL import ImageFont

    from app.core import pdf as sheets

    while True:
        font = ImageFont.truetype(str(sheets.FONTS / f"{sheets.BOLD if bold else sheets.PLAIN}.ttf"), size)
        if size <= 12 or draw.textlength(text, font) <= _PICTURE[0] - 60:
            break
        size -= 2
    draw.text((_PICTURE[0] // 2, y), text, fill=colour, font=font, anchor="ma")


def _when(booked: BookedActivity) -> str:
    bib = _("Nomor dada %(number)s", number=booked.bib) if booked.bib else None
    return " · ".join(part for part in (moment(booked.starts_at), booked.place, bib) if part)


def calendar(festival_name: str, venue: str, tickets: Iterable[TicketView], code: str, stamp: datetime) -> bytes:
    """One event a slot that the tickets are booked for, with who comes and an alarm the hour before.

    The secret link is not in it: calendars are shared more easily than tickets.
    """
    from icalendar import Alarm, Calendar, Event

    made = Calendar()
    made.add("prodid", "-//Pekan//Tiket//ID")
    made.add("version", "2.0")
    slots: dict[int, tuple[BookedActivity, list[str]]] = {}
    for ticket in tickets:
        for booked in ticket.bookings:
            slots.setdefault(booked.slot_id, (booked, []))[1].append(ticket.holder)
    for booked, holders in slots.values():
        event = Event()
        event.add("uid", f"slot-{booked.slot_id}-{code}@pekan")
        changed = max(booked.changed_at or stamp, stamp)
        event.add("dtstamp", changed)
        event.add("sequence", int((changed - _EPOCH).total_seconds()))  # a moved slot moves in the calendar
        event.add("dtstart", booked.starts_at)
        event.add("dtend", booked.ends_at)
        event.add("summary", f"{booked.title} · {festival_name}")
        event.add("location", ", ".join(part for part in (booked.place, venue) if part))
        event.add("description", _("%(names)s. Tunjukkan QR tiket di gerbang.", names=", ".join(holders)))
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", booked.title)
        alarm.add("trigger", timedelta(hours=-1))
        event.add_component(alarm)
        made.add_component(event)
    return bytes(made.to_ical())
