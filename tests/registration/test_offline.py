"""Tickets without a network, in a real browser: one visit is enough, and nothing of anybody else is kept."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

import config
from app.core import clock
from app.core.db import db, in_transaction
from app.programme.models import TimeSlot
from app.registration import links, services
from app.registration.services import SignedUp
from tests import factories
from tests.registration.browser import browser as http_client
from tests.registration.signing import person, request, sign
from tests.servers import running_server

NAMES = ("Siti Aminah", "Muhammad Rizky Al-Fatih Ramadhan Kusumawardhana bin Haji Abdurrahman Maruf")


@pytest.fixture
def slot(ctx: None) -> TimeSlot:
    return factories.slot(factories.activity(factories.festival()))


@pytest.fixture
def family(slot: TimeSlot) -> SignedUp:
    return sign(request(slot, *(person(name, 1984) for name in NAMES)))


@pytest.fixture
def others(slot: TimeSlot) -> SignedUp:
    return sign(request(slot, person("Budi"), phone="+6281199999999"))


def manage(of: SignedUp) -> str:
    return f"/registrations/{links.manage_token(of.code)}"


def ticket(of: SignedUp, number: int = 0) -> str:
    face = of.holders[number].ticket
    assert face
    return f"/tickets/{links.ticket_token(face.code, face.id)}"


def read_code(page: Page) -> str:
    code = page.get_by_role("img", name="Kode QR tiket").first
    code.scroll_into_view_if_needed()
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(code.screenshot())))
    return str(read.text)


def visited(page: Page, address: str) -> str:
    """Open a page of tickets and wait until it says that it is kept; gives back what its first QR code says."""
    page.goto(address, wait_until="commit")  # just back from flight mode, the page may look once more by itself
    expect(page.get_by_role("heading", name="Di HP ini")).to_be_visible()
    return read_code(page)


def kept_paths(page: Page) -> set[str]:
    names: list[str] = page.evaluate("caches.keys()")
    return {name.partition(":")[2] for name in names}


class TestRoutes:
    def test_the_worker_may_look_after_tickets_and_is_always_asked_for(self, app: Flask, ctx: None) -> None:
        answer = http_client(app).get("/ticket-worker.js")
        assert answer.status_code == 200
        assert answer.content_type.startswith("text/javascript")
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]
        again = http_client(app).get("/ticket-worker.js", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304

    def test_the_home_screen_opens_the_same_page(self, app: Flask, family: SignedUp) -> None:
        for address in (manage(family), ticket(family)):
            answer = http_client(app).get(f"{address}/app.webmanifest")
            assert answer.content_type == "application/manifest+json"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.json["start_url"] == address
            for icon in answer.json["icons"]:
                picture = http_client(app).get(icon["src"])
                assert Image.open(io.BytesIO(picture.data)).size == (int(icon["sizes"].split("x")[0]),) * 2
                picture.close()
        assert http_client(app).get("/registrations/tidak.ada/app.webmanifest").status_code == 404

    def test_only_pages_with_tickets_are_kept(self, app: Flask, slot: TimeSlot) -> None:
        slot.capacity = 0
        db.session.commit()
        waiting = sign(request(slot, person("Budi"), waitlist=True))
        page = http_client(app).get(manage(waiting)).text
        assert "data-offline" not in page
        assert "manifest" not in page

    def test_forgetting_without_scripts(self, app: Flask, family: SignedUp, others: SignedUp) -> None:
        phone = http_client(app)
        with app.test_request_context():
            from flask import Response

            from app.registration.routes.proof import COOKIE, remember

            for one in (family, others):
                answer = Response()
                remember(answer, one.code)
                phone.set_cookie(COOKIE, answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0])
        page = phone.get(f"{manage(others)}/forget").text
        assert "Tiket tetap berlaku" in page
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        done = phone.post(f"{manage(others)}/forget", data={"csrf_token": token})
        assert (done.status_code, done.location) == (303, "/my-tickets")
        listed = phone.get("/my-tickets").text
        assert manage(others) not in listed
        assert "Tiket sudah dihapus dari HP ini" in listed
        assert phone.get(manage(others)).status_code == 200, "the tickets are as they were"


@pytest.mark.browser
class TestInABrowser:
    @pytest.fixture
    def context(self, browser: Browser) -> Iterator[BrowserContext]:
        context = browser.new_context(viewport={"width": 360, "height": 740}, locale="id-ID")
        yield context
        context.close()

    @pytest.fixture
    def page(self, context: BrowserContext) -> Page:
        return context.new_page()

    def test_flight_mode_after_one_visit(
        self, live_server: str, page: Page, context: BrowserContext, family: SignedUp, others: SignedUp,
        screen: dict[str, int],
    ) -> None:  # fmt: skip
        page.set_viewport_size(screen)  # type: ignore[arg-type]
        code = visited(page, live_server + manage(family))
        assert Axe().run(page).violations_count == 0
        context.set_offline(True)
        page.reload()
        expect(page.get_by_role("status")).to_contain_text("Tanpa sinyal")
        expect(page.get_by_role("status").locator("time")).to_contain_text(clock.local(clock.now()).strftime("%Y"))
        assert read_code(page) == code
        expect(page.get_by_role("heading", name=NAMES[1])).to_be_visible()
        assert (
            page.evaluate("getComputedStyle(document.querySelector('.ticket header')).color")
            == "rgb(255, 255, 255)"
        )
        expect(page.get_by_role("link", name="Unduh PDF")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert Axe().run(page).violations_count == 0
        for address in (
            manage(others),
            ticket(family),
            ticket(others),
            "/",
            "/my-tickets",
            f"{manage(family)}/cancel",
        ):
            tab = context.new_page()
            with pytest.raises(Error, match="net::ERR"):
                tab.goto(live_server + address)
            tab.close()
        page.goto("about:blank")
        context.set_offline(False)
        page.goto(live_server + manage(family), wait_until="commit")
        expect(page.get_by_role("link", name="Unduh PDF")).to_be_visible(timeout=45_000)
        assert kept_paths(page) == {manage(family)}

    def test_one_ticket_by_its_own_link(
        self, live_server: str, page: Page, context: BrowserContext, family: SignedUp
    ) -> None:
        code = visited(page, live_server + ticket(family, 1))
        context.set_offline(True)
        page.reload()
        assert read_code(page) == code
        page.goto("about:blank")
        context.set_offline(False)
        visited(page, live_server + ticket(family, 1))
        page.get_by_role("button", name="Hapus dari HP ini").click()
        expect(page.get_by_role("status").last).to_have_text("Sudah dihapus dari HP ini. Tiketnya tetap berlaku.")
        assert kept_paths(page) == set()

    def test_it_looks_after_tickets_alone(self, live_server: str, page: Page, family: SignedUp) -> None:
        visited(page, live_server + manage(family))
        scopes = page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.map((r) => r.scope))")
        assert scopes == [f"{live_server}/registrations/"]
        for address in ("/", "/my-tickets", "/activities/jalan-santai/register"):
            page.goto(live_server + address)
            assert page.evaluate("navigator.serviceWorker.controller") is None, address

    def test_a_change_shows_when_there_is_a_network(
        self, live_server: str, page: Page, context: BrowserContext, family: SignedUp
    ) -> None:
        visited(page, live_server + manage(family))
        in_transaction(lambda: services.cancel(family.registration_id, clock.now()))
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_contain_text("dibatalkan")
        context.set_offline(True)
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_contain_text("dibatalkan")
        expect(page.get_by_role("img", name="Kode QR tiket")).to_have_count(0)

    def test_a_link_that_no_longer_opens_is_forgotten(
        self, live_server: str, page: Page, context: BrowserContext, family: SignedUp
    ) -> None:
        visited(page, live_server + manage(family))
        with db.engine.begin() as connection:
            for table in reversed(db.metadata.sorted_tables):
                connection.execute(table.delete())
        page.reload()
        expect(page.get_by_role("heading", name="Di HP ini")).to_have_count(0)
        assert kept_paths(page) == set()

    def test_what_was_told_once_is_not_told_again(
        self, live_server: str, page: Page, context: BrowserContext, family: SignedUp
    ) -> None:
        visited(page, live_server + manage(family))
        page.get_by_role("link", name="Batalkan").click()
        page.get_by_label(NAMES[0]).uncheck()
        page.get_by_role("button", name="Ya, batalkan").click()
        expect(page.get_by_role("status").first).to_contain_text("dibatalkan")
        expect(page.get_by_role("heading", name="Di HP ini")).to_be_visible()
        context.set_offline(True)
        page.reload()
        expect(page.get_by_text("Pendaftaran 1 orang dibatalkan.")).to_have_count(0)
        expect(page.get_by_role("img", name="Kode QR tiket")).to_have_count(1)

    def test_a_borrowed_phone_forgets(
        self, live_server: str, page: Page, context: BrowserContext, family: SignedUp
    ) -> None:
        for address in (ticket(family), manage(family)):
            visited(page, live_server + address)
        assert kept_paths(page) == {ticket(family), manage(family)}
        page.get_by_role("link", name="Hapus dari HP ini").click()
        assert Axe().run(page).violations_count == 0
        page.get_by_role("button", name="Ya, hapus dari HP ini").click()
        expect(page.get_by_role("status").first).to_contain_text("Tiket sudah dihapus dari HP ini")
        assert kept_paths(page) == set()
        context.set_offline(True)
        with pytest.raises(Error, match="net::ERR"):
            page.goto(live_server + manage(family))

    def test_without_scripts_the_page_is_whole(self, live_server: str, browser: Browser, family: SignedUp) -> None:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(live_server + manage(family))
        expect(page.get_by_role("heading", name="Di HP ini")).to_be_hidden()
        expect(page.get_by_text("Tanpa sinyal. Ini tiket")).to_be_hidden()
        expect(page.get_by_role("img", name="Kode QR tiket")).to_have_count(2)
        context.close()


@pytest.mark.browser
class TestTheNetwork:
    def test_the_server_is_gone(self, settings: config.Settings, browser: Browser, family: SignedUp) -> None:
        context = browser.new_context(locale="id-ID")
        page = context.new_page()
        with running_server(settings, workers=1) as address:
            code = visited(page, address + manage(family))
        page.reload()
        expect(page.get_by_text("Tanpa sinyal. Ini tiket")).to_be_visible()
        assert read_code(page) == code
        context.close()

    def test_it_answers_too_slowly(self, live_server: str, browser: Browser, family: SignedUp) -> None:
        context = browser.new_context(locale="id-ID")
        page = context.new_page()
        with SlowWay(live_server) as way:
            visited(page, way.address + manage(family))
            way.hold()
            started = time.monotonic()
            page.reload()
            expect(page.get_by_text("Tanpa sinyal. Ini tiket")).to_be_visible()
            assert 2.5 < time.monotonic() - started < 6
        context.close()

    def test_the_server_is_broken(self, live_server: str, browser: Browser, family: SignedUp) -> None:
        context = browser.new_context(locale="id-ID")
        page = context.new_page()
        with SlowWay(live_server) as way:
            code = visited(page, way.address + manage(family))
            way.answer = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            page.reload()
            expect(page.get_by_text("Tanpa sinyal. Ini tiket")).to_be_visible()
            assert read_code(page) == code
        context.close()


class SlowWay:
    """A way to the server that can be held up, or answer in its place."""

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        self._to = (parts.hostname or "", parts.port or 0)
        self._held = threading.Event()
        self.answer = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def hold(self) -> None:
        """From now on nothing comes through."""
        self._held.set()

    def __enter__(self) -> SlowWay:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._socket.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._socket.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection(self._to) as server:
            back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
            back.start()
            self._copy(client, server, asked=True)

    def _copy(self, source: socket.socket, target: socket.socket, *, asked: bool = False) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if asked and self.answer:
                    source.sendall(self.answer)
                    source.close()
                    return
                if not self._held.is_set():
                    target.sendall(data)
            target.shutdown(socket.SHUT_WR)
