"""The OpenAPI document: valid 3.1, and it names every JSON address that exists."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator


def document(client: FlaskClient) -> dict:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return answer.get_json()


def test_the_document_is_valid_openapi_3_1(client: FlaskClient) -> None:
    found = document(client)
    assert found["openapi"].startswith("3.1")
    assert [str(e) for e in OpenAPIV31SpecValidator(found).iter_errors()] == []


def test_every_json_address_is_described(app: Flask, client: FlaskClient) -> None:
    described = document(client)["paths"]
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1/") or rule.endpoint == "api.openapi":
            continue
        path = re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule)
        assert path in described, path
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert method.lower() in described[path], (method, path)


def test_refusals_are_described_too(client: FlaskClient) -> None:
    for path, operations in document(client)["paths"].items():
        for method, operation in operations.items():
            if method == "post":
                assert any(code.startswith("4") for code in operation["responses"]), (method, path)
