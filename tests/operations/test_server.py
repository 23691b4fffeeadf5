"""The server as it really runs: processes, static files, compression, metrics, stopping."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from app.core import assets

pytestmark = pytest.mark.processes


def test_health_and_metrics_of_all_workers(live_server: str) -> None:
    with httpx.Client(base_url=live_server) as browser:
        for _ in range(8):
            assert browser.get("/healthz").json() == {"status": "ok"}
        text = browser.get("/metrics").text
    counted = re.search(r'endpoint="core.healthz",method="GET",status="200"} (\d+)', text)
    assert counted
    assert int(counted[1]) >= 8


def test_a_server_brings_no_library_before_it_is_needed(tmp_path: Path) -> None:
    """Each is megabytes in every process; what they are for is asked a few times a day, or by another command."""
    rare = {"alembic", "httpx", "icalendar", "openpyxl", "PIL", "qrcode", "reportlab", "smtplib", "spectree"}
    program = f"""
import sys
from app.operations import cli, server
cli.create_app()
print(sorted({rare} & set(sys.modules)))"""
    environment = {"PATH": "", "PEKAN_INSTANCE": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_metrics_are_not_for_the_world(live_server: str) -> None:
    assert httpx.get(f"{live_server}/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_static_files_are_compressed_and_kept_for_a_year(live_server: str, encoding: str) -> None:
    path = f"{live_server}/static/{assets.version_of(assets.SOURCE)}/css/pekan.css"
    answer = httpx.get(path, headers={"Accept-Encoding": encoding})
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == encoding
    assert "max-age=31536000" in answer.headers["cache-control"]
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ".button" in answer.text


@pytest.mark.parametrize(
    "path", ["../config.py", "..%2fconfig.py", "%2e%2e/config.py", "css/../../config.py", "//etc/passwd"]
)
def test_static_files_stay_below_their_folder(live_server: str, path: str) -> None:
    answer = httpx.get(f"{live_server}/static/{assets.version_of(assets.SOURCE)}/{path}")
    assert answer.status_code == 404
    assert "SECRET" not in answer.text


def test_an_unknown_page_is_a_friendly_404(live_server: str) -> None:
    answer = httpx.get(f"{live_server}/tidak-ada")
    assert answer.status_code == 404
    assert "Halaman ini tidak ada" in answer.text
    assert "Traceback" not in answer.text


def test_json_errors_have_one_shape(live_server: str) -> None:
    answer = httpx.get(f"{live_server}/api/v1/tidak-ada")
    assert answer.status_code == 404
    assert set(answer.json()["error"]) == {"code", "message"}


def test_no_worker_dies_under_load(live_server: str) -> None:
    """Eight browsers for five seconds on a page that is rendered each time: nobody's connection is dropped."""
    until = time.monotonic() + 5

    def browse(number: int) -> Counter[int]:
        seen: Counter[int] = Counter()
        with httpx.Client(base_url=live_server) as browser:
            while time.monotonic() < until:
                seen[browser.get(f"/my-tickets?{number}").status_code] += 1
        return seen

    with ThreadPoolExecutor(8) as pool:
        seen = sum(pool.map(browse, range(8)), Counter())
    assert set(seen) <= {200, 404}  # 404 where no festival is loaded
    assert seen.total() > 50
