"""The chain of hashes over all versions of all sheets of a competition.

Each link is the SHA-256 of the one before and of all that a version says, as compact JSON with sorted keys. Whoever
changes, drops or inserts a version has to change every later link, and the end of the chain stands in the minutes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


def beginning(competition_id: int) -> str:
    """The link before the first version."""
    return hashlib.sha256(f"pekan-sheets-v1:{competition_id}".encode()).hexdigest()


def link(previous: str, facts: Mapping[str, Any]) -> str:
    """The hash of a version. ``facts``: all its columns but its own id and hash; moments are written in UTC."""
    told = {name: _written(value) for name, value in facts.items()}
    text = json.dumps([previous, told], ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold: the position, and what is wrong (``gap``, ``changed``, ``end``)."""

    position: int
    what: str


def first_break(
    competition_id: int, links: Iterable[tuple[int, Mapping[str, Any], str, str]], length: int, end: str
) -> Break | None:
    """The first version that does not follow from the one before; None when the whole chain holds.

    ``links``: position, facts, previous hash, hash, by position; ``length`` and ``end``: as the chain itself says.
    """
    previous, position = beginning(competition_id), 0
    for position, facts, said_previous, said in links:
        expected = _next(position, previous, facts, said_previous, said)
        if expected is not None:
            return expected
        previous = said
        length -= 1
    return Break(position, "end") if length or previous != end else None


def _next(position: int, previous: str, facts: Mapping[str, Any], said_previous: str, said: str) -> Break | None:
    if said_previous != previous:
        return Break(position, "gap")
    return None if link(previous, facts) == said else Break(position, "changed")
