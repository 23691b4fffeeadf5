"""Pages kept for a moment: the same for everybody, never older than said, nothing of a person in them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

import config
from app import create_app
from app.core import page_cache
from app.core.db import db
from tests import factories
from tests.conftest import empty_database


@pytest.fixture
def kept_app(app: Flask, settings: config.Settings) -> Iterator[Flask]:
    made = create_app(replace(settings, page_seconds=60))
    with made.app_context():
        empty_database()
        factories.slot(factories.activity(factories.festival(headline="Kalimat pertama")))
        db.session.remove()
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def browser(kept_app: Flask) -> FlaskClient:
    return kept_app.test_client()


def rename(app: Flask, headline: str) -> None:
    with app.app_context():
        db.session.execute(db.text("UPDATE festival SET headline = :h"), {"h": headline})
        db.session.commit()


def grow_old(app: Flask) -> None:
    """As if a minute had passed."""
    for page in app.extensions["pekan_pages"].values():
        page.fresh_until = 0.0
    app.extensions["pekan_fast_lane"].forget()


def test_a_page_is_kept_and_renewed(kept_app: Flask, browser: FlaskClient) -> None:
    assert "Kalimat pertama" in browser.get("/").text
    rename(kept_app, "Kalimat kedua")
    assert "Kalimat pertama" in browser.get("/").text
    grow_old(kept_app)
    assert "Kalimat kedua" in browser.get("/").text


def test_each_language_and_each_address_is_a_page_of_its_own(kept_app: Flask, browser: FlaskClient) -> None:
    indonesian = browser.get("/").text
    english = kept_app.test_client()
    english.set_cookie("lang", "en")
    assert english.get("/").text != indonesian
    assert browser.get("/").text == indonesian
    assert browser.get("/activities/jalan-santai").text != indonesian
    assert len(kept_app.extensions["pekan_pages"]) == 3


def test_compressed_forms_are_the_same_page(browser: FlaskClient) -> None:
    plain = browser.get("/", headers={"Accept-Encoding": "identity"})
    brotli_ = browser.get("/", headers={"Accept-Encoding": "gzip, br"})
    gzip_ = browser.get("/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert (brotli_.headers["Content-Encoding"], gzip_.headers["Content-Encoding"]) == ("br", "gzip")
    assert brotli.decompress(brotli_.data) == gzip.decompress(gzip_.data) == plain.data
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_an_unchanged_page_costs_no_body(kept_app: Flask, browser: FlaskClient) -> None:
    etag = browser.get("/").headers["ETag"]
    again = browser.get("/", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    rename(kept_app, "Kalimat lain")
    grow_old(kept_app)
    assert browser.get("/", headers={"If-None-Match": etag}).status_code == 200


def test_what_a_person_is_told_once_is_not_kept(kept_app: Flask, browser: FlaskClient) -> None:
    with browser.session_transaction() as session:
        session["_flashes"] = [("message", "Hanya untuk Anda")]
    assert "Hanya untuk Anda" in browser.get("/").text
    assert "Hanya untuk Anda" not in browser.get("/").text
    assert "Hanya untuk Anda" not in kept_app.test_client().get("/").text


def test_the_memory_for_pages_is_bounded(
    kept_app: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        assert browser.get(f"/?other={number}").status_code == 200
    assert kept_app.extensions["pekan_pages"] == {}
    monkeypatch.setattr(page_cache, "MOST_PAGES", 5)
    for number in range(20):
        assert browser.get(f"/?show={number}").status_code in (200, 404)
    assert len(kept_app.extensions["pekan_pages"]) <= 5


def test_refusals_are_not_kept(kept_app: Flask, browser: FlaskClient) -> None:
    assert browser.get("/activities/belum-ada").status_code == 404
    assert kept_app.extensions["pekan_pages"] == {}


def test_the_fast_lane_repeats_the_whole_answer(kept_app: Flask, browser: FlaskClient) -> None:
    first, second = browser.get("/"), browser.get("/")
    assert second.data == first.data
    del first.headers["Date"]  # the server that sends it dates each answer
    assert second.headers == first.headers
    assert "Content-Security-Policy" in second.headers


def test_a_visitor_with_a_session_does_not_take_the_fast_lane(kept_app: Flask, browser: FlaskClient) -> None:
    kept_app.test_client().get("/")
    with browser.session_transaction() as session:
        session["_flashes"] = [("message", "Hanya untuk Anda")]
    assert "Hanya untuk Anda" in browser.get("/").text
    assert "Hanya untuk Anda" not in kept_app.test_client().get("/").text


def test_the_fast_lane_is_counted(kept_app: Flask, browser: FlaskClient) -> None:
    def counted() -> float:
        from prometheus_client import REGISTRY

        return REGISTRY.get_sample_value("pekan_requests_repeated_total") or 0.0

    browser.get("/")
    before = counted()
    browser.get("/")
    assert counted() == before + 1
