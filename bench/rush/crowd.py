"""People who arrive when they arrive, whatever the server does, and who send again what was not answered.

One epoll loop in one thread, like ``bench.client``; here a broken connection is part of the play.
"""

from __future__ import annotations

import heapq
import re
import select
import socket
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from functools import partial

from bench.client import Answer

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
AGAIN = 0.5  # seconds until somebody presses the button again after no answer or a 5xx
PATIENCE = 10.0  # seconds; an answer that takes longer is a timeout
LAST = 60.0  # seconds after the last arrival in which the answers must be in


@dataclass
class Visit:
    """What became of one person."""

    number: int
    due: float
    posted: float = 0.0  # when the sign-up was first sent, seconds of the performance counter
    status: int = 0  # of the last answer to the sign-up
    ended: float = 0.0


Steps = Generator[bytes, Answer, None]


@dataclass
class Tally:
    """What was seen on the wire."""

    visits: list[Visit] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)  # seconds, of each request from being due to its answer
    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0  # connections lost or refused
    timeouts: int = 0
    unfinished: int = 0


class _Line:
    """A connection and who is on it."""

    def __init__(self, visit: Visit, steps: Steps) -> None:
        self.visit, self.steps = visit, steps
        self.sock: socket.socket | None = None
        self.request = b""
        self.asked = 0.0
        self.buffer = b""


class Crowd:
    """Plays visits against a port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._poll = select.epoll()
        self._lines: dict[int, _Line] = {}
        self._spare: list[socket.socket] = []
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._entries = 0
        self._open = 0
        self.tally = Tally()

    def play(self, visits: Iterable[tuple[Visit, Steps]]) -> Tally:
        """All visits, each beginning at its ``due`` of the performance counter."""
        for visit, steps in visits:
            self.tally.visits.append(visit)
            self._at(visit.due, partial(self._arrive, _Line(visit, steps)))
            self._open += 1
        until = max((visit.due for visit in self.tally.visits), default=0.0) + LAST
        while self._open and (now := time.perf_counter()) < until:
            while self._agenda and self._agenda[0][0] <= now:
                heapq.heappop(self._agenda)[2]()
            patience = self._agenda[0][0] - time.perf_counter() if self._agenda else 1.0
            for number, _event in self._poll.poll(min(1.0, max(0.0, patience))):
                self._hear(self._lines[number])
        self.tally.unfinished = self._open
        for sock in [*self._spare, *(line.sock for line in self._lines.values() if line.sock)]:
            sock.close()
        self._poll.close()
        return self.tally

    def _at(self, when: float, what: Callable[[], None]) -> None:
        self._entries += 1
        heapq.heappush(self._agenda, (when, self._entries, what))

    def _arrive(self, line: _Line) -> None:
        line.request, line.asked = next(line.steps), line.visit.due
        self._send(line)

    def _send(self, line: _Line) -> None:
        try:
            if line.sock is None:
                line.sock = self._connection()
                self._lines[line.sock.fileno()] = line
                self._poll.register(line.sock.fileno(), select.EPOLLIN)
            line.sock.sendall(line.request)
        except OSError:
            self._lose(line)

    def _connection(self) -> socket.socket:
        while self._spare:
            if _still_open(sock := self._spare.pop()):
                return sock
            sock.close()
        sock = socket.create_connection(("127.0.0.1", self._port), timeout=5)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _leave(self, line: _Line) -> socket.socket | None:
        sock, line.sock, line.buffer = line.sock, None, b""
        if sock is not None:
            self._poll.unregister(sock.fileno())
            del self._lines[sock.fileno()]
        return sock

    def _lose(self, line: _Line) -> None:
        """The connection broke: the same again in a moment, on another one."""
        self.tally.broken += 1
        if sock := self._leave(line):
            sock.close()
        self._at(time.perf_counter() + AGAIN, partial(self._send, line))

    def _hear(self, line: _Line) -> None:
        try:
            assert line.sock is not None
            data = line.sock.recv(262_144)
        except OSError:
            data = b""
        if not data:
            self._lose(line)
            return
        line.buffer += data
        if answer := _whole(line.buffer):
            line.buffer = b""
            self._answered(line, answer)

    def _answered(self, line: _Line, answer: Answer) -> None:
        now = time.perf_counter()
        self.tally.statuses[answer.status] += 1
        self.tally.latencies.append(now - line.asked)
        self.tally.timeouts += now - line.asked > PATIENCE
        if answer.status >= 500:
            self._at(now + AGAIN, partial(self._send, line))
            return
        try:
            line.request, line.asked = line.steps.send(answer), now
            self._send(line)
        except StopIteration:
            line.visit.ended = now
            self._open -= 1
            if sock := self._leave(line):
                self._spare.append(sock)


def _still_open(sock: socket.socket) -> bool:
    """Servers close what rests for long; a browser takes another connection then, without anybody noticing."""
    look = select.poll()
    look.register(sock, select.POLLIN)
    return not look.poll(0)  # nothing was asked, so whatever there is to read is the end


def _whole(data: bytes) -> Answer | None:
    """The answer when it is complete."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    found = _LENGTH.search(data, 0, end + 2)
    length = int(found[1]) if found else 0
    if len(data) < end + 4 + length:
        return None
    return Answer(int(data[9:12]), data[: end + 2], data[end + 4 : end + 4 + length])
