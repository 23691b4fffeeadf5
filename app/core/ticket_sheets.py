"""Tickets by the hundred: eight to a sheet of A4 with cutting lines, with a name or with a line to write one on."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from app.core.pdf import BOLD, GREEN, INK, LINE, MUTED, PLAIN, Panel, draw_qr, fitted, legible, register_fonts

COLUMNS: Final = 2
ROWS: Final = 4
A_PAGE: Final = COLUMNS * ROWS
QR_SIDE: Final = 48 * mm  # with its quiet zone; the code itself is 39 mm (api.md asks for 20 mm or more)
_WIDTH: Final = A4[0] / COLUMNS
_HEIGHT: Final = A4[1] / ROWS
_HEADER: Final = 9 * mm
_MARGIN: Final = 5 * mm
_LEFT: Final = QR_SIDE + 4 * mm  # of the words beside the code
_ROOM: Final = _WIDTH - _LEFT - _MARGIN
_MOST_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class BlankPanel:
    """A ticket that nobody has yet. ``fields``: labels with a line to write on; ``mark`` finds it in its stack."""

    heading: str
    title: str
    fields: tuple[str, ...]
    hint: str
    mark: str
    qr_text: str
    code: str


def sheets_pdf(panels: Sequence[Panel | BlankPanel], title: str) -> bytes:
    """A PDF of tickets, eight to a page, in the order given. Raises ValueError for none."""
    if not panels:
        raise ValueError("a PDF needs a ticket")
    register_fonts()
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, pageCompression=1)
    canvas.setTitle(title)
    for number, panel in enumerate(panels):
        place = number % A_PAGE
        if number and place == 0:
            canvas.showPage()
        if place == 0:
            _cutting_lines(canvas)
        canvas.saveState()
        canvas.translate(_WIDTH * (place % COLUMNS), A4[1] - _HEIGHT * (place // COLUMNS + 1))
        _draw(canvas, panel)
        canvas.restoreState()
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _cutting_lines(canvas: Canvas) -> None:
    canvas.saveState()
    canvas.setStrokeColor(LINE)
    canvas.setDash(2, 3)
    canvas.line(_WIDTH, 0, _WIDTH, A4[1])
    for row in range(1, ROWS):
        canvas.line(0, _HEIGHT * row, A4[0], _HEIGHT * row)
    canvas.restoreState()


def _draw(canvas: Canvas, panel: Panel | BlankPanel) -> None:
    """One panel, origin at its lower left: the festival on top, code on the left, words on the right.

    No filled areas: these are printed by the hundred, on whatever printer there is.
    """
    canvas.setFillColor(GREEN)
    fitted(canvas, legible(panel.heading), BOLD, 9.5, _WIDTH - 2 * _MARGIN, _MARGIN, _HEIGHT - 7 * mm)
    canvas.setStrokeColor(GREEN)
    canvas.setLineWidth(1.2)
    canvas.line(_MARGIN, _HEIGHT - _HEADER, _WIDTH - _MARGIN, _HEIGHT - _HEADER)
    bottom = _HEIGHT - _HEADER - 1.5 * mm - QR_SIDE
    draw_qr(canvas, panel.qr_text, 2 * mm, bottom, QR_SIDE)
    canvas.setFillColor(INK)
    canvas.setFont(BOLD, 13)
    canvas.drawCentredString(2 * mm + QR_SIDE / 2, bottom - 5 * mm, panel.code, charSpace=1)
    top = _HEIGHT - _HEADER - 8 * mm
    if isinstance(panel, BlankPanel):
        _blank(canvas, panel, top)
    else:
        _named(canvas, panel, top)


def _named(canvas: Canvas, panel: Panel, y: float) -> None:
    name = legible(panel.name, panel.fallback)
    y = _words(canvas, name, BOLD, (13, 11, 9.5, 8), 4, y) - 2 * mm
    canvas.setFillColor(MUTED)
    fitted(canvas, legible(panel.subheading), PLAIN, 7.5, _ROOM, _LEFT, y)
    y -= 5.5 * mm
    for what, when in panel.lines[:_MOST_LINES]:
        canvas.setFillColor(INK)
        y = _words(canvas, legible(what), BOLD, (8.5, 7.5), 2, y)
        canvas.setFillColor(MUTED)
        y = _words(canvas, legible(when), PLAIN, (7.5, 7), 2, y) - 1.2 * mm
    if len(panel.lines) > _MOST_LINES:
        fitted(canvas, legible(panel.more), PLAIN, 7, _ROOM, _LEFT, y)


def _blank(canvas: Canvas, panel: BlankPanel, y: float) -> None:
    y = _words(canvas, panel.title, BOLD, (12, 10), 2, y) - 1 * mm
    for label in panel.fields:
        canvas.setFillColor(MUTED)
        fitted(canvas, label, PLAIN, 7.5, _ROOM, _LEFT, y)
        y -= 10 * mm
        canvas.setStrokeColor(MUTED)
        canvas.setLineWidth(0.6)
        canvas.line(_LEFT, y, _LEFT + _ROOM, y)
        y -= 4.5 * mm
    _words(canvas, panel.hint, PLAIN, (7.5, 7), 4, y)
    fitted(canvas, panel.mark, PLAIN, 7, _ROOM, _LEFT, 6.5 * mm)


def _words(canvas: Canvas, text: str, font: str, sizes: Sequence[float], most: int, y: float) -> float:
    """Lines in the largest size in which they are few enough; gives back the height below them."""
    size = next((s for s in sizes if _fits(text, font, s, most)), sizes[-1])
    for line in simpleSplit(text, font, size, _ROOM)[:most]:
        fitted(canvas, line, font, size, _ROOM, _LEFT, y)
        y -= size * 1.22
    return y


def _fits(text: str, font: str, size: float, most: int) -> bool:
    lines = simpleSplit(text, font, size, _ROOM)
    return len(lines) <= most and all(pdfmetrics.stringWidth(line, font, size) <= _ROOM for line in lines)
