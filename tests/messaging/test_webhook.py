"""WhatsApp's news of delivery: signed, late, twice, in any order."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.messaging import rules
from app.messaging.models import Fault, MessageStatus
from app.messaging.schemas import is_signed, parse_news
from app.messaging.services.marks import mark_of
from tests.messaging.conftest import told
from tests.messaging.outbox import queue, row, rows, work
from tests.registration.browser import Browser, browser

URL = "/webhooks/whatsapp"
PHONE_ID = "106540352242922"


@pytest.fixture
def client(app, ctx) -> Browser:
    return browser(app)


def body(*statuses: dict, phone_id: str = PHONE_ID) -> bytes:
    """News as Meta's documentation shows them."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": phone_id},
        "statuses": list(statuses),
    }
    entry = {"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def status(state: str, wamid: str = "wamid.0001", **more: object) -> dict:
    return {"id": wamid, "status": state, "timestamp": "1700000000", "recipient_id": "6281234567890", **more}


def failed(code: int, **more: object) -> dict:
    error = {"code": code, "title": "x", "message": "x", "error_data": {"details": "x"}}
    return status("failed", errors=[error], **more)


def post(client: Browser, content: bytes, secret: str = "app-secret"):
    signature = "sha256=" + hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signature, "Content-Type": "application/json"}
    return client.post(URL, data=content, headers=headers)


def test_the_address_is_proven_by_the_challenge(client, whatsapp):
    query = {"hub.mode": "subscribe", "hub.verify_token": "verify-me", "hub.challenge": "1158201444"}
    answer = client.get(URL, query_string=query)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "1158201444", "text/plain")
    for wrong in (
        {"hub.verify_token": "x"},
        {"hub.verify_token": ""},
        {"hub.mode": "x"},
        {"hub.verify_token": "é"},
    ):
        assert client.get(URL, query_string=query | wrong).status_code == 403
    assert client.get(URL).status_code == 403


def test_without_whatsapp_or_its_secrets_there_is_no_such_address(app, client, whatsapp):
    unsigned = whatsapp.account(app_secret=None, verify_token=None)
    for account in (None, unsigned):
        with told(app, whatsapp=account):
            assert client.get(URL).status_code == 404
            assert post(client, body(status("read"))).status_code == 404


def test_delivered_and_read_are_noted_and_the_text_is_forgotten(client, festival, whatsapp):
    queue(festival, to=None)
    work()
    assert post(client, body(status("sent"))).status_code == 200
    assert (row().status, row().body) == (MessageStatus.SENT, "Halo")
    post(client, body(status("delivered"), status("read")))
    assert (row().status, row().body) == (MessageStatus.READ, "")


def test_in_any_order_and_twice_the_end_is_the_same(client, festival, whatsapp):
    for order in itertools.permutations(["sent", "delivered", "read"]):
        queue(festival, to=None)
        work()
        wamid = f"wamid.{len(whatsapp.taken):04d}"
        for state in (*order, *order):
            assert post(client, body(status(state, wamid))).status_code == 200
    assert {m.status for m in rows()} == {MessageStatus.READ}


def test_a_failed_delivery_says_why_and_keeps_its_text_for_a_repeat(client, festival, whatsapp):
    queue(festival, to=None)
    work()
    post(client, body(failed(131026)))
    assert (row().status, row().error_code, row().body) == (MessageStatus.FAILED, Fault.UNDELIVERABLE, "Halo")
    post(client, body(status("delivered")))  # one of two phones
    assert (row().status, row().error_code) == (MessageStatus.DELIVERED, None)


def test_news_of_an_attempt_that_was_never_answered_save_the_repeat(client, festival, whatsapp):
    whatsapp.answer = lambda _body: (0, None)
    queue(festival, to=None)
    work()
    assert (row().status, row().provider_id) == (MessageStatus.SENDING, None)
    whatsapp.answer = None
    post(client, body(status("sent", "wamid.real", biz_opaque_callback_data=mark_of(row().id))))
    assert (row().status, row().provider_id) == (MessageStatus.SENT, "wamid.real")
    assert work(rules.LEASE * 2) == 0
    assert whatsapp.taken == []


def test_a_mark_of_somebody_else_changes_nothing(client, festival, whatsapp):
    queue(festival, to=None)
    work()
    other = status("read", "wamid.other", biz_opaque_callback_data=f"{row().id}.somebody-elses")
    assert post(client, body(other)).status_code == 200
    assert row().status is MessageStatus.SENT


def test_news_about_another_number_or_a_mail_change_nothing(client, festival, whatsapp, mail):
    queue(festival, to=None)
    queue(festival, to="a@example.org")
    work()
    post(client, body(status("read"), phone_id="999"))
    for message in rows():
        post(client, body(status("read", str(message.provider_id) + "x")))
    post(client, body(status("read", str(rows()[1].provider_id))))
    assert {m.status for m in rows()} == {MessageStatus.SENT}


@pytest.mark.parametrize("header", ["", "sha256=", "sha1=abc", "sha256=" + "0" * 64, "é"])
def test_unsigned_news_are_refused(client, festival, whatsapp, header):
    queue(festival, to=None)
    work()
    answer = client.post(URL, data=body(status("read")), headers={"X-Hub-Signature-256": header})
    assert answer.status_code == 403
    assert post(client, body(status("read")), secret="another").status_code == 403
    assert row().status is MessageStatus.SENT


def test_the_signature_is_of_the_bytes_as_they_came(whatsapp):
    content = '{"a": "äöå</>"}'.encode()
    signature = "sha256=" + hmac.new(b"s", content, hashlib.sha256).hexdigest()
    assert is_signed(content, signature, "s")
    assert not is_signed(content + b" ", signature, "s")
    assert not is_signed(content, signature.upper(), "s")


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["entry", "changes", "field", "value", "statuses", "metadata", "phone_number_id", "status", "errors"]
        ),
        inner | st.sampled_from(["messages", PHONE_ID, "read", "failed"]), max_size=5,
    ),
    max_leaves=40,
)  # fmt: skip


@given(ODD)
def test_whatever_comes_is_read_without_a_word(told_us):
    assert isinstance(parse_news(json.dumps(told_us).encode(), PHONE_ID), list)


@given(st.lists(st.sampled_from(["sent", "delivered", "read", "deleted", "warning", 7, None]), max_size=6))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
def test_only_known_states_count(states):
    news = parse_news(body(*(status(state) for state in states)), PHONE_ID)  # type: ignore[arg-type]
    assert [n.status.value for n in news] == [s for s in states if s in ("sent", "delivered", "read")]


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"\xff\xfe", b"{", b'{"entry": 1}', b"[" * 100])
def test_what_is_no_news_is_answered_politely(client, whatsapp, content):
    assert post(client, content).status_code == 200


def test_a_batch_of_news_is_one_transaction_and_one_of_them_may_be_odd(client, festival, whatsapp):
    queue(festival, "satu", to=None)
    queue(festival, "dua", to=None)
    work()
    odd = [status("read", "\0"), status("read", "x" * 999), {"id": 1, "status": "read"}, {"status": "read"}]
    post(client, body(*odd, status("delivered", "wamid.0001"), status("read", "wamid.0002")))
    assert [m.status for m in rows()] == [MessageStatus.DELIVERED, MessageStatus.READ]
