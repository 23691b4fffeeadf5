"""``pekan user``: one-time links on the command line."""

from __future__ import annotations

import re

import pytest
from click.testing import Result
from flask import Flask

from app.accounts import queries, services
from app.accounts.models import Role
from app.core import clock
from app.core.db import transaction
from tests import factories

pytestmark = pytest.mark.usefixtures("ctx")
LINK = re.compile(r"^http://127\.0\.0\.1:8000/sign-in/([\w-]{22})$")


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["user", *words])


def test_adding_prints_a_link_that_works(app: Flask) -> None:
    result = run(app, "add", "Siti Aminah", "--role", "gate", "--role", "committee")
    assert result.exit_code == 0
    link = LINK.match(result.output.splitlines()[-1])
    assert link, result.output
    with transaction():
        user = services.use_sign_in_link(link[1], clock.now())
    assert (user.name, user.roles) == ("Siti Aminah", {Role.GATE, Role.COMMITTEE})


def test_adding_again_prints_a_fresh_link(app: Flask) -> None:
    outputs = [run(app, "add", name, "--role", "admin").output for name in ("Siti", "siti")]
    first, second = (LINK.match(output.splitlines()[-1])[1] for output in outputs)  # type: ignore[index]
    assert queries.link_owner(first, clock.now()) is None
    assert queries.link_owner(second, clock.now()) is not None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "Siti", "--role", "admin"], "A user of this name has other roles"),
        (["add", " ", "--role", "admin"], "The name is empty."),
        (["add", "x" * 81, "--role", "admin"], "more than 80 characters"),
        (["add", "Siti"], "Missing option '--role'"),
        (["add", "Siti", "--role", "king"], "'king' is not one of"),
        (["link", "Nobody"], "There is no user named Nobody"),
        (["link", "Gone"], "shut out"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(app: Flask, words: list[str], sentence: str) -> None:
    factories.user("Siti", Role.GATE)
    gone = factories.user("Gone", Role.GATE)
    with transaction():
        services.deactivate(queries.user_by_id(gone.id), clock.now())  # type: ignore[arg-type]
    result = run(app, *words)
    assert result.exit_code != 0
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_the_list_shows_everybody(app: Flask) -> None:
    assert "No users yet" in run(app, "list").output
    for number in range(queries.PAGE + 1):
        factories.user(f"petugas {number}", Role.GATE)
    lines = run(app, "list").output.splitlines()
    assert len(lines) == queries.PAGE + 1
    assert lines[0] == "petugas 0\tgate\tactive\tnever signed in"
