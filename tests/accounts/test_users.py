"""Staff users over HTTP: added, changed, shut out, by an administrator."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import queries
from app.accounts.models import AuditEntry, Role, User
from app.core.db import db
from tests import factories
from tests.forms import csrf_token, post_form


def test_adding_a_user_shows_a_link_that_works(client: FlaskClient, app: Flask, admin: User) -> None:
    answer = post_form(client, "/committee/users", name="Budi gerbang", roles=["gate", "supervisor"])
    page = answer.get_data(as_text=True)
    found = re.search(r'value="http://127.0.0.1:8000(/sign-in/[\w-]{22})"', page)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert found, page
    budi = app.test_client()
    assert post_form(budi, found[1]).location == "/account/password"
    with app.app_context():
        assert queries.user_by_name("budi gerbang").roles == {Role.GATE, Role.SUPERVISOR}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "ADMIN", "roles": "gate"}, "sudah dipakai"),
        ({"name": "", "roles": "gate"}, "Isi nama masuk"),
        ({"name": "x" * 81, "roles": "gate"}, "paling banyak 80"),
        ({"name": "Budi"}, "Pilih paling sedikit satu peran"),
        ({"name": "Budi", "roles": "king"}, "peran"),
        ({"name": "Bu\u202edi", "roles": "gate"}, "tidak terlihat"),
    ],
)
def test_a_user_that_cannot_be_added(
    client: FlaskClient, admin: User, fields: dict[str, str], message: str
) -> None:
    answer = post_form(client, "/committee/users", **fields)
    assert answer.status_code == 422
    assert message in answer.get_data(as_text=True)
    assert fields["name"] in answer.get_data(as_text=True), "what was typed stays"


def test_roles_are_changed_by_an_admin(client: FlaskClient, app: Flask, admin: User, siti: User) -> None:
    address = f"/committee/users/{siti.id}"
    assert post_form(client, address, roles=["judge"]).status_code == 303
    with app.app_context():
        assert queries.user_by_id(siti.id).roles == {Role.JUDGE}  # type: ignore[union-attr]
    assert post_form(client, address).status_code == 422


def test_a_user_is_shut_out_and_let_in_again(client: FlaskClient, app: Flask, admin: User, siti: User) -> None:
    page = f"/committee/users/{siti.id}"
    for act, active in (("deactivate", False), ("activate", True)):
        assert post_form(client, f"{page}/{act}", page=page).status_code == 303
        with app.app_context():
            assert queries.user_by_id(siti.id).active is active  # type: ignore[union-attr]
    with app.app_context():
        by = set(db.session.scalars(sa.select(AuditEntry.user_id).where(AuditEntry.action == "user.activated")))
        assert by == {admin.id}


def test_the_last_admin_is_told_why(client: FlaskClient, admin: User) -> None:
    answer = post_form(client, f"/committee/users/{admin.id}", roles=["gate"])
    assert answer.status_code == 409
    assert "satu admin aktif" in answer.get_data(as_text=True)


@pytest.mark.parametrize("act", ["", "/link", "/deactivate", "/activate"])
def test_a_user_who_is_not_there(client: FlaskClient, admin: User, act: str) -> None:
    token = csrf_token(client, "/committee/users")
    assert client.post(f"/committee/users/999{act}", data={"csrf_token": token}).status_code == 404


def statements(app: Flask, client: FlaskClient) -> int:
    seen = []
    with app.app_context():
        engine = db.engine
    watch = lambda *arguments: seen.append(arguments[2])  # noqa: E731
    sa.event.listen(engine, "before_cursor_execute", watch)
    try:
        assert client.get("/committee/users").status_code == 200
    finally:
        sa.event.remove(engine, "before_cursor_execute", watch)
    return len(seen)


def test_more_users_do_not_mean_more_statements(client: FlaskClient, app: Flask, admin: User) -> None:
    with app.app_context():
        factories.user("satu")
    few = statements(app, client)
    with app.app_context():
        factories.user("dua", Role.GATE, Role.JUDGE)
        factories.user("tiga", Role.GATE)
    assert statements(app, client) == few


def test_a_long_list_has_pages(client: FlaskClient, app: Flask, admin: User) -> None:
    with app.app_context():
        for number in range(queries.PAGE):
            factories.user(f"petugas {number:02}")
    first = client.get("/committee/users").get_data(as_text=True)
    second = client.get("/committee/users?page=2").get_data(as_text=True)
    assert first.count("<tr>") == queries.PAGE + 1
    assert "petugas 49" not in first
    assert "petugas 49" in second
    for page in ("0", "-5", "x", "99999999999999999999"):
        assert client.get(f"/committee/users?page={page}").status_code == 200


def test_links_use_the_public_address_whatever_the_host_header_says(
    client: FlaskClient, app: Flask, admin: User
) -> None:
    cookie = client.get_cookie("pekan")
    headers = {
        "Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example",
        "Cookie": f"pekan={cookie.value}",
    }  # fmt: skip
    thief = app.test_client(use_cookies=False)
    page = thief.get("/committee/users", headers=headers)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True))
    headers["Cookie"] = page.headers["Set-Cookie"].split(";")[0]  # now with the secret of the form token
    answer = thief.post(f"/committee/users/{admin.id}/link", data={"csrf_token": token[1]}, headers=headers)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "http://127.0.0.1:8000/sign-in/" in text
    assert "evil.example" not in text
