"""What the sign-up page says of an activity, in one SELECT (hot path: SQLAlchemy Core)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import core, table
from app.festival.models import Festival
from app.programme.models import Activity, EntryMode, TimeSlot


@dataclass(frozen=True, slots=True)
class FestivalFacts:
    """What the frame of a page says of the festival."""

    name: str
    organiser: str
    notice: str


@dataclass(frozen=True, slots=True)
class FormSlot:
    """A time to choose."""

    id: int
    starts_at: datetime
    ends_at: datetime
    capacity: int | None
    taken: int
    closed: bool
    moved_from: datetime | None
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True)
class ActivityFacts:
    """An activity with all that its sign-up page shows; slots by time. Attributes are named as in the model."""

    id: int
    slug: str
    kind: str
    title: str
    bring: str
    entry_mode: EntryMode
    opens_at: datetime | None
    closes_at: datetime | None
    paused_at: datetime | None
    min_age: int | None
    max_age: int | None
    max_group: int
    max_per_number: int | None
    waiting_list: bool
    earns_coupon: bool
    festival: FestivalFacts
    slots: tuple[FormSlot, ...]


_activity, _festival, _slot = table(Activity), table(Festival), table(TimeSlot)
_ACTIVITY = (
    _activity.c.id, _activity.c.slug, _activity.c.kind, _activity.c.title, _activity.c.bring,
    _activity.c.entry_mode, _activity.c.opens_at, _activity.c.closes_at, _activity.c.paused_at,
    _activity.c.min_age, _activity.c.max_age, _activity.c.max_group, _activity.c.max_per_number,
    _activity.c.waiting_list, _activity.c.earns_coupon,
)  # fmt: skip
_FESTIVAL = (_festival.c.name, _festival.c.organiser, _festival.c.notice)
_SLOT = (
    _slot.c.id, _slot.c.starts_at, _slot.c.ends_at, _slot.c.capacity, _slot.c.taken, _slot.c.closed,
    _slot.c.moved_from, _slot.c.cancelled_at,
)  # fmt: skip
_FORM = (
    sa.select(*_SLOT, *_FESTIVAL, *_ACTIVITY)
    .select_from(_activity)
    .join(_festival, _festival.c.id == _activity.c.festival_id)
    .outerjoin(_slot, _slot.c.activity_id == _activity.c.id)
    .where(_festival.c.is_current, _activity.c.slug == sa.bindparam("slug"))
    .order_by(_slot.c.starts_at)
)


def activity_to_sign_up_for(slug: str) -> ActivityFacts | None:
    """The activity of the current festival with its slots as they stand now, None for an unknown one."""
    rows: list[Any] = list(core().execute(_FORM, {"slug": slug}))
    if not rows:
        return None
    places, frame = len(_SLOT), len(_SLOT) + len(_FESTIVAL)
    slots = tuple(FormSlot(*row[:places]) for row in rows if row[0] is not None)
    values: list[Any] = [*rows[0][frame:], FestivalFacts(*rows[0][places:frame]), slots]
    return ActivityFacts(*values)
