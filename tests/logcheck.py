"""The logs of a whole test run hold nothing that is somebody's: no name, number, token or QR text."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from tests import town

NAMES = {person["name"] for person in town.FAMILY} - {"Budi"} | {"Siti Aminah", "Dewi Lestari"}
PERSONAL = {
    "name": re.compile("|".join(re.escape(name) for name in sorted(NAMES)), re.IGNORECASE),
    "number": re.compile(r"(?:\+?62|\b0)[ -]?8\d{2}[ -]?\d{3,4}[ -]?\d{3,5}\b"),
    "QR text": re.compile(r"PK1:[0-9A-Z $%*+./:-]{20,}"),
    "link secret": re.compile(r"/(?:registrations|tickets|uploads|sign-in)/+(?!…|new\b)[^/\s]*[A-Za-z0-9_-]{10,}"),
    "bearer token": re.compile(r"Bearer\s+\S{8,}", re.IGNORECASE),
}


class Recorder(logging.Handler):
    """Keeps every line that anything logs in this process, as a person would read it."""

    def __init__(self, path: Path) -> None:
        super().__init__(logging.INFO)
        self.path = path
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
        self._file = path.open("w", encoding="utf-8", errors="backslashreplace")

    def emit(self, record: logging.LogRecord) -> None:
        self._file.write(self.format(record) + "\n")

    def close(self) -> None:
        self._file.close()
        super().close()


def personal_lines(text: str) -> list[str]:
    """Lines that hold something personal, each with what it is; the thing itself is not repeated."""
    found = []
    for line in text.splitlines():
        found += [f"{what}: {line[:60]}…" for what, pattern in PERSONAL.items() if pattern.search(line)]
    return found
