"""Who may sign up how often and with how many: families and schools never notice, programs and hoarders do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

import config
from app import create_app
from app.core import clock, limits
from app.core.db import db, in_transaction
from app.core.errors import DomainError
from app.core.limits import limiter
from app.programme.models import TimeSlot
from app.registration import rules, services
from app.registration.models import Registration
from tests import factories
from tests.registration.browser import Browser, browser
from tests.registration.signing import PHONE, counted, person, request, sign, taken
from tests.registration.test_race import PROCESSES, run

PATH = "/activities/jalan-santai/register"


@pytest.fixture
def slot(ctx: None) -> TimeSlot:
    return factories.slot(factories.activity(factories.festival()), capacity=5000)


def registrations() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Registration)) or 0


def refused(wanted, *proof) -> DomainError:
    with pytest.raises(DomainError) as caught:
        sign(wanted, *proof)
    return caught.value


class TestRates:
    @pytest.fixture
    def limited(self, settings: config.Settings, slot: TimeSlot) -> Iterator[Flask]:
        app = create_app(replace(settings, ratelimit_enabled=True))
        limiter.reset()
        yield app
        limiter.reset()
        limiter.enabled = False
        with app.app_context():
            db.engine.dispose()

    @staticmethod
    def form(visitor: Browser, slot: TimeSlot, name: str, phone: str, **changes: str) -> dict[str, str]:
        page = visitor.get(PATH).text
        hidden = dict(re.findall(r'name="(csrf_token|submission)"[^>]*value="([^"]*)"', page))
        return {
            **hidden, "slot": str(slot.id), "contact_name": name, "phone": phone, "consent": "y",
            "people-0-name": name, "people-0-birth": "1984", **changes,
        }  # fmt: skip

    @staticmethod
    def json(visitor: Browser, slot: TimeSlot, name: str, phone: str):
        body = {
            "slot_id": slot.id, "contact": {"name": name, "phone": phone}, "answers": {}, "consent": True,
            "participants": [{"name": name, "birth_date": "1984"}],
        }  # fmt: skip
        return visitor.post("/api/v1/registrations", json=body, headers={"Idempotency-Key": name + phone})

    def test_a_family_with_one_phone(self, limited: Flask, slot: TimeSlot) -> None:
        """Ten sign-ups within a minute, each pressed twice by an impatient thumb at the last."""
        phone = browser(limited)
        answers = []
        for number in range(10):
            sent = self.form(phone, slot, f"Anak ke-{number + 1}", "0812-3456-7890")
            answers.append(phone.post(PATH, data=sent).status_code)
        answers.append(phone.post(PATH, data=sent).status_code)
        assert answers == [303] * 11
        assert registrations() == 10

    def test_a_school_behind_one_address(self, limited: Flask, slot: TimeSlot) -> None:
        """300 pupils at once are as many as fit; the 301st within that minute is asked to wait."""
        pupil = browser(limited)
        said = Counter(self.json(pupil, slot, f"Siswa {n}", f"0812{n:08}").status_code for n in range(300))
        assert said == {201: 300}
        late = self.json(pupil, slot, "Siswa 301", "081399999999")
        assert late.status_code == 429
        assert 1 <= int(late.headers["Retry-After"]) <= 61
        other = browser(limited)
        other.environ_base["REMOTE_ADDR"] = "203.0.113.9"
        assert self.json(other, slot, "Tetangga", "081399999999").status_code == 201

    def test_one_number_too_often(self, limited: Flask, slot: TimeSlot) -> None:
        """Counted for page and JSON together, from whatever address, in every habit of writing it."""
        answers = []
        for number in range(10):
            visitor = browser(limited)
            visitor.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
            answers.append(self.json(visitor, slot, f"Warga {number}", "081234567890").status_code)
            sent = self.form(visitor, slot, f"Warga lain {number}", "+62 812-3456-7890")
            answers.append(visitor.post(PATH, data=sent).status_code)
        assert answers == [201, 303] * 10
        refusal = self.json(visitor, slot, "Satu lagi", "62812 3456 7890")
        assert (refusal.status_code, refusal.json["error"]["code"]) == (429, "too_many_requests")
        assert 1 <= int(refusal.headers["Retry-After"]) <= 61
        sent = self.form(visitor, slot, "Siti yang panjang namanya", "081234567890")
        page = visitor.post(PATH, data=sent)
        assert page.status_code == 429
        assert 'value="Siti yang panjang namanya"' in page.text, "nothing typed is lost"
        assert "Coba lagi setelah" in page.text
        assert self.json(visitor, slot, "Orang lain", "081234567891").status_code == 201
        assert registrations() == 21

    def test_asking_for_links(self, limited: Flask, slot: TimeSlot) -> None:
        """A school may ask together; one number is not asked for without end, known or not."""
        visitor = browser(limited)
        token = self.form(visitor, slot, "x", "x")["csrf_token"]

        def ask(phone: str) -> int:
            return visitor.post("/my-tickets", data={"csrf_token": token, "phone": phone}).status_code

        assert [ask(f"0812000000{n}") for n in range(10, 60)] == [200] * 50
        assert [ask("081234567890") for _ in range(7)] == [200] * 5 + [429] * 2
        assert [ask("0812000000x") for _ in range(4)] == [422] * 3 + [429], "60 a minute for the address"

    def test_no_number_is_kept_to_count_by(self, limited: Flask, slot: TimeSlot, monkeypatch) -> None:
        keys: list[str] = []
        count = limiter.storage.incr
        monkeypatch.setattr(limiter.storage, "incr", lambda key, *a, **k: keys.append(key) or count(key, *a, **k))
        assert self.json(browser(limited), slot, "Siti", "081234567890").status_code == 201
        assert any("sign_up_number" in key for key in keys)
        assert not any("1234567890" in key for key in keys)

    def test_what_is_not_a_number_is_not_counted(self, limited: Flask, slot: TimeSlot) -> None:
        assert limits.SIGN_UPS_OF_NUMBER.startswith("20/")
        answers = [self.json(browser(limited), slot, "Siti", "bukan nomor").status_code for _ in range(25)]
        assert answers == [422] * 25


@pytest.mark.parametrize(
    ("most", "there", "more", "beyond"),
    [(4, 0, 4, False), (4, 3, 1, False), (4, 3, 2, True), (4, 4, 1, True), (4, 4, 0, False), (2, 3, 0, False),
     (1, 0, 1, False), (1, 0, 2, True), (None, 1000, 1000, False)],
)  # fmt: skip
def test_where_the_limit_is(most: int | None, there: int, more: int, beyond: bool) -> None:
    assert rules.beyond_number(most, there, more) is beyond


@pytest.mark.parametrize(
    ("group", "number", "most"), [(10, None, 10), (50, None, 20), (10, 4, 4), (3, 4, 3), (10, 1000, 10), (1, 1, 1)]
)
def test_how_many_at_once(group: int, number: int | None, most: int) -> None:
    assert rules.most_at_once(group, number) == most


class TestTrap:
    def test_a_program_that_fills_in_everything(self, app: Flask, slot: TimeSlot) -> None:
        visitor = browser(app)
        sent = TestRates.form(visitor, slot, "Siti", "081234567890", homepage="https://example.com")
        with counted() as statements:
            page = visitor.post(PATH, data=sent)
        assert page.status_code == 422
        assert "Coba lagi" in page.text
        assert registrations() == 0
        assert not [s for s in statements if s.startswith(("INSERT", "UPDATE"))]
        assert "example.com" not in page.text, "a person in whom it was filled by mistake just sends again"
        assert 'value="Siti"' in page.text
        assert visitor.post(PATH, data={**sent, "homepage": ""}).status_code == 303

    def test_people_neither_see_nor_reach_it(self, app: Flask, slot: TimeSlot) -> None:
        page = browser(app).get(PATH).text
        (box,) = re.findall(r'<div class="hidden"><label[^>]*>([^<]*)</label><input ([^>]*)>', page)
        assert box[0] == "Jangan isi kolom ini"
        assert 'tabindex="-1"' in box[1]
        assert 'autocomplete="off"' in box[1]


class TestMostPerNumber:
    @pytest.fixture
    def four(self, slot: TimeSlot) -> TimeSlot:
        slot.activity.max_per_number = 4
        db.session.commit()
        return slot

    @staticmethod
    def family(*names: str) -> list[rules.Person]:
        return [person(name, 1984) for name in names]

    def test_up_to_the_limit(self, four: TimeSlot) -> None:
        sign(request(four, *self.family("A", "B", "C")))
        assert refused(request(four, *self.family("D", "E"))).code == "number_limit"
        sign(request(four, *self.family("D")))
        assert refused(request(four, *self.family("F"))).code == "number_limit"
        sign(request(four, *self.family("F"), phone="+6281111111111"))
        assert taken(four) == 5

    def test_more_at_once_is_told_at_once(self, four: TimeSlot) -> None:
        fault = refused(request(four, *self.family("A", "B", "C", "D", "E")))
        assert (fault.code, fault.status) == ("invalid", 422)
        assert "Paling banyak 4" in str(fault.message)

    def test_each_slot_for_itself(self, four: TimeSlot) -> None:
        other = factories.slot(four.activity, starts_in=timedelta(hours=5))
        sign(request(four, *self.family("A", "B", "C", "D")))
        sign(request(other, *self.family("E", "F", "G", "H")))
        assert (taken(four), taken(other)) == (4, 4)

    def test_who_waits_counts_and_who_cancelled_does_not(self, four: TimeSlot) -> None:
        four.capacity = 3
        db.session.commit()
        first = sign(request(four, *self.family("A", "B", "C")))
        sign(request(four, *self.family("D"), waitlist=True))
        assert refused(request(four, *self.family("E"), waitlist=True)).code == "number_limit"
        in_transaction(lambda: services.cancel(first.registration_id, clock.now()))
        sign(request(four, *self.family("E", "F"), waitlist=True))

    def test_sent_again_is_the_same_and_not_more(self, four: TimeSlot) -> None:
        wanted = request(four, *self.family("A", "B", "C", "D"))
        first, again = sign(wanted), sign(wanted)
        assert again.replayed
        assert again.code == first.code
        with pytest.raises(DomainError) as caught:
            sign(request(four, *self.family("A")), first)
        assert caught.value.code == "already_registered", "who proves it is told so"

    def test_the_limit_tells_nobody_who_is_booked(self, four: TimeSlot) -> None:
        sign(request(four, *self.family("A", "B", "C")))
        codes = [refused(request(four, *self.family(name, "Z"))).code for name in ("A", "Y")]
        assert codes == ["number_limit", "number_limit"]

    def test_the_refusal_does_not_tell_how_many_there_are(self, four: TimeSlot) -> None:
        sign(request(four, *self.family("A", "B", "C")))
        assert str(refused(request(four, *self.family("D", "E"))).message) == (
            "Dari satu nomor paling banyak 4 orang di jadwal ini."
        )

    def test_changing_slots_does_not_get_round_it(self, four: TimeSlot) -> None:
        other = factories.slot(four.activity, starts_in=timedelta(hours=5))
        sign(request(four, *self.family("A", "B", "C")))
        moving = sign(request(other, *self.family("D", "E")))
        with pytest.raises(DomainError) as caught:
            in_transaction(lambda: services.change_slot(moving.registration_id, four.id, clock.now()))
        assert caught.value.code == "number_limit"
        assert (taken(four), taken(other)) == (3, 2)

    def test_nor_does_undoing_a_cancellation(self, four: TimeSlot) -> None:
        first = sign(request(four, *self.family("A", "B", "C")))
        in_transaction(lambda: services.cancel(first.registration_id, clock.now()))
        sign(request(four, *self.family("D", "E")))
        with pytest.raises(DomainError) as caught:
            in_transaction(lambda: services.undo(first.registration_id, clock.now()))
        assert caught.value.code == "number_limit"
        assert taken(four) == 2

    def test_the_pages_say_it(self, app: Flask, four: TimeSlot) -> None:
        assert 'data-most="4"' in browser(app).get(PATH).text

    def test_one_statement_and_only_where_there_is_a_limit(self, four: TimeSlot) -> None:
        with counted() as limited:
            sign(request(four, person("Siti")))
        four.activity.max_per_number = None
        db.session.commit()
        with counted() as free:
            sign(request(four, person("Budi")))
        assert len(limited) == len(free) + 1

    @pytest.mark.processes
    def test_all_at_once(self, settings: config.Settings, four: TimeSlot) -> None:
        orders = [
            [{"slot": four.id, "phone": PHONE, "names": [f"Orang {p}-{n}"], "key": f"{p}-{n}"} for n in range(6)]
            for p in range(PROCESSES)
        ]
        assert Counter(run(settings, orders)) == {"confirmed": 4, "number_limit": 6 * PROCESSES - 4}
        assert taken(four) == 4
        assert services.check() == []
