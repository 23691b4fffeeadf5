"""Lists of people on A4 to be ticked by hand where no phone works: large rows, a box, a name, a code, a time.

No filled areas: these are printed by the hundred, on whatever printer there is.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from app.core.list_page import ROWS
from app.core.pdf import BOLD, GREEN, INK, LINE, MUTED, PLAIN, fitted, legible, register_fonts

_MARGIN: Final = 14 * mm
_TOP: Final = A4[1] - 12 * mm
_FIRST: Final = A4[1] - 46 * mm  # upper edge of the first row
_ROW: Final = 6.6 * mm
_BOX: Final = 4.6 * mm
_NUMBER: Final = _MARGIN + 9 * mm
_NAME: Final = _MARGIN + 20 * mm
_CODE: Final = A4[0] - _MARGIN - 52 * mm
_TIME: Final = A4[0] - _MARGIN - 16 * mm


@dataclass(frozen=True, slots=True)
class Row:
    """A person to be ticked."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Words:
    """What stands around the rows. ``foot`` is filled with ``page``, ``pages``, ``here`` and ``all``."""

    heading: str
    subheading: str
    hint: str
    volunteer: str
    name: str
    code: str
    time: str
    nameless: str
    foot: str
    secret: str


def list_pdf(rows: Sequence[Row], words: Words, title: str) -> bytes:
    """A PDF of the rows in the order given, ``ROWS`` to a page. Raises ValueError for none."""
    if not rows:
        raise ValueError("a list needs somebody on it")
    register_fonts()
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, pageCompression=1)
    canvas.setTitle(title)
    pages = -(-len(rows) // ROWS)
    for page in range(pages):
        here = rows[page * ROWS : (page + 1) * ROWS]
        _head(canvas, words, here)
        for number, row in enumerate(here):
            _row(canvas, words, row, page * ROWS + number + 1, _FIRST - number * _ROW)
        counts = {"page": page + 1, "pages": pages, "here": len(here), "all": len(rows)}
        _foot(canvas, words, counts)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _head(canvas: Canvas, words: Words, rows: Sequence[Row]) -> None:
    width = A4[0] - 2 * _MARGIN
    span = _span(legible(rows[0].name, "–"), legible(rows[-1].name, "–"))
    canvas.setFillColor(GREEN)
    fitted(canvas, legible(words.heading), BOLD, 15, width - 46 * mm, _MARGIN, _TOP - 4 * mm)
    canvas.setFillColor(INK)
    canvas.setFont(BOLD, 15)
    canvas.drawRightString(A4[0] - _MARGIN, _TOP - 4 * mm, span)
    fitted(canvas, legible(words.subheading), PLAIN, 10, width, _MARGIN, _TOP - 11 * mm)
    canvas.setFillColor(MUTED)
    fitted(canvas, words.hint, PLAIN, 8.5, width, _MARGIN, _TOP - 17 * mm)
    fitted(canvas, words.volunteer, PLAIN, 9, width, _MARGIN, _TOP - 25 * mm)
    canvas.setStrokeColor(MUTED)
    canvas.setLineWidth(0.5)
    end = _MARGIN + pdfmetrics.stringWidth(words.volunteer, PLAIN, 9) + 3 * mm
    canvas.line(end, _TOP - 25.5 * mm, end + 70 * mm, _TOP - 25.5 * mm)
    for text, x in ((words.name, _NAME), (words.code, _CODE), (words.time, _TIME)):
        fitted(canvas, text, BOLD, 8, 40 * mm, x, _FIRST + 1.5 * mm)
    canvas.setStrokeColor(GREEN)
    canvas.setLineWidth(1)
    canvas.line(_MARGIN, _FIRST, A4[0] - _MARGIN, _FIRST)


def _row(canvas: Canvas, words: Words, row: Row, number: int, top: float) -> None:
    base = top - _ROW + 2 * mm
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.9)
    canvas.rect(_MARGIN, top - _ROW + (_ROW - _BOX) / 2, _BOX, _BOX, stroke=1, fill=0)
    canvas.setFillColor(MUTED)
    canvas.setFont(PLAIN, 7.5)
    canvas.drawRightString(_NUMBER + 8 * mm, base, str(number))
    canvas.setFillColor(INK)
    fitted(canvas, legible(row.name, words.nameless), BOLD, 11, _CODE - _NAME - 3 * mm, _NAME, base)
    fitted(canvas, row.code, PLAIN, 10, _TIME - _CODE - 3 * mm, _CODE, base)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.5)
    canvas.line(_MARGIN, top - _ROW, A4[0] - _MARGIN, top - _ROW)


def _foot(canvas: Canvas, words: Words, counts: dict[str, int]) -> None:
    canvas.setFillColor(INK)
    width = A4[0] - 2 * _MARGIN
    fitted(canvas, words.foot % counts, BOLD, 8.5, width, _MARGIN, 9 * mm)
    canvas.setFillColor(MUTED)
    fitted(canvas, words.secret, PLAIN, 7.5, width, _MARGIN, 5 * mm)


def _span(first: str, last: str) -> str:
    """``ABD – BUD``: where in the alphabet this page lies."""
    return " – ".join(dict.fromkeys(name[:3].strip().upper() for name in (first, last)))
