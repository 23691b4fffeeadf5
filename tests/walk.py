"""The walk of a new user, step by step, in real browsers: schedule → sign up four → tickets → pair → scan → again.

Used by the test of the whole and by the script that makes the README's pictures.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserType, Page, expect

from tests import town
from tests.checkin.fake_camera import film

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
Snap = Callable[[Page, str], None]


def no_picture(_page: Page, _name: str) -> None:
    """For those who only walk."""


def resident(browser: Browser, server: str, snap: Snap = no_picture) -> str:
    """Sign up four people for the fun walk without JavaScript; returns the address of their tickets."""
    context = browser.new_context(viewport=PHONE, base_url=server, java_script_enabled=False, locale="id-ID")
    page = context.new_page()
    page.goto("/")
    snap(page, "1-schedule")
    page.locator("nav[aria-label=Hari] a").last.click()
    page.get_by_role("link", name="Jalan santai").first.click()
    page.get_by_role("main").get_by_role("link", name="Daftar").first.click()
    page.get_by_label("Nama Anda").fill(town.FAMILY[0]["name"])
    page.get_by_label("Nomor WhatsApp").fill(town.PHONE)
    for number, person in enumerate(town.FAMILY):
        if number:
            page.get_by_role("button", name="Tambah orang").click()
        page.locator(f"#people-{number}-name").fill(person["name"])
        page.locator(f"#people-{number}-birth").fill(person["birth_date"])
        if "guardian_name" in person:
            page.locator(f"#person-{number} summary").click()
            page.locator(f"#people-{number}-agrees").check()
    page.get_by_label("Saya setuju").check()
    snap(page, "2-signup")
    page.locator("[data-submit]").click()
    expect(page.locator("article.ticket")).to_have_count(4)
    snap(page, "3-tickets")
    address = page.url
    context.close()
    return address


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there, as somebody without a pointer does."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached with the keyboard")


def qr_codes_on(page: Page) -> list[str]:
    """What an independent reader finds on the screen."""
    image = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    return [code.text for code in zxingcpp.read_barcodes(image)]


def ticket_texts(browser: Browser, address: str) -> list[str]:
    """The QR texts of the tickets on a page, read from the picture of it."""
    context = browser.new_context(viewport={"width": 2400, "height": 1200})
    page = context.new_page()
    page.goto(address)
    found = [text for text in qr_codes_on(page) if text.startswith("PK1:")]
    context.close()
    return found


def committee(browser: Browser, server: str, sign_in_token: str, snap: Snap = no_picture) -> str:
    """Sign in by the one-time link and ask for a pairing QR at the main gate; returns the address in it."""
    context = browser.new_context(viewport=DESK, base_url=server, locale="id-ID")
    page = context.new_page()
    page.goto(f"/sign-in/{sign_in_token}")
    page.get_by_role("main").get_by_role("button").click()
    page.goto("/committee/points")
    page.get_by_role("link", name="Gerbang utama").first.click()
    page.get_by_role("button", name="Pasangkan HP").click()
    expect(page.get_by_role("img", name="QR untuk memasangkan HP")).to_be_visible()
    snap(page, "4-pair")
    (address,) = [text for text in qr_codes_on(page) if text.startswith("http")]
    context.close()
    return address


@contextmanager
def phone_with_camera(kind: BrowserType, options: dict[str, Any], qr_text: str, folder: Path) -> Iterator[Browser]:
    """A browser whose camera sees this ticket held up, taken away, and held up again."""
    played = film(folder / "ticket.mjpeg", qr_text)
    args = [
        *options["args"], "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={played}",
    ]  # fmt: skip
    browser = kind.launch(**{**options, "args": args})
    try:
        yield browser
    finally:
        browser.close()


def volunteer(browser: Browser, pairing_address: str, snap: Snap = no_picture) -> tuple[str, str]:
    """Pair the phone and scan twice; returns the words of the first and of the second verdict."""
    context = browser.new_context(viewport=PHONE, locale="id-ID")
    page = context.new_page()
    page.goto(pairing_address)
    page.get_by_label("Nama petugas atau HP").fill("Rina, HP gerbang")
    page.get_by_role("button", name="Pasangkan HP ini").click()
    page.get_by_role("button", name="Mulai memindai").click()
    words = []
    for kind, name in (("in", "5-admitted"), ("again", "6-again")):
        expect(page.locator(f"#verdict.{kind}")).to_be_visible(timeout=20_000)
        snap(page, name)
        words.append(page.locator(f"#verdict.{kind}").inner_text())
        page.keyboard.press("Escape")  # offering the family, it would stay until the ticket is shown again
        expect(page.locator("#verdict")).to_be_hidden()
    context.close()
    return words[0], words[1]
