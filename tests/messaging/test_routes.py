"""The queue that the committee sends by hand."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import AuditEntry
from app.core import clock
from app.core.db import db, transaction
from app.messaging import queries, services
from app.messaging.models import Channel, ChannelState, Fault, MessageStatus, OutboxMessage
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


@pytest.mark.parametrize("tab", ["hand", "waiting", "sent", "failed"])
def test_as_many_statements_for_one_as_for_three(client, festival, tab):
    factories.sign_in(client, factories.user())
    numbers = []
    for n in (1, 2):
        for _ in range(n):
            queue(festival)
        put_into(tab)
        client.get(f"/committee/messages?tab={tab}")
        with counted() as statements:
            client.get(f"/committee/messages?tab={tab}")
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]


def put_into(tab: str) -> None:
    """All messages into one tab."""
    values = {
        "hand": {}, "waiting": {"channel": Channel.MAIL, "address": "a@example.org"},
        "sent": {"channel": Channel.WHATSAPP, "status": MessageStatus.READ},
        "failed": {"channel": Channel.WHATSAPP, "status": MessageStatus.FAILED, "error_code": Fault.UNDELIVERABLE},
    }[tab]  # fmt: skip
    if values:
        with transaction():
            db.session.execute(sa.update(OutboxMessage).values(**values))


def post(client, path: str, **data: str):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/committee/messages").text)[1]
    return client.post(f"/committee/messages/{path}", data={"csrf_token": token, **data}, follow_redirects=True)


def everything() -> list[OutboxMessage]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)))


def test_a_failed_message_is_taken_into_the_hands_of_the_committee_once(client, festival):
    queue(festival)
    put_into("failed")
    factories.sign_in(client, factories.user())
    page = client.get("/committee/messages?tab=failed").text
    assert "nomor ini tidak bisa menerima WhatsApp" in page
    first = message().id
    assert "Pesan ditaruh di daftar kirim sendiri." in post(client, f"{first}/repeat", by="hand", tab="failed").text
    assert "Tidak bisa dikirim ulang" in post(client, f"{first}/repeat", by="hand", tab="failed").text
    _old, new = everything()
    assert (new.channel, new.status, new.repeat_of_id) == (Channel.HAND, MessageStatus.QUEUED, first)
    assert new.body.startswith("Kiriman ulang:\nHalo, ini tautan Anda")
    page = client.get("/committee/messages").text
    assert f"Kiriman ulang dari pesan nomor {first}." in page
    (entry,) = db.session.scalars(sa.select(AuditEntry)).all()
    assert (entry.action, entry.subject) == ("message.repeated", f"message:{first}")


@pytest.mark.parametrize("status", [MessageStatus.READ, MessageStatus.QUEUED, MessageStatus.DROPPED])
def test_only_what_left_or_failed_is_repeated(client, festival, status):
    queue(festival)
    with transaction():
        db.session.execute(sa.update(OutboxMessage).values(status=status))
    queue(festival)  # so that there is a form
    factories.sign_in(client, factories.user())
    post(client, f"{everything()[0].id}/repeat", by="again")
    assert len(everything()) == 2


def test_a_text_that_is_forgotten_is_not_repeated(client, festival):
    queue(festival)
    put_into("failed")
    with transaction():
        db.session.execute(sa.update(OutboxMessage).values(body=""))
    factories.sign_in(client, factories.user())
    page = client.get("/committee/messages?tab=failed").text
    assert "Isi sudah dihapus, tidak bisa dikirim ulang." in page
    queue(festival)
    post(client, f"{everything()[0].id}/repeat", by="hand")
    assert len(everything()) == 2


def test_a_channel_that_does_not_work_is_taken_over(client, festival):
    for _ in range(3):
        queue(festival)
    put_into("waiting")
    with transaction():
        now = clock.now()
        db.session.add(
            ChannelState(
                channel=Channel.MAIL,
                failures=3,
                paused_until=now,
                error_code=Fault.UNREACHABLE,
                since=now,
                digest="x",
            )
        )
    factories.sign_in(client, factories.user())
    page = client.get("/committee/messages?tab=waiting").text
    assert "Email sedang bermasalah: server tidak bisa dihubungi." in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    answer = client.post(
        "/committee/messages/take-over", data={"csrf_token": token, "channel": "mail"}, follow_redirects=True
    )
    assert "3 pesan dipindahkan ke daftar kirim sendiri." in answer.text
    assert {m.channel for m in everything()} == {Channel.HAND}
    for wrong in ("hand", "pigeon", ""):
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/committee/messages").text)[1]
        data = {"csrf_token": token, "channel": wrong}
        assert client.post("/committee/messages/take-over", data=data).status_code == 400


def test_pages_are_bounded_and_lead_on(client, festival):
    for number in range(queries.PAGE_SIZE + 2):
        queue(festival, body=f"nomor-{number:03d}")
    factories.sign_in(client, factories.user())
    first = client.get("/committee/messages").text
    assert first.count('class="card message"') == queries.PAGE_SIZE
    following = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    second = client.get(following).text
    assert second.count('class="card message"') == 2
    assert 'rel="next"' not in second
    for odd in ("beyond=0", "beyond=x", "beyond=9999999999", "tab=x", "kind=%25", "kind=x"):
        assert client.get(f"/committee/messages?{odd}").status_code == 200


def test_the_hand_list_is_grouped_by_kind(client, festival):
    queue(festival)
    with transaction():
        services.queue_message(festival.id, "reminder", PHONE, "Besok", clock.now())
    factories.sign_in(client, factories.user())
    page = client.get("/committee/messages").text
    assert "Pengingat H-1 (1)" in page
    only = client.get("/committee/messages?kind=reminder").text
    assert only.count('class="card message"') == 1


def test_the_start_page_counts_what_needs_hands(client, festival):
    factories.sign_in(client, factories.user())
    assert "pesan perlu dikirim" not in client.get("/committee").text
    queue(festival)
    assert "pesan perlu dikirim" in client.get("/committee").text
    put_into("failed")
    assert "pesan gagal terkirim" in client.get("/committee").text


def test_what_may_have_arrived_twice_says_so(client, festival):
    queue(festival)
    put_into("sent")
    with transaction():
        db.session.execute(sa.update(OutboxMessage).values(unclear=1))
    factories.sign_in(client, factories.user())
    page = client.get("/committee/messages?tab=sent").text
    assert "mungkin terkirim dua kali" in page
    assert "sudah dibaca" in page
