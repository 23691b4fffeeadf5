"""Kinds on the pages, as a browser without JavaScript sends them."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from jinja2 import ChoiceLoader, DictLoader

from app.core import clock
from app.core.db import db
from app.programme import kinds
from app.programme.kinds.base import Kind, Question, QuestionType
from app.registration.models import Booking, BookingStatus, Consent, Participant, Registration
from tests import factories
from tests.registration.browser import Browser, browser
from tests.registration.signing import counted
from tests.registration.test_routes import address, fields, filled, send

WELL = {"people-0-birth": "17-05-1984", "consent_health": "y"}


@pytest.fixture
def client(app, ctx) -> Browser:
    return browser(app)


@pytest.fixture
def walk(ctx):
    return factories.activity(factories.festival(), earns_coupon=True)


@pytest.fixture
def slot(walk):
    return factories.slot(walk)


@pytest.fixture
def donation(walk):
    activity = factories.activity(walk.festival, slug="donor", kind="blood_donation")
    factories.slot(activity)
    return activity


def all_of(column) -> list:
    db.session.rollback()
    return list(db.session.scalars(sa.select(column)))


def year_of(age: int) -> str:
    return str(clock.now().year - age)


class TestGuardians:
    def test_asked_where_somebody_is_under_18_and_nothing_is_lost(self, client, walk, slot):
        sent = filled(client, walk, "Siti", "Budi") | {"people-1-birth": year_of(14)}
        answer = send(client, walk, sent)
        assert answer.status_code == 422
        assert 'href="#people-1-guardian"' in answer.text
        assert re.search(r"<details[^>]+open", answer.text)
        assert 'value="Budi"' in answer.text
        assert send(client, walk, sent | {"people-1-agrees": "y"}).status_code == 303
        assert set(all_of(Participant.guardian_name)) == {None, "Siti Aminah"}

    def test_another_guardian_than_the_one_who_signs_up(self, client, walk, slot):
        sent = filled(client, walk, "Siti", "Budi") | {"people-1-birth": year_of(14)}
        assert send(client, walk, sent | {"people-1-guardian": "Nenek"}).status_code == 422  # not agreed
        both = {"people-1-guardian": "Nenek", "people-1-agrees": "y"}
        assert send(client, walk, sent | both).status_code == 303
        assert all_of(Consent.given_by) == ["Nenek"]

    def test_a_child_that_signs_up_itself_needs_another_name(self, client, walk, slot):
        sent = filled(client, walk, "Siti Aminah") | {"people-0-birth": year_of(15), "people-0-agrees": "y"}
        answer = send(client, walk, sent)
        assert "bukan nama anak itu sendiri" in answer.text
        assert send(client, walk, sent | {"people-0-guardian": "Ibu Siti"}).status_code == 303

    def test_names_of_guardians_are_names(self, client, walk, slot):
        sent = filled(client, walk, "Budi") | {
            "people-0-birth": year_of(15), "people-0-agrees": "y", "people-0-guardian": "x" * 81,
        }  # fmt: skip
        assert "paling panjang 80" in send(client, walk, sent).text

    def test_a_small_child_alone(self, client, walk, slot):
        sent = filled(client, walk, "Adi") | {"people-0-birth": year_of(7), "people-0-agrees": "y"}
        answer = send(client, walk, sent)
        assert (answer.status_code, 'href="#people-0-birth"' in answer.text) == (422, True)

    def test_not_asked_where_only_grown_ups_come(self, client, walk):
        adults = factories.activity(walk.festival, slug="dewasa", kind="general", min_age=18)
        factories.slot(adults)
        assert "data-guardian" not in client.get(address(adults)).text


class TestBloodDonation:
    def test_the_questions_stand_with_everybody(self, client, donation):
        page = client.get(address(donation)).text
        assert "lalu dilupakan" in page
        more = send(client, donation, fields(page) | {"add": "1"}).text
        for name in ("last_donation", "tattoo", "vaccine", "medicine", "pregnant_or_nursing"):
            assert f'name="people-1-answer_{name}"' in more

    def test_well_people_go_straight_to_their_tickets(self, client, donation):
        answer = send(client, donation, filled(client, donation) | WELL)
        assert answer.status_code == 303
        assert "LAYAK MENDAFTAR" in client.get(answer.location).text

    def test_who_is_to_see_the_doctor_is_told_first(self, client, donation):
        sent = filled(client, donation) | WELL | {"people-0-answer_medicine": "y"}
        answer = send(client, donation, sent)
        assert answer.status_code == 422
        assert "tunjukkan obatnya" in answer.text
        again = fields(answer.text) | {"slot": sent["slot"], "heard_doctor": "y"}
        assert again["people-0-answer_medicine"] == "y"
        done = send(client, donation, again)
        assert done.status_code == 303
        assert "PERLU DOKTER" in client.get(done.location).text
        assert "obat" not in client.get(done.location).text.lower()

    def test_who_cannot_come_reads_why_and_when(self, client, donation):
        today = clock.local(clock.now()).date()
        sent = filled(client, donation) | WELL | {"people-0-answer_last_donation": f"{today:%d-%m-%Y}"}
        answer = send(client, donation, sent)
        assert answer.status_code == 422
        assert 'href="#people-0-answer_last_donation"' in answer.text
        assert "Baru bisa donor lagi mulai" in answer.text

    def test_consent_to_that_is_asked_for(self, client, donation):
        answer = send(client, donation, filled(client, donation) | {"people-0-birth": "17-05-1984"})
        assert (answer.status_code, 'href="#consent_health"' in answer.text) == (422, True)


class TestTalkShow:
    @pytest.fixture
    def show(self, walk):
        activity = factories.activity(walk.festival, slug="talk", kind="talk_show")
        factories.slot(activity)
        return activity

    def test_a_question_and_an_interest(self, client, show):
        sent = filled(client, show) | {"answer_question": "Berapa bunganya?", "consent_capital": "y"}
        assert send(client, show, sent).status_code == 303
        assert all_of(Registration.answers) == [{"question": "Berapa bunganya?"}]
        assert all_of(Consent.purpose) == ["capital"]


class TestManage:
    def test_bib_and_coupon_are_on_the_ticket(self, client, walk, slot):
        page = client.get(send(client, walk, filled(client, walk)).location).text
        assert re.search(r"Nomor dada <b>1</b>", page)
        assert "1 kupon doorprize" in page

    def test_clashes_are_pointed_out(self, client, walk, slot):
        desk = factories.activity(walk.festival, slug="nib", kind="business_licence", title="Layanan NIB")
        factories.slot(desk, starts_at=slot.starts_at)
        first = send(client, walk, filled(client, walk)).location
        assert "bertabrakan" not in client.get(first).text
        assert "bertabrakan" in client.get(send(client, desk, filled(client, desk)).location).text

    def test_the_manage_page_asks_no_more_than_before(self, client, walk, slot):
        location = send(client, walk, filled(client, walk)).location
        db.session.rollback()
        with counted() as statements:
            client.get(location)
        assert len(statements) <= 3, statements


class TestConsents:
    @pytest.fixture
    def manage(self, client, walk, slot) -> str:
        sent = filled(client, walk, "Siti", "Budi") | {
            "people-1-birth": year_of(14), "people-1-agrees": "y", "consent_whatsapp": "y",
        }  # fmt: skip
        return send(client, walk, sent).location

    def form(self, client, manage, **changes):
        page = client.get(f"{manage}/consents")
        assert page.status_code == 200
        token = fields(page.text)["csrf_token"]
        return client.post(f"{manage}/consents", data={"csrf_token": token, "booking": "", **changes})

    def test_all_are_shown_in_their_words(self, client, manage):
        page = client.get(f"{manage}/consents")
        for words in ("Pendaftaran", "Persetujuan wali: Budi", "Kabar lewat WhatsApp", "Naskah 2026-11.2"):
            assert words in page.text
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert f"{manage}/consents" in client.get(manage).text

    def test_an_optional_one_is_taken_back_at_once(self, client, manage):
        assert self.form(client, manage, purpose="whatsapp").status_code == 303
        assert "Ditarik" in client.get(f"{manage}/consents").text
        assert BookingStatus.CANCELLED not in all_of(Booking.status)

    def test_a_necessary_one_after_one_more_question(self, client, manage):
        asked = self.form(client, manage, purpose="registration")
        assert (asked.status_code, "semua orang di dalamnya dibatalkan" in asked.text) == (200, True)
        assert BookingStatus.CANCELLED not in all_of(Booking.status)
        assert self.form(client, manage, purpose="registration", sure="1").status_code == 303
        assert set(all_of(Booking.status)) == {BookingStatus.CANCELLED}

    def test_one_child(self, client, manage):
        budi = next(b.id for b in db.session.scalars(sa.select(Booking)) if b.name == "Budi")
        assert "Budi tidak bisa ikut" in self.form(client, manage, purpose="guardian", booking=str(budi)).text
        self.form(client, manage, purpose="guardian", booking=str(budi), sure="1")
        assert sorted(all_of(Booking.status)) == ["cancelled", "confirmed"]

    @pytest.mark.parametrize("changes", [{"purpose": "health"}, {"purpose": "x"}, {}, {"purpose": "guardian"}])
    def test_what_was_never_given(self, client, manage, changes):
        assert self.form(client, manage, **changes).status_code == 404

    def test_it_needs_the_form_s_token(self, client, manage):
        assert client.post(f"{manage}/consents", data={"purpose": "whatsapp"}).status_code == 400
        assert all_of(Consent.withdrawn_at) == [None, None]


def test_a_new_kind_is_one_module_and_one_partial(app, client, walk, monkeypatch):
    """What ``discover`` finds is asked, kept and shown without another line anywhere."""
    made = Kind("cooking", "Lomba masak", questions=(Question("dish", QuestionType.TEXT, "Masakan apa?"),))
    monkeypatch.setitem(kinds.KINDS, "cooking", made)
    partial = DictLoader({made.partial: "<p>{{ 'Bawa celemek' if at == 'sign_up' else 'Juri mencicipi' }}</p>"})
    monkeypatch.setattr(app.jinja_env, "loader", ChoiceLoader([partial, app.jinja_env.loader]))
    activity = factories.activity(walk.festival, slug="masak", kind="cooking")
    factories.slot(activity)
    assert "Juri mencicipi" in client.get("/activities/masak").text
    page = client.get(address(activity)).text
    assert "Bawa celemek" in page
    assert "Masakan apa?" in page
    assert send(client, activity, filled(client, activity) | {"answer_dish": "Soto"}).status_code == 303
    assert all_of(Registration.answers) == [{"dish": "Soto"}]
