"""The door by which phones get the authority's certificate: plain http, a handful of ready answers, nothing else.

Without it a phone would meet a warning about the very certificate it came to learn. It reads nothing of a request
but its first line and the language cookie; everything else it sends on to https.
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.core.i18n import COOKIE, LANGUAGES

if TYPE_CHECKING:
    from flask import Flask

PAGE = "/trust"
_KEPT_HEADERS = ("Content-Type", "Content-Disposition", "Content-Security-Policy", "X-Content-Type-Options")


@dataclass(frozen=True, slots=True)
class Answer:
    """A body as the application gave it, with the headers that matter here."""

    body: bytes
    headers: Mapping[str, str]


Answers = Mapping[tuple[str, str], Answer]  # (path, language)


def ready_answers(app: Flask) -> Answers:
    """The page about the certificate in all languages, the certificate, and the style sheets and pictures of it."""
    found: dict[tuple[str, str], Answer] = {}
    for language in LANGUAGES:
        client = app.test_client()
        client.set_cookie(COOKIE, language)
        todo, seen = [PAGE], set()
        while todo:
            path = todo.pop()
            if path in seen:
                continue
            seen.add(path)
            reply = client.get(path)
            if reply.status_code != 200:
                continue
            kept = {name: reply.headers[name] for name in _KEPT_HEADERS if name in reply.headers}
            found[path, language] = Answer(reply.get_data(), kept)
            if reply.mimetype in ("text/html", "text/css"):
                todo += _parts_of(reply.get_data(as_text=True), path)
    return found


def _parts_of(text: str, path: str) -> list[str]:
    """Addresses below /static and /trust that a page or a style sheet names."""
    named = re.findall(r'(?:href|src)="(/(?:static|trust)/[^"?#]+)"', text)
    relative = re.findall(r"url\(\.\./([\w./-]+)\)", text)
    above = path.rsplit("/", 2)[0]
    return [*named, *(f"{above}/{name}" for name in relative)]


class TrustServer(ThreadingHTTPServer):
    """Bound when made, so that a port that is taken is told before anything starts."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, port: int, answers: Answers, secure: str) -> None:
        self.answers, self.secure = answers, secure
        super().__init__((host, port), _Handler)

    def run_beside(self, parent: int) -> None:
        """Serve in a process of its own until told to stop or the parent is gone."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

        def watch() -> None:
            while os.getppid() == parent:
                time.sleep(1)
            os._exit(0)

        threading.Thread(target=watch, daemon=True).start()
        self.serve_forever()


class _Handler(BaseHTTPRequestHandler):
    server: TrustServer
    server_version, sys_version = "pekan", ""
    timeout = 10  # seconds for a request's head; nobody is waited for longer

    def do_GET(self) -> None:
        self._reply(with_body=True)

    def do_HEAD(self) -> None:
        self._reply(with_body=False)

    def _reply(self, *, with_body: bool) -> None:
        path = urlsplit(self.path).path
        if path == "/":
            return self._send(302, b"", {"Location": PAGE})
        if path.startswith("/language/") and path.removeprefix("/language/") in LANGUAGES:
            chosen = f"{COOKIE}={path.removeprefix('/language/')}; Path=/; SameSite=Lax; HttpOnly"
            return self._send(302, b"", {"Location": PAGE, "Set-Cookie": chosen})
        found = self.server.answers.get((path, self._language()))
        if found is None:
            # never what was asked for: an address must not be made of what somebody sent
            return self._send(302, b"", {"Location": self.server.secure})
        return self._send(200, found.body if with_body else b"", found.headers, len(found.body))

    def _language(self) -> str:
        with suppress(CookieError):
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
            if cookie and cookie.value in LANGUAGES:
                return cookie.value
        return LANGUAGES[0]

    def _send(self, status: int, body: bytes, headers: Mapping[str, str], length: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody's address is written down."""
