"""Guessing passwords and links is slowed down, and who is slowed down reads what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

import config
from app import create_app
from app.accounts.models import User
from app.core.db import db
from app.core.limits import limiter
from tests.accounts.conftest import PASSWORD
from tests.forms import csrf_token


@pytest.fixture
def throttled(client: FlaskClient, settings: config.Settings) -> Iterator[FlaskClient]:
    """A browser at an installation with rate limits, on the same database."""
    app = create_app(replace(settings, ratelimit_enabled=True))
    limiter.reset()
    yield app.test_client()
    limiter.reset()
    limiter.enabled = False
    with app.app_context():
        db.engine.dispose()


def attempts(client: FlaskClient, names: list[str], password: str = "salah salah salah") -> list[int]:
    token = csrf_token(client, "/sign-in")
    fields = {"csrf_token": token, "password": password}
    return [client.post("/sign-in", data={**fields, "name": name}).status_code for name in names]


def test_ten_tries_a_minute_from_one_address(throttled: FlaskClient) -> None:
    assert attempts(throttled, [f"nama {n}" for n in range(12)]) == [401] * 10 + [429] * 2


def test_five_failures_a_minute_for_one_name_from_anywhere(throttled: FlaskClient) -> None:
    answers = []
    for number in range(7):
        throttled.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        answers += attempts(throttled, ["Siti Aminah" if number % 2 else " SITI  aminah"])
    assert answers == [401] * 5 + [429] * 2
    assert attempts(throttled, ["Budi"]) == [401], "another name is not slowed down"


def test_signing_in_rightly_is_not_a_failure(throttled: FlaskClient, siti: User) -> None:
    for number in range(7):
        throttled.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        assert attempts(throttled, [siti.name], PASSWORD) == [303]
        throttled.delete_cookie("pekan")


def test_no_name_is_kept_to_count_by(throttled: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[str] = []
    count = limiter.storage.incr
    monkeypatch.setattr(limiter.storage, "incr", lambda key, *a, **k: keys.append(key) or count(key, *a, **k))
    attempts(throttled, ["Siti Aminah"])
    kept = str(keys).casefold()
    assert "sign_in" in kept
    assert "siti" not in kept


def test_the_throttle_page_says_how_long_and_what_else_to_do(throttled: FlaskClient) -> None:
    token = csrf_token(throttled, "/sign-in")
    for _try in range(11):
        answer = throttled.post("/sign-in", data={"csrf_token": token, "name": "x", "password": "y"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert f"Tunggu {answer.headers['Retry-After']} detik" in page
    assert "tautan masuk sekali pakai" in page


def test_guessing_links_is_slowed_down(throttled: FlaskClient) -> None:
    answers = [throttled.get(f"/sign-in/guess-{n}").status_code for n in range(21)]
    assert answers == [410] * 20 + [429]


def test_without_redis_each_server_counts_for_itself(client: FlaskClient, settings: config.Settings) -> None:
    app = create_app(replace(settings, ratelimit_enabled=True, redis_url="redis://127.0.0.1:1"))
    try:
        assert attempts(app.test_client(), [f"nama {n}" for n in range(11)]) == [401] * 10 + [429]
    finally:
        limiter.enabled = limiter._in_memory_fallback_enabled = limiter._storage_dead = False
        with app.app_context():
            db.engine.dispose()
