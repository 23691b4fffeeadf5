"""The directory in a real browser, phone and desk: import, search, edit, merge and export of the sample's 400."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.accounts import services as accounts
from app.accounts.models import Role
from app.cooperatives.services.sample import FIXTURE
from app.core import clock
from app.core.db import transaction
from tests.core.spreadsheets import workbook
from tests.test_every_page import faults_of

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("ctx")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(params=[False, True], ids=["without-javascript", "with-javascript"])
def page(
    app: Flask, browser: Browser, live_server: str, screen: dict[str, int], request: pytest.FixtureRequest
) -> Iterator[Page]:
    context = browser.new_context(
        viewport=screen,
        locale="id-ID",
        java_script_enabled=request.param,
        base_url=live_server,
        accept_downloads=True,
    )
    with transaction():
        user = accounts.ensure_user("panitia", [Role.COMMITTEE], clock.now())
        token = accounts.new_sign_in_link(user, clock.now())
    made = context.new_page()
    made.goto(f"/sign-in/{token}")
    made.get_by_role("main").get_by_role("button").click()
    yield made
    context.close()


def sample() -> list[list[str]]:
    with FIXTURE.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def send(page: Page, data: bytes, name: str = "koperasi.xlsx") -> None:
    page.goto("/committee/cooperatives/imports")
    page.get_by_label("Berkas Excel").set_input_files({"name": name, "mimeType": XLSX, "buffer": data})
    page.get_by_label("Sumber data").fill("Data contoh")
    page.get_by_role("button", name="Kirim dan periksa").click()


def main(page: Page) -> str:
    return " ".join(page.get_by_role("main").inner_text().split())


def test_import_search_edit_merge_export(page: Page) -> None:
    rows = sample()
    head = ["Lembaga" if name == "nama" else name for name in rows[0]]
    send(page, workbook([head, *rows[1:]]))
    page.get_by_label("Arti kolom Lembaga").select_option("name")
    page.get_by_role("button", name="Periksa isinya").click()
    expect(page.locator(".tile").first).to_contain_text("400")
    page.get_by_role("button", name="Simpan semuanya").click()
    expect(page.get_by_role("heading", name="Impor tersimpan")).to_be_visible()

    page.goto("/cooperatives")
    assert "176 sehat dari 400 koperasi yang dinilai, per 20 Juli 2023." in main(page)
    page.get_by_label("Nama, nomor badan hukum").fill("kspps cahaya curug")
    page.get_by_role("button", name="Cari").click()
    expect(page.locator(".cooperatives > li")).to_have_count(2)

    page.goto("/committee/cooperatives?q=518/655")
    page.get_by_role("link", name="Koperasi Produsen Berkah Umat Jatimulya").click()
    page.get_by_role("link", name="Ubah data").click()
    page.get_by_label("Nama koperasi").fill("Koperasi Produsen Berkah Jatimulya")
    page.get_by_role("button", name="Simpan").click()
    page.get_by_role("link", name="Riwayat").click()
    expect(page.locator(".history del").first).to_have_text("Koperasi Produsen Berkah Umat Jatimulya")

    page.goto("/committee/cooperatives?q=kspps+cahaya+curug")
    page.get_by_role("main").locator("tbody a").first.click()
    page.get_by_role("link", name="Gabungkan data ganda").click()
    page.get_by_label("Nama, nomor badan hukum").fill("kspps cahaya curug")
    page.get_by_role("button", name="Cari").click()
    page.get_by_role("link", name="KSPPS Cahaya Depok Curug II").click()
    page.get_by_role("button", name="Gabungkan ke").click()
    expect(page.get_by_text("Digabung. Alamat lama")).to_be_visible()
    page.goto("/cooperatives/kspps-cahaya-depok-curug-ii")
    expect(page.get_by_role("heading", level=1)).to_have_text("KSPPS Cahaya Depok Curug")

    page.goto("/committee/cooperatives")
    with page.expect_download() as download:
        page.get_by_role("link", name="Unduh Excel").click()
    exported = download.value.path().read_bytes()
    send(page, exported)
    expect(page.locator(".tile").nth(1)).to_contain_text("399")
    page.get_by_role("button", name="Simpan semuanya").click()
    expect(page.locator(".tile").nth(2)).to_contain_text("399")  # all the same as before


def test_wrong_rows_are_shown_by_cell(page: Page) -> None:
    rows = [["Nama", "Kelurahan", "Tahun", "Aset"], ["KSP Maju", "Curug", 2022, "1,5 juta"], ["", "Beji", 2022, 5]]
    send(page, workbook(rows))
    for shown in ("D2", "1,5 juta", "Ada dua kelurahan Curug", "A3", "Nama koperasi kosong"):
        assert shown in main(page)
    assert page.get_by_role("button", name="Simpan semuanya").count() == 0
    page.get_by_role("button", name="Hapus berkas ini").click()
    expect(page.get_by_text("Berkas dihapus. Tidak ada yang disimpan.")).to_be_visible()


def test_a_case_from_the_cooperative_to_its_result(page: Page) -> None:
    send(page, workbook([["Nama"], ["Koperasi " + "Sejahtera Makmur " * 8]]))
    page.get_by_role("button", name="Simpan semuanya").click()
    page.goto("/committee/cooperatives")
    page.get_by_role("main").locator("tbody a").first.click()
    page.get_by_role("link", name="Catat pembinaan").click()
    page.get_by_label("Masalah").select_option("finances")
    page.get_by_label("Langkah yang disepakati").fill("Susun neraca 2022 " * 10)
    page.get_by_role("button", name="Simpan").click()
    page.goto("/committee/coaching")
    page.get_by_role("link", name="Keuangan").click()
    page.get_by_label("Keadaan").select_option("solved")
    page.get_by_role("button", name="Simpan").click()
    expect(page.get_by_role("alert")).to_contain_text("Tulis hasilnya")
    page.get_by_label("Hasil").fill("Neraca selesai")
    page.get_by_role("button", name="Simpan").click()
    expect(page.get_by_text("Tidak ada di sini")).to_be_visible()


@pytest.mark.parametrize("address", ["", "/imports/1/columns", "/imports/1", "/1", "/1/edit", "/1/merge?other=2"])
def test_long_names_fit_and_axe_finds_nothing(
    app: Flask, browser: Browser, live_server: str, screen: dict[str, int], address: str
) -> None:
    from app.cooperatives.services import imports
    from tests.cooperatives.town import cooperative, regions

    regions()
    long = (
        "Koperasi Pegawai Republik Indonesia Muhammadiyah Kusumaningratwirahadikusumahprawirodirdjo Sejahtera Abadi"
    )
    cooperative(long, legal_number="518.08/96/BH/XIV.10/VIII/2008/PANJANG/SEKALI/SAMPAI/ENAM")
    cooperative(f"{long} Baru")
    with transaction():
        typed = imports.read_table(f"Nama;Aset;Lain\n{long}!;1,5 juta;{long}\n".encode())
        upload = imports.take(typed, "a.csv", long, clock.now().date(), None, None, clock.now())
        user = accounts.ensure_user("panitia", [Role.COMMITTEE], clock.now())
        token = accounts.new_sign_in_link(user, clock.now())
    context = browser.new_context(viewport=screen, locale="id-ID", base_url=live_server)
    page = context.new_page()
    page.goto(f"/sign-in/{token}")
    page.get_by_role("main").get_by_role("button").click()
    where = address.replace("/imports/1", f"/imports/{upload}")
    if not where.startswith("/imports"):
        page.goto("/committee/cooperatives")
        first = page.get_by_role("main").locator("tbody a").first.get_attribute("href") or ""
        number = int(first.rsplit("/", 1)[-1])
        where = where.replace("/1", f"/{number}").replace("=2", f"={number + 1}")
    if where == f"/imports/{upload}":
        page.goto(f"/committee/cooperatives{where}")
        page.get_by_role("button", name="Periksa isinya").click()
    assert faults_of(context.new_page(), f"{live_server}/committee/cooperatives{where}") == []
    context.close()
