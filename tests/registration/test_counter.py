"""The counter for lost phones: search, a new ticket for the old one, what gates and pages say then."""

from __future__ import annotations

import html
import re
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import AuditEntry, Role
from app.checkin import services as checkin
from app.checkin.models import CheckinPoint
from app.core import clock, keys
from app.core.db import db, in_transaction
from app.core.errors import DomainError
from app.messaging.models import OutboxMessage
from app.operations import doctor
from app.registration import links, queries, services
from app.registration.models import Ticket, TicketReissue, TicketStatus
from tests import factories
from tests.forms import post_form
from tests.registration.browser import Browser, browser
from tests.registration.signing import PHONE, counted, person, request, sign

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.fixture
def festival():
    return factories.festival()


@pytest.fixture
def slot(festival):
    return factories.slot(factories.activity(festival), starts_in=timedelta(minutes=10))


@pytest.fixture
def client(app) -> Browser:
    return browser(app)


@pytest.fixture
def counter(client) -> Browser:
    """The browser of a gate's supervisor."""
    factories.sign_in(client, factories.user("pengawas", Role.SUPERVISOR))
    return client


def found(festival, text: str) -> list[str]:
    return [one.name for one in queries.holders_at_counter(festival.id, text)]


def holder_of(festival, done, row: int = 0) -> queries.TicketHolder:
    (one,) = queries.holders_at_counter(festival.id, done.holders[row].ticket.code)
    return one


def reissue(festival, one: queries.TicketHolder, *, send: bool = False, code: str | None = None):
    db.session.rollback()
    return in_transaction(
        lambda: services.reissue(festival.id, one.participant_id, code or one.code, None, clock.now(), send=send)
    )


def scan(client, festival, *tickets) -> list[str]:
    """What the main gate says to each, one after the other."""
    gate = sa.select(CheckinPoint).where(CheckinPoint.slug == "gerbang-utama")
    point = db.session.scalar(gate) or factories.point(festival)
    token = in_transaction(lambda: checkin.pair_directly(point, "HP gerbang", clock.now())).token
    said = []
    for ticket in tickets:
        text = keys.ticket_text(festival.id, ticket.scope, ticket.id)
        said.append(_scan(client, point, token, text))
    return said


