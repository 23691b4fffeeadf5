"""Ten attempts a minute at a pairing code, by address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

import config
from app import create_app
from app.core.db import db
from app.core.limits import limiter


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
