"""The committee moves a slot or calls it off: bookings, places, messages, pages, calendars, gates follow."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from icalendar import Calendar

from app.accounts.models import AuditEntry
from app.core import clock
from app.core.db import db, in_transaction
from app.core.errors import DomainError, InvalidInput
from app.messaging.models import Channel
from app.programme import services as programme
from app.programme.models import TimeSlot
from app.registration import links, services
from app.registration.models import Booking, Registration, RegistrationStatus
from tests import factories
from tests.forms import csrf_token, post_form
from tests.messaging.conftest import mail as mail
from tests.messaging.outbox import rows
from tests.registration.browser import Browser, browser
from tests.registration.signing import person, request, sign, taken

HOUR = timedelta(hours=1)
SITI, BUDI, AYU = person("Siti Aminah", 1984), person("Budi", 1980), person("Ayu", 1990)
OTHER = "+6281299999999"


@pytest.fixture
def slot(ctx) -> TimeSlot:
    return factories.slot(
        factories.activity(factories.festival(), waiting_list=True), capacity=2, starts_at=tomorrow()
    )


def tomorrow():
    """Seven in the morning of the next day, so that no test crosses midnight."""
    return clock.local(clock.now()).replace(hour=7, minute=0, second=0, microsecond=0) + timedelta(days=1)


def move(slot: TimeSlot, by: timedelta, *, was=None) -> services.Told:
    times = slot.starts_at, slot.ends_at
    becomes = times[0] + by, times[1] + by
    return in_transaction(
        lambda: services.move_slot(slot.activity_id, slot.id, was or times, becomes, None, clock.now())
    )


def call_off(slot: TimeSlot, because: str = "hujan deras") -> services.Told:
    return in_transaction(lambda: services.cancel_slot(slot.activity_id, slot.id, because, None, clock.now()))


def fresh(slot: TimeSlot) -> TimeSlot:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(TimeSlot, slot.id)


def statuses() -> list[tuple[str, str]]:
    db.session.rollback()
    return [
        tuple(map(str, row))  # type: ignore[misc]
        for row in db.session.execute(
            sa.select(Registration.status, Booking.status)
            .join(Booking, Booking.registration_id == Registration.id)
            .order_by(Booking.id)
        )
    ]


class TestMoving:
    def test_bookings_stay_and_everybody_is_told_once(self, slot):
        mine = sign(request(slot, SITI, BUDI))
        waits = sign(request(slot, AYU, phone=OTHER, waitlist=True))
        was = slot.starts_at
        assert move(slot, HOUR) == services.Told(3, 2)
        moved = fresh(slot)
        assert (moved.starts_at, moved.moved_from, moved.taken) == (was + HOUR, was, 2)
        assert statuses() == [("confirmed", "confirmed")] * 2 + [("waitlisted", "waitlisted")]
        first, second = rows()
        assert (first.kind, first.phone, first.expires_at) == ("change", "+6281234567890", moved.ends_at)
        assert "Semula" in first.body
        assert "07.00 WIB, menjadi" in first.body
        assert "08.00 WIB." in first.body
        assert links.manage_url(mine.code) in first.body
        assert "tiket Anda tetap berlaku" in first.body
        assert links.manage_url(waits.code) in second.body
        assert "daftar tunggu tetap" in second.body
        assert services.check() == []

    def test_it_is_mailed_where_there_is_an_address(self, mail):
        slot = factories.slot(factories.activity(factories.festival()))
        sign(request(slot, SITI, contact_email="siti@example.org"))
        move(slot, HOUR)
        message = rows()[-1]
        assert (message.kind, message.channel, message.address) == ("change", Channel.MAIL, "siti@example.org")

    def test_pressed_twice_it_moves_and_tells_once(self, slot):
        sign(request(slot, SITI))
        times = slot.starts_at, slot.ends_at
        becomes = times[0] + HOUR, times[1] + HOUR
        for expected in (1, 0):
            told = in_transaction(
                lambda: services.move_slot(slot.activity_id, slot.id, times, becomes, None, clock.now())
            )
            assert told.messages == expected
        assert len(rows()) == 1
        db.session.rollback()
        assert db.session.scalars(sa.select(AuditEntry.action)).all().count("slot_moved") == 1

    def test_moved_back_it_was_never_elsewhere(self, slot):
        move(slot, HOUR)
        move(fresh(slot), timedelta(minutes=30))
        assert clock.local(fresh(slot).moved_from).hour == 7
        move(fresh(slot), timedelta(minutes=-90))
        assert fresh(slot).moved_from is None

    def test_only_a_later_end_is_no_move(self, slot):
        times = slot.starts_at, slot.ends_at
        told = in_transaction(
            lambda: services.move_slot(
                slot.activity_id, slot.id, times, (times[0], times[1] + HOUR), None, clock.now()
            )
        )
        assert (told.messages, fresh(slot).moved_from) == (0, None)

    def test_who_looked_at_old_times_is_told(self, slot):
        with pytest.raises(DomainError) as refusal:
            move(slot, HOUR, was=(slot.starts_at - HOUR, slot.ends_at))
        assert refusal.value.code == "edited_elsewhere"

    def test_where_another_slot_begins_there_is_no_room(self, slot):
        factories.slot(slot.activity, starts_at=slot.starts_at + HOUR)
        with pytest.raises(InvalidInput) as refusal:
            move(slot, HOUR)
        assert "first" in refusal.value.fields
        assert fresh(slot).moved_from is None

    @pytest.mark.parametrize("by", [timedelta(days=-2), timedelta(days=-20)])
    def test_not_into_the_past(self, slot, by):
        with pytest.raises(InvalidInput):
            move(slot, by)

    def test_a_cancelled_slot_stays_where_it_is(self, slot):
        call_off(slot)
        with pytest.raises(DomainError) as refusal:
            move(slot, HOUR)
        assert refusal.value.code == "slot_cancelled"

    def test_to_another_day_everybody_is_reminded_again(self, slot):
        mine = sign(request(slot, SITI))
        db.session.execute(sa.update(Registration).values(reminded_at=clock.now()))
        db.session.commit()
        move(slot, HOUR)
        stored = db.session.get_one(Registration, mine.registration_id)
        assert stored.reminded_at is not None
        move(fresh(slot), timedelta(days=1))
        db.session.expire_all()
        assert db.session.get_one(Registration, mine.registration_id).reminded_at is None

    def test_the_owner_refuses_with_one_press(self, app, slot):
        mine = sign(request(slot, SITI, BUDI))
        page = f"/registrations/{links.manage_token(mine.code)}"
        client = browser(app)
        assert "Waktunya dipindah panitia." not in client.get(page).text
        move(slot, HOUR)
        shown = client.get(page).text
        assert "Waktunya dipindah panitia." in shown
        db.session.rollback()
        bookings = db.session.scalars(sa.select(Booking.id)).all()
        token = csrf_token(client, page)
        told = client.post(f"{page}/cancel", data={"csrf_token": token, "booking": bookings})
        assert told.status_code == 303
        assert taken(slot) == 0

    def test_the_calendars_follow(self, app, slot):
        mine = sign(request(slot, SITI))
        client = browser(app)
        own = f"/registrations/{links.manage_token(mine.code)}/calendar.ics"

        def events():
            return [
                Calendar.from_ical(client.get(page).data).walk("VEVENT")[0]
                for page in (own, "/activities/jalan-santai/calendar.ics", "/calendar.ics")
            ]

        before = events()
        with clock.stopped_at(clock.now() + timedelta(minutes=1)):
            move(slot, HOUR)
            after = events()
        for old, new in zip(before, after, strict=True):
            assert new["uid"] == old["uid"]
            assert new.decoded("dtstart") == old.decoded("dtstart") + HOUR
            assert new["sequence"] > old["sequence"]
            assert new.decoded("dtstamp") > old.decoded("dtstamp")

    def test_the_public_pages_say_where_it_was(self, app, slot):
        move(slot, HOUR)
        client = browser(app)
        day = clock.local(slot.starts_at).date().isoformat()
        for page in ("/activities/jalan-santai", f"/days/{day}"):
            assert "dipindah dari 07.00" in client.get(page).text
        [activity] = client.get("/api/v1/activities").json["activities"]
        assert activity["slots"][0]["moved_from"].endswith("T07:00:00+07:00")


class TestCallingOff:
    def test_nobody_has_a_place_or_waits_any_more_and_everybody_is_told(self, slot):
        mine = sign(request(slot, SITI, BUDI))
        sign(request(slot, AYU, phone=OTHER, waitlist=True))
        in_transaction(lambda: services.cancel(mine.registration_id, clock.now()))  # Ayu is offered a place
        back = sign(request(slot, SITI))
        assert back.status is RegistrationStatus.CONFIRMED
        assert taken(slot) == 2
        told = call_off(slot)
        assert told == services.Told(2, 2)
        gone = fresh(slot)
        assert (gone.taken, gone.closed, gone.cancelled_because) == (0, True, "hujan deras")
        assert set(statuses()) == {("cancelled", "cancelled")}
        messages = [message for message in rows() if message.kind == "cancelled_by_committee"]
        assert [message.phone for message in messages] == [OTHER, "+6281234567890"]
        assert "Alasan: hujan deras" in messages[0].body
        assert services.check() == []
        with pytest.raises(DomainError) as refusal:
            in_transaction(lambda: services.undo(mine.registration_id, clock.now()))
        assert refusal.value.code == "undo_too_late"

    def test_twice_tells_once(self, slot):
        sign(request(slot, SITI))
        assert call_off(slot).messages == 1
        assert call_off(slot).messages == 0

    def test_nobody_gets_in_afterwards_and_it_is_not_opened_again(self, slot):
        other = factories.slot(slot.activity, starts_at=slot.starts_at + HOUR)
        elsewhere = sign(request(other, BUDI))
        call_off(slot)
        for work in (
            lambda: services.sign_up(request(slot, SITI, waitlist=True), [], clock.now()),
            lambda: services.change_slot(elsewhere.registration_id, slot.id, clock.now()),
        ):
            with pytest.raises(DomainError) as refusal:
                in_transaction(work)
            assert refusal.value.code == "slot_closed"
        with pytest.raises(InvalidInput) as stays:
            in_transaction(lambda: programme.change_slot(slot.activity_id, slot.id, 50, False, None, clock.now()))
        assert stays.value.code == "slot_cancelled"

    def test_other_bookings_of_the_same_people_stand(self, slot):
        other = factories.slot(factories.activity(slot.activity.festival, slug="senam"))
        sign(request(slot, SITI))
        also = sign(request(other, SITI))
        call_off(slot)
        assert taken(other) == 1
        assert db.session.get_one(Registration, also.registration_id).status is RegistrationStatus.CONFIRMED

    def test_who_joined_the_line_in_that_moment_is_taken_out_by_the_worker(self, slot):
        sign(request(slot, SITI, BUDI))
        late = sign(request(slot, AYU, phone=OTHER, waitlist=True))
        programme_only = lambda: programme.cancel_slot(slot.activity_id, slot.id, "", None, clock.now())  # noqa: E731
        in_transaction(programme_only)
        assert in_transaction(lambda: services.end_cancelled_slots(clock.now())) == 3
        assert in_transaction(lambda: services.end_cancelled_slots(clock.now())) == 0
        db.session.expire_all()
        assert db.session.get_one(Registration, late.registration_id).status is RegistrationStatus.CANCELLED
        assert len(rows()) == 2

    def test_not_after_its_end(self, slot):
        with clock.stopped_at(slot.ends_at), pytest.raises(DomainError) as refusal:
            call_off(slot)
        assert refusal.value.code == "slot_over"

    def test_the_pages_say_so(self, app, slot):
        mine = sign(request(slot, SITI))
        call_off(slot)
        client = browser(app)
        own = client.get(f"/registrations/{links.manage_token(mine.code)}").text
        assert "Kegiatan ini dibatalkan panitia" in own
        assert "hujan deras" in own
        activity = client.get("/activities/jalan-santai").text
        assert "Dibatalkan" in activity
        assert "hujan deras" in activity
        assert "EventCancelled" in activity
        day = clock.local(slot.starts_at).date().isoformat()
        assert "Dibatalkan" in client.get(f"/days/{day}").text
        assert b"STATUS:CANCELLED" in client.get("/calendar.ics").data
        [shown] = client.get("/api/v1/activities").json["activities"]
        assert (shown["slots"][0]["cancelled"], shown["slots"][0]["state"]) == (True, "cancelled")
        assert "<form method" not in client.get("/activities/jalan-santai/register").text


class TestPages:
    @pytest.fixture
    def client(self, app: Flask, slot) -> Browser:
        client = browser(app)
        factories.sign_in(client, factories.user())
        return client

    def test_a_look_before_the_leap(self, client, slot):
        sign(request(slot, SITI, BUDI))
        page = f"/committee/slots/{slot.id}/move"
        shown = client.get(page).text
        assert "orang terdaftar" in shown
        day = clock.local(slot.starts_at).date().isoformat()
        sent = {
            "was": f"{slot.starts_at.isoformat()}/{slot.ends_at.isoformat()}", "day": day, "first": "09:00",
            "last": "10:30",
        }  # fmt: skip
        look = post_form(client, page, **sent)
        assert look.status_code == 200
        assert "Ya, pindahkan dan beri tahu" in look.text
        assert fresh(slot).moved_from is None
        assert rows() == []
        done = post_form(client, page, confirmed="y", **sent)
        assert (done.status_code, len(rows())) == (303, 1)
        assert "dipindah dari 07.00" in client.get(done.location).text
        again = post_form(client, page, confirmed="y", **(sent | {"first": "11:00", "last": "12:00"}))
        assert again.status_code == 409

    @pytest.mark.parametrize(
        "wrong", [{"first": "10:00", "last": "09:00"}, {"first": ""}, {"was": "x/y"}, {"day": "2020-01-01"}]
    )
    def test_what_cannot_be_is_said_at_its_field(self, client, slot, wrong):
        sent = {
            "was": f"{slot.starts_at.isoformat()}/{slot.ends_at.isoformat()}",
            "day": clock.local(slot.starts_at).date().isoformat(), "first": "09:00", "last": "10:30", **wrong,
        }  # fmt: skip
        answer = post_form(client, f"/committee/slots/{slot.id}/move", confirmed="y", **sent)
        assert answer.status_code == 422
        assert "Periksa bagian ini" in answer.text
        assert fresh(slot).moved_from is None

    def test_calling_off_says_to_whom(self, client, slot):
        sign(request(slot, SITI, BUDI))
        page = f"/committee/slots/{slot.id}/cancel"
        assert "Tidak bisa dikembalikan." in client.get(page).text
        done = post_form(client, page, because="  hujan \n deras ")
        assert done.status_code == 303
        assert fresh(slot).cancelled_because == "hujan deras"
        listed = client.get(done.location).text
        assert "hujan deras" in listed
        assert "Pindah<" not in listed
        assert client.get(page).status_code == 200
        assert client.get(f"/committee/slots/{slot.id}/move").status_code == 200

    def test_slots_of_another_festival_are_not_there(self, client, slot):
        other = factories.slot(factories.activity(factories.festival(is_current=False)))
        for act in ("move", "cancel"):
            assert client.get(f"/committee/slots/{other.id}/{act}").status_code == 404


def test_a_slot_is_called_off_while_people_sign_up(app: Flask, ctx) -> None:
    """Whatever the order: whoever was told *confirmed* was taken out and told so, nobody else is in."""
    slot = factories.slot(factories.activity(factories.festival(), waiting_list=True), capacity=8)
    slot_id, activity_id = slot.id, slot.activity_id
    wanted = [request(slot, person("Warga"), phone=f"+62812000000{n:02}", waitlist=True) for n in range(24)]
    start, said = threading.Barrier(25), []

    def sign_up(order) -> None:
        with app.app_context():
            start.wait()
            try:
                said.append(str(in_transaction(lambda: services.sign_up(order, [], clock.now())).status))
            except DomainError as refusal:
                said.append(refusal.code)
            finally:
                db.session.remove()

    def end() -> None:
        with app.app_context():
            start.wait()
            in_transaction(lambda: services.cancel_slot(activity_id, slot_id, "", None, clock.now()))
            db.session.remove()

    crowd = [threading.Thread(target=sign_up, args=(order,)) for order in wanted] + [threading.Thread(target=end)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join(60)
    in_transaction(lambda: services.end_cancelled_slots(clock.now()))
    assert len(said) == 24
    assert set(said) <= {"confirmed", "waitlisted", "slot_closed"}
    assert taken(slot) == 0
    assert set(statuses()) <= {("cancelled", "cancelled")}
    signed = sum(word in ("confirmed", "waitlisted") for word in said)
    assert sum(message.kind == "cancelled_by_committee" for message in rows()) == signed
    assert services.check() == []


def test_a_slot_moves_while_people_sign_up(app: Flask, ctx) -> None:
    """Changing the times needs the whole row: nobody may wait in a circle, and nobody is lost."""
    slot = factories.slot(factories.activity(factories.festival()), capacity=100, starts_at=tomorrow())
    slot_id, activity_id, was = slot.id, slot.activity_id, (slot.starts_at, slot.ends_at)
    becomes = was[0] + HOUR, was[1] + HOUR
    wanted = [request(slot, person("Warga"), phone=f"+62812000000{n:02}") for n in range(24)]
    start, said = threading.Barrier(25), []

    def at_once(work) -> None:
        with app.app_context():
            start.wait()
            try:
                said.append(in_transaction(work))
            finally:
                db.session.remove()

    works = [lambda order=order: services.sign_up(order, [], clock.now()) for order in wanted]
    works.append(lambda: services.move_slot(activity_id, slot_id, was, becomes, None, clock.now()))
    crowd = [threading.Thread(target=at_once, args=(work,)) for work in works]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join(60)
    assert len(said) == 25
    [told] = [each for each in said if isinstance(each, services.Told)]
    assert (taken(slot), fresh(slot).starts_at) == (24, becomes[0])
    assert len(rows()) == told.messages <= 24
    assert services.check() == []
