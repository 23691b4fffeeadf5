"""What people do themselves: another slot, names, undo, offers; as services, over HTTP and in JSON."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import AuditEntry
from app.core import clock
from app.core.db import db, in_transaction, transaction
from app.core.errors import DomainError, InvalidInput
from app.programme.models import Activity, TimeSlot
from app.registration import links, queries, services
from app.registration.models import Booking, Participant, RegistrationStatus, Ticket
from tests import factories
from tests.registration.browser import Browser, browser
from tests.registration.signing import person, request, sign, taken

pytestmark = pytest.mark.usefixtures("ctx")
CONFIRMED, WAITLISTED, CANCELLED = RegistrationStatus
LONG = "Raden Mas Haji Muhammad Abdurrahman Wirahadikusumah-Prawirodirdjo bin Sastrowardo"[:80]


@pytest.fixture
def walk():
    return factories.activity(factories.festival())


@pytest.fixture
def slot(walk):
    return factories.slot(walk, starts_in=timedelta(hours=3), capacity=3)


@pytest.fixture
def other(walk):
    return factories.slot(walk, starts_in=timedelta(hours=6), capacity=2)


@pytest.fixture
def client(app) -> Browser:
    return browser(app)


def change(done, slot, now=None) -> services.Moved:
    return in_transaction(lambda: services.change_slot(done.registration_id, slot.id, now or clock.now()))


def rename(done, *names: str) -> int:
    view = queries.registration_by_code(done.code)
    wanted = dict(zip((p.booking_id for p in view.people), names, strict=True))
    return in_transaction(lambda: services.correct_names(done.registration_id, wanted, clock.now()))


def view_of(done) -> queries.RegistrationView:
    db.session.rollback()
    return queries.registration_by_code(done.code)


class TestChangeSlot:
    def test_everybody_moves_and_tickets_stay(self, slot, other):
        done = sign(request(slot, person("A"), person("B")))
        assert change(done, other).changed
        assert (taken(slot), taken(other)) == (0, 2)
        view = view_of(done)
        assert (view.slot_id, [t.face for t in view.tickets]) == (other.id, [h.ticket for h in done.holders])
        assert {t.bookings[0].slot_id for t in view.tickets} == {other.id}
        assert not change(done, other).changed
        assert services.check() == []

    def test_the_old_places_are_kept_when_there_are_no_new_ones(self, slot, other):
        sign(request(other, person("X"), phone="+6281298765432"))
        done = sign(request(slot, person("A"), person("B")))
        with pytest.raises(DomainError, match="slot_full"):
            change(done, other)
        assert (taken(slot), taken(other), view_of(done).slot_id) == (2, 1, slot.id)

    def test_what_is_left_goes_to_who_waits_there(self, slot, other):
        done = sign(request(slot, person("A"), person("B"), person("C")))
        waiting = sign(request(slot, person("D"), person("E"), phone="+6281298765432", waitlist=True))
        change(sign(request(slot, person("X"), waitlist=True)), other)
        assert queries.open_offer(waiting.registration_id) is None
        with pytest.raises(DomainError, match="slot_full"):
            change(done, other)
        with transaction() as session:
            session.get(TimeSlot, other.id).capacity = 9
        change(done, other)
        assert queries.open_offer(waiting.registration_id).people == 2
        assert services.check() == []

    def test_who_waits_gets_a_place_there_and_then(self, slot, other):
        sign(request(slot, person("A"), person("B"), person("C")))
        waiting = sign(request(slot, person("D"), person("E"), phone="+6281298765432", waitlist=True))
        change(waiting, other)
        view = view_of(waiting)
        assert (view.status, len(view.tickets), taken(other)) == (CONFIRMED, 2, 2)
        assert services.check() == []

    def test_an_offer_is_given_back_by_who_goes_elsewhere(self, slot, other):
        seated = sign(request(slot, person("A"), person("B"), person("C")))
        first = sign(request(slot, person("D"), phone="+6281298765432", waitlist=True))
        second = sign(request(slot, person("E"), phone="+6281298765433", waitlist=True))
        view = view_of(seated)
        in_transaction(lambda: services.cancel(seated.registration_id, clock.now(), [view.people[0].booking_id]))
        change(first, other)
        assert queries.open_offer(first.registration_id) is None
        assert queries.open_offer(second.registration_id).people == 1
        assert (taken(slot), taken(other)) == (3, 1)
        assert services.check() == []

    def test_those_who_wait_in_the_other_slot_go_first(self, slot, other):
        sign(request(other, person("X"), person("Y"), phone="+6281298765432"))
        waiting = sign(request(other, person("Z"), phone="+6281298765433", waitlist=True))
        with transaction() as session:
            session.execute(sa.update(TimeSlot).where(TimeSlot.id == other.id).values(capacity=3))
        done = sign(request(slot, person("A")))
        with pytest.raises(DomainError, match="slot_full"):
            change(done, other)
        with transaction():
            services.fill_freed_places(clock.now())
        assert queries.open_offer(waiting.registration_id).people == 1

    @pytest.mark.parametrize("code", ["slot_unknown", "slot_closed", "registration_closed", "not_live"])
    def test_refusals_change_nothing(self, walk, slot, other, code):
        done = sign(request(slot, person("A")))
        target, now = other, clock.now()
        with transaction() as session:
            if code == "slot_closed":
                session.get(TimeSlot, other.id).closed = True
            elif code == "registration_closed":
                session.get(Activity, walk.id).closes_at = now
        if code == "slot_unknown":
            target = factories.slot(factories.activity(walk.festival, slug="lain"))
        if code == "not_live":
            in_transaction(lambda: services.cancel(done.registration_id, now))
        before = taken(slot)
        with pytest.raises(DomainError, match=code):
            change(done, target, now)
        assert (taken(slot), taken(other)) == (before, 0)

    def test_not_once_it_has_begun(self, slot, other):
        done = sign(request(slot, person("A")))
        with pytest.raises(DomainError, match="slot_closed"):
            change(done, other, slot.starts_at)

    def test_nothing_is_undone_into_a_slot_that_was_left(self, slot, other):
        done = sign(request(slot, person("A"), person("B")))
        view = view_of(done)
        in_transaction(lambda: services.cancel(done.registration_id, clock.now(), [view.people[0].booking_id]))
        change(done, other)
        with pytest.raises(DomainError, match="undo_too_late"):
            in_transaction(lambda: services.undo(done.registration_id, clock.now()))

    def test_a_hidden_repeat_moves_like_everybody_and_takes_nothing(self, slot, other):
        sign(request(slot, person("Siti")))
        again = sign(request(slot, person("Siti")))
        change(again, other)
        assert (taken(slot), taken(other), view_of(again).slot_id) == (1, 0, other.id)
        assert services.check() == []


class TestNames:
    def test_the_ticket_stays_and_says_the_new_name(self, slot, walk):
        done = sign(request(slot, person("Stii Aminah"), person("Budi")))
        second = sign(request(factories.slot(factories.activity(walk.festival, slug="b")), person("Budi")), done)
        assert rename(done, "Siti Aminah", "Budi  Santoso ") == 2
        assert [t.holder for t in view_of(done).tickets] == ["Siti Aminah", "Budi Santoso"]
        assert [t.face for t in view_of(done).tickets] == [h.ticket for h in done.holders]
        assert [p.name for p in view_of(second).people] == ["Budi Santoso"]
        (found,) = queries.tickets_for_scan(walk.festival_id, [done.holders[1].ticket.id], [])
        assert found.holder == "Budi Santoso"
        assert rename(done, "Siti Aminah", "Budi Santoso") == 0

    def test_it_is_noted_without_the_name(self, slot):
        done = sign(request(slot, person("Stii")))
        rename(done, "Siti")
        entry = db.session.scalars(sa.select(AuditEntry)).one()
        assert (entry.action, entry.user_id) == ("participant.renamed", None)
        assert entry.details == {"registration": done.registration_id}

    def test_a_later_sign_up_knows_the_new_name(self, slot, walk):
        done = sign(request(slot, person("Stii")))
        rename(done, "Siti")
        later = sign(request(factories.slot(factories.activity(walk.festival, slug="b")), person("siti")), done)
        assert later.holders[0].ticket == done.holders[0].ticket

    def test_a_namesake_of_the_number_stays_somebody_else(self, slot):
        done = sign(request(slot, person("Siti"), person("Sitti")))
        rename(done, "Siti", "SITI")
        rows = db.session.execute(sa.select(Participant.name, Participant.ordinal).order_by(Participant.id)).all()
        assert rows == [("Siti", 0), ("SITI", 1)]
        assert len({t.face.id for t in view_of(done).tickets}) == 2
        rename(done, "Siti", "Sitti")
        assert db.session.scalars(sa.select(Participant.ordinal).order_by(Participant.id)).all() == [0, 0]

    def test_names_swapped_in_one_go(self, slot):
        done = sign(request(slot, person("A"), person("B")))
        rename(done, "B", "A")
        assert [t.holder for t in view_of(done).tickets] == ["B", "A"]
        assert services.check() == []

    def test_nobody_renames_whom_they_merely_know(self, slot, walk):
        done = sign(request(slot, person("Siti")))
        joined = sign(request(factories.slot(factories.activity(walk.festival, slug="b")), person("Siti")))
        assert rename(joined, "Penipu") == 0
        assert [t.holder for t in view_of(done).tickets] == ["Siti"]
        rename(done, "Siti Aminah")
        assert [p.name for p in view_of(joined).people] == ["Siti"], "or the page would tell the new name"

    def test_wrong_names_are_said_at_their_row_and_nothing_changes(self, slot):
        done = sign(request(slot, person("A"), person("B")))
        with pytest.raises(InvalidInput) as caught:
            rename(done, "Baru", " ")
        second = view_of(done).people[1].booking_id
        assert list(caught.value.fields) == [f"names.{second}"]
        assert [p.name for p in view_of(done).people] == ["A", "B"]
        with pytest.raises(InvalidInput):
            rename(done, "A", "x" * 81)

    def test_bookings_of_others_and_cancelled_ones_are_out_of_reach(self, slot):
        mine, theirs = sign(request(slot, person("A"))), sign(request(slot, person("B"), phone="+6281298765432"))
        booking = view_of(theirs).people[0].booking_id
        assert (
            in_transaction(lambda: services.correct_names(mine.registration_id, {booking: "X"}, clock.now())) == 0
        )
        in_transaction(lambda: services.cancel(mine.registration_id, clock.now()))
        assert rename(mine, "Lain") == 0


def page_of(client, done, path: str = "") -> str:
    answer = client.get(f"/registrations/{links.manage_token(done.code)}{path}")
    assert answer.status_code == 200, answer.status
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    return html.unescape(re.sub(r"\s+", " ", answer.text))


def post(client, done, path: str, page: str = "", **fields: str):
    """Send a form of a page of this registration; gives back the answer."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page_of(client, done, page))
    assert token
    address = f"/registrations/{links.manage_token(done.code)}{path}"
    return client.post(address, data={"csrf_token": token[1], **fields})


