"""What the public sees of the programme: activities as lines of a day, with their state at a moment."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from app.programme import rules
from app.programme.kinds import kind
from app.programme.models import Activity, EntryMode, TimeSlot
from app.programme.rules import SignUpState, SlotState


class Phase(enum.StrEnum):
    """Where a stretch of time lies, seen from now."""

    COMING = "coming"
    NOW = "now"
    OVER = "over"


class Show(enum.StrEnum):
    """What a visitor wants to see of a day; the words of the address."""

    ALL = "all"
    OPEN = "open"
    DESKS = "desks"
    WALK_IN = "walk-in"


@dataclass(frozen=True, slots=True)
class Line:
    """One activity on one day. ``places`` and ``left`` sum the slots that still take sign-ups.

    ``left`` None means no limit. Both say something only while ``sign_up`` is open. ``cancelled``: no slot of
    the day takes place. ``moved_from`` is when the first one was to start, where the committee moved it.
    """

    activity: Activity
    day: date
    starts_at: datetime
    ends_at: datetime
    slots: tuple[TimeSlot, ...]
    phase: Phase
    sign_up: SignUpState
    places: SlotState
    left: int | None
    opens_on: date | None
    cancelled: bool = False
    moved_from: datetime | None = None


def sign_up_state(activity: Activity, now: datetime) -> SignUpState:
    """What the public hears about signing up for the activity."""
    last_start = max((slot.starts_at for slot in activity.slots if not slot.cancelled_at), default=None)
    return rules.sign_up_state(
        activity.entry_mode, activity.opens_at, activity.closes_at, last_start, now,
        paused=activity.paused_at is not None,
    )  # fmt: skip


def slot_state(activity: Activity, slot: TimeSlot, sign_up: SignUpState, now: datetime) -> SlotState:
    """The state of one slot, given how sign-up of its activity stands."""
    if slot.cancelled_at:
        return SlotState.CANCELLED
    is_open = sign_up is SignUpState.OPEN and rules.slot_open(slot.starts_at, slot.closed, now)
    return rules.slot_state(slot.capacity, slot.taken, is_open, activity.waiting_list)


def phase_of(starts_at: datetime, ends_at: datetime, now: datetime) -> Phase:
    """Coming, now (start included, end not) or over."""
    if now < starts_at:
        return Phase.COMING
    return Phase.NOW if now < ends_at else Phase.OVER


def lines_of(activities: Iterable[Activity], zone: tzinfo, now: datetime) -> list[Line]:
    """A line for every activity and day it takes place, by start."""
    lines = []
    for activity in activities:
        days: dict[date, list[TimeSlot]] = {}
        for slot in activity.slots:
            days.setdefault(slot.starts_at.astimezone(zone).date(), []).append(slot)
        state = sign_up_state(activity, now)
        lines += [_line(activity, day, slots, state, zone, now) for day, slots in days.items()]
    return sorted(lines, key=lambda line: (line.starts_at, line.activity.number))


def _line(
    activity: Activity, day: date, slots: list[TimeSlot], state: SignUpState, zone: tzinfo, now: datetime
) -> Line:
    stand = [s for s in slots if not s.cancelled_at] or slots
    first = min(stand, key=lambda s: s.starts_at)
    starts_at, ends_at = first.starts_at, max(s.ends_at for s in stand)
    free = [s for s in slots if rules.slot_open(s.starts_at, s.closed, now)]
    capacity, taken = rules.together((s.capacity, s.taken) for s in free)
    return Line(
        activity=activity,
        day=day,
        starts_at=starts_at,
        ends_at=ends_at,
        slots=tuple(slots),
        phase=phase_of(starts_at, ends_at, now),
        sign_up=state,
        places=rules.slot_state(capacity, taken, bool(free), activity.waiting_list),
        left=rules.remaining(capacity, taken),
        opens_on=activity.opens_at.astimezone(zone).date() if activity.opens_at else None,
        cancelled=all(s.cancelled_at for s in slots),
        moved_from=first.moved_from,
    )


def chosen(lines: Iterable[Line], show: Show) -> list[Line]:
    """The lines a visitor asked for."""
    match show:
        case Show.ALL:
            return list(lines)
        case Show.OPEN:
            takes = (SlotState.UNLIMITED, SlotState.AVAILABLE, SlotState.FEW, SlotState.WAITING_LIST)
            return [line for line in lines if line.sign_up is SignUpState.OPEN and line.places in takes]
        case Show.DESKS:
            return [line for line in lines if kind(line.activity.kind).is_desk]
        case Show.WALK_IN:
            return [line for line in lines if line.activity.entry_mode in (EntryMode.NONE, EntryMode.APPLICATION)]


def now_and_next(lines: Iterable[Line]) -> tuple[list[Line], list[Line]]:
    """What is on, the latest to begin first; and what begins next (all that begin at that same moment)."""
    lines = [line for line in lines if not line.cancelled]
    on = sorted((line for line in lines if line.phase is Phase.NOW), key=lambda line: line.starts_at, reverse=True)
    coming = [line for line in lines if line.phase is Phase.COMING]
    first = min((line.starts_at for line in coming), default=None)
    return on, [line for line in coming if line.starts_at == first]
