"""QR codes: one fixed shape for tickets, drawn as SVG, PNG or runs for PDF; and one for any other text.

A ticket text (120 characters, alphanumeric) is always version 5, level M, 37x37 modules, with one mask. The
package tries all eight masks otherwise, which takes 5 ms a code and not 0.7. The standard (ISO/IEC 18004,
7.8) asks for the mask with the fewest penalty points, but a reader takes any: the mask stands in the code.
"""

import html
import io
from collections.abc import Iterator
from typing import Final

from PIL import Image
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError
from qrcode.util import MODE_ALPHA_NUM, QRData

from app.core.codes import BASE45_ALPHABET  # the same 45 characters as QR alphanumeric mode, on purpose

QUIET_ZONE: Final = 4  # modules of white around a code, ISO/IEC 18004, 9.1
MOST_TICKET_CHARACTERS: Final = 122  # what version 5, level M holds in alphanumeric mode

_VERSION: Final = 5
# Of the eight, the fewest penalty points on average over random ticket texts (946; the others 1001 to 1078).
_MASK: Final = 2

Matrix = list[list[bool]]


def matrix(text: str) -> Matrix:
    """The modules of a ticket's QR code, 37 rows of 37, True for dark, without the quiet zone.

    Raises:
        ValueError: empty, longer than 122 characters, or not alphanumeric in the sense of QR (no lower case).
    """
    if not 0 < len(text) <= MOST_TICKET_CHARACTERS:
        raise ValueError("a ticket QR code takes 1 to 122 characters")
    if not set(text) <= set(BASE45_ALPHABET):
        raise ValueError("a ticket QR code takes only the QR alphanumeric characters")
    # Checked above, so the package need not search the text for the best mode (0.1 ms).
    data = QRData(text.encode("ascii"), mode=MODE_ALPHA_NUM, check_data=False)
    code = QRCode(version=_VERSION, error_correction=ERROR_CORRECT_M, border=0, mask_pattern=_MASK)
    code.add_data(data)
    code.make(fit=False)
    return _modules(code)


def svg(text: str, *, label: str, css_class: str = "qr") -> str:
    """A ticket's QR code as inline SVG with its quiet zone; ``label`` is its text for screen readers.

    The result is finished markup (label and class are escaped): mark it safe in the template.

    Raises:
        ValueError: as ``matrix``.
    """
    return _draw_svg(matrix(text), label, css_class)


def svg_any(text: str, *, label: str, css_class: str = "qr") -> str:
    """Any text, such as a pairing address, as inline SVG: smallest version, best mode and mask, level M.

    Takes 4 ms for an address and up to 0.13 s for the longest text; meant for pages that show one code, not
    for tickets.

    Raises:
        ValueError: the text is empty or longer than a QR code can hold (2331 bytes).
    """
    if not text:
        raise ValueError("a QR code needs a text")
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text.encode("utf-8"))
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:  # the package raises either, by how far it is too long
        raise ValueError("the text is too long for a QR code") from error
    return _draw_svg(_modules(code), label, css_class)


def png(text: str, scale: int = 10) -> bytes:
    """A ticket's QR code as a black and white PNG with its quiet zone, 45 * ``scale`` pixels square.

    Raises:
        ValueError: as ``matrix``, or a scale below 1.
    """
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


def _draw_svg(modules: Matrix, label: str, css_class: str) -> str:
    """One white square and one black path. Attributes only: the page's policy allows no inline style."""
    side = len(modules) + 2 * QUIET_ZONE
    path = "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in runs(modules))
    corner = -QUIET_ZONE
    return (
        f'<svg class="{html.escape(css_class)}" viewBox="{corner} {corner} {side} {side}" role="img" '
        f'aria-label="{html.escape(label)}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M{corner} {corner}h{side}v{side}h-{side}z"/>'
        f'<path fill="#000" d="{path}"/></svg>'
    )


def _modules(code: "QRCode[object]") -> Matrix:
    """The package's modules (its border is 0 here) as plain booleans."""
    return [[bool(module) for module in row] for row in code.get_matrix()]