def _scan(client, point, token: str, text: str) -> str:
    body = {"id": str(uuid.uuid4()), "code": text, "scanned_at": clock.now().isoformat(), "offline": False}
    answer = client.post(
        f"/api/v1/checkin/points/{point.slug}/scans",
        json={"scans": [body]}, headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    (result,) = answer.json["results"]
    return result["reason"] or result["status"]


class TestSearch:
    def test_by_number_name_and_codes(self, festival, slot):
        done = sign(request(slot, person("Siti Aminah", 1984), person("Ma’ruf")))
        sign(request(slot, person("Joko"), phone="+6281298765432"))
        assert found(festival, "0812 3456 7890") == ["Ma’ruf", "Siti Aminah"]
        assert found(festival, "maruf") == ["Ma’ruf"]
        assert found(festival, "AMIN") == ["Siti Aminah"]
        assert found(festival, done.holders[0].ticket.code.lower()) == ["Siti Aminah"]
        assert found(festival, done.code) == ["Ma’ruf", "Siti Aminah"]
        assert found(festival, "jo") == [], "two letters would list half a city"
        assert found(festival, "%%%") == []

    def test_the_old_code_finds_its_holder_and_who_waits_has_no_ticket(self, festival, slot):
        done = sign(request(slot, person("Siti")))
        reissue(festival, holder_of(festival, done))
        assert found(festival, done.holders[0].ticket.code) == ["Siti"]
        full = factories.slot(factories.activity(festival, slug="b"), capacity=0)
        waiting = sign(request(full, person("Lain"), waitlist=True))
        assert found(festival, waiting.code) == []

    def test_as_many_statements_for_one_as_for_three(self, festival, slot):
        numbers, here = [], festival.id
        for n in (1, 2):
            sign(request(slot, *[person(f"Warga {n} {i}") for i in range(n)]))
            with counted() as statements:
                queries.holders_at_counter(here, PHONE)
            numbers.append(len(statements))
        assert numbers == [2, 2]

    def test_other_festivals_stay_out(self, festival, slot):
        sign(request(slot, person("Siti")))
        assert found(factories.festival(is_current=False), "siti") == []


class TestReissue:
    def test_the_old_one_is_replaced_at_every_gate_and_the_new_one_opens(self, client, festival, slot):
        done = sign(request(slot, person("Siti")))
        old = done.holders[0].ticket
        new = reissue(festival, holder_of(festival, done))
        assert (new.id, new.code) != (old.id, old.code)
        assert scan(client, festival, old, new) == ["replaced", "admitted"]
        assert [t.face for t in queries.registration_by_code(done.code).tickets] == [new]

    def test_who_was_in_stays_in(self, client, festival, slot):
        done = sign(request(slot, person("Siti")))
        old = done.holders[0].ticket
        assert scan(client, festival, old) == ["admitted"]
        new = reissue(festival, holder_of(festival, done))
        assert scan(client, festival, new, old) == ["already_admitted", "replaced"]
        again = reissue(festival, holder_of(festival, done))
        assert scan(client, festival, again, new) == ["already_admitted", "replaced"]
        assert [f for f in doctor.hooks.doctor_checks() if f] == []

    def test_pressed_twice_it_makes_one(self, festival, slot):
        done = sign(request(slot, person("Siti")))
        one = holder_of(festival, done)
        first = reissue(festival, one)
        assert reissue(festival, one) == first
        assert db.session.scalar(sa.select(sa.func.count(Ticket.id))) == 2

    def test_it_is_noted_who_did_it_without_names(self, festival, slot):
        done = sign(request(slot, person("Siti")))
        new = reissue(festival, holder_of(festival, done), send=True)
        entry = db.session.scalars(sa.select(AuditEntry)).one()
        old = done.holders[0].ticket
        assert (entry.action, entry.subject) == ("ticket.reissued", f"ticket:{old.id}")
        assert entry.details == {"new": new.id, "sent": True}
        kept = db.session.scalars(sa.select(TicketReissue)).one()
        assert (kept.old_ticket_id, kept.new_ticket_id) == (old.id, new.id)

    def test_a_message_only_when_asked_for(self, festival, slot):
        done = sign(request(slot, person("Siti"), person("Budi")))
        reissue(festival, holder_of(festival, done))
        new = reissue(festival, holder_of(festival, done, 1), send=True)
        message = db.session.scalars(sa.select(OutboxMessage)).one()
        assert (message.kind, message.phone) == ("ticket_reissued", PHONE)
        assert links.ticket_url(new.code, new.id) in message.body

    def test_tickets_of_others_and_ended_ones_are_refused(self, festival, slot):
        mine = sign(request(slot, person("Siti")))
        theirs = sign(request(slot, person("Joko"), phone="+6281298765432"))
        one = holder_of(festival, mine)
        with pytest.raises(DomainError, match="ticket_not_valid"):
            reissue(festival, one, code=theirs.holders[0].ticket.code)
        with pytest.raises(DomainError, match="ticket_not_valid"):
            reissue(factories.festival(is_current=False), one)
        db.session.execute(sa.update(Ticket).values(status=TicketStatus.CANCELLED))
        db.session.commit()
        with pytest.raises(DomainError, match="ticket_not_valid"):
            reissue(festival, one)


def text_of(answer) -> str:
    return html.unescape(re.sub(r"\s+", " ", answer.text))


class TestPages:
    def test_from_the_search_to_the_new_ticket(self, festival, slot, counter):
        done = sign(request(slot, person("Siti Aminah", 1984)))
        address = f"/committee/reissue/{holder_of(festival, done).participant_id}"
        page = text_of(counter.get("/committee/reissue?q=siti"))
        assert "0812-••••-7890" in page
        assert PHONE not in page
        assert address in page
        asked = counter.get(address)
        assert '<svg class="qr"' not in asked.text
        assert "Jangan dicentang kalau HP-nya dicuri" in text_of(asked)
        answer = post_form(counter, address, ticket=done.holders[0].ticket.code)
        assert answer.status_code == 303
        shown = counter.get(answer.location)
        assert shown.text.count('<svg class="qr"') == 2, "the ticket, and the way to it for another phone"
        assert shown.headers["Referrer-Policy"] == "no-referrer"
        assert db.session.scalar(sa.select(sa.func.count(OutboxMessage.id))) == 0
        entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry.user_id is not None

    def test_a_quarter_of_an_hour_later_the_code_is_not_shown_any_more(self, festival, slot, counter):
        done = sign(request(slot, person("Siti")))
        one = holder_of(festival, done)
        reissue(festival, one)
        with clock.stopped_at(clock.now() + timedelta(minutes=16)):
            page = counter.get(f"/committee/reissue/{one.participant_id}").text
        assert '<svg class="qr"' not in page
        assert "sudah pernah diganti" in page

    def test_nobody_without_a_ticket(self, festival, slot, counter):
        assert counter.get("/committee/reissue/999999").status_code == 404
        assert "tidak ada tiket yang cocok" in text_of(counter.get("/committee/reissue?q=siapa")).lower()

    def test_gate_staff_may_not(self, festival, slot, client):
        factories.sign_in(client, factories.user("gerbang", Role.GATE))
        assert client.get("/committee/reissue").status_code == 403

    def test_the_old_ticket_page_says_so(self, festival, slot, client):
        done = sign(request(slot, person("Siti")))
        old = done.holders[0].ticket
        reissue(festival, holder_of(festival, done))
        page = client.get(f"/tickets/{links.ticket_token(old.code, old.id)}")
        assert "tidak berlaku" in page.text
        assert '<svg class="qr"' not in page.text
