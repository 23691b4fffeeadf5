"""The camera in browsers that give away less than the newest: the ticket is read all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserType, expect

from tests.checkin.conftest import Gate
from tests.checkin.fake_camera import film
from tests.checkin.phone.conftest import pairing_code
from tests.checkin.test_pages import PHONE, pair

pytestmark = pytest.mark.browser

BROWSERS = {
    "newest": "",
    "without frames": "delete window.VideoFrame",
    "without bitmaps": "delete window.VideoFrame; delete window.createImageBitmap; delete window.OffscreenCanvas",
    "frames that cannot be made": "window.VideoFrame = class { constructor() { throw new DOMException('no'); } }",
    "frames that cannot be sent": """
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (message, ...more) {
        if (message?.frame instanceof VideoFrame) throw new DOMException("no", "DataCloneError");
        return post.call(this, message, ...more);
      }""",
    "frames that are empty when they arrive": """
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (message, ...more) {
        if (message?.frame instanceof VideoFrame) { message.frame.close(); return post.call(this, { frame: {} }); }
        return post.call(this, message, ...more);
      }""",
}


@pytest.mark.parametrize("kind", BROWSERS)
def test_a_ticket_is_read_in_every_browser(
    kind: str, live_server: str, live_gate: Gate, browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any], tmp_path: Path,
) -> None:  # fmt: skip
    played = film(tmp_path / "ticket.mjpeg", live_gate.ticket("Budi").qr)
    args = [
        *browser_type_launch_args["args"], "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={played}",
    ]  # fmt: skip
    browser = browser_type.launch(**{**browser_type_launch_args, "args": args})
    try:
        context = browser.new_context(viewport=PHONE, base_url=live_server)
        context.add_init_script(BROWSERS[kind])
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        pair(page, pairing_code(live_gate))
        page.get_by_role("button", name="Mulai memindai").click()
        expect(page.locator("#verdict.in")).to_contain_text("Budi", timeout=20_000)
        assert errors == []
    finally:
        browser.close()
