"""What all papers share: fonts, styles, tables, page numbers, a QR code of an address."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Path
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFontFamily
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Frame, LongTable, PageTemplate, Paragraph, TableStyle

from app.core.pdf import BOLD, GREEN, INK, LINE, MUTED, PLAIN, legible, register_fonts

MARGIN = 20 * mm
ROOM = A4[0] - 2 * MARGIN
BODY = ParagraphStyle("body", fontName=PLAIN, fontSize=9, leading=13, textColor=INK, alignment=TA_JUSTIFY)
LEFT = ParagraphStyle("left", BODY, alignment=0)
ITEM = ParagraphStyle(
    "item", LEFT, leftIndent=6 * mm, bulletIndent=1 * mm, spaceAfter=1, bulletFontName=PLAIN, bulletFontSize=9
)
TITLE = ParagraphStyle("title", BODY, fontName=BOLD, fontSize=13, leading=17, alignment=TA_CENTER)
SUBTITLE = ParagraphStyle("subtitle", TITLE, fontName=PLAIN, fontSize=9.5, leading=14)
HEADING = ParagraphStyle(
    "heading", BODY, fontName=BOLD, fontSize=10, leading=14, textColor=GREEN, spaceBefore=9, spaceAfter=3,
    alignment=0,
)  # fmt: skip
SMALL = ParagraphStyle("small", LEFT, fontSize=6.6, leading=9, textColor=MUTED)
CELL = ParagraphStyle("cell", LEFT, fontSize=7.2, leading=9.2)
CELL_RIGHT = ParagraphStyle("cell-right", CELL, alignment=TA_RIGHT)
HEAD = ParagraphStyle("head", CELL, fontName=BOLD, fontSize=6.8, leading=8.4, textColor=HexColor("#ffffff"))
HEAD_RIGHT = ParagraphStyle("head-right", HEAD, alignment=TA_RIGHT)
SHADE = HexColor("#f3efe4")


def said(text: str) -> str:
    """Text of somebody else as markup of a paragraph: what the font can draw, escaped."""
    return escape(legible(text))


def paragraph(text: str, style: ParagraphStyle = BODY) -> Paragraph:
    """A paragraph of somebody else's text."""
    return Paragraph(said(text), style)


def heading(text: str) -> list[Any]:
    """A heading that does not stand alone at the foot of a page."""
    return [CondPageBreak(32 * mm), Paragraph(said(text), HEADING)]


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], numbers: Collection[int]
) -> LongTable:
    """A table whose head is repeated on every page. ``widths`` in mm; ``numbers``: columns set to the right."""
    tops = [Paragraph(escape(text), HEAD_RIGHT if n in numbers else HEAD) for n, text in enumerate(heads)]
    body = [[_cell(text, right=n in numbers) for n, text in enumerate(row)] for row in rows]
    style: list[Any] = [
        ("BACKGROUND", (0, 0), (-1, 0), GREEN), ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE), ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5), ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3), ("ROWBACKGROUNDS", (0, 1), (-1, -1), [None, SHADE]),
        ("FONT", (0, 1), (-1, -1), PLAIN, CELL.fontSize, CELL.leading), ("TEXTCOLOR", (0, 1), (-1, -1), INK),
        *(("ALIGN", (n, 1), (n, -1), "RIGHT") for n in numbers),
    ]  # fmt: skip
    made = LongTable([tops, *body], [width * mm for width in widths], repeatRows=1, style=TableStyle(style))
    made.hAlign = "LEFT"
    return made


def _cell(text: str, *, right: bool) -> str | Paragraph:
    """Figures as they are, because two hundred rows of paragraphs take long; words may break into lines."""
    return text if right else Paragraph(said(text), CELL)


def qr_drawing(text: str, side: float) -> Drawing:
    """A QR code of any text with its quiet zone, ``side`` points wide, as one vector path."""
    from qrcode import QRCode
    from qrcode.constants import ERROR_CORRECT_M

    code = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text.encode("utf-8"))
    code.make(fit=True)
    rows = code.get_matrix()
    quiet = 4  # modules, ISO/IEC 18004, 9.1
    unit = side / (len(rows) + 2 * quiet)
    path = Path(fillColor=HexColor("#000000"), strokeColor=None, strokeWidth=0)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                left, top = (x + quiet) * unit, side - (y + quiet) * unit
                path.moveTo(left, top)
                path.lineTo(left + unit, top)
                path.lineTo(left + unit, top - unit)
                path.lineTo(left, top - unit)
                path.closePath()
    drawing = Drawing(side, side)
    drawing.add(path)
    return drawing


class _Numbered(Canvas):
    """Knows how many pages there are before it writes the foot of the first."""

    foot = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]

    def save(self) -> None:
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFont(PLAIN, 7)
            self.setFillColor(MUTED)
            self.drawString(MARGIN, 11 * mm, self.foot)
            self.drawRightString(A4[0] - MARGIN, 11 * mm, f"halaman {number} dari {len(self._pages)}")
            super().showPage()
        super().save()


def prepare() -> None:
    """Make fonts known; before the first paragraph, for a paragraph looks them up when it is made."""
    register_fonts()
    registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)


def paper(story: list[Any], title: str, foot: str) -> bytes:
    """The story on A4 pages with ``foot`` and page numbers below. The same story gives the same bytes."""
    stream = io.BytesIO()
    document = BaseDocTemplate(stream, pagesize=A4, title=legible(title), invariant=1, lang="id-ID")
    frame = Frame(
        MARGIN, 20 * mm, ROOM, A4[1] - 36 * mm, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0
    )
    document.addPageTemplates(PageTemplate(frames=[frame]))
    numbered: Any = type("Numbered", (_Numbered,), {"foot": legible(foot)})
    document.build(story, canvasmaker=numbered)
    return stream.getvalue()
