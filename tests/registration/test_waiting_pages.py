"""The waiting list and self-service in a real browser, with and without JavaScript, with long names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.core import clock
from app.core.db import in_transaction
from app.programme.models import TimeSlot
from app.registration import links, services
from app.registration.services import SignedUp
from tests import factories
from tests.registration.signing import person, request, sign

pytestmark = pytest.mark.browser
LONG = "Muhammad Rizky Al-Fatih Ramadhan Kusumawardhana bin Haji Abdurrahman Wahid Maruf"


@pytest.fixture(params=[False, True], ids=["without-javascript", "with-javascript"])
def page(ctx: None, browser: Browser, screen: dict[str, int], request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport=screen, locale="id-ID", java_script_enabled=request.param)
    yield context.new_page()
    context.close()


@pytest.fixture
def slots(ctx: None) -> list[TimeSlot]:
    activity = factories.activity(factories.festival())
    return [factories.slot(activity, starts_in=timedelta(hours=3 + n), capacity=2) for n in range(2)]


def looks_right(page: Page, request: pytest.FixtureRequest) -> None:
    """Nothing over the edge; everything to press is large enough; axe finds nothing (it needs JavaScript)."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    box = page.locator("main").bounding_box()
    assert box
    assert box["width"] <= width
    for button in page.locator("main .button:visible").all():
        size = button.bounding_box()
        assert size
        assert size["height"] >= 48
    if "with-javascript" in request.node.name:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def open_of(page: Page, server: str, done: SignedUp) -> None:
    page.goto(f"{server}/registrations/{links.manage_token(done.code)}")


def test_from_the_line_to_the_ticket(live_server: str, page: Page, slots: list[TimeSlot], request) -> None:
    seated = sign(request_of(slots[0], "A", "B", phone="+6281234567891"))
    waiting = sign(request_of(slots[0], LONG, "Siti"))
    open_of(page, live_server, waiting)
    expect(page.get_by_role("heading", level=1)).to_have_text("Anda di daftar tunggu")
    expect(page.locator(".queue")).to_contain_text("1")
    looks_right(page, request)

    in_transaction(lambda: services.cancel(seated.registration_id, clock.now()))
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada tempat untuk 2 orang")
    looks_right(page, request)
    page.get_by_role("link", name="Tidak jadi, lepaskan").click()
    looks_right(page, request)
    page.get_by_role("button", name="Ya, lepaskan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tempatnya sudah Anda lepas")
    looks_right(page, request)
    page.get_by_role("button", name="Kembalikan").click()
    page.get_by_role("button", name="Ambil tempatnya").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tiket Anda")
    expect(page.get_by_role("img", name="Kode QR tiket")).to_have_count(2)


def test_another_slot_another_name(live_server: str, page: Page, slots: list[TimeSlot], request) -> None:
    done = sign(request_of(slots[0], "Stii", LONG))
    open_of(page, live_server, done)
    page.get_by_role("link", name="Pindah waktu").click()
    looks_right(page, request)
    page.get_by_role("button", name="Pindah ke waktu ini").click()
    expect(page.get_by_role("alert")).to_contain_text("Pilih waktu.")
    looks_right(page, request)
    page.get_by_label("Waktu baru").select_option(str(slots[1].id))
    page.get_by_role("button", name="Pindah ke waktu ini").click()
    expect(page.get_by_role("status")).to_contain_text("Sekarang Anda terdaftar untuk")

    page.get_by_role("link", name="Perbaiki nama").click()
    page.get_by_label("Orang ke-1").fill(" ")
    page.get_by_role("button", name="Simpan").click()
    expect(page.get_by_role("alert")).to_contain_text("Isi nama.")
    looks_right(page, request)
    page.get_by_label("Orang ke-1").fill("Siti")
    page.get_by_role("button", name="Simpan").click()
    expect(page.get_by_role("heading", level=2, name="Siti")).to_be_visible()


def request_of(slot: TimeSlot, *names: str, phone: str = "+6281234567890") -> services.SignUp:
    return request(slot, *map(person, names), phone=phone, waitlist=True)
