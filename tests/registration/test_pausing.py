"""Sign-up that the committee holds for a while: nobody more gets in, nothing of who is in changes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

import config
from app import create_app
from app.core import clock
from app.core.db import db, in_transaction
from app.core.errors import DomainError
from app.programme import services as programme
from app.programme.rules import EntryMode, SignUpState, sign_up_state
from app.registration import services
from app.registration.models import RegistrationStatus
from tests import factories
from tests.registration.browser import Browser, browser
from tests.registration.signing import person, request, sign, taken
from tests.registration.test_api import body, post


@pytest.fixture
def client(app, ctx) -> Browser:
    return browser(app)


@pytest.fixture
def slot(ctx):
    return factories.slot(factories.activity(factories.festival()), capacity=1)


def pause(slot) -> None:
    in_transaction(lambda: programme.pause_sign_up(slot.activity_id, None, clock.now()))


def resume(slot) -> None:
    in_transaction(lambda: programme.resume_sign_up(slot.activity_id, None, clock.now()))


@pytest.mark.parametrize(
    ("mode", "opens_in", "closes_in", "state"),
    [
        (EntryMode.OPEN, -1, 1, SignUpState.PAUSED),
        (EntryMode.OPEN, 1, 2, SignUpState.PAUSED),  # a countdown would promise what is held back
        (EntryMode.OPEN, -1, 0, SignUpState.CLOSED),
        (EntryMode.NONE, -1, 1, SignUpState.NONE),
    ],
)
def test_what_a_pause_means(mode, opens_in, closes_in, state):
    now = clock.now()
    opens, closes = now + timedelta(hours=opens_in), now + timedelta(hours=closes_in)
    assert sign_up_state(mode, opens, closes, None, now, paused=True) is state


def test_json_says_so_and_takes_nobody(client, slot):
    pause(slot)
    answer = post(client, body(slot))
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "registration_paused")
    [activity] = client.get("/api/v1/activities").json["activities"]
    assert (activity["registration"], activity["paused"]) == ("closed", True)
    assert activity["slots"][0]["state"] == "closed"
    assert taken(slot) == 0
    resume(slot)
    assert post(client, body(slot)).status_code == 201


def test_the_pages_are_calm_about_it(client, slot):
    pause(slot)
    for page in ("/activities/jalan-santai", "/activities/jalan-santai/register"):
        shown = client.get(page).text
        assert "Pendaftaran dihentikan sementara oleh panitia." in shown
        assert "<form method" not in shown
    assert "Pendaftaran dijeda" in client.get(f"/days/{clock.local(slot.starts_at).date()}").text


def test_cancelling_goes_on_and_the_line_moves_when_sign_up_does(slot):
    first = sign(request(slot))
    second = sign(request(slot, person("Budi"), phone="+6281299999999", waitlist=True))
    assert second.status is RegistrationStatus.WAITLISTED
    pause(slot)
    in_transaction(lambda: services.cancel(first.registration_id, clock.now()))
    assert taken(slot) == 0
    assert in_transaction(lambda: services.fill_freed_places(clock.now())) == 0
    resume(slot)
    assert in_transaction(lambda: services.fill_freed_places(clock.now())) == 1
    assert taken(slot) == 1
    assert services.check() == []


def test_nobody_changes_slots_into_a_paused_activity(slot):
    other = factories.slot(slot.activity, starts_in=timedelta(hours=4))
    mine = sign(request(slot))
    pause(slot)
    with pytest.raises(DomainError) as refusal:
        in_transaction(lambda: services.change_slot(mine.registration_id, other.id, clock.now()))
    assert refusal.value.code == "registration_paused"


class TestWithinFiveSeconds:
    """Pages are kept for two seconds, and by a proxy in front for two more."""

    @pytest.fixture
    def kept(self, settings: config.Settings, slot) -> Iterator[Flask]:
        made = create_app(replace(settings, page_seconds=2))
        yield made
        with made.app_context():
            db.session.remove()
            db.engine.dispose()

    @pytest.mark.parametrize("opens_in", [-1, 1])
    def test_every_public_page_says_it(self, kept: Flask, slot, opens_in: int) -> None:
        slot.activity.opens_at = clock.now() + timedelta(hours=opens_in)
        slot.activity.closes_at = clock.now() + timedelta(hours=1.5)
        db.session.commit()
        pages = ("/activities/jalan-santai", "/activities/jalan-santai/register")
        proxied = 0
        for page in pages:
            said = browser(kept).get(page)
            assert "dihentikan sementara" not in said.text
            _before, found, seconds = said.headers.get("Cache-Control", "").partition("s-maxage=")
            proxied = max(proxied, int(seconds) if found else 0)
        pause(slot)
        start = time.monotonic()
        for page in pages:
            while "dihentikan sementara" not in browser(kept).get(page).text:
                assert time.monotonic() - start + proxied < 5
                time.sleep(0.1)
        assert time.monotonic() - start + proxied < 5
