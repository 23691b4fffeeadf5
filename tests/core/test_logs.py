"""What the logs say: never a token, never what a person typed."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.logs import masked
from tests import factories
from tests.forms import post_form

SECRET = "q7Zr3yXk0Lm9Vb2Nc8TfWw"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"/sign-in/{SECRET}", "/sign-in/…"),
        (f"/registrations/{SECRET}", "/registrations/…"),
        (f"/registrations/{SECRET}/cancel", "/registrations/…/cancel"),
        (f"/tickets/{SECRET}", "/tickets/…"),
        (f"/tickets/{SECRET}.png", "/tickets/…"),
        (f"/tickets/{SECRET}/pdf", "/tickets/…/pdf"),
        (f"/api/v1/registrations/{SECRET}", "/api/v1/registrations/…"),
        (f"/api/v1/registrations/{SECRET}/cancel", "/api/v1/registrations/…/cancel"),
        (f"//sign-in//{SECRET}", "//sign-in//…"),
        ("/sign-in", "/sign-in"),
        ("/activities/jalan-santai", "/activities/jalan-santai"),
        ("/committee/registrations", "/committee/registrations"),
        ("/", "/"),
    ],
)
def test_secrets_in_paths(path: str, shown: str) -> None:
    assert masked(path) == shown


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in/{}",
        "/registrations/{}",
        "/tickets/{}",
        "/api/v1/registrations/{}",
        "/?token={}",
        "/sign-in?next=/tickets/{}",
    ],
)
def test_the_access_log_never_shows_a_token(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    caplog.set_level(logging.DEBUG)
    client.get(path.format(SECRET), headers={"Authorization": f"Bearer {SECRET}"})
    assert any(record.name == "pekan.access" for record in caplog.records)
    assert SECRET not in caplog.text


def test_a_line_tells_method_path_status_and_time(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "pekan.access")
    client.get("/sign-in")
    assert any(record.getMessage().startswith("GET /sign-in 200 ") for record in caplog.records)


def test_a_path_cannot_forge_a_line(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client.get("/x%0a2026-01-01 INFO pekan.access GET /committee 200")
    assert all("\n" not in record.getMessage() for record in caplog.records)


def test_names_and_passwords_stay_out(client: FlaskClient, app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with app.app_context():
        factories.user("Siti Aminah")
    post_form(client, "/sign-in", name="Siti Aminah", password="kuda lumping menari")
    assert "Siti" not in caplog.text
    assert "lumping" not in caplog.text


def test_a_fault_is_logged_by_its_place_only(
    client: FlaskClient, app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_arguments: object) -> None:
        raise RuntimeError("Siti Aminah +6281234567890")

    monkeypatch.setattr("app.core.monitoring.generate_latest", fault)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    client.get("/metrics")
    assert "unexpected RuntimeError" in caplog.text
    assert "core.metrics" in caplog.text
    assert "Siti" not in caplog.text
    assert "6281234567890" not in caplog.text
