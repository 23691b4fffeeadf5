"""The live counts in a real browser: they renew themselves, and say so when they cannot."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from tests import town
from tests.conftest import empty_database

pytestmark = pytest.mark.browser


@pytest.fixture
def sign_in_path(app: Flask, live_server: str) -> str:
    with app.app_context():
        empty_database()
    town.load(app)
    return f"{live_server}/sign-in/{town.committee_link(app)}"


def test_numbers_renew_without_reloading(app: Flask, live_server: str, sign_in_path: str, browser: Browser) -> None:
    page = browser.new_context(locale="id-ID").new_page()
    page.goto(sign_in_path)
    page.get_by_role("main").get_by_role("button").click()
    page.clock.install()
    page.goto(f"{live_server}/committee/flow")
    expect(page.locator(".empty")).to_be_visible()
    page.evaluate("document.body.dataset.same = 'page'")
    state = "<p id='live-state'>Sampai<span class='stale' hidden>terputus</span></p>"
    body = state + "<details><summary>x</summary></details>"
    page.route("**/committee/flow?*part=1*", lambda route: route.fulfill(body=body + "<b>77</b>"))
    page.clock.run_for(10_500)
    expect(page.locator("#numbers b")).to_have_text("77")
    page.locator("details").evaluate("one => { one.open = true }")
    page.route("**/committee/flow?*part=1*", lambda route: route.fulfill(body=body + "<b>78</b>"))
    page.clock.run_for(10_500)
    expect(page.locator("#numbers b")).to_have_text("78")
    assert page.locator("details").evaluate("one => one.open")
    page.route("**/committee/flow?*part=1*", lambda route: route.abort())
    page.clock.run_for(10_500)
    expect(page.locator(".stale")).to_be_visible()
    assert page.evaluate("document.body.dataset.same") == "page"
    page.context.close()


def test_without_javascript_the_page_reloads_itself(live_server: str, sign_in_path: str, browser: Browser) -> None:
    context = browser.new_context(locale="id-ID", java_script_enabled=False)
    page = context.new_page()
    page.goto(sign_in_path)
    page.get_by_role("main").get_by_role("button").click()
    page.goto(f"{live_server}/committee/flow")
    assert page.locator("meta[http-equiv=refresh]").count() == 1
    context.close()
