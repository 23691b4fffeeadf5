"""The morning sign-up opens: the wait costs nothing, nobody gets in early, nobody is kept out late."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

import config
from app import create_app
from app.core import clock
from app.core.db import db
from app.registration.models import Registration
from tests import factories
from tests.forms import csrf_token
from tests.registration.browser import Browser, browser
from tests.registration.signing import counted

OPENS = clock.now().replace(microsecond=0) + timedelta(days=3)
BEFORE, TICK = OPENS - timedelta(hours=1), timedelta(milliseconds=1)
CLOSES = OPENS + timedelta(days=1)
PATH = "/activities/jalan-santai/register"
FORM = {
    "contact_name": "Siti Aminah", "phone": "0812-3456-7890", "people-0-name": "Siti Aminah",
    "people-0-birth": "1984", "consent": "y", "submission": "prepared long before",
}  # fmt: skip


@pytest.fixture
def client(app: Flask, ctx: None) -> Browser:
    return browser(app)


@pytest.fixture
def slot(ctx: None):
    walk = factories.activity(factories.festival(), opens_at=OPENS, closes_at=CLOSES)
    return factories.slot(walk, starts_at=CLOSES + timedelta(days=1))


def json_sign_up(client: Browser, slot, key: str = "prepared"):
    body = {
        "slot_id": slot.id, "contact": {"name": "Siti", "phone": "081234567890"}, "answers": {}, "consent": True,
        "participants": [{"name": "Siti", "birth_date": "1984"}],
    }  # fmt: skip
    return client.post("/api/v1/registrations", json=body, headers={"Idempotency-Key": key})


def registrations() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Registration)) or 0


@pytest.mark.parametrize("query", ["", "?slot={id}", "?slot=1&add=1", "?show=all", "?opens_at=2020"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_before_the_opening_there_is_no_form(client: Browser, slot, method: str, query: str) -> None:
    with clock.stopped_at(OPENS - TICK):
        answer = client.open(PATH + query.format(id=slot.id), method=method)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers, "the page is nobody's own"
    assert answer.headers["Cache-Control"].startswith("public, max-age=0, s-maxage=")
    assert "<form" not in answer.text
    if method == "GET":
        assert "Pendaftaran dibuka" in answer.text
        assert clock.local(OPENS).strftime("%H.%M WIB") in answer.text
    with clock.stopped_at(OPENS):
        answer = client.open(PATH + query.format(id=slot.id), method=method)
    assert "Set-Cookie" in answer.headers
    assert "public" not in answer.headers.get("Cache-Control", "")
    assert ("<form" in answer.text) is (method == "GET")


def test_the_page_says_its_clock(client: Browser, slot) -> None:
    with clock.stopped_at(BEFORE):
        page = client.get(PATH).text
    said = {name: int(value) for name, value in re.findall(r'data-(opens|now)="(\d+)"', page)}
    assert said == {"opens": int(OPENS.timestamp() * 1000), "now": int(BEFORE.timestamp() * 1000)}


@pytest.mark.parametrize(
    ("moment", "page", "code"),
    [
        (BEFORE, 409, "registration_closed"),
        (OPENS - TICK, 409, "registration_closed"),
        (OPENS, 303, None),
        (CLOSES - TICK, 303, None),
        (CLOSES, 409, "registration_closed"),
    ],
)
def test_sent_too_early_and_too_late(client: Browser, slot, moment: datetime, page: int, code: str | None) -> None:
    token = csrf_token(client, "/my-tickets")  # any form of the site gives one; that is no head start
    with clock.stopped_at(moment):
        sent = client.post(PATH, data={**FORM, "csrf_token": token, "slot": str(slot.id)})
        assert sent.status_code == page
        assert "public" not in sent.headers.get("Cache-Control", "")
        assert registrations() == (0 if code else 1)
        said = json_sign_up(client, slot)
    if code:
        assert (said.status_code, said.json["error"]["code"]) == (409, code)
        assert registrations() == 0
    else:
        assert said.status_code == 201


def test_what_was_sent_too_early_may_be_sent_again(client: Browser, slot) -> None:
    """Neither the key nor the form's own number is used up by a refusal, and neither gives a place."""
    token = csrf_token(client, "/my-tickets")
    with clock.stopped_at(BEFORE):
        for _try in range(3):
            assert json_sign_up(client, slot, "the same").status_code == 409
            assert client.post(PATH, data={**FORM, "csrf_token": token, "slot": str(slot.id)}).status_code == 409
    with clock.stopped_at(OPENS):
        assert json_sign_up(client, slot, "the same").status_code == 201
        assert client.post(PATH, data={**FORM, "csrf_token": token, "slot": str(slot.id)}).status_code == 303


