"""Every address of the house against every role. New routes are covered as soon as they are registered."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.routing import IntegerConverter, Rule, UUIDConverter
from werkzeug.test import TestResponse

from app.accounts.models import Permission, Role, User
from app.core.db import db
from tests import factories

# They check their form's token themselves, so that a page left open too long keeps what was typed.
CHECKS_ITSELF = {"registration.sign_up", "registration.my_tickets", "registration.team_sign_up"}
# Signed with a secret that no browser has (tests/messaging/test_webhook.py); not there at all without that secret.
SIGNED = {"messaging.take_news"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Address:
    """One method of one route, with its blanks filled in."""

    endpoint: str
    method: str
    path: str
    access: object

    @property
    def of_api(self) -> bool:
        return self.path.startswith("/api/")

    def ask(self, client: FlaskClient, **more: object) -> TestResponse:
        answer = client.open(self.path, method=self.method, **more)  # type: ignore[arg-type]
        answer.get_data()
        answer.close()
        return answer


def addresses(app: Flask, known: dict[str, object]) -> list[Address]:
    """All of them; blanks hold what the database knows by that name, else something that is not there."""
    found = []
    for rule in app.url_map.iter_rules():
        values = {name: known.get(name, nothing(rule, name)) for name in rule.arguments}
        built = rule.build(values)
        assert built is not None, rule
        view = app.view_functions[rule.endpoint]
        for method in METHODS:
            if method in (rule.methods or ()):
                found.append(Address(rule.endpoint, method, built[1], getattr(view, "access", None)))
    return found


def nothing(rule: Rule, name: str) -> object:
    converter = rule._converters[name]
    if isinstance(converter, IntegerConverter):
        return 999_999
    if isinstance(converter, UUIDConverter):
        return "00000000-0000-4000-8000-000000000000"
    return "tidak-ada"


@pytest.fixture
def known(app: Flask, client: FlaskClient) -> dict[str, object]:
    """A small festival; names of blanks in addresses, and what to fill in."""
    with app.app_context():
        festival = factories.festival()
        activity = factories.activity(festival, kind="gymnastics")  # a kind with every form there is
        slot = factories.slot(activity)
        point = factories.point(festival)
        other = factories.user("petugas lain", Role.GATE)
        return {
            "slug": activity.slug, "activity": activity.slug, "activity_id": activity.id, "slot_id": slot.id,
            "point": point.slug, "point_id": point.id, "point_slug": point.slug, "user_id": other.id,
            "festival_id": festival.id, "day_id": festival.days[0].id, "place_id": festival.places[0].id,
            "language": "en", "day": festival.days[0].date.isoformat(), "date": festival.days[0].date.isoformat(),
        }  # fmt: skip


def form_of(app: Flask, client: FlaskClient, address: Address) -> dict[str, object]:
    """An empty form with the token that a page would have given, so that the next door behind it is tried."""
    if address.method in ("GET", "HEAD") or address.of_api:
        return {}
    with client.session_transaction() as session:
        session["csrf_token"] = "as if a page had been opened"
    signer = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token")  # type: ignore[arg-type]
    return {"data": {"csrf_token": signer.dumps("as if a page had been opened")}}


def both(app: Flask, known: dict[str, object]) -> Iterator[Address]:
    """Every address twice: about things that are there, and about things that are not."""
    return itertools.chain(addresses(app, known), addresses(app, {}))


def to_sign_in(answer: TestResponse) -> bool:
    return answer.status_code == 302 and (answer.location or "").startswith("/sign-in")


def report(wrong: list[tuple[Address, object]]) -> None:
    assert not wrong, "\n".join(f"{a.method} {a.path} ({a.endpoint}): {what}" for a, what in wrong)


def test_every_view_says_who_may_see_it(app: Flask) -> None:
    marks = {"public", "signed_in", *Permission}
    report([(a, a.access) for a in addresses(app, {}) if a.access not in marks])


def test_what_is_for_the_committee_is_not_public(app: Flask) -> None:
    private = ("/committee", "/account")
    report([(a, a.access) for a in addresses(app, {}) if a.path.startswith(private) and a.access == "public"])


def test_who_has_not_signed_in_is_sent_there(app: Flask, known: dict[str, object]) -> None:
    wrong: list[tuple[Address, object]] = []
    for address in both(app, known):
        if address.access != "public":
            client = app.test_client()
            answer = address.ask(client, **form_of(app, client, address))
            if not to_sign_in(answer):
                wrong.append((address, answer.status_code))
    report(wrong)


@pytest.mark.parametrize("role", list(Role))
def test_every_route_for_every_role(app: Flask, known: dict[str, object], role: Role) -> None:
    wrong: list[tuple[Address, object]] = []
    for address in both(app, known):
        if address.access == "public":
            continue
        user = somebody(app, role)
        client = app.test_client()
        factories.sign_in(client, user)
        answer = address.ask(client, **form_of(app, client, address))
        allowed = address.access == "signed_in" or user.may(str(address.access))
        turned_away = to_sign_in(answer) or answer.status_code == 403
        if answer.status_code >= 500 or turned_away == allowed:
            wrong.append((address, f"{answer.status_code} for {role}"))
        elif not allowed and answer.status_code != 403:
            wrong.append((address, f"{answer.status_code} instead of 403 for {role}"))
    report(wrong)


_made = itertools.count()


def somebody(app: Flask, role: Role) -> User:
    """A new user for every request: what one page did to them does not change the next."""
    with app.app_context():
        return factories.user(f"{role} {next(_made)}", role)


def test_public_pages_never_fail(app: Flask, known: dict[str, object]) -> None:
    wrong: list[tuple[Address, object]] = []
    for address in both(app, known):
        if address.access == "public":
            client = app.test_client()
            answer = address.ask(client, **form_of(app, client, address))
            if answer.status_code >= 500:
                wrong.append((address, answer.status_code))
    report(wrong)


def test_public_pages_are_there_before_any_festival_is(app: Flask, client: FlaskClient) -> None:
    wrong: list[tuple[Address, object]] = []
    for address in addresses(app, {}):
        if address.access == "public" and address.method == "GET":
            answer = address.ask(app.test_client())
            if answer.status_code >= 500:
                wrong.append((address, answer.status_code))
    report(wrong)


@pytest.mark.parametrize("token", [None, "wrong", "IjEi.ZZZZZZ.AAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_no_form_is_taken_without_its_token(app: Flask, known: dict[str, object], token: str | None) -> None:
    wrong: list[tuple[Address, object]] = []
    with app.app_context():
        admin = factories.user("admin", Role.ADMIN)
    for address in addresses(app, known):
        if address.method in ("GET", "HEAD") or address.of_api or address.endpoint in SIGNED:
            continue
        client = app.test_client()
        factories.sign_in(client, admin)
        answer = address.ask(client, data={"csrf_token": token} if token else {})
        page = answer.get_data(as_text=True)
        if address.endpoint in CHECKS_ITSELF:
            if answer.status_code != 422:
                wrong.append((address, answer.status_code))
        elif answer.status_code != 400 or "Halaman terbuka terlalu lama" not in page:
            wrong.append((address, answer.status_code))
    report(wrong)


def test_who_is_excused_from_form_tokens_is_listed_here(app: Flask) -> None:
    guard = app.extensions["csrf"]
    views = {
        name
        for name, view in app.view_functions.items()
        if f"{view.__module__}.{view.__name__}" in guard._exempt_views
    }
    assert views == CHECKS_ITSELF | SIGNED
    blueprints = {name for name, blueprint in app.blueprints.items() if blueprint in guard._exempt_blueprints}
    paths = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in blueprints}
    assert all(path.startswith("/api/v1/") for path in paths)


def test_the_json_side_knows_no_cookie_and_answers_in_its_one_shape(app: Flask, known: dict[str, object]) -> None:
    wrong: list[tuple[Address, object]] = []
    with app.app_context():
        admin = factories.user("admin", Role.ADMIN)
    for address in both(app, known):
        if not address.of_api or address.method == "HEAD":
            continue
        client = app.test_client()
        factories.sign_in(client, admin)
        answer = address.ask(client)
        if address.access != "public" or answer.headers.get("Set-Cookie"):
            wrong.append((address, "leans on a cookie"))
        if answer.status_code >= 400 and set(answer.json["error"]) - {"code", "message", "fields"}:  # type: ignore[index]
            wrong.append((address, answer.json))
        if address.method != "GET" and answer.status_code < 400:
            wrong.append((address, f"{answer.status_code} without a token"))
    report(wrong)


def test_looking_changes_nothing(app: Flask, known: dict[str, object]) -> None:
    """GET and HEAD answer alike and never write: previews, prefetching and crawlers may come."""
    with app.app_context():
        engine, admin = db.engine, factories.user("admin", Role.ADMIN)
    writes: list[str] = []

    def watch(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE")):
            writes.append(statement)

    wrong: list[tuple[Address, object]] = []
    statuses: dict[tuple[str, str], set[int]] = {}
    sa.event.listen(engine, "before_cursor_execute", watch)
    try:
        for address in both(app, known):
            if address.method not in ("GET", "HEAD"):
                continue
            client = app.test_client()
            if address.access != "public":
                factories.sign_in(client, admin)
            writes.clear()
            status = address.ask(client).status_code
            statuses.setdefault((address.endpoint, address.path), set()).add(status)
            if writes:
                wrong.append((address, writes[0]))
            if len(statuses[address.endpoint, address.path]) > 1:
                wrong.append((address, "HEAD and GET differ"))
    finally:
        sa.event.remove(engine, "before_cursor_execute", watch)
    report(wrong)
