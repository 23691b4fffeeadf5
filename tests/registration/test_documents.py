"""Files of a ticket: a code in them must read, whatever the name."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pypdfium2
import pytest
import zxingcpp
from icalendar import Calendar
from PIL import Image

from app.core import pdf as sheets
from app.core.crypto import TicketSigner
from app.registration import documents
from app.registration.documents import Printed
from app.registration.models import TicketStatus
from app.registration.queries import BookedActivity, TicketFace, TicketView

pytestmark = pytest.mark.usefixtures("ctx")
SIGNER = TicketSigner(bytes(range(32)))
NAMES = [
    "Siti", "Muhammad Rizky Al-Fatih Ramadhan Kusumawardhana bin Haji Abdurrahman Wahid Maruf"[:80],
    "W" * 80, "Ma’ruf D'Árvore Łukasz Ștefan", "محمد رزق", "Budi 👨‍👩‍👧‍👦", "郭建義", "O",
]  # fmt: skip


def booked(n: int) -> BookedActivity:
    start = datetime(2023, 7, 21, 0 + n % 10, tzinfo=UTC)
    return BookedActivity(n, f"Jalan santai {n}", "Lapangan", start, start.replace(minute=45))


def printed(name: str, n: int = 1, activities: int = 1) -> Printed:
    text = SIGNER.qr_text(1, 3, n)
    return Printed(name, "7K3F9 QXM2H", text, tuple(booked(k) for k in range(activities)))


def pages(data: bytes, scale: float = 3) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [document[n].render(scale=scale).to_pil() for n in range(len(document))]
    finally:
        document.close()


def words(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    try:
        found = []
        for page in document:
            text = page.get_textpage()
            found.append(text.get_text_range())
            text.close()
            page.close()
        return "\n".join(found)
    finally:
        document.close()


@pytest.mark.parametrize("name", NAMES)
def test_the_code_on_paper_reads(name):
    (page,) = pages(documents.pdf("Pekan Koperasi Depok", "Pasar Rakyat Jabar", [printed(name, activities=7)]))
    (found,) = zxingcpp.read_barcodes(page)
    assert found.text == SIGNER.qr_text(1, 3, 1)


def test_four_to_a_sheet_and_each_reads():
    data = documents.pdf("Pekan", "Sawangan", [printed(name, n) for n, name in enumerate(NAMES[:5])])
    sheets_ = pages(data)
    assert len(sheets_) == 2
    assert sheets_[0].width / sheets_[0].height == pytest.approx(210 / 297, abs=0.01)
    texts = [found.text for page in sheets_ for found in zxingcpp.read_barcodes(page)]
    assert sorted(texts) == sorted(SIGNER.qr_text(1, 3, n) for n in range(5))


def test_the_code_is_large_enough():
    (page,) = pages(documents.pdf("Pekan", "Sawangan", [printed("Siti")]), scale=10)
    corners = zxingcpp.read_barcodes(page)[0].position
    millimetres = (corners.top_right.x - corners.top_left.x) / 10 / 72 * 25.4
    assert millimetres > 20


def test_what_paper_says():
    said = words(documents.pdf("Pekan Koperasi Depok", "Sawangan", [printed("Ma’ruf Łukasz Ș")]))
    assert "Pekan Koperasi Depok" in said
    assert "Ma’ruf Łukasz" in said
    assert "Jalan santai 0" in said
    assert "7K3F9 QXM2H" in said


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Siti", "Siti"), ("Ștefan", "Stefan"), ("Budi 👨‍👩‍👧", "Budi"), ("محمد", "?"), ("Kwik 郭", "Kwik"),
        ("", "?"),
        ("😀", "?"), ("李 Li Ka-shing", "Li Ka-shing"), ("a\u202eb", "ab"),
    ],
)  # fmt: skip
def test_names_the_font_does_not_know(name, shown):
    assert sheets.legible(name, "?") == shown


def test_no_ticket_no_paper():
    with pytest.raises(ValueError, match="ticket"):
        sheets.ticket_pdf([], "x")


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_reads(name):
    data = documents.picture("Pekan Koperasi Depok", "Pasar Rakyat Jabar", printed(name, activities=3))
    image = Image.open(io.BytesIO(data))
    assert zxingcpp.read_barcodes(image)[0].text == SIGNER.qr_text(1, 3, 1)
    assert len(data) < 60_000


def test_the_calendar_file():
    tickets = [
        TicketView(TicketFace(n, "A" * 10, 3), 1, TicketStatus.VALID, name, (booked(1), booked(2))[: n + 1])
        for n, name in enumerate(["Siti", "Budi; Ma'ruf, SE"])
    ]
    stamp = datetime(2023, 7, 1, tzinfo=UTC)
    data = documents.calendar("Pekan", "Sawangan", tickets, "ABCDEFGHJK", stamp)
    events = Calendar.from_ical(data).walk("VEVENT")
    assert [str(event["summary"]) for event in events] == ["Jalan santai 1 · Pekan", "Jalan santai 2 · Pekan"]
    assert str(events[0]["description"]).startswith("Siti, Budi; Ma'ruf, SE.")
    assert events[0].start == booked(1).starts_at
    assert b"http" not in data
    assert data == documents.calendar("Pekan", "Sawangan", tickets, "ABCDEFGHJK", stamp)
