"""The waiting list: freed places are offered to the first registrations whose whole group fits.

All of it happens under the lock of the slot, in the transaction that frees the places.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.db import core, db, rows_changed, table
from app.programme.models import Activity, TimeSlot
from app.programme.queries import SignUpState, remaining, sign_up_state, slot_open
from app.registration import queries, rules
from app.registration.models import (
    Booking,
    BookingStatus,
    OfferState,
    Registration,
    RegistrationStatus,
    WaitingOffer,
)
from app.registration.queries import Group, Offer
from app.registration.services import letters
from app.registration.services.places import give_back_places, lock_slots, take_places

MOST_SLOTS = 50

_slots, _activities = table(TimeSlot), table(Activity)
_LEFT = (
    sa.select(_slots.c.capacity - _slots.c.taken)
    .where(_slots.c.id == sa.bindparam("id"))
    .with_for_update(read=True)
)  # fmt: skip
_LOCKED = (
    sa.select(
        _slots.c.id, _slots.c.festival_id, _slots.c.starts_at, _slots.c.ends_at, _slots.c.closed,
        _slots.c.capacity, _slots.c.taken, _activities.c.title, _activities.c.entry_mode, _activities.c.opens_at,
        _activities.c.closes_at, _activities.c.offer_minutes, _activities.c.paused_at,
    )
    .join(_activities, _activities.c.id == _slots.c.activity_id)
    .where(_slots.c.id == sa.bindparam("id"))
    .with_for_update(of=_slots, key_share=True)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Slot:
    id: int
    festival_id: int
    title: str
    starts_at: datetime
    closes_at: datetime | None
    lasts: timedelta
    places: int | None


def fill_places(slot_id: int, now: datetime) -> int:
    """Offer a slot's free places to those who wait for them; returns how many registrations were offered some.

    First fit in order: a group that does not fit is passed over and keeps its position. Nothing happens once
    sign-up is over or held, and in a slot that has begun or is closed.
    """
    slot = _slot(slot_id, now)
    if slot is None:
        return 0
    offered, left = 0, slot.places
    while left is None or left > 0:
        groups = {group.id: group for group in queries.next_in_line(slot_id, left)}
        chosen = rules.waiting_that_fit(((g.id, g.people, g.takes) for g in groups.values()), left)
        for registration_id in chosen:
            _offer(slot, groups[registration_id], now)
        if not chosen:
            break
        offered += len(chosen)
        left = None if left is None else left - sum(groups[n].takes for n in chosen)
    return offered


def fill_for_newcomer(slot_id: int, now: datetime) -> int:
    """``fill_places`` for who has just come to the line: places freed by somebody who could not see them yet.

    A shared lock lets those who free places finish, and newcomers to a full house do not wait for each other.
    """
    left = core().execute(_LEFT, {"id": slot_id}).scalar_one_or_none()
    return fill_places(slot_id, now) if left is None or left > 0 else 0


def _slot(slot_id: int, now: datetime) -> _Slot | None:
    """The slot, locked; None where nothing can be offered (any more)."""
    row: Any = core().execute(_LOCKED, {"id": slot_id}).one_or_none()
    if row is None or not slot_open(row.starts_at, row.closed, now):
        return None
    paused = row.paused_at is not None
    state = sign_up_state(row.entry_mode, row.opens_at, row.closes_at, row.ends_at, now, paused=paused)
    if state is not SignUpState.OPEN:
        return None
    lasts, left = timedelta(minutes=row.offer_minutes), remaining(row.capacity, row.taken)
    return _Slot(row.id, row.festival_id, row.title, row.starts_at, row.closes_at, lasts, left)


def _offer(slot: _Slot, group: Group, now: datetime) -> None:
    taken = take_places(slot.id, group.takes, group.people)
    assert taken, "the lock of the slot keeps its places"  # noqa: S101
    until = rules.offer_ends(now + slot.lasts, slot.starts_at, slot.closes_at)
    db.session.execute(
        sa.insert(WaitingOffer).values(
            registration_id=group.id, slot_id=slot.id, people=group.takes, offered_at=now, expires_at=until,
            state=OfferState.OPEN,
        )
    )  # fmt: skip
    letters.tell_of_offer(slot.festival_id, group, slot.title, slot.starts_at, until, now)


def settle(offer_id: int, state: OfferState, now: datetime) -> bool:
    """Close an offer; False when it was closed already. The places are the caller's to give on or back."""
    change = sa.update(WaitingOffer).where(WaitingOffer.id == offer_id, WaitingOffer.state == OfferState.OPEN)
    return rows_changed(change.values(state=state, settled_at=now)) > 0


def reduce_offer(registration_id: int, people: int, state: OfferState, now: datetime) -> int:
    """Take people out of a registration's open offer, if it has one; returns how many places that frees.

    An offer for nobody is closed with ``state``.
    """
    offer = queries.open_offer(registration_id)
    if offer is None or people == 0:
        return 0
    if people >= offer.people:
        settle(offer.id, state, now)
        return offer.people
    change = sa.update(WaitingOffer).where(WaitingOffer.id == offer.id)
    rows_changed(change.values(people=WaitingOffer.people - people))
    return people


def lapse_offers(now: datetime) -> int:
    """End offers whose time is over, and offer their places to the next in line; returns how many ended."""
    ended = 0
    for slot_id in queries.slots_with_due_offers(now, MOST_SLOTS):
        lock_slots([slot_id])
        ends = _ends(slot_id)
        due = [o for o in queries.open_offers_of_slot(slot_id) if now >= rules.offer_ends(o.expires_at, *ends)]
        for offer in due:
            lapse(offer, slot_id, now)
        fill_places(slot_id, now)
        ended += len(due)
    return ended


def lapse(offer: Offer, slot_id: int, now: datetime) -> None:
    """End one offer: who did not answer leaves the line, or it would never move on."""
    if not settle(offer.id, OfferState.LAPSED, now):
        return
    rows_changed(
        sa.update(Booking)
        .where(Booking.registration_id == offer.registration_id, Booking.status == BookingStatus.WAITLISTED)
        .values(status=BookingStatus.CANCELLED, cancelled_at=now, cancelled_from=None)
    )
    rows_changed(
        sa.update(Registration)
        .where(Registration.id == offer.registration_id)
        .values(status=RegistrationStatus.CANCELLED, cancelled_at=now)
    )
    give_back_places(slot_id, offer.people)


def _ends(slot_id: int) -> tuple[datetime, datetime | None]:
    row = db.session.execute(
        sa.select(TimeSlot.starts_at, Activity.closes_at)
        .join(Activity, Activity.id == TimeSlot.activity_id)
        .where(TimeSlot.id == slot_id)
    ).one()
    return row.starts_at, row.closes_at
