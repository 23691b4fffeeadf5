"""A judge's sheets in a real browser: typed without a network, sent later, two devices told of each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.competition.models import DossierFile
from app.competition.queries import judging
from app.competition.queries import sheets as queries
from app.competition.services import judges, sheets
from app.core import clock
from app.core.db import db, transaction
from tests.competition import arena as arenas
from tests.competition.arena import FULL, draft
from tests.conftest import empty_database

pytestmark = [pytest.mark.browser, pytest.mark.only("sqlite")]


@dataclass
class Bench:
    """A judge's invitation and first sheet."""

    server: str
    invitation: str
    sheet_id: int
    judge_id: int

    @property
    def sheet(self) -> str:
        return f"{self.server}/judging/sheets/{self.sheet_id}"


@pytest.fixture
def bench(app: Flask, live_server: str) -> Bench:
    return made_bench(app, live_server)


@pytest.fixture
def visit(app: Flask, live_server: str) -> Bench:
    """At the stage at which photos are taken."""
    return made_bench(app, live_server, stages=1)


def made_bench(app: Flask, live_server: str, **fields: object) -> Bench:
    with app.app_context():
        empty_database()
        arena = arenas.build(**fields)  # type: ignore[arg-type]
        judge = arena.judges[0]
        own = arena.own(judge)[0].id
        with transaction():
            token = judges.invite(judge, None, clock.now())
        db.session.remove()
        return Bench(live_server, f"{live_server}/judging/invitations/{token}", own, judge.id)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(locale="id-ID")
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def come_in(page: Page, bench: Bench) -> None:
    page.goto(bench.invitation)
    page.get_by_role("button", name="Masuk sebagai juri").click()
    expect(page.get_by_text("Semua lembar bisa dibuka tanpa sinyal")).to_be_visible(timeout=15_000)


def give(page: Page, code: str, score: int) -> None:
    page.locator(f"fieldset[data-code={code}] label", has_text=str(score)).filter(
        has=page.locator(f"input[value='{score}']")
    ).click()


def test_a_sheet_is_filled_in_without_a_network(
    app: Flask, bench: Bench, page: Page, context: BrowserContext, screen: dict[str, int]
) -> None:
    page.set_viewport_size(screen)  # type: ignore[arg-type]
    come_in(page, bench)
    context.set_offline(True)
    page.goto(bench.sheet)
    for code, score in FULL.items():
        give(page, code, score)
    status = page.locator("#status")
    expect(status).to_contain_text("belum terkirim")
    expect(status).to_contain_text("5 dari 5 kriteria terisi · tersimpan")
    page.reload()
    expect(status).to_contain_text("5 dari 5 kriteria terisi")
    expect(status).to_contain_text("belum terkirim")
    page.get_by_role("button", name="Kunci lembar ini").click()
    expect(status).to_contain_text("Akan dikunci begitu ada sinyal")
    context.set_offline(False)  # it is sent at once, and the page comes back locked
    expect(page.get_by_text("Terkunci ")).to_be_visible(timeout=20_000)
    page.goto(f"{bench.server}/judging")
    expect(page.get_by_text("Semua lembar bisa dibuka tanpa sinyal")).to_be_visible(timeout=15_000)
    expect(page.locator(f"a[data-sheet='{bench.sheet_id}'] [data-unsent]")).to_be_hidden(timeout=10_000)
    page.goto(bench.sheet)
    expect(page.get_by_text("Terkunci ")).to_be_visible()
    with app.app_context():
        assert [version.scores for version in queries.versions_of(bench.sheet_id)] == [FULL, FULL]


CLEAR = """async () => {
  for (const one of await indexedDB.databases()) indexedDB.deleteDatabase(one.name);
  for (const key of await caches.keys()) await caches.delete(key);
}"""


def test_storage_cleared_after_it_was_sent(app: Flask, bench: Bench, page: Page) -> None:
    """The server has it: the page comes back with it, and the tablet keeps all sheets anew."""
    come_in(page, bench)
    page.goto(bench.sheet)
    give(page, "K", 75)
    expect(page.locator("#status")).to_contain_text(re.compile(r"tersimpan [\d.]+$"))
    page.goto(f"{bench.server}/healthz")  # none of our pages holds the store open
    page.evaluate(CLEAR)
    page.goto(bench.sheet)
    expect(page.locator("fieldset[data-code=K] input[value='75']")).to_be_checked()
    give(page, "T", 50)
    expect(page.locator("#status")).to_contain_text(re.compile(r"2 dari 5 kriteria terisi · tersimpan [\d.]+$"))
    page.wait_for_timeout(1000)
    with app.app_context():
        found = queries.opened(bench.sheet_id)
        assert found is not None
        assert queries.version(bench.sheet_id, found.sheet.current).scores == {"K": 75, "T": 50}  # type: ignore[union-attr]


