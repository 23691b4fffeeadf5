"""The waiting list: whom places are offered to, for how long, what answering does."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.db import db, in_transaction, transaction
from app.core.errors import DomainError
from app.messaging.models import OutboxMessage
from app.programme import services as programme
from app.programme.models import Activity, TimeSlot
from app.registration import queries, services
from app.registration.models import OfferState, Registration, RegistrationStatus, Ticket, WaitingOffer
from app.registration.services import Accepted, OfferGone
from tests import factories
from tests.registration.signing import counted, person, request, sign, taken

pytestmark = pytest.mark.usefixtures("ctx")
CONFIRMED, WAITLISTED, CANCELLED = RegistrationStatus
NOW = clock.now().replace(microsecond=0)


@pytest.fixture
def walk():
    return factories.activity(factories.festival(), offer_minutes=60)


@pytest.fixture
def slot(walk):
    return factories.slot(walk, starts_at=NOW + timedelta(days=2), capacity=2)


def group(slot, *names: str, now=NOW):
    """A group that wants places, or waits for them."""
    return sign(request(slot, *map(person, names), waitlist=True), now=now)


def cancel(done, *names: str, now=NOW):
    view = queries.registration_by_code(done.code)
    ids = [p.booking_id for p in view.people if p.name in names] or None
    return in_transaction(lambda: services.cancel(done.registration_id, now, ids))


def accept(done, now=NOW):
    return in_transaction(lambda: services.accept(done.registration_id, now))


def decline(done, now=NOW):
    return in_transaction(lambda: services.decline(done.registration_id, now))


def lapse(now) -> int:
    return in_transaction(lambda: services.lapse_offers(now))


def offer_of(done) -> queries.Offer | None:
    db.session.rollback()
    return queries.open_offer(done.registration_id)


def status_of(done) -> RegistrationStatus:
    db.session.rollback()
    return queries.registration_by_code(done.code).status


def ahead(done) -> int:
    db.session.rollback()
    slot_id = db.session.scalars(
        sa.select(Registration.slot_id).where(Registration.id == done.registration_id)
    ).one()
    return queries.line_of(done.registration_id, slot_id).ahead


def messages() -> list[OutboxMessage]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)))


class TestPositions:
    """Counted from the end of the line as it was a moment ago."""

    @pytest.fixture(autouse=True)
    def kept(self, app, monkeypatch):
        monkeypatch.setitem(app.config, "PAGE_SECONDS", 60)
        monkeypatch.setitem(app.extensions, "pekan_recent_end_of_line", kept := {})
        return kept

    def test_who_comes_after_the_mark_is_counted_on_from_it(self, slot, kept):
        group(slot, "A", "B")
        first = [group(slot, name) for name in "CDE"]
        assert [ahead(one) for one in first] == [0, 1, 2]
        (until, mark) = kept[str(slot.id)]
        later = [group(slot, name) for name in "FGH"]
        assert [ahead(one) for one in first + later] == [0, 1, 2, 3, 4, 5]
        assert (kept[str(slot.id)], mark.count) == ((until, mark), 3), "not read again"
        with counted() as statements:
            ahead(later[1])
        assert sum("waiting_since" in one for one in statements) == 1

    def test_who_leaves_is_missed_when_the_mark_is_renewed(self, slot, kept):
        group(slot, "A", "B")
        early = [group(slot, name) for name in "CD"]
        assert ahead(early[1]) == 1
        late = group(slot, "E")
        cancel(early[0])
        assert [ahead(early[1]), ahead(late)] == [0, 2]
        kept.clear()
        assert [ahead(early[1]), ahead(late)] == [0, 1]

    def test_offered_places_are_not_ahead(self, slot, kept):
        seated = group(slot, "A", "B")
        early = [group(slot, name) for name in "CD"]
        assert ahead(early[1]) == 1
        late = group(slot, "E")
        cancel(seated, "A")
        assert [ahead(early[1]), ahead(late)] == [0, 1]

    def test_an_empty_line_has_no_mark(self, slot, kept):
        seated = group(slot, "A", "B")
        assert ahead(seated) == 0
        first = group(slot, "C")
        assert (ahead(first), len(kept)) == (0, 1)
        cancel(first)
        assert ahead(first) >= 0


class TestOffers:
    def test_a_freed_place_is_kept_for_the_first_group_that_fits(self, slot):
        seated = group(slot, "A", "B")
        three, one, two = group(slot, "C", "D", "E"), group(slot, "F"), group(slot, "G", "H")
        assert [ahead(w) for w in (three, one, two)] == [0, 1, 2]
        cancel(seated, "A")
        assert (offer_of(three), offer_of(one).people, offer_of(two)) == (None, 1, None)
        assert [ahead(w) for w in (three, two)] == [0, 1]
        assert taken(slot) == 2
        cancel(seated, "B")
        assert (offer_of(two), taken(slot)) == (None, 1)
        assert services.check() == []

    def test_the_offer_is_told_with_both_links_and_an_end(self, slot):
        seated = group(slot, "A", "B")
        waiting = group(slot, "C", "D")
        cancel(seated)
        (message,) = messages()
        assert message.kind == "waiting_list_offer"
        assert f"/registrations/{waiting.code}." in message.body
        assert "/decline" in message.body
        assert "2 orang" in message.body
        assert message.expires_at == NOW + timedelta(minutes=60)
        assert offer_of(waiting).expires_at == NOW + timedelta(minutes=60)

    def test_accepting_gives_tickets_and_again_is_the_same(self, slot):
        seated = group(slot, "A", "B")
        waiting = group(slot, "C", "D")
        cancel(seated)
        tickets = db.session.scalar(sa.select(sa.func.count(Ticket.id)))
        assert accept(waiting) == accept(waiting) == Accepted()
        view = queries.registration_by_code(waiting.code)
        assert (view.status, [t.holder for t in view.tickets]) == (CONFIRMED, ["C", "D"])
        assert db.session.scalar(sa.select(sa.func.count(Ticket.id))) == tickets + 2
        assert taken(slot) == 2
        assert services.check() == []

    def test_declining_moves_on_and_can_be_undone(self, slot):
        seated = group(slot, "A", "B")
        first, second = group(slot, "C", "D"), group(slot, "E")
        cancel(seated)
        decline(first)
        assert (status_of(first), offer_of(second).people, taken(slot)) == (CANCELLED, 1, 1)
        in_transaction(lambda: services.undo(first.registration_id, NOW))
        assert (status_of(first), ahead(first), offer_of(first)) == (WAITLISTED, 0, None)
        decline(second)
        assert offer_of(first).people == 2
        assert services.check() == []

    def test_nothing_to_answer(self, slot):
        seated, waiting = group(slot, "A", "B"), group(slot, "C")
        assert accept(waiting) == decline(waiting) == OfferGone()
        assert accept(seated) == Accepted()
        assert decline(seated) == OfferGone()
        assert taken(slot) == 2

    def test_one_of_the_offered_drops_out(self, slot):
        seated = group(slot, "A", "B")
        first, second = group(slot, "C", "D"), group(slot, "E")
        cancel(seated)
        cancel(first, "C")
        assert (offer_of(first).people, offer_of(second).people, taken(slot)) == (1, 1, 2)
        accept(first)
        assert services.check() == []

    def test_who_comes_back_to_an_offered_group_waits_apart(self, slot):
        """The offer was for as many as they were then."""
        seated = group(slot, "A", "B")
        waiting = group(slot, "C", "D")
        cancel(seated, "A")
        cancel(waiting, "D")
        assert offer_of(waiting).people == 1
        back = in_transaction(lambda: services.undo(waiting.registration_id, NOW))
        assert back.registration_id != waiting.registration_id
        assert (back.status, offer_of(waiting).people) == (WAITLISTED, 1)
        assert services.check() == []

    def test_a_smaller_group_may_fit_after_one_leaves_it(self, slot):
        seated = group(slot, "A", "B")
        waiting = group(slot, "C", "D")
        cancel(seated, "A")
        assert offer_of(waiting) is None
        cancel(waiting, "C")
        assert offer_of(waiting).people == 1

    def test_known_people_without_proof_wait_like_everybody(self, walk):
        """Siti has a place already, which the answer must not tell: both groups of two need two free places."""
        slot = factories.slot(walk, starts_at=NOW + timedelta(days=1), capacity=3)
        seated = sign(request(slot, person("X"), person("Y"), phone="+6281298765432"), now=NOW)
        sign(request(slot, person("Siti")), now=NOW)
        waiting = sign(request(slot, person("Siti"), person("Teman"), waitlist=True), now=NOW)
        cancel(seated, "X")
        assert offer_of(waiting) is None
        cancel(seated, "Y")
        assert (offer_of(waiting).people, taken(slot)) == (1, 2)
        accept(waiting)
        assert services.check() == []


class TestTime:
    def test_an_offer_lapses_to_the_second_and_the_next_is_asked(self, slot):
        seated = group(slot, "A", "B")
        first, second = group(slot, "C"), group(slot, "D", "E")
        cancel(seated)
        end = NOW + timedelta(minutes=60)
        assert lapse(end - timedelta(seconds=1)) == 0
        assert lapse(end) == 1
        assert (status_of(first), offer_of(second).people, taken(slot)) == (CANCELLED, 2, 2)
        assert offer_of(second).expires_at == end + timedelta(minutes=60)
        assert services.check() == []

    def test_too_late_by_a_second_even_before_the_worker_comes(self, slot):
        seated = group(slot, "A", "B")
        first, second = group(slot, "C", "D"), group(slot, "E")
        cancel(seated)
        end = NOW + timedelta(minutes=60)
        assert accept(first, end) == OfferGone()
        assert (status_of(first), offer_of(second).people) == (CANCELLED, 1)
        assert accept(second, end + timedelta(minutes=59)) == Accepted()
        assert services.check() == []

    def test_who_let_it_lapse_cannot_undo_that(self, slot):
        seated, waiting = group(slot, "A", "B"), group(slot, "C")
        cancel(seated)
        lapse(NOW + timedelta(minutes=60))
        with pytest.raises(DomainError, match="undo_too_late"):
            in_transaction(lambda: services.undo(waiting.registration_id, NOW + timedelta(minutes=60)))

    def test_never_longer_than_until_the_slot_begins(self, slot):
        late = slot.starts_at - timedelta(minutes=10)
        seated, waiting = group(slot, "A", "B"), group(slot, "C")
        cancel(seated, now=late)
        assert offer_of(waiting).expires_at == slot.starts_at
        assert lapse(slot.starts_at) == 1
        assert taken(slot) == 0

    def test_the_line_closes_with_sign_up(self, walk, slot):
        closes = NOW + timedelta(minutes=30)
        with transaction() as session:
            session.get(Activity, walk.id).closes_at = closes
        seated = group(slot, "A", "B")
        first, second = group(slot, "C"), group(slot, "D")
        cancel(seated, "A")
        assert offer_of(first).expires_at == closes
        assert lapse(closes) == 1
        assert (offer_of(second), taken(slot)) == (None, 1)
        cancel(seated, "B", now=closes)
        assert (status_of(second), offer_of(second), taken(slot)) == (WAITLISTED, None, 0)
        assert services.check() == []

    def test_closing_sign_up_earlier_ends_offers_earlier(self, walk, slot):
        seated, waiting = group(slot, "A", "B"), group(slot, "C")
        cancel(seated)
        with transaction() as session:
            session.get(Activity, walk.id).closes_at = NOW + timedelta(minutes=5)
        assert accept(waiting, NOW + timedelta(minutes=5)) == OfferGone()
        assert status_of(waiting) is CANCELLED

    def test_many_due_offers_of_several_slots_at_once(self, walk):
        waiting = []
        for n in range(3):
            slot = factories.slot(walk, starts_at=NOW + timedelta(days=1, hours=n), capacity=1)
            seated = sign(request(slot, person(f"S{n}")), now=NOW)
            waiting += [sign(request(slot, person(f"W{n}{i}"), waitlist=True), now=NOW) for i in range(2)]
            cancel(seated)
        assert lapse(NOW + timedelta(minutes=60)) == 3
        assert [status_of(w) for w in waiting] == [CANCELLED, WAITLISTED] * 3
        assert [offer_of(w) is not None for w in waiting] == [False, True] * 3


class TestNewcomers:
    def test_who_waits_and_fits_goes_before_a_newcomer(self, slot):
        """The committee's SQL made room behind our back: nobody has been offered it yet."""
        group(slot, "A", "B")
        waiting = group(slot, "C")
        with transaction() as session:
            session.execute(sa.update(TimeSlot).values(capacity=3))
        newcomer = group(slot, "D")
        assert (status_of(newcomer), offer_of(waiting).people) == (WAITLISTED, 1)
        assert services.check() == []

    def test_who_does_not_fit_holds_up_nobody(self, slot):
        seated = group(slot, "A", "B")
        group(slot, "C", "D", "E")
        cancel(seated, "A")
        assert status_of(group(slot, "F")) is CONFIRMED

    def test_looking_at_the_line_costs_only_where_there_is_one(self, slot):
        numbers = []
        for step in (lambda: None, lambda: None, lambda: group(slot, "C", "D", "E")):
            step()
            cancel_me = request(slot, person(f"N{len(numbers)}"), phone=f"+6281233344{len(numbers):03}")
            with counted() as statements:
                done = sign(cancel_me, now=NOW)
            numbers.append(len(statements))
            cancel(done)
        assert numbers[0] == numbers[1] == numbers[2] - 2

    def test_an_enlarged_slot_is_offered_in_the_transaction_that_enlarges_it(self, walk, slot):
        group(slot, "A", "B")
        waiting = group(slot, "C")
        in_transaction(lambda: programme.change_slot(walk.id, slot.id, 3, False, None, NOW))
        assert (offer_of(waiting).people, taken(slot)) == (1, 3)

    def test_an_unlimited_slot_takes_all_who_wait(self, walk, slot):
        group(slot, "A", "B")
        waiting = [sign(request(slot, person("W"), phone=f"+62812000000{n:02}", waitlist=True)) for n in range(60)]
        in_transaction(lambda: programme.change_slot(walk.id, slot.id, None, False, None, NOW))
        assert taken(slot) == 62
        assert all(offer_of(w) for w in waiting)

    def test_the_net_passes_over_what_does_not_fit(self, slot):
        seated = group(slot, "A", "B")
        group(slot, "C", "D", "E")
        cancel(seated)
        with counted() as statements:
            assert in_transaction(lambda: services.fill_freed_places(NOW)) == 0
        assert len(statements) == 1


