from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core import clock
from app.core.clock import WIB
from app.core.db import db, transaction
from app.festival.schemas import FestivalAnswer
from app.programme.models import EntryMode, TimeSlot
from app.programme.schemas import ActivitiesAnswer
from tests import factories

START = datetime(2026, 8, 5, 9, tzinfo=WIB)


def activities(client: FlaskClient, **headers: str) -> list[dict]:
    answer = client.get("/api/v1/activities", headers=headers)
    assert answer.status_code == 200
    ActivitiesAnswer.model_validate(answer.json, strict=False)
    return answer.json["activities"]


def test_without_a_festival_there_is_a_clear_error(client: FlaskClient):
    for address in ("/api/v1/festival", "/api/v1/activities"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert answer.json["error"]["code"] == "no_festival"


def test_the_festival(app: Flask, client: FlaskClient):
    with app.app_context():
        factories.festival(first_day=date(2026, 8, 5))
    body = client.get("/api/v1/festival").json
    assert body == FestivalAnswer.model_validate(body).model_dump()
    assert body == {
        "name": "Pekan Koperasi Depok", "organiser": "DKUM Kota Depok", "venue": "Pasar Rakyat Jabar",
        "timezone": "Asia/Jakarta",
        "days": [{"date": f"2026-08-0{5 + n}", "title": f"Hari {n + 1}"} for n in range(3)],
    }  # fmt: skip


def test_an_activity_has_all_that_the_contract_says(app: Flask, client: FlaskClient):
    with app.app_context():
        festival = factories.festival(first_day=date(2026, 8, 5))
        talk = factories.activity(festival, slug="talk-show", kind="talk_show")
        slot = factories.slot(talk, starts_at=START, minutes=90, capacity=10).id
        with transaction():
            db.session.get(TimeSlot, slot).taken = 4
    with clock.stopped_at(START - timedelta(hours=1)):
        [found] = activities(client)
    assert {k: found[k] for k in ("slug", "kind", "title", "place", "registration")} == {
        "slug": "talk-show", "kind": "talk_show", "title": "Talk show", "place": "Lapangan parkir",
        "registration": "open",
    }  # fmt: skip
    [question] = found["questions"]
    assert {k: question[k] for k in ("name", "type", "required", "options")} == {
        "name": "question", "type": "text", "required": False, "options": [],
    }  # fmt: skip
    [only] = found["slots"]
    assert {k: only[k] for k in ("id", "starts_at", "ends_at", "capacity", "remaining", "waitlist")} == {
        "id": str(slot), "starts_at": "2026-08-05T09:00:00+07:00", "ends_at": "2026-08-05T10:30:00+07:00",
        "capacity": 10, "remaining": 6, "waitlist": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "open"),
        ({"opens_at": START - timedelta(minutes=1)}, "not_yet"),
        ({"closes_at": START - timedelta(hours=2)}, "closed"),
        ({"entry_mode": EntryMode.NONE}, "none"),
        ({"entry_mode": EntryMode.INVITATION}, "invitation"),
        ({"entry_mode": EntryMode.PROPOSAL}, "proposal"),
        ({"entry_mode": EntryMode.APPLICATION}, "application"),
    ],
)
def test_the_words_for_sign_up(app: Flask, client: FlaskClient, fields: dict, state: str):
    with app.app_context():
        factories.slot(factories.activity(factories.festival(), **fields), starts_at=START, capacity=None)
    with clock.stopped_at(START - timedelta(hours=1)):
        [found] = activities(client)
    assert found["registration"] == state
    assert (found["slots"][0]["capacity"], found["slots"][0]["remaining"]) == (None, None)


def test_both_are_in_the_document(client: FlaskClient):
    paths = client.get("/api/v1/openapi.json").json["paths"]
    assert {"/api/v1/festival", "/api/v1/activities"} <= set(paths)
