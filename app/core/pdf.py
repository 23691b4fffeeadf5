"""Printed tickets: A6 panels with a vector QR code, one to a page or four to a sheet of A4 with cutting lines.

The font is Bitstream Vera, which reportlab brings along: Latin with its accents. What it cannot draw is left
out cleanly rather than shown as boxes.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import reportlab
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, A6
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from app.core import qr

FONTS = Path(reportlab.__file__).parent / "fonts"
PLAIN, BOLD = "Vera", "VeraBd"
GREEN, INK, MUTED, LINE = HexColor("#08432b"), HexColor("#16211b"), HexColor("#55635a"), HexColor("#b9b09c")
QR_SIDE = 50 * mm  # api.md asks for 20 mm or more; a gate in the sun likes it large
MARGIN = 8 * mm
HEADER = 19 * mm
MOST_LINES = 4
_WIDTH, _HEIGHT = A6


@dataclass(frozen=True, slots=True)
class Panel:
    """One ticket to print. ``lines``: (what, when) of each booking; ``fallback`` for a name without any glyph."""

    heading: str
    subheading: str
    name: str
    fallback: str
    qr_text: str
    code: str
    lines: tuple[tuple[str, str], ...]
    more: str


def ticket_pdf(panels: Sequence[Panel], title: str) -> bytes:
    """A PDF of tickets: a single one on A6, several four to a page of A4. Raises ValueError for none."""
    if not panels:
        raise ValueError("a PDF needs a ticket")
    register_fonts()
    stream = io.BytesIO()
    single = len(panels) == 1
    canvas = Canvas(stream, pagesize=A6 if single else A4, pageCompression=1)
    canvas.setTitle(title)
    for number, panel in enumerate(panels):
        place = number % 4
        if number and place == 0:
            canvas.showPage()
        if not single and place == 0:
            _cutting_lines(canvas)
        canvas.saveState()
        if not single:
            canvas.translate(_WIDTH * (place % 2), A4[1] - _HEIGHT * (place // 2 + 1))
        _draw(canvas, panel)
        canvas.restoreState()
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def legible(text: str, fallback: str = "") -> str:
    """The text as the font can draw it: accents it lacks are dropped, other signs left out.

    ``fallback`` when more is lost than kept, so that a name is never shown mangled.
    """
    kept, lost = [], 0
    for character in text:
        drawn = character if _has(character) else "".join(c for c in _base(character) if _has(c))
        kept.append(drawn)
        lost += not drawn and unicodedata.category(character)[0] == "L"
    found = " ".join("".join(kept).split())
    return fallback if lost * 2 >= max(1, sum(c.isalnum() for c in text)) or not found else found


def _base(character: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))


def _has(character: str) -> bool:
    return character == " " or ord(character) in _glyphs()


@cache
def _glyphs() -> frozenset[int]:
    register_fonts()
    fonts: list[Any] = [pdfmetrics.getFont(name) for name in (PLAIN, BOLD)]
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))


@cache
def register_fonts() -> None:
    """Make the two fonts known to reportlab, once a process."""
    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(FONTS / f"{name}.ttf")))


def _cutting_lines(canvas: Canvas) -> None:
    canvas.saveState()
    canvas.setStrokeColor(LINE)
    canvas.setDash(2, 3)
    canvas.line(_WIDTH, 0, _WIDTH, A4[1])
    canvas.line(0, A4[1] - _HEIGHT, A4[0], A4[1] - _HEIGHT)
    canvas.restoreState()


def _draw(canvas: Canvas, panel: Panel) -> None:
    """One A6 panel from the top down, origin at its lower left."""
    width = _WIDTH - 2 * MARGIN
    canvas.setFillColor(GREEN)
    canvas.rect(0, _HEIGHT - HEADER, _WIDTH, HEADER, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#ffffff"))
    fitted(canvas, legible(panel.heading), BOLD, 13, width, MARGIN, _HEIGHT - 9 * mm)
    fitted(canvas, legible(panel.subheading), PLAIN, 8.5, width, MARGIN, _HEIGHT - 14.5 * mm)
    canvas.setFillColor(INK)
    y = _name(canvas, legible(panel.name, panel.fallback), width, _HEIGHT - HEADER - 9 * mm)
    y -= QR_SIDE + 1 * mm
    draw_qr(canvas, panel.qr_text, (_WIDTH - QR_SIDE) / 2, y, QR_SIDE)
    y -= 5 * mm
    canvas.setFont(BOLD, 15)
    canvas.drawCentredString(_WIDTH / 2, y, panel.code, charSpace=1.2)
    y -= 5 * mm
    canvas.setStrokeColor(LINE)
    canvas.setDash(2, 3)
    canvas.line(MARGIN, y, _WIDTH - MARGIN, y)
    canvas.setDash()
    _bookings(canvas, panel, width, y - 5.5 * mm)


def _name(canvas: Canvas, name: str, width: float, y: float) -> float:
    """The holder's name, as large as it fits in two lines; gives back the height below it."""
    size: float = next((s for s in (16, 14, 12, 10) if len(simpleSplit(name, BOLD, s, width)) <= 2), 9)
    lines = simpleSplit(name, BOLD, size, width)[:3]
    for line in lines:
        while pdfmetrics.stringWidth(line, BOLD, size) > width:  # one endless word
            size -= 0.5
        canvas.setFont(BOLD, size)
        canvas.drawCentredString(_WIDTH / 2, y, line)
        y -= size * 1.2
    return y + 1.5 * mm


def _bookings(canvas: Canvas, panel: Panel, width: float, y: float) -> None:
    for what, when in panel.lines[:MOST_LINES]:
        canvas.setFillColor(INK)
        fitted(canvas, legible(what), BOLD, 9.5, width, MARGIN, y)
        canvas.setFillColor(MUTED)
        fitted(canvas, legible(when), PLAIN, 8.5, width, MARGIN, y - 4 * mm)
        y -= 9 * mm
    if len(panel.lines) > MOST_LINES:
        fitted(canvas, legible(panel.more), PLAIN, 8.5, width, MARGIN, y)


def fitted(canvas: Canvas, text: str, font: str, size: float, width: float, x: float, y: float) -> None:
    """One line, made smaller until it fits, at last cut with dots."""
    smallest = size * 0.7
    while size > smallest and pdfmetrics.stringWidth(text, font, size) > width:
        size -= 0.5
    if pdfmetrics.stringWidth(text, font, size) > width:
        while text and pdfmetrics.stringWidth(text + "…", font, size) > width:
            text = text[:-1]
        text = text.rstrip() + "…"
    canvas.setFont(font, size)
    canvas.drawString(x, y, text)


def draw_qr(canvas: Canvas, text: str, x: float, y: float, side: float) -> None:
    """The code as one vector path with its quiet zone, lower left at (x, y); no hairlines between modules."""
    modules = qr.matrix(text)
    unit = side / (len(modules) + 2 * qr.QUIET_ZONE)
    path = canvas.beginPath()
    top = y + side
    for column, row, length in qr.runs(modules):
        left, upper = (column + qr.QUIET_ZONE) * unit, (row + qr.QUIET_ZONE) * unit
        path.rect(x + left, top - upper - unit, length * unit, unit)
    canvas.setFillColor(HexColor("#000000"))
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.setFillColor(INK)
