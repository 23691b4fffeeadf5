"""How many SQL statements a request runs: counted in process, BEGIN and COMMIT not, an executemany once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db
from bench import scenarios
from bench.client import Answer, Scenario
from bench.town import Gate, Town


@contextmanager
def counted(town: Town) -> Iterator[list[str]]:
    """The statements of the block."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            found.append(statement)

    with town.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
        engine.dispose()


def check_in(town: Town, gate: Gate, moment: str) -> list[str]:
    """The statements of one scan, after the phone's first (which also notes that the phone was seen)."""
    first, second = (scenarios.scan_request(gate, 0, [code], moment) for code in town.codes[:2])
    client = town.app.test_client(use_cookies=False)
    _play(client, scenarios.single(first, 200, b'"admitted"'))
    with counted(town) as found:
        _play(client, scenarios.single(second, 200, b'"admitted"'))
    return found


def json_sign_up(town: Town) -> list[str]:
    """The statements of one person's sign-up through JSON."""
    with counted(town) as found:
        _play(town.app.test_client(use_cookies=False), next(scenarios.json_sign_ups(town.walk_slot)))
    return found


def page_sign_up(town: Town, slug: str) -> list[str]:
    """The statements of form, form sent and ticket page together."""
    with counted(town) as found:
        _play(town.app.test_client(use_cookies=False), next(scenarios.page_sign_ups(slug, town.walk_slot)))
    return found


def _play(client: FlaskClient, scenario: Scenario) -> None:
    request = next(scenario)
    while True:
        answer = _ask(client, request)
        try:
            request = scenario.send(answer)
        except StopIteration:
            return


def _ask(client: FlaskClient, request: bytes) -> Answer:
    head, _gap, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _version = first.split(" ")
    given = client.open(path, method=method, headers=[tuple(line.split(": ", 1)) for line in lines], data=body)
    written = "".join(f"\r\n{name}: {value}" for name, value in given.headers)
    return Answer(given.status_code, f"{written}\r\n".encode(), given.get_data())


def listed(found: list[str]) -> str:
    """The statements, shortened to a line each, for a curious reader."""
    return json.dumps([" ".join(statement.split())[:110] for statement in found], indent=1)
