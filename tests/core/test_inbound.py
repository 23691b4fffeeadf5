"""What a request says about itself decides nothing: its host, its method, its length."""

from __future__ import annotations

import io
import json

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from app.core.api import MAX_BODY

HOSTS = ["evil.example", "a..b", "[::1", "x" * 300, "evil.example:99999", "", "<script>", "evil.example\\@pekan"]


@pytest.mark.parametrize("host", HOSTS)
def test_any_host_gets_the_same_page_and_goes_nowhere(client: FlaskClient, host: str) -> None:
    for path in ("/", "/committee", "/activities//x", "//evil.example/", "/sign-in/", "/api/v1//festival"):
        answer = client.get(path, headers={"Host": host, "X-Forwarded-Host": host, "X-Forwarded-Proto": "gopher"})
        assert answer.status_code in (200, 302, 404), (path, answer.status_code)
        location = answer.headers.get("Location", "/")
        assert location.startswith("/")
        assert not location.startswith("//")
        assert not host or host not in answer.text


def test_the_host_is_the_public_one(app: Flask, client: FlaskClient) -> None:
    seen: list[str] = []
    app.before_request_funcs.setdefault(None, []).append(lambda: seen.append(request.host))
    try:
        client.get("/healthz", headers={"Host": "evil.example"})
    finally:
        app.before_request_funcs[None].pop()
    assert seen == ["127.0.0.1:8000"]


def test_invented_methods_make_no_new_time_series(client: FlaskClient) -> None:
    for number in range(30):
        assert client.open("/", method=f"BREW{number}").status_code == 405
    text = client.get("/metrics").text
    assert "BREW" not in text
    assert 'method="other"' in text


@pytest.mark.parametrize("path", ["/api/v1/registrations", "/api/v1/checkin/pair"])
def test_a_body_that_does_not_say_its_length(client: FlaskClient, path: str) -> None:
    """Chunked: the server under us marks its end, and the limit counts all the same."""

    def send(size: int) -> int:
        answer = client.post(
            path,
            input_stream=io.BytesIO(json.dumps({"a": "x" * size}).encode()),
            content_type="application/json",
            headers={"Idempotency-Key": "x"},
            environ_overrides={"wsgi.input_terminated": True},
        )
        return answer.status_code

    assert send(10) == 422
    assert send(MAX_BODY) == 413
    assert send(9 * MAX_BODY) in (400, 413)
