"""What a bad morning has in store: kill -9 of a server worker, of the outbox worker, of PostgreSQL itself."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.postgres import PostgresqlUnavailableError, Server

KINDS = ("worker", "outbox", "database")


def at_random(act: Callable[[], None], seconds: float, dice: random.Random) -> Callable[[], None]:
    """The act at a random moment of the crowd."""
    moment = dice.uniform(0.1, 0.6) * seconds

    def wait_and_act() -> None:
        time.sleep(moment)
        act()

    return wait_and_act


def kill_worker(server: int) -> None:
    """End one of the server's processes; the server starts another."""
    workers = [pid for pid in children(server) if not _is_outbox(pid)]
    os.kill(workers[-1], signal.SIGKILL)


def kill_outbox(server: int) -> None:
    """End the process that sends messages."""
    for pid in children(server):
        if _is_outbox(pid):
            os.kill(pid, signal.SIGKILL)
            return
    raise LookupError("no outbox worker")


def kill_database(server: Server) -> None:
    """End PostgreSQL with all its processes at once, as a machine would, and start it again."""
    server.kill()
    deadline = time.monotonic() + 30
    while True:
        with suppress(PostgresqlUnavailableError):
            server.start_again()
            return
        if time.monotonic() > deadline:
            raise TimeoutError("PostgreSQL does not come back")
        time.sleep(0.5)


def children(pid: int) -> list[int]:
    """Processes started by a process, by any of its threads."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            found += map(int, (thread / "children").read_text().split())
    return sorted(found)


def _is_outbox(pid: int) -> bool:
    """The outbox worker opens no port that the server listens on: it has no thread of the server's runtime."""
    return len(list(Path(f"/proc/{pid}/task").iterdir())) == 1
