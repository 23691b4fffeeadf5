"""WhatsApp against a real HTTP server that speaks the Cloud API as documented."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from app.messaging.channels import Letter, whatsapp
from app.messaging.channels.whatsapp import WhatsAppCarrier
from app.messaging.channels.whatsapp_errors import fault_of, outcome_of
from app.messaging.rules import Down, Fault, Later, Refused, Sent, Unclear
from config import WhatsApp
from tests.messaging.servers import Meta, error, meta
from tests.servers import free_port


def letter(number: int = 1, **fields: object) -> Letter:
    known = {
        "id": number, "kind": "reminder", "phone": "+6281234567890", "address": "", "subject": "",
        "body": "Besok: Donor darah.\nTiket: http://127.0.0.1/x", "language": "id", "mark": f"{number}.abc",
        "attempt": 1,
    }  # fmt: skip
    return Letter(**{**known, **fields})  # type: ignore[arg-type]


@pytest.fixture
def api() -> Iterator[Meta]:
    with meta() as running:
        yield running


def send(account: WhatsApp, *letters: Letter) -> list[object]:
    carrier = WhatsAppCarrier(account)
    assert carrier.open() is None
    try:
        return [carrier.send(one) for one in letters]
    finally:
        carrier.close()


def test_a_template_carries_the_whole_text_in_one_parameter(api):
    assert send(api.account(), letter()) == [Sent("wamid.0001")]
    assert api.taken == [
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "6281234567890",
            "biz_opaque_callback_data": "1.abc",
            "type": "template",
            "template": {
                "name": "pekan_message",
                "language": {"code": "id"},
                "components": [
                    {
                        "type": "body",
                        "parameters": [{"type": "text", "text": "Besok: Donor darah. · Tiket: http://127.0.0.1/x"}],
                    }
                ],
            },
        }
    ]


def test_a_kind_may_have_a_template_of_its_own_and_none_means_plain_text(api):
    send(api.account(templates={"reminder": "pekan_reminder", "*": "x"}), letter())
    send(api.account(templates={}), letter())
    assert api.taken[0]["template"]["name"] == "pekan_reminder"
    assert api.taken[1]["type"] == "text"
    assert api.taken[1]["text"]["body"] == letter().body


def test_without_a_translation_the_indonesian_template_will_do(api):
    def only_indonesian(body):
        return (404, error(132001)) if body["template"]["language"]["code"] == "en" else None

    api.answer = only_indonesian
    assert send(api.account(), letter(language="en")) == [Sent("wamid.0001")]
    assert api.requests == 2
    api.answer = lambda _body: (404, error(132001))
    assert send(api.account(), letter(language="id")) == [Refused(Fault.TEMPLATE_REFUSED)]


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (429, error(130429), Down(Fault.RATE_LIMIT)),
        (400, error(80007), Down(Fault.RATE_LIMIT)),
        (429, b"slow down", Down(Fault.RATE_LIMIT)),
        (400, error(131056), Later(Fault.RATE_LIMIT)),
        (400, error(131026), Refused(Fault.UNDELIVERABLE)),
        (400, error(131047), Refused(Fault.WINDOW_CLOSED)),
        (404, error(132001), Refused(Fault.TEMPLATE_REFUSED)),
        (400, error(132018), Refused(Fault.TEMPLATE_REFUSED)),
        (400, error(131009), Refused(Fault.CONTENT_REFUSED)),
        (400, error(100), Refused(Fault.CONTENT_REFUSED)),
        (400, error(100, 33), Down(Fault.ACCOUNT_STOPPED, stopped=True)),
        (403, error(131031), Down(Fault.ACCOUNT_STOPPED, stopped=True)),
        (401, error(190), Down(Fault.SIGN_IN_REFUSED, stopped=True)),
        (401, b"", Down(Fault.SIGN_IN_REFUSED, stopped=True)),
        (403, error(10), Down(Fault.SIGN_IN_REFUSED, stopped=True)),
        (403, error(200), Down(Fault.SIGN_IN_REFUSED, stopped=True)),
        (500, error(131000), Later(Fault.UNREACHABLE, everybody=True)),
        (503, error(131016), Later(Fault.UNREACHABLE, everybody=True)),
        (502, b"<html>Bad gateway</html>", Later(Fault.UNREACHABLE, everybody=True)),
        (500, {"error": "text"}, Later(Fault.UNREACHABLE, everybody=True)),
        (400, {"error": {"code": "131026"}}, Refused(Fault.CONTENT_REFUSED)),
        (200, b"not json", Unclear()),
        (200, {"messages": []}, Unclear()),
        (200, {"messages": [{"id": 7}]}, Unclear()),
        (200, [], Unclear()),
    ],
)
def test_what_the_api_may_say(api, status, body, outcome):
    api.answer = lambda _body: (status, body)
    assert send(api.account(), letter()) == [outcome]


def test_it_says_when_to_come_back(api):
    api.answer = lambda _body: (429, error(130429))
    api.headers = {"Retry-After": "120"}
    assert send(api.account(), letter()) == [Down(Fault.RATE_LIMIT, retry_after=timedelta(minutes=2))]
    assert outcome_of(429, None, None, "99999") == Down(Fault.RATE_LIMIT, retry_after=timedelta(hours=1))
    assert outcome_of(429, None, None, "Wed, 21 Oct 2026 07:28:00 GMT") == Down(Fault.RATE_LIMIT)


def test_silence_after_the_question_is_unclear_and_before_it_is_not(api, monkeypatch):
    api.answer = lambda _body: (0, None)
    assert send(api.account(), letter()) == [Unclear()]
    nobody = api.account(url=f"http://127.0.0.1:{free_port()}")
    assert send(nobody, letter()) == [Down(Fault.UNREACHABLE)]
    monkeypatch.setattr(whatsapp, "TIMEOUT", httpx.Timeout(0.2))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = api.account(url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert send(slow, letter()) == [Unclear()]
        assert WhatsAppCarrier(slow).probe() == Down(Fault.UNREACHABLE)


def test_the_probe_asks_for_our_own_number(api):
    assert WhatsAppCarrier(api.account()).probe() is None
    assert WhatsAppCarrier(api.account(token="old")).probe() == Down(Fault.SIGN_IN_REFUSED, stopped=True)
    assert WhatsAppCarrier(api.account(phone_id="1")).probe() == Down(Fault.ACCOUNT_STOPPED, stopped=True)
    assert api.requests == 0


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (131026, Fault.UNDELIVERABLE), (131047, Fault.WINDOW_CLOSED), (131049, Fault.UNDELIVERABLE),
        (132001, Fault.TEMPLATE_REFUSED), (131042, Fault.ACCOUNT_STOPPED), (999999, Fault.UNDELIVERABLE),
        (None, Fault.UNDELIVERABLE),
    ],
)  # fmt: skip
def test_the_word_for_a_delivery_that_failed(code, fault):
    assert fault_of(code) is fault


def test_the_digest_changes_with_the_token(api):
    assert WhatsAppCarrier(api.account()).digest != WhatsAppCarrier(api.account(token="new")).digest
