"""All that can happen to places, in any order.

Sign-up, cancelling, undo, offers, lapses, other slots, names, teams; slots that the committee moves or calls off,
sign-up that it holds. After each step the counters add up, nobody has a place without a ticket, and nobody waits
who would fit.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.core.db import db, in_transaction
from app.core.errors import DomainError
from app.programme import services as programme
from app.programme.models import TimeSlot
from app.registration import queries, rules, services
from app.registration.models import (
    Booking,
    BookingStatus,
    OfferState,
    Registration,
    RegistrationStatus,
    Team,
    TeamPlace,
    TeamPlaceState,
    Ticket,
    TicketStatus,
    WaitingOffer,
)
from tests import factories
from tests.conftest import empty_database
from tests.registration.signing import person, request

START = datetime(2026, 7, 20, 1, tzinfo=UTC)
OFFER = timedelta(minutes=30)
CLOSES = timedelta(hours=8)
NAMES = ("Siti", "Budi", "Ayu", "Dewi")
REFUSALS = {
    "slot_full", "already_registered", "undo_too_late", "slot_closed", "registration_closed", "not_live",
    "below_taken", "slot_over", "slot_cancelled", "registration_paused", "place_gone", "invalid",
}  # fmt: skip
LIVE = (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED)
PICK = st.integers(0, 7)
_keys = itertools.count(1)


def one_of(found: list[int], which: int) -> int:
    """One of those there are."""
    return found[which % len(found)]


class Places(RuleBasedStateMachine):
    """Two slots of one activity, some telephone numbers, a clock that goes on. The database is the model."""

    @initialize(
        capacities=st.tuples(st.integers(1, 4), st.integers(0, 3)),
        families=st.lists(st.integers(1, 3), min_size=2, max_size=6),
        kind=st.sampled_from(["fun_walk", "gymnastics"]),
    )
    def open(self, capacities: tuple[int, int], families: list[int], kind: str) -> None:
        """Families of one to three, each with a number of its own, want the first slot to begin with."""
        self.now, self.paused, self.kind = START, False, kind
        activity = factories.activity(
            factories.festival(is_current=False),
            kind=kind,
            offer_minutes=OFFER / timedelta(minutes=1),
            closes_at=START + CLOSES,
        )
        self.activity_id = activity.id
        self.slots = [
            factories.slot(activity, starts_at=START + CLOSES + timedelta(hours=2 * n), capacity=capacity)
            for n, capacity in enumerate(capacities)
        ]
        for number, people in enumerate(families):
            self.send(0, number, NAMES[:people], waitlist=True, proof=False)

    def attempt(self, work: Any) -> None:
        """Do it as a route does; a refusal in words is an answer like any other."""
        try:
            in_transaction(work)
        except DomainError as refusal:
            if refusal.code not in REFUSALS:
                raise
        finally:
            db.session.rollback()

    @invariant()
    def look_round(self) -> None:
        """What can be done with whom; the steps choose among these."""
        db.session.rollback()
        self.alive = self._ids(Registration.status != RegistrationStatus.CANCELLED)
        self.offered = self._ids(
            sa.exists().where(
                WaitingOffer.registration_id == Registration.id, WaitingOffer.state == OfferState.OPEN
            )
        )
        self.undoable = self._ids(
            sa.exists().where(
                Booking.registration_id == Registration.id, Booking.cancelled_from.is_not(None),
                Booking.cancelled_at >= self.now - timedelta(minutes=2),
            )
        )  # fmt: skip

        self.places = [
            (row.id, row.code, row.registration_id)
            for row in db.session.execute(
                sa.select(TeamPlace.id, TeamPlace.code, Team.registration_id)
                .join(Team, Team.id == TeamPlace.team_id)
                .join(Registration, Registration.id == Team.registration_id)
                .where(Registration.activity_id == self.activity_id)
                .order_by(TeamPlace.id)
            )
        ]

    def _ids(self, condition: sa.ColumnElement[bool]) -> list[int]:
        mine = sa.select(Registration.id).where(Registration.activity_id == self.activity_id, condition)
        return list(db.session.scalars(mine.order_by(Registration.id)))

    @rule(
        slot=st.integers(0, 1), number=st.integers(0, 5), waitlist=st.integers(0, 4),
        names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3), proof=st.booleans(),
    )  # fmt: skip
    def sign_up(self, slot: int, number: int, names: list[str], waitlist: int, proof: bool) -> None:
        self.send(slot, number, names, waitlist=waitlist > 0, proof=proof)

    def send(self, slot: int, number: int, names: Sequence[str], *, waitlist: bool, proof: bool) -> None:
        phone = f"+62812345678{number:02}"
        wanted = request(
            self.slots[slot], *map(person, names), phone=phone, waitlist=waitlist, key=f"machine-{next(_keys)}"
        )
        codes = [own.code for own in queries.registrations_of_phone(self.slots[0].festival_id, phone)]
        self.attempt(lambda: services.sign_up(wanted, codes if proof else [], self.now))

    @precondition(lambda self: self.alive)
    @rule(which=PICK)
    def cancel_all(self, which: int) -> None:
        mine = one_of(self.alive, which)
        self.attempt(lambda: services.cancel(mine, self.now))

    @precondition(lambda self: self.alive)
    @rule(which=PICK, person=st.integers(0, 2), undoable=st.integers(0, 4))
    def cancel_one(self, which: int, person: int, undoable: int) -> None:
        mine = one_of(self.alive, which)
        live = [b.id for b in self.bookings() if b.registration_id == mine and b.status in LIVE]
        if live:
            self.attempt(lambda: services.cancel(mine, self.now, [one_of(live, person)], undoable=undoable > 0))

    @precondition(lambda self: self.undoable)
    @rule(which=PICK)
    def undo(self, which: int) -> None:
        mine = one_of(self.undoable, which)
        self.attempt(lambda: services.undo(mine, self.now))

    @precondition(lambda self: self.offered)
    @rule(which=PICK)
    def accept(self, which: int) -> None:
        mine = one_of(self.offered, which)
        self.attempt(lambda: services.accept(mine, self.now))

    @precondition(lambda self: self.offered)
    @rule(which=PICK)
    def decline(self, which: int) -> None:
        mine = one_of(self.offered, which)
        self.attempt(lambda: services.decline(mine, self.now))

    @precondition(lambda self: self.alive)
    @rule(which=PICK, slot=st.integers(0, 1))
    def change_slot(self, which: int, slot: int) -> None:
        mine = one_of(self.alive, which)
        self.attempt(lambda: services.change_slot(mine, self.slots[slot].id, self.now))

    @precondition(lambda self: self.alive)
    @rule(which=PICK, name=st.sampled_from(NAMES))
    def correct_name(self, which: int, name: str) -> None:
        mine = one_of(self.alive, which)
        first = next(b.id for b in self.bookings() if b.registration_id == mine)
        self.attempt(lambda: services.correct_names(mine, {first: name}, self.now))

    @rule(slot=st.integers(0, 1), capacity=st.one_of(st.none(), st.integers(0, 5)), closed=st.integers(0, 4))
    def committee_changes_slot(self, slot: int, capacity: int | None, closed: int) -> None:
        slot_id = self.slots[slot].id
        self.attempt(
            lambda: programme.change_slot(self.activity_id, slot_id, capacity, closed == 1, None, self.now)
        )

    @precondition(lambda self: self.kind == "gymnastics")
    @rule(slot=st.integers(0, 1), number=st.integers(0, 5), size=st.integers(2, 4))
    def reserve_team(self, slot: int, number: int, size: int) -> None:
        wanted = request(
            self.slots[slot], person(NAMES[0]), phone=f"+62812345678{number:02}", key=f"machine-{next(_keys)}"
        )
        self.attempt(lambda: services.reserve_team(wanted, "RW 05", size, [], self.now))

    @precondition(lambda self: self.places)
    @rule(which=PICK, number=st.integers(0, 9), name=st.sampled_from(NAMES))
    def name_place(self, which: int, number: int, name: str) -> None:
        code = self.places[which % len(self.places)][1]
        wanted = request(
            self.slots[0], person(name), phone=f"+62812345678{number:02}", key=f"machine-{next(_keys)}"
        )
        self.attempt(lambda: services.name_place(code, wanted, [], self.now))

    @precondition(lambda self: self.places)
    @rule(which=PICK)
    def free_place(self, which: int) -> None:
        place_id, _code, leader = self.places[which % len(self.places)]
        self.attempt(lambda: services.free_place(leader, place_id, self.now))

    @rule(slot=st.integers(0, 1), minutes=st.sampled_from([-90, -30, 30, 90]))
    def committee_moves_slot(self, slot: int, minutes: int) -> None:
        stored = self.stored_slots()[slot]
        was, slot_id = (stored.starts_at, stored.ends_at), stored.id
        db.session.rollback()
        becomes = was[0] + timedelta(minutes=minutes), was[1] + timedelta(minutes=minutes)
        self.attempt(lambda: services.move_slot(self.activity_id, slot_id, was, becomes, None, self.now))

    @rule(slot=st.integers(0, 1), really=st.integers(0, 9))
    def committee_calls_slot_off(self, slot: int, really: int) -> None:
        """Seldom, for nothing happens in the slot afterwards."""
        if really == 0:
            slot_id = self.slots[slot].id
            self.attempt(lambda: services.cancel_slot(self.activity_id, slot_id, "hujan", None, self.now))

    @rule()
    def committee_holds_or_resumes(self) -> None:
        change = programme.resume_sign_up if self.paused else programme.pause_sign_up
        self.paused = not self.paused
        self.attempt(lambda: change(self.activity_id, None, self.now))
        in_transaction(lambda: services.fill_freed_places(self.now))
        db.session.rollback()

    @rule(minutes=st.sampled_from([0.5, 1, 10, 31]))
    def time_goes_by(self, minutes: float) -> None:
        """The worker comes round every few seconds."""
        self.now += timedelta(minutes=minutes)
        in_transaction(lambda: services.lapse_offers(self.now))
        in_transaction(lambda: services.lapse_team_places(self.now))
        db.session.rollback()

    def bookings(self) -> list[Booking]:
        db.session.rollback()
        db.session.expire_all()
        return list(
            db.session.scalars(
                sa.select(Booking).where(Booking.activity_id == self.activity_id).order_by(Booking.id)
            )
        )

    def stored_slots(self) -> Sequence[TimeSlot]:
        return db.session.scalars(
            sa.select(TimeSlot).where(TimeSlot.activity_id == self.activity_id).order_by(TimeSlot.id)
        ).all()

    @invariant()
    def places_add_up(self) -> None:
        confirmed: dict[int, int] = defaultdict(int)
        for booking in self.bookings():
            confirmed[booking.slot_id] += booking.status is BookingStatus.CONFIRMED
        here = WaitingOffer.slot_id.in_([slot.id for slot in self.slots])
        open_offers = sa.select(WaitingOffer).where(WaitingOffer.state == OfferState.OPEN, here)
        offered: dict[int, int] = defaultdict(int)
        for offer in db.session.scalars(open_offers):
            offered[offer.slot_id] += offer.people
            assert self.now < offer.expires_at <= START + CLOSES
        kept: dict[int, int] = defaultdict(int)
        unnamed = (
            sa.select(Registration.slot_id, Team.names_due_at)
            .join(Team, Team.registration_id == Registration.id)
            .join(TeamPlace, TeamPlace.team_id == Team.id)
            .where(Registration.activity_id == self.activity_id, TeamPlace.state == TeamPlaceState.OPEN)
        )
        for slot_id, _due in db.session.execute(unnamed):
            kept[slot_id] += 1
        for slot in self.stored_slots():
            assert slot.taken == confirmed[slot.id] + offered[slot.id] + kept[slot.id]
            assert not (slot.cancelled_at and slot.taken)
            assert slot.capacity is None or slot.taken <= slot.capacity

    @invariant()
    def live_bookings_are_unique_and_have_tickets_when_confirmed(self) -> None:
        live = [b for b in self.bookings() if b.status in LIVE]
        assert len({(b.activity_id, b.participant_id) for b in live}) == len(live)
        valid = set(db.session.scalars(sa.select(Ticket.participant_id).where(Ticket.status == TicketStatus.VALID)))
        assert {b.participant_id for b in live if b.status is BookingStatus.CONFIRMED} <= valid

    @invariant()
    def nobody_waits_who_fits(self) -> None:
        """First fit: as long as there is a line, no group in it fits into what is free."""
        db.session.rollback()
        offers = sa.select(WaitingOffer.registration_id).where(WaitingOffer.state == OfferState.OPEN)
        line = db.session.execute(
            sa.select(
                Registration.slot_id,
                sa.func.count().filter(Booking.status != BookingStatus.CANCELLED).label("people"),
                sa.func.count().filter(Booking.status == BookingStatus.WAITLISTED).label("takes"),
            )
            .join(Booking, Booking.registration_id == Registration.id)
            .where(
                Registration.activity_id == self.activity_id,
                Registration.status == RegistrationStatus.WAITLISTED,
                Registration.id.not_in(offers),
            )
            .group_by(Registration.id, Registration.slot_id)
        ).all()
        for slot in self.stored_slots():
            if slot.closed or self.paused or self.now >= rules.line_ends(slot.starts_at, START + CLOSES):
                continue
            left = None if slot.capacity is None else slot.capacity - slot.taken
            fits = [
                row for row in line if row.slot_id == slot.id and row.takes and (left is None or row.people <= left)
            ]
            assert not fits

    @invariant()
    def the_doctor_finds_nothing(self) -> None:
        db.session.rollback()
        assert services.check() == []


@pytest.fixture
def state_machine(app: Flask) -> Iterator[type[Places]]:
    with app.app_context():
        empty_database()
        yield Places
        db.session.remove()


def test_places_in_any_order_of_events(state_machine: type[Places]) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        state_machine,
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
