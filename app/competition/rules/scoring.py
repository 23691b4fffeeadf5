"""What may stand on a score sheet, and what may be done with it in which state."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.competition.rules.freezing import CriterionFacts
from app.competition.rules.states import SheetState

MOST_REMARK = 1_000  # characters a criterion, and for the sheet as a whole
WHOLE_SHEET = ""  # the key of the remark on the sheet as a whole
CLIENT_ID = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"


@dataclass(frozen=True, slots=True)
class BadCell:
    """A score or remark that cannot be: ``unknown``, ``scale`` or ``long``, of this criterion."""

    criterion: str
    what: str


def is_client_id(text: str) -> bool:
    """Whether a device may have made this id."""
    return re.fullmatch(CLIENT_ID, text) is not None


def kept_text(value: object) -> str:
    """A remark without what no database keeps (NUL, halves of characters) and what only hides or turns text.

    Raises ValueError when it is no text.
    """
    if not isinstance(value, str):
        raise ValueError("text")
    plain = value[:20_000].replace("\r\n", "\n")
    kept = "".join(c for c in plain if c in "\n\t" or unicodedata.category(c)[0] != "C")
    return unicodedata.normalize("NFC", kept).strip()


def faults(
    criteria: Sequence[CriterionFacts], scores: Mapping[str, int], remarks: Mapping[str, str]
) -> list[BadCell]:
    """What cannot be kept. Missing scores are no fault: a sheet is saved while it is being filled."""
    allowed = {one.code: one.allowed for one in criteria}
    found = []
    for code, score in scores.items():
        if code not in allowed:
            found.append(BadCell(code, "unknown"))
        elif score not in allowed[code]:
            found.append(BadCell(code, "scale"))
    for code, text in remarks.items():
        if code != WHOLE_SHEET and code not in allowed:
            found.append(BadCell(code, "unknown"))
        elif len(text) > MOST_REMARK:
            found.append(BadCell(code, "long"))
    return found


def missing(criteria: Sequence[CriterionFacts], scores: Mapping[str, int]) -> list[str]:
    """Codes of criteria without a score, in the order of the sheet."""
    return [one.code for one in criteria if one.code not in scores]


def may_write(state: SheetState) -> bool:
    """Whether a new version may become the current one."""
    return state is not SheetState.LOCKED


@dataclass(frozen=True, slots=True)
class Draft:
    """What a device sends. ``based_on``: the number of the version it showed, 0 for an empty sheet.

    ``saved_at``: when it was typed, by our clock (the device's, corrected by how wrong it is).
    """

    client_id: str
    based_on: int
    scores: Mapping[str, int]
    remarks: Mapping[str, str]
    device: str
    saved_at: datetime
