"""The worker's rounds: one thing that fails holds up nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.core import hooks
from app.core.turns import NoTurnError
from app.operations import worker

FAULTS = [OperationalError("SELECT", {}, Exception("gone")), NoTurnError("somebody else's"), ValueError("a bug")]


@pytest.mark.usefixtures("ctx")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_job_that_fails_does_not_hold_up_the_others(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    jobs: hooks.Hook[[datetime], int] = hooks.Hook()
    work: hooks.Hook[[Callable[[], bool]], int] = hooks.Hook()

    def failing(*_given: object) -> int:
        raise fault

    jobs.register(failing)
    jobs.register(lambda _now: 3)
    work.register(failing)
    work.register(lambda _stopping: 4)
    monkeypatch.setattr(hooks, "due_jobs", jobs)
    monkeypatch.setattr(hooks, "background_work", work)
    assert worker.run_due_jobs() == 3
    assert worker.run_background(lambda: False) == 4
    assert caplog.text.count(f"failing failed: {type(fault).__name__}") == 2
    assert "a bug" not in caplog.text, "the text of a fault may hold what a person typed"


@pytest.mark.usefixtures("ctx")
def test_it_works_until_it_is_told_to_stop(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    stopping, rounds = threading.Event(), []
    work: hooks.Hook[[Callable[[], bool]], int] = hooks.Hook()

    def twice(_stopping: Callable[[], bool]) -> int:
        rounds.append(1)
        if len(rounds) == 2:
            stopping.set()
        return 1  # there may be more: the next round comes at once

    work.register(twice)
    monkeypatch.setattr(hooks, "due_jobs", hooks.Hook())
    monkeypatch.setattr(hooks, "background_work", work)
    worker.run(app, stopping)
    assert len(rounds) == 2
