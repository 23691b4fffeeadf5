"""What a volunteer sees and taps, in a real browser; the engine behind it is a small fake (fake_engine.js)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Locator, Page, expect

from app.checkin.models import Reason
from app.checkin.words import PRACTICE, REASONS

pytestmark = pytest.mark.browser
ENGINE = (Path(__file__).parent / "fake_engine.js").read_text()
LONG = "Muhammad Abdurrahman Wahid Kusumawardhani Prawirodirdjo bin Haji Sastroamidjojo"
NOW = int(time.time() * 1000)
HOUR = 3_600_000
DENIED: dict[str, dict[str, Any]] = {
    reason.value: {"status": "denied", "reason": reason.value, "firstAdmittedAt": NOW - HOUR, "slotStartsAt": None}
    for reason in Reason
}
VERDICTS: dict[str, dict[str, Any]] = DENIED | {
    "in": {},
    "long": {"holder": LONG},
    "new": {"unchecked": True, "holder": None},
    "double": {"conflict": True},
    "pending": {"status": "pending", "holder": None},
    "early": DENIED["too_early"] | {"slotStartsAt": 1689818400000},
    "family": {"family": [{"code": "7K3F9QXM2H", "holder": "Budi"}, {"id": "00" * 8, "holder": None}]},
    "crowd": {"holder": LONG, "family": [{"id": f"{n:016x}", "holder": LONG} for n in range(19)]},
}
NAMES = [{"id": "01" * 8, "name": "Budi Santoso", "code": "7K3F9QXM2H"}]
Open = Callable[..., Page]


@pytest.fixture
def opened(client: FlaskClient, live_server: str, browser: Browser, screen: dict[str, int]) -> Iterator[Open]:
    """Open the gate in a state of the engine; fails when a page reports an error of its own."""
    errors: list[str] = []
    pages: list[Page] = []

    def open_gate(path: str = "/scan", **state: Any) -> Page:
        page = browser.new_context(viewport=screen, base_url=live_server, reduced_motion="reduce").new_page()  # type: ignore[arg-type]
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.route(
            "**/js/checkin/engine.js", lambda route: route.fulfill(body=ENGINE, content_type="text/javascript")
        )
        page.add_init_script(f"window.FAKE = {json.dumps({'state': state, 'verdicts': VERDICTS, 'names': NAMES})}")
        page.goto(path)
        pages.append(page)
        return page

    yield open_gate
    for page in pages:
        page.context.close()
    assert errors == []


def scan(page: Page, text: str) -> Locator:
    """Type a code and wait for its verdict."""
    before = page.evaluate("fake.number")
    page.evaluate("(text) => { document.getElementById('typed').value = text }", text)
    page.locator("#typed-form").evaluate("form => form.requestSubmit()")
    page.wait_for_function("(before) => fake.number > before || fake.state.practice", arg=before)
    verdict = page.locator("#verdict")
    expect(verdict).to_be_visible()
    return verdict


def calls(page: Page) -> Any:
    return page.evaluate("fake.calls")


_BUTTONS = """[...document.querySelectorAll("button")].filter((one) => one.checkVisibility()).map((one) => {
  const box = one.getBoundingClientRect();
  return [one.textContent.trim(), box.left, box.right, box.height];
})"""
_PATIENCE = (
    "(() => { const real = setTimeout; window.setTimeout = (go, wait) => real(go, wait > 2000 ? 60000 : wait); })()"
)


def fine(page: Page) -> None:
    """Nothing hangs over the edge, what is tapped is large enough, and axe finds nothing."""
    width = page.viewport_size["width"]  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name, left, right, height in page.evaluate(_BUTTONS):  # all in one moment
        assert height >= 48, name
        assert left >= 0, name
        assert right <= width + 1, name
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def close(page: Page) -> None:
    page.get_by_role("button", name="Tiket berikutnya").click()
    expect(page.locator("#verdict")).to_be_hidden()


KINDS = {
    "in": ("in", "Silakan masuk"),
    "long": ("in", LONG),
    "new": ("in", "Tiket baru: datanya belum ada di HP ini"),
    "double": ("again", "Masuk ganda"),
    "pending": ("unchecked", "Mode luring"),
    "early": ("no", "Jadwal tiket ini: Kamis, 20 Juli, 09.00 WIB"),
    "already_admitted": ("again", "Sudah masuk"),
    "blank": ("blank", "Tulis namanya"),
    "not_in_snapshot": ("unchecked", "Belum ada di HP"),
}


def test_every_verdict_is_told_in_words_and_is_fine(opened: Open) -> None:
    page = opened()
    page.evaluate(_PATIENCE)  # a verdict must not go away while it is looked at
    plain = {reason.value: ("no", str(REASONS[reason])) for reason in Reason if reason.value not in KINDS}
    icons = set()
    for text, (kind, words) in (KINDS | plain).items():
        verdict = scan(page, text)
        expect(verdict).to_have_class(re.compile(rf"\b{kind}\b"))
        expect(verdict).to_contain_text(words)
        icons.add((kind, page.locator("#verdict-icon").get_attribute("d")))
        fine(page)
        close(page)
    assert {kind for kind, icon in icons if icon} == {"in", "again", "no", "unchecked", "blank"}
    expect(page.locator("#last li")).to_have_count(20)
    fine(page)


def test_a_verdict_goes_by_itself_and_the_next_takes_over(opened: Open) -> None:
    page = opened()
    expect(scan(page, "in")).to_be_hidden(timeout=4000)
    scan(page, "cancelled")
    expect(scan(page, "in")).to_contain_text("Silakan masuk")


def test_sound_and_vibration_differ_and_sound_can_be_off(opened: Open) -> None:
    page = opened()
    page.evaluate("() => { window.buzzed = []; navigator.vibrate = (pattern) => buzzed.push(pattern) }")
    for text in ("in", "cancelled", "pending"):
        scan(page, text)
        close(page)
    one_long, three_short, _other = page.evaluate("buzzed")
    assert one_long == [400]
    assert len(three_short) == 5  # three and the two pauses between
    page.get_by_role("button", name="Menu").click()
    sound = page.get_by_role("button", name="Suara")
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(page.locator("#menu-sound")).to_have_attribute("aria-pressed", "false")


def test_a_family_comes_in_with_one_tap(opened: Open) -> None:
    page = opened()
    scan(page, "family")
    page.get_by_role("button", name="Masukkan 2 orang lagi").click()
    expect(page.locator("#verdict")).to_contain_text("3 orang masuk")
    assert [call[1] for call in calls(page) if call[0] == "admitFamily"] == ["7K3F9QXM2H", "00" * 8]
    page.locator("#verdict-undo").click()
    expect(page.locator("#last li.undone")).to_have_count(3)


def test_who_of_the_family_is_not_here_is_tapped_away(opened: Open) -> None:
    page = opened()
    scan(page, "family")
    page.get_by_role("button", name="Budi").click()
    page.get_by_role("button", name="Masukkan 1 orang lagi").click()
    assert [call[1] for call in calls(page) if call[0] == "admitFamily"] == ["00" * 8]
    close(page)
    scan(page, "crowd")
    expect(page.get_by_role("button", name="Masukkan 19 orang lagi")).to_be_in_viewport(ratio=1)
    fine(page)


def test_a_blank_ticket_asks_for_a_name(opened: Open) -> None:
    page = opened()
    verdict = scan(page, "blank")
    name = page.get_by_label("Nama pemegang tiket")
    expect(name).to_be_focused()
    page.keyboard.press("Enter")
    expect(verdict).to_contain_text("Tulis nama pemegang tiket.")
    fine(page)
    name.fill("  Ani   Lestari ")
    page.keyboard.press("Enter")
    expect(verdict).to_contain_text("Silakan masuk")
    assert calls(page)[-1] == ["walkIn", "blank", "Ani Lestari"]


def test_an_admission_is_undone_within_ten_seconds(opened: Open) -> None:
    page = opened()
    scan(page, "in")
    page.locator("#verdict-undo").click()
    assert calls(page)[-1] == ["undo", "scan-1"]
    expect(page.locator("#verdict")).to_be_hidden()
    expect(page.locator("#last li")).to_contain_text("Dibatalkan")
    scan(page, "cancelled")
    expect(page.locator("#verdict-undo")).to_be_hidden()  # nobody came in
    close(page)
    scan(page, "in")
    close(page)
    page.locator("#last li").first.get_by_role("button", name=re.compile(r"Batalkan \(\d+\)")).click()
    assert calls(page)[-1] == ["undo", "scan-3"]


def test_coming_and_going_where_the_point_counts(opened: Open) -> None:
    point = {"slug": "aula", "name": "Aula Balai Kota", "countsInside": True}
    page = opened(point=point, inside=400, capacity=400)
    expect(page.locator("#inside")).to_have_text("Di dalam 400/400")
    expect(page.locator("#strips")).to_contain_text("Sudah penuh di dalam")
    page.locator("#direction").get_by_text("Keluar").click()
    expect(scan(page, "in")).to_contain_text("Keluar tercatat")
    assert calls(page)[-1] == ["scan", "in", "out"]
    fine(page)
    close(page)
    page.get_by_role("radio", name="Keluar").press("ArrowLeft")
    scan(page, "in")
    assert calls(page)[-1] == ["scan", "in", "in"]


def test_the_shift_is_handed_over_by_name_and_then_by_one_tap(opened: Open) -> None:
    page = opened(volunteer="")
    page.get_by_role("button", name="Siapa petugasnya?").click()
    fine(page)
    page.keyboard.type("Ani")
    page.keyboard.press("Enter")
    expect(page.locator("#volunteer")).to_have_text("Ani")
    page.locator("#who").click()
    page.get_by_label("Nama petugas", exact=True).fill(LONG)
    page.get_by_role("button", name="Mulai bertugas").click()
    fine(page)
    begun = time.monotonic()
    page.locator("#who").click()
    page.get_by_role("button", name="Ani", exact=True).click()
    expect(page.locator("#volunteer")).to_have_text("Ani")
    assert time.monotonic() - begun < 5
    assert [call for call in calls(page) if call[0] == "handOver"] == [
        ["handOver", name] for name in ("Ani", LONG, "Ani")
    ]


def test_a_supervisor_finds_a_name_and_lets_in_with_a_reason(opened: Open) -> None:
    page = opened()
    page.get_by_role("button", name="Menu").click()
    fine(page)
    page.get_by_role("button", name="Pengawas").click()
    expect(page.get_by_label("PIN pengawas, 6 angka")).to_be_focused()
    page.keyboard.type("111111")
    page.keyboard.press("Enter")
    expect(page.get_by_text("PIN salah")).to_be_visible()
    fine(page)
    page.keyboard.type("123456")
    page.keyboard.press("Enter")
    search = page.get_by_label("Cari nama")
    search.fill("bud")
    expect(page.get_by_text("Ketik 4 huruf atau lebih.")).to_be_visible()
    search.fill("budi")
    fine(page)
    page.get_by_role("button", name="Budi Santoso").click()
    page.get_by_role("button", name="Masukkan", exact=True).click()
    expect(page.get_by_text("Pilih atau tulis alasannya.")).to_be_visible()
    fine(page)
    page.get_by_label("Alasan lain").check()
    page.get_by_label("Tulis alasannya").fill("Panitia kenal")
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_contain_text("Oleh pengawas")
    assert calls(page)[-1] == ["admitByHand", "01" * 8, "Panitia kenal"]
    close(page)
    page.locator("#strips").get_by_role("button", name="Kunci").click()
    assert page.evaluate("fake.state.supervisor") is False


def test_a_supervisor_is_called_from_a_refusal(opened: Open) -> None:
    page = opened()
    scan(page, "early")
    page.get_by_role("button", name="Panggil pengawas").click()
    page.keyboard.type("123456")
    page.keyboard.press("Enter")
    page.get_by_label("Diizinkan panitia").check()
    page.get_by_role("button", name="Masukkan", exact=True).click()
    expect(page.locator("#verdict")).to_contain_text("Silakan masuk")
    assert calls(page)[-1] == ["admitByHand", "early", "Diizinkan panitia"]
    close(page)
    scan(page, "forged")
    expect(page.locator("#by-hand-open")).to_be_hidden()


def test_practice_shows_all_counts_nothing_and_knows_a_real_ticket(opened: Open) -> None:
    page = opened()
    for name in PRACTICE:
        page.get_by_role("button", name="Menu").click()
        page.locator("#menu").get_by_role("button", name="Latihan").click()
        page.locator(f"[data-sample={name}]").click()
        verdict = page.locator("#verdict")
        expect(verdict).to_contain_text("Latihan")
        expect(page.locator("#strips")).to_contain_text("LATIHAN. Tidak ada yang dihitung.")
        close(page)
    verdict = scan(page, "LATIHAN:blank")
    page.get_by_label("Nama pemegang tiket").fill("Ani")
    page.keyboard.press("Enter")
    expect(verdict).to_contain_text("Ani")
    verdict = scan(page, "LATIHAN:family")
    page.get_by_role("button", name="Masukkan 2 orang lagi").click()
    expect(verdict).to_contain_text("3 orang masuk")
    fine(page)
    assert {call[0] for call in calls(page)} == {"practise"}
    real = scan(page, "PK1:ABC")
    expect(real).to_contain_text("Tiket sungguhan")
    expect(real).not_to_contain_text("Silakan masuk")
    fine(page)
    page.get_by_role("button", name="Akhiri latihan, periksa tiket ini").click()
    page.wait_for_function("fake.calls.length && fake.calls.at(-1)[0] === 'scan'")
    assert calls(page)[-2:] == [["practise", False], ["scan", "PK1:ABC", "in"]]


def test_a_practice_code_is_no_ticket_outside_of_practice(opened: Open) -> None:
    page = opened()
    page.evaluate("document.getElementById('typed').value = 'LATIHAN:admitted'")
    page.locator("#typed-form").evaluate("form => form.requestSubmit()")
    expect(page.locator("#verdict")).to_contain_text("Ini QR latihan, bukan tiket.")
    assert calls(page) == []


def test_what_is_always_in_sight(opened: Open) -> None:
    old = NOW - 3 * HOUR
    page = opened(
        online=False, unsent=128, oldestUnsentAt=old, dataAsOf=old, paused=True, storageWarning="full",
        updateReady=True, supervisor=True, volunteer=LONG, skewMs=-86_400_000,
    )  # fmt: skip
    for text in (
        "Mode luring",
        "128 belum terkirim",
        "1.284",
        "2.000",
        "Gerbang dihentikan panitia",
        "Penyimpanan HP penuh",
    ):
        expect(page.get_by_text(text).first).to_be_in_viewport()
    fine(page)
    page.get_by_role("button", name="Pasang pembaruan").click()
    assert calls(page) == [["installUpdate"]]
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Data di HP ini").click()
    expect(page.get_by_text("Lebih lambat 24 jam, diperhitungkan")).to_be_visible()
    fine(page)


def test_a_phone_cut_off_keeps_what_is_unsent(opened: Open) -> None:
    page = opened()
    scan(page, "in")
    page.evaluate("fake.set({point: null, device: null, cutOff: 'revoked', revoked: true, unsent: 12})")
    expect(page.locator("#notice")).to_contain_text("12 pindaian yang belum terkirim")
    expect(page.locator("#verdict")).to_be_hidden()
    expect(page.get_by_role("heading", name="HP ini belum dipasangkan")).to_be_visible()
    fine(page)


def test_a_phone_is_released_when_all_is_sent(opened: Open) -> None:
    page = opened(unsent=3)
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Lepas HP ini").click()
    expect(page.get_by_role("button", name="Hapus data dan lepas HP ini")).to_be_disabled()
    fine(page)
    page.keyboard.press("Escape")
    page.evaluate("fake.set({unsent: 0})")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Lepas HP ini").click()
    page.get_by_role("button", name="Hapus data dan lepas HP ini").click()
    expect(page.get_by_role("heading", name="HP ini belum dipasangkan")).to_be_visible()


def test_by_keyboard_alone(opened: Open) -> None:
    page = opened()
    page.locator("#typed").focus()
    page.keyboard.type("in")
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#verdict")).to_be_hidden()
    page.keyboard.type("family")
    page.keyboard.press("Enter")
    expect(page.locator("#family")).to_be_visible()
    expect(page.locator("#work")).to_have_attribute("inert", "")
    for _step in range(4):  # past the words, which may scroll, and two people
        page.keyboard.press("Tab")
    expect(page.locator("#family-go")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_contain_text("3 orang masuk")


def test_the_sheet_to_practise_with(opened: Open) -> None:
    page = opened("/scan/practice")
    expect(page.locator(".practice-codes svg")).to_have_count(len(PRACTICE))
    fine(page)
