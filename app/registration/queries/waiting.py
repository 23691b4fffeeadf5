"""The line of a slot: who stands in it, what was offered to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import core, db, table, written_out
from app.core.recent import Recent
from app.programme.models import Activity, TimeSlot
from app.registration import rules
from app.registration.models import Booking, BookingStatus, OfferState, Registration, WaitingOffer

AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Group:
    """A registration that waits, with where to write to.

    ``takes`` is how many places it needs; ``people`` counts also who is booked already (``duplicate``).
    """

    id: int
    code: str
    phone: str
    email: str | None
    language: str
    people: int
    takes: int


@dataclass(frozen=True, slots=True)
class Offer:
    """Places kept for a registration."""

    id: int
    registration_id: int
    people: int
    expires_at: datetime
    state: OfferState


@dataclass(frozen=True, slots=True)
class Line:
    """Where a registration stands: how many are before it, what it was offered last, until when there is a line.

    ``offer_minutes`` is how long an offer stands; ``ends_at`` when the line is over (``rules.line_ends``).
    """

    ahead: int
    offer: Offer | None
    offer_minutes: int
    ends_at: datetime


_registration, _booking, _offer = table(Registration), table(Booking), table(WaitingOffer)
_slot, _activity = table(TimeSlot), table(Activity)


def waits(registration: sa.FromClause) -> sa.ColumnElement[bool]:
    """Stands in line, without an offer at the moment. Written out, so that partial indexes serve it."""
    offered = sa.exists().where(
        _offer.c.registration_id == registration.c.id, written_out(_offer.c.state, OfferState.OPEN)
    )
    return sa.and_(written_out(registration.c.status, BookingStatus.WAITLISTED), sa.not_(offered))


def offered_to(registration: type[Registration]) -> sa.ColumnElement[bool]:
    """The open offer of a registration, for a join: there is one at most."""
    mine = WaitingOffer.registration_id == registration.id
    return sa.and_(mine, written_out(_offer.c.state, OfferState.OPEN))


def places_for(registration: sa.FromClause) -> sa.ScalarSelect[int]:
    """How many places a waiting registration takes."""
    return _bookings_of(registration, written_out(_booking.c.status, BookingStatus.WAITLISTED))


def people_of(registration: sa.FromClause) -> sa.ScalarSelect[int]:
    """How many people a registration is for: so many must fit."""
    return _bookings_of(registration, sa.not_(written_out(_booking.c.status, BookingStatus.CANCELLED)))


def _bookings_of(registration: sa.FromClause, which: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    of_it = sa.select(sa.func.count()).where(_booking.c.registration_id == registration.c.id, which)
    return of_it.correlate(registration).scalar_subquery()


_line = (
    sa.select(
        _registration.c.id, _registration.c.code, _registration.c.contact_phone, _registration.c.contact_email,
        _registration.c.language, _registration.c.waiting_since, people_of(_registration).label("people"),
        places_for(_registration).label("takes"),
    )
    .where(_registration.c.slot_id == sa.bindparam("slot_id"), waits(_registration))
    .subquery()
)  # fmt: skip
_NEXT = (
    sa.select(
        _line.c.id, _line.c.code, _line.c.contact_phone, _line.c.contact_email, _line.c.language, _line.c.people,
        _line.c.takes,
    )
    .where(_line.c.takes > 0)
    .order_by(_line.c.waiting_since, _line.c.id)
    .limit(AT_ONCE)
)  # fmt: skip
_NEXT_THAT_FIT = _NEXT.where(_line.c.people <= sa.bindparam("places", type_=sa.Integer))
_OFFERS = sa.select(_offer.c.id, _offer.c.registration_id, _offer.c.people, _offer.c.expires_at, _offer.c.state)
_latest = _offer.alias("latest")
_LAST_OFFER = sa.select(sa.func.max(_latest.c.id)).where(_latest.c.registration_id == _registration.c.id)

_other = _registration.alias("other")
_BEFORE = (
    _other.c.slot_id == _registration.c.slot_id,
    written_out(_other.c.status, BookingStatus.WAITLISTED),
    sa.tuple_(_other.c.waiting_since, _other.c.id) < sa.tuple_(_registration.c.waiting_since, _registration.c.id),
)
_MARK = sa.tuple_(
    sa.bindparam("mark_since", type_=_registration.c.waiting_since.type), sa.bindparam("mark_id", type_=sa.Integer)
)
_AFTER_MARK = sa.tuple_(_registration.c.waiting_since, _registration.c.id) > _MARK


def _how_many(*conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    counted = sa.select(sa.func.count()).select_from(_other).where(*conditions)
    return counted.correlate(_registration).scalar_subquery()


_BETWEEN = _how_many(*_BEFORE, sa.tuple_(_other.c.waiting_since, _other.c.id) > _MARK)
_OFFERED_BEFORE = (
    sa.select(sa.func.count())
    .select_from(_latest.join(_other, _other.c.id == _latest.c.registration_id))
    .where(_latest.c.slot_id == _registration.c.slot_id, written_out(_latest.c.state, OfferState.OPEN), *_BEFORE)
    .correlate(_registration)
    .scalar_subquery()
)
_LINE_OF = (
    sa.select(
        sa.case((_AFTER_MARK, _BETWEEN), else_=_how_many(*_BEFORE)).label("before"),
        _AFTER_MARK.label("after_mark"), _OFFERED_BEFORE.label("offered"),
        _activity.c.offer_minutes, _slot.c.starts_at, _activity.c.closes_at,
        _offer.c.id, _offer.c.people, _offer.c.expires_at, _offer.c.state,
    )
    .select_from(_registration)
    .join(_slot, _slot.c.id == _registration.c.slot_id)
    .join(_activity, _activity.c.id == _registration.c.activity_id)
    .outerjoin(_offer, _offer.c.id == _LAST_OFFER.correlate(_registration).scalar_subquery())
    .where(_registration.c.id == sa.bindparam("id"))
)  # fmt: skip
_END_OF_LINE = (
    sa.select(
        _other.c.waiting_since, _other.c.id,
        sa.select(sa.func.count())
        .where(
            _registration.c.slot_id == sa.bindparam("slot_id"),
            written_out(_registration.c.status, BookingStatus.WAITLISTED),
        )
        .scalar_subquery(),
    )
    .where(_other.c.slot_id == sa.bindparam("slot_id"), written_out(_other.c.status, BookingStatus.WAITLISTED))
    .order_by(_other.c.waiting_since.desc(), _other.c.id.desc())
    .limit(1)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Mark:
    """The end of a line a moment ago: who stood there, and how many up to it."""

    since: datetime
    id: int
    count: int


def _end_of_line(slot_id: str) -> _Mark | None:
    row: Any = core().execute(_END_OF_LINE, {"slot_id": int(slot_id)}).one_or_none()
    return _Mark(*row) if row else None


# In a rush everybody looks just after joining: counting from a mark, the line is not walked through each time.
_ENDS = Recent("end_of_line", _end_of_line)
_NOBODY = _Mark(datetime.min.replace(tzinfo=UTC), 0, 0)


def next_in_line(slot_id: int, places: int | None) -> list[Group]:
    """Who waits without an offer, in order: the first 50 groups of at most ``places`` people (None: any size)."""
    if places is None:
        rows = core().execute(_NEXT, {"slot_id": slot_id})
    else:
        rows = core().execute(_NEXT_THAT_FIT, {"slot_id": slot_id, "places": places})
    return [Group(*row) for row in rows]


def first_waiting_since(slot_id: int) -> datetime | None:
    """Since when the first in line waits, None where nobody does."""
    return db.session.scalar(
        sa.select(_registration.c.waiting_since)
        .where(_registration.c.slot_id == slot_id, written_out(_registration.c.status, BookingStatus.WAITLISTED))
        .order_by(_registration.c.waiting_since, _registration.c.id)
        .limit(1)
    )


def open_offer(registration_id: int) -> Offer | None:
    """What is offered to a registration now, also when its time is over and nobody has noticed yet."""
    of_it = _OFFERS.where(_offer.c.registration_id == registration_id, written_out(_offer.c.state, OfferState.OPEN))
    row: Any = core().execute(of_it).one_or_none()
    return Offer(*row) if row else None


def slots_with_due_offers(now: datetime, most: int) -> list[int]:
    """Slots with offers whose time is over, by id (compare ``rules.offer_ends``)."""
    over = sa.or_(_offer.c.expires_at <= now, _slot.c.starts_at <= now, _activity.c.closes_at <= now)
    return list(
        db.session.scalars(
            sa.select(_offer.c.slot_id)
            .distinct()
            .join(_slot, _slot.c.id == _offer.c.slot_id)
            .join(_activity, _activity.c.id == _slot.c.activity_id)
            .where(written_out(_offer.c.state, OfferState.OPEN), over)
            .order_by(_offer.c.slot_id)
            .limit(most)
        )
    )


def open_offers_of_slot(slot_id: int) -> list[Offer]:
    """All that is offered in a slot, the earliest first."""
    of_it = _OFFERS.where(_offer.c.slot_id == slot_id, written_out(_offer.c.state, OfferState.OPEN))
    return [Offer(*row) for row in core().execute(of_it.order_by(_offer.c.id))]


def line_of(registration_id: int, slot_id: int) -> Line:
    """Where a registration stands in its slot's line, in one SELECT, or two every other second.

    Who left the line in the last PAGE_SECONDS may still be counted.
    """
    mark = _ENDS.kept(str(slot_id)) or _NOBODY
    told = {"id": registration_id, "mark_since": mark.since, "mark_id": mark.id}
    row: Any = core().execute(_LINE_OF, told).one()
    ahead = row.before - row.offered + (mark.count if row.after_mark else 0)
    offer = None if row.id is None else Offer(row.id, registration_id, row.people, row.expires_at, row.state)
    return Line(max(0, ahead), offer, row.offer_minutes, rules.line_ends(row.starts_at, row.closes_at))


def last_undoable(registration_id: int) -> datetime | None:
    """When its owner last cancelled something in a registration, None where nothing can be undone."""
    return db.session.scalar(
        sa.select(sa.func.max(_booking.c.cancelled_at)).where(
            _booking.c.registration_id == registration_id,
            written_out(_booking.c.status, BookingStatus.CANCELLED),
            _booking.c.cancelled_from.is_not(None),
        )
    )
