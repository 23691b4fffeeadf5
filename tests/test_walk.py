"""The whole way, as a new user takes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserType, expect

from tests import town, walk
from tests.conftest import empty_database

pytestmark = pytest.mark.browser


def test_from_the_schedule_to_the_second_scan(
    app: Flask, live_server: str, browser: Browser, browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any], tmp_path: Path,
) -> None:  # fmt: skip
    with app.app_context():
        empty_database()
    town.load(app)
    tickets = walk.resident(browser, live_server)
    texts = walk.ticket_texts(browser, tickets)
    assert len(set(texts)) == 4
    pairing = walk.committee(browser, live_server, town.committee_link(app))
    assert re.fullmatch(r"http://[^/]+/scan#\w+", pairing)
    pairing = f"{live_server}/{pairing.split('/', 3)[3]}"  # the test's own PUBLIC_URL names no real port
    with walk.phone_with_camera(browser_type, browser_type_launch_args, texts[0], tmp_path) as phone:
        first, second = walk.volunteer(phone, pairing)
    assert "silakan masuk" in first.lower()
    assert town.FAMILY[0]["name"] in first or any(person["name"] in first for person in town.FAMILY)
    assert re.search(r"sudah masuk \d\d\.\d\d", second.lower())


def test_signing_up_with_the_keyboard_alone(app: Flask, live_server: str, browser: Browser) -> None:
    with app.app_context():
        empty_database()
    town.load(app)
    context = browser.new_context(viewport=walk.PHONE, base_url=live_server, locale="id-ID")
    page = context.new_page()
    page.goto("/activities/jalan-santai")
    walk.tab_to(page, "a[href*='/register']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/register**")
    for target, text in (("#contact_name", "Siti Aminah"), ("#phone", town.PHONE), ("#people-0-birth", "1984")):
        walk.tab_to(page, target)
        page.keyboard.type(text)
    walk.tab_to(page, "[data-add]")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "people-1-name"  # the new row is where one types on
    page.keyboard.type("Budi")
    walk.tab_to(page, "#consent")
    page.keyboard.press("Space")
    walk.tab_to(page, "[data-submit]")
    page.keyboard.press("Enter")
    expect(page.locator("article.ticket")).to_have_count(2)
    context.close()
