"""Tickets by the hundred: read back from the paper."""

from __future__ import annotations

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from app.core.crypto import TicketSigner
from app.core.pdf import Panel
from app.core.ticket_sheets import BlankPanel, sheets_pdf

SIGNER = TicketSigner(bytes(range(32)))
NAMES = [
    "Siti", "Muhammad Rizky Al-Fatih Ramadhan Kusumawardhana bin Haji Abdurrahman Wahid Maruf"[:80],
    "W" * 80, "Ma’ruf D'Árvore", "محمد رزق", "Budi 👨‍👩‍👧‍👦", "", "O", "Ani",
]  # fmt: skip
LINES = (("Jalan santai keluarga se-Kota Depok", "Kamis, 20 Juli 2023, 06.45 WIB · Lapangan parkir"),)


def text(n: int) -> str:
    return SIGNER.qr_text(1, 0, n)


def named(n: int, name: str, lines: int = 1) -> Panel:
    return Panel(
        "Pekan Koperasi Kota Depok 2023 " * 3, "Pasar Rakyat Jabar " * 4, name, "Nama tampil di layar gerbang",
        text(n), "7K3F9 QXM2H", LINES * lines, "dan lainnya",
    )  # fmt: skip


def blank(n: int) -> BlankPanel:
    return BlankPanel(
        "Pekan", "Tiket kosong", ("Nama", "Nomor HP"), "Berlaku setelah dicatat. " * 9, "1 · 7", text(n), "X"
    )


def pages(data: bytes, scale: float = 3) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [document[n].render(scale=scale).to_pil() for n in range(len(document))]
    finally:
        document.close()


def test_eight_to_a_page_and_each_reads():
    data = sheets_pdf([named(n, name, n) for n, name in enumerate(NAMES)], "Tiket")
    paper = pages(data)
    assert [len(zxingcpp.read_barcodes(page)) for page in paper] == [8, 1]
    assert paper[0].width / paper[0].height == pytest.approx(210 / 297, abs=0.01)
    found = {code.text for page in paper for code in zxingcpp.read_barcodes(page)}
    assert found == {text(n) for n in range(9)}


def test_blank_ones_read_too():
    (page,) = pages(sheets_pdf([blank(n) for n in range(8)], "Tiket kosong"))
    assert {code.text for code in zxingcpp.read_barcodes(page)} == {text(n) for n in range(8)}


def test_the_code_is_larger_than_twenty_millimetres():
    (page,) = pages(sheets_pdf([blank(1)], "Tiket kosong"), scale=6)
    corners = zxingcpp.read_barcodes(page)[0].position
    millimetres = (corners.top_right.x - corners.top_left.x) / 6 / 72 * 25.4
    assert 36 < millimetres < 42


def test_nothing_is_drawn_beyond_its_panel():
    """The last line of a long panel stays above the cutting line, and words stay out of the code beside them."""
    (page,) = pages(sheets_pdf([named(1, "W" * 80, 9), blank(2)], "Tiket"), scale=4)
    third = page.crop((0, int(page.height * 0.251), page.width, page.height)).convert("L")
    assert sum(third.histogram()[:100]) == 0


def test_no_ticket_no_paper():
    with pytest.raises(ValueError, match="ticket"):
        sheets_pdf([], "x")
