"""Staff pages in a real browser: by keyboard, without JavaScript, and what only a browser can show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from app.accounts import queries, services
from app.accounts.models import Role
from app.core import clock
from app.core.db import transaction
from tests import factories

pytestmark = pytest.mark.browser
PASSWORD = "kuda lumping menari pagi"


def link_path(app: Flask, name: str, *roles: Role) -> str:
    with app.app_context():
        user = factories.user(name, *roles)
        with transaction():
            token = services.new_sign_in_link(queries.user_by_id(user.id), clock.now())  # type: ignore[arg-type]
    return f"/sign-in/{token}"


@pytest.fixture
def page(client: FlaskClient, browser: Browser) -> Iterator[Page]:
    """A page of its own on an empty database, on a phone."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="id-ID")
    yield context.new_page()
    context.close()


@pytest.mark.usefixtures("client")
def test_from_a_link_to_a_password_without_javascript(app: Flask, live_server: str, browser: Browser) -> None:
    path = link_path(app, "Siti Aminah", Role.COMMITTEE)
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(live_server + path)
    page.get_by_role("button", name="Masuk sekarang").click()
    page.get_by_label("Kata sandi baru", exact=True).fill(PASSWORD)
    page.get_by_label("Ulangi kata sandi baru").fill(PASSWORD)
    page.get_by_role("button", name="Simpan kata sandi").click()
    expect(page.get_by_role("heading", name="Hari ini")).to_be_visible()
    page.get_by_role("button", name="Keluar").click()
    page.get_by_label("Nama masuk").fill("siti aminah")
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hari ini")).to_be_visible()
    context.close()


def test_the_link_of_a_new_user_is_shown_and_copied(app: Flask, live_server: str, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(live_server + link_path(app, "Admin", Role.ADMIN))
    page.get_by_role("button", name="Masuk sekarang").click()
    page.goto(live_server + "/committee/users")
    page.get_by_label("Nama masuk").fill("Budi gerbang")
    page.get_by_label("Petugas gerbang").check()
    page.get_by_role("button", name="Tambah dan buat tautan masuk").click()
    link = page.get_by_label("Tautan masuk").input_value()
    assert link.startswith(f"{live_server}/sign-in/")
    page.get_by_role("button", name="Salin").click()
    expect(page.get_by_role("button", name="Tersalin")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link
    whatsapp = page.get_by_role("link", name="Kirim lewat WhatsApp").get_attribute("href") or ""
    assert whatsapp.startswith("https://wa.me/?text=")


def test_a_page_from_the_history_is_not_shown_after_signing_out(app: Flask, live_server: str, page: Page) -> None:
    page.goto(live_server + link_path(app, "Admin", Role.ADMIN))
    page.get_by_role("button", name="Masuk sekarang").click()
    page.goto(live_server + "/committee/users")
    page.get_by_role("button", name="Keluar").click()
    page.go_back()
    expect(page.get_by_role("heading", name="Petugas", exact=True)).to_have_count(0)


def test_the_sign_in_is_usable_by_keyboard(app: Flask, live_server: str, page: Page) -> None:
    page.goto(live_server + "/sign-in")
    reached = []
    for _press in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))
    assert reached[0] == "Langsung ke isi"
    assert reached.index("name") < reached.index("password") < reached.index("Masuk")
