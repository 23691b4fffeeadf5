"""What may stand on a score sheet, and what may be done with it in which state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.competition.rules.freezing import CriterionFacts
from app.competition.rules.states import SheetState

MOST_REMARK = 1_000  # characters a criterion, and for the sheet as a whole
WHOLE_SHEET = ""  # the key of the remark on the sheet as a whole
CLOCK_SKEW = timedelta(minutes=10)  # how far ahead a device's clock may be before we say so


@dataclass(frozen=True, slots=True)
class BadCell:
    """A score or remark that cannot be: ``unknown``, ``scale`` or ``long``, of this criterion."""

    criterion: str
    what: str


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


def clock_is_wrong(saved_at: datetime, received_at: datetime) -> bool:
    """A device whose clock is ahead of ours: its moment is kept as sent, and never decides what is newer."""
    return saved_at - received_at > CLOCK_SKEW
