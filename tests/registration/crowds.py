"""Processes that sign up all at once. They stay for all tests: to start one takes longer than what it has to do."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from pathlib import Path

import config

PROCESSES, THREADS = 4, 10
SECONDS = 120.0  # until they must have answered
_started: list[subprocess.Popen[str]] = []


def run(settings: config.Settings, orders: list[list[dict[str, object]]], threads: int = THREADS) -> list[str]:
    """Send each list of sign-ups from a process of its own, all at once; gives back what was said."""
    given = {"instance": str(settings.instance), "url": settings.database_url, "threads": threads}
    while len(_started) < len(orders):
        command = [sys.executable, "-m", "tests.registration.crowd"]
        place = Path(config.__file__).parent
        _started.append(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=place)
        )
    for process, order in zip(_started, orders, strict=False):
        assert process.stdin
        process.stdin.write(json.dumps({**given, "orders": order}) + "\n")
        process.stdin.flush()
    answers = [_answer(process) for process, _order in zip(_started, orders, strict=False)]  # all have finished
    return [each for answer in answers for each in json.loads(answer)]


def _answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    ready, _writable, _broken = select.select([process.stdout], [], [], SECONDS)
    line = process.stdout.readline() if ready else ""
    if not line:
        stop()
        raise AssertionError("a process of the crowd died or hangs; what it said is above")
    return line


def stop() -> None:
    """End all of them."""
    while _started:
        with _started.pop() as process:
            process.kill()
