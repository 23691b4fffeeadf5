"""Kinds over JSON: what is asked, what is answered, what is refused where."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from app.core import clock
from app.registration import rules
from tests import factories
from tests.registration.browser import Browser, browser
from tests.registration.signing import counted

WELL = {"pregnant_or_nursing": False, "tattoo": False, "vaccine": False, "medicine": False}


@pytest.fixture
def client(app, ctx) -> Browser:
    return browser(app)


@pytest.fixture
def festival(ctx):
    return factories.festival()


@pytest.fixture
def slot(festival):
    return factories.slot(factories.activity(festival))


@pytest.fixture
def bed(festival):
    return factories.slot(factories.activity(festival, slug="donor", kind="blood_donation"))


def post(client, slot, *people, token="", key=None, **changes):
    sent = {
        "slot_id": slot.id, "contact": {"name": "Siti Aminah", "phone": "0812-3456-7890"}, "answers": {},
        "participants": list(people) or [{"name": "Siti Aminah", "birth_date": "1990-05-17"}], "consent": True,
        **changes,
    }  # fmt: skip
    headers = {"Idempotency-Key": key or str(uuid.uuid4()), "Authorization": f"Bearer {token}"}
    return client.post("/api/v1/registrations", json=sent, headers=headers)


def donate(client, bed, **changes):
    return post(client, bed, **{"answers": WELL, "consents": ["health"], **changes})


def faults(answer) -> list[str]:
    assert answer.status_code == 422, answer.json
    return sorted(answer.json["error"]["fields"])


def test_what_is_asked_is_in_the_programme(client, festival, slot, bed):
    found = {a["kind"]: a for a in client.get("/api/v1/activities").json["activities"]}
    assert (found["fun_walk"]["questions"], found["fun_walk"]["consents"]) == ([], [])
    asked = {q["name"]: q for q in found["blood_donation"]["questions"]}
    assert {name for name, q in asked.items() if q["required"]} == set(WELL)
    assert asked["last_donation"]["type"] == "date"
    assert all(q["per_person"] and q["private"] for q in asked.values())
    assert found["blood_donation"]["consents"] == [{"purpose": "health", "required": True}]


def test_the_texts_of_consent(client):
    found = client.get("/api/v1/consents").json["consents"]
    assert {each["purpose"]: each["necessary"] for each in found} == {
        "registration": True, "guardian": True, "health": True, "capital": False, "whatsapp": False,
    }  # fmt: skip
    assert all(set(each["texts"]) == {"id", "en"} for each in found)


def test_a_walk_asks_nothing_more_and_gives_a_bib(client, slot):
    answer = post(client, slot).json
    assert answer["tickets"][0]["bib"] == 1
    assert (answer["warnings"], answer["prescreening"]) == ([], [])
    shown = client.get(
        f"/api/v1/registrations/{answer['code']}", headers={"Authorization": f"Bearer {answer['manage_token']}"}
    ).json
    assert shown == answer


def test_guardians(client, slot):
    child = {"name": "Budi", "birth_date": "2012"}
    adult = {"name": "Siti", "birth_date": "1984"}
    assert faults(post(client, slot, adult, child)) == ["participants.1.guardian_name"]
    assert post(client, slot, adult, {**child, "guardian_name": "Siti"}).status_code == 201


def test_small_children(client, slot):
    child = {"name": "Adi", "birth_date": str(clock.now().year - 9), "guardian_name": "Siti"}
    assert faults(post(client, slot, child)) == ["participants.0.birth_date"]
    mother = post(client, slot).json
    assert post(client, slot, child, token=mother["manage_token"]).status_code == 201


def test_a_prescreening_and_its_reasons(client, bed):
    answer = donate(client, bed, answers={**WELL, "vaccine": True}, key="k")
    (found,) = answer.json["prescreening"]
    assert (found["holder"], found["verdict"], found["next_possible"]) == ("Siti Aminah", "see_doctor", None)
    assert "vaksin" in found["reasons"][0]
    assert donate(client, bed, answers={**WELL, "vaccine": True}, key="k").json == answer.json
    shown = client.get(
        f"/api/v1/registrations/{answer.json['code']}",
        headers={"Authorization": f"Bearer {answer.json['manage_token']}"},
    ).json
    assert shown["prescreening"] == [{**found, "reasons": []}]


def test_answers_about_health_are_no_part_of_the_digest(client, bed):
    """The same key with other such answers is the same request: otherwise the digest would know them."""
    first = donate(client, bed, key="k").json
    assert donate(client, bed, key="k", answers={**WELL, "tattoo": True}).json["code"] == first["code"]
    other = donate(client, bed, key="k", answers={**WELL, "else": True})
    assert other.json["error"]["code"] == "idempotency_key_reused"


def test_refused_with_the_next_day(client, bed):
    last = clock.local(bed.starts_at).date() - timedelta(days=59)
    person = {
        "name": "Siti", "birth_date": "1990-05-17", "answers": {**WELL, "last_donation": last.isoformat()},
    }  # fmt: skip
    answer = post(client, bed, person, consents=["health"])
    assert answer.json["error"]["code"] == "prescreening_deferred"
    assert faults(answer) == ["participants.0.answers.last_donation"]
    person["answers"]["last_donation"] = (last - timedelta(days=1)).isoformat()
    assert post(client, bed, person, consents=["health"]).status_code == 201


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"answers": {}}, [f"participants.0.answers.{name}" for name in sorted(WELL)]),
        ({"answers": {**WELL, "tattoo": "tidak"}}, ["participants.0.answers.tattoo"]),
        ({"answers": {**WELL, "last_donation": "2090-01-01"}}, ["participants.0.answers.last_donation"]),
        ({"answers": {**WELL, "last_donation": 2020}}, ["participants.0.answers.last_donation"]),
        ({"consents": []}, ["consents.health"]), ({"consents": ["health", "capital"]}, ["consents.capital"]),
        ({"consents": "health"}, ["consents"]), ({"consents": ["x" * 25]}, ["consents.0"]),
        ({"consents": [None]}, ["consents.0"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(client, bed, changes, fields):
    assert faults(donate(client, bed, **changes)) == fields


def test_warnings_are_codes(client, festival, slot):
    desk = factories.slot(
        factories.activity(festival, slug="nib", kind="business_licence"), starts_at=slot.starts_at
    )
    mine = post(client, slot).json
    assert post(client, desk).json["warnings"] == []
    third = factories.slot(factories.activity(festival, slug="halal", kind="halal"), starts_at=slot.starts_at)
    assert post(client, third, token=mine["manage_token"]).json["warnings"] == [rules.Concern.OVERLAP]


def test_one_adult_at_a_desk_costs_no_statement_more(client, festival):
    """Kinds without a rule of their own pay nothing for those that have one."""
    desk = factories.slot(factories.activity(festival, slug="nib", kind="business_licence"))
    post(client, desk)
    people = [{"name": "Baru", "birth_date": "1990"}]
    with counted() as statements:
        assert post(client, desk, *people).status_code == 201
    told = " ".join(statements)
    assert not any(name in told for name in ("INTO consent", "prescreening", "bib_counter", "kind_options"))
    assert len(statements) <= 10, statements


def test_answers_about_health_are_not_logged(client, bed, caplog):
    caplog.set_level("DEBUG")
    for answers in ({**WELL, "last_donation": "2019-03-04"}, {**WELL, "tattoo": "2019-03-04"}, {}):
        donate(client, bed, answers=answers)
    client.get("/api/v1/activities")
    assert "POST /api/v1/registrations 201" in caplog.text
    assert not any(word in caplog.text for word in ("2019-03-04", "tattoo", "last_donation"))
