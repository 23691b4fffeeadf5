"""Blank tickets: printed before anybody has them, given to a person once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta

import pypdfium2
import pytest
import sqlalchemy as sa
import zxingcpp
from flask import Flask

from app.accounts.models import AuditEntry
from app.core import clock, keys
from app.core.codes import group_code
from app.core.crypto import TicketVerifier
from app.core.db import db, in_transaction, transaction
from app.core.errors import DomainError, InvalidInput
from app.messaging.models import OutboxMessage
from app.messaging.services import queue_message
from app.programme.models import EntryMode, TimeSlot
from app.registration import documents, services
from app.registration.models import (
    BlankTicket,
    Booking,
    BookingStatus,
    Consent,
    Participant,
    Registration,
    Ticket,
    TicketReissue,
    TicketStatus,
)
from app.registration.queries import blank as queries
from app.registration.services import Binding
from tests import factories
from tests.registration.signing import PHONE, person, request, sign, taken

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.fixture
def festival():
    return factories.festival()


@pytest.fixture
def walk(festival):
    return factories.activity(festival)


@pytest.fixture
def slot(walk):
    return factories.slot(walk)


@pytest.fixture
def user():
    return factories.user()


@pytest.fixture
def sheet(festival, user):
    return stack(festival, user, 5)


def stack(festival, user, number: int) -> int:
    return in_transaction(lambda: services.print_blank(festival.id, number, user.id, clock.now()))


def tickets(sheet_id: int) -> list[queries.BlankFace]:
    db.session.rollback()
    return queries.unused_tickets(sheet_id)


def bind(festival, user, ticket_id: int, slot, who=None, phone: str = "", *, replace: bool = False, now=None):
    wanted = Binding(ticket_id, who or person("Siti", 1984), phone, slot.id, replace)
    return in_transaction(lambda: services.bind(festival.id, wanted, user.id, now or clock.now()))


def refused(*args, **more) -> DomainError:
    with pytest.raises(DomainError) as caught:
        bind(*args, **more)
    return caught.value


def count(model) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


class TestPrinting:
    def test_signed_already_and_nobodys(self, festival, sheet):
        faces = tickets(sheet)
        assert [face.place for face in faces] == [1, 2, 3, 4, 5]
        rows = db.session.scalars(sa.select(Ticket)).all()
        assert {(row.participant_id, row.scope, row.status) for row in rows} == {(None, 0, TicketStatus.VALID)}
        assert len({row.code for row in rows}) == 5

    def test_five_hundred_at_once(self, festival, user):
        assert len(tickets(stack(festival, user, 500))) == 500

    @pytest.mark.parametrize("number", [0, -1, 501, 10**9])
    def test_not_more_and_not_none(self, festival, user, number):
        with pytest.raises(InvalidInput):
            stack(festival, user, number)

    def test_the_paper_reads(self, app: Flask, festival, sheet):
        faces = tickets(sheet)
        printed = [(f.place, group_code(f.code), keys.ticket_text(festival.id, 0, f.id)) for f in faces]
        document = pypdfium2.PdfDocument(documents.blank_sheets(festival.name, sheet, printed))
        found = {code.text for code in zxingcpp.read_barcodes(document[0].render(scale=3).to_pil())}
        page = document[0].get_textpage()
        said = page.get_text_range()
        page.close()
        document.close()
        verifier: TicketVerifier = app.extensions["pekan_verifier"]
        assert {verifier.read(text).ticket_id for text in found} == {face.id for face in faces}
        assert {verifier.read(text).scope for text in found} == {0}
        assert "Tiket kosong" in said
        assert group_code(faces[0].code) in said
        assert f"Tumpukan {sheet} · 005" in said

    def test_a_lost_stack_ends_but_who_has_a_name_stays(self, festival, slot, user, sheet):
        first, *_rest = tickets(sheet)
        bind(festival, user, first.id, slot)
        assert in_transaction(lambda: services.cancel_sheet(festival.id, sheet, user.id, clock.now())) == 4
        assert in_transaction(lambda: services.cancel_sheet(festival.id, sheet, user.id, clock.now())) == 0
        assert tickets(sheet) == []
        assert queries.blank_ticket(festival.id, first.code).status is TicketStatus.VALID
        (row,) = queries.blank_sheets(festival.id)
        assert (row.number, row.used, row.printed_by) == (5, 1, "panitia")
        assert row.cancelled_at is not None

    def test_of_another_festival_it_is_out_of_reach(self, festival, sheet, user):
        assert in_transaction(lambda: services.cancel_sheet(festival.id + 1, sheet, user.id, clock.now())) == 0
        assert queries.blank_ticket(festival.id + 1, tickets(sheet)[0].code) is None

    def test_a_usual_ticket_is_no_blank_one(self, festival, slot):
        done = sign(request(slot))
        assert queries.blank_ticket(festival.id, done.holders[0].ticket.code) is None


class TestBinding:
    def test_a_name_a_place_a_ticket(self, festival, slot, user, sheet):
        face = tickets(sheet)[0]
        bound = bind(festival, user, face.id, slot, person("Siti Aminah", 1984))
        assert (bound.holder, bound.code, bound.status) == ("Siti Aminah", face.code, TicketStatus.VALID)
        assert taken(slot) == 1
        booking = db.session.scalars(sa.select(Booking)).one()
        assert (booking.status, booking.name) == (BookingStatus.CONFIRMED, "Siti Aminah")
        blank = db.session.get(BlankTicket, face.id)
        assert (blank.bound_by_id, blank.bound_at is not None) == (user.id, True)
        assert services.check() == []
        assert [face.place for face in tickets(sheet)] == [2, 3, 4, 5]

    def test_twice_is_refused(self, festival, slot, user, sheet):
        face = tickets(sheet)[0]
        bind(festival, user, face.id, slot)
        error = refused(festival, user, face.id, slot, person("Budi"))
        assert (error.code, set(error.fields)) == ("ticket_used", {"code"})
        assert (taken(slot), count(Participant)) == (1, 1)

    def test_two_counters_at_once(self, app: Flask, festival, slot, user, sheet):
        face = tickets(sheet)[0]
        ids = (festival.id, user.id, slot.id)
        db.session.rollback()

        def one(name: str) -> str:
            with app.app_context():
                try:
                    wanted = Binding(face.id, person(name), "", ids[2])
                    in_transaction(lambda: services.bind(ids[0], wanted, ids[1], clock.now()))
                    return "bound"
                except DomainError as error:
                    return error.code
                finally:
                    db.session.remove()

        with ThreadPoolExecutor(2) as pool:
            said = sorted(pool.map(lambda name: copy_context().run(one, name), ["Siti", "Budi"]))
        assert said == ["bound", "ticket_used"]
        assert taken(slot) == 1
        assert count(Participant) == 1

    def test_namesakes_without_a_number_are_two_people(self, festival, slot, user, sheet):
        one, two, *_rest = tickets(sheet)
        bind(festival, user, one.id, slot, person("Siti", 1984))
        bind(festival, user, two.id, slot, person("Siti", 1984))
        assert (count(Participant), taken(slot)) == (2, 2)
        assert sorted(db.session.scalars(sa.select(Participant.ordinal))) == [0, 1]

    def test_with_a_number_it_opens_there_too(self, festival, slot, user, sheet):
        face = tickets(sheet)[0]
        bind(festival, user, face.id, slot, person("Siti"), PHONE)
        registration = db.session.scalars(sa.select(Registration)).one()
        assert (registration.contact_phone, registration.contact_name) == (PHONE, "Siti")

    def test_without_a_number_nothing_can_be_sent(self, festival, slot, user, sheet):
        bind(festival, user, tickets(sheet)[0].id, slot)
        with transaction():
            assert not queue_message(festival.id, "reminder", "", "Besok", clock.now())
        assert count(OutboxMessage) == 0

    def test_also_in_a_slot_that_has_begun_but_not_after_its_end(self, festival, slot, user, sheet):
        one, two, *_rest = tickets(sheet)
        bind(festival, user, one.id, slot, now=slot.ends_at - timedelta(minutes=1))
        error = refused(festival, user, two.id, slot, now=slot.ends_at)
        assert error.code == "slot_closed"

    def test_full_closed_strange_or_asking_slots(self, festival, walk, user, sheet):
        face = tickets(sheet)[0]
        assert refused(festival, user, face.id, factories.slot(walk, capacity=0)).code == "slot_full"
        donors = factories.slot(factories.activity(festival, slug="donor", kind="blood_donation"))
        assert refused(festival, user, face.id, donors).code == "slot_closed"
        free = factories.slot(factories.activity(festival, slug="hiburan", entry_mode=EntryMode.NONE))
        assert refused(festival, user, face.id, free).code == "slot_closed"
        closed = factories.slot(walk, starts_in=timedelta(hours=5))
        with transaction():
            db.session.execute(sa.update(TimeSlot).where(TimeSlot.id == closed.id).values(closed=True))
        assert refused(festival, user, face.id, closed).code == "slot_closed"
        with transaction():
            festival.is_current = False
        strange = factories.slot(factories.activity(factories.festival()))
        assert refused(festival, user, face.id, strange).code == "slot_unknown"
        assert (count(Participant), count(Registration)) == (0, 0)

    def test_guests_of_an_invitation_come_too(self, festival, user, sheet):
        final = factories.activity(
            festival, slug="lomba", kind="competition_final", entry_mode=EntryMode.INVITATION
        )
        assert bind(festival, user, tickets(sheet)[0].id, factories.slot(final)).holder == "Siti"

    def test_ages_and_guardians_hold_here_as_well(self, festival, user, sheet):
        face, year = tickets(sheet)[0], clock.local(clock.now()).year
        grown = factories.slot(factories.activity(festival, slug="senam", kind="gymnastics", min_age=17))
        assert set(refused(festival, user, face.id, grown, person("A")).fields) == {"participants.0.birth_date"}
        slot = factories.slot(factories.activity(festival, slug="talk", kind="talk_show"))
        child = person("Adik", year - 9)
        assert set(refused(festival, user, face.id, slot, child).fields) == {"participants.0.guardian_name"}
        from dataclasses import replace

        bind(festival, user, face.id, slot, replace(child, guardian_name="Ibu Ani"))
        assert db.session.scalars(sa.select(Consent.given_by)).all() == ["Ibu Ani"]

    def test_who_has_a_ticket_is_asked_first(self, festival, slot, user, sheet):
        done = sign(request(slot, person("Siti", 1984)))
        old, face = done.holders[0].ticket, tickets(sheet)[0]
        assert refused(festival, user, face.id, slot, person("Siti", 1984), PHONE).code == "has_ticket"
        bind(festival, user, face.id, slot, person("Siti", 1984), PHONE, replace=True)
        assert db.session.get(Ticket, old.id).status is TicketStatus.REPLACED
        reissue = db.session.scalars(sa.select(TicketReissue)).one()
        assert (reissue.old_ticket_id, reissue.new_ticket_id) == (old.id, face.id)
        assert (taken(slot), count(Participant), count(Booking)) == (1, 1, 1)
        assert services.check() == []

    def test_who_only_waits_is_not_let_in(self, festival, walk, user, sheet):
        slot = factories.slot(walk, capacity=1)
        sign(request(slot, person("Ada"), phone="+6281111111111"))
        sign(request(slot, person("Siti", 1984), waitlist=True))
        error = refused(festival, user, tickets(sheet)[0].id, slot, person("Siti", 1984), PHONE)
        assert error.code == "waitlisted"

    def test_a_cancelled_or_unknown_one(self, festival, slot, user, sheet):
        face = tickets(sheet)[0]
        in_transaction(lambda: services.cancel_sheet(festival.id, sheet, user.id, clock.now()))
        assert refused(festival, user, face.id, slot).code == "ticket_not_valid"
        assert refused(festival, user, 12345, slot).code == "ticket_unknown"
        assert taken(slot) == 0

    def test_who_did_it_is_written_down_without_names(self, festival, slot, user, sheet):
        bind(festival, user, tickets(sheet)[0].id, slot)
        entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [entry.action for entry in entries] == ["blank_tickets.printed", "ticket.bound"]
        assert "Siti" not in str([entry.details for entry in entries])


def test_slots_for_who_just_came(festival, walk):
    now = clock.now()
    over = factories.slot(walk, starts_at=now - timedelta(hours=2), minutes=60)
    on = factories.slot(walk, starts_at=now - timedelta(minutes=30), minutes=60, capacity=3)
    later = factories.slot(walk, capacity=None)
    found = queries.open_slots(festival.id, now)
    assert [(slot.id, slot.left) for slot in found] == [(on.id, 3), (later.id, None)]
    assert over.id not in {slot.id for slot in found}


def test_the_list_of_stacks_takes_one_statement(festival, user):
    from tests.registration.signing import counted

    sent = []
    for many in (1, 3):
        for _ in range(many):
            stack(festival, user, 2)
        with counted() as statements:
            queries.blank_sheets(festival.id)
        sent.append(len(statements))
    assert sent == [1, 1]
