"""What nobody types by accident, in every address, query, form, body and header: an answer, never a fault."""

from __future__ import annotations

import copy
import io
import json
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter, Rule

from app.accounts.models import Role
from app.checkin import services as checkin
from app.cooperatives import services as cooperatives
from app.cooperatives.models import CaseState, CooperativeImport, Trouble
from app.cooperatives.rules.coaching import CaseFields
from app.cooperatives.services import imports
from app.core import clock
from app.core.db import db, in_transaction, transaction
from app.registration import services as registration
from app.registration.links import manage_token, team_place_token
from app.registration.models import Booking, TeamPlace
from app.registration.queries.blank import unused_tickets
from tests import factories
from tests.competition import arena as arenas
from tests.cooperatives.town import cooperative, regions
from tests.core.hostile import EVERYTHING, NUMBERS, TYPED, VALUES, forms
from tests.core.test_access import Address, addresses, form_of
from tests.registration.signing import request, sign


@pytest.fixture
def town(app: Flask, client: FlaskClient) -> dict[str, Any]:
    """A small festival, an administrator, a paired phone; by the names of blanks in addresses."""
    with app.app_context():
        directory = a_cooperative()
        festival = factories.festival()
        activity = factories.activity(festival)
        slot = factories.slot(activity)
        donation = factories.activity(festival, slug="donor", kind="blood_donation")
        bed = factories.slot(donation)
        made = sign(request(slot, consents=frozenset({"whatsapp"})))
        mine = db.session.scalars(sa.select(Booking)).one()
        full = factories.slot(activity, starts_in=timedelta(hours=8), capacity=0)
        festival_id, printer = festival.id, factories.user("pencetak").id
        sheet = in_transaction(lambda: registration.print_blank(festival_id, 1, printer, clock.now()))
        gym = factories.slot(factories.activity(festival, slug="senam", kind="gymnastics"), capacity=500)
        team = in_transaction(lambda: registration.reserve_team(request(gym), "RW 05", 3, [], clock.now()))
        member = team_place_token(db.session.scalars(sa.select(sa.func.min(TeamPlace.code))).one())
        db.session.rollback()
        point = factories.point(festival)
        with transaction():
            device = checkin.pair_directly(point, "HP satu", clock.now())
        admin = factories.user("admin", Role.ADMIN)
        judged = arenas.for_pages(festival, admin.id)
        db.session.refresh(admin)
        return {
            "donation": donation.slug, "bed_id": bed.id, "manage": manage_token(made.code),
            "slug": activity.slug, "activity_id": activity.id, "slot_id": slot.id, "point": point.slug,
            "point_id": point.id, "day_id": festival.days[0].id, "place_id": festival.places[0].id,
            "device_id": device.device_id, "token": device.token, "day": festival.days[0].date.isoformat(),
            "user_id": factories.user("petugas", Role.GATE).id, "admin": admin,
            "team_slug": "senam", "team_slot_id": gym.id, "team_place": member,
            "team_manage": manage_token(team.code),
            "booking_id": mine.id, "participant_id": mine.participant_id,
            "ticket_code": made.holders[0].ticket.code,
            **directory, **{name: judged[name] for name in judged if name.endswith("_id")}, "judged": judged,
            "full_id": full.id, "blank": unused_tickets(sheet)[0].code,
        }  # fmt: skip


def a_cooperative() -> dict[str, int]:
    """One in the directory with a case of coaching, and an upload whose columns are known."""
    regions()
    one, now = cooperative("KSP Maju"), clock.now()
    said = CaseFields(Trouble.FINANCES, "", "Susun neraca", None, CaseState.OPEN, "")
    typed = imports.read_table(b"Nama;Aset\nKSP Maju;5\n")
    with transaction():
        case = cooperatives.open_case(one, said, None, now)
        upload = imports.take(typed, "a.csv", "ODS", date(2023, 7, 20), 2022, None, now)
        imports.decide_columns(db.session.get_one(CooperativeImport, upload), {"0": "name"}, None, now)
    return {"cooperative_id": one.id, "case_id": case.id, "import_id": upload, "other_id": one.id}


