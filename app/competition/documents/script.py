"""The announcement as it is read out: one card a page, large enough for a stage, the third before the first."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from app.competition.documents.layout import prepare
from app.competition.rules.announcing import Card
from app.core.pdf import BOLD, GREEN, INK, MUTED, PLAIN, fitted, legible

_WIDTH, _HEIGHT = A4
_EDGE = 22 * mm


@dataclass(frozen=True, slots=True)
class Reading:
    """One category: its cards in the order they are read, each with the words of its place."""

    category: str
    cards: Sequence[tuple[Card, str]]


def script_pdf(competition: str, readings: Sequence[Reading], source: str) -> bytes:
    """A page a card. ``source``: the minutes it was made from, at the foot. Raises ValueError for none."""
    pages = [(one.category, card, words, len(one.cards)) for one in readings for card, words in one.cards]
    if not pages:
        raise ValueError("a script needs a card")
    prepare()
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle(legible(f"Naskah pengumuman {competition}"))
    for number, (category, card, words, count) in enumerate(pages, 1):
        _page(canvas, (competition, category), card, words, count)
        canvas.setFillColor(MUTED)
        fitted(canvas, legible(source), PLAIN, 8, _WIDTH - 2 * _EDGE - 40 * mm, _EDGE, 14 * mm)
        canvas.setFont(PLAIN, 8)
        canvas.drawRightString(_WIDTH - _EDGE, 14 * mm, f"halaman {number} dari {len(pages)}")
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _page(canvas: Canvas, titles: tuple[str, str], card: Card, words: str, count: int) -> None:
    room = _WIDTH - 2 * _EDGE
    canvas.setFillColor(MUTED)
    fitted(canvas, legible(titles[0]), PLAIN, 12, room, _EDGE, _HEIGHT - 28 * mm)
    canvas.setFillColor(INK)
    fitted(canvas, legible(titles[1]), BOLD, 16, room, _EDGE, _HEIGHT - 37 * mm)
    canvas.setFillColor(GREEN)
    canvas.rect(_EDGE, _HEIGHT - 64 * mm, room, 18 * mm, stroke=0, fill=1)
    canvas.setFillColor("#ffffff")
    canvas.setFont(BOLD, 14)
    canvas.drawString(_EDGE + 6 * mm, _HEIGHT - 57 * mm, f"Bacakan ke-{card.number} dari {count}")
    canvas.setFillColor(INK)
    y = _HEIGHT - 92 * mm
    y = _large(canvas, words, 34, y, room)
    for name in card.entrants:
        y = _large(canvas, name, 26, y - 8 * mm, room)
    canvas.setFillColor(MUTED)
    canvas.setFont(PLAIN, 12)
    last = (
        "Ini kartu terakhir kategori ini." if card.number == count else "Jangan dibalik sebelum selesai dibacakan."
    )
    canvas.drawString(_EDGE, 28 * mm, last)


def _large(canvas: Canvas, text: str, size: float, y: float, room: float) -> float:
    shown = legible(text)
    while size > 14 and (
        len(simpleSplit(shown, BOLD, size, room)) > 3
        or any(stringWidth(word, BOLD, size) > room for word in shown.split())
    ):
        size -= 1
    for line in simpleSplit(shown, BOLD, size, room):
        canvas.setFont(BOLD, size)
        canvas.drawString(_EDGE, y, line)
        y -= size * 1.25
    return y
