"""Whether a number or a person is known must not be told by how long the answer takes."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.registration.routes import my_tickets
from tests import factories

THEIRS = "081234567890"


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


@contextmanager
def work_done(app: Flask) -> Iterator[list[tuple[str, int]]]:
    """What the database is asked in the block: each statement, and for how many rows."""
    with app.app_context():
        engine = db.engine
    seen: list[tuple[str, int]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        seen.append((statement, len(parameters) if many else 1))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(params=[100, 0], ids=["places", "waiting list"])
def slots(app: Flask, client: FlaskClient, request: pytest.FixtureRequest) -> list[int]:
    """Slots of two activities: at the first one Siti is signed up under her number, at the second she is not."""
    with app.app_context():
        festival = factories.festival()
        made = [
            factories.slot(factories.activity(festival, slug=slug, waiting_list=True), capacity=request.param).id
            for slug in ("first", "second")
        ]
        db.session.remove()
    for _time in range(2):  # what is done once in the life of a process is done
        sign_up(client, made[0], "Siti Aminah", THEIRS)
    return made


def sign_up(client: FlaskClient, slot_id: int, name: str, phone: str) -> None:
    body = {
        "slot_id": slot_id, "contact": {"name": name, "phone": phone}, "participants": [{"name": name}],
        "answers": {}, "consent": True, "waitlist": True,
    }  # fmt: skip
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    assert client.post("/api/v1/registrations", json=body, headers=headers).status_code == 201


def test_a_stranger_with_a_number_does_not_learn_whether_it_is_known(
    app: Flask, client: FlaskClient, slots: list[int]
) -> None:
    """Another name under a known number, and any name under an unknown one: the same work, row for row."""
    with work_done(app) as known:
        sign_up(client, slots[1], "Budi Santoso", THEIRS)
    with work_done(app) as unknown:
        sign_up(client, slots[1], "Budi Santoso", "081298765432")
    assert known == unknown
    assert len(known) > 4


def test_a_stranger_with_name_and_number_does_not_learn_where_somebody_goes(
    app: Flask, client: FlaskClient, slots: list[int]
) -> None:
    """That name and number belong together is told by the ticket that is not shown; what is booked is not told."""
    with work_done(app) as booked_here:
        sign_up(client, slots[0], "Siti Aminah", THEIRS)
    with work_done(app) as booked_elsewhere:
        sign_up(client, slots[1], "Siti Aminah", THEIRS)
    assert booked_here == booked_elsewhere
    assert len(booked_here) > 4