def test_two_devices_are_shown_both_versions(app: Flask, bench: Bench, page: Page, context: BrowserContext) -> None:
    come_in(page, bench)
    page.goto(bench.sheet)
    give(page, "K", 50)
    expect(page.locator("#status")).to_contain_text("tersimpan")
    expect(page.locator("#status")).not_to_contain_text("belum terkirim")
    with app.app_context():
        judge = judging.judge_by_id(bench.judge_id)
        assert judge is not None
        with transaction():
            sheets.save(judge, bench.sheet_id, draft({"K": 100}, 0, device="hp"), clock.now())
        db.session.remove()
    give(page, "T", 25)
    both = page.locator("#versions")
    expect(both).to_contain_text("Lembar ini diisi di dua perangkat", timeout=10_000)
    page.locator("#status").get_by_role("link", name="Lembar ini diisi di dua perangkat").click()
    expect(both).to_be_in_viewport()
    both.get_by_role("button", name="perangkat lain").click()
    expect(both).to_be_hidden()
    expect(page.locator("fieldset[data-code=K] input[value='100']")).to_be_checked()
    expect(page.locator("#status")).to_contain_text("1 dari 5 kriteria terisi · tersimpan")
    page.wait_for_timeout(1500)
    with app.app_context():
        found = queries.opened(bench.sheet_id)
        assert found is not None
        assert queries.open_conflict(found.sheet) is None
        assert queries.version(bench.sheet_id, found.sheet.current).scores == {"K": 100}  # type: ignore[union-attr]


def lock_elsewhere(app: Flask, bench: Bench) -> None:
    """The judge fills and locks the sheet on a second tablet."""
    with app.app_context():
        judge = judging.judge_by_id(bench.judge_id)
        assert judge is not None
        with transaction():
            saved = sheets.save(judge, bench.sheet_id, draft(FULL, 0, device="hp"), clock.now())
            sheets.lock(judge, bench.sheet_id, saved.version.number, "hp", clock.now())
        db.session.remove()


def kept_by_the_server(app: Flask, bench: Bench) -> tuple[list[dict[str, int]], dict[str, int]]:
    """Scores of all versions, and those that count."""
    with app.app_context():
        found = queries.opened(bench.sheet_id)
        assert found is not None
        current = queries.version(bench.sheet_id, found.sheet.current)
        assert current is not None
        return [one.scores for one in queries.versions_of(bench.sheet_id)], current.scores


NOT_COUNTED = "Isian tadi tersimpan di riwayat, tetapi tidak dihitung"


LOCKED = ".sheet .flash"
CUT = """{ const real = fetch;
  window.fetch = async (...all) => {
    if (await window.cutOff()) throw new TypeError("cut off");
    return real(...all);
  };
}"""


class Line:
    """The network of a browser. Its own switch alone lets requests through while one page follows another."""

    def __init__(self, context: BrowserContext) -> None:
        self.context, self.sends = context, True
        context.expose_function("cutOff", lambda: not self.sends)
        context.add_init_script(CUT)

    def off(self) -> None:
        self.sends = False
        self.context.set_offline(True)

    def on(self, *, sends: bool = True) -> None:
        self.sends = sends
        self.context.set_offline(False)


@pytest.fixture
def line(context: BrowserContext) -> Line:
    return Line(context)


def type_offline(page: Page, bench: Bench, line: Line) -> None:
    come_in(page, bench)
    line.off()
    page.goto(bench.sheet)
    give(page, "K", 100)
    expect(page.locator("#status")).to_contain_text("belum terkirim")


def test_what_was_typed_offline_is_not_lost_when_the_sheet_was_locked_elsewhere(
    app: Flask, bench: Bench, page: Page, line: Line
) -> None:
    type_offline(page, bench, line)
    page.goto("about:blank")
    lock_elsewhere(app, bench)
    line.on()
    status = page.locator("#status")
    for _time in range(2):  # it is still said when the page is opened again
        page.goto(bench.sheet)
        expect(page.locator(LOCKED)).to_contain_text("Terkunci")
        expect(status).to_contain_text(NOT_COUNTED)
        expect(page.locator("#versions")).to_be_hidden()
        expect(page.locator(f"fieldset[data-code=K] input[value='{FULL['K']}']")).to_be_checked()
    versions, counting = kept_by_the_server(app, bench)
    assert versions.count({"K": 100}) == 1
    assert counting == FULL


