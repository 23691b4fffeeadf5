"""A fair queue of writers for SQLite.

SQLite lets one writer in at a time and answers the others by polling, which starves the unlucky: at 32
clients p99 was 173-410 ms with its own waiting and 46-116 ms with this queue (architecture.md). Threads of
one process wait in order of arrival; processes take turns by ``flock`` on a file beside the database, and ring
a bell at the end of each turn. ``flock`` could wait by itself, but it cannot give up: a process that is
stopped, not ended, in the middle of its turn would hold up all others for as long.
"""

from __future__ import annotations

import fcntl
import os
import select
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LONGEST_WAIT = 10.0  # seconds; a busy day's queue is a tenth of a second long
WAIT_AFTER_THAT = 1.0  # seconds, until there is a turn again: who waits cannot even serve readers meanwhile
LOOK_AGAIN = 10  # milliseconds; a process that dies, or that no bell joins us with, does not ring


class NoTurnError(Exception):
    """No turn to be had: the file cannot be written, or the one whose turn it is does not finish.

    Better a clear answer then than a site whose every thread waits.
    """


class WriteTurns:
    """Gives the write turn to one thread of one process at a time, first come, first served.

    Processes forked after it was made hear each other's bell; others look again every few milliseconds.
    """

    def __init__(self, lock_file: Path, longest_wait: float = LONGEST_WAIT) -> None:
        self._path = lock_file
        self._longest_wait = longest_wait
        self._patience = longest_wait
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._busy = False
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        weakref.finalize(self, os.close, self._bell).atexit = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the write turn inside the block. Raises NoTurnError where there is none to be had."""
        give_up = time.monotonic() + self._patience
        self._enter()
        try:
            handle = self._open()
            try:
                if not _locked(handle):
                    self._wait_for_other_processes(handle, give_up)
                self._patience = self._longest_wait
                yield
            finally:
                os.close(handle)  # closing releases the lock, also when the process is killed
                os.eventfd_write(self._bell, 1)
        finally:
            self._leave()

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:  # a read-only disk, no room, too many open files
            raise NoTurnError(error.strerror) from error

    def _wait_for_other_processes(self, handle: int, give_up: float) -> None:
        bell = select.poll()
        bell.register(self._bell, select.POLLIN)
        while True:
            bell.poll(LOOK_AGAIN)
            with suppress(BlockingIOError):  # another one who waits may have heard it first
                os.eventfd_read(self._bell)
            if _locked(handle):
                return
            if time.monotonic() >= give_up:
                raise self._in_vain()

    def _enter(self) -> None:
        with self._guard:
            if not self._busy:
                self._busy = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(self._patience):
            return
        with self._guard:
            if mine in self._waiting:  # else the turn was passed on to us at this very moment
                self._waiting.remove(mine)
                raise self._in_vain()

    def _leave(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()  # the turn passes on; _busy stays true
            else:
                self._busy = False

    def _in_vain(self) -> NoTurnError:
        self._patience = min(self._longest_wait, WAIT_AFTER_THAT)
        return NoTurnError("somebody else's turn does not end")


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
