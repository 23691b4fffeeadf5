"""The wait in a real browser: the form opens by itself, with and without scripts, whatever clock the phone has."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

import config
from app.core import clock
from app.core.db import db
from app.programme.models import Activity
from tests import factories
from tests.servers import running_server

pytestmark = pytest.mark.browser
PATH = "/activities/donor-darah/register"
KEPT = 2.1  # seconds until the server shows what has changed
LATEST = 5  # seconds after the opening: two of the page cache, two of chance, and the way


@pytest.fixture(scope="module")
def server(app, settings: config.Settings) -> Iterator[str]:
    """A server that keeps pages, as in production."""
    with running_server(replace(settings, page_seconds=2)) as address:
        yield address


@pytest.fixture
def donation(ctx: None) -> Activity:
    made = factories.activity(
        factories.festival(), slug="donor-darah", kind="blood_donation", bring="KTP asli",
        title="Donor darah bersama PMI Kota Depok di Gedung Serbaguna Balai Rakyat Sawangan",
    )  # fmt: skip
    factories.slot(made, starts_in=timedelta(days=2))
    time.sleep(KEPT)  # pages of the test before
    return made


def open_in(activity: Activity, seconds: float) -> float:
    """Let sign-up open that many seconds from now; gives back when, by ``time.time``."""
    activity.opens_at = clock.now() + timedelta(seconds=seconds)
    db.session.commit()
    return activity.opens_at.timestamp()


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_page(server: str, browser: Browser, donation: Activity, screen: dict[str, int], language: str) -> None:
    open_in(donation, 2 * 86400 + 3 * 3600 + 90)
    context = browser.new_context(viewport=screen)
    context.add_cookies([{"name": "lang", "value": language, "url": server}])
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text))
    for path in (PATH, "/activities/donor-darah"):
        page.goto(server + path)
        timer = page.get_by_role("timer")
        expect(timer).to_contain_text(re.compile("2 (hari|days)"))
        expect(timer).to_contain_text(re.compile("03 (jam|hours)"))
        before = timer.inner_text()
        page.wait_for_timeout(1200)
        assert timer.inner_text() != before, "it runs"
        assert Axe().run(page).violations_count == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert said == []
    context.close()


@pytest.mark.parametrize("hours_off", [-30, 30])
def test_the_form_opens_by_itself_whatever_the_phones_clock_says(
    server: str, browser: Browser, donation: Activity, hours_off: int
) -> None:
    page = browser.new_page()
    page.add_init_script(f"const real = Date.now; Date.now = () => real() + {hours_off} * 3600000;")
    opens = open_in(donation, 5)
    answer = page.goto(server + PATH)
    assert answer
    assert "data-opening" in answer.text()
    expect(page.get_by_label("Nomor WhatsApp")).to_be_visible(timeout=15_000)
    assert 0 <= time.time() - opens <= LATEST
    page.close()


def test_the_activity_page_shows_its_buttons_by_itself(server: str, browser: Browser, donation: Activity) -> None:
    opens = open_in(donation, 3)
    page = browser.new_page()
    page.goto(f"{server}/activities/donor-darah")
    expect(page.get_by_role("link", name="Ke ruang tunggu")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="Daftar").first).to_be_visible(timeout=15_000)
    assert 0 <= time.time() - opens <= LATEST
    page.close()


def test_without_scripts_it_comes_back(server: str, browser: Browser, donation: Activity) -> None:
    opens = open_in(donation, 3)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server + PATH)
    expect(page.get_by_text("Pendaftaran dibuka")).to_be_visible()
    expect(page.get_by_role("timer")).to_be_hidden()  # it would stand still
    expect(page.get_by_label("Nomor WhatsApp")).to_be_visible(timeout=15_000)
    assert 0 <= time.time() - opens <= LATEST + 2
    context.close()


def test_nobody_asks_before_the_time(server: str, browser: Browser, donation: Activity) -> None:
    opens = open_in(donation, 5)
    page, asked = browser.new_page(), []
    page.goto(server + PATH)
    page.on("request", lambda r: r.is_navigation_request() and asked.append(time.time()))
    expect(page.get_by_label("Nomor WhatsApp")).to_be_visible(timeout=15_000)
    assert len(asked) == 1
    assert asked[0] >= opens - 0.05
    page.close()


def test_the_committee_moves_the_opening(server: str, browser: Browser, donation: Activity) -> None:
    open_in(donation, 3600)
    page = browser.new_page()
    page.goto(server + PATH)
    expect(page.get_by_role("timer")).to_contain_text("59")
    open_in(donation, 3 * 3600)
    time.sleep(KEPT)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # somebody takes the phone out again
    expect(page.get_by_role("timer")).to_contain_text("02 jam")
    hour = clock.local(donation.opens_at).strftime("%H.%M")
    expect(page.locator("[data-opening] time")).to_contain_text(f"{hour} WIB")
    donation.opens_at = clock.now() - timedelta(seconds=1)
    db.session.commit()
    time.sleep(KEPT)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_label("Nomor WhatsApp")).to_be_visible()
    page.close()


def test_a_phone_without_a_network_at_the_opening(server: str, browser: Browser, donation: Activity) -> None:
    open_in(donation, 5)
    context = browser.new_context()
    page: Page = context.new_page()
    page.goto(server + PATH)
    context.set_offline(True)
    page.wait_for_timeout(8000)
    expect(page.get_by_role("status")).to_contain_text("Sudah dibuka", timeout=15_000)  # no error page
    context.set_offline(False)
    expect(page.get_by_label("Nomor WhatsApp")).to_be_visible()
    context.close()
