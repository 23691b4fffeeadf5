"""The walk of a competition, step by step, in real browsers: committee, judges and a cooperative."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, expect

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
TABLET = {"width": 800, "height": 1180}
REASON = "Saat kunjungan, buku besar tahun terakhir tidak dapat ditunjukkan."
Snap = Callable[[Page, str], None]


def no_picture(_page: Page, _name: str) -> None:
    """For those who only walk."""


def link_on(page: Page) -> str:
    """The path of the address that the page shows once."""
    return "/" + page.get_by_label("Tautan", exact=True).input_value().split("/", 3)[3]


class Committee:
    """Somebody of the cooperative office at a desk."""

    def __init__(self, browser: Browser, server: str, sign_in_token: str, snap: Snap = no_picture) -> None:
        self.context = browser.new_context(viewport=DESK, base_url=server, locale="id-ID")
        self.page, self.snap, self.home = self.context.new_page(), snap, ""
        self.page.set_default_timeout(5_000)
        self.page.goto(f"/sign-in/{sign_in_token}")
        self.page.get_by_role("main").get_by_role("button").click()

    def at(self, path: str = "") -> Page:
        """A page of the competition."""
        self.page.goto(self.home + path)
        return self.page

    def press(self, name: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=name).first.click()

    def confirm(self, name: str, yes: str) -> None:
        """A deed that is asked about once more."""
        self.page.locator("summary", has_text=name).click()
        self.press(yes)

    def new_competition(self) -> None:
        page = self.page
        page.goto("/committee/competitions/new")
        page.get_by_label("Nama lomba").fill("Lomba Koperasi Berprestasi 2026")
        page.get_by_label("Satu kategori untuk semua").check()
        gates = page.locator("input[name=gates]")
        for number in range(1, gates.count()):
            gates.nth(number).uncheck()
        page.get_by_label("Dasar hukum").fill("Keputusan Kepala Dinas Nomor 518/12/2026")
        self.press("Buat lomba")
        self.home = page.url.split("?")[0]
        self.snap(page, "01-criteria")
        self.home = "/" + self.home.split("/", 3)[3].removesuffix("/criteria")
        page.goto(self.home + "/criteria")
        page.get_by_role("link", name="Ubah tahap").first.click()
        page.get_by_label("Lolos ke tahap berikutnya").fill("4")
        self.press("Simpan")

    def enter(self, count: int) -> None:
        """The first cooperatives of the directory that lend and save enter; what is unknown is decided."""
        page = self.at("/entrants/add")
        page.get_by_label("Jenis").select_option(index=1)
        page.get_by_role("button", name="Cari").click()
        for number in range(count):
            page.locator("input[name=cooperative]").nth(number).check()
        self.press("Jadikan peserta")
        rows = page.locator("tbody td a")
        expect(rows).to_have_count(count)
        for path in [rows.nth(number).get_attribute("href") for number in range(count)]:
            page.goto(str(path))
            if page.locator("input[value=yes]").first.is_visible():
                page.locator("input[value=yes]").first.check()
                page.get_by_label("Alasan").first.fill("Sertifikat NIK ditunjukkan, berlaku sampai 2027.")
                page.get_by_role("button", name="Catat keputusan").first.click()
        expect(self.at("/entrants").locator(".gate.few")).to_have_count(0)
        self.snap(page, "02-entrants")

    def link_of_entrant(self, name: str) -> str:
        """The address by which a cooperative sends its dossier."""
        page = self.at("/entrants")
        page.get_by_role("link", name=name, exact=True).click()
        self.press("Buat tautan kirim berkas")
        return link_on(page)

    def invite(self, name: str) -> str:
        page = self.at("/judges")
        page.get_by_label("Nama juri").fill(name)
        page.get_by_label("Lembaga").fill("Dekopinda Kota Depok")
        self.press("Tambah dan buat undangan")
        return link_on(page)

    def plan(self, calibration: int) -> None:
        page = self.at(f"/plan?calibration={calibration}&seed=2026")
        self.snap(page, "03-plan")
        self.press("Berlakukan pembagian ini")
        expect(page.get_by_text("Pembagian juri berlaku")).to_be_visible()

    def open_judging(self) -> None:
        self.at()
        self.press("Bekukan dan buka penilaian")
        expect(self.page.get_by_text("Sidik:")).to_be_visible()

    def compute(self, stage: str) -> None:
        """Not to wait for the worker, which does it within a minute of the last lock."""
        self.at("/results")
        self.press(f"Hitung Semua koperasi, {stage}")
        self.snap(self.at("/results"), "06-results")

    def on_to_the_visits(self) -> None:
        self.confirm("Lanjut ke tahap", "Ya, lanjutkan")
        expect(self.at().get_by_text("Tahap sekarang: Kunjungan dan presentasi.")).to_be_visible()

    def write_minutes(self) -> str:
        page = self.at("/minutes/new")
        page.get_by_label("Nomor berita acara").fill("518/07/BA-Lomba/DKUM/2026")
        self.press("Buat draf")
        expect(page.get_by_text("draf, menunggu tanda tangan")).to_be_visible()
        return "/" + page.url.split("/", 3)[3]

    def announce(self) -> list[str]:
        """Read the cards, make it public; the cards' words in the order in which they were read."""
        page, cards = self.at("/announcement"), []
        for number in (1, 2, 3):
            page = self.at(f"/announcement?card={number}")
            self.snap(page, f"12-card-{number}")
            cards.append(page.get_by_role("main").inner_text())
        self.at("/results")
        self.confirm("Buka untuk umum", "Ya, umumkan sekarang")
        return cards