class TestUndo:
    def test_the_places_come_back_when_they_are_free(self, slot):
        done = group(slot, "A", "B")
        tickets = [h.ticket for h in done.holders]
        cancel(done)
        back = in_transaction(lambda: services.undo(done.registration_id, NOW + timedelta(seconds=60)))
        assert (back.code, back.status, back.people, taken(slot)) == (done.code, CONFIRMED, 2, 2)
        assert [t.face for t in queries.registration_by_code(done.code).tickets] == tickets
        assert services.check() == []

    def test_not_after_a_minute(self, slot):
        done = group(slot, "A")
        cancel(done)
        with pytest.raises(DomainError, match="undo_too_late"):
            in_transaction(lambda: services.undo(done.registration_id, NOW + timedelta(seconds=61)))
        assert taken(slot) == 0

    def test_only_the_last_step(self, slot):
        done = group(slot, "A", "B")
        cancel(done, "A")
        cancel(done, "B", now=NOW + timedelta(seconds=20))
        back = in_transaction(lambda: services.undo(done.registration_id, NOW + timedelta(seconds=30)))
        assert (back.people, taken(slot)) == (1, 1)
        back = in_transaction(lambda: services.undo(done.registration_id, NOW + timedelta(seconds=31)))
        assert (back.people, taken(slot)) == (1, 2)

    def test_first_in_line_when_somebody_was_faster(self, slot):
        seated = group(slot, "A", "B")
        group(slot, "C", "D", "E")
        cancel(seated)
        group(slot, "F")
        back = in_transaction(lambda: services.undo(seated.registration_id, NOW))
        assert (back.code, back.status, ahead(seated)) == (seated.code, WAITLISTED, 0)
        assert taken(slot) == 1
        assert services.check() == []

    def test_one_of_a_family_comes_back_to_the_line_apart_from_the_others(self, slot):
        seated = group(slot, "A", "B")
        cancel(seated, "A")
        group(slot, "C")
        back = in_transaction(lambda: services.undo(seated.registration_id, NOW))
        assert back.code != seated.code
        assert (back.status, status_of(seated), taken(slot)) == (WAITLISTED, CONFIRMED, 2)
        assert [p.name for p in queries.registration_by_code(back.code).people] == ["A"]
        cancel(seated)
        assert queries.open_offer(back.registration_id).people == 1
        assert services.check() == []

    def test_not_where_nobody_may_wait(self):
        activity = factories.activity(factories.festival(), waiting_list=False)
        slot = factories.slot(activity, starts_at=NOW + timedelta(days=1), capacity=1)
        seated = sign(request(slot, person("A")), now=NOW)
        cancel(seated)
        sign(request(slot, person("B")), now=NOW)
        with pytest.raises(DomainError, match="slot_full"):
            in_transaction(lambda: services.undo(seated.registration_id, NOW))

    def test_not_for_who_was_signed_up_anew(self, walk, slot):
        done = group(slot, "A")
        cancel(done)
        sign(request(factories.slot(walk, starts_at=NOW + timedelta(days=3)), person("A")), done, now=NOW)
        with pytest.raises(DomainError, match="already_registered"):
            in_transaction(lambda: services.undo(done.registration_id, NOW))

    def test_what_the_committee_cancels_stays_cancelled(self, slot):
        done = group(slot, "A", "B")
        cancel(done, "A")
        in_transaction(lambda: services.cancel(done.registration_id, NOW, undoable=False))
        with pytest.raises(DomainError, match="undo_too_late"):
            in_transaction(lambda: services.undo(done.registration_id, NOW))

    def test_also_in_a_slot_that_was_closed_meanwhile(self, walk, slot):
        """Closing keeps others out; whoever held a place a moment ago is not locked out by a slip of the finger."""
        done = group(slot, "A")
        cancel(done)
        in_transaction(lambda: programme.change_slot(walk.id, slot.id, 2, True, None, NOW))
        assert in_transaction(lambda: services.undo(done.registration_id, NOW)).status is CONFIRMED


class TestDoctor:
    @pytest.mark.parametrize(
        ("damage", "found"),
        [
            ("UPDATE waiting_offer SET people = 2", ["places", "offers"]),
            ("UPDATE waiting_offer SET state = 'lapsed'", ["places"]),
            (
                "UPDATE registration SET status = 'cancelled' WHERE status = 'waitlisted'",
                ["registrations", "offers"],
            ),
        ],
    )
    def test_offers_that_do_not_add_up_are_found(self, slot, damage, found):
        seated, waiting = group(slot, "A", "B"), group(slot, "C")
        cancel(seated)
        with transaction() as session:
            values = {"waiting": waiting.registration_id} if ":waiting" in damage else {}
            session.execute(sa.text(damage), values)
        assert [finding.check for finding in services.check()] == found

    def test_two_open_offers_for_one_are_impossible(self, slot):
        seated, waiting = group(slot, "A", "B"), group(slot, "C")
        cancel(seated)
        twin = {"registration_id": waiting.registration_id, "slot_id": slot.id, "people": 1, "offered_at": NOW}
        with pytest.raises(sa.exc.IntegrityError), transaction() as session:
            session.execute(sa.insert(WaitingOffer).values(**twin, expires_at=NOW, state=OfferState.OPEN))
