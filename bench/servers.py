"""Starts what is measured: the application as it is run in production, and the floor on the same settings."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import config
from tests.servers import free_port, pekan, server_environment

WORKERS = 2
START_SECONDS = 30
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    port: int
    pid: int
    log: Path
    seconds_to_answer: float


@contextmanager
def application(
    settings: config.Settings, workers: int | None = WORKERS, more: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """``pekan serve`` with the outbox worker, and two workers or (None) as many as it takes by itself.

    ``more`` goes into its environment.
    """
    port = free_port()
    command = [pekan(), "serve", "--port", str(port)]
    command += ["--workers", str(workers)] if workers else []
    with _running(command, settings, port, "/", more or {}) as running:
        yield running


@contextmanager
def floor(settings: config.Settings) -> Iterator[Running]:
    """The bare application."""
    port = free_port()
    command = [sys.executable, "-m", "bench.floor", "--port", str(port), "--workers", str(WORKERS)]
    with _running(command, settings, port, "/hello", {}) as running:
        yield running


@contextmanager
def _running(
    command: list[str], settings: config.Settings, port: int, path: str, more: Mapping[str, str]
) -> Iterator[Running]:
    log = settings.instance / f"server-{port}.log"
    environment = server_environment(settings, f"http://127.0.0.1:{port}") | dict(more)
    with log.open("wb") as output:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, env=environment, cwd=config.ROOT, stdout=output, stderr=output, start_new_session=True
        )
        try:
            while not _answers(port, path):
                if process.poll() is not None or time.perf_counter() - begun > START_SECONDS:
                    raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()[-2000:]}")
                time.sleep(0.005)
            yield Running(port, process.pid, log, time.perf_counter() - begun)
        finally:
            _stop(process)


def _answers(port: int, path: str) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        return sock.recv(12) == b"HTTP/1.1 200"
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(15)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def memory(pid: int) -> float:
    """Megabytes (10^6 bytes) of a process and all below it, shared pages divided among their users (PSS)."""
    return sum(_pss(number) for number in _family(pid)) * 1024 / 1e6


def _pss(pid: int) -> int:
    with suppress(OSError):
        found = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
        return int(found[1]) if found else 0
    return 0


def _family(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                # the name of a program may hold anything, but the last bracket ends it (proc(5))
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    family = [pid]
    for member in family:  # grows while it is walked
        family += children.get(member, [])
    return family
