"""QR codes, read back by an independent library (zxing-cpp)."""

import io
import re

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import MODE_ALPHA_NUM, QRData

from app.core import qr
from app.core.codes import BASE45_ALPHABET
from app.core.crypto import TicketSigner

TICKET = TicketSigner(bytes(range(32))).qr_text(1, 3, 123456789)
PAIRING = "https://pekan.example/perangkat/pasang?t=aZ3_-Qm9kX1bYc7LwEr5Tg"
ALPHANUMERIC = st.text(BASE45_ALPHABET, min_size=1, max_size=qr.MOST_TICKET_CHARACTERS)


def read(image: Image.Image) -> zxingcpp.Barcode:
    """The one code in a picture."""
    (found,) = zxingcpp.read_barcodes(image)
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    return found


def rasterise(markup: str, scale: int = 4) -> Image.Image:
    """The picture of our SVG, from its view box and the rectangles of its dark path alone."""
    view_box = re.search(r'viewBox="(-?\d+) (-?\d+) (\d+) (\d+)"', markup)
    assert view_box is not None
    left, top, width, height = map(int, view_box.groups())
    image = Image.new("L", (width, height), 255)
    (dark,) = re.findall(r'<path fill="#000" d="([^"]*)"', markup)
    rectangles = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", dark)
    assert "".join(f"M{x} {y}h{length}v1h-{back}z" for x, y, length, back in rectangles) == dark
    for x, y, length, back in rectangles:
        assert length == back
        corner = (int(x) - left, int(y) - top)
        image.paste(0, (*corner, corner[0] + int(length), corner[1] + 1))
    return image.resize((width * scale, height * scale), Image.Resampling.NEAREST)


def by_the_package(text: str) -> list[list[bool]]:
    """The modules of the same shape by a general package: slow, and beyond doubt."""
    code = QRCode(version=5, error_correction=ERROR_CORRECT_M, border=0, mask_pattern=2)
    code.add_data(QRData(text.encode("ascii"), mode=MODE_ALPHA_NUM))
    code.make(fit=False)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def test_ticket_png_is_read_and_is_what_the_design_says() -> None:
    found = read(Image.open(io.BytesIO(qr.png(TICKET))))
    assert found.text == TICKET
    assert found.ec_level == "M"


def test_png_has_one_bit_and_its_quiet_zone() -> None:
    image = Image.open(io.BytesIO(qr.png(TICKET, scale=3)))
    assert (image.mode, image.size) == ("1", (135, 135))
    inner = image.crop((12, 12, 123, 123))
    assert inner.getpixel((0, 0)) == 0  # the corner of a finder
    image.paste(255, (12, 12, 123, 123))
    assert image.getextrema() == (255, 255)


@pytest.mark.parametrize("scale", [0, -1])
def test_png_needs_a_scale(scale: int) -> None:
    with pytest.raises(ValueError, match="pixel"):
        qr.png(TICKET, scale)


def test_ticket_svg_is_read() -> None:
    assert read(rasterise(qr.svg(TICKET, label="Kode QR tiket"))).text == TICKET


@settings(max_examples=50)
@given(ALPHANUMERIC)
def test_any_alphanumeric_text_is_read_with_its_spaces(text: str) -> None:
    assert read(Image.open(io.BytesIO(qr.png(text, 3)))).text == text


@settings(max_examples=200)
@given(ALPHANUMERIC)
def test_every_module_is_where_the_package_has_it(text: str) -> None:
    assert qr.matrix(text) == by_the_package(text)


def test_every_length_ends_and_is_padded_as_the_package_does_it() -> None:
    for length in range(1, qr.MOST_TICKET_CHARACTERS + 1):
        text = (BASE45_ALPHABET * 3)[:length]
        assert qr.matrix(text) == by_the_package(text)


def test_the_path_is_that_of_the_runs() -> None:
    path = "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in qr.runs(qr.matrix(TICKET)))
    assert f'd="{path}"' in qr.svg(TICKET, label="Kode QR tiket")


def test_matrix_is_37_square_of_booleans_and_fresh_each_time() -> None:
    modules = qr.matrix(TICKET)
    assert len(modules) == 37
    assert {len(row) for row in modules} == {37}
    assert {type(module) for row in modules for module in row} == {bool}
    first = [row[:] for row in modules]
    modules[0][0] = False  # the package keeps a template: drawing on ours must not touch it
    assert qr.matrix(TICKET) == first


def test_capacity_is_that_of_version_5() -> None:
    assert len(qr.matrix("A" * 122)) == 37
    with pytest.raises(ValueError, match="122"):
        qr.matrix("A" * 123)


@pytest.mark.parametrize("text", ["", "a", "PK1:é", "\n", "🎫", "\ud800", "A" * 8192])
def test_matrix_refuses_what_is_no_ticket_text(text: str) -> None:
    with pytest.raises(ValueError, match="ticket QR code"):
        qr.matrix(text)


def test_svg_is_compact_labelled_and_without_style() -> None:
    markup = qr.svg(TICKET, label='Tiket "Siti" <script> & Co', css_class='qr "x"')
    assert 'aria-label="Tiket &quot;Siti&quot; &lt;script&gt; &amp; Co"' in markup
    assert 'class="qr &quot;x&quot;"' in markup
    assert 'role="img"' in markup
    assert 'viewBox="-4 -4 45 45"' in markup
    assert "style" not in markup
    assert markup.count("<path") == 2
    assert len(markup) < 7500


def test_runs_cover_exactly_the_dark_modules() -> None:
    modules = qr.matrix(TICKET)
    drawn = [[False] * 37 for _ in range(37)]
    for x, y, length in qr.runs(modules):
        assert length > 0
        for column in range(x, x + length):
            assert not drawn[y][column]
            drawn[y][column] = True
    assert drawn == modules


def test_runs_are_maximal() -> None:
    assert list(qr.runs([[True, True, False, True], [False] * 4, [True] * 4])) == [
        (0, 0, 2),
        (3, 0, 1),
        (0, 2, 4),
    ]


@pytest.mark.parametrize("text", [PAIRING, "a", "0123456789", TICKET, "Pekan Koperasi é 🎫", "x" * 400])
def test_any_text_is_read(text: str) -> None:
    found = read(rasterise(qr.svg_any(text, label="Pasang perangkat")))
    assert found.text == text
    assert found.ec_level == "M"


@pytest.mark.parametrize("text", ["", "x" * 2332, "x" * 10000])
def test_any_text_has_its_limits(text: str) -> None:
    with pytest.raises(ValueError, match="QR code"):
        qr.svg_any(text, label="x")
