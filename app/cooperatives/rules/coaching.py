"""Coaching: the trouble, what was agreed, by when, and how far it is."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date
from typing import Final


class Trouble(enum.StrEnum):
    """What a cooperative is coached for; the first three are the usual ones of the city."""

    ADMINISTRATION = "administration"
    INACTIVE_MEMBERS = "inactive_members"
    FINANCES = "finances"
    MEETING_OVERDUE = "meeting_overdue"
    LEGALITY = "legality"
    MANAGEMENT = "management"
    CAPITAL = "capital"
    MARKET = "market"
    DIGITAL = "digital"
    OTHER = "other"


class CaseState(enum.StrEnum):
    """How far a case is."""

    OPEN = "open"
    UNDERWAY = "underway"
    SOLVED = "solved"
    DROPPED = "dropped"


LIVE: Final = frozenset({CaseState.OPEN, CaseState.UNDERWAY})
_NEXT: Final[dict[CaseState, frozenset[CaseState]]] = {
    CaseState.OPEN: frozenset({CaseState.UNDERWAY, CaseState.SOLVED, CaseState.DROPPED}),
    CaseState.UNDERWAY: frozenset({CaseState.SOLVED, CaseState.DROPPED, CaseState.OPEN}),
    CaseState.SOLVED: frozenset({CaseState.UNDERWAY}),  # it came back
    CaseState.DROPPED: frozenset({CaseState.OPEN}),
}


@dataclass(frozen=True, slots=True)
class CaseFields:
    """What somebody writes about a case."""

    trouble: Trouble
    finding: str
    step: str
    due_on: date | None
    state: CaseState
    result: str


def may_become(state: CaseState, other: CaseState) -> bool:
    """Whether a case may go from one state to the other; staying is always allowed."""
    return state is other or other in _NEXT[state]


def overdue(state: CaseState, due: date | None, today: date) -> bool:
    """Whether the agreed step should have been done: the day after it was due, while the case lives."""
    return state in LIVE and due is not None and due < today
