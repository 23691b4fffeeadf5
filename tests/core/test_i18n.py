"""English beside Indonesian: a complete catalogue, and each reader in the language they chose."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

import config
from app import create_app
from app.core import formats
from app.core.db import db
from app.core.i18n import gettext, speaking
from tests import factories

CATALOGUE = config.ROOT / "app/core/translations/en/LC_MESSAGES/messages.po"
# Words that are the same in both languages.
SAME = {
    "Admin", "Email", "KBLI", "Kecamatan", "Kecamatan %(name)s", "Kelurahan", "Kelurahan %(name)s", "Menu",
    "Status", "Talk show", "data {time}", "digital",
}  # fmt: skip
YEAR = 31_536_000


def extracted() -> Catalog:
    """The texts of code and templates, as ``make messages`` collects them."""
    with (config.ROOT / "pyproject.toml").open("rb") as file:
        mappings = tomllib.load(file)["tool"]["babel"]["mappings"]
    makefile = (config.ROOT / "Makefile").read_text()
    keywords = DEFAULT_KEYWORDS | parse_keywords(re.findall(r" -k (\w+)", makefile))
    found = Catalog()
    for mapping in mappings:
        method, (folder, _slash, pattern) = mapping.pop("method"), mapping.pop("pattern").partition("/")
        for _file, _line, text, _comments, context in extract_from_dir(
            config.ROOT / folder,
            [(pattern, method)],
            {pattern: mapping},
            keywords,
        ):
            found.add(text, context=context)
    return found


@pytest.fixture(scope="module")
def english() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def texts(message: Message) -> list[tuple[str, str]]:
    """Pairs of Indonesian and English: one, or one for each plural form."""
    sources = [message.id] if isinstance(message.id, str) else list(message.id)
    targets = [message.string] if isinstance(message.string, str) else list(message.string)
    return [(sources[min(n, len(sources) - 1)], target or "") for n, target in enumerate(targets)]


def pairs(catalogue: Catalog) -> Iterator[tuple[str, str]]:
    for message in catalogue:
        if message.id:
            yield from texts(message)


def blanks(text: str) -> list[str]:
    """The places of a text that are filled in: ``%(name)s`` and ``{name}``."""
    braces = [f"{{{name}}}" for _text, name, _spec, _conversion in string.Formatter().parse(text) if name]
    return sorted(re.findall(r"%\(\w+\)[a-z]", text) + braces)


def test_every_text_has_its_english(english: Catalog) -> None:
    wanted = {(m.id, m.context) for m in extracted() if m.id}
    there = {(m.id, m.context) for m in english if m.id}
    assert len(wanted) > 500, "nothing was extracted"
    assert wanted - there == set(), "make messages, then fill in what is empty"
    assert there - wanted == set(), "make messages drops what is no longer said"


def test_nothing_is_empty_or_a_guess(english: Catalog) -> None:
    assert [source for source, target in pairs(english) if not target.strip()] == []
    assert [m.id for m in english if m.id and m.fuzzy] == []


def test_the_same_blanks_are_filled_in(english: Catalog) -> None:
    assert [(s, t) for s, t in pairs(english) if blanks(s) != blanks(t)] == []


def test_what_is_the_same_in_both_languages_is_listed_here(english: Catalog) -> None:
    assert {source for source, target in pairs(english) if source == target} == SAME


def test_the_edges_of_texts_are_alike(english: Catalog) -> None:
    """Neither side begins or ends with a space that the other has not."""

    def edges(text: str) -> tuple[bool, bool]:
        return text[:1].isspace(), text[-1:].isspace()

    assert [(s, t) for s, t in pairs(english) if edges(s) != edges(t)] == []


def test_the_compiled_catalogue_is_there() -> None:
    assert CATALOGUE.with_suffix(".mo").exists(), "make setup compiles it"


# --- which language


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("EN_gb", "en"),
        ("de, en;q=0.7, id;q=0.3", "en"),
        ("id", "id"),
        ("id-ID,en;q=0.8", "id"),
        ("id-ID,id;q=0.9,en-US;q=0.8,en;q=0.7", "id"),
        ("in-ID,en-US;q=0.8", "id"),
        ("en;q=0, de", "id"),
        ("en;q=0.2, id;q=0.8", "id"),
        ("", "id"),
        (None, "id"),
        ("*", "id"),
        ("fr", "id"),
        ("english", "id"),
        (";;;,,,q=q=q", "id"),
        ("\u00e9\u00e9, %s", "id"),
        ("en" * 4000, "id"),
    ],
)
def test_programs_say_what_they_accept(client: FlaskClient, accepted: str | None, expected: str) -> None:
    headers = {"Accept-Language": accepted.encode().decode("latin-1")} if accepted is not None else {}
    answer = client.get("/api/v1/activities/none/at-all", headers=headers)
    assert answer.status_code == 404
    words = {"en": "This page is not there.", "id": "Halaman ini tidak ada."}
    assert answer.get_json()["error"]["message"].startswith(words[expected])
    assert answer.headers["Content-Language"] == expected
    assert "Accept-Language" in answer.vary


def test_programs_are_not_answered_by_a_cookie(client: FlaskClient) -> None:
    client.set_cookie("lang", "en")
    answer = client.get("/api/v1/nothing-here")
    assert answer.headers["Content-Language"] == "id"


def test_pages_are_indonesian_until_somebody_chooses(client: FlaskClient) -> None:
    answer = client.get("/sign-in", headers={"Accept-Language": "en"})
    page = answer.get_data(as_text=True)
    assert '<html lang="id">' in page
    assert "Kata sandi" in page
    assert answer.headers["Content-Language"] == "id"
    assert "Cookie" in answer.vary


@pytest.mark.parametrize("path", ["/", "/sign-in", "/my-tickets", "/scan", "/not/here"])
def test_a_cookie_turns_the_page(client: FlaskClient, path: str) -> None:
    client.set_cookie("lang", "en")
    answer = client.get(path)
    page = answer.get_data(as_text=True)
    assert '<html lang="en">' in page
    assert answer.headers["Content-Language"] == "en"
    assert "Cookie" in answer.vary
    client.set_cookie("lang", "xx")
    assert '<html lang="id">' in client.get(path).get_data(as_text=True)


# --- the switch


def test_the_switch_leads_back_and_lasts(client: FlaskClient) -> None:
    page = client.get("/sign-in?next=/committee/users?page=2").get_data(as_text=True)
    address = re.search(r'href="(/language/en[^"]*)"[^>]*lang="en"', page)
    assert address, "no switch on the page"
    answer = client.get(address[1].replace("&amp;", "&"))
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/committee/users?page=2"
    cookie = client.get_cookie("lang")
    assert cookie is not None
    assert (cookie.value, cookie.max_age, cookie.path) == ("en", YEAR, "/")
    assert (cookie.http_only, cookie.same_site, cookie.secure) == (True, "Lax", False)
    assert answer.headers["Cache-Control"] == "no-store"
    page = client.get(answer.location).get_data(as_text=True)
    assert "Password" in page
    assert 'href="/language/id?' in page
    assert "Bahasa Indonesia" in page


def test_the_cookie_is_for_https_alone_where_there_is_https(client: FlaskClient, settings: config.Settings) -> None:
    app = create_app(replace(settings, public_url="https://pekan.example"))
    try:
        answer = app.test_client().get("/language/en")
    finally:
        with app.app_context():
            db.engine.dispose()
    assert "; Secure" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "/\t/evil.example", "/\r\nSet-Cookie: a=b", "evil", "", " /", "/%0a\n",
    ],
)  # fmt: skip
def test_the_switch_leads_nowhere_else(client: FlaskClient, target: str) -> None:
    answer = client.get("/language/en", query_string={"next": target})
    assert (answer.status_code, answer.location) == (302, "/")
    assert len(answer.headers.getlist("Set-Cookie")) == 1


@pytest.mark.parametrize("code", ["xx", "EN", "id-ID", "en;x", "%00", "e" * 2000])
def test_other_languages_are_not_there(client: FlaskClient, code: str) -> None:
    answer = client.get(f"/language/{code}")
    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/tickets/secret-one", "/registrations/secret-one", "/sign-in/secret-one"])
def test_a_secret_address_is_not_passed_on(client: FlaskClient, path: str) -> None:
    page = client.get(path).get_data(as_text=True)
    assert '<html lang="id">' in page
    assert "/language/" not in page
    client.set_cookie("lang", "en")
    assert '<html lang="en">' in client.get(path).get_data(as_text=True), "remembered from another page"


# --- formats


def test_numbers_and_dates_of_both_languages(app: Flask) -> None:
    moment = datetime(2023, 7, 20, 2, 10, tzinfo=UTC)
    days = date(2023, 7, 19), date(2023, 7, 21)
    with app.test_request_context("/", headers={"Cookie": "lang=en"}):
        assert formats.moment(moment) == "Thursday, 20 July 2023, 09.10 WIB"
        assert formats.moment_short(moment) == "Thu, 20 Jul, 09.10 WIB"
        assert formats.day_range(*days) == "19–21 July 2023"
        assert formats.number(1284) == "1,284"
    with app.test_request_context("/"):
        assert formats.moment(moment) == "Kamis, 20 Juli 2023, 09.10 WIB"
        assert formats.day_range(*days) == "19–21 Juli 2023"
        assert formats.number(1284) == "1.284"


def test_a_message_to_somebody_else_is_indonesian(app: Flask) -> None:
    """Who cancels may read English; who gets the place from the waiting list did not say so."""
    moment = datetime(2023, 7, 20, 2, 10, tzinfo=UTC)
    with app.test_request_context("/", headers={"Cookie": "lang=en"}):
        assert gettext("Kata sandi") == "Password"
        with speaking("id"):
            assert gettext("Kata sandi") == "Kata sandi"
            assert formats.moment(moment).startswith("Kamis, 20 Juli")
        assert gettext("Kata sandi") == "Password"
        assert formats.moment(moment).startswith("Thursday")


@pytest.mark.parametrize(("language", "word"), [("id", "Sisa 100 tempat"), ("en", "Places left: 100")])
def test_the_schedule_in_both_languages(app: Flask, client: FlaskClient, language: str, word: str) -> None:
    with app.app_context():
        festival = factories.festival()
        activity = factories.activity(festival)
        factories.slot(activity, capacity=100)
        slug, title = activity.slug, activity.title
    client.set_cookie("lang", language)
    page = client.get(f"/activities/{slug}").get_data(as_text=True)
    assert word in page
    assert title in page, "what the committee typed stays as it is"


def test_no_text_hides_from_the_translators() -> None:
    """Texts in scripts come from the page that loads them."""
    scripts = (config.ROOT / "static/js").rglob("*.js")
    words = re.compile(r"\b(tidak|belum|sudah|tiket|Anda|kamera|panitia|masuk)\b")
    found = [f"{path.name}: {line.strip()}" for path in scripts for line in code_lines(path) if words.search(line)]
    assert found == []


def code_lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if not line.lstrip().startswith(("//", "*", "/*"))]
