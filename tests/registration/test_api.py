"""The JSON side, as api.md says it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db import db
from app.core.keys import ticket_text
from app.registration.models import Participant, Registration, Ticket
from tests import factories
from tests.registration.browser import Browser, browser
from tests.registration.signing import counted

PHONE = "0812-3456-7890"


@pytest.fixture
def client(app, ctx) -> Browser:
    return browser(app)


@pytest.fixture
def walk(ctx):
    return factories.activity(factories.festival())


@pytest.fixture
def slot(walk):
    return factories.slot(walk)


def body(slot, *names: str, **changes: Any) -> dict[str, Any]:
    people = [{"name": name, "birth_date": "1990-05-17"} for name in names or ("Siti Aminah",)]
    return {
        "slot_id": slot.id, "contact": {"name": "Siti Aminah", "phone": PHONE}, "participants": people,
        "answers": {}, "consent": True, **changes,
    }  # fmt: skip


def post(client, sent, key: str | None = None, **headers: str):
    return client.post(
        "/api/v1/registrations", json=sent, headers={"Idempotency-Key": key or str(uuid.uuid4()), **headers}
    )


def bearer(answer) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer['manage_token']}"}


def test_signing_up(client, slot):
    answer = post(client, body(slot, "Siti", "Budi"))
    assert answer.status_code == 201
    found = answer.json
    assert set(found) == {
        "code", "status", "manage_url", "manage_token", "tickets", "warnings", "prescreening"
    }  # fmt: skip
    assert found["status"] == "confirmed"
    assert found["manage_url"] == f"http://127.0.0.1:8000/registrations/{found['manage_token']}"
    assert found["manage_token"].startswith(found["code"] + ".")
    ticket = db.session.scalars(sa.select(Ticket).order_by(Ticket.id)).first()
    by_code = {t["code"]: t for t in found["tickets"]}
    assert by_code[ticket.code]["qr"] == ticket_text(ticket.festival_id, ticket.scope, ticket.id)
    assert [t["holder"] for t in found["tickets"]] == ["Siti", "Budi"]
    assert client.get(by_code[ticket.code]["url"]).status_code == 200


def test_a_sign_up_takes_at_most_ten_statements(client, slot):
    post(client, body(slot, "Pemanasan"))
    sent = body(slot, "Siti", "Budi", "Ayu")
    db.session.rollback()
    with counted() as statements:
        assert post(client, sent).status_code == 201
    assert len(statements) <= 10, statements


def test_the_same_key_and_body_answer_the_same(client, slot):
    sent = body(slot)
    first, second = post(client, sent, "kunci"), post(client, sent, "kunci")
    assert (second.status_code, second.json) == (201, first.json)
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 1


def test_another_body_with_the_same_key(client, slot):
    post(client, body(slot), "kunci")
    answer = post(client, body(slot, "Lain"), "kunci")
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["x", "ñandú ☃", "a" * 1000, "0"])
def test_any_text_is_a_key(client, slot, key):
    assert post(client, body(slot), key.encode("latin-1", "replace").decode("latin-1")).status_code == 201


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "  "}])
def test_a_key_is_required(client, slot, headers):
    answer = client.post("/api/v1/registrations", json=body(slot), headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "idempotency_key_required")


def test_a_page_and_json_never_share_a_key():
    from app.registration.rules import hashed_key

    assert hashed_key("page", "k") != hashed_key("json", "k")
    assert hashed_key("page\0", "k") == hashed_key("page", "\0k")  # scopes are ours, and hold no NUL


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slot_id": None}, "slot_id"), ({"slot_id": True}, "slot_id"), ({"slot_id": 0}, "slot_id"),
        ({"slot_id": 2**63}, "slot_id"), ({"slot_id": "satu"}, "slot_id"), ({"slot_id": [1]}, "slot_id"),
        ({"consent": False}, "consent"), ({"consent": "true"}, "consent"), ({"consent": 1}, "consent"),
        ({"participants": []}, "participants"), ({"participants": {}}, "participants"),
        ({"participants": [{"name": "A"}] * 21}, "participants"), ({"participants": ["A"]}, "participants.0"),
        ({"participants": [{}]}, "participants.0.name"), ({"participants": [{"name": 5}]}, "participants.0.name"),
        ({"participants": [{"name": " \u200d\u0000"}]}, "participants.0.name"),
        ({"participants": [{"name": "x" * 81}]}, "participants.0.name"),
        ({"participants": [{"name": "A"}, {"name": ""}]}, "participants.1.name"),
        ({"participants": [{"name": "A", "birth_date": "2023-02-30"}]}, "participants.0.birth_date"),
        ({"participants": [{"name": "A", "birth_date": "1899"}]}, "participants.0.birth_date"),
        ({"participants": [{"name": "A", "birth_date": "9999"}]}, "participants.0.birth_date"),
        ({"participants": [{"name": "A", "birth_date": True}]}, "participants.0.birth_date"),
        ({"participants": [{"name": "A", "birth_date": 1990.5}]}, "participants.0.birth_date"),
        ({"participants": [{"name": "A", "guardian_name": 7}]}, "participants.0.guardian_name"),
        ({"contact": None}, "contact"), ({"contact": {"phone": PHONE}}, "contact.name"),
        ({"contact": {"name": "A", "phone": "08"}}, "contact.phone"),
        ({"contact": {"name": "A", "phone": 81234567890}}, "contact.phone"),
        ({"answers": []}, "answers"), ({"answers": {str(n): 1 for n in range(51)}}, "answers"),
        ({"waitlist": "ya"}, "waitlist"), ({"waitlist": 1}, "waitlist"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(client, slot, change, field):
    answer = post(client, body(slot) | change)
    error = answer.json["error"]
    assert (answer.status_code, error["code"], list(error["fields"])) == (422, "invalid", [field])
    assert error["message"]
    assert error["fields"][field]


def test_missing_parts_are_named(client, slot):
    error = post(client, {}).json["error"]
    assert set(error["fields"]) == {"slot_id", "contact", "participants", "consent"}


@pytest.mark.parametrize(
    "phone",
    ["081234567890", "+62 812-3456-7890", "62 812 3456 7890", "0062812 3456 7890", "８１２３４５６７８９０"],
)
def test_phones_in_every_habit(client, slot, phone):
    post(client, body(slot, contact={"name": "Siti", "phone": phone}))
    assert db.session.scalars(sa.select(Participant.phone)).one() == "+6281234567890"


@pytest.mark.parametrize("birth_date", ["1991", 1991, "1991-05-17", None, ""])
def test_birth_dates(client, slot, birth_date):
    answer = post(client, body(slot, participants=[{"name": "Siti", "birth_date": birth_date}]))
    assert answer.status_code == 201
    assert db.session.scalars(sa.select(Participant.birth_year)).one() == (1991 if birth_date else 0)


def test_bodies_that_are_no_object(client):
    for data in (b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"slot_id": NaN}'):
        answer = client.post(
            "/api/v1/registrations", data=data, content_type="application/json", headers={"Idempotency-Key": "k"}
        )
        assert answer.status_code in (400, 422), data[:20]
        assert answer.json["error"]["code"]


def test_lone_surrogates_and_control_characters(client, slot):
    data = b'{"slot_id": %d, "contact": {"name": "Si\\ud800ti", "phone": "081234567890"}, "participants": [{"name": "A\\u0000B"}], "answers": {"\\ud800": "\\udfff"}, "consent": true}' % slot.id  # fmt: skip  # noqa: E501
    answer = client.post(
        "/api/v1/registrations", data=data, content_type="application/json", headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code == 201
    assert answer.json["tickets"][0]["holder"] == "A B"


def test_refusals(client, walk, slot):
    assert post(client, body(slot, slot_id=999_999)).status_code == 404
    full = factories.slot(walk, capacity=1, starts_in=(slot.ends_at - slot.starts_at) * 5)
    answer = post(client, body(full, "A", "B"))
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "slot_full")
    waiting = post(client, body(full, "A", "B", waitlist=True))
    assert (waiting.status_code, waiting.json["status"]) == (201, "waitlisted")
    assert waiting.json["tickets"][0] == {"holder": "A", "code": None, "qr": None, "url": None, "bib": None}


def test_a_known_name_and_number_do_not_give_away_a_ticket(client, walk, slot):
    other = factories.slot(factories.activity(walk.festival, slug="nib"))
    first = post(client, body(slot)).json
    stranger = post(client, body(other))
    assert stranger.status_code == 201
    assert stranger.json["tickets"] == [
        {"holder": "Siti Aminah", "code": None, "qr": None, "url": None, "bib": None}
    ]
    third = factories.slot(factories.activity(walk.festival, slug="halal"))
    owner = post(client, body(third), **bearer(first))
    assert owner.json["tickets"][0]["qr"] == first["tickets"][0]["qr"]
    again = post(client, body(third), **bearer(first))
    assert (again.status_code, again.json["error"]["code"]) == (409, "already_registered")
    assert list(again.json["error"]["fields"]) == ["participants.0.name"]


def test_the_stranger_s_own_view_does_not_give_it_away_either(client, walk, slot):
    other = factories.slot(factories.activity(walk.festival, slug="nib"))
    post(client, body(slot))
    stranger = post(client, body(other)).json
    found = client.get(f"/api/v1/registrations/{stranger['code']}", headers=bearer(stranger)).json
    assert found["tickets"][0]["qr"] is None


def test_looking_and_cancelling(client, slot):
    made = post(client, body(slot, "A", "B")).json
    address = f"/api/v1/registrations/{made['code']}"
    assert client.get(address, headers=bearer(made)).json == made
    for _ in range(2):
        answer = client.post(f"{address}/cancel", json={}, headers=bearer(made))
        assert (answer.status_code, answer.json["status"]) == (200, "cancelled")
    assert client.post(f"{address}/cancel", headers=bearer(made)).status_code == 200  # without a body too


def test_wrong_tokens_open_nothing(client, slot):
    made, other = post(client, body(slot, "A")).json, post(client, body(slot, "B")).json
    address = f"/api/v1/registrations/{made['code']}"
    token = made["manage_token"]
    for wrong in (
        "",
        "wrong",
        token[:-1],
        token + "x",
        other["manage_token"],
        made["code"],
        token.swapcase(),
        "é" * 30,
    ):
        headers = {"Authorization": f"Bearer {wrong}"}
        assert client.get(address, headers=headers).status_code == 404
        assert client.post(f"{address}/cancel", headers=headers).status_code == 404
    assert client.get(address).status_code == 404
    assert client.get("/api/v1/registrations/NOTHERE000", headers=bearer(made)).status_code == 404


def test_english_is_spoken_to_programs(client, slot):
    answer = post(client, body(slot, consent=False), **{"Accept-Language": "en"})
    assert answer.status_code == 422


def test_it_is_described(client):
    paths = client.get("/api/v1/openapi.json").json["paths"]
    assert {"/api/v1/registrations", "/api/v1/registrations/{code}", "/api/v1/registrations/{code}/cancel"} <= set(
        paths
    )
