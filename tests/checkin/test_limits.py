"""Ten attempts a minute at a pairing code, by address; five wrong PINs in ten minutes, by phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

import config
from app import create_app
from app.checkin import services
from app.core import clock
from app.core.db import db, transaction
from app.core.limits import limiter
from app.core.passwords import hash_password
from tests.checkin.conftest import Gate


@pytest.fixture
def limited(client: FlaskClient, settings: config.Settings) -> Iterator[Flask]:
    """The application with limits on; off again afterwards, because the limiter is one for all."""
    made = create_app(replace(settings, ratelimit_enabled=True))
    limiter.reset()
    yield made
    limiter.reset()
    limiter.enabled = False
    with made.app_context():
        db.engine.dispose()


def test_guessing_pairing_codes_is_slowed_down(limited: Flask) -> None:
    browser = limited.test_client()
    guess = {"code": "0000000000", "name": "HP"}
    answers = [browser.post("/api/v1/checkin/pair", json=guess) for _ in range(11)]
    assert [a.status_code for a in answers] == [404] * 10 + [429]
    assert answers[-1].json["error"]["message"]


def test_guessing_the_pin_is_stopped_for_that_phone_alone(limited: Flask, gate: Gate) -> None:
    """Five wrong ones in ten minutes; after that the right one is not taken either, so a guess tells nothing."""
    gate.gate.pin_hash = hash_password("294817")
    db.session.commit()
    with transaction():
        other = services.pair_directly(gate.gate, "HP dua", clock.now()).token
    browser = limited.test_client()

    def tried(pin: str, token: str = gate.token) -> int:
        path, headers = "/api/v1/checkin/points/gerbang-utama/supervisor", {"Authorization": f"Bearer {token}"}
        return browser.post(path, json={"pin": pin}, headers=headers).status_code

    assert [tried(f"11111{n}") for n in range(5)] == [403] * 5
    assert [tried("111119"), tried("294817")] == [429, 429]
    assert tried("294817", other) == 200


def test_the_right_pin_is_not_counted(limited: Flask, gate: Gate) -> None:
    gate.gate.pin_hash = hash_password("294817")
    db.session.commit()
    browser = limited.test_client()
    headers = {"Authorization": f"Bearer {gate.token}"}
    path = "/api/v1/checkin/points/gerbang-utama/supervisor"
    assert {browser.post(path, json={"pin": "294817"}, headers=headers).status_code for _n in range(8)} == {200}