def followed(client, answer) -> str:
    assert answer.status_code == 303
    return html.unescape(re.sub(r"\s+", " ", client.get(answer.location).text))


class TestPages:
    @pytest.fixture
    def full(self, slot):
        return sign(request(slot, person("A"), person("B"), person("C")))

    @pytest.fixture
    def waiting(self, slot, full):
        return sign(request(slot, person(LONG), person("Budi"), phone="+6281298765432", waitlist=True))

    def offer(self, full):
        first, second, _third = view_of(full).people
        ids = [first.booking_id, second.booking_id]
        in_transaction(lambda: services.cancel(full.registration_id, clock.now(), ids))

    def test_who_waits_reads_their_position_and_why_others_may_pass(self, client, waiting):
        text = page_of(client, waiting)
        assert "Urutan Anda</span> <b>1</b>" in text
        assert "belum cukup untuk 2 orang, rombongan yang lebih kecil bisa dilayani lebih dulu" in text
        assert "0812-••••-5432" in text
        assert "12 jam" in text
        assert '<svg class="qr"' not in text

    def test_an_offer_is_taken_with_one_press(self, client, full, waiting):
        self.offer(full)
        text = page_of(client, waiting)
        assert "Ada tempat untuk 2 orang" in text
        assert "Ambil tempatnya" in text
        text = followed(client, post(client, waiting, "/accept"))
        assert "Tempatnya sekarang milik Anda" in text
        assert text.count('<svg class="qr"') == 2

    def test_an_offer_is_given_up_after_one_question_and_taken_back(self, client, full, waiting):
        self.offer(full)
        assert "2 tempat ini ditawarkan ke orang berikutnya" in page_of(client, waiting, "/decline")
        text = followed(client, post(client, waiting, "/decline", page="/decline"))
        assert "Tempatnya sudah Anda lepas" in text
        text = followed(client, post(client, waiting, "/undo"))
        assert "Ada tempat untuk 2 orang" in text

    def test_reading_changes_nothing(self, client, full, waiting):
        self.offer(full)
        for path in ("", "/decline", "/names", "/slot"):
            page_of(client, waiting, path)
        assert client.get(f"/registrations/{links.manage_token(waiting.code)}/accept").status_code == 405
        assert queries.open_offer(waiting.registration_id).people == 2

    def test_a_lapsed_offer_says_so_before_and_after_the_worker(self, client, slot, full, waiting):
        self.offer(full)
        with clock.stopped_at(slot.starts_at):
            assert "Tawaran tempat sudah lewat" in page_of(client, waiting)
            in_transaction(lambda: services.lapse_offers(clock.now()))
            text = page_of(client, waiting)
        assert "Tawaran tempat sudah lewat" in text
        assert "Kembalikan" not in text

    def test_a_late_answer_is_told(self, client, slot, full, waiting):
        self.offer(full)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page_of(client, waiting))[1]
        with clock.stopped_at(slot.starts_at):
            address = f"/registrations/{links.manage_token(waiting.code)}/accept"
            text = followed(client, client.post(address, data={"csrf_token": token}))
        assert "Tawaran tempat ini sudah tidak ada" in text

    def test_nothing_to_decline_leads_back(self, client, waiting):
        answer = client.get(f"/registrations/{links.manage_token(waiting.code)}/decline")
        assert answer.status_code == 303

    def test_the_line_is_over(self, client, slot, waiting):
        with clock.stopped_at(slot.starts_at):
            assert "Daftar tunggu sudah ditutup" in page_of(client, waiting)

    def test_undo_after_a_slip_of_the_finger(self, client, slot, full):
        token = re.search(r'name="csrf_token" value="([^"]+)"', page_of(client, full, "/cancel"))[1]
        ids = [p.booking_id for p in view_of(full).people]
        address = f"/registrations/{links.manage_token(full.code)}/cancel"
        text = followed(client, client.post(address, data={"csrf_token": token, "booking": ids}))
        assert "Dalam satu menit masih bisa dikembalikan" in text
        assert "3 orang terdaftar lagi" in followed(client, post(client, full, "/undo"))
        assert taken(slot) == 3

    def test_undo_is_not_offered_after_a_minute(self, client, full):
        now = clock.now()
        in_transaction(lambda: services.cancel(full.registration_id, now))
        with clock.stopped_at(now + timedelta(seconds=61)):
            assert "Kembalikan" not in page_of(client, full)

    def test_who_comes_back_apart_is_shown_the_new_page_and_keeps_it(self, client, slot, full, waiting):
        first = view_of(full).people[0].booking_id
        in_transaction(lambda: services.cancel(full.registration_id, clock.now(), [first]))
        sign(request(slot, person("Cepat"), phone="+6281298765434"))
        answer = post(client, full, "/undo")
        assert full.code not in answer.location
        assert "Urutan Anda</span> <b>1</b>" in followed(client, answer)
        assert "Daftar tunggu" in client.get("/my-tickets").text

    def test_changing_the_slot(self, client, slot, other, full):
        first = view_of(full).people[0].booking_id
        in_transaction(lambda: services.cancel(full.registration_id, clock.now(), [first]))
        assert "sisa 2" in page_of(client, full, "/slot")
        text = followed(client, post(client, full, "/slot", page="/slot", slot=str(other.id)))
        assert "Sekarang Anda terdaftar untuk" in text
        assert (taken(slot), taken(other)) == (0, 2)

    def test_a_slot_that_filled_up_meanwhile_is_said_on_the_form(self, client, slot, other, full):
        first = view_of(full).people[0].booking_id
        in_transaction(lambda: services.cancel(full.registration_id, clock.now(), [first]))
        token = re.search(r'name="csrf_token" value="([^"]+)"', page_of(client, full, "/slot"))[1]
        sign(request(other, person("Cepat"), phone="+6281298765434"))
        address = f"/registrations/{links.manage_token(full.code)}/slot"
        answer = client.post(address, data={"csrf_token": token, "slot": str(other.id)})
        assert answer.status_code == 409
        assert "Belum pindah" in answer.text
        assert "Tempat Anda yang sekarang tetap ada" in answer.text
        for wrong in ("", "x", "0", "99999999999"):
            assert client.post(address, data={"csrf_token": token, "slot": wrong}).status_code == 422

    def test_no_other_slot_no_such_button(self, client, full):
        assert "Pindah waktu" not in page_of(client, full)

    def test_correcting_a_name(self, client, full):
        booking = view_of(full).people[0].booking_id
        answer = post(client, full, "/names", page="/names", **{f"name-{booking}": LONG})
        assert LONG in followed(client, answer)

    def test_a_wrong_name_stays_on_the_form_with_its_reason(self, client, full):
        booking = view_of(full).people[0].booking_id
        answer = post(client, full, "/names", page="/names", **{f"name-{booking}": "x" * 81})
        assert answer.status_code == 422
        assert "x" * 81 in answer.text
        assert f'id="error-name-{booking}"' in answer.text

    def test_names_that_cannot_be_corrected_here_say_why(self, client, slot, walk, full):
        joined = sign(request(factories.slot(factories.activity(walk.festival, slug="b")), person("A")))
        assert "pendaftarannya yang pertama" in page_of(client, joined, "/names")

    @pytest.mark.parametrize("path", ["/accept", "/decline", "/undo", "/slot", "/names"])
    def test_a_wrong_token_opens_nothing(self, client, full, path):
        token = re.search(r'name="csrf_token" value="([^"]+)"', page_of(client, full, "/names"))[1]
        wrong = links.manage_token(full.code)[:-1] + "_"
        assert client.post(f"/registrations/{wrong}{path}", data={"csrf_token": token}).status_code == 404


