"""The local authority: what it certifies, what it refuses, and real connections by clients that trust it."""

from __future__ import annotations

import base64
import hashlib
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Error, Playwright

import config
from app import create_app
from app.core.db import db
from app.core.local_network import is_local
from app.operations import addresses, tls, trust
from app.operations.tls import NotLocal, local_certificate
from tests.conftest import test_settings
from tests.servers import chromium_options, free_port, pekan, server_environment

NOW = datetime(2026, 7, 20, tzinfo=UTC)
NAMES = ["192.168.1.5", "laptop.local", "localhost", "127.0.0.1", "::1"]


def server_certificate(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / trust.FOLDER / trust.SERVER).read_bytes())


def test_the_certificate_is_for_the_names_and_short_enough_for_phones(tmp_path: Path) -> None:
    made = local_certificate(tmp_path, NAMES, NOW)
    found = server_certificate(tmp_path)
    said = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in said] == NAMES
    assert found.not_valid_after_utc - found.not_valid_before_utc <= timedelta(days=398)
    assert made.key.stat().st_mode & 0o077 == 0
    assert (tmp_path / trust.FOLDER / trust.AUTHORITY_KEY).stat().st_mode & 0o077 == 0


def test_openssl_agrees(tmp_path: Path) -> None:
    made = local_certificate(tmp_path, NAMES, datetime.now(UTC))
    pem = tmp_path / "authority.pem"
    pem.write_text(ssl.DER_cert_to_PEM_cert(made.trust.der))
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", pem, made.certificate]
    assert subprocess.run(command, capture_output=True, check=True).returncode == 0
    told = subprocess.check_output(["openssl", "x509", "-in", pem, "-noout", "-fingerprint", "-sha256"], text=True)
    assert told.strip().endswith(made.trust.fingerprint)
    assert made.trust.fingerprint.replace(":", "").startswith(made.trust.short_fingerprint.replace(" ", ""))


def test_run_again_nothing_changes(tmp_path: Path) -> None:
    first = local_certificate(tmp_path, NAMES, NOW)
    before = server_certificate(tmp_path)
    again = local_certificate(tmp_path, NAMES, NOW + timedelta(days=100))
    assert (first.renewed, again.renewed) == (True, False)
    assert server_certificate(tmp_path) == before


@pytest.mark.parametrize("days", [0, 380])
def test_a_new_address_or_its_last_month_renews_the_certificate_and_keeps_the_authority(
    tmp_path: Path, days: int
) -> None:
    first = local_certificate(tmp_path, ["aula.lan", *NAMES], NOW)
    names = NAMES if days else ["10.0.0.9", *NAMES]
    again = local_certificate(tmp_path, names, NOW + timedelta(days=days))
    assert again.renewed
    assert again.trust == first.trust
    said = server_certificate(tmp_path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names) | {"aula.lan"} <= {str(name.value) for name in said}


def test_the_authority_is_made_anew_before_it_ends(tmp_path: Path) -> None:
    first = local_certificate(tmp_path, NAMES, NOW)
    again = local_certificate(tmp_path, NAMES, NOW + timedelta(days=800))
    assert again.trust != first.trust
    assert again.renewed


@pytest.mark.parametrize("file", [trust.AUTHORITY, trust.AUTHORITY_KEY, trust.SERVER, trust.SERVER_KEY])
def test_a_broken_or_missing_file_heals(tmp_path: Path, file: str) -> None:
    local_certificate(tmp_path, NAMES, NOW)
    path = tmp_path / trust.FOLDER / file
    for spoil in (lambda: path.write_bytes(path.read_bytes()[:40]), path.unlink):
        spoil()
        if file == trust.SERVER_KEY and path.exists():
            continue  # half a key is not looked into; files are written whole or not at all
        local_certificate(tmp_path, NAMES, NOW)
        server_certificate(tmp_path).verify_directly_issued_by(
            x509.load_der_x509_certificate(trust.authority(tmp_path).der)  # type: ignore[union-attr]
        )


@pytest.mark.parametrize("name", ["depok.go.id", "8.8.8.8", "2001:4860::1", "*.local", "a b.local", "", "-x.local"])
def test_what_is_not_local_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotLocal):
        local_certificate(tmp_path, [name], NOW)


@pytest.mark.parametrize(
    ("name", "local"),
    [
        ("10.0.0.1", True), ("172.15.0.1", False), ("172.16.0.1", True), ("172.32.0.1", False), ("fe80::1", True),
        ("laptop.local", True), ("xlocal", False), ("local.example", False), ("localhost", True), ("", False),
    ],
)  # fmt: skip
def test_local(name: str, local: bool) -> None:
    assert is_local(name) is local


def test_the_own_addresses_are_local_and_none_is_asked() -> None:
    found = addresses.everything()
    assert found
    assert all(is_local(name) for name in found)
    assert found[-2:] == ["127.0.0.1", "::1"]


def test_the_authority_cannot_speak_for_the_internet(tmp_path: Path) -> None:
    """The constraint itself is tried, with a certificate that our own code would refuse to make."""
    local_certificate(tmp_path, NAMES, datetime.now(UTC))
    folder = tmp_path / trust.FOLDER
    issuer, key = tls._authority(folder, datetime.now(UTC))
    bad, bad_key, pem = tmp_path / "bad.crt", tmp_path / "bad.key", tmp_path / "authority.pem"
    tls._issue(bad, bad_key, ["bank.co.id"], issuer, key, datetime.now(UTC))
    pem.write_text(ssl.DER_cert_to_PEM_cert((folder / trust.AUTHORITY).read_bytes()))
    done = subprocess.run(["openssl", "verify", "-CAfile", pem, bad], capture_output=True, text=True)
    assert done.returncode != 0
    assert "permitted subtree violation" in done.stdout + done.stderr