def test_a_page_that_was_open_says_that_what_was_typed_does_not_count(
    app: Flask, bench: Bench, page: Page, line: Line
) -> None:
    type_offline(page, bench, line)
    lock_elsewhere(app, bench)
    line.on()
    expect(page.locator(LOCKED)).to_contain_text("Terkunci", timeout=20_000)
    expect(page.locator("#status")).to_contain_text(NOT_COUNTED)
    assert {"K": 100} in kept_by_the_server(app, bench)[0]


def test_what_cannot_be_sent_from_a_locked_sheet_stays_on_the_tablet(
    app: Flask, bench: Bench, page: Page, line: Line
) -> None:
    type_offline(page, bench, line)
    page.goto("about:blank")
    lock_elsewhere(app, bench)
    line.on(sends=False)
    page.goto(bench.sheet)
    expect(page.locator("#status")).to_contain_text("Isian Anda dari perangkat ini belum terkirim")
    assert {"K": 100} not in kept_by_the_server(app, bench)[0]
    line.on()
    page.reload()
    expect(page.locator("#status")).to_contain_text(NOT_COUNTED)
    assert {"K": 100} in kept_by_the_server(app, bench)[0]


def take(page: Page, name: str, data: bytes) -> None:
    expect(page.locator(".card.photo")).to_be_visible()  # by then the page listens
    page.locator("#photo").set_input_files({"name": name, "mimeType": "image/jpeg", "buffer": data})


JPEG = b"\xff\xd8\xff\xe0" + bytes(2000)


def photos_kept(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(DossierFile)) or 0


def test_a_refused_photo_is_told_not_sent_again_and_can_be_removed(app: Flask, visit: Bench, page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/photos/" in request.url else None)
    come_in(page, visit)
    page.goto(visit.sheet)
    take(page, "neraca.jpg", b"not a picture")
    refused = page.locator("#refused-photos")
    expect(refused).to_contain_text("Foto neraca.jpg ditolak server: Kirim foto JPEG atau PNG.")
    expect(page.locator("#photos")).not_to_contain_text("terkirim begitu ada sinyal")
    page.goto(f"{visit.server}/judging")
    expect(page.locator("#offline")).to_contain_text("Ditolak server: 1 foto")
    page.goto(visit.sheet)
    expect(refused).to_contain_text("neraca.jpg")
    assert len(sent) == 1
    refused.get_by_role("button", name="Hapus foto ini").click()
    expect(refused.locator("li")).to_have_count(0)
    page.goto(f"{visit.server}/judging")
    expect(page.get_by_text("Semua lembar bisa dibuka tanpa sinyal")).to_be_visible(timeout=15_000)


def test_a_photo_of_before_a_new_invitation_is_counted_and_sent_after_it(
    app: Flask, visit: Bench, page: Page, line: Line
) -> None:
    come_in(page, visit)
    page.goto(visit.sheet)
    line.off()
    take(page, "kantor.jpg", JPEG)
    expect(page.locator("#photos")).to_contain_text("terkirim begitu ada sinyal")
    page.goto(f"{visit.server}/judging")
    expect(page.locator("#offline")).to_contain_text("Belum terkirim: 1 foto")
    expect(page.locator(f"a[data-sheet='{visit.sheet_id}'] [data-unsent]")).to_be_visible()
    page.goto("about:blank")
    with app.app_context():
        judge = judging.judge_by_id(visit.judge_id)
        assert judge is not None
        with transaction():
            token = judges.invite(judge, None, clock.now())
        db.session.remove()
    line.on()
    page.goto(f"{visit.server}/judging/invitations/{token}")
    page.get_by_role("button", name="Masuk sebagai juri").click()
    expect(page.get_by_text("Semua lembar bisa dibuka tanpa sinyal")).to_be_visible(timeout=15_000)
    expect(page.locator(f"a[data-sheet='{visit.sheet_id}'] [data-unsent]")).to_be_hidden(timeout=10_000)
    assert photos_kept(app) == 1
