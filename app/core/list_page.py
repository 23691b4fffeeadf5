"""How many rows a printed list has to a page; pages on screen are the same, and draw nothing."""

from __future__ import annotations

from typing import Final

ROWS: Final = 36
