"""What hands do at a gate beyond scanning, the page and the engine and a real server together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.checkin import services
from app.checkin.models import Admission, CheckinPoint, Scan
from app.core import clock
from app.core.db import db, transaction
from app.core.passwords import hash_password
from app.registration.models import BookingStatus
from tests.checkin.conftest import Gate
from tests.checkin.phone.test_hands import blank
from tests.checkin.test_pages import fetch_data, pair, type_code, verdict
from tests.registration.signing import person, request, sign

pytestmark = pytest.mark.browser
PIN = "271828"


@pytest.fixture
def live_gate(app: Flask, build_gate: Callable[[], Gate]) -> Iterator[Gate]:
    """A desk that counts who is inside and has a PIN, on the real clock."""
    with app.app_context():
        gate = build_gate()
        with transaction():
            services.set_pin(gate.desk.id, hash_password(PIN), None, clock.now())
            db.session.execute(
                sa.update(CheckinPoint)
                .where(CheckinPoint.id == gate.desk.id)
                .values(counts_inside=True, capacity=3)
            )
        yield gate


@pytest.fixture(params=[False, True], ids=["online", "offline"])
def offline(request: pytest.FixtureRequest) -> bool:
    """Whether the network is away while hands are at work."""
    return bool(request.param)


@pytest.fixture
def desk(live_server: str, live_gate: Gate, browser: Browser) -> Iterator[Page]:
    """A phone at the desk."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, base_url=live_server)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    with transaction():
        code = services.create_pairing(live_gate.desk, None, clock.now())
    pair(page, code)
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def cut(offline: bool, desk: Page) -> Callable[[], None]:
    """Bring the phone up to date, and take its network away where the test is about that."""

    def go() -> None:
        fetch_data(desk)
        desk.context.set_offline(offline)

    return go


def back(page: Page) -> None:
    """The network again, and all sent."""
    page.context.set_offline(False)
    expect(page.locator("#unsent")).to_have_text("Semua terkirim", timeout=10_000)
    db.session.rollback()


def close(page: Page) -> None:
    page.get_by_role("button", name="Tiket berikutnya").click()


def test_a_family_in_one_tap_and_out_again(desk: Page, live_gate: Gate, cut: Callable[[], None]) -> None:
    people = (person("Siti", 1984), person("Budi", 1985), person("Ani", 1986))
    signed = sign(request(live_gate.slot, *people), now=clock.now() - timedelta(hours=1))
    first = signed.holders[0].ticket
    assert first
    cut()
    type_code(desk, first.code)
    verdict(desk, "in")
    desk.get_by_role("button", name="Masukkan 2 orang lagi").click()
    expect(verdict(desk, "in")).to_contain_text("3 orang masuk")
    expect(desk.locator("#inside")).to_have_text("Di dalam 3/3")
    expect(desk.locator("#strips")).to_contain_text("Sudah penuh di dalam")
    close(desk)
    desk.locator("#direction").get_by_text("Keluar").click()
    type_code(desk, first.code)
    expect(verdict(desk, "out")).to_contain_text("Keluar tercatat")
    expect(desk.locator("#inside")).to_have_text("Di dalam 2/3")
    close(desk)
    type_code(desk, first.code)
    expect(verdict(desk, "no")).to_contain_text("Tidak tercatat di dalam")
    close(desk)
    desk.locator("#direction").get_by_text("Masuk").click()
    type_code(desk, first.code)
    verdict(desk, "in")
    back(desk)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Admission)) == 4
    inside = sa.select(sa.func.count()).select_from(Admission).where(Admission.left_at.is_(None))
    assert db.session.scalar(inside) == 3


def test_a_walk_in_with_a_blank_ticket(desk: Page, live_gate: Gate, cut: Callable[[], None]) -> None:
    ticket = blank(live_gate)
    cut()
    type_code(desk, ticket.qr)
    verdict(desk, "blank")
    desk.get_by_label("Nama pemegang tiket").fill("Bu Tini")
    desk.get_by_role("button", name="Tulis nama dan masukkan").click()
    expect(verdict(desk, "in")).to_contain_text("Bu Tini")
    back(desk)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Admission)) == 1


def test_a_supervisor_and_the_name_of_the_volunteer(desk: Page, live_gate: Gate, offline: bool) -> None:
    waiting = live_gate.ticket("Rahmat Hidayat", booking=BookingStatus.WAITLISTED)
    fetch_data(desk)
    desk.locator("#who").click()
    desk.keyboard.type("Ani")
    desk.keyboard.press("Enter")
    desk.get_by_role("button", name="Menu").click()
    desk.locator("#menu").get_by_role("button", name="Pengawas").click()
    desk.keyboard.type(PIN)
    desk.keyboard.press("Enter")
    desk.get_by_label("Cari nama").fill("rahm")
    expect(desk.get_by_role("button", name="Rahmat Hidayat")).to_be_visible()
    desk.keyboard.press("Escape")  # the first empties the search, as everywhere
    desk.keyboard.press("Escape")
    expect(desk.locator("#supervisor")).to_be_hidden()
    desk.context.set_offline(offline)  # the list of names is here now
    type_code(desk, waiting.qr)
    expect(verdict(desk, "no")).to_contain_text("Masih dalam daftar tunggu")
    desk.get_by_role("button", name="Masukkan dengan alasan").click()
    expect(desk.locator("#by-hand-who")).to_have_text("Rahmat Hidayat")
    desk.get_by_label("Diizinkan panitia").check()
    desk.get_by_role("button", name="Masukkan", exact=True).click()
    expect(verdict(desk, "in")).to_contain_text("Oleh pengawas")
    back(desk)
    rows = db.session.execute(sa.select(Scan.by_hand, Scan.volunteer).order_by(Scan.id)).all()
    assert [tuple(row) for row in rows] == [(None, "Ani"), ("Diizinkan panitia", "Ani")]


def test_undo_is_in_time(desk: Page, live_gate: Gate, cut: Callable[[], None]) -> None:
    ticket = live_gate.ticket()
    cut()
    type_code(desk, ticket.code)
    verdict(desk, "in")
    expect(desk.locator("#inside")).to_have_text("Di dalam 1/3")
    desk.locator("#verdict-undo").click()
    expect(desk.locator("#last li.undone")).to_have_count(1)
    expect(desk.locator("#inside")).to_have_text("Di dalam 0/3")
    type_code(desk, ticket.code)
    expect(verdict(desk, "in")).to_contain_text(re.compile("Silakan masuk"))
    back(desk)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Admission)) == 1