class TestJson:
    def auth(self, done) -> dict[str, str]:
        return {"Authorization": f"Bearer {links.manage_token(done.code)}"}

    def test_position_offer_accept(self, client, slot):
        seated = sign(request(slot, person("A"), person("B"), person("C")))
        waiting = sign(request(slot, person("D"), phone="+6281298765432", waitlist=True))
        address = f"/api/v1/registrations/{waiting.code}"
        body = client.get(address, headers=self.auth(waiting)).json
        assert (body["status"], body["position"], body["offer"]) == ("waitlisted", 1, None)
        assert client.post(f"{address}/accept", headers=self.auth(waiting)).status_code == 409
        client.post(f"/api/v1/registrations/{seated.code}/cancel", headers=self.auth(seated))
        body = client.get(address, headers=self.auth(waiting)).json
        assert (body["status"], body["position"]) == ("waitlisted", None)
        assert body["offer"]["expires_at"].endswith("+07:00")
        assert body["tickets"][0]["qr"] is None
        for _ in range(2):
            answer = client.post(f"{address}/accept", headers=self.auth(waiting))
            assert (answer.status_code, answer.json["status"]) == (200, "confirmed")
        assert answer.json["tickets"][0]["qr"].startswith("PK1:")
        assert "offer" not in answer.json

    def test_decline(self, client, slot):
        seated = sign(request(slot, person("A"), person("B"), person("C")))
        waiting = sign(request(slot, person("D"), phone="+6281298765432", waitlist=True))
        client.post(f"/api/v1/registrations/{seated.code}/cancel", headers=self.auth(seated))
        address = f"/api/v1/registrations/{waiting.code}/decline"
        assert client.post(address).status_code == 404
        assert client.post(address, headers=self.auth(waiting)).json["status"] == "cancelled"
        answer = client.post(address, headers=self.auth(waiting))
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "offer_gone")
        assert taken(slot) == 0
        assert db.session.scalar(sa.select(sa.func.count(Ticket.id))) == 3
        assert db.session.scalar(sa.select(sa.func.count(Booking.id))) == 4
