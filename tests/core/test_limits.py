"""Counting for rate limits: in memory that processes share, and through Redis."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask, request
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

import config
from app import create_app
from app.core import limits, shared_counts
from app.core.db import db
from app.core.limits import limiter
from app.core.shared_counts import SharedCounts
from tests.redis_speaker import RedisSpeaker, redis_speaker


@pytest.fixture
def counts() -> SharedCounts:
    made = storage_from_string("shared://")
    assert isinstance(made, SharedCounts)
    return made


@pytest.fixture
def redis() -> Iterator[RedisSpeaker]:
    with redis_speaker() as server:
        yield server


def test_counting_and_forgetting(counts: SharedCounts) -> None:
    assert [counts.incr("a", 60), counts.incr("a", 60, 3), counts.incr("b", 60)] == [1, 4, 1]
    assert (counts.get("a"), counts.get("b"), counts.get("c")) == (4, 1, 0)
    assert 58 < counts.get_expiry("a") - time.time() <= 60
    counts.clear("a")
    counts.clear("c")
    assert (counts.get("a"), counts.get("b")) == (0, 1)
    counts.reset()
    assert counts.get("b") == 0
    assert counts.check()


def test_the_first_count_says_how_long(counts: SharedCounts, monkeypatch: pytest.MonkeyPatch) -> None:
    counts.incr("a", 60)
    began = time.time()
    monkeypatch.setattr(time, "time", lambda: began + 59)
    assert counts.incr("a", 60) == 2
    monkeypatch.setattr(time, "time", lambda: began + 61)
    assert counts.get("a") == 0
    assert counts.incr("a", 60) == 1


def test_the_library_counts_with_it(counts: SharedCounts) -> None:
    strategy, limit = FixedWindowRateLimiter(counts), parse("3/minute")
    assert [strategy.hit(limit, "somebody") for _ in range(4)] == [True] * 3 + [False]
    assert strategy.get_window_stats(limit, "somebody").remaining == 0
    assert strategy.hit(limit, "another")


def test_a_full_shelf_makes_room_for_the_next(counts: SharedCounts, monkeypatch: pytest.MonkeyPatch) -> None:
    place = shared_counts._place
    monkeypatch.setattr(shared_counts, "_place", lambda key: (place(key)[0], 7))
    for number in range(16):
        counts.incr(f"key {number}", 60 + number)
    counts.incr("one more", 60)
    kept = [number for number in range(16) if counts.get(f"key {number}")]
    assert kept == list(range(1, 16)), "the first to expire has gone"
    assert counts.get("one more") == 1


def test_many_keys(counts: SharedCounts) -> None:
    for number in range(20_000):
        counts.incr(f"number {number}", 60)
    kept = sum(counts.get(f"number {number}") for number in range(20_000))
    assert kept > 19_900


def test_no_key_is_kept(counts: SharedCounts) -> None:
    counts.incr("LIMITER/203.0.113.7/sign_up", 60)
    assert b"203" not in bytes(counts._rows)


def test_processes_count_together(counts: SharedCounts) -> None:
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            for _n in range(500):
                counts.incr("a", 60)
            os._exit(0)
        children.append(child)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    assert counts.get("a") == 2000


def test_a_process_that_is_killed_holds_nobody_up(counts: SharedCounts) -> None:
    child = os.fork()
    if child == 0:
        with counts._holding(shared_counts._place("a")[1]):
            time.sleep(60)
        os._exit(0)
    time.sleep(0.3)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert counts.incr("a", 60) == 1


@pytest.mark.parametrize(
    ("asks", "counted_as"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no:address", "no:address"),
    ],
)
def test_who_asks(app: Flask, asks: str, counted_as: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": asks}):
        assert request.remote_addr == asks
        assert limits.address() == counted_as


@pytest.fixture
def two_servers(settings: config.Settings, ctx: None, redis: RedisSpeaker) -> Iterator[tuple[Flask, Flask]]:
    """Two installations on one database that share a Redis."""
    made = [create_app(replace(settings, ratelimit_enabled=True, redis_url=redis.url)) for _ in range(2)]
    yield made[0], made[1]
    limiter.enabled = limiter._in_memory_fallback_enabled = limiter._storage_dead = False
    for app in made:
        with app.app_context():
            db.engine.dispose()


def guess(app: Flask) -> int:
    return app.test_client().get("/sign-in/guess").status_code


def test_servers_count_together_through_redis(two_servers: tuple[Flask, Flask], redis: RedisSpeaker) -> None:
    answers = [guess(two_servers[number % 2]) for number in range(22)]
    assert answers == [410] * 20 + [429] * 2
    (counted,) = [key for key in redis.values if b"sign_in_link" in key]
    assert redis.values[counted] == 22
    elsewhere = storage_from_string(redis.url)
    assert elsewhere.incr(counted.decode().removeprefix("LIMITS:"), 60) == 23, "any other server goes on from there"


def test_redis_goes_away_and_limits_stay(two_servers: tuple[Flask, Flask], redis: RedisSpeaker) -> None:
    assert guess(two_servers[0]) == 410
    redis.shutdown()
    redis.server_close()
    limiter.storage.storage.connection_pool.disconnect()  # type: ignore[attr-defined]
    answers = [guess(two_servers[0]) for _ in range(21)]
    assert answers == [410] * 20 + [429]
