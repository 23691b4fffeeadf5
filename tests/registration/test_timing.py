"""Whether a number is known must not be told by how long the answer takes."""

from __future__ import annotations

import re
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.registration.routes import my_tickets
from tests import factories


@pytest.mark.parametrize("work", [0.0, 0.05])
def test_asking_for_tickets_takes_as_long_whoever_asks(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, work: float
) -> None:
    with app.app_context():
        factories.festival()
    monkeypatch.setattr(my_tickets, "ANSWER_SECONDS", 0.15)
    monkeypatch.setattr(my_tickets.services, "send_links", lambda *_given: time.sleep(work))
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/my-tickets").text)
    assert found
    started = time.monotonic()
    answer = client.post("/my-tickets", data={"phone": "081234567890", "csrf_token": found[1]})
    assert answer.status_code == 200
    assert time.monotonic() - started >= 0.15
