"""Rate limits of one machine: counters in memory that all its processes share.

The server's processes are forked from one that built the application, so that memory mapped before the fork is
one for all of them. Without it every process would count for itself, and a limit would be as many times larger as
there are processes. Nothing outlives the server, and no key is kept: only its hash.

The library's own memory storage also starts a thread with each request that it counts.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from limits.storage import Storage

SCHEME = "shared"
_ROW = struct.Struct("<Qdq")  # hash of the key, when it expires (seconds since 1970), count
_ROWS_A_SHELF = 16
_SHELF = struct.Struct("<" + "Qdq" * _ROWS_A_SHELF)
_SHELVES = 4096  # 65,536 keys at once, in 1.5 MB of which only what is used takes memory


class SharedCounts(Storage):
    """A table of counters. A key lives on the shelf its hash names; on a full one the first to expire goes."""

    STORAGE_SCHEME: list[str] | None = [SCHEME]  # noqa: RUF012 - as the base class declares it

    def __init__(
        self, uri: str | None = None, wrap_exceptions: bool = False, **options: float | str | bool
    ) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._file = os.memfd_create("pekan-limits")
        weakref.finalize(self, os.close, self._file)
        os.ftruncate(self._file, _SHELF.size * _SHELVES)
        self._rows = mmap.mmap(self._file, 0)
        self._guard = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What can go wrong here."""
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count ``amount`` more, and tell the sum; the first count of a key lives ``expiry`` seconds."""
        number, shelf = _place(key)
        with self._holding(shelf):
            row, count, expires = self._find(number, shelf)
            if row is None:
                row, count, expires = self._room(shelf), 0, time.time() + expiry
            _ROW.pack_into(self._rows, row, number, expires, count + amount)
        return count + amount

    def get(self, key: str) -> int:
        """The count of a key, 0 for none."""
        number, shelf = _place(key)
        with self._holding(shelf):
            return self._find(number, shelf)[1]

    def get_expiry(self, key: str) -> float:
        """When the count of a key expires, in seconds since 1970; now for none."""
        number, shelf = _place(key)
        with self._holding(shelf):
            return self._find(number, shelf)[2]

    def clear(self, key: str) -> None:
        """Forget a key."""
        number, shelf = _place(key)
        with self._holding(shelf):
            row = self._find(number, shelf)[0]
            if row is not None:
                self._rows[row : row + _ROW.size] = bytes(_ROW.size)

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int | None:
        """Forget everything."""
        with self._guard:
            self._rows[:] = bytes(len(self._rows))
        return None

    @contextmanager
    def _holding(self, shelf: int) -> Iterator[None]:
        """Keep the other processes off this shelf. The lock ends with the process that holds it, killed or not."""
        with self._guard:
            fcntl.lockf(self._file, fcntl.LOCK_EX, 1, shelf)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, shelf)

    def _find(self, number: int, shelf: int) -> tuple[int | None, int, float]:
        """Where a key stands (in bytes), its count and when that expires."""
        now, start = time.time(), shelf * _SHELF.size
        found = _SHELF.unpack_from(self._rows, start)
        for place in range(0, len(found), 3):
            if found[place] == number and found[place + 1] > now:
                return start + place // 3 * _ROW.size, found[place + 2], found[place + 1]
        return None, 0, now

    def _room(self, shelf: int) -> int:
        """The row of the shelf (in bytes) that is free the longest, or is the first to be."""
        start = shelf * _SHELF.size
        expiries = _SHELF.unpack_from(self._rows, start)[1::3]
        return start + expiries.index(min(expiries)) * _ROW.size


def _place(key: str) -> tuple[int, int]:
    """The hash of a key (never 0) and its shelf."""
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=10).digest()
    return int.from_bytes(digest[:8], "big") or 1, int.from_bytes(digest[8:], "big") % _SHELVES
