"""``python -m bench.gate_reading``: which camera frames the scanner reads, in a real Chromium, and how fast.

Needs OpenCV beside the development dependencies (``pip install --group bench``). A frame counts as read when the
scanner's decoder gives the ticket's text while the same frame is held before it as often as its looks take turns
(four times, 0.4 s at a gate).
"""

from __future__ import annotations

import argparse
import base64
import json
import secrets
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import cv2
from playwright.sync_api import Page, sync_playwright

import config
from app import create_app
from app.core.crypto import TicketSigner
from bench import gate_frames
from bench.measure import say
from tests.servers import chromium_options, running_server

TURNS = 4
WANTED = 0.80  # of the frames
READ = """
async ([frames, turns]) => {
  const script = document.querySelector('script[src*="/js/checkin/scanner.js"]').src;
  const worker = new Worker(new URL("./decoder.js", script), { type: "module" });
  const answer = () => new Promise((done) => { worker.onmessage = ({ data }) => done(data); });
  if ((await answer()).failed) throw new Error("the decoder did not start");
  // A camera's frame as Chromium gives it: brightness (16 to 235) first, then the colours, which are grey.
  const filmed = async (picture) => {
    const bitmap = await createImageBitmap(picture);
    const [width, height] = [bitmap.width & ~1, bitmap.height & ~1];
    const context = new OffscreenCanvas(width, height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const planes = new Uint8Array(width * height * 1.5).fill(128);
    for (let at = 0; at < width * height; at++) {
      const grey = 0.2126 * data[4 * at] + 0.7152 * data[4 * at + 1] + 0.0722 * data[4 * at + 2];
      planes[at] = Math.round(16 + grey * 219 / 255);
    }
    return new VideoFrame(planes, { format: "I420", codedWidth: width, codedHeight: height, timestamp: 0 });
  };
  const ask = async (picture) => {
    const frame = await filmed(picture);
    const begun = performance.now();
    worker.postMessage({ frame }, [frame]);
    const { text } = await answer();
    return { text, ms: performance.now() - begun };
  };
  const reset = async (text) => { while ((await ask(await easy)).text !== text) { /* the looks begin anew */ } };
  const blob = (data) => new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: "image/png" });
  const easy = Promise.resolve(blob(frames[4].png)), easyText = frames[4].text;
  for (let i = 0; i < 20; i++) await ask(await easy);
  const found = [];
  for (const { png, text } of frames) {
    await reset(easyText);
    const picture = blob(png), looks = [];
    for (let turn = 0; turn < turns; turn++) {
      looks.push(await ask(picture));
      if (looks.at(-1).text !== null) break;
    }
    const last = looks.at(-1).text;
    found.push({ read: last === text, wrong: last !== null && last !== text, ms: looks.map((look) => look.ms) });
  }
  return found;
}
"""


@contextmanager
def scanner_page() -> Iterator[Page]:
    """The scanner's page of a fresh installation."""
    with tempfile.TemporaryDirectory(prefix="pekan-frames-") as folder:
        instance = Path(folder)
        settings = config.Settings(
            instance=instance, database_url=f"sqlite:///{instance / 'pekan.sqlite3'}",
            secret_key=secrets.token_hex(32).encode(), ticket_key=secrets.token_bytes(32), ratelimit_enabled=False,
        )  # fmt: skip
        app = create_app(settings)
        with app.app_context():
            from flask_migrate import upgrade

            upgrade()
        with running_server(settings) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(**chromium_options())  # type: ignore[arg-type]
            page = browser.new_page()
            page.goto(f"{address}/scan")
            yield page
            browser.close()


def tickets() -> list[str]:
    """The texts of two tickets, always the same."""
    signer = TicketSigner(bytes(range(32)))
    ids = (0x00_1B_2F_8A_44_9C_01_E7, 0x00_1B_30_11_C2_55_F0_3A)
    return [signer.qr_text(1, 7, ticket_id) for ticket_id in ids]


def measured(page: Page) -> tuple[list[gate_frames.Perturbation], list[dict[str, Any]]]:
    """What was done to each frame, and what came of it."""
    drawn = [
        (what, text, base64.b64encode(cv2.imencode(".png", picture)[1].tobytes()).decode())
        for what, text, picture in gate_frames.frames(tickets())
    ]
    frames = [{"png": png, "text": text} for _what, text, png in drawn]
    return [what for what, _text, _png in drawn], page.evaluate(READ, [frames, TURNS])


def main() -> None:
    """Draw, read, say."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", type=Path, help="write the numbers here too")
    given = options.parse_args()
    with scanner_page() as page:
        done, found = measured(page)
    read = [one for one in found if one["read"]]
    firsts = [one["ms"][0] for one in found]
    for kind, count in Counter(what.kind for what in done).items():
        hits = sum(one["read"] for what, one in zip(done, found, strict=True) if what.kind == kind)
        missed = sorted(
            {what.label for what, one in zip(done, found, strict=True) if what.kind == kind and not one["read"]}
        )
        say(f"{kind:16} {hits:3} of {count:3}" + (f"   not: {', '.join(missed)}" if missed else ""))
    summary = {
        "frames": len(found),
        "read": len(read),
        "share": len(read) / len(found),
        "read_at_first_look": sum(len(one["ms"]) == 1 for one in read),
        "wrong": sum(one["wrong"] for one in found),
        "first_look_ms": median(firsts),
        "longest_look_ms": max(max(one["ms"]) for one in found),
        "patient_look_ms": median(one["ms"][1] for one in found if len(one["ms"]) > 1),
    }
    say(json.dumps(summary, indent=1))
    if given.json:
        given.json.write_text(json.dumps(summary, indent=1) + "\n")
    if summary["share"] < WANTED:
        raise SystemExit(f"only {summary['share']:.0%} of the frames were read, {WANTED:.0%} are wanted")


if __name__ == "__main__":
    main()
