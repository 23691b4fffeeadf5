"""Cancelling, undoing, offers, other slots, all at once from several processes: places add up, nobody is lost."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

import config
from app.core import clock
from app.core.db import db, in_transaction
from app.programme.models import TimeSlot
from app.registration import queries, services
from app.registration.models import Booking, BookingStatus, Registration, RegistrationStatus
from tests import factories
from tests.registration.crowds import PROCESSES, run
from tests.registration.signing import person, request, sign, taken

pytestmark = [pytest.mark.usefixtures("ctx"), pytest.mark.processes]
DEEDS = ("cancel", "cancel_one", "undo", "accept", "decline", "change", "rename")


def shared_out(orders: list[dict[str, object]]) -> list[list[dict[str, object]]]:
    """Among the processes, in turn."""
    return [orders[n::PROCESSES] for n in range(PROCESSES)]


def at_once(settings: config.Settings, orders: list[list[dict[str, object]]]) -> list[str]:
    """Three threads a process: these deeds all want the same few slots, and more would only stand in a queue."""
    return run(settings, orders, threads=3)


def sit_down(slots: list[TimeSlot], families: int) -> list[int]:
    """Families of one to three, each with a number of its own; gives back their registrations."""
    return [
        sign(
            request(
                slots[n % len(slots)], *(person(f"W{n} {i}") for i in range(1 + n % 3)),
                phone=f"+62812777{n:05}", waitlist=True,
            )
        ).registration_id
        for n in range(families)
    ]  # fmt: skip


def nobody_waits_who_fits() -> None:
    db.session.rollback()
    for slot in db.session.scalars(sa.select(TimeSlot)):
        left = None if slot.capacity is None else slot.capacity - slot.taken
        assert queries.next_in_line(slot.id, left) == []


def everything_adds_up(slots: list[TimeSlot]) -> None:
    nobody_waits_who_fits()
    assert services.check() == []
    assert all(taken(slot) <= (slot.capacity or 0) for slot in slots)


@pytest.mark.parametrize("seed", [1, 2])
def test_everything_at_once(settings, seed):
    activity = factories.activity(factories.festival(), offer_minutes=60)
    slots = [factories.slot(activity, starts_in=timedelta(days=2 + n), capacity=12) for n in range(3)]
    registrations = sit_down(slots, 36)
    for done in registrations[:6]:
        in_transaction(lambda done=done: services.cancel(done, clock.now()))
    bookings = dict(
        db.session.execute(
            sa.select(Booking.registration_id, sa.func.min(Booking.id)).group_by(Booking.registration_id)
        ).all()
    )
    luck = random.Random(seed)
    orders: list[dict[str, object]] = [
        {
            "deed": luck.choice(DEEDS), "registration": registration, "booking": bookings[registration],
            "slot": luck.choice(slots).id, "name": luck.choice(("Siti", "Budi")),
        }
        for registration in registrations * 2
    ]  # fmt: skip
    orders += [{"deed": "lapse", "hours": 2} for _ in range(6)]
    orders += [
        {
            "slot": luck.choice(slots).id,
            "phone": f"+62812888{n:05}",
            "names": ["A", "B"][: 1 + n % 2],
            "key": f"new-{n}",
            "waitlist": True,
        }
        for n in range(30)
    ]
    luck.shuffle(orders)
    said = Counter(at_once(settings, shared_out(orders)))
    assert said["confirmed"] + said["waitlisted"] == 30
    assert said["change"]
    assert said["cancel"]
    everything_adds_up(slots)


def test_the_freed_place_and_the_newcomer_who_waits_find_each_other(settings):
    """One cancels while others join the line: whoever is second sees the first."""
    slot = factories.slot(factories.activity(factories.festival()), starts_in=timedelta(days=2), capacity=20)
    seated = [sign(request(slot, person("S"), phone=f"+62812777{n:05}")).registration_id for n in range(20)]
    orders: list[dict[str, object]] = [{"deed": "cancel", "registration": done} for done in seated]
    orders += [
        {"slot": slot.id, "phone": f"+62812888{n:05}", "names": ["A"], "key": f"new-{n}", "waitlist": True}
        for n in range(40)
    ]
    random.Random(3).shuffle(orders)
    said = Counter(at_once(settings, shared_out(orders)))
    assert (said["cancel"], said["confirmed"] + said["waitlisted"]) == (20, 40)
    assert taken(slot) == 20, "without any help of the worker"
    everything_adds_up([slot])


def test_one_offer_answered_by_everybody_at_once(settings):
    slot = factories.slot(factories.activity(factories.festival()), starts_in=timedelta(days=2), capacity=2)
    seated, waiting, next_one = [
        sign(request(slot, person("A"), person("B"), phone=f"+62812999{n:05}", waitlist=True)).registration_id
        for n in range(3)
    ]
    in_transaction(lambda: services.cancel(seated, clock.now()))
    deeds = ["accept", "decline", "accept", "cancel"] * 6
    at_once(settings, shared_out([{"deed": deed, "registration": waiting} for deed in deeds]))
    view = queries.registration_by_id(waiting)
    assert view.status in (RegistrationStatus.CONFIRMED, RegistrationStatus.CANCELLED)
    assert (queries.open_offer(next_one) is not None) == (view.status is RegistrationStatus.CANCELLED)
    everything_adds_up([slot])


def test_two_slots_exchanged_by_everybody_at_once(settings):
    """Half go one way, half the other: nobody waits in a circle, nobody loses a place."""
    activity = factories.activity(factories.festival())
    slots = [factories.slot(activity, starts_in=timedelta(days=2 + n), capacity=60) for n in range(2)]
    registrations = sit_down(slots, 24)
    wanted = {registration: slots[(n + 1) % 2].id for n, registration in enumerate(registrations)}
    said = Counter(
        at_once(settings, shared_out([{"deed": "change", "registration": r, "slot": s} for r, s in wanted.items()]))
    )
    assert said == {"change": 24}
    db.session.rollback()
    assert dict(db.session.execute(sa.select(Registration.id, Registration.slot_id)).all()) == wanted
    live = sa.select(sa.func.count()).where(Booking.status == BookingStatus.CONFIRMED)
    assert db.session.scalar(live) == sum(taken(slot) for slot in slots)
    everything_adds_up(slots)


def test_undo_against_those_who_are_quick(settings):
    slot = factories.slot(factories.activity(factories.festival()), starts_in=timedelta(days=2), capacity=10)
    seated = [sign(request(slot, person("S"), phone=f"+62812777{n:05}")).registration_id for n in range(10)]
    for done in seated:
        in_transaction(lambda done=done: services.cancel(done, clock.now()))
    orders: list[dict[str, object]] = [{"deed": "undo", "registration": done} for done in seated]
    orders += [{"slot": slot.id, "phone": f"+62812888{n:05}", "names": ["A"], "key": f"new-{n}"} for n in range(10)]
    said = Counter(at_once(settings, shared_out(orders)))
    assert said["undo"] == 10
    assert taken(slot) == 10
    assert said["confirmed"] + said["slot_full"] == 10
    everything_adds_up([slot])
