"""``python -m bench.gate_camera``: from a camera frame of 1280 by 720 to the verdict on the screen.

A film with tickets, held up and taken away, plays in the fake camera of a real Chromium whose page runs six times
slower. The browser slows the page's own thread only, so what the decoder took on its thread is
counted six times here. The time runs from taking the frame that carried the code to the moment after the verdict
was painted.
"""

from __future__ import annotations

import argparse
import io
import logging
import secrets
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

import config
from app.core import qr
from bench import servers, town
from bench.gate_phone import Phone
from tests.servers import chromium_options

WANTED = 150.0  # ms, median
SLOWER = 6
FRAMES_A_SECOND = 30
SHOWN, AWAY = 1.6, 4.5  # seconds; a verdict leaves by itself after 2.5
SIZE = (1280, 720)
PAPER = (96, 104, 100)

_WATCH = """
(() => {
  const times = window.frames_of_bench = [];
  let frame = 0; // when the last frame was taken
  let read = null; // the first frame in which the last code was
  for (const name of ["VideoFrame", "createImageBitmap"]) {
    window[name] = new Proxy(window[name], {
      construct: (made, given) => { frame = performance.now(); return new made(...given); },
      apply: (made, _, given) => { frame = performance.now(); return made.apply(window, given); },
    });
  }
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, ...more) {
    if (message?.frame && !this.watched) {
      this.watched = true;
      this.addEventListener("message", ({ data }) => {
        if (!data.text || data.text === read?.text) return;
        read = { text: data.text, frame, decoder: data.ms };
      });
    }
    return post.call(this, message, ...more);
  };
  new MutationObserver(() => {
    const verdict = document.querySelector("#verdict");
    if (!verdict || verdict.hidden || verdict.counted) return;
    verdict.counted = true;
    const { frame: from, decoder } = read, kind = verdict.className;
    requestAnimationFrame(() => { const after = new MessageChannel();
      after.port1.onmessage = () => times.push({ whole: performance.now() - from, decoder, kind });
      after.port2.postMessage(0); });
    new MutationObserver((_all, watch) => { if (verdict.hidden) { verdict.counted = false; watch.disconnect(); } })
      .observe(verdict, { attributes: true });
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["hidden", "class"] });
})();
"""


def film(path: Path, texts: list[str]) -> None:
    """Tickets one after the other, each a little turned, on a table."""
    with path.open("wb") as file:
        for number, text in enumerate(texts):
            ticket = Image.open(io.BytesIO(qr.png(text, scale=8))).convert("RGB")
            held = Image.new("RGB", SIZE, PAPER)
            turned = ticket.rotate(number * 17 % 60 - 30, expand=True, fillcolor=PAPER)
            held.paste(turned, ((SIZE[0] - turned.width) // 2, (SIZE[1] - turned.height) // 2))
            for picture, seconds in ((held, SHOWN), (Image.new("RGB", SIZE, PAPER), AWAY)):
                stream = io.BytesIO()
                picture.save(stream, "JPEG", quality=60)
                file.write(stream.getvalue() * int(seconds * FRAMES_A_SECOND))


def watched(page: Page, count: int) -> list[dict[str, Any]]:
    """Start the camera and wait for so many verdicts."""
    page.evaluate("document.getElementById('start').click()")
    deadline = time.monotonic() + count * (SHOWN + AWAY) * 2 + 60
    while time.monotonic() < deadline:
        found = page.evaluate("window.frames_of_bench")
        if len(found) >= count:
            return list(found[:count])
        time.sleep(0.5)
    raise RuntimeError(f"only {len(found)} of {count} verdicts")


def main() -> int:
    """Entry of ``python -m bench.gate_camera``."""
    parser = argparse.ArgumentParser(prog="python -m bench.gate_camera", description=__doc__)
    parser.add_argument("--tickets", type=int, default=50_000)
    parser.add_argument("--scans", type=int, default=20)
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="pekan-bench-") as folder:
        instance = Path(folder)
        settings = config.Settings(
            instance=instance, database_url=f"sqlite:///{instance / 'pekan.sqlite3'}",
            secret_key=secrets.token_hex(32).encode(), ticket_key=secrets.token_bytes(32), ratelimit_enabled=False,
        )  # fmt: skip
        made = town.build(settings, tickets=options.tickets, gates=1)
        film(instance / "tickets.mjpeg", made.codes[: options.scans])
        launch: dict[str, Any] = chromium_options()
        launch["args"] = [
            *launch["args"], "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={instance / 'tickets.mjpeg'}",
        ]  # fmt: skip
        with servers.application(settings) as running, sync_playwright() as playwright:
            browser = playwright.chromium.launch(**launch)
            phone = Phone(browser, f"http://127.0.0.1:{running.port}", made.gates[0], SLOWER)
            phone.context.add_init_script(_WATCH)
            phone.page.goto("/scan")
            phone.until_ready()
            phone.page.wait_for_timeout(3000)
            phone.context.set_offline(True)
            phone.slow_down()
            found = watched(phone.page, options.scans)
            browser.close()
    whole = [one["whole"] + (SLOWER - 1) * one["decoder"] for one in found]
    middle = statistics.median(whole)
    decoder = SLOWER * statistics.median(one["decoder"] for one in found)
    lines = [
        f"camera frame of 1280x720 to verdict, median of {len(whole)}: {middle:.0f} ms (at most {WANTED:.0f})",
        f"the slowest: {max(whole):.0f} ms",
        f"of it on the decoder's thread, median: {decoder:.0f} ms",
        f"kinds of verdicts: {sorted({one['kind'] for one in found})}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(middle > WANTED)


if __name__ == "__main__":
    sys.exit(main())
