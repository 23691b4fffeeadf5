"""Security headers and cookies on every kind of answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import config
from app import create_app
from app.core import headers
from app.core.access import public
from app.core.db import db
from app.core.links import public_url
from tests import factories
from tests.forms import csrf_token

KINDS = {
    "page": "/sign-in",
    "start page": "/",
    "JSON": "/api/v1/openapi.json",
    "JSON refusal": "/api/v1/nothing-here",
    "page that is not there": "/nothing/here",
    "redirect": "/committee",
    "probe": "/healthz",
}


def policy(answer: TestResponse) -> dict[str, set[str]]:
    rules = answer.headers["Content-Security-Policy"].split(";")
    return {words[0]: set(words[1:]) for words in (rule.split() for rule in rules)}


@pytest.fixture
def tls(client: FlaskClient, settings: config.Settings) -> Iterator[Flask]:
    """An installation that people reach by https, with probe pages."""
    app = create_app(replace(settings, public_url="https://pekan.example"))

    @app.get("/probe-scanner")
    @public
    def scanner() -> str:
        headers.allow_scanner()
        return "scanner"

    @app.get("/probe-secret")
    @public
    def secret() -> str:
        headers.hide_referrer()
        return "secret"

    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("path", KINDS.values(), ids=KINDS.keys())
def test_every_answer_is_framed(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code < 500
    rules = policy(answer)
    assert rules["default-src"] == {"'none'"}
    assert rules["script-src"] == rules["style-src"] == {"'self'"}
    assert rules["frame-ancestors"] == rules["base-uri"] == {"'none'"}
    assert rules["form-action"] == {"'self'"}
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in answer.headers, "there is no TLS here"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_fault_is_framed_too(client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_arguments: object) -> None:
        raise RuntimeError("Siti Aminah +6281234567890")

    monkeypatch.setattr("app.core.monitoring.generate_latest", fault)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = client.get("/metrics")
    assert answer.status_code == 500
    assert "default-src" in policy(answer)
    assert "Siti" not in answer.get_data(as_text=True)
    assert "Traceback" not in answer.get_data(as_text=True)


def test_static_files_are_kept_but_not_guessed_at(client: FlaskClient, app: Flask) -> None:
    answer = client.get(f"/{app.extensions['pekan_assets']}/css/pekan.css")
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"].startswith("text/css")
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    answer.close()


def test_only_a_scanner_page_may_run_webassembly_and_the_camera(tls: Flask) -> None:
    browser = tls.test_client()
    scanner, plain = browser.get("/probe-scanner"), browser.get("/probe-secret")
    assert policy(scanner)["script-src"] == {"'self'", "'wasm-unsafe-eval'"}
    assert "camera=(self)" in scanner.headers["Permissions-Policy"]
    assert policy(plain)["script-src"] == {"'self'"}
    assert "camera=()" in plain.headers["Permissions-Policy"]


def test_a_secret_address_is_told_to_nobody(tls: Flask) -> None:
    answer = tls.test_client().get("/probe-secret")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/sign-in", "/committee", "/account/password", "/api/v1/openapi.json"])
def test_what_is_for_one_person_is_not_kept(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_behind_tls_browsers_stay_with_tls(tls: Flask) -> None:
    for path in KINDS.values():
        answer = tls.test_client().get(path)
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def cookie_of(answer: TestResponse) -> str:
    return next(line for line in answer.headers.getlist("Set-Cookie") if "pekan=" in line)


def test_the_session_cookie(client: FlaskClient, tls: Flask) -> None:
    plain = cookie_of(client.get("/sign-in"))
    assert plain.startswith("pekan=")
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain, "a browser would not send it back without TLS"
    safe = cookie_of(tls.test_client().get("/sign-in"))
    assert safe.startswith("__Host-pekan=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in safe
    assert "Domain" not in safe, "__Host- forbids it"


def test_a_signed_in_page_does_not_renew_its_cookie(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        factories.sign_in(client, factories.user())
    csrf_token(client, "/account/password")  # the form token goes into the session once
    assert "Set-Cookie" not in client.get("/committee").headers


def test_links_leave_with_the_public_address(tls: Flask) -> None:
    with tls.test_request_context("/", headers={"Host": "evil.example"}):
        assert public_url("/tickets/abc") == "https://pekan.example/tickets/abc"
        for path in ("tickets/abc", "//evil.example", "", "https://evil.example"):
            with pytest.raises(ValueError, match="slash"):
                public_url(path)


@pytest.mark.parametrize("path", ["/sign-in", "/", "/nothing/here", "/committee", "/api/v1/openapi.json"])
def test_no_answer_repeats_the_host_header(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert "evil.example" not in answer.get_data(as_text=True) + str(answer.headers)