class Panelist:
    """A judge with a tablet."""

    def __init__(self, browser: Browser, server: str, invitation: str, snap: Snap = no_picture) -> None:
        self.browser, self.server, self.snap = browser, server, snap
        self.context: BrowserContext = browser.new_context(viewport=TABLET, base_url=server, locale="id-ID")
        self.page = self.context.new_page()
        self.page.set_default_timeout(5_000)
        self.page.goto(invitation)
        self.page.get_by_role("button", name="Masuk sebagai juri").click()
        self.page.wait_for_url("**/judging")

    def sheets(self, state: str = "") -> list[str]:
        """Addresses of the sheets in a state (in the words of the list), all unless told."""
        self.page.goto("/judging")
        found = self.page.locator("a[data-sheet]", has_text=state)
        return [str(found.nth(number).get_attribute("href")) for number in range(found.count())]

    def has_a_conflict(self) -> str:
        """Say so on the first sheet; the words of its heading."""
        address = self.sheets()[0]
        self.page.goto(address)
        name = self.page.get_by_role("heading", level=1).inner_text()
        self.page.get_by_role("link", name="Nyatakan benturan kepentingan").click()
        self.page.get_by_label("Apa hubungan Anda").fill("Kakak saya bendahara koperasi ini.")
        self.page.get_by_role("button", name="Saya tidak menilai peserta ini").click()
        assert address not in self.sheets()
        return name

    def without_a_network(self) -> str:
        """Fill in and lock a sheet with no signal, come back to it, send it later; the sheet's address."""
        page, address = self.page, self.sheets("belum diisi")[0]
        expect(page.get_by_text("Semua lembar bisa dibuka tanpa sinyal")).to_be_visible(timeout=15_000)
        self.context.set_offline(True)
        page.goto(address)
        status = page.locator("#status")
        for number in range(self.criteria(page)):
            self.give(page, number, 3)
        expect(status).to_contain_text(re.compile("5 dari 5 kriteria terisi · .*belum terkirim"))
        self.snap(page, "04-sheet-offline")
        page.reload()
        expect(status).to_contain_text("5 dari 5 kriteria terisi")
        page.get_by_role("button", name="Kunci lembar ini").click()
        expect(status).to_contain_text("Akan dikunci begitu ada sinyal")
        self.context.set_offline(False)  # it is sent at once, and the page comes back locked
        expect(page.get_by_text(re.compile("^Terkunci "))).to_be_visible(timeout=20_000)
        page.goto("/judging")
        expect(page.get_by_text("Semua lembar bisa dibuka tanpa sinyal")).to_be_visible(timeout=15_000)
        expect(page.locator(f"a[href='{address}']")).to_contain_text("terkunci")
        return address

    def fill_the_rest(self, taste: int) -> int:
        """Fill and lock all open sheets, in a browser without JavaScript; how many."""
        state = self.context.storage_state()
        plain = self.browser.new_context(
            viewport=TABLET, base_url=self.server, java_script_enabled=False, storage_state=state
        )
        page, todo = plain.new_page(), self.sheets("belum diisi")
        for address in todo:
            page.goto(address)
            own = int(page.locator(".eyebrow").inner_text().rsplit("·", 1)[1])
            for number in range(self.criteria(page)):
                self.give(page, number, min(4, max(0, own % 4 + taste + number % 2)))
            page.locator("textarea[name='remark-']").fill("Anggota hadir lengkap.")
            page.get_by_role("button", name="Kunci lembar ini").click()
            expect(page.get_by_text("Lembar ini terkunci.")).to_be_visible()
        self.snap(page, "05-sheet-locked")
        plain.close()
        return len(todo)

    @staticmethod
    def criteria(page: Page) -> int:
        return page.locator("fieldset[data-code]:not([data-code=''])").count()

    @staticmethod
    def give(page: Page, number: int, level: int) -> None:
        page.locator("fieldset[data-code]").nth(number).locator(".scale label").nth(level).click()

    def exchange_first_two(self, result: str) -> None:
        """The panel puts the second first, with a reason."""
        page = self.page
        page.goto(f"{result}/deliberation")
        self.snap(page, "08-deliberation")
        places = page.locator("input[name^=place_]")
        found = {places.nth(n).input_value(): places.nth(n) for n in range(places.count())}
        found["1"].fill("2")
        found["2"].fill("1")
        page.get_by_label("Alasan").fill(REASON)
        page.get_by_role("button", name="Simpan putusan rapat").click()
        expect(page.get_by_text(f"Alasan rapat: {REASON}")).to_be_visible()

    def sign(self, minutes: str) -> None:
        self.page.goto(minutes)
        self.page.get_by_role("button", name="Tanda tangani").click()
        expect(self.page.get_by_role("button", name="Tanda tangani")).to_have_count(0)


@contextmanager
def visitor(browser: Browser, server: str) -> Iterator[Page]:
    """Anybody with a phone, without JavaScript."""
    context = browser.new_context(viewport=PHONE, base_url=server, locale="id-ID", java_script_enabled=False)
    yield context.new_page()
    context.close()
