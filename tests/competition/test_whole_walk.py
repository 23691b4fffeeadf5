"""A whole competition among the sample's cooperatives, from criteria to the bundle that anybody recomputes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.competition.cli import results
from app.cooperatives import services as cooperatives
from app.core import clock
from app.core.db import in_transaction
from tests import factories, town
from tests.competition import walk
from tests.conftest import empty_database
from tests.cooperatives.town import regions

pytestmark = [pytest.mark.browser, pytest.mark.only("sqlite")]
JUDGES = ("Bu Ratna", "Pak Hasan", "Bu Sri Wahyuni", "Pak Togar", "Bu Maria")


@pytest.fixture
def sign_in_token(app: Flask) -> str:
    with app.app_context():
        empty_database()
        factories.festival()
        regions()
        in_transaction(lambda: cooperatives.load_sample(clock.now()))
    return town.committee_link(app)


def test_from_criteria_to_a_verified_bundle(
    sign_in_token: str, live_server: str, browser: Browser, tmp_path: Path
) -> None:
    desk = walk.Committee(browser, live_server, sign_in_token)
    desk.new_competition()
    desk.enter(12)
    entrant = desk.page.locator("tbody td a").nth(3).inner_text()
    own = desk.link_of_entrant(entrant)
    with walk.visitor(browser, live_server) as cooperative:
        send_dossier(cooperative, own)
    panel = [walk.Panelist(browser, live_server, desk.invite(name)) for name in JUDGES]
    desk.plan(calibration=2)
    desk.open_judging()
    panel[0].has_a_conflict()
    desk.plan(calibration=2)
    panel[1].without_a_network()
    filled = [judge.fill_the_rest(taste) for taste, judge in enumerate(panel, start=-2)]
    assert sum(filled) + 1 == 10 * 3 + 2 * 5 + 1 - 0
    desk.compute("Penilaian berkas")
    desk.on_to_the_visits()
    desk.plan(calibration=0)
    for taste, judge in enumerate(panel, start=-2):
        judge.fill_the_rest(taste)
    desk.compute("Kunjungan dan presentasi")
    result = result_of_last_stage(desk)
    panel[1].exchange_first_two(result)
    minutes = desk.write_minutes()
    assert panel[0].page.goto(f"{result}/deliberation").status == 403  # type: ignore[union-attr]
    for judge in panel[1:]:
        judge.sign(minutes)
    desk.page.goto(minutes)
    desk.confirm("Sahkan", "Ya, sahkan")
    content = desk.page.get_by_text("Sidik isi").locator("xpath=following::dd[1]").inner_text()
    places = [name.partition(" ")[2] for name in desk.page.locator("ol.places li b").all_inner_texts()]
    cards = desk.announce()
    assert [name in card for name, card in zip(reversed(places), cards, strict=True)] == [True] * 3
    with walk.visitor(browser, live_server) as anybody:
        page_for_all(anybody, desk, places, content)
        recompute(anybody, tmp_path)
        objection(anybody, desk, own)


def send_dossier(page: Page, own: str) -> None:
    page.goto(own)
    page.locator("input[type=file]").set_input_files(
        {"name": "neraca 2025.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\nneraca\n%%EOF\n"}
    )
    page.get_by_role("button", name="Kirim").first.click()
    expect(page.get_by_text("neraca 2025.pdf").first).to_be_visible()


def result_of_last_stage(desk: walk.Committee) -> str:
    """The address of the result, looked at."""
    page = desk.at("/results")
    page.get_by_role("link", name="Lihat Semua koperasi, Kunjungan dan presentasi").click()
    expect(page.locator("svg").first).to_be_visible()
    return "/" + page.url.split("/", 3)[3]


def page_for_all(page: Page, desk: walk.Committee, places: list[str], content: str) -> None:
    """The public page, the minutes' and a certificate's."""
    slug = desk.at("/results").get_by_role("link", name="Halaman umum").get_attribute("href")
    code = desk.at("/certificates").locator("td.keep").first.inner_text()
    page.goto(str(slug))
    assert page.locator(".podium b").all_inner_texts() == places
    page.get_by_role("link", name="Berita acara 518").first.click()
    expect(page.get_by_text("Berita acara ini asli dan berlaku.")).to_be_visible()
    expect(page.get_by_text(content)).to_be_visible()
    page.goto("/certificates")
    page.get_by_label("Kode piagam").fill(code.lower())
    page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_text("Piagam ini asli dan berlaku.")).to_be_visible()
    page.goto(str(slug))


def recompute(page: Page, folder: Path) -> None:
    """The command and the script for anybody agree with the hash on the public page."""
    said = page.locator(".papers .hash").first.inner_text().split()[-1]
    bundle, script = folder / "bundle.json", folder / "verify.py"
    bundle.write_bytes(
        page.request.get(str(page.get_by_role("link", name="Berkas hasil").get_attribute("href"))).body()
    )
    script.write_bytes(page.request.get("/competitions/verify-ranking.py").body())
    for text in (
        CliRunner().invoke(results, ["verify", str(bundle)]).output,
        subprocess.run([sys.executable, "-I", script, bundle], capture_output=True, text=True, check=True).stdout,
    ):
        assert re.search(rf"ranks_sha256\s+{said}", text)
    assert not [name for name in JUDGES if name in bundle.read_text()]
    changed = json.loads(bundle.read_text())
    changed["ranks_sha256" if "ranks_sha256" in changed else next(iter(changed))] = "0" * 64
    bundle.write_text(json.dumps(changed))
    assert CliRunner().invoke(results, ["verify", str(bundle)]).exit_code == 1


def objection(page: Page, desk: walk.Committee, own: str) -> None:
    """A cooperative asks why, is answered, and asks for coaching."""
    page.goto(f"{own}/result")
    expect(page.get_by_text("Kriteria demi kriteria")).to_be_visible()
    page.get_by_label("Sanggahan Anda").fill("Mengapa nilai digital kami rendah? Kami memakai aplikasi sejak 2024.")
    page.get_by_role("button", name="Kirim sanggahan").click()
    desk.at("/objections").get_by_label("Jawaban").fill("Bukti pemakaian aplikasi tidak ada di berkas.")
    desk.press("Kirim jawaban")
    page.goto(f"{own}/result")
    expect(page.get_by_text("Bukti pemakaian aplikasi tidak ada di berkas.")).to_be_visible()
    page.get_by_role("button", name="Minta pembinaan").click()
    expect(page.get_by_text("Pembinaan sudah diminta")).to_be_visible()
