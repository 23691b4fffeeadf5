"""``python -m bench.gate_phone``: the gate on a phone (real Chromium, its CPU slowed six times), 50,000 tickets.

Measures on the scanner's own page: from a text to its verdict on the screen, without a network and with one; from
opening the page to data that can judge; and from opening it once more without a network.
"""

from __future__ import annotations

import argparse
import logging
import math
import re
import secrets
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

import config
from bench import servers, town
from tests.servers import chromium_options

SLOWER = 6
PHONE = {"width": 360, "height": 740}

# Notes when the header shows a count (the data are there) and when a verdict has been painted.
_WATCH = """
window.bench = { ready: null, painted: null };
new MutationObserver(() => {
  if (bench.ready === null && document.querySelector("#admitted[data-count]")) bench.ready = performance.now();
  const verdict = document.querySelector("#verdict");
  if (bench.wanted && verdict && !verdict.hidden) {
    const done = bench.wanted;
    bench.wanted = null;
    requestAnimationFrame(() => { const after = new MessageChannel();
      after.port1.onmessage = () => done(performance.now()); after.port2.postMessage(0); });
  }
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
# As a hand-held scanner types it, so that nothing but the text comes before the verdict.
_SCAN = """async (text) => {
  document.activeElement?.blur();
  const event = (key) => new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  const type = (key) => document.body.dispatchEvent(event(key));
  for (const key of text) type(key);
  await new Promise((done) => setTimeout(done, 20));
  const painted = new Promise((done) => { bench.wanted = done; });
  const from = performance.now();
  type("Enter");
  const took = (await painted) - from;
  const kind = document.getElementById("verdict").className;
  document.getElementById("verdict-close").click();
  return [took, kind];
}"""
_DEVICE = """async ([prefix, device]) => {
  const { openStore } = await import(`${prefix}js/checkin/store.js`);
  const db = await openStore();
  await db.put("settings", device, "device");
  db.close();
}"""

_NAMES = """new Promise((done) => { const open = indexedDB.open("pekan-gate"); open.onsuccess = () => {
  const asked = open.result.transaction("settings").objectStore("settings").get("names");
  asked.onsuccess = () => { open.result.close(); done(asked.result !== undefined); }; }; })"""


@dataclass(frozen=True)
class Line:
    """One figure: milliseconds, and the most it may be, where that was said."""

    what: str
    milliseconds: float
    most: float = math.inf

    def __str__(self) -> str:
        limit = f"  (at most {self.most:.0f})" if self.most < math.inf else ""
        return f"{self.what:<72} {self.milliseconds:8.0f} ms{limit}"


class Phone:
    """A slowed page of a phone that is paired, with nothing else on it."""

    def __init__(self, browser: Browser, address: str, gate: town.Gate, slower: float) -> None:
        self.context: BrowserContext = browser.new_context(base_url=address, viewport=PHONE, locale="id-ID")
        self.context.add_init_script(_WATCH)
        self.page: Page = self.context.new_page()
        self.slower = slower
        self.page.goto("/healthz")
        found = re.search(r"/static/[0-9a-f]+/", self.page.request.get("/scan").text())
        if found is None:
            raise RuntimeError("the scanner has no scripts")
        device = {
            "key": "bench",
            "token": gate.tokens[0],
            "name": "HP",
            "point": {"slug": gate.slug, "name": gate.slug},
        }
        self.page.evaluate(_DEVICE, [found[0], device])

    def slow_down(self) -> None:
        self.context.new_cdp_session(self.page).send("Emulation.setCPUThrottlingRate", {"rate": self.slower})

    def until(self, script: str) -> Any:
        """The first value of an expression that is not null or false (Playwright's own waiting needs eval)."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            found = self.page.evaluate(script)
            if found:
                return found
            time.sleep(0.05)
        raise RuntimeError(f"never true: {script}")

    def until_ready(self) -> float:
        """Milliseconds from the beginning of the navigation until the data can judge."""
        return float(self.until("window.bench?.ready"))

    def scans(self, texts: list[str], kind: str) -> list[float]:
        """Milliseconds from text to painted verdict, for each."""
        took = []
        for text in texts:
            milliseconds, shown = self.page.evaluate(_SCAN, text)
            if kind not in shown:
                raise RuntimeError(f"a verdict of another kind: {shown}")
            took.append(float(milliseconds))
            self.page.wait_for_timeout(600)  # its work after the verdict; nobody scans faster
        return took


def measured(browser: Browser, address: str, made: town.Town, scans: int, runs: int, slower: float) -> list[Line]:
    """All lines. Loads count on the CPU as it is; slowed down they are there to be known."""
    lines: list[Line] = []
    for speed, first_most, again_most in ((1.0, 3000, 1000), (slower, math.inf, math.inf)):
        firsts, again = zip(*(loads(browser, address, made.gates[run], speed) for run in range(runs)), strict=True)
        how = f"CPU {speed:.0f}× slower" if speed > 1 else "CPU as it is"
        count = len(made.codes)
        lines.append(Line(f"first load, {count} tickets, {how}", statistics.median(firsts), first_most))
        lines.append(Line(f"opened again without a network, {how}", statistics.median(again), again_most))
    phone = Phone(browser, address, made.gates[0], slower)
    settle(phone)
    codes, half = made.codes, len(made.codes) // 2
    phone.context.set_offline(True)
    phone.scans(codes[:5], " in")
    lines += percentiles(
        "offline, text to painted verdict", phone.scans(codes[half : half + scans], " in"), 60, 150
    )
    again_texts = codes[half : half + scans // 2]
    lines += percentiles("offline, a ticket that is in already", phone.scans(again_texts, " again"), 60, 150)
    phone.context.set_offline(False)
    phone.until("document.querySelector('#unsent')?.className !== 'some'")
    phone.page.wait_for_timeout(2000)
    fresh = codes[half + scans : half + scans + scans // 2]
    return lines + percentiles("online, text to painted verdict of the server", phone.scans(fresh, " in"))


def settle(phone: Phone) -> float:
    """Open the scanner and wait for all it does once, which must not fall into scans; milliseconds until ready."""
    phone.slow_down()
    phone.page.goto("/scan")
    ready = phone.until_ready()
    phone.until("navigator.serviceWorker.controller !== null")
    phone.until(_NAMES)
    return ready


def loads(browser: Browser, address: str, gate: town.Gate, slower: float) -> tuple[float, float]:
    """Milliseconds until a new phone is ready, and until it is once more without a network."""
    phone = Phone(browser, address, gate, slower)
    first = settle(phone)
    phone.context.set_offline(True)
    phone.page.reload()
    again = phone.until_ready()
    phone.context.close()
    return first, again


def percentiles(what: str, took: list[float], median: float = math.inf, p99: float = math.inf) -> list[Line]:
    """Median and 99th percentile with their limits."""
    ordered = sorted(took)
    last = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    return [
        Line(f"{what}, median of {len(took)}", statistics.median(took), median),
        Line(f"{what}, p99", last, p99),
    ]


def main() -> int:
    """Entry of ``python -m bench.gate_phone``."""
    parser = argparse.ArgumentParser(prog="python -m bench.gate_phone", description=__doc__)
    parser.add_argument("--tickets", type=int, default=50_000)
    parser.add_argument("--scans", type=int, default=200, help="scans without a network; half of that with one")
    parser.add_argument("--runs", type=int, default=3, help="loads a number is the median of")
    parser.add_argument("--slower", type=float, default=SLOWER, help="how many times slower the CPU is made")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="pekan-bench-") as folder:
        instance = Path(folder)
        settings = config.Settings(
            instance=instance, database_url=f"sqlite:///{instance / 'pekan.sqlite3'}",
            secret_key=secrets.token_hex(32).encode(), ticket_key=secrets.token_bytes(32), ratelimit_enabled=False,
        )  # fmt: skip
        made = town.build(settings, tickets=options.tickets, gates=options.runs)
        with servers.application(settings) as running, sync_playwright() as playwright:
            launch: dict[str, Any] = chromium_options()
            browser = playwright.chromium.launch(**launch)
            address = f"http://127.0.0.1:{running.port}"
            lines = measured(browser, address, made, options.scans, options.runs, options.slower)
            browser.close()
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return int(any(line.milliseconds > line.most for line in lines))


if __name__ == "__main__":
    sys.exit(main())
