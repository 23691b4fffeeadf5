"""The queue that the committee sends by hand."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.db import db, transaction
from app.messaging import queries, services
from app.messaging.models import MessageStatus, OutboxMessage
from tests import factories
from tests.registration.browser import Browser, browser
from tests.registration.signing import counted

PHONE = "+6281234567890"


@pytest.fixture
def client(app, ctx) -> Browser:
    return browser(app)


@pytest.fixture
def festival(ctx):
    return factories.festival()


def queue(festival, body="Halo, ini tautan Anda: http://127.0.0.1:8000/x?a=1&b=2", **limits) -> bool:
    with transaction():
        return services.queue_message(festival.id, "ticket_links", PHONE, body, clock.now(), **limits)


def message() -> OutboxMessage:
    db.session.rollback()
    return db.session.scalars(sa.select(OutboxMessage)).one()


def test_a_message_waits_until_somebody_says_it_was_sent(client, festival):
    queue(festival)
    who = factories.user()
    factories.sign_in(client, who)
    page = client.get("/committee/messages").text
    assert "https://wa.me/6281234567890?text=Halo%2C%20ini%20tautan" in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    number = message().id
    for _ in range(2):
        answer = client.post(
            f"/committee/messages/{number}/sent", data={"csrf_token": token}, follow_redirects=True
        )
        assert answer.status_code == 200
    found = message()
    assert (found.status, found.body, found.sent_by_id) == (MessageStatus.SENT, "", who.id)
    assert "Tidak ada pesan yang menunggu" in client.get("/committee/messages").text


def test_dropping_is_not_sending(client, festival):
    queue(festival)
    factories.sign_in(client, factories.user())
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/committee/messages").text)[1]
    client.post(f"/committee/messages/{message().id}/drop", data={"csrf_token": token})
    assert (message().status, message().body) == (MessageStatus.DROPPED, "")
    assert set(queries.counts().values()) == {0}


def test_signed_out_nobody_sees_it(client, festival):
    assert client.get("/committee/messages").status_code == 302
    queue(festival)
    client.post(f"/committee/messages/{message().id}/sent")
    assert message().status is MessageStatus.QUEUED


def test_a_limit_for_one_number(client, festival):
    assert [queue(festival, at_most=2) for _ in range(3)] == [True, True, False]
    with clock.stopped_at(clock.now() + timedelta(minutes=10, seconds=1)):
        assert queue(festival, at_most=2)
    assert queue(festival)


def test_as_many_statements_for_one_as_for_three(client, festival):
    factories.sign_in(client, factories.user())
    numbers = []
    for n in (1, 2):
        for _ in range(n):
            queue(festival)
        client.get("/committee/messages")
        with counted() as statements:
            client.get("/committee/messages")
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]
