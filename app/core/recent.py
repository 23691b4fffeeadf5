"""What was read a moment ago: for what the database has the last word on anyway, and for what a page may tell two
seconds late.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from flask import current_app

T = TypeVar("T")
MOST_KEPT = 256


class Recent(Generic[T]):
    """The answers to one question by its key, none older than a kept page may be."""

    def __init__(self, name: str, ask: Callable[[str], T | None]) -> None:
        """``name`` tells it from others; ``ask`` answers None for what is not there, which is asked again."""
        self._name, self._ask = f"pekan_recent_{name}", ask

    def kept(self, key: str) -> T | None:
        """``get``, and None where nothing may be kept: there asking gains nothing."""
        return self.get(key) if current_app.config["PAGE_SECONDS"] else None

    def get(self, key: str) -> T | None:
        """The answer, read within the last PAGE_SECONDS."""
        kept: dict[str, tuple[float, T]] = current_app.extensions.setdefault(self._name, {})
        found = kept.get(key)
        if found and found[0] > time.monotonic():
            return found[1]
        seconds, answer = current_app.config["PAGE_SECONDS"], self._ask(key)
        if seconds and answer is not None:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[key] = (time.monotonic() + seconds, answer)
        return answer
