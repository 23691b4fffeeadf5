"""A throw-away PostgreSQL server for tests and measurements, made of the binaries the machine has.

with postgresql() as server:
    url = server.create_database("pekan")

python -m tests.postgres -- COMMAND …     runs COMMAND with DATABASE_URL set to a fresh database
"""

from __future__ import annotations

import argparse
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

SUPERUSER = "pekan"
MAX_CONNECTIONS = 200
PROGRAMS = ("initdb", "pg_ctl", "postgres")
DEBIAN_VERSIONS = Path("/usr/lib/postgresql")
# Root may not run PostgreSQL; these accounts may, and Debian has at least the second.
UNPRIVILEGED_ACCOUNTS = ("postgres", "nobody")
START_ATTEMPTS = 3


class PostgresqlUnavailableError(RuntimeError):
    """There is no server to be had here; the message is one sentence for the person at the keyboard."""


def find_binaries() -> Path:
    """The folder with the server's programs: the one in PATH, else Debian's newest."""
    in_path = shutil.which("pg_ctl")
    candidates = [Path(in_path).resolve().parent] if in_path else []
    candidates += sorted(DEBIAN_VERSIONS.glob("*/bin"), key=_version, reverse=True)
    for folder in candidates:
        if all((folder / program).exists() for program in PROGRAMS):
            return folder
    raise PostgresqlUnavailableError("PostgreSQL's server programs are missing: install the package postgresql.")


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", folder.parent.name))


@contextmanager
def postgresql(fsync: bool = True) -> Iterator[Server]:
    """A running server; whatever happens in the `with` block, neither process nor file stays behind.

    With `fsync` off a suite is faster, and proves nothing about power cuts.
    """
    server = Server(fsync)
    try:
        server.start()
        yield server
    finally:
        server.stop()


class Server:
    """A PostgreSQL server in a folder of its own, listening on this machine only."""

    host = "127.0.0.1"
    port = 0

    def __init__(self, fsync: bool) -> None:
        self.fsync = fsync
        self.binaries = find_binaries()
        self.account = _unprivileged_account()
        self.folder = Path(tempfile.mkdtemp(prefix="pekan-postgresql-"))

    def start(self) -> None:
        """Make the cluster and start it on a free port; another program may take the port in between."""
        if self.account is not None:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        self._initialise()
        for attempt in range(1, START_ATTEMPTS + 1):
            self.port = _free_port()
            try:
                self._start()
                return
            except PostgresqlUnavailableError as reason:
                if attempt == START_ATTEMPTS or "Address already in use" not in str(reason):
                    raise

    def start_again(self) -> None:
        """After a crash: the same data on the same port."""
        self._start()

    def kill(self) -> None:
        """End it with all its processes at once, as a power cut would: nothing is closed or told."""
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        for task in Path(f"/proc/{postmaster}/task").iterdir():
            for pid in [postmaster, *(task / "children").read_text().split()]:
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)

    def stop(self) -> None:
        """End the server without asking its clients, and remove every trace of it."""
        try:
            if (self.data / "postmaster.pid").exists():
                self._run("pg_ctl", "stop", "-w", "-D", str(self.data), "-m", "immediate")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The address of a database, for SQLAlchemy."""
        return f"postgresql+psycopg://{SUPERUSER}@{self.host}:{self.port}/{database}"

    def local_url(self, database: str) -> str:
        """The same through a socket of this machine, as an installation with its database beside it connects."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={self.folder}&port={self.port}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database, empty or as a copy of another that nobody is connected to; return its address."""
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        self._execute(statement)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, and disconnect whoever still uses it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(
            host=self.host, port=self.port, user=SUPERUSER, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def _initialise(self) -> None:
        names = ("--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8")
        self._run("initdb", "--pgdata", str(self.data), *names, "--no-sync", "--no-instructions")

    def _start(self) -> None:
        options = {
            "listen_addresses": self.host,
            "port": self.port,
            "unix_socket_directories": str(self.folder),
            "max_connections": MAX_CONNECTIONS,
            "fsync": "on" if self.fsync else "off",
        }
        words = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self._run("pg_ctl", "start", "-w", "-D", str(self.data), "-l", str(self.log), "-o", words)

    def _run(self, program: str, *arguments: str) -> None:
        # PG* variables of the person at the keyboard would lead to their own server.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        identity: dict[str, Any] = {}
        if self.account is not None:
            identity = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        # Output goes to a file, not a pipe: the server inherits it and would hold a pipe open for ever.
        with tempfile.TemporaryFile() as output:
            code = subprocess.run(
                [self.binaries / program, *arguments],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **identity,
            ).returncode
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
        if code:
            if self.log.exists():
                said += "\n" + self.log.read_text(errors="replace")
            raise PostgresqlUnavailableError(f"PostgreSQL's {program} failed:\n{said}")


def _unprivileged_account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in UNPRIVILEGED_ACCOUNTS:
        if name in known:
            return known[name]
    raise PostgresqlUnavailableError("PostgreSQL refuses root, and there is no account postgres or nobody.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stop_on_sigterm() -> None:
    def leave(number: int, _frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not cut the clean-up short
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)


def main() -> int:
    """Run a command against a fresh database, or only say whether one could be had."""
    parser = argparse.ArgumentParser(prog="python -m tests.postgres", description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only look for the server's programs")
    parser.add_argument("--no-fsync", action="store_true", help="faster, not safe against a power cut")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="-- COMMAND …")
    arguments = parser.parse_args()
    try:
        if arguments.check:
            find_binaries()
            return 0
        command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
        if not command:
            parser.error("name a command after --")
        _stop_on_sigterm()
        with postgresql(fsync=not arguments.no_fsync) as server:
            environment = {**os.environ, "DATABASE_URL": server.create_database("pekan")}
            return _run_in_foreground(command, environment)
    except PostgresqlUnavailableError as reason:
        sys.stderr.write(f"{reason}\n")
        return 1


def _run_in_foreground(command: list[str], environment: dict[str, str]) -> int:
    """The command ends before its database does, also when we are told to stop."""
    with subprocess.Popen(command, env=environment) as process:
        try:
            return process.wait()
        except BaseException:
            process.terminate()
            raise


if __name__ == "__main__":
    sys.exit(main())
