"""Make the pictures of the README: the walk of a new user, taken in a real browser on a server of its own.

Run from the project's folder after ``make test`` has prepared the browser: .venv/bin/python docs/make_pictures.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from flask_migrate import upgrade
from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app import create_app  # noqa: E402
from tests import town, walk  # noqa: E402
from tests.conftest import test_settings  # noqa: E402
from tests.servers import chromium_options, running_server  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"


def snap(page: Page, name: str) -> None:
    """One picture, in few colours so that the repository stays small."""
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as image:
        image.convert("RGB").quantize(128).save(path, optimize=True)
    sys.stdout.write(f"{path.relative_to(ROOT)}\n")


def main() -> None:
    """Load the sample into a new SQLite file, serve it, walk."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    options = chromium_options()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        instance = Path(folder)
        settings = test_settings(instance, f"sqlite:///{instance / 'pekan.sqlite3'}")
        app = create_app(settings)
        with app.app_context():
            upgrade()
        town.load(app)
        with running_server(settings) as server:
            browser = playwright.chromium.launch(**options)
            text = walk.ticket_texts(browser, walk.resident(browser, server, snap))[0]
            pairing = walk.committee(browser, server, town.committee_link(app), snap)
            with walk.phone_with_camera(playwright.chromium, options, text, instance) as phone:
                walk.volunteer(phone, pairing, snap)


if __name__ == "__main__":
    main()
