"""The running server does what its OpenAPI document says, whatever it is sent: never a 5xx, never another shape.

schemathesis makes the requests, valid and broken, from the document; half of them carry a real token.
"""

from __future__ import annotations

import itertools
import random
import uuid

import httpx
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.checkin import services as checkin
from app.checkin.models import CheckinPoint
from app.core import clock
from app.core.db import db, transaction
from tests import town
from tests.conftest import empty_database

pytestmark = pytest.mark.processes
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
]  # fmt: skip


@pytest.fixture(scope="session")
def described(app: Flask, live_server: str) -> BaseSchema:
    with app.app_context():
        empty_database()
    town.load(app)
    return schemathesis.openapi.from_url(f"{live_server}/api/v1/openapi.json")


@pytest.fixture(scope="session")
def device_token(app: Flask, described: object) -> str:
    with app.app_context(), transaction():
        gate = db.session.query(CheckinPoint).filter_by(slug="gerbang-utama").one()
        return checkin.pair_directly(gate, "HP uji", clock.now()).token


@pytest.fixture(scope="session")
def walk_slot(described: object, live_server: str) -> str:
    """A slot that can really be signed up for."""
    activities = httpx.get(f"{live_server}/api/v1/activities").json()["activities"]
    return next(a["slots"][0]["id"] for a in activities if a["slug"] == "jalan-santai")


OPERATIONS = [
    ("GET", "/api/v1/activities"), ("GET", "/api/v1/festival"), ("GET", "/api/v1/consents"),
    ("POST", "/api/v1/registrations"), ("GET", "/api/v1/registrations/{code}"),
    ("POST", "/api/v1/registrations/{code}/cancel"), ("POST", "/api/v1/registrations/{code}/accept"),
    ("POST", "/api/v1/registrations/{code}/decline"), ("POST", "/api/v1/checkin/pair"),
    ("POST", "/api/v1/checkin/points/{point}/supervisor"), ("GET", "/api/v1/checkin/points/{point}/snapshot"),
    ("GET", "/api/v1/checkin/points/{point}/snapshot/names"),
    ("POST", "/api/v1/checkin/points/{point}/scans"), ("GET", "/api/v1/checkin/points/{point}/status"),
    ("GET", "/api/v1/competition/sheets/{sheet_id}"), ("PUT", "/api/v1/competition/sheets/{sheet_id}"),
    ("POST", "/api/v1/competition/sheets/{sheet_id}/lock"),
    ("POST", "/api/v1/competition/sheets/{sheet_id}/photos/{client_id}"),
]  # fmt: skip


def test_every_operation_is_tried(described: BaseSchema) -> None:
    found = {(operation.ok().method.upper(), operation.ok().path) for operation in described.get_all_operations()}
    assert found == set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_whatever_is_sent(
    described: BaseSchema, device_token: str, walk_slot: str, method: str, path: str, mode: GenerationMode
) -> None:
    turn = itertools.count()

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=described[path][method].as_strategy(generation_mode=mode))
    def send(case: Case) -> None:
        if "{point}" in path:
            case.path_parameters = {"point": "gerbang-utama"}
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {device_token}"}
        if "{sheet_id}" in path:  # a made-up id may hold a slash, and be the address of something else
            case.path_parameters = {**case.path_parameters, "sheet_id": 1}
        if path.endswith("/registrations") and mode is GenerationMode.POSITIVE and next(turn) % 2:
            # what a schema cannot say: a slot that exists, a number that can be
            case.headers = {**(case.headers or {}), "Idempotency-Key": str(uuid.uuid4())}
            phone = f"+62812{random.randrange(10**8):08d}"
            people = [{**person, "birth_date": None} for person in case.body["participants"][:10]]
            real = {"slot_id": walk_slot, "contact": {"name": "Siti", "phone": phone}, "consent": True}
            case.body = {**case.body, **real, "answers": {}, "consents": [], "participants": people}
        case.call_and_validate(checks=CHECKS)

    try:
        send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # there is no wrong way to ask for a thing without parameters
