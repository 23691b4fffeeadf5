"""The scanner in a real browser, fed with real tickets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserType, Page, expect

from app.accounts.models import Role
from app.checkin import services
from app.checkin.models import Admission, Scan, ScanStatus
from app.core import clock
from app.core.db import db, transaction
from tests import factories
from tests.checkin.conftest import Gate, Printed
from tests.checkin.fake_camera import film

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}
LONG = "Muhammad Abdurrahman Wahid Kusumawardhani Prawirodirdjo bin Haji Sastroamidjojo"


@pytest.fixture
def phone(live_server: str, live_gate: Gate, browser: Browser) -> Iterator[Page]:
    """A phone without a camera, paired to the gate; fails when the page reports an error of its own."""
    context = browser.new_context(viewport=PHONE, base_url=live_server)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    pair(page, new_code(live_gate))
    yield page
    context.close()
    assert errors == []


def new_code(gate: Gate) -> str:
    with transaction():
        return services.create_pairing(gate.gate, None, clock.now())


def pair(page: Page, code: str, name: str = "Siti, HP hitam") -> None:
    page.goto(f"/scan#{code}")
    page.get_by_label("Nama petugas atau HP").fill(name)
    page.get_by_role("button", name="Pasangkan HP ini").click()
    expect(page.get_by_role("button", name="Mulai memindai")).to_be_visible()
    assert "#" not in page.url
    expect(page.locator("#admitted")).to_have_attribute("data-count", re.compile(r"\d"))  # the header is filled


def type_code(page: Page, code: str) -> None:
    page.get_by_label("Kode tiket").fill(code)
    page.get_by_role("button", name="Periksa").click()


def verdict(page: Page, kind: str) -> Any:
    found = page.locator(f"#verdict.{kind}")
    expect(found).to_be_visible()
    return found


def stored() -> list[Any]:
    db.session.rollback()
    return list(db.session.execute(sa.select(Scan.status, Scan.reason, Scan.offline).order_by(Scan.id)))


def test_the_whole_way_with_a_camera(
    app: Flask, live_server: str, live_gate: Gate, browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any], tmp_path: Path,
) -> None:  # fmt: skip
    ticket = live_gate.ticket(LONG)
    played = film(tmp_path / "ticket.mjpeg", ticket.qr)
    args = [
        *browser_type_launch_args["args"], "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={played}",
    ]  # fmt: skip
    browser = browser_type.launch(**{**browser_type_launch_args, "args": args})
    try:
        code = code_from_committee(app, browser, live_server, live_gate)
        page = browser.new_context(viewport=PHONE, base_url=live_server).new_page()
        pair(page, code)
        page.get_by_role("button", name="Mulai memindai").click()
        green = page.locator("#verdict.in")
        expect(green).to_be_visible(timeout=20_000)
        expect(green).to_contain_text("Silakan masuk")
        expect(green).to_contain_text(LONG)
        expect(page.locator("#verdict")).to_be_hidden(timeout=5_000)  # back to the camera by itself
        orange = page.locator("#verdict.again")
        expect(orange).to_be_visible(timeout=20_000)
        first = db.session.scalar(sa.select(Admission.admitted_at))
        assert first is not None
        expect(orange).to_contain_text(f"Sudah masuk {clock.local(first).strftime('%H.%M')}")
        expect(page.locator("#admitted")).to_have_text("1")
        assert len(stored()) == 2  # held up for seconds, yet one scan each time
    finally:
        browser.close()


def code_from_committee(app: Flask, browser: Browser, address: str, gate: Gate) -> str:
    """The one-time code, from the committee's page and by its QR's address."""
    staff = app.test_client()
    factories.sign_in(staff, factories.user("panitia", Role.COMMITTEE))
    cookie = staff.get_cookie("pekan")
    assert cookie is not None
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=address)
    context.add_cookies([{"name": "pekan", "value": cookie.value, "url": address}])
    page = context.new_page()
    page.goto("/committee/points")
    page.get_by_role("link", name="Gerbang utama").click()
    page.get_by_role("button", name="Pasangkan HP").click()
    expect(page.get_by_role("img", name="QR untuk memasangkan HP")).to_be_visible()
    code = page.locator(".code").inner_text()
    context.close()
    return code.replace(" ", "")


def test_typed_code(phone: Page, live_gate: Gate) -> None:
    ticket = live_gate.ticket()
    type_code(phone, f" {ticket.code[:5].lower()}-{ticket.code[5:]} ")
    expect(verdict(phone, "in")).to_contain_text("Siti Aminah")
    phone.get_by_role("button", name="Tiket berikutnya").click()
    type_code(phone, ticket.code)
    expect(verdict(phone, "again")).to_contain_text(re.compile(r"Sudah masuk \d\d\.\d\d"))
    expect(phone.locator("#last li")).to_have_count(2)


def test_what_is_no_ticket_is_red_in_words_and_blocks_nobody(phone: Page, live_gate: Gate) -> None:
    type_code(phone, "https://example.org/<b>x</b>")
    expect(verdict(phone, "no")).to_contain_text("Kode ini bukan tiket pekan ini")
    phone.get_by_role("button", name="Tiket berikutnya").click()
    type_code(phone, live_gate.ticket().code)
    expect(verdict(phone, "in")).to_contain_text("Silakan masuk")


def test_hand_held_scanner_types_anywhere(phone: Page, live_gate: Gate) -> None:
    first, second = ticket_with_a_space(live_gate), live_gate.ticket("Budi")
    phone.get_by_role("button", name="Mulai memindai").focus()
    phone.keyboard.type(first.qr, delay=2)
    phone.keyboard.press("Enter")
    expect(verdict(phone, "in")).to_contain_text(first.holder)
    phone.get_by_label("Kode tiket").focus()
    phone.keyboard.type(second.qr)
    phone.keyboard.press("Enter")
    expect(verdict(phone, "in")).to_contain_text("Budi")


def ticket_with_a_space(gate: Gate) -> Printed:
    while True:
        ticket = gate.ticket("Ani")
        if " " in ticket.qr:
            return ticket


def test_without_a_network_the_phone_judges_by_itself(phone: Page, live_gate: Gate) -> None:
    ticket, other = live_gate.ticket(), live_gate.ticket("Budi")
    fetch_data(phone)
    phone.context.set_offline(True)
    type_code(phone, ticket.code)
    expect(verdict(phone, "in")).to_contain_text("Silakan masuk")
    expect(phone.locator("#unsent")).to_have_text("1 belum terkirim")
    expect(phone.locator("#connection")).to_have_text("Mode luring")
    expect(phone.locator("#age")).to_have_text(re.compile(r"data \d\d\.\d\d"))
    phone.get_by_role("button", name="Tiket berikutnya").click()
    type_code(phone, live_gate.ticket("Ani").code)  # the phone cannot know of it
    expect(verdict(phone, "unchecked")).to_contain_text("Mode luring")
    phone.get_by_role("button", name="Tiket berikutnya").click()
    type_code(phone, ticket.code)
    expect(verdict(phone, "again")).to_contain_text("Sudah masuk")
    phone.get_by_role("button", name="Tiket berikutnya").click()
    phone.keyboard.type(other.qr, delay=2)
    phone.keyboard.press("Enter")
    expect(verdict(phone, "in")).to_contain_text("Budi")  # the name was sealed, its own ticket opens it
    phone.locator("#verdict-undo").click()
    expect(phone.locator("#last li.undone")).to_have_count(1)
    phone.context.set_offline(False)
    expect(phone.locator("#unsent")).to_have_text("Semua terkirim")
    assert [(row.status, row.offline) for row in stored()] == [
        (ScanStatus.ADMITTED, True),
        (ScanStatus.DENIED, True),
        (ScanStatus.DENIED, True),
        (ScanStatus.ADMITTED, True),
    ]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Admission)) == 1


def fetch_data(phone: Page) -> None:
    """Bring the phone up to date: tickets and sealed names."""
    with phone.expect_response("**/snapshot/names*"):
        phone.reload()
    expect(phone.get_by_role("button", name="Mulai memindai")).to_be_visible()


def test_unsent_scans_survive_a_reload(phone: Page, live_gate: Gate) -> None:
    phone.route("**/scans", lambda route: route.abort())
    type_code(phone, live_gate.ticket().code)
    verdict(phone, "unchecked")
    phone.unroute("**/scans")
    phone.reload()
    expect(phone.locator("#unsent")).to_have_text("Semua terkirim")
    assert len(stored()) == 1


def test_a_phone_that_was_cut_off_says_so(phone: Page, live_gate: Gate) -> None:
    with transaction():
        for device in db.session.scalars(sa.select(services.devices.Device)):
            services.revoke(device, None, clock.now())
    type_code(phone, live_gate.ticket().code)
    expect(phone.get_by_text("HP ini diputus oleh panitia").first).to_be_visible()
    expect(phone.get_by_role("heading", name="HP ini belum dipasangkan")).to_be_visible()


def test_a_used_pairing_code_is_explained(phone: Page, live_gate: Gate) -> None:
    code = new_code(live_gate)
    with transaction():
        services.pair(code, "HP lain", clock.now())
    phone.goto("/")
    phone.goto(f"/scan#{code}")
    phone.get_by_label("Nama petugas atau HP").fill("Budi")
    phone.get_by_role("button", name="Pasangkan HP ini").click()
    expect(phone.get_by_text("Kode ini sudah dipakai HP lain")).to_be_visible()
    phone.get_by_role("button", name="Batal").click()
    expect(phone.get_by_role("button", name="Mulai memindai")).to_be_visible()
