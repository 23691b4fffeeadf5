"""A film for Chromium's fake camera: JPEG frames one after the other (MJPEG), played at 30 frames a second."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from app.core import qr

SIZE = (640, 480)
FRAMES_A_SECOND = 30


def film(path: Path, qr_text: str, *, shown: float = 2.5, away: float = 4.0) -> Path:
    """Write a film in which the ticket is held up, taken away, and so on for ever (the camera loops)."""
    ticket = Image.open(io.BytesIO(qr.png(qr_text, scale=8))).convert("RGB")
    held, empty = Image.new("RGB", SIZE, (90, 96, 92)), Image.new("RGB", SIZE, (90, 96, 92))
    held.paste(ticket.rotate(7, expand=True, fillcolor=(90, 96, 92)), (110, 30))
    frames = [(held, shown), (empty, away)]
    with path.open("wb") as file:
        for image, seconds in frames:
            stream = io.BytesIO()
            image.save(stream, "JPEG", quality=80)
            file.write(stream.getvalue() * int(seconds * FRAMES_A_SECOND))
    return path
