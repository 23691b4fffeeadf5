"""What stands in minutes (berita acara), as plain values, and their hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, asdict, dataclass, fields, replace
from datetime import date
from typing import Any, Final

FORMAT: Final = "pekan-minutes-1"


@dataclass(frozen=True, slots=True)
class Member:
    """A judge of the panel; ``standing`` in the meeting in words: present, absent, locked out and why."""

    name: str
    affiliation: str
    standing: str


@dataclass(frozen=True, slots=True)
class Line:
    """One entrant: its final place, and what ``pekan rank`` said of it."""

    place: int
    name: str
    score: float
    se: float
    mean: float
    judges: int
    p_first: float
    p_top3: float
    low: int
    high: int
    decided: str


@dataclass(frozen=True, slots=True)
class JudgeLine:
    """What is said of a judge."""

    name: str
    sheets: int
    severity: float
    se: float
    noise_ratio: float | None
    flagged: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A place that the panel changed."""

    entrant: str
    before: int
    after: int
    reason: str


@dataclass(frozen=True, slots=True)
class Dissent:
    """Who saw it otherwise."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, and when in words. Not part of the content: it is what is signed."""

    name: str
    at: str


@dataclass(frozen=True, slots=True)
class Section:
    """The result of one category and what stands behind it."""

    category: str
    ranked: tuple[Line, ...]
    withdrawn: tuple[str, ...]
    judges: tuple[JudgeLine, ...]
    quality: str
    sensitivity: str
    sensitivity_public: str  # without names of judges
    cautions: tuple[str, ...]
    changes: tuple[Change, ...]
    method: str
    seed: int
    inputs_sha256: str
    ranks_sha256: str
    result_sha256: str


@dataclass(frozen=True, slots=True)
class Unranked:
    """A category whose sheets allow no ranking (a single entrant, say), its entrants, and why in a sentence."""

    category: str
    entrants: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Minutes:
    """The content of minutes. ``content_sha256`` is that of all the others, "" until ``sealed``.

    ``amends`` and ``amendment_reason`` are "" unless these minutes correct others.
    """

    number: str
    amends: str
    amendment_reason: str
    festival: str
    competition: str
    stage: str
    organiser: str
    city: str
    place: str
    day: date
    legal_basis: tuple[str, ...]
    panel: tuple[Member, ...]
    quorum_panel: int
    quorum_present: int
    sections: tuple[Section, ...]
    dissent: tuple[Dissent, ...]
    tie_rule: str
    objection_days: int
    weights_sha256: str
    log_sha256: str
    signers: tuple[tuple[str, str], ...]
    content_sha256: str = ""
    unranked: tuple[Unranked, ...] = ()


_PARTS: Final[dict[str, type]] = {
    "panel": Member, "ranked": Line, "judges": JudgeLine, "changes": Change, "dissent": Dissent,
    "sections": Section, "unranked": Unranked,
}  # fmt: skip


def content(of: Minutes) -> dict[str, Any]:
    """As JSON values, with the format, ready to be stored and hashed."""
    found = {"format": FORMAT, **asdict(of), "day": of.day.isoformat()}
    return json.loads(json.dumps(found, ensure_ascii=False, allow_nan=False))


def digest(of: dict[str, Any]) -> str:
    """SHA-256 of the content without its own hash, as compact JSON with sorted keys in UTF-8."""
    rest = {name: value for name, value in of.items() if name != "content_sha256"}
    text = json.dumps(rest, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def sealed(of: Minutes) -> Minutes:
    """The same minutes, carrying the hash of their content."""
    return replace(of, content_sha256=digest(content(of)))


def from_content(stored: dict[str, Any]) -> Minutes:
    """Minutes as they were stored. ValueError when they are not ours or their hash is wrong."""
    if stored.get("format") != FORMAT or digest(stored) != stored.get("content_sha256"):
        raise ValueError("these minutes were changed after they were written")
    return _built(Minutes, {name: value for name, value in stored.items() if name != "format"})


def _built(kind: type, values: dict[str, Any]) -> Any:
    """A dataclass from JSON values: lists become tuples, rows their own dataclasses."""
    found: dict[str, Any] = {}
    for one in fields(kind):
        if one.name not in values and one.default is not MISSING:
            continue  # written before there was such a part
        value = values[one.name]
        if one.name in _PARTS and isinstance(value, list):  # "judges" of a line is a number
            found[one.name] = tuple(_built(_PARTS[one.name], row) for row in value)
        elif one.name == "day":
            found[one.name] = date.fromisoformat(value)
        elif isinstance(value, list):
            found[one.name] = tuple(tuple(row) if isinstance(row, list) else row for row in value)
        else:
            found[one.name] = value
    return kind(**found)
