"""The programme in a real browser: made by the committee and read by a resident, both without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.accounts import queries, services
from app.accounts.models import Role
from app.core import clock
from app.core.db import transaction
from app.operations import demo
from app.programme.models import EntryMode
from tests import factories

pytestmark = pytest.mark.browser
LONG = "Penampilan Hiburan Rakyat, Gelar Budaya Betawi-Sunda, dan Lomba Menyanyi Antarkelurahan se-Kota Depok"


@pytest.fixture
def page(client: object, browser: Browser, screen: dict[str, int]) -> Iterator[Page]:
    """A page without JavaScript on an empty database."""
    context = browser.new_context(viewport=screen, locale="id-ID", java_script_enabled=False)
    yield context.new_page()
    context.close()


def sign_in(app: Flask, server: str, page: Page) -> None:
    with app.app_context():
        user = factories.user("Siti", Role.COMMITTEE)
        with transaction():
            token = services.new_sign_in_link(queries.user_by_id(user.id), clock.now())  # type: ignore[arg-type]
    page.goto(f"{server}/sign-in/{token}")
    page.get_by_role("button", name="Masuk sekarang").click()


def test_from_an_empty_installation_to_a_schedule(app: Flask, live_server: str, page: Page) -> None:
    sign_in(app, live_server, page)
    tomorrow = clock.local(clock.now()).date() + timedelta(days=1)
    page.goto(f"{live_server}/committee/festival")
    for label, text in (("Nama pekan", "Pekan Koperasi Bogor"), ("Penyelenggara", "Dinas"), ("Kota", "Bogor")):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Simpan").click()
    expect(page.get_by_role("alert")).to_contain_text("Tempat acara: Isi tempat acara.")
    expect(page.get_by_label("Nama pekan")).to_have_value("Pekan Koperasi Bogor")
    page.get_by_label("Tempat acara", exact=True).fill("Alun-alun")
    page.get_by_role("button", name="Simpan").click()
    page.get_by_label("Tanggal").fill(tomorrow.isoformat())
    page.get_by_role("button", name="Tambah hari").click()
    page.get_by_label("Nama tempat").fill("Meja 1")
    page.get_by_role("button", name="Tambah tempat").click()

    page.goto(f"{live_server}/committee/activities")
    page.get_by_role("link", name="Tambah kegiatan").click()
    page.get_by_label("Nama kegiatan").fill("Urus NIB")
    page.get_by_label("Jenis").select_option(label="Layanan NIB")
    page.get_by_label("Tempat").select_option(label="Meja 1")
    page.get_by_role("button", name="Simpan, lalu isi waktu").click()
    many = page.get_by_role("region", name="Buat banyak giliran")
    many.get_by_label("Dari", exact=True).fill("08:00")
    many.get_by_label("Sampai", exact=True).fill("09:00")
    many.get_by_label("Orang tiap giliran").fill("3")
    many.get_by_role("button", name="Buat giliran").click()
    expect(page.get_by_role("status")).to_contain_text("3 waktu ditambahkan")

    page.goto(live_server)
    page.get_by_role("link", name="Urus NIB").first.click()
    expect(page.get_by_role("listitem").filter(has_text="08.20–08.40")).to_contain_text("Sisa 3 tempat")


def test_a_resident_finds_a_slot_on_another_day(app: Flask, live_server: str, page: Page) -> None:
    with app.app_context(), transaction():
        demo.load("today", fresh=False, now=clock.now() + timedelta(days=1))
    page.goto(live_server)
    expect(page.get_by_text("1 hari lagi")).to_be_visible()
    page.get_by_role("link", name="Meja layanan", exact=True).click()
    page.get_by_role("link", name="Pendaftaran NIB").click()
    second_day = page.locator("details").nth(1)
    second_day.locator("summary").focus()
    page.keyboard.press("Enter")
    link = second_day.get_by_role("link", name="Daftar").first
    expect(link).to_be_visible()
    box = link.bounding_box()
    assert box is not None
    assert box["height"] >= 48


@pytest.mark.usefixtures("client")
def test_long_names_fit_and_axe_is_content(
    app: Flask, live_server: str, browser: Browser, screen: dict[str, int]
) -> None:
    with app.app_context():
        festival = factories.festival(name=LONG, venue=LONG, headline=LONG, notice=LONG)
        for n, mode in enumerate(EntryMode):
            activity = factories.activity(festival, slug=f"a-{n}", title=LONG, summary=LONG, entry_mode=mode)
            for hour in range(3):
                factories.slot(activity, starts_in=timedelta(hours=hour), capacity=2)
    context = browser.new_context(viewport=screen, locale="id-ID")
    page = context.new_page()
    for path in ("/", "/activities/a-0", "/activities/a-1"):
        page.goto(live_server + path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        found = Axe().run(page).response["violations"]
        assert not found, [(path, v["id"], v["nodes"][0]["html"][:150]) for v in found]
    context.close()
