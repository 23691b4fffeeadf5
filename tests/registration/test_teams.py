"""A leader reserves places, members write their names by links of their own, what has no name goes to others."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import Role
from app.core import clock
from app.core.db import db, in_transaction, transaction
from app.core.errors import DomainError, InvalidInput
from app.core.hooks import due_jobs
from app.messaging.models import OutboxMessage
from app.programme import services as programme
from app.registration import links, queries, services
from app.registration.models import (
    Booking,
    Registration,
    RegistrationStatus,
    Team,
    TeamPlace,
    TeamPlaceState,
    Ticket,
)
from tests import factories
from tests.forms import csrf_token
from tests.registration.browser import Browser, browser
from tests.registration.signing import PHONE, person, request, sign, taken

SITI, BUDI, AYU = person("Siti Aminah", 1984), person("Budi", 1980), person("Ayu", 1990)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def slot(ctx):
    walk = factories.activity(factories.festival(days=9), slug="senam", kind="gymnastics", waiting_list=True)
    return factories.slot(walk, capacity=5, starts_in=4 * DAY)


def reserve(slot, size: int = 4, **changes) -> services.SignedUp:
    wanted = request(slot, SITI, **changes)
    return in_transaction(lambda: services.reserve_team(wanted, "Senam RW 05", size, [], clock.now()))


def codes() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(TeamPlace.code).order_by(TeamPlace.id)))


def states() -> list[str]:
    db.session.rollback()
    return [str(state) for state in db.session.scalars(sa.select(TeamPlace.state).order_by(TeamPlace.id))]


def name(slot, code: str, who=BUDI, phone: str = "+6281300000001", **changes) -> str:
    wanted = request(slot, who, phone=phone, contact_name=who.name, **changes)
    return in_transaction(lambda: services.name_place(code, wanted, [], clock.now()))


def due() -> timedelta:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(sa.select(Team.names_due_at)).one() - clock.now()


@pytest.fixture(autouse=True)
def sound(ctx):
    yield
    db.session.rollback()
    assert services.check() == []


class TestReserving:
    def test_all_places_are_taken_at_once_and_one_has_a_name(self, slot):
        done = reserve(slot)
        assert (done.status, len(done.holders)) == (RegistrationStatus.CONFIRMED, 1)
        assert taken(slot) == 4
        assert states() == ["open"] * 3
        assert 3 * DAY - HOUR < due() <= 3 * DAY

    def test_all_or_nothing(self, slot):
        sign(request(slot, BUDI, phone="+6281399999999"))
        with pytest.raises(DomainError) as refusal:
            reserve(slot, 5)
        assert refusal.value.code == "slot_full"
        assert taken(slot) == 1
        db.session.rollback()
        assert db.session.scalars(sa.select(Team.id)).all() == []

    def test_sent_twice_it_is_one_team(self, slot):
        wanted = request(slot, SITI)
        for replayed in (False, True):
            done = in_transaction(lambda: services.reserve_team(wanted, "RW 05", 3, [], clock.now()))
            assert done.replayed is replayed
        assert (taken(slot), len(codes())) == (3, 2)

    @pytest.mark.parametrize("size", [-1, 0, 1, 21])
    def test_sizes(self, slot, size):
        with pytest.raises(InvalidInput) as refusal:
            reserve(slot, size)
        assert set(refusal.value.fields) == {"size"}

    def test_the_committee_sets_size_and_deadline(self, ctx):
        walk = factories.activity(
            factories.festival(days=9), slug="senam", kind="gymnastics",
            kind_options={"team_most": 30, "team_names_due": 6},
        )  # fmt: skip
        slot = factories.slot(walk, capacity=30, starts_in=DAY)
        reserve(slot, 30)
        assert 17 * HOUR < due() <= 18 * HOUR

    def test_not_for_every_kind(self, ctx):
        slot = factories.slot(factories.activity(factories.festival()))
        with pytest.raises(DomainError) as refusal:
            reserve(slot)
        assert refusal.value.code == "no_teams"

    def test_who_waits_goes_first(self, slot):
        sign(request(slot, *(person(f"Warga {n}") for n in range(5)), phone="+6281399999999"))
        sign(request(slot, AYU, phone="+6281388888888", waitlist=True))
        in_transaction(
            lambda: programme.change_slot(slot.activity_id, slot.id, 7, False, None, clock.now())
        )  # fmt: skip
        assert taken(slot) == 6  # Ayu's offer
        with pytest.raises(DomainError):
            reserve(slot, 2)

    def test_the_limit_of_a_number_counts_what_it_keeps(self, slot):
        slot.activity.max_per_number = 4
        db.session.commit()
        reserve(slot, 4)
        with pytest.raises(DomainError) as refusal:
            sign(request(slot, AYU))
        assert refusal.value.code == "number_limit"
        name(slot, codes()[0])
        sign(request(slot, AYU))  # a member has a number of their own


class TestNaming:
    def test_a_member_gets_a_ticket_and_a_page_of_their_own(self, slot):
        reserve(slot)
        code = name(slot, codes()[0])
        assert taken(slot) == 4
        assert states() == ["named", "open", "open"]
        mine = queries.registration_by_code(code)
        assert mine is not None
        assert (mine.phone, [p.name for p in mine.people], len(mine.tickets)) == ("+6281300000001", ["Budi"], 1)

    def test_two_with_one_name_are_two(self, slot):
        reserve(slot)
        for n, code in enumerate(codes()[:2]):
            name(slot, code, person("Siti"), f"+628130000000{n}")
        db.session.rollback()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 3

    def test_a_place_has_one_name(self, slot):
        reserve(slot)
        first = codes()[0]
        name(slot, first)
        with pytest.raises(DomainError) as refusal:
            name(slot, first, AYU, "+6281300000002")
        assert refusal.value.code == "place_gone"
        assert taken(slot) == 4

    def test_sent_twice_it_is_one_name(self, slot):
        reserve(slot)
        wanted = request(slot, BUDI, phone="+6281300000001")
        first = codes()[0]
        said = {in_transaction(lambda: services.name_place(first, wanted, [], clock.now())) for _n in range(2)}
        assert len(said) == 1
        assert states() == ["named", "open", "open"]

    def test_who_has_a_place_already_leaves_this_one_to_others(self, slot):
        sign(request(slot, BUDI, phone="+6281300000001"))
        reserve(slot)
        waits = sign(request(slot, AYU, phone="+6281388888888", waitlist=True))
        name(slot, codes()[0])
        assert taken(slot) == 5
        db.session.rollback()
        assert queries.open_offer(waits.registration_id) is not None

    def test_a_child_needs_a_guardian(self, slot):
        reserve(slot)
        with pytest.raises(InvalidInput) as refusal:
            name(slot, codes()[0], person("Rizky", clock.now().year - 10))
        assert "participants.0.guardian_name" in refusal.value.fields
        name(slot, codes()[0], person("Rizky", clock.now().year - 10, guardian="Budi"))

    def test_also_when_sign_up_is_held_or_over(self, slot):
        reserve(slot)
        in_transaction(lambda: programme.pause_sign_up(slot.activity_id, None, clock.now()))
        name(slot, codes()[0])
        slot.activity.closes_at = clock.now()
        db.session.commit()
        name(slot, codes()[1], AYU, "+6281300000002")
        assert states() == ["named", "named", "open"]

    def test_a_member_cancels_and_undoes_by_themselves(self, slot):
        reserve(slot)
        code = name(slot, codes()[0])
        mine = queries.registration_by_code(code)
        assert mine is not None
        in_transaction(lambda: services.cancel(mine.id, clock.now()))
        assert taken(slot) == 3
        db.session.rollback()
        leader = db.session.scalars(sa.select(Team.registration_id)).one()
        team = queries.team_of(leader)
        assert team is not None
        assert (team.named, team.open_places, team.places[0].gone) == (0, 2, True)
        in_transaction(lambda: services.undo(mine.id, clock.now()))
        assert taken(slot) == 4


class TestEnding:
    def test_the_leader_gives_a_place_back_once(self, slot):
        mine = reserve(slot)
        waits = sign(request(slot, BUDI, AYU, phone="+6281388888888", waitlist=True))
        db.session.rollback()
        place = db.session.scalars(sa.select(TeamPlace.id).order_by(TeamPlace.id)).first()
        assert place is not None
        db.session.rollback()
        assert in_transaction(lambda: services.free_place(mine.registration_id, place, clock.now()))
        assert not in_transaction(lambda: services.free_place(mine.registration_id, place, clock.now()))
        assert states() == ["freed", "open", "open"]
        assert taken(slot) == 5  # offered to the two who waited
        assert queries.open_offer(waits.registration_id) is not None
        with pytest.raises(DomainError):
            name(slot, codes()[0])

    def test_nobody_frees_places_of_others_or_with_a_name(self, slot):
        mine = reserve(slot)
        other = sign(request(slot, AYU, phone="+6281388888888"))
        name(slot, codes()[0])
        places = list(db.session.scalars(sa.select(TeamPlace.id).order_by(TeamPlace.id)))
        db.session.rollback()
        assert not in_transaction(lambda: services.free_place(mine.registration_id, places[0], clock.now()))
        assert not in_transaction(lambda: services.free_place(other.registration_id, places[1], clock.now()))
        assert states() == ["named", "open", "open"]

    def test_places_without_a_name_lapse_by_the_worker_and_go_to_who_waits(self, slot):
        reserve(slot, 5)
        waits = sign(request(slot, AYU, phone="+6281388888888", waitlist=True))
        name(slot, codes()[0])
        with clock.stopped_at(clock.now() + 3 * DAY - timedelta(minutes=1)):
            assert in_transaction(lambda: services.lapse_team_places(clock.now())) == 0
        with clock.stopped_at(clock.now() + 3 * DAY):
            with pytest.raises(DomainError):  # overdue, whether or not the worker was there
                name(slot, codes()[1], AYU, "+6281300000002")
            assert services.lapse_team_places in list(due_jobs)
            assert in_transaction(lambda: services.lapse_team_places(clock.now())) == 3
            assert in_transaction(lambda: services.lapse_team_places(clock.now())) == 0
        assert states() == ["named", "lapsed", "lapsed", "lapsed"]
        assert taken(slot) == 3
        assert queries.open_offer(waits.registration_id) is not None
        told = db.session.scalars(sa.select(OutboxMessage.body).where(OutboxMessage.phone == PHONE)).all()
        assert sum("3 tempat regu Anda" in text for text in told) == 1

    def test_with_the_leader_go_the_places_without_a_name(self, slot):
        mine = reserve(slot)
        name(slot, codes()[0])
        in_transaction(lambda: services.cancel(mine.registration_id, clock.now()))
        assert states() == ["named", "freed", "freed"]
        assert taken(slot) == 1
        in_transaction(lambda: services.undo(mine.registration_id, clock.now()))
        assert taken(slot) == 2

    def test_another_slot_takes_the_places_along(self, slot):
        other = factories.slot(slot.activity, capacity=4, starts_in=8 * DAY)
        mine = reserve(slot)
        name(slot, codes()[0])
        in_transaction(lambda: services.change_slot(mine.registration_id, other.id, clock.now()))
        assert (taken(slot), taken(other)) == (1, 3)
        assert due() > 6 * DAY
        name(other, codes()[1], AYU, "+6281300000002")
        assert (taken(slot), taken(other)) == (1, 3)

    def test_who_moves_in_puts_off_nobody_elses_names(self, slot):
        other = factories.slot(slot.activity, capacity=4, starts_in=8 * DAY)
        reserve(slot, 3)
        with transaction() as session:
            session.execute(sa.update(Team).values(names_due_at=clock.now() + HOUR))
        stranger = sign(request(other, AYU, phone="+6281300000009", contact_name="Ayu"))
        in_transaction(lambda: services.change_slot(stranger.registration_id, slot.id, clock.now()))
        assert due() < HOUR

    def test_a_place_is_for_one_person(self, slot):
        reserve(slot)
        code, two = codes()[0], request(slot, BUDI, AYU, phone="+6281300000001")
        for attempt in (
            lambda: services.name_place(code, two, [], clock.now()),
            lambda: services.reserve_team(two, "Regu", 3, [], clock.now()),
        ):
            with pytest.raises(InvalidInput):
                in_transaction(attempt)
        assert taken(slot) == 4

    def test_a_slot_without_room_for_all_is_refused(self, slot):
        other = factories.slot(slot.activity, capacity=3, starts_in=8 * DAY)
        mine = reserve(slot)
        with pytest.raises(DomainError) as refusal:
            in_transaction(lambda: services.change_slot(mine.registration_id, other.id, clock.now()))
        assert refusal.value.code == "slot_full"

    def test_a_moved_slot_moves_the_deadline_and_tells_all(self, slot):
        reserve(slot)
        name(slot, codes()[0])
        times = slot.starts_at, slot.ends_at
        told = in_transaction(
            lambda: services.move_slot(
                slot.activity_id, slot.id, times, (times[0] + DAY, times[1] + DAY), None, clock.now()
            )
        )
        assert told == services.Told(4, 2)
        assert due() > 3 * DAY + 23 * HOUR

    def test_a_slot_that_is_called_off_ends_all(self, slot):
        reserve(slot)
        name(slot, codes()[0])
        told = in_transaction(lambda: services.cancel_slot(slot.activity_id, slot.id, "hujan", None, clock.now()))
        assert told == services.Told(4, 2)
        assert states() == ["named", "freed", "freed"]
        assert taken(slot) == 0


class TestPages:
    @pytest.fixture
    def client(self, app: Flask, slot) -> Browser:
        return browser(app)

    def send(self, client, page: str, **fields):
        shown = client.get(page).text
        hidden = dict(re.findall(r'name="(submission)"[^>]*value="([^"]+)"', shown))
        return client.post(page, data={"csrf_token": csrf_token(client, page), **hidden, **fields})

    def leader(self, client, at, **changes):
        fields = {
            "slot": str(at.id), "team_name": "  Senam   RW 05 ", "size": "4", "contact_name": "Siti Aminah",
            "phone": "0812 3456 7890", "people-0-birth": "1984", "consent": "y", **changes,
        }  # fmt: skip
        return self.send(client, "/activities/senam/team", **fields)

    def test_from_the_leader_to_the_member(self, app, client, slot):
        assert "/activities/senam/team" in client.get("/activities/senam").text
        done = self.leader(client, slot)
        assert done.status_code == 303
        page = client.get(done.location).text
        assert "Regu Senam RW 05" in page
        assert "0 dari 3 anggota sudah mengisi nama." in page
        assert page.count("https://wa.me/?text=Regu") == 3
        found = re.findall(r'value="[^"]*(/teams/[^"]+)"', page)
        assert len(set(found)) == 3
        member = browser(app)
        answer = member.get(found[0])
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Siti" not in answer.text
        named = self.send(
            member, found[0], contact_name="Budi", phone="0813 0000 0001", consent="y", **{"people-0-birth": "1980"}
        )
        assert named.status_code == 303
        assert "Tunjukkan QR ini di gerbang." in member.get(named.location).text
        again = client.get(done.location).text
        assert "1 dari 3 anggota sudah mengisi nama." in again
        assert "Budi" in again
        other = browser(app).get(found[0]).text
        assert "Tempat ini sudah ada namanya." in other
        assert "Budi" not in other
        manage = done.location.removesuffix("/team")
        assert "Regu Anda" in client.get(manage).text
        assert "Regu Anda" not in member.get(named.location).text
        place = db.session.scalars(sa.select(TeamPlace.id).where(TeamPlace.state == TeamPlaceState.OPEN)).first()
        db.session.rollback()
        token = csrf_token(client, done.location)
        freed = client.post(f"{done.location}/free", data={"csrf_token": token, "place": place})
        assert freed.status_code == 303
        assert taken(slot) == 3
        assert "Dilepas" in client.get(done.location).text

    @pytest.mark.parametrize(
        "wrong",
        [
            {"team_name": " "}, {"team_name": "x" * 81}, {"size": "1"}, {"size": "21"}, {"size": "dua"},
            {"size": ""}, {"consent": ""}, {"phone": "12"}, {"slot": ""}, {"slot": "999999"},
            {"people-0-birth": "kemarin"}, {"people-0-birth": "2020"}, {"homepage": "x"},
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_said_and_kept(self, client, slot, wrong):
        answer = self.leader(client, slot, **wrong)
        assert answer.status_code == 422
        assert "Belum terdaftar. Periksa bagian ini:" in answer.text
        assert taken(slot) == 0
        if "contact_name" not in wrong:
            assert 'value="Siti Aminah"' in answer.text

    def test_a_full_slot_says_how_many_are_left(self, client, slot):
        sign(request(slot, BUDI, AYU, phone="+6281399999999"))
        answer = self.leader(client, slot)
        assert answer.status_code == 409
        assert "tinggal 3" in answer.text

    def test_a_member_form_with_mistakes(self, client, slot):
        reserve(slot)
        page = f"/teams/{links.team_place_token(codes()[0])}"
        answer = self.send(client, page, contact_name="", phone="12")
        assert answer.status_code == 422
        assert "Belum tercatat. Periksa bagian ini:" in answer.text
        assert states() == ["open"] * 3

    def test_links_that_are_none(self, client, slot):
        mine = sign(request(slot, BUDI))
        reserve(slot, phone="+6281377777777")
        assert client.get(f"/teams/{codes()[0]}.x").status_code == 404
        assert client.get(f"/teams/{links.manage_token(codes()[0])}").status_code == 404
        assert client.get(f"/registrations/{links.manage_token(mine.code)}/team").status_code == 404
        assert client.get("/activities/tidak-ada/team").status_code == 404

    def test_before_the_opening_there_is_no_form(self, client, slot):
        slot.activity.opens_at = clock.now() + HOUR
        db.session.commit()
        assert "<form method" not in client.get("/activities/senam/team").text

    def test_the_page_of_a_team_reads_the_same_for_any_size(self, app, slot):
        from tests.registration.signing import counted

        client, seen = browser(app), []
        for size, phone in ((2, PHONE), (3, "+6281377777777")):
            done = reserve(slot, size, phone=phone)
            with counted() as sent:
                assert client.get(f"/registrations/{links.manage_token(done.code)}/team").status_code == 200
            seen.append(len(sent))
        assert seen[0] == seen[1]


def together(app: Flask, *works) -> list[str]:
    """Do all at once, each in a context of its own; what was said to each."""
    start, said = threading.Barrier(len(works)), []

    def one(work) -> None:
        with app.app_context():
            start.wait()
            try:
                said.append(str(in_transaction(work)))
            except DomainError as refusal:
                said.append(refusal.code)
            finally:
                db.session.remove()

    crowd = [threading.Thread(target=one, args=(work,)) for work in works]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join(60)
    return said


class TestRaces:
    def test_ten_write_their_name_to_one_place(self, app, slot):
        reserve(slot)
        first = codes()[0]
        orders = [request(slot, person("Warga"), phone=f"+628130000000{n}") for n in range(10)]
        said = together(app, *(lambda o=o: services.name_place(first, o, [], clock.now()) for o in orders))
        assert said.count("place_gone") == 9
        assert (taken(slot), states()) == (4, ["named", "open", "open"])
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Booking)) == 2
        assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 0

    def test_names_freeing_lapsing_and_calling_off_at_once(self, app, slot):
        mine = reserve(slot, 5)
        slot_id, activity_id = slot.id, slot.activity_id
        all_codes = codes()
        places = list(db.session.scalars(sa.select(TeamPlace.id).order_by(TeamPlace.id)))
        db.session.rollback()
        later = clock.now() + 3 * DAY
        orders = [request(slot, person("Warga"), phone=f"+628130000000{n}") for n in range(4)]
        together(
            app,
            *(
                lambda c=c, o=o: services.name_place(c, o, [], clock.now())
                for c, o in zip(all_codes, orders, strict=True)
            ),
            *(lambda p=p: services.free_place(mine.registration_id, p, clock.now()) for p in places[:2]),
            lambda: services.lapse_team_places(later),
            lambda: services.cancel(mine.registration_id, clock.now()),
        )
        assert "open" not in states()
        assert services.check() == []
        together(app, lambda: services.cancel_slot(activity_id, slot_id, "", None, clock.now()))
        assert taken(slot) == 0
        db.session.rollback()
        live = sa.select(Registration.id).where(Registration.status != RegistrationStatus.CANCELLED)
        assert db.session.scalars(live).all() == []


class TestTheCommitteesList:
    def test_leaders_and_members_are_seen_and_found_by_the_teams_name(self, slot):
        reserve(slot)
        name(slot, codes()[0])
        name(slot, codes()[1], who=AYU, phone="+6281300000002")
        festival = db.session.scalars(sa.select(Registration.festival_id).limit(1)).one()
        rows, total = queries.registrations_page(festival, "senam rw")
        assert total == 3
        assert [(row.contact_name, row.member_of) for row in rows[:2]] == [
            ("Ayu", "Senam RW 05"),
            ("Budi", "Senam RW 05"),
        ]
        leader = rows[2].team
        assert (rows[2].contact_name, rows[2].member_of) == ("Siti Aminah", None)
        assert (leader.name, leader.named, leader.open_places) == ("Senam RW 05", 2, 1)

    def test_members_who_cancelled_are_not_counted(self, slot):
        reserve(slot)
        name(slot, codes()[0])
        budi = db.session.scalars(sa.select(Registration.id).where(Registration.contact_name == "Budi")).one()
        in_transaction(lambda: services.cancel(budi, clock.now()))
        festival = db.session.scalars(sa.select(Registration.festival_id).limit(1)).one()
        leader = queries.registrations_page(festival, "rw 05")[0][-1].team
        assert (leader.named, leader.open_places) == (0, 2)

    def test_the_page_says_it(self, client, slot):
        reserve(slot)
        name(slot, codes()[0])
        factories.sign_in(client, factories.user("panitia", Role.COMMITTEE))
        page = client.get("/committee/registrations?q=senam").text
        assert "Anggota regu Senam RW 05" in page
        assert "1 anggota bernama, 2 tempat menunggu nama sampai" in page
