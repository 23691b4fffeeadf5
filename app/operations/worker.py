"""The worker: runs what is due, again and again, beside the server or on its own."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from app.core import clock, hooks
from app.core.db import db, transaction
from app.operations.table_statistics import gather_statistics

if TYPE_CHECKING:
    from flask import Flask

EVERY = 5.0  # seconds between two rounds
log = logging.getLogger("pekan.worker")


def run_due_jobs() -> int:
    """Run every due job in a transaction of its own; one that fails does not hold up the others.

    Returns how many things were done.
    """
    done = 0
    for job in hooks.due_jobs:
        try:
            with transaction():
                done += job(clock.now())
        except Exception as error:
            log.error("job %s failed: %s", job.__name__, type(error).__name__)
    return done


def run_background(stopping: Callable[[], bool]) -> int:
    """Run the work that takes time and has transactions of its own, like sending messages.

    Returns how many things were done.
    """
    done = 0
    for work in hooks.background_work:
        try:
            done += work(stopping)
        except Exception as error:
            log.error("work %s failed: %s", work.__name__, type(error).__name__)
            db.session.remove()
    return done


def run(app: Flask, stopping: threading.Event, parent: int | None = None) -> None:
    """Work until told to stop, or until the parent process is gone."""

    def must_stop() -> bool:
        return stopping.is_set() or (parent is not None and os.getppid() != parent)

    while not must_stop():
        with app.app_context():
            run_due_jobs()
            done = run_background(must_stop)
            db.session.remove()
        if not done:  # else there may be more
            stopping.wait(EVERY)


def run_beside(app: Flask, parent: int) -> None:
    """Entry of the process that the server forks."""
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the server, which tells us
    run(app, stopping, parent)


hooks.background_work.register(gather_statistics)
