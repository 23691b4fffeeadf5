"""A certificate (piagam) on landscape A4 with a code that anybody can verify."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date

from reportlab.graphics import renderPDF
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from app.competition.documents.layout import prepare, qr_drawing
from app.competition.rules.spelled import date_figures
from app.core.codes import group_code
from app.core.pdf import BOLD, GREEN, INK, MUTED, PLAIN, fitted, legible

GOLD = HexColor("#b98511")
_WIDTH, _HEIGHT = landscape(A4)
_SIDE = 24 * mm
_EDGE = 28 * mm


@dataclass(frozen=True, slots=True)
class CertificatePaper:
    """What a certificate says. ``honour``: ``Juara I`` or ``Peserta``; ``signers``: (name, role)."""

    organiser: str
    competition: str
    festival: str
    category: str
    name: str
    honour: str
    city: str
    day: date
    minutes_number: str
    signers: tuple[tuple[str, str], ...]
    code: str
    verify_url: str


def certificates_pdf(papers: list[CertificatePaper], title: str) -> bytes:
    """A PDF of certificates, one a page. Raises ValueError for none."""
    if not papers:
        raise ValueError("a PDF needs a certificate")
    prepare()
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=landscape(A4), pageCompression=1, invariant=1)
    canvas.setTitle(legible(title))
    for one in papers:
        _draw(canvas, one)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _draw(canvas: Canvas, one: CertificatePaper) -> None:
    _frame(canvas)
    middle = _WIDTH / 2
    canvas.setFillColor(MUTED)
    _line(canvas, one.organiser, PLAIN, 11, _HEIGHT - 34 * mm)
    canvas.setFillColor(GREEN)
    _line(canvas, "PIAGAM PENGHARGAAN", BOLD, 27, _HEIGHT - 50 * mm)
    canvas.setFillColor(INK)
    _line(canvas, "diberikan kepada", PLAIN, 11, _HEIGHT - 62 * mm)
    y = _name(canvas, legible(one.name), _HEIGHT - 77 * mm)
    canvas.setFillColor(INK)
    _line(canvas, "sebagai", PLAIN, 11, y - 3 * mm)
    canvas.setFillColor(GOLD)
    _line(canvas, one.honour, BOLD, 24, y - 15 * mm)
    canvas.setFillColor(INK)
    _line(canvas, f"{one.competition}, kategori {one.category}", PLAIN, 12, y - 25 * mm)
    _line(canvas, one.festival, PLAIN, 11, y - 32 * mm)
    canvas.setStrokeColor(GOLD)
    canvas.setLineWidth(0.8)
    canvas.line(middle - 30 * mm, y - 37 * mm, middle + 30 * mm, y - 37 * mm)
    _foot(canvas, one)


def _frame(canvas: Canvas) -> None:
    """A double frame with a row of kawung petals along top and bottom, drawn for this project."""
    canvas.setStrokeColor(GREEN)
    canvas.setLineWidth(2.2)
    canvas.rect(9 * mm, 9 * mm, _WIDTH - 18 * mm, _HEIGHT - 18 * mm)
    canvas.setStrokeColor(GOLD)
    canvas.setLineWidth(0.7)
    canvas.rect(11.5 * mm, 11.5 * mm, _WIDTH - 23 * mm, _HEIGHT - 23 * mm)
    canvas.setFillColor(GREEN)
    step = 6 * mm
    count = int((_WIDTH - 30 * mm) / step)
    start = (_WIDTH - count * step) / 2
    for y in (16.5 * mm, _HEIGHT - 16.5 * mm):
        for place in range(count):
            x = start + (place + 0.5) * step
            for turn in (45, 135):
                canvas.saveState()
                canvas.translate(x, y)
                canvas.rotate(turn)
                canvas.ellipse(-2.3 * mm, -0.85 * mm, 2.3 * mm, 0.85 * mm, stroke=0, fill=1)
                canvas.restoreState()


def _line(canvas: Canvas, text: str, font: str, size: float, y: float) -> None:
    shown = legible(text)
    while size > 7 and stringWidth(shown, font, size) > _WIDTH - 2 * _EDGE:
        size -= 0.5
    canvas.setFont(font, size)
    canvas.drawCentredString(_WIDTH / 2, y, shown)


def _name(canvas: Canvas, name: str, y: float) -> float:
    """The name in one line or two, as large as it fits; gives back the height below it."""
    room = _WIDTH - 2 * _EDGE
    size = next((s for s in (26, 22, 19, 16) if len(simpleSplit(name, BOLD, s, room)) <= 2), 14)
    canvas.setFillColor(INK)
    for text in simpleSplit(name, BOLD, size, room)[:3]:
        _line(canvas, text, BOLD, size, y)
        y -= size * 1.25
    return y


def _foot(canvas: Canvas, one: CertificatePaper) -> None:
    base = 26 * mm
    renderPDF.draw(qr_drawing(one.verify_url, _SIDE), canvas, _EDGE, base - 3 * mm)
    left = _EDGE + _SIDE + 3 * mm
    canvas.setFillColor(INK)
    canvas.setFont(BOLD, 10)
    canvas.drawString(left, base + 12 * mm, group_code(one.code))
    canvas.setFillColor(MUTED)
    fitted(canvas, "Periksa keasliannya di", PLAIN, 7, 72 * mm, left, base + 8 * mm)
    fitted(canvas, legible(one.verify_url), PLAIN, 7, 75 * mm, left, base + 4.6 * mm)
    fitted(canvas, legible(f"Berita Acara {one.minutes_number}"), PLAIN, 7, 75 * mm, left, base + 1.2 * mm)
    shown = one.signers[:2]
    width = 64 * mm
    start = _WIDTH - _EDGE - len(shown) * width
    canvas.setFillColor(INK)
    fitted(canvas, legible(f"{one.city}, {date_figures(one.day)}"), PLAIN, 9, width, start, base + 24 * mm)
    for place, (name, role) in enumerate(shown):
        x = start + place * width
        canvas.setFillColor(MUTED)
        fitted(canvas, legible(role), PLAIN, 8, width - 4 * mm, x, base + 19 * mm)
        canvas.setFillColor(INK)
        fitted(canvas, legible(name), BOLD, 9, width - 4 * mm, x, base)
        canvas.setStrokeColor(INK)
        canvas.setLineWidth(0.5)
        canvas.line(x, base - 1.2 * mm, x + width - 4 * mm, base - 1.2 * mm)
