"""A light HTTP client: prepared bytes over raw sockets, one epoll loop, one thread.

It shares the machine with the server it measures, so it does as little as it can: about 20 µs a request. What
it used of a core is part of the result.
"""

from __future__ import annotations

import re
import select
import socket
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import NamedTuple

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
GIVE_UP = 30.0  # seconds without any answer


class Answer(NamedTuple):
    """An answer as it came over the wire; the body may be compressed."""

    status: int
    head: bytes
    body: bytes


Scenario = Generator[bytes, Answer, None]  # yields requests, is sent their answers; its end is one completion


class UnexpectedAnswerError(Exception):
    """An answer that a scenario did not want: the measurement would count something else."""


@dataclass(frozen=True)
class Outcome:
    """What a run gave. Latencies in seconds, one for each completed scenario; for paced runs from its due time."""

    seconds: float
    latencies: list[float]
    failures: list[str]
    client_cores: float

    @property
    def rate(self) -> float:
        """Completed scenarios a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency in seconds that this share of the scenarios did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


class _Line:
    """A kept-alive connection and the scenario on it."""

    __slots__ = ("begun", "buffer", "scenario", "sock")

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=GIVE_UP)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.scenario: Scenario | None = None
        self.begun = 0.0

    def begin(self, scenario: Scenario, at: float) -> None:
        self.scenario, self.begun = scenario, at
        self.sock.sendall(next(scenario))

    def read(self) -> Answer | None:
        """The answer when it is complete."""
        data = self.sock.recv(262_144)
        if not data:
            raise UnexpectedAnswerError("the server closed the connection")
        self.buffer = self.buffer + data if self.buffer else data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.buffer[: end + 2]
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        if len(self.buffer) < end + 4 + length:
            return None
        answer = Answer(int(head[9:12]), head, self.buffer[end + 4 : end + 4 + length])
        self.buffer = b""
        return answer


def run(
    port: int, supply: Iterator[Scenario], *, connections: int, seconds: float, rate: float | None = None,
    warm_up: float = 0.5,
) -> Outcome:  # fmt: skip
    """Play scenarios until the time is over or the supply is used up.

    Without ``rate`` every connection begins the next scenario as soon as one ends (closed loop); with it they
    begin ``rate`` times a second whatever the answers do (open loop), and waiting for a connection counts.
    """
    return _Run(port, supply, connections, rate).play(seconds, warm_up)


class _Run:
    def __init__(self, port: int, supply: Iterator[Scenario], connections: int, rate: float | None) -> None:
        self.supply, self.rate = supply, rate
        self.lines = {line.sock.fileno(): line for line in (_Line(port) for _ in range(connections))}
        self.idle = list(self.lines.values())
        self.poll = select.epoll()
        for number in self.lines:
            self.poll.register(number, select.EPOLLIN)
        self.done: list[tuple[float, float]] = []  # begun, ended
        self.failures: list[str] = []
        self.due = 0.0
        self.dry = False

    def play(self, seconds: float, warm_up: float) -> Outcome:
        start = time.perf_counter()
        counted, end, busy = start + warm_up, start + warm_up + seconds, time.process_time()
        self.due = start
        while (now := time.perf_counter()) < end:
            self._begin(now)
            if self.dry and len(self.idle) == len(self.lines):
                break
            self._collect(min(end, self.due if self.rate and self.idle else end) - now)
        until = time.perf_counter()
        cores = (time.process_time() - busy) / (until - start)
        self._finish()
        latencies = [ended - begun for begun, ended in self.done if begun >= counted and ended <= until]
        return Outcome(until - counted, latencies, self.failures, cores)

    def _begin(self, now: float) -> None:
        while self.idle and not self.dry and (self.rate is None or self.due <= now):
            scenario = next(self.supply, None)
            if scenario is None:
                self.dry = True
                return
            self.idle.pop().begin(scenario, now if self.rate is None else self.due)
            if self.rate:
                self.due += 1 / self.rate

    def _collect(self, patience: float) -> None:
        for number, _event in self.poll.poll(max(0.0, patience)):
            self._hear(self.lines[number])

    def _hear(self, line: _Line) -> None:
        try:
            answer = line.read()
            if answer is None or line.scenario is None:
                return
            line.sock.sendall(line.scenario.send(answer))
        except StopIteration:
            self.done.append((line.begun, time.perf_counter()))
            self.idle.append(line)
        except UnexpectedAnswerError as fault:
            self.failures.append(str(fault))
            self.dry = True  # what follows would not be what was meant to be measured
            self.idle.append(line)

    def _finish(self) -> None:
        """Let what is under way end, so that the next run begins on a quiet server."""
        self.dry = True
        give_up = time.perf_counter() + (1.0 if self.failures else GIVE_UP)
        while len(self.idle) < len(self.lines) and time.perf_counter() < give_up:
            self._collect(1.0)
        self.poll.close()
        for line in self.lines.values():
            line.sock.close()
