"""Lists and blank tickets in a real browser: without JavaScript they work, with it nothing breaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserType, Page, expect

from app.accounts import services as accounts
from app.accounts.models import Role
from app.checkin import services as checkin
from app.core import clock, keys
from app.core.db import db, in_transaction, transaction
from app.registration import services
from app.registration.links import upload_url
from app.registration.queries import blank as queries
from app.registration.services import batches
from tests import factories
from tests.checkin.fake_camera import film
from tests.core.spreadsheets import workbook
from tests.registration.lists import HEAD

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("ctx")]
LONG = "Muhammad Rizky Al-Fatih Ramadhan Kusumaningrat Wirahadikusumah Prawirodirdjo Suk"


@pytest.fixture(params=[False, True], ids=["without-javascript", "with-javascript"])
def page(
    browser: Browser, live_server: str, screen: dict[str, int], request: pytest.FixtureRequest
) -> Iterator[Page]:
    context = browser.new_context(
        viewport=screen, locale="id-ID", java_script_enabled=request.param, base_url=live_server
    )
    made = context.new_page()
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    yield made
    context.close()
    assert errors == []


@pytest.fixture
def festival():
    return factories.festival()


@pytest.fixture
def slot(festival):
    return factories.slot(factories.activity(festival))


def choose(page: Page, rows: list[list[object]]) -> None:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.get_by_label("Berkas Excel").set_input_files(
        {"name": "rt05.xlsx", "mimeType": kind, "buffer": workbook(rows)}  # type: ignore[typeddict-item]
    )


def test_a_neighbourhood_head_sends_a_list(page: Page, festival, slot) -> None:
    user = factories.user()
    with transaction():
        link = batches.new_upload_link(festival.id, "RT 05", None, 500, 7, user.id, clock.now())
    page.goto("/" + upload_url(link.code).split("/", 3)[3])
    page.get_by_label("Nama Anda").fill("Pak RT")
    page.get_by_label("Nomor WhatsApp Anda").fill("0812 0000 0001")
    page.get_by_label("Jadwal untuk semua").select_option(str(slot.id))
    page.get_by_label("Setiap orang di daftar ini").check()
    choose(page, [HEAD, ["", 1984], [LONG, "kemarin"]])
    page.get_by_role("button", name="Kirim dan periksa").click()
    expect(page.get_by_role("heading", name="2 baris perlu dibetulkan")).to_be_visible()
    expect(page.locator("main")).to_contain_text("B3")
    page.get_by_role("link", name="Kirim berkas yang sudah dibetulkan").click()
    page.get_by_label("Nama Anda").fill("Pak RT")
    page.get_by_label("Nomor WhatsApp Anda").fill("0812 0000 0001")
    page.get_by_label("Jadwal untuk semua").select_option(str(slot.id))
    page.get_by_label("Setiap orang di daftar ini").check()
    choose(page, [HEAD, [LONG, 1984, "0812 3456 7890"], ["Siti Aminah", 1990], ["Hj. Aminah Siti", 1990]])
    page.get_by_role("button", name="Kirim dan periksa").click()
    page.get_by_label("Lewati baris itu").check()
    page.get_by_role("button", name="Daftarkan").click()
    expect(page.get_by_role("heading", name="2 orang terdaftar")).to_be_visible()
    expect(page.locator("main")).to_contain_text("0812-3456-7890")
    with page.expect_download() as download:
        page.get_by_role("link", name="Unduh PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


def sign_in(page: Page, *roles: Role) -> None:
    with transaction():
        user = accounts.ensure_user("petugas", roles, clock.now())
        token = accounts.new_sign_in_link(user, clock.now())
    page.goto(f"/sign-in/{token}")
    page.get_by_role("main").get_by_role("button").click()


def stack(festival) -> list[queries.BlankFace]:
    user = factories.user("pencetak")
    made = in_transaction(lambda: services.print_blank(festival.id, 3, user.id, clock.now()))
    faces = queries.unused_tickets(made)
    db.session.rollback()
    return faces


def test_a_volunteer_writes_a_name(page: Page, festival, slot) -> None:
    code = stack(festival)[0].code
    sign_in(page, Role.GATE)
    page.goto("/committee/blank-tickets/bind")
    page.get_by_label("Kode tiket kosong").fill(code.lower())
    page.get_by_label("Kegiatan", exact=True).select_option(str(slot.id))
    page.get_by_label("Nama", exact=True).fill(LONG)
    page.get_by_label("Orang ini (untuk anak").check()
    page.get_by_role("button", name="Simpan, tiket berlaku").click()
    expect(page.get_by_role("status").first).to_contain_text("Tiket sudah berlaku")
    expect(page.get_by_role("status").first).to_contain_text(LONG)
    expect(page.get_by_label("Kode tiket kosong")).to_have_value("")


def test_a_blank_ticket_before_the_camera(
    app: Flask,
    live_server: str,
    browser_type: BrowserType,
    browser_type_launch_args,
    tmp_path: Path,
    festival,
    slot,
) -> None:
    """The page for names reads the QR code itself."""
    text = keys.ticket_text(festival.id, 0, stack(festival)[0].id)
    played = film(tmp_path / "ticket.mjpeg", text)
    args = [
        *browser_type_launch_args["args"], "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={played}",
    ]  # fmt: skip
    browser = browser_type.launch(**{**browser_type_launch_args, "args": args})
    try:
        page = browser.new_context(viewport={"width": 360, "height": 740}, base_url=live_server).new_page()
        sign_in(page, Role.GATE)
        page.goto("/committee/blank-tickets/bind")
        page.get_by_role("button", name="Pindai dengan kamera").click()
        expect(page.get_by_label("Kode tiket kosong")).to_have_value(text, timeout=20_000)
        expect(page.get_by_label("Nama", exact=True)).to_be_focused()
    finally:
        browser.close()


def test_from_the_scanner_to_the_name(live_server: str, browser: Browser, festival, slot) -> None:
    """A gate says that the ticket is blank, and leads to the page where it gets a name."""
    code, point = stack(festival)[0].code, factories.point(festival)
    with transaction():
        secret = checkin.create_pairing(point, None, clock.now())
    context = browser.new_context(viewport={"width": 360, "height": 740}, base_url=live_server)
    page = context.new_page()
    sign_in(page, Role.GATE)
    page.goto(f"/scan#{secret}")
    page.get_by_label("Nama petugas atau HP").fill("Siti")
    page.get_by_role("button", name="Pasangkan HP ini").click()
    page.get_by_label("Kode tiket").fill(code)
    page.get_by_role("button", name="Periksa").click()
    expect(page.locator("#verdict.no")).to_contain_text("Tiket kosong: tulis dulu namanya")
    page.get_by_role("link", name="Tulis namanya").click()
    expect(page.get_by_label("Kode tiket kosong")).to_have_value(code)
    assert code not in page.url
    page.get_by_label("Kegiatan", exact=True).select_option(str(slot.id))
    page.get_by_label("Nama", exact=True).fill("Siti Aminah")
    page.get_by_label("Orang ini (untuk anak").check()
    page.get_by_role("button", name="Simpan, tiket berlaku").click()
    expect(page.get_by_role("status").first).to_contain_text("Tiket sudah berlaku")
    page.goto("/scan")
    page.get_by_label("Kode tiket").fill(code)
    page.get_by_role("button", name="Periksa").click()
    expect(page.locator("#verdict.in")).to_contain_text("Siti Aminah")
    context.close()


def test_the_page_looks_again_while_a_list_is_stored(live_server: str, browser: Browser, festival, slot) -> None:
    sender = batches.Sender(festival.id, "Pak RT", "+6281200000001")
    typed = batches.read_list(workbook([HEAD, ["Siti"]]))
    made, now = in_transaction(lambda: batches.take_list(sender, typed, "x", slot.id, clock.now())), clock.now()
    assert in_transaction(lambda: batches.claim(made, now))
    context = browser.new_context(base_url=live_server, locale="id-ID")
    page = context.new_page()
    sign_in(page, Role.COMMITTEE)
    page.goto(f"/committee/batches/{made}")
    expect(page.get_by_role("heading", name="Sedang disimpan")).to_be_visible()
    in_transaction(lambda: batches.release(made, now))
    expect(page.get_by_role("button", name="Daftarkan 1 orang")).to_be_visible(timeout=15_000)
    context.close()
