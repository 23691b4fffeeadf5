"""The installed scanner: opens without a network, and takes an update only when it is told to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.checkin.conftest import Gate
from tests.checkin.phone.conftest import Phone, pairing_code


@pytest.fixture
def installed(new_phone: Callable[[], Phone], live_gate: Gate) -> Page:
    """The scanner's own page, paired, with its service worker in charge and data on the phone."""
    page = new_phone().page
    page.goto(f"/scan#{pairing_code(live_gate)}")
    page.get_by_label("Nama petugas atau HP").fill("Siti, HP hitam")
    page.get_by_role("button", name="Pasangkan HP ini").click()
    expect(page.get_by_role("button", name="Mulai memindai")).to_be_visible()
    page.evaluate("""new Promise((done) => {
      const look = () => (navigator.serviceWorker.controller ? done() : setTimeout(look, 50));
      look();
    })""")
    page.wait_for_timeout(500)
    return page


@pytest.mark.browser
def test_opens_without_a_network(installed: Page, live_gate: Gate) -> None:
    ticket = live_gate.ticket("Budi Santoso")
    installed.reload()
    expect(installed.locator("#admitted")).to_have_attribute("data-count", "0")
    installed.wait_for_timeout(1000)
    installed.context.set_offline(True)
    installed.reload()
    expect(installed.get_by_role("button", name="Mulai memindai")).to_be_visible()
    installed.get_by_label("Kode tiket").fill(ticket.qr)
    installed.get_by_role("button", name="Periksa").click()
    expect(installed.locator("#verdict.in")).to_contain_text("Budi Santoso")
    decoder = """new Promise((done, fail) => {
      const script = document.querySelector('script[type=module]').src;
      const worker = new Worker(new URL('decoder.js', script), { type: 'module' });
      worker.onmessage = ({ data }) => (data.ready ? done(true) : fail(new Error('not loaded')));
      worker.onerror = () => fail(new Error('no worker'));
    })"""
    assert installed.evaluate(decoder) is True  # the reader of QR codes and its WebAssembly are there as well
    again = installed.context.new_page()
    again.goto("/scan?from=home")  # a new tab, as from the home screen
    again.get_by_role("button", name="Pakai yang ini").click()
    expect(again.get_by_role("button", name="Mulai memindai")).to_be_visible()


@pytest.mark.browser
def test_an_update_waits_until_it_is_wanted(installed: Page) -> None:
    """Another language is another release: its page and its worker differ."""
    installed.context.add_cookies([{"name": "lang", "value": "en", "url": installed.url}])
    waiting = """navigator.serviceWorker.getRegistration('/scan').then(async (registration) => {
      await registration.update();
      while (!registration.waiting) await new Promise((done) => setTimeout(done, 50));
      return (await caches.keys()).filter((name) => name.startsWith('pekan-gate:')).length;
    })"""
    assert installed.evaluate(waiting) == 2
    installed.reload()
    expect(installed.locator("html")).to_have_attribute("lang", "id")  # a shift goes on with what it began with
    told = """navigator.serviceWorker.getRegistration('/scan').then((registration) => new Promise((done) => {
      navigator.serviceWorker.addEventListener('controllerchange', () => done(true));
      registration.waiting.postMessage('install');
    }))"""
    assert installed.evaluate(told) is True
    installed.reload()
    expect(installed.locator("html")).to_have_attribute("lang", "en")
    kept = "caches.keys().then((names) => names.filter((name) => name.startsWith('pekan-gate:')).length)"
    assert installed.evaluate(kept) == 1


def release(text: str) -> dict[str, object]:
    found = re.match(r"const RELEASE = (.*);\n", text)
    assert found
    return dict(json.loads(found[1]))


def test_the_worker_names_every_file_the_scanner_may_load(app: Flask, ctx: None) -> None:
    client = app.test_client()
    answer = client.get("/gate-worker.js")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
    assert answer.content_type.startswith("text/javascript")
    assert client.get("/gate-worker.js").data == answer.data  # or phones would find an update at every look
    again = client.get("/gate-worker.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    told = release(answer.text)
    files = told["files"]
    assert isinstance(files, list)
    page = client.get("/scan").text
    linked = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert set(linked) <= set(files)
    names = {file.rpartition("/")[2] for file in files}
    assert {"engine.js", "decoder.js", "zxing_reader.wasm", "gate.css", "icon.svg"} <= names
    for file in files:
        with client.get(file) as found:
            assert found.status_code == 200, file


def test_the_home_screen_opens_the_scanner(app: Flask, ctx: None) -> None:
    client = app.test_client()
    answer = client.get("/scan/manifest.webmanifest")
    assert answer.content_type == "application/manifest+json"
    assert (answer.json["start_url"], answer.json["scope"]) == ("/scan", "/scan")
    assert f'<link rel="manifest" href="{"/scan/manifest.webmanifest"}">' in client.get("/scan").text
