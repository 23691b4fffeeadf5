"""What was read a moment ago: asked once, of what is there, by every app for itself."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core import recent
from app.core.recent import Recent


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, app: Flask) -> list[str]:
    monkeypatch.setitem(app.config, "PAGE_SECONDS", 60)
    monkeypatch.setattr(recent, "MOST_KEPT", 3)
    return []


def question(asked: list[str]) -> Recent[str]:
    """Knows everything but what begins with x."""

    def ask(key: str) -> str | None:
        asked.append(key)
        return None if key.startswith("x") else key.upper()

    return Recent(f"test_{id(asked)}", ask)


def test_an_answer_is_kept_and_a_missing_one_is_not(ctx: None, asked: list[str]) -> None:
    words = question(asked)
    assert [words.get(key) for key in ("a", "a", "b", "x", "x", "a")] == ["A", "A", "B", None, None, "A"]
    assert asked == ["a", "b", "x", "x"]


def test_an_old_answer_is_asked_for_again(ctx: None, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    words, now = question(asked), [1000.0]
    monkeypatch.setattr("app.core.recent.time.monotonic", lambda: now[0])
    words.get("a")
    now[0] += 59
    words.get("a")
    now[0] += 2
    words.get("a")
    assert asked == ["a", "a"]


def test_not_more_than_fit_are_kept(ctx: None, asked: list[str]) -> None:
    words = question(asked)
    for key in "abcd":
        words.get(key)
    words.get("d")
    words.get("a")
    assert asked == ["a", "b", "c", "d", "a"]


def test_without_a_time_nothing_is_kept(ctx: None, asked: list[str], app: Flask) -> None:
    app.config["PAGE_SECONDS"] = 0
    words = question(asked)
    words.get("a")
    words.get("a")
    assert asked == ["a", "a"]
