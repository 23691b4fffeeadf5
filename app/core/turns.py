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

LONGEST_WAIT = 10.0  # seconds; a busy day's queue is a tenth of a second long


class NoTurnError(Exception):
    """No turn to be had: the file cannot be written, or the one whose turn it is does not finish.

    Better a clear answer then than a site whose every thread waits.
    """


class WriteTurns:
    """Gives the write turn to one thread of one process at a time, first come, first served."""

    def __init__(self, lock_file: Path, longest_wait: float = LONGEST_WAIT) -> None:
        self._path = lock_file
        self._longest_wait = longest_wait
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._busy = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the write turn inside the block. Raises NoTurnError where there is none to be had."""
        self._enter()
        try:
            handle = self._open()
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield
            finally:
                os.close(handle)  # closing releases the lock, also when the process is killed
        finally:
            self._leave()

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:  # a read-only disk, no room, too many open files
            raise NoTurnError(error.strerror) from error

    def _enter(self) -> None:
        with self._guard:
            if not self._busy:
                self._busy = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(self._longest_wait):
            return
        with self._guard:
            if mine in self._waiting:  # else the turn was passed on to us at this very moment
                self._waiting.remove(mine)
                raise NoTurnError

    def _leave(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()  # the turn passes on; _busy stays true
            else:
                self._busy = False
