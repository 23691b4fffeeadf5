"""Signing in and out over HTTP, the own password, and the start page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from app.accounts import queries, services
from app.accounts.models import Role, User
from app.core import clock, hooks
from app.core.db import db, transaction
from app.core.hooks import Tile
from app.festival.queries import current_festival_id
from tests import factories
from tests.accounts.conftest import PASSWORD
from tests.forms import csrf_token, post_form


def link_token(app: Flask, user: User) -> str:
    with app.app_context(), transaction():
        return services.new_sign_in_link(queries.user_by_id(user.id), clock.now())  # type: ignore[arg-type]


def inside(client: FlaskClient) -> bool:
    return client.get("/committee").status_code == 200


# --- by password


def test_name_and_password_lead_to_the_start_page(client: FlaskClient, siti: User) -> None:
    answer = post_form(client, "/sign-in", name=" siti aminah ", password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/committee")
    assert inside(client)


def test_a_wrong_password_and_an_unknown_name_read_the_same(client: FlaskClient, siti: User) -> None:
    pages = []
    for name in ("Siti Aminah", "Nobody Here"):
        answer = post_form(client, "/sign-in", name=name, password="salah salah salah")
        assert answer.status_code == 401
        text = answer.get_data(as_text=True)
        assert name in text, "what was typed stays"
        assert "salah salah salah" not in text
        pages.append(re.sub(r'value="[^"]*"', "", text))
    assert pages[0] == pages[1]
    assert not inside(client)


def test_a_wrong_password_and_an_unknown_name_ask_the_database_the_same(
    app: Flask, client: FlaskClient, siti: User
) -> None:
    """With the one hash that either costs (test_services), nothing is left to tell them apart by the clock."""
    asked: list[list[str]] = []
    with app.app_context():
        engine = db.engine
    note = lambda *given: asked[-1].append(given[2])  # noqa: E731
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        for name in ("Siti Aminah", "Siti Aminah", "Nobody Here"):  # the first also does what is done once
            asked.append([])
            assert post_form(client, "/sign-in", name=name, password="salah salah salah").status_code == 401
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert asked[1] == asked[2]
    assert any("password_hash" in statement for statement in asked[2])


def test_empty_fields_are_named(client: FlaskClient) -> None:
    answer = post_form(client, "/sign-in", name=" ", password="")
    assert answer.status_code == 422
    assert "Isi nama masuk Anda." in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/committee/users?page=2", "/committee/users?page=2"),
        ("//evil.example", "/committee"),
        ("/%5Cevil.example", "/committee"),
        ("https:evil.example", "/committee"),
        ("https%3A%2F%2Fevil.example", "/committee"),
        ("/%0d%0aSet-Cookie:a=b", "/committee"),
        ("%0d%0a//evil.example", "/committee"),
        ("/%09/evil.example", "/committee"),
        ("", "/committee"),
    ],
)
def test_a_sign_in_leads_nowhere_else(client: FlaskClient, siti: User, target: str, leads_to: str) -> None:
    answer = post_form(client, f"/sign-in?next={target}", name=siti.name, password=PASSWORD)
    assert answer.location == leads_to
    assert client.get(f"/sign-in?next={target}").location == leads_to, "the same for who is signed in already"


def test_the_page_asked_for_comes_after_the_sign_in(client: FlaskClient, siti: User) -> None:
    answer = client.get("/committee/users?page=2")
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/committee/users?page%3D2"


def test_the_session_before_is_not_the_session_after(client: FlaskClient, siti: User) -> None:
    token = csrf_token(client, "/sign-in")
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    before = client.get_cookie("pekan")
    client.post("/sign-in", data={"csrf_token": token, "name": siti.name, "password": PASSWORD})
    after = client.get_cookie("pekan")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    with client.session_transaction() as session:
        assert "planted" not in session
    assert client.post("/sign-out", data={"csrf_token": token}).status_code == 400, "old form tokens are void"


def test_signing_out_ends_the_cookie_itself(client: FlaskClient, app: Flask, siti: User) -> None:
    post_form(client, "/sign-in", name=siti.name, password=PASSWORD)
    copy = client.get_cookie("pekan")
    elsewhere = app.test_client()
    post_form(elsewhere, "/sign-in", name=siti.name, password=PASSWORD)
    assert post_form(client, "/sign-out", page="/account/password").location == "/sign-in"
    assert not inside(client)
    thief = app.test_client()
    thief.set_cookie("pekan", copy.value)  # type: ignore[union-attr]
    assert not inside(thief)
    assert inside(elsewhere), "another device stays signed in"


def test_a_session_ends_after_twelve_hours_of_use(client: FlaskClient, siti: User) -> None:
    post_form(client, "/sign-in", name=siti.name, password=PASSWORD)
    with clock.stopped_at(clock.now() + timedelta(hours=11, minutes=59)):
        assert inside(client)
    with clock.stopped_at(clock.now() + timedelta(hours=12, minutes=1)):
        assert not inside(client)


def test_who_is_shut_out_is_out_at_once(client: FlaskClient, app: Flask, siti: User) -> None:
    factories.sign_in(client, siti)
    assert inside(client)
    with app.app_context(), transaction():
        services.deactivate(queries.user_by_id(siti.id), clock.now())  # type: ignore[arg-type]
    assert not inside(client)


def test_a_cookie_signed_with_another_key_opens_nothing(client: FlaskClient, siti: User) -> None:
    client.set_cookie("pekan", "eyJfdXNlcl9pZCI6IjE6MSJ9.ZZZZZZ.AAAAAAAAAAAAAAAAAAAAAAAAAAA")
    assert not inside(client)


# --- by one-time link


def test_looking_at_a_link_does_not_use_it_up(client: FlaskClient, app: Flask, siti: User) -> None:
    token = link_token(app, siti)
    for _look in range(3):  # the preview of a messenger, and a HEAD request
        assert client.get(f"/sign-in/{token}").status_code == 200
        assert client.head(f"/sign-in/{token}").status_code == 200
    answer = post_form(client, f"/sign-in/{token}")
    assert answer.location == "/committee"
    assert inside(client)


def test_a_link_page_is_a_secret(client: FlaskClient, app: Flask, siti: User) -> None:
    answer = client.get(f"/sign-in/{link_token(app, siti)}")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.get_data(as_text=True)


def test_who_has_no_password_is_asked_for_one(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        user = factories.user("Baru", Role.GATE)
    answer = post_form(client, f"/sign-in/{link_token(app, user)}")
    assert answer.location == "/account/password"
    answer = post_form(client, "/account/password", password=PASSWORD, again=PASSWORD)
    assert answer.location == "/committee"
    assert inside(client)


def test_a_used_link_says_so(client: FlaskClient, app: Flask, siti: User) -> None:
    token = link_token(app, siti)
    page_token = csrf_token(client, f"/sign-in/{token}")
    other = app.test_client()
    post_form(other, f"/sign-in/{token}")
    for answer in (
        client.get(f"/sign-in/{token}"),
        client.post(f"/sign-in/{token}", data={"csrf_token": page_token}),
        client.get("/sign-in/not-a-token"),
    ):
        assert answer.status_code == 410
        assert "tidak berlaku lagi" in answer.get_data(as_text=True)
    assert not inside(client)


# --- the own password


def test_changing_the_password_keeps_this_session_and_ends_the_others(
    client: FlaskClient, app: Flask, siti: User
) -> None:
    other = app.test_client()
    for browser in (client, other):
        post_form(browser, "/sign-in", name=siti.name, password=PASSWORD)
    new = "sepuluh angsa di danau"
    answer = post_form(client, "/account/password", current=PASSWORD, password=new, again=new)
    assert answer.status_code == 303
    assert inside(client)
    assert not inside(other)
    assert post_form(other, "/sign-in", name=siti.name, password=PASSWORD).status_code == 401
    assert post_form(other, "/sign-in", name=siti.name, password=new).status_code == 303


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"current": "salah", "password": "a" * 12, "again": "a" * 12}, "tidak cocok"),
        ({"password": "a" * 12, "again": "a" * 12}, "tidak cocok"),
        ({"current": PASSWORD, "password": "a" * 11, "again": "a" * 11}, "paling sedikit 12"),
        ({"current": PASSWORD, "password": "a" * 12, "again": "b" * 12}, "tidak sama"),
        ({"current": PASSWORD, "password": "", "again": ""}, "Isi kata sandi baru"),
    ],
)
def test_a_password_that_cannot_be_set(
    client: FlaskClient, siti: User, fields: dict[str, str], message: str
) -> None:
    factories.sign_in(client, siti)
    answer = post_form(client, "/account/password", **fields)
    assert answer.status_code == 422
    assert message in answer.get_data(as_text=True)


def test_a_link_stands_in_for_a_forgotten_password_for_a_while(client: FlaskClient, app: Flask, siti: User) -> None:
    post_form(client, f"/sign-in/{link_token(app, siti)}")
    assert "Kata sandi sekarang" not in client.get("/account/password").get_data(as_text=True)
    with clock.stopped_at(clock.now() + timedelta(minutes=16)):
        assert "Kata sandi sekarang" in client.get("/account/password").get_data(as_text=True)


# --- the start page


@pytest.fixture
def tiles(monkeypatch: pytest.MonkeyPatch) -> list[Tile]:
    """Tiles that a higher floor would contribute."""
    made: list[Tile] = []
    hook: hooks.Hook[[int], list[Tile]] = hooks.Hook()
    hook.register(lambda _festival_id: made)
    monkeypatch.setattr(hooks, "dashboard_tiles", hook)
    return made


def test_the_start_page_shows_tiles_in_order(
    client: FlaskClient, app: Flask, admin: User, tiles: list[Tile]
) -> None:
    with app.app_context():
        factories.festival()
        assert current_festival_id() is not None
    tiles += [Tile("96", "laju gerbang", None, 30), Tile("1.284", "hadir", "/committee/registrations", 20)]
    page = client.get("/committee").get_data(as_text=True)
    assert page.index("1.284") < page.index("96")
    assert 'href="/committee/registrations"' in page


def test_without_a_festival_it_says_where_to_begin(client: FlaskClient, admin: User, tiles: list[Tile]) -> None:
    tiles.append(Tile("1", "tidak tampil", None, 1))
    page = client.get("/committee").get_data(as_text=True)
    assert "Belum ada pekan" in page
    assert "tidak tampil" not in page


def test_a_judge_has_no_task_yet(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        judge = factories.user("Juri", Role.JUDGE)
    factories.sign_in(client, judge)
    answer = client.get("/committee")
    assert answer.status_code == 200
    assert "Belum ada tugas" in answer.get_data(as_text=True)
    assert "/committee/users" not in answer.get_data(as_text=True)


# --- when the database is away


def test_a_database_that_is_away_is_said_to_who_is_signed_in(
    client: FlaskClient, siti: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: object) -> None:
        raise OperationalError("SELECT", {}, Exception("no route to the database"))

    factories.sign_in(client, siti)
    monkeypatch.setattr(queries, "user_for_session", away)
    answer = client.get("/committee")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "coba lagi" in answer.get_data(as_text=True)