@pytest.mark.parametrize("button", ["add", "remove"])
def test_the_buttons_of_the_form_do_not_bring_it_forward(client: Browser, slot, button: str) -> None:
    with clock.stopped_at(BEFORE):
        answer = client.post(PATH, data={**FORM, button: "0"})
    assert "<form" not in answer.text
    assert "Pendaftaran dibuka" in answer.text


def test_the_form_of_another_activity_does_not_take_this_slot(client: Browser, slot) -> None:
    other = factories.activity(slot.activity.festival, slug="senam")
    factories.slot(other, starts_at=CLOSES)
    token = csrf_token(client, "/my-tickets")
    with clock.stopped_at(BEFORE):
        sent = client.post("/activities/senam/register", data={**FORM, "csrf_token": token, "slot": str(slot.id)})
    assert sent.status_code == 422
    assert registrations() == 0


def test_a_refused_form_that_came_too_early_shows_the_wait(client: Browser, slot) -> None:
    token = csrf_token(client, "/my-tickets")
    with clock.stopped_at(OPENS - timedelta(seconds=30)):
        sent = client.post(PATH, data={**FORM, "csrf_token": token, "slot": str(slot.id)})
    assert "data-opening" in sent.text


def test_the_activity_page_counts_down_too(client: Browser, slot) -> None:
    with clock.stopped_at(BEFORE):
        assert "data-opening" in client.get("/activities/jalan-santai").text
    with clock.stopped_at(OPENS):
        page = client.get("/activities/jalan-santai").text
    assert "data-opening" not in page
    assert f"register?slot={slot.id}" in page


class TestKept:
    """With the page cache on."""

    @pytest.fixture
    def kept(self, settings: config.Settings, slot) -> Iterator[Flask]:
        made = create_app(replace(settings, page_seconds=60))
        yield made
        with made.app_context():
            db.session.remove()
            db.engine.dispose()

    @staticmethod
    def open_in(slot, seconds: float) -> datetime:
        slot.activity.opens_at = moment = clock.now() + timedelta(seconds=seconds)
        db.session.commit()
        return moment

    def test_the_wait_costs_the_database_nothing(self, kept: Flask, slot) -> None:
        assert "data-opening" in browser(kept).get(PATH).text
        with kept.app_context(), counted() as statements:
            for number in range(50):
                visitor = browser(kept)
                for path in (PATH, f"{PATH}?slot={number}", "/activities/jalan-santai"):
                    assert visitor.get(path).status_code == 200
                assert visitor.head(PATH).status_code == 200
        asked = [s for s in statements if "activity" in s]
        assert len(asked) <= 2, "the activity page was not kept yet"

    def test_each_language_has_its_own(self, kept: Flask, slot) -> None:
        indonesian, english = browser(kept), browser(kept)
        english.set_cookie("lang", "en")
        pages = {indonesian.get(PATH).text, english.get(PATH).text}
        assert len(pages) == 2
        assert {indonesian.get(PATH).text, english.get(PATH).text} == pages

    def test_nobody_is_shown_the_wait_after_the_opening(self, kept: Flask, slot) -> None:
        moment = self.open_in(slot, 1.5)
        visitor = browser(kept)
        while clock.now() < moment:
            assert "data-opening" in visitor.get(PATH).text
            time.sleep(0.05)
        for path in (PATH, f"{PATH}?slot={slot.id}", "/activities/jalan-santai"):
            answer = browser(kept).get(path)
            assert "data-opening" not in answer.text, path
        assert kept.extensions["pekan_pages"].keys() & {(PATH, "id")} == set()

    def test_a_proxy_may_not_keep_it_longer_either(self, kept: Flask, slot) -> None:
        for seconds, kept_by_proxy in ((59, 0), (65, 5), (3600, 10)):
            kept.extensions["pekan_pages"].clear()
            kept.extensions["pekan_fast_lane"].forget()
            self.open_in(slot, seconds + 0.5)
            said = browser(kept).get(PATH).headers["Cache-Control"]
            assert int(said.rpartition("=")[2]) <= kept_by_proxy

    def test_a_form_is_never_kept(self, kept: Flask, slot) -> None:
        self.open_in(slot, -1)
        pages = [browser(kept).get(PATH).text for _ in range(2)]
        assert re.findall(r'name="csrf_token"[^>]*', pages[0]) != re.findall(r'name="csrf_token"[^>]*', pages[1])
        assert kept.extensions["pekan_pages"] == {}

    def test_a_closed_page_is_not_kept(self, kept: Flask, slot) -> None:
        slot.activity.closes_at = clock.now() - timedelta(hours=1)
        slot.activity.opens_at = None
        db.session.commit()
        assert "Pendaftaran sudah ditutup" in browser(kept).get(PATH).text
        slot.activity.closes_at = None
        db.session.commit()
        assert "<form" in browser(kept).get(PATH).text