def in_url(text: str) -> str:
    """Percent-encoded, also what UTF-8 does not have."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def browser(app: Flask, town: dict[str, Any]) -> FlaskClient:
    client = app.test_client()
    factories.sign_in(client, town["admin"])
    return client


def send(app: Flask, client: FlaskClient, path: str, fields: dict[str, str]) -> Any:
    signed = form_of(app, client, Address("", "POST", path, None))["data"]
    body = "&".join(f"{in_url(k)}={in_url(v)}" for k, v in {**fields, **signed}.items())  # type: ignore[dict-item]
    return client.post(path, data=body, content_type="application/x-www-form-urlencoded")


def faults(answers: Iterator[tuple[str, Any]]) -> list[str]:
    """What went wrong: a fault of ours, or a header that somebody else wrote."""
    found = []
    for what, answer in answers:
        if answer.status_code >= 500:
            found.append(f"{what}: {answer.status_code}")
        if "a=b" in (answer.headers.get("Set-Cookie") or ""):
            found.append(f"{what}: header injected")
        answer.close()
    return found


def test_hostile_addresses(app: Flask, town: dict[str, Any]) -> None:
    def walk() -> Iterator[tuple[str, Any]]:
        for rule in app.url_map.iter_rules():
            for blank in rule.arguments:
                number = isinstance(rule._converters[blank], IntegerConverter)
                client = browser(app, town)
                for name, value in (NUMBERS if number else EVERYTHING).items():
                    path = filled(rule, {**town, blank: value})
                    what = f"{rule.rule} {blank}={name}"
                    if "GET" in (rule.methods or ()):
                        yield f"GET {what}", client.get(path)
                    elif path.startswith("/api/"):
                        yield f"POST {what}", post(app, town, path, json={})
                    else:
                        yield f"POST {what}", send(app, client, path, {})

    assert faults(walk()) == []


def filled(rule: Rule, values: dict[str, Any]) -> str:
    """The path of a rule, also with what its converters refuse."""
    path = rule.rule
    for name in rule.arguments:
        for shape in (f"<int:{name}>", f"<{name}>"):
            path = path.replace(shape, in_url(str(values.get(name, 1))))
    return path


def test_hostile_queries(app: Flask, town: dict[str, Any]) -> None:
    names = ("q", "page", "activity", "next", "show", "slot", "lang", "day")

    def walk() -> Iterator[tuple[str, Any]]:
        client = browser(app, town)
        for address in addresses(app, town):
            if address.method == "GET":
                for name, value in EVERYTHING.items():
                    query = "&".join(f"{key}={in_url(value)}" for key in names)
                    yield f"{address.path} ?{name}", client.get(f"{address.path}?{query}")

    assert faults(walk()) == []


def test_hostile_forms(app: Flask, town: dict[str, Any]) -> None:
    """One field at a time is hostile, the others are right, so that it gets as far as it can."""
    after = ("/", "/committee", "/committee/activities", "/committee/points", "/committee/registrations",
             "/calendar.ics", "/api/v1/activities", "/api/v1/festival", f"/activities/{town['slug']}")  # fmt: skip

    def walk() -> Iterator[tuple[str, Any]]:
        for path, right in forms(town).items():
            for field in right:
                client = browser(app, town)
                for name, value in TYPED.items():
                    yield f"{path} {field}={name}", send(app, client, path, {**right, field: value})
            for page in after:
                yield f"{page} after {path}", browser(app, town).get(page)

    assert faults(walk()) == []


def test_hostile_rows_of_a_form(app: Flask, town: dict[str, Any]) -> None:
    path = f"/activities/{town['slug']}/register"
    right = forms(town)[path]

    def walk() -> Iterator[tuple[str, Any]]:
        for n in ("99999999999999999999", "-1", "١", "x", "0" * 400, "1.5"):
            for part in (f"people-{n}-name", f"people-{n}-birth", f"people-{n}", f"people-{n}-"):
                yield part, send(app, app.test_client(), path, {**right, part: "Budi"})
            yield f"remove {n}", send(app, app.test_client(), path, {**right, "remove": n})
        many = {f"people-{n}-name": "Budi" for n in range(1500)}
        yield "1500 rows", send(app, app.test_client(), path, {**right, **many})
        client = app.test_client()
        url_encoded = "application/x-www-form-urlencoded"
        yield "too many parts", client.post(path, data="a=b&" * 3000, content_type=url_encoded)
        yield "no boundary", client.post(path, data=b"--x", content_type="multipart/form-data")
        yield "a file", client.post(path, data={"contact_name": (io.BytesIO(b"x"), "x.txt")})

    assert faults(walk()) == []


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything inside."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from leaves(inner, (*path, key))


def replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    made = copy.deepcopy(body)
    target = made
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return made


def bodies(town: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every address that takes JSON, with a body that it accepts."""
    scan = {
        "id": str(uuid.uuid4()), "code": "7K3F9QXM2H", "scanned_at": clock.now().isoformat(), "offline": True,
        "verdict": "denied", "reason": "unknown", "direction": "in",
    }  # fmt: skip
    return {
        "/api/v1/registrations": {
            "slot_id": str(town["slot_id"]), "contact": {"name": "Siti", "phone": "081234567890"},
            "participants": [{"name": "Siti", "birth_date": "1984", "guardian_name": "Budi"}],
            "answers": {"x": "y"}, "consent": True, "waitlist": False,
        },
        f"/api/v1/checkin/points/{town['point']}/scans": {"scans": [scan]},
        "/api/v1/checkin/pair": {"code": "7K3F9QXM2H", "name": "HP"},
    }  # fmt: skip


