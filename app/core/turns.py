"""A fair queue of writers for SQLite.

SQLite lets one writer in at a time and answers the others by polling, which starves the unlucky: at 32
clients p99 was 173-410 ms with its own waiting and 46-116 ms with this queue (architecture.md). Threads of
one process wait in order of arrival; processes take turns by ``flock`` on a file beside the database.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WriteTurns:
    """Gives the write turn to one thread of one process at a time, first come, first served."""

    def __init__(self, lock_file: Path) -> None:
        self._path = lock_file
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._busy = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the write turn inside the block."""
        self._enter()
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield
            finally:
                os.close(handle)  # closing releases the lock, also when the process is killed
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._guard:
            if not self._busy:
                self._busy = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        mine.wait()

    def _leave(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()  # the turn passes on; _busy stays true
            else:
                self._busy = False
