"""Real servers and a real browser for tests, and for whoever makes pictures."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import config

START_SECONDS = 30
QUIET = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def chromium_options() -> dict[str, object]:
    """Launch options for Playwright: the system's Chromium; root may not use its sandbox."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise RuntimeError("Chromium is missing: install the package chromium.")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": path, "args": [*QUIET, *sandbox]}


def server_environment(settings: config.Settings, address: str) -> dict[str, str]:
    """The environment of a ``pekan`` process that shares keys and database with the test run."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR")}
    return kept | {
        "PEKAN_INSTANCE": str(settings.instance),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key.decode(),
        "TICKET_KEY": base64.b64encode(settings.ticket_key).decode(),
        "RATELIMIT_ENABLED": "false",
        "PAGE_SECONDS": f"{settings.page_seconds:.0f}",
        "PUBLIC_URL": address,
    }


@contextmanager
def running_server(settings: config.Settings, *, workers: int = 2) -> Iterator[str]:
    """Run ``pekan serve`` on a free port until the block ends; yields its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [pekan(), "serve", "--port", str(port), "--workers", str(workers), "--no-worker"]
    log = settings.instance / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=server_environment(settings, address), stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
        try:
            _wait_until_healthy(process, address, log)
            yield address
        finally:
            _stop(process)


def pekan() -> str:
    """The installed command, beside the interpreter that runs the tests."""
    return str(Path(sys.executable).with_name("pekan"))


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(15)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
