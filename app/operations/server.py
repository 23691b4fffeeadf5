"""The production server: granian in several processes, and the worker beside it.

The application is built once, before the processes fork: they share its memory and start at once.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels

from app.operations import worker

if TYPE_CHECKING:
    from flask import Flask

    from app.operations.tls_cli import Secured

# One thread a worker, more workers instead. Python 3.11 can free the attributes of an object that another thread
# is just making (its collector runs inside allocations; 3.12 runs it between bytecodes): four threads under load
# crashed a worker within seconds. Measured on two cores, one thread is no slower either.
THREADS = 1
WORKERS_PER_CORE = 2  # while one waits for the database, another one works
YOUNG_OBJECTS = 5000  # made before the collector looks; Python's 700 are several looks a request, 9 % of its time
RESTART_AFTER = 2.0  # seconds before a worker process that died is started again


def build(make: Callable[[], Flask]) -> Flask:
    """The application for several processes: their counters meet in a folder of their own."""
    # prometheus_client reads this when it is first imported, which create_app does.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="pekan-metrics-")
    return make()


def serve(
    app: Flask, host: str, port: int, workers: int, *, with_worker: bool, secured: Secured | None = None
) -> None:
    """Serve until SIGTERM or Ctrl-C; then let open requests finish and stop the worker too.

    Raises OSError when the port for phones without a certificate is taken.
    """
    _prepare_to_fork(app)
    stopping = threading.Event()
    beside = _trust_beside(app, host, secured) if secured and secured.plain_port else None
    outbox = _WorkerProcess(app) if with_worker else None
    if outbox:
        outbox.keep_running(stopping)
    granian = Granian(
        target="app", address=host, port=port, interface=Interfaces.WSGI, workers=workers,
        blocking_threads=THREADS, backlog=2048, respawn_failed_workers=True, respawn_interval=0.5,
        workers_kill_timeout=10, log_level=LogLevels.warning, websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        ssl_cert=secured.certificate if secured else None, ssl_key=secured.key if secured else None,
        ssl_protocol_min=SSLProtocols.tls12,  # the phones of volunteers are old
    )  # fmt: skip
    try:
        granian.serve(target_loader=lambda *_args, **_kwargs: app, wrap_loader=False)
    finally:
        stopping.set()
        if outbox:
            outbox.stop()
        if beside:
            beside.kill()
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def _prepare_to_fork(app: Flask) -> None:
    """Have as much as possible in memory that all processes share, and as little as possible that they copy."""
    # What the first page brings along (locale data, templates, statements) is made once, also for a process that
    # takes the place of a dead one. Without a database it is an error page, which is as good.
    app.test_client(use_cookies=False).get("/")
    with app.app_context():
        database = app.extensions["sqlalchemy"]
        database.session.remove()
        database.engine.dispose()  # no connection may be shared across a fork
    # The collector writes into every object it looks at, and each such write copies a page: 30 MB of every process.
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 10, 10)


def _trust_beside(app: Flask, host: str, secured: Secured) -> multiprocessing.process.BaseProcess:
    """The door by which phones get the certificate, in a process of its own."""
    from app.operations import trust_server

    address = app.config["PUBLIC_URL"]
    door = trust_server.TrustServer(host, secured.plain_port or 0, trust_server.ready_answers(app), address)
    process = multiprocessing.get_context("fork").Process(
        target=door.run_beside, args=(os.getpid(),), name="pekan-trust", daemon=True
    )
    process.start()
    door.socket.close()  # ours; the child has its own
    return process


class _WorkerProcess:
    """Keeps one worker process alive."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._process = self._start()

    def _start(self) -> multiprocessing.process.BaseProcess:
        process = multiprocessing.get_context("fork").Process(
            target=worker.run_beside, args=(self._app, os.getpid()), name="pekan-worker", daemon=True
        )
        process.start()
        return process

    def keep_running(self, stopping: threading.Event) -> None:
        """Start it again when it dies, until told to stop."""

        def watch() -> None:
            while not stopping.wait(RESTART_AFTER):
                if not self._process.is_alive():
                    self._process = self._start()

        threading.Thread(target=watch, name="pekan-worker-watch", daemon=True).start()

    def stop(self) -> None:
        """Ask it to stop, and make it when it does not."""
        with suppress(ProcessLookupError, TypeError):
            os.kill(self._process.pid, signal.SIGTERM)  # type: ignore[arg-type]
        deadline = time.monotonic() + 5
        while self._process.is_alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        self._process.kill()