def post(app: Flask, town: dict[str, Any], path: str, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {town['token']}", "Idempotency-Key": str(uuid.uuid4())}
    return app.test_client().post(path, headers=headers, **more)


def test_hostile_bodies(app: Flask, town: dict[str, Any]) -> None:
    def walk() -> Iterator[tuple[str, Any]]:
        for path, body in bodies(town).items():
            for leaf in leaves(body):
                for name, value in VALUES.items():
                    yield f"{path} {leaf}={name}", post(app, town, path, json=replaced(body, leaf, value))
            for name, value in VALUES.items():
                yield f"{path} {name}", post(app, town, path, json=value)
                yield f"{path} extra={name}", post(app, town, path, json={**body, name: value})

    assert faults(walk()) == []


@pytest.mark.parametrize("depth", [100, 450, 900, 990, 5_000, 100_000])
def test_deep_nesting(app: Flask, town: dict[str, Any], depth: int) -> None:
    def walk() -> Iterator[tuple[str, Any]]:
        for path, body in bodies(town).items():
            for opening, closing in (("[", "]"), ('{"a":', "}")):
                deep = opening * depth + "1" + closing * depth
                yield f"{path} {opening}", post(app, town, path, data=deep, content_type="application/json")
                text = json.dumps({**body, "answers": "@"}).replace('"@"', deep)
                yield f"{path} {opening} inside", post(app, town, path, data=text, content_type="application/json")
                text = json.dumps({**body, "answers": {"x": "@"}}).replace('"@"', deep)
                yield f"{path} {opening} inside", post(app, town, path, data=text, content_type="application/json")

    assert faults(walk()) == []


def test_bodies_that_are_no_json(app: Flask, town: dict[str, Any]) -> None:
    raw = [
        b"",
        b"\0",
        b"\xff\xfe",
        b"{",
        b'{"a":1,}',
        b"null",
        b"1",
        b'"x"',
        b"NaN",
        b'\xef\xbb\xbf{"a": 1}',
        b"[" * 1000,
        b'{"slot_id": ' + b"9" * 5000 + b"}",
        b'{"a": 1e99999}',
    ]

    def walk() -> Iterator[tuple[str, Any]]:
        for path in bodies(town):
            for body in raw:
                for kind in ("application/json", "application/json; charset=utf-16", "text/plain", 'x/y; a="', ""):
                    yield f"{path} {body[:20]!r} {kind}", post(app, town, path, data=body, content_type=kind)

    assert faults(walk()) == []


def test_hostile_headers(app: Flask, town: dict[str, Any]) -> None:
    """Host is among them: one that is no host name used to break even the page that says so."""
    values = [
        "",
        "\x80\xff",
        "x" * 9000,
        "Bearer",
        "Bearer  ",
        "bearer \xed\xa0\x80",
        "Basic eA==",
        ";;;q=,,q=nan",
        "en;q=1e999",
        "*",
        '"',
        "a=b; c",
        "../../etc",
        'W/"',
        "bytes=0-",
        "Thu, 32 Foo 99999",
        "-1",
        "a,b,c",
        "[::1",
        "evil.example:99999",
        "<script>",
    ]
    names = [
        "Authorization",
        "Idempotency-Key",
        "Accept-Language",
        "Cookie",
        "If-None-Match",
        "If-Modified-Since",
        "Range",
        "Host",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "Accept",
        "Accept-Encoding",
        "Referer",
        "Origin",
        "User-Agent",
        "Content-Type",
    ]

    def walk() -> Iterator[tuple[str, Any]]:
        paths = [
            "/",
            "/my-tickets",
            "/sign-in",
            "/committee",
            "/api/v1/festival",
            "/calendar.ics",
            f"/activities/{town['slug']}/register",
            f"/api/v1/checkin/points/{town['point']}/status",
            "/api/v1/registrations/7K3F9QXM2H",
        ]
        for path in paths:
            for name in names:
                for value in values:
                    yield f"{path} {name}: {value[:20]!r}", app.test_client().get(path, headers={name: value})

    assert faults(walk()) == []


def test_cookies_forged_and_cut(app: Flask, town: dict[str, Any]) -> None:
    def walk() -> Iterator[tuple[str, Any]]:
        for cookie in ("pekan", "pekan_signup", "lang"):
            for value in (
                "",
                "x",
                ".",
                "..",
                ".eJw",
                "eyJhIjoxfQ",
                "W10.aaa.bbb",
                "%00",
                "%ff",
                '"\\000"',
                "a" * 3000,
            ):
                for path in ("/", "/my-tickets", "/committee", "/sign-in"):
                    answer = app.test_client().get(path, headers={"Cookie": f"{cookie}={value}"})
                    if path == "/committee":
                        assert answer.status_code == 302, (cookie, value)
                    yield f"{path} {cookie}={value[:20]}", answer

    assert faults(walk()) == []
