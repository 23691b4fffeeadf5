"""Whether a cooperative may take part. What our records do not say is unknown, and never a no."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.competition.rules.states import GateValue

_NOT = ("tidak", "non", "belum", "cabut", "dibekukan", "kedaluwarsa", "kadaluarsa")
MEETING_MONTHS = 6  # after a year's end, the yearly meeting of that year is due (UU 25/1992, pasal 26)


@dataclass(frozen=True, slots=True)
class Meetings:
    """What is known of yearly meetings: the day of the last one, and days on which one was noted as held or not."""

    last: date | None
    held: frozenset[int]  # fiscal years whose meeting is on record as held
    missed: frozenset[int]  # as not held


def active_nik(nik: str | None, status: str) -> GateValue:
    """From the status of the certificate as the directory has it; a number alone does not say it is active."""
    words = " ".join(status.casefold().split())
    if any(word in words for word in _NOT):
        return GateValue.NO
    if "aktif" in words or "berlaku" in words:
        return GateValue.YES if nik else GateValue.UNKNOWN
    return GateValue.UNKNOWN


def years_due(today: date) -> tuple[int, int]:
    """The two last fiscal years whose meeting must have been by now: for July 2023 those of 2021 and 2022."""
    last = today.year - 1 if today.month > MEETING_MONTHS else today.year - 2
    return last - 1, last


def two_meetings(known: Meetings, today: date) -> GateValue:
    """Whether the meetings of the last two years are on record.

    The last meeting speaks for the year before it; of the other year only a record of its own does.
    """
    due = set(years_due(today))
    held = set(known.held)
    if known.last is not None and known.last <= today:
        held.add(known.last.year - 1)
    if due <= held:
        return GateValue.YES
    return GateValue.NO if (due - held) & known.missed else GateValue.UNKNOWN


def may_enter(values: Iterable[GateValue]) -> GateValue:
    """Over all gates: a single no keeps out, a single unknown leaves it open."""
    found = set(values)
    if GateValue.NO in found:
        return GateValue.NO
    return GateValue.UNKNOWN if GateValue.UNKNOWN in found else GateValue.YES
