"""A judge's sheets in a real browser: typed without a network, sent later, two devices told of each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

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
    with app.app_context():
        empty_database()
        arena = arenas.build()
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


API = "**/api/v1/competition/sheets/**"
LOCKED = ".sheet .flash"


def go_offline(context: BrowserContext) -> None:
    """Nothing is sent: the browser's own switch alone lets a request through while a page is changed."""
    context.route(API, lambda route: route.abort())
    context.set_offline(True)


def go_online(context: BrowserContext) -> None:
    context.unroute(API)
    context.set_offline(False)


def type_offline(page: Page, bench: Bench, context: BrowserContext) -> None:
    come_in(page, bench)
    go_offline(context)
    page.goto(bench.sheet)
    give(page, "K", 100)
    expect(page.locator("#status")).to_contain_text("belum terkirim")


def test_what_was_typed_offline_is_not_lost_when_the_sheet_was_locked_elsewhere(
    app: Flask, bench: Bench, page: Page, context: BrowserContext
) -> None:
    type_offline(page, bench, context)
    page.goto("about:blank")
    lock_elsewhere(app, bench)
    go_online(context)
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
    app: Flask, bench: Bench, page: Page, context: BrowserContext
) -> None:
    type_offline(page, bench, context)
    lock_elsewhere(app, bench)
    go_online(context)
    expect(page.locator(LOCKED)).to_contain_text("Terkunci", timeout=20_000)
    expect(page.locator("#status")).to_contain_text(NOT_COUNTED)
    assert {"K": 100} in kept_by_the_server(app, bench)[0]


def test_what_cannot_be_sent_from_a_locked_sheet_stays_on_the_tablet(
    app: Flask, bench: Bench, page: Page, context: BrowserContext
) -> None:
    type_offline(page, bench, context)
    page.goto("about:blank")
    lock_elsewhere(app, bench)
    context.set_offline(False)
    page.goto(bench.sheet)
    expect(page.locator("#status")).to_contain_text("Isian Anda dari perangkat ini belum terkirim")
    assert {"K": 100} not in kept_by_the_server(app, bench)[0]
    context.unroute(API)
    page.reload()
    expect(page.locator("#status")).to_contain_text(NOT_COUNTED)
    assert {"K": 100} in kept_by_the_server(app, bench)[0]
