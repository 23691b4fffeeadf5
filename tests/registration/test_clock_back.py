"""The server's clock is set back an hour in the middle of the day: nothing is lost, doubled or refused."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app.core import clock, hooks
from app.core.db import db
from app.programme.models import TimeSlot
from tests import factories


def sign_up(client: FlaskClient, slot_id: int, key: str, phone: str = "081234567890") -> Any:
    body = {
        "slot_id": slot_id, "contact": {"name": "Siti", "phone": phone},
        "participants": [{"name": "Siti"}], "consent": True,
    }  # fmt: skip
    return client.post("/api/v1/registrations", json=body, headers={"Idempotency-Key": key})


def test_clock_set_back(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        slot = factories.slot(factories.activity(factories.festival()), capacity=3)
        admin, slot_id = factories.user(), slot.id
    factories.sign_in(client, admin)
    first, key = clock.now(), str(uuid.uuid4())
    made = sign_up(client, slot_id, key)
    assert made.status_code == 201
    with clock.stopped_at(first - timedelta(hours=1)):
        assert sign_up(client, slot_id, key).json == made.json, "the same key is answered the same"
        assert sign_up(client, slot_id, str(uuid.uuid4()), "081234567891").status_code == 201
        assert client.get("/committee").status_code == 200, "the session holds"
        headers = {"Authorization": f"Bearer {made.json['manage_token']}"}
        cancelled = client.post(f"/api/v1/registrations/{made.json['code']}/cancel", headers=headers)
        assert cancelled.json["status"] == "cancelled"
        for path in ("/", "/calendar.ics", "/my-tickets", made.json["tickets"][0]["url"].split("8000", 1)[1]):
            assert client.get(path).status_code == 200
    with app.app_context():
        assert db.session.get_one(TimeSlot, slot_id).taken == 1
        assert [finding for findings in hooks.doctor_checks() for finding in findings] == []
