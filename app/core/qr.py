"""QR codes: one fixed shape for tickets, drawn as SVG, PNG or runs for PDF; and one for any other text.

A ticket text (120 characters, alphanumeric) is always version 5, level M, 37x37 modules, with one mask: 2 has,
of the eight, the fewest penalty points on average over random ticket texts (946; the others 1001 to 1078). The
standard (ISO/IEC 18004, 7.8) asks for the best mask of each text, but a reader takes any: it stands in the code.
"""

import html
import io
from collections.abc import Iterator
from functools import lru_cache
from itertools import compress
from typing import Final

from app.core import qr_ticket

QUIET_ZONE: Final = 4  # modules of white around a code, ISO/IEC 18004, 9.1
MOST_TICKET_CHARACTERS: Final = qr_ticket.MOST_CHARACTERS

_FLAGS: Final = bytes.maketrans(b"01", b"\0\1")

Matrix = list[list[bool]]


def matrix(text: str) -> Matrix:
    """The modules of a ticket's QR code, 37 rows of 37, True for dark, without the quiet zone.

    Raises:
        ValueError: empty, longer than 122 characters, or not alphanumeric in the sense of QR (no lower case).
    """
    return [[module == "1" for module in line] for line in qr_ticket.picture(text).splitlines()]


def svg(text: str, *, label: str, css_class: str = "qr") -> str:
    """A ticket's QR code as inline SVG with its quiet zone; ``label`` is its text for screen readers.

    The result is finished markup (label and class are escaped): mark it safe in the template.

    Raises:
        ValueError: as ``matrix``.
    """
    return _draw_svg(qr_ticket.picture(text), qr_ticket.SIDE, label, css_class)


def svg_any(text: str, *, label: str, css_class: str = "qr") -> str:
    """Any text, such as a pairing address, as inline SVG: smallest version, best mode and mask, level M.

    Takes 4 ms for an address and up to 0.13 s for the longest text; meant for pages that show one code, not
    for tickets.

    Raises:
        ValueError: the text is empty or longer than a QR code can hold (2331 bytes).
    """
    from qrcode import QRCode
    from qrcode.constants import ERROR_CORRECT_M
    from qrcode.exceptions import DataOverflowError

    if not text:
        raise ValueError("a QR code needs a text")
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text.encode("utf-8"))
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:  # the package raises either, by how far it is too long
        raise ValueError("the text is too long for a QR code") from error
    rows = code.get_matrix()  # its border is 0 here
    picture = "".join("".join("1" if module else "0" for module in row) + "\n" for row in rows)
    return _draw_svg(picture, len(rows), label, css_class)


def png(text: str, scale: int = 10) -> bytes:
    """A ticket's QR code as a black and white PNG with its quiet zone, 45 * ``scale`` pixels square.

    Raises:
        ValueError: as ``matrix``, or a scale below 1.
    """
    from PIL import Image

    if scale < 1:
        raise ValueError("a module needs at least one pixel")
    modules = matrix(text)
    side = len(modules) + 2 * QUIET_ZONE
    image = Image.new("1", (side, side), 1)
    pixels = bytes(0 if dark else 255 for row in modules for dark in row)
    code = Image.frombytes("L", (len(modules), len(modules)), pixels)
    image.paste(code.convert("1"), (QUIET_ZONE, QUIET_ZONE))
    stream = io.BytesIO()
    image.resize((side * scale, side * scale), Image.Resampling.NEAREST).save(stream, "PNG")
    return stream.getvalue()


def runs(modules: Matrix) -> Iterator[tuple[int, int, int]]:
    """Dark stretches row by row as (x, y, length) in modules from the top left: a third of the rectangles."""
    for y, row in enumerate(modules):
        start = 0
        while start < len(row):
            if not row[start]:
                start += 1
                continue
            end = start
            while end < len(row) and row[end]:
                end += 1
            yield start, y, end - start
            start = end


def _draw_svg(picture: str, modules: int, label: str, css_class: str) -> str:
    """One white square and one black path. Attributes only: the page's policy allows no inline style."""
    side = modules + 2 * QUIET_ZONE
    path = _path(picture, modules)
    corner = -QUIET_ZONE
    return (
        f'<svg class="{html.escape(css_class)}" viewBox="{corner} {corner} {side} {side}" role="img" '
        f'aria-label="{html.escape(label)}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M{corner} {corner}h{side}v{side}h-{side}z"/>'
        f'<path fill="#000" d="{path}"/></svg>'
    )


def _path(picture: str, side: int) -> str:
    """Every dark stretch as a rectangle. Where dark begins or ends is found for all modules at once."""
    modules = int(picture.replace("\n", "0"), 2)
    edges = f"{modules ^ (modules >> 1):0{len(picture)}b}".encode().translate(_FLAGS)
    found = compress(range(len(picture)), edges)
    corners, tails = _corners(side)
    return "".join([corners[start] + tails[end - start] for start, end in zip(found, found, strict=True)])


@lru_cache(maxsize=4)
def _corners(side: int) -> tuple[list[str], list[str]]:
    """The beginning of a rectangle by its place in a picture of this side, and the rest of it by its length."""
    corners = [f"M{x} {y}" for y in range(side) for x in range(side + 1)]
    return corners, [f"h{length}v1h-{length}z" for length in range(side + 1)]