@dataclass(frozen=True)
class Running:
    secure: str
    plain: str
    authority: Path
    short: str


@pytest.fixture(scope="module")
def venue(app: Flask, settings: config.Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """``pekan serve --tls`` as somebody at the venue types it, on the database of this run."""
    instance = tmp_path_factory.mktemp("venue")
    port, plain = free_port(), free_port()
    environment = server_environment(settings, "") | {"PEKAN_INSTANCE": str(instance)}
    environment |= {"PUBLIC_URL": f"https://localhost:{port}"}
    log = (instance / f"server-{port}.log").open("wb")
    command = [pekan(), "serve", "--tls", "--host", "127.0.0.1", "--port", str(port), "--plain-port", str(plain)]
    process = subprocess.Popen(
        [*command, "--workers", "1", "--no-worker"], env=environment, stdout=log, stderr=log, start_new_session=True
    )
    try:
        _wait_for(port, process)
        pem = instance / "authority.pem"
        found = trust.authority(instance)
        assert found
        pem.write_text(ssl.DER_cert_to_PEM_cert(found.der))
        yield Running(f"https://localhost:{port}", f"http://127.0.0.1:{plain}", pem, found.short_fingerprint)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        log.close()
    assert httpx_refused(plain), "the door outlived the server"


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError("the server did not start")


def httpx_refused(port: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.processes
def test_a_client_that_trusts_the_authority_is_served(venue: Running) -> None:
    context = ssl.create_default_context(cafile=str(venue.authority))
    answer = httpx.get(f"{venue.secure}/scan", verify=context)
    assert answer.status_code == 200
    assert "strict-transport-security" not in answer.headers  # plain http of this host must stay possible
    by_address = venue.secure.replace("localhost", "127.0.0.1")
    assert httpx.get(f"{by_address}/healthz", verify=context).json() == {"status": "ok"}


@pytest.mark.processes
def test_a_client_that_does_not_is_not(venue: Running) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(venue.secure)


@pytest.mark.processes
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_old_and_new_phones_connect(venue: Running, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=str(venue.authority))
    context.minimum_version = context.maximum_version = version
    assert httpx.get(f"{venue.secure}/healthz", verify=context).status_code == 200


@pytest.mark.processes
def test_the_door_gives_page_and_certificate_by_plain_http_and_nothing_else(venue: Running) -> None:
    with httpx.Client(base_url=venue.plain) as phone:
        page = phone.get("/", follow_redirects=True)
        assert (page.status_code, page.url.path) == (200, "/trust")
        assert venue.short in page.text
        assert "set-cookie" not in page.headers
        styles = [part.split('"')[0] for part in page.text.split('href="')[1:] if ".css" in part.split('"')[0]]
        assert styles
        assert all(phone.get(path).status_code == 200 for path in styles)
        certificate = phone.get("/trust/pekan.crt")
        assert certificate.headers["content-type"] == trust.MEDIA_TYPE
        assert ssl.DER_cert_to_PEM_cert(certificate.content) == venue.authority.read_text()
        for path in ("/committee", "/sign-in/abc", "/api/v1/festival", "//evil.example/x"):
            answer = phone.get(f"{venue.plain}{path}")
            assert (answer.status_code, answer.headers["location"]) == (302, venue.secure)
        assert phone.head("/trust").status_code == 200
        assert phone.post("/trust").status_code == 501
        english = phone.get("/language/en?next=/trust", follow_redirects=True)
        assert '<html lang="en">' in english.text


@pytest.mark.browser
@pytest.mark.processes
def test_a_browser_without_the_authority_lacks_nothing_but_it(venue: Running, browser: Browser) -> None:
    """Names, lifetime and chain are in order: what it complains of is that it does not know the authority."""
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        browser.new_page().goto(f"{venue.secure}/scan")


@pytest.mark.browser
@pytest.mark.processes
def test_a_browser_that_trusts_the_server_has_camera_and_service_worker(
    venue: Running, playwright: Playwright, tmp_path: Path
) -> None:
    instance = venue.authority.parent
    public = server_certificate(instance).public_key()
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    pinned = base64.b64encode(hashlib.sha256(public.public_bytes(*form)).digest()).decode()
    options = chromium_options()
    options["args"] = [*options["args"], f"--ignore-certificate-errors-spki-list={pinned}"]  # type: ignore[misc]
    context = playwright.chromium.launch_persistent_context(tmp_path / "profile", **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{venue.secure}/scan")
    found = page.evaluate("[isSecureContext, 'mediaDevices' in navigator, 'serviceWorker' in navigator]")
    context.close()
    assert found == [True, True, True]


def test_no_authority_no_page(client: FlaskClient, settings: config.Settings, tmp_path: Path) -> None:
    made = create_app(test_settings(tmp_path, settings.database_url))
    bare = made.test_client()
    assert bare.get("/trust").status_code == 404
    assert bare.get("/trust/pekan.crt").status_code == 404
    with made.app_context():
        db.engine.dispose()


def test_strict_transport_security_is_for_the_internet(settings: config.Settings, tmp_path: Path) -> None:
    from dataclasses import replace

    for address, strict in (("https://pekan.depok.go.id", True), ("https://192.168.1.5:8000", False)):
        made = create_app(replace(test_settings(tmp_path, settings.database_url), public_url=address))
        headers = made.test_client().get("/healthz").headers
        assert ("Strict-Transport-Security" in headers) is strict
        assert made.config["SESSION_COOKIE_SECURE"]
        with made.app_context():
            db.engine.dispose()
