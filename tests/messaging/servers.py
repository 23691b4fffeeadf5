"""A real mail server and a real HTTP server that speaks WhatsApp's Cloud API, both on this machine."""

from __future__ import annotations

import datetime
import email
import email.policy
import ipaddress
import json
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from config import MailServer, Security, WhatsApp
from tests.servers import free_port

USER, PASSWORD = "pekan", "rahasia sekali"
Answer = str | Callable[[], str] | None


@dataclass
class MailBox:
    """What the server took, and what it was told to say. An answer may be a text, or a function that decides."""

    mails: list[EmailMessage] = field(default_factory=list)
    sessions: int = 0
    to: Answer = None
    text: Answer = None
    hang_up: str | None = None  # "rcpt": before the text; "data": after it was taken
    greet: Answer = None

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]

    @property
    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.mails]


class _Handler:
    def __init__(self, box: MailBox) -> None:
        self.box = box

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        envelope.mail_from = address
        return _say(self.box.greet) or "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.box.hang_up == "rcpt":
            server.transport.abort()
            return "421 gone"
        if refusal := _say(self.box.to):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        if refusal := _say(self.box.text):
            return refusal
        self.box.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        if self.box.hang_up == "data":
            server.transport.abort()
        return "250 taken"


def _say(answer: Answer) -> str | None:
    return answer() if callable(answer) else answer


class _Controller(Controller):
    def __init__(self, box: MailBox, **options: Any) -> None:
        self._box = box
        super().__init__(_Handler(box), **options)

    def factory(self) -> SMTP:
        self._box.sessions += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a password without TLS is unwise is the point of some tests
            return super().factory()


class MailHost:
    """A mail server that can go down and come up again on the same port."""

    def __init__(self, box: MailBox, **options: Any) -> None:
        self.box, self.port, self._options = box, free_port(), options
        self._controller: _Controller | None = None

    def up(self) -> None:
        self._controller = _Controller(self.box, hostname="127.0.0.1", port=self.port, **self._options)
        before = self.box.sessions
        self._controller.start()  # looks itself whether it answers
        self.box.sessions = before

    def down(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    def server(self, security: Security = Security.IF_OFFERED, **fields: str) -> MailServer:
        sender = "Pekan Koperasi Depok <pekan@depok.go.id>"
        return MailServer("127.0.0.1", self.port, security, sender, **fields)


@contextmanager
def mail_host(**options: Any) -> Iterator[MailHost]:
    """A mail server until the block ends."""
    host = MailHost(MailBox(), **options)
    host.up()
    try:
        yield host
    finally:
        host.down()


def password_check(_server: SMTP, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    """Lets in who knows the password."""
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that nobody knows, and a context for the server that has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return pem, context


@dataclass
class Meta:
    """WhatsApp's Cloud API as far as we use it. ``answer`` decides by the parsed body; None takes the message."""

    port: int
    token: str = "secret-token"
    phone_id: str = "106540352242922"
    taken: list[dict[str, Any]] = field(default_factory=list)
    requests: int = 0
    answer: Callable[[dict[str, Any]], tuple[int, Any] | None] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0

    def account(self, **fields: Any) -> WhatsApp:
        known = {
            "url": f"http://127.0.0.1:{self.port}", "version": "v23.0", "phone_id": self.phone_id,
            "token": self.token, "templates": {"*": "pekan_message"}, "app_secret": "app-secret",
            "verify_token": "verify-me",
        }  # fmt: skip
        return WhatsApp(**{**known, **fields})

    def texts(self) -> list[str]:
        """What people read."""
        return [
            body["text"]["body"] if body["type"] == "text" else _parameter(body["template"]) for body in self.taken
        ]


def _parameter(template: dict[str, Any]) -> str:
    return template["components"][0]["parameters"][0]["text"]


def error(code: int, subcode: int | None = None) -> dict[str, Any]:
    """The body of an error as Meta's documentation shows it."""
    return {
        "error": {
            "message": f"(#{code}) Something", "type": "OAuthException", "code": code,
            **({"error_subcode": subcode} if subcode else {}),
            "error_data": {"messaging_product": "whatsapp", "details": "…"}, "fbtrace_id": "A1b2",
        }
    }  # fmt: skip


class _MetaServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _MetaHandler)
        self.meta = Meta(self.server_port)


class _MetaHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _MetaServer

    def log_message(self, *_args: object) -> None:
        pass

    def do_GET(self) -> None:
        if self._known(""):
            self._say(200, {"id": self.server.meta.phone_id})

    def do_POST(self) -> None:
        state = self.server.meta
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        state.requests += 1
        if not self._known("/messages"):
            return
        refused = state.answer(body) if state.answer else None
        if refused == (0, None):  # says nothing, hangs up
            self.close_connection = True
        elif refused:
            self._say(*refused)
        else:
            self._take(body)

    def _take(self, body: dict[str, Any]) -> None:
        state = self.server.meta
        assert body["messaging_product"] == "whatsapp"
        state.taken.append(body)
        time.sleep(state.wait)
        contacts = [{"input": body["to"], "wa_id": body["to"]}]
        messages = [{"id": f"wamid.{len(state.taken):04d}"}]
        self._say(200, {"messaging_product": "whatsapp", "contacts": contacts, "messages": messages})

    def _known(self, path: str) -> bool:
        state = self.server.meta
        if self.headers["Authorization"] != f"Bearer {state.token}":
            self._say(401, error(190))
            return False
        if urlsplit(self.path).path != f"/v23.0/{state.phone_id}{path}":
            self._say(400, error(100, 33))
            return False
        return True

    def _say(self, status: int, body: Any) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in self.server.meta.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def meta() -> Iterator[Meta]:
    """A server of the Cloud API until the block ends."""
    server = _MetaServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.meta
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
