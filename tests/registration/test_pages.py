"""Sign-up in a real browser: without JavaScript it works, with it nothing breaks, and the pictures read."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from app.core.db import db
from app.programme.models import TimeSlot
from tests import factories

pytestmark = pytest.mark.browser
FAMILY = ["Siti Aminah", "Muhammad Rizky Al-Fatih Ramadhan Kusumawardhana bin Haji Abdurrahman Maruf", "Ayu", "O"]


@pytest.fixture(params=[False, True], ids=["without-javascript", "with-javascript"])
def page(ctx: None, browser: Browser, screen: dict[str, int], request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport=screen, locale="id-ID", java_script_enabled=request.param)
    yield context.new_page()
    context.close()


@pytest.fixture
def slot(ctx: None) -> TimeSlot:
    return factories.slot(factories.activity(factories.festival()), capacity=5)


def check(page: Page, scripts: bool) -> None:
    """Nothing over the edge; axe finds nothing (it needs JavaScript itself)."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    box = page.locator("main").bounding_box()
    assert box
    assert box["width"] <= width
    if scripts:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_a_family_from_the_form_to_cancelling(live_server: str, page: Page, slot: TimeSlot, request) -> None:
    scripts = "with-javascript" in request.node.name
    page.goto(f"{live_server}/activities/jalan-santai/register?slot={slot.id}")
    check(page, scripts)
    page.get_by_role("button", name="Daftar", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Nama Anda: Isi nama.")
    check(page, scripts)
    page.get_by_label("Nama Anda").fill("Siti Aminah")
    page.get_by_label("Nomor WhatsApp").fill("0812 3456 7890")
    for n, name in enumerate(FAMILY):
        if n:
            page.get_by_role("button", name="+ Tambah orang").click()
        row = page.get_by_role("group", name=f"Orang ke-{n + 1}", exact=True)
        row.get_by_label("Nama", exact=True).fill(name)
        row.get_by_label("Tahun lahir").fill(str(1980 + n))
    page.get_by_role("button", name="Hapus").nth(2).click()  # Ayu stays at home
    check(page, scripts)
    page.get_by_label("Saya setuju").check()
    page.get_by_role("button", name="Daftar 3 orang" if scripts else "Daftar", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Tiket Anda")
    check(page, scripts)
    codes = page.get_by_role("img", name="Kode QR tiket")
    expect(codes).to_have_count(3)
    names = page.get_by_role("article").get_by_role("heading").all_inner_texts()
    assert names == [FAMILY[0], FAMILY[1], FAMILY[3]]
    codes.first.scroll_into_view_if_needed()
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(codes.first.screenshot())))
    assert read.text.startswith("PK1:")

    page.get_by_role("link", name="Batalkan").click()
    check(page, scripts)
    page.get_by_label("Siti Aminah").uncheck()
    page.get_by_role("button", name="Ya, batalkan").click()
    expect(page.get_by_role("status")).to_have_text("Pendaftaran 2 orang dibatalkan.")
    expect(page.get_by_role("img", name="Kode QR tiket")).to_have_count(1)
    db.session.expire_all()
    db.session.rollback()
    kept = db.session.get(TimeSlot, slot.id)
    assert kept is not None
    assert kept.taken == 1


def test_what_was_added_by_script_is_kept_by_the_server(live_server: str, page: Page, slot: TimeSlot) -> None:
    page.goto(f"{live_server}/activities/jalan-santai/register")
    for _ in range(2):
        page.get_by_role("button", name="+ Tambah orang").click()
    page.get_by_role("group", name="Orang ke-3", exact=True).get_by_label("Nama", exact=True).fill("Nenek")
    page.get_by_role("group", name="Orang ke-3", exact=True).get_by_label("Tahun lahir").fill("dulu")
    page.locator("[data-submit]").click()
    row = page.get_by_role("group", name="Orang ke-3", exact=True)
    expect(row).to_contain_text("Tulis tahun (1984)")
    expect(row.get_by_label("Nama", exact=True)).to_have_value("Nenek")


def test_a_full_slot_and_the_waiting_list(live_server: str, page: Page, request) -> None:
    scripts = "with-javascript" in request.node.name
    factories.slot(factories.activity(factories.festival()), capacity=0)
    page.goto(f"{live_server}/activities/jalan-santai/register")
    check(page, scripts)
    page.get_by_label("Nama Anda").fill("Siti Aminah")
    page.get_by_label("Nomor WhatsApp").fill("0812 3456 7890")
    page.get_by_label("Saya setuju").check()
    page.locator("[data-submit]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Anda di daftar tunggu")
    check(page, scripts)
