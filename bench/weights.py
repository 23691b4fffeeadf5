"""What a page weighs: all that a real Chromium loads for it over the wire, nothing in its cache."""

from __future__ import annotations

import json
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from bench.town import WALK, Town
from tests.servers import chromium_options
from tests.town import FAMILY


@dataclass(frozen=True)
class Weight:
    """Bytes over the wire, headers with them, by address."""

    parts: dict[str, int]

    @property
    def kilobytes(self) -> float:
        """The sum in kB (10^3 bytes)."""
        return sum(self.parts.values()) / 1000


def of_pages(town: Town, port: int) -> dict[str, Weight]:
    """Schedule, sign-up form, and the page with the tickets of four people."""
    address = f"http://127.0.0.1:{port}"
    paths = {"schedule": "/", "sign-up": f"/activities/{WALK}/register", "tickets of four": _family(town, address)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium_options())  # type: ignore[arg-type]
        try:
            return {name: _weigh(browser, address + path) for name, path in paths.items()}
        finally:
            browser.close()


def _weigh(browser: Browser, address: str) -> Weight:
    return over_the_wire(browser.new_context(viewport={"width": 360, "height": 740}, locale="id-ID"), address)


def over_the_wire(context: BrowserContext, address: str) -> Weight:
    """What a fresh context loads for a page; closes it."""
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    urls: dict[str, str] = {}
    parts: dict[str, int] = {}

    def asked(event: dict[str, Any]) -> None:
        urls[event["requestId"]] = event["request"]["url"].partition("?")[0]

    def loaded(event: dict[str, Any]) -> None:
        url = urls.get(event["requestId"], "?")
        if url.startswith("http"):
            parts[url] = parts.get(url, 0) + int(event["encodedDataLength"])

    wire.on("Network.requestWillBeSent", asked)
    wire.on("Network.loadingFinished", loaded)
    page.goto(address, wait_until="networkidle")
    context.close()
    return Weight(parts)


def _family(town: Town, address: str) -> str:
    body = {
        "slot_id": str(town.walk_slot), "contact": {"name": FAMILY[0]["name"], "phone": "0812 0000 0000"},
        "participants": FAMILY, "answers": {}, "consent": True,
    }  # fmt: skip
    request = urllib.request.Request(
        f"{address}/api/v1/registrations", json.dumps(body).encode(),
        {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())},
    )  # fmt: skip
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["manage_url"]).removeprefix(address)
