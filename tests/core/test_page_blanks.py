"""The form kept for a moment: the same for everybody but for its tokens, and never old for who was refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

import config
from app import create_app
from app.core import page_blanks
from app.core.db import db
from app.programme.models import Activity, TimeSlot
from tests import factories
from tests.conftest import empty_database

TOKENS = re.compile(r'name="(csrf_token|submission)" type="hidden" value="([^"]+)"')


@pytest.fixture
def kept_app(app: Flask, settings: config.Settings) -> Iterator[Flask]:
    made = create_app(replace(settings, page_seconds=60))
    with made.app_context():
        empty_database()
        activity = factories.activity(factories.festival(), slug="jalan", waiting_list=False)
        factories.slot(activity, capacity=5)
        db.session.remove()
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def browser(kept_app: Flask) -> FlaskClient:
    return kept_app.test_client()


def fill_up(app: Flask) -> None:
    with app.app_context():
        db.session.execute(db.update(TimeSlot).values(taken=5))
        db.session.commit()


def form(client: FlaskClient, query: str = "") -> str:
    answer = client.get(f"/activities/jalan/register{query}")
    assert answer.status_code == 200
    return answer.text


def sent(client: FlaskClient, page: str) -> dict[str, str]:
    slot = re.search(r'name="slot" value="(\d+)"', page)
    assert slot
    person = {"contact_name": "Siti", "phone": "0812 3456 7890", "people-0-birth": "1984", "consent": "y"}
    return {**dict(TOKENS.findall(page)), "slot": slot[1], **person}


def test_two_visitors_get_one_page_and_tokens_of_their_own(kept_app: Flask, browser: FlaskClient) -> None:
    first, second = form(browser), form(kept_app.test_client())
    assert len(TOKENS.findall(first)) == 2
    assert set(TOKENS.findall(first)).isdisjoint(TOKENS.findall(second))
    assert TOKENS.sub("", first) == TOKENS.sub("", second)
    assert page_blanks.blank("")[:-2] not in second


def test_it_is_kept_with_what_it_said(kept_app: Flask, browser: FlaskClient) -> None:
    assert "Sisa 5 tempat" in form(browser)
    fill_up(kept_app)
    assert "Sisa 5 tempat" in form(browser)
    kept_app.extensions["pekan_pages_with_blanks"].clear()
    assert "Sisa 5 tempat" not in form(browser)


def test_a_kept_form_signs_up(kept_app: Flask, browser: FlaskClient) -> None:
    form(kept_app.test_client())
    answer = browser.post("/activities/jalan/register", data=sent(browser, form(browser)))
    assert answer.status_code == 303
    assert browser.get(answer.location).status_code == 200


def test_the_token_of_another_visitor_opens_nothing(kept_app: Flask, browser: FlaskClient) -> None:
    theirs = form(kept_app.test_client())
    form(browser)
    answer = browser.post("/activities/jalan/register", data=sent(browser, theirs))
    assert answer.status_code == 422


def test_who_is_refused_sees_the_places_as_they_are(kept_app: Flask, browser: FlaskClient) -> None:
    page = form(browser)
    fill_up(kept_app)
    answer = browser.post("/activities/jalan/register", data=sent(browser, page))
    assert answer.status_code == 409
    assert "Sisa 5 tempat" not in answer.text
    assert 'value="Siti"' in answer.text
    assert "Siti" not in form(kept_app.test_client()), "what one typed is kept for nobody else"


def test_who_comes_too_late_gets_a_kept_page_with_what_they_typed(kept_app: Flask, browser: FlaskClient) -> None:
    fill_up(kept_app)
    first = browser.post("/activities/jalan/register", data=sent(browser, form(browser)))
    assert first.status_code == 409
    kept = kept_app.extensions["pekan_pages_with_blanks"]
    there = len(kept)
    other = kept_app.test_client()
    typed = {"contact_name": '"Budi" <b>', "phone": "0813 0000 0001", "people-0-birth": "1990"}
    tokens = sent(other, form(other))
    second = other.post("/activities/jalan/register", data=tokens | typed)
    assert (second.status_code, len(kept)) == (409, there), "rendered once"
    assert all(f'value="{said}"' in second.text for said in ("&#34;Budi&#34; &lt;b&gt;", "0813 0000 0001", "1990"))
    assert "Siti" not in second.text
    assert 'value="0812' not in second.text
    again = dict(TOKENS.findall(second.text))
    assert again["submission"] == tokens["submission"], "sent again it is the same sign-up"
    assert again["csrf_token"] not in first.text
    with kept_app.app_context():
        db.session.execute(db.update(TimeSlot).values(taken=0))
        db.session.commit()
    assert other.post("/activities/jalan/register", data=tokens | typed | again).status_code == 303


@pytest.mark.parametrize("more", [{"people-1-name": "Ani"}, {"waitlist": "y"}, {"people-0-birth": ""}])
def test_another_shape_is_another_page(kept_app: Flask, browser: FlaskClient, more: dict[str, str]) -> None:
    fill_up(kept_app)
    data = sent(browser, form(browser))
    browser.post("/activities/jalan/register", data=data)
    kept = kept_app.extensions["pekan_pages_with_blanks"]
    there = len(kept)
    answer = browser.post("/activities/jalan/register", data=data | more)
    assert (answer.status_code, len(kept)) == (409, there + 1)
    for name, value in (data | more).items():
        if value not in ("", "y") and name != "slot":
            assert f'value="{value}"' in answer.text, name


def test_health_answers_are_never_kept(kept_app: Flask, browser: FlaskClient) -> None:
    with kept_app.app_context():
        festival = db.session.scalars(db.select(Activity)).one().festival
        donor = factories.activity(festival, slug="donor", kind="blood_donation", waiting_list=False)
        slot = factories.slot(donor, capacity=0).id
        db.session.remove()
    page = browser.get("/activities/donor/register").text
    data = {**sent(browser, form(browser)), **dict(TOKENS.findall(page)), "slot": str(slot)}
    data |= {"people-0-birth": "17-05-1984", "consent_health": "y"}
    there = set(kept_app.extensions["pekan_pages_with_blanks"])
    assert browser.post("/activities/donor/register", data=data).status_code == 409
    assert set(kept_app.extensions["pekan_pages_with_blanks"]) == there


def test_a_time_added_just_now_can_be_chosen(kept_app: Flask, browser: FlaskClient) -> None:
    wrong = sent(browser, form(browser)) | {"phone": ""}
    assert browser.post("/activities/jalan/register", data=wrong).status_code == 422, "now its slots are known"
    with kept_app.app_context():
        activity = db.session.scalars(db.select(Activity)).one()
        new = factories.slot(activity, starts_in=timedelta(hours=4)).id
        strange = factories.slot(factories.activity(activity.festival, slug="lain")).id
        db.session.remove()
    choice = sent(browser, form(browser)) | {"slot": str(strange)}
    assert browser.post("/activities/jalan/register", data=choice).status_code == 422
    assert browser.post("/activities/jalan/register", data=choice | {"slot": str(new)}).status_code == 303


def test_a_word_to_one_visitor_is_not_kept(kept_app: Flask, browser: FlaskClient) -> None:
    form(browser)
    with browser.session_transaction() as session:
        session["_flashes"] = [("message", "Hanya untuk Anda")]
    assert "Hanya untuk Anda" in form(browser)
    assert "Hanya untuk Anda" not in form(browser)
    assert "Hanya untuk Anda" not in form(kept_app.test_client())


def test_languages_are_kept_apart(kept_app: Flask, browser: FlaskClient) -> None:
    assert "Nomor WhatsApp" in form(browser)
    reader = kept_app.test_client()
    reader.set_cookie("lang", "en")
    assert '<html lang="en">' in form(reader)
    assert '<html lang="id">' in form(browser)


@pytest.mark.parametrize("query", ["?slot=0", "?slot=x", "?utm=1", "?slot="])
def test_addresses_anybody_could_invent_are_not_kept(kept_app: Flask, browser: FlaskClient, query: str) -> None:
    form(browser, query)
    assert not kept_app.extensions.get("pekan_pages_with_blanks")


def test_what_is_filled_in_is_escaped_and_asked_for_only_there(app: Flask) -> None:
    with app.test_request_context("/"):
        html = f"<b>{page_blanks.blank('name')}</b>"
        assert page_blanks.page(lambda: (html, False), name=lambda: '"<i>') == "<b>&#34;&lt;i&gt;</b>"
        assert page_blanks.page(lambda: ("<p>", False), name=lambda: pytest.fail("not on this page")) == "<p>"
        with pytest.raises(KeyError):
            page_blanks.page(lambda: (html, False))
