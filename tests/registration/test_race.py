"""Many at once: several processes with threads against one database. The places are what they are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core.db import db
from app.registration import services
from app.registration.models import Booking, Participant, Registration, Ticket
from tests import factories
from tests.registration.crowds import PROCESSES, run
from tests.registration.signing import person, request, sign, taken

pytestmark = [pytest.mark.usefixtures("ctx"), pytest.mark.processes]


def count(model) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_two_hundred_for_fifty_places(settings):
    slot = factories.slot(factories.activity(factories.festival()), capacity=50)
    orders = [
        [{"slot": slot.id, "phone": f"+6281{p}{n:08}", "names": ["Warga"], "key": f"{p}-{n}"} for n in range(50)]
        for p in range(PROCESSES)
    ]
    said = Counter(run(settings, orders))
    assert said == {"confirmed": 50, "slot_full": 150}
    assert (taken(slot), count(Registration), count(Booking), count(Ticket)) == (50, 50, 50, 50)
    assert services.check() == []


def test_families_and_a_waiting_list(settings):
    slot = factories.slot(factories.activity(factories.festival()), capacity=20)
    orders = [
        [
            {
                "slot": slot.id, "phone": f"+6281{p}{n:08}", "names": ["A", "B", "C"][: 1 + n % 3],
                "key": f"{p}-{n}", "waitlist": True, "cancel": n % 4 == 0,
            }
            for n in range(16)
        ]
        for p in range(PROCESSES)
    ]  # fmt: skip
    said = Counter(run(settings, orders))
    assert set(said) <= {"confirmed", "waitlisted", "cancelled"}
    assert taken(slot) == 20
    assert services.check() == []


def test_one_key_from_everywhere_registers_once(settings):
    slot = factories.slot(factories.activity(factories.festival()))
    order = {"slot": slot.id, "phone": "+6281234567890", "names": ["Siti", "Budi"], "key": "sama"}
    said = run(settings, [[order] * 10 for _ in range(PROCESSES)])
    assert said == ["confirmed"] * 40
    assert (taken(slot), count(Registration), count(Participant)) == (2, 1, 2)


def test_one_family_signed_up_by_everybody_at_once_is_one_family(settings):
    festival = factories.festival()
    slots = [factories.slot(factories.activity(festival, slug=f"k-{n}")) for n in range(4)]
    orders = [
        [
            {
                "slot": slots[(n + p) % 4].id,
                "phone": "+6281234567890",
                "names": ["Siti", "Budi", "Ayu"],
                "key": f"{p}-{n}",
            }
            for n in range(8)
        ]
        for p in range(PROCESSES)
    ]
    said = run(settings, orders)
    assert said == ["confirmed"] * 32
    assert (count(Participant), count(Ticket)) == (3, 3)
    assert [taken(slot) for slot in slots] == [3, 3, 3, 3]
    assert services.check() == []


def test_a_second_place_is_never_given_to_one_person():
    """The last word of the index, when two sign-ups slip past each other."""
    slot = factories.slot(factories.activity(factories.festival()))
    first = sign(request(slot, person("Siti")))
    second = sign(replace(request(slot, person("Siti")), key="other"))
    assert first.code != second.code
    assert taken(slot) == 1


def test_bib_numbers_of_one_walk_never_meet(settings):
    """Two slots share one count; nobody loses a race for a number, and none is given twice."""
    walk = factories.activity(factories.festival())
    slots = [factories.slot(walk, starts_in=timedelta(hours=hours)) for hours in (2, 5)]
    orders = [
        [
            {"slot": slots[n % 2].id, "phone": f"+6281{p}{n:08}", "names": ["A", "B"], "key": f"{p}-{n}"}
            for n in range(20)
        ]
        for p in range(PROCESSES)
    ]
    assert Counter(run(settings, orders)) == {"confirmed": 80}
    db.session.rollback()
    assert sorted(db.session.scalars(sa.select(Booking.bib))) == list(range(1, 161))
