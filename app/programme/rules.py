"""Decisions about the programme: when sign-up is open, how slots are made, what clashes."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

from app.core.admission import AdmissionPolicy as AdmissionPolicy

FRIDAY = 4
# Friday prayer: about 11.30-13.00 (domain facts, hari_penting.csv, general knowledge)
FRIDAY_PAUSE = (time(11, 30), time(13, 0))
OFFER_MINUTES = 720  # so long are places kept for who waits, unless the committee says otherwise
FEW_PLACES = 5
FEW_SHARE = 0.1


class EntryMode(enum.StrEnum):
    """How people get into an activity."""

    OPEN = "open"
    INVITATION = "invitation"
    PROPOSAL = "proposal"
    APPLICATION = "application"
    NONE = "none"


class SignUpState(enum.StrEnum):
    """What the public hears about sign-up; the words of the API."""

    OPEN = "open"
    NOT_YET = "not_yet"
    CLOSED = "closed"
    PAUSED = "paused"
    NONE = "none"
    INVITATION = "invitation"
    PROPOSAL = "proposal"
    APPLICATION = "application"


class SlotState(enum.StrEnum):
    """How a slot stands for somebody who wants a place."""

    UNLIMITED = "unlimited"
    AVAILABLE = "available"
    FEW = "few"
    WAITING_LIST = "waiting_list"
    FULL = "full"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time at a place; ``label`` is for the person who reads the warning."""

    key: int
    place: int | None
    starts_at: datetime
    ends_at: datetime
    label: str


@dataclass(frozen=True, slots=True)
class ActivityFields:
    """What the committee may change about an activity. Ages are in years, moments aware.

    ``kind_options``: what it chose of the options of its kind, None for all defaults.
    """

    kind: str
    title: str
    summary: str
    description: str
    bring: str
    place_id: int | None
    entry_mode: EntryMode
    opens_at: datetime | None
    closes_at: datetime | None
    min_age: int | None
    max_age: int | None
    max_group: int
    max_per_number: int | None
    waiting_list: bool
    offer_minutes: int
    admission_policy: AdmissionPolicy
    earns_coupon: bool
    kind_options: dict[str, int] | None = None


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """What the generator makes: ``every`` minutes a slot, ``people`` places each (None: no limit)."""

    day: date
    first: time
    last: time
    every: int
    people: int | None
    pause: tuple[time, time] | None = None


def sign_up_state(
    mode: EntryMode,
    opens_at: datetime | None,
    closes_at: datetime | None,
    last_start: datetime | None,
    now: datetime,
    *,
    paused: bool = False,
) -> SignUpState:
    """Whether the public may sign up now. Without a stated end, sign-up closes when the last slot starts.

    A pause counts before the opening too: a countdown would promise what the committee holds back.
    """
    if mode is not EntryMode.OPEN:
        return SignUpState(mode.value)
    end = closes_at or last_start
    over = end is None or now >= end
    if paused and not over:
        return SignUpState.PAUSED
    if opens_at and now < opens_at:
        return SignUpState.NOT_YET
    return SignUpState.CLOSED if over else SignUpState.OPEN


def slot_open(starts_at: datetime, closed: bool, now: datetime) -> bool:
    """A slot takes sign-ups until it starts, unless it was closed by hand."""
    return not closed and now < starts_at


def remaining(capacity: int | None, taken: int) -> int | None:
    """Places left, None where there is no limit."""
    return None if capacity is None else max(0, capacity - taken)


def slot_state(capacity: int | None, taken: int, is_open: bool, waiting_list: bool) -> SlotState:
    """The word and the colour for a slot. Few: at most 5 places or a tenth of them."""
    left = remaining(capacity, taken)
    if not is_open:
        return SlotState.CLOSED
    if left is None or capacity is None:
        return SlotState.UNLIMITED
    if left == 0:
        return SlotState.WAITING_LIST if waiting_list else SlotState.FULL
    return (
        SlotState.FEW if left <= max(FEW_PLACES, capacity * FEW_SHARE) and left < capacity else SlotState.AVAILABLE
    )


def together(slots: Iterable[tuple[int | None, int]]) -> tuple[int | None, int]:
    """Capacity and taken places of several slots as one; capacity None as soon as one has no limit."""
    capacity: int | None = 0
    taken = 0
    for each, gone in slots:
        capacity = None if capacity is None or each is None else capacity + each
        taken += gone
    return capacity, taken


def shown_day(days: Sequence[date], today: date) -> date | None:
    """The day a visitor wants to see first: today, else the next one, after the festival the last one."""
    return next((day for day in sorted(days) if day >= today), max(days, default=None))


def generate_slots(
    day: date, first: time, last: time, every: timedelta, zone: tzinfo, pause: tuple[time, time] | None = None
) -> Iterator[tuple[datetime, datetime]]:
    """Slots of equal length from ``first`` until ``last``, leaving out those that touch the pause.

    Yields aware (start, end) pairs. Raises ValueError for a length that is not positive, a day that ends
    before it begins, or more than 200 slots.
    """
    if every <= timedelta(0):
        raise ValueError("length")
    start, end = datetime.combine(day, first, zone), datetime.combine(day, last, zone)
    if end <= start:
        raise ValueError("order")
    if (end - start) / every > 200:
        raise ValueError("many")
    while start + every <= end:
        if pause is None or not _touches(start, start + every, day, pause, zone):
            yield start, start + every
        start += every


def in_friday_pause(starts_at: datetime, ends_at: datetime, zone: tzinfo) -> bool:
    """True when the stretch touches the Friday prayer (11.30 to 13.00 on the wall clock)."""
    local = starts_at.astimezone(zone)
    return local.weekday() == FRIDAY and _touches(starts_at, ends_at, local.date(), FRIDAY_PAUSE, zone)


def friday_pause(day: date) -> tuple[time, time] | None:
    """The pause to leave out on this day: Friday prayer, else none."""
    return FRIDAY_PAUSE if day.weekday() == FRIDAY else None


def _touches(start: datetime, end: datetime, day: date, pause: tuple[time, time], zone: tzinfo) -> bool:
    return start < datetime.combine(day, pause[1], zone) and end > datetime.combine(day, pause[0], zone)


def merged(windows: Iterable[Window]) -> list[Window]:
    """Windows of one thing, with those that touch or overlap made one: a row of slots is one stretch of work."""
    found: list[Window] = []
    for window in sorted(windows, key=lambda w: w.starts_at):
        if found and window.starts_at <= found[-1].ends_at and window.place == found[-1].place:
            last = found[-1]
            found[-1] = replace(last, ends_at=max(last.ends_at, window.ends_at))
        else:
            found.append(window)
    return found


def clashes(windows: Iterable[Window]) -> list[tuple[Window, Window]]:
    """Pairs of windows that overlap in time at one place. Touching ends do not clash."""
    found: list[tuple[Window, Window]] = []
    open_now: list[Window] = []
    for window in sorted((w for w in windows if w.place is not None), key=lambda w: w.starts_at):
        open_now = [w for w in open_now if w.ends_at > window.starts_at]
        found += [(other, window) for other in open_now if other.place == window.place]
        open_now.append(window)
    return found
