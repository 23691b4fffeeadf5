"""Mail against a real SMTP server: what it looks like, and every way a server or a network can say no."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.messaging.channels import Letter, mail
from app.messaging.channels.mail import MailCarrier
from app.messaging.rules import Down, Fault, Later, Refused, Sent, Unclear
from config import MailServer, Security
from tests.messaging.servers import PASSWORD, USER, MailHost, certificate, mail_host, password_check
from tests.servers import free_port

BODY = "Anda terdaftar di Donor darah · jam 09.10 WIB ✓\n.satu titik di depan\n" + "x" * 1200 + "\nSelesai."


def letter(number: int = 1, **fields: object) -> Letter:
    known = {
        "id": number, "kind": "confirmation", "phone": "+6281234567890", "address": "siti@example.org",
        "subject": f"Terdaftar – nomor {number}", "body": BODY, "language": "id", "mark": f"{number}.abc",
        "attempt": 1,
    }  # fmt: skip
    return Letter(**{**known, **fields})  # type: ignore[arg-type]


@pytest.fixture
def host() -> Iterator[MailHost]:
    with mail_host() as made:
        yield made


@contextmanager
def carrying(server: MailServer) -> Iterator[MailCarrier]:
    carrier = MailCarrier(server)
    try:
        yield carrier
    finally:
        carrier.close()


def send(server: MailServer, *letters: Letter) -> list[object]:
    with carrying(server) as carrier:
        return [carrier.open() or carrier.send(one) for one in letters]


def test_what_a_mail_looks_like(host):
    (outcome,) = send(host.server(), letter())
    (sent,) = host.box.mails
    assert outcome == Sent("<pekan-1.abc@depok.go.id>")
    assert sent["Message-ID"] == "<pekan-1.abc@depok.go.id>"
    assert sent["From"] == "Pekan Koperasi Depok <pekan@depok.go.id>"
    assert (sent["To"], sent["Subject"]) == ("siti@example.org", "Terdaftar – nomor 1")
    assert (sent["Auto-Submitted"], sent["Content-Language"]) == ("auto-generated", "id")
    assert sent.get_content_type() == "text/plain"
    assert sent.get_content_charset() == "utf-8"
    assert sent.get_content().replace("\r\n", "\n").strip() == BODY
    assert "Date" in sent


def test_one_session_for_a_batch(host):
    with carrying(host.server()) as carrier:
        assert carrier.open() is None
        assert [type(carrier.send(letter(n))) for n in range(5)] == [Sent] * 5
    assert (host.box.sessions, len(host.box.mails)) == (1, 5)


def test_the_same_message_has_the_same_id_at_every_attempt(host):
    send(host.server(), letter(7), letter(7, attempt=2))
    assert len(set(host.box.ids)) == 1


def test_starttls_is_demanded_with_a_known_certificate_and_carries_the_password(tmp_path, monkeypatch):
    pem, context = certificate(tmp_path)
    options = {
        "authenticator": password_check, "auth_required": True, "auth_require_tls": True, "require_starttls": True,
    }  # fmt: skip
    with mail_host(tls_context=context, **options) as host:
        server = host.server(Security.STARTTLS, user=USER, password=PASSWORD)
        assert send(server, letter()) == [Down(Fault.INSECURE)]  # nobody knows the certificate
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        assert send(server, letter()) == [Sent("<pekan-1.abc@depok.go.id>")]
        wrong = host.server(Security.STARTTLS, user=USER, password="salah")
        assert send(wrong, letter()) == [Down(Fault.SIGN_IN_REFUSED, stopped=True)]
        without = host.server(Security.STARTTLS)
        assert send(without, letter()) == [Down(Fault.SIGN_IN_REFUSED, stopped=True)]
        here = host.server(Security.IF_OFFERED, user=USER, password=PASSWORD)
        monkeypatch.delenv("SSL_CERT_FILE")
        assert send(here, letter()) == [Sent("<pekan-1.abc@depok.go.id>")]


def test_no_password_is_sent_where_no_encryption_is_offered():
    with mail_host(authenticator=password_check, auth_require_tls=False) as host:
        server = host.server(Security.STARTTLS, user=USER, password=PASSWORD)
        assert send(server, letter()) == [Down(Fault.INSECURE)]
        assert host.box.mails == []


def test_tls_from_the_first_byte(tmp_path, monkeypatch):
    pem, context = certificate(tmp_path)
    with mail_host(ssl_context=context) as host:
        assert send(host.server(Security.TLS), letter()) == [Down(Fault.INSECURE)]
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        assert send(host.server(Security.TLS), letter()) == [Sent("<pekan-1.abc@depok.go.id>")]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("550 5.1.1 no such user", Refused(Fault.ADDRESS_REFUSED)),
        ("553 bad mailbox", Refused(Fault.ADDRESS_REFUSED)),
        ("450 4.2.0 greylisted", Later(Fault.TRY_LATER)),
        ("452 too many recipients", Later(Fault.TRY_LATER)),
        ("530 5.7.0 sign in first", Down(Fault.SIGN_IN_REFUSED, stopped=True)),
    ],
)
def test_what_a_server_says_of_an_address(host, answer, outcome):
    host.box.to = answer
    with carrying(host.server()) as carrier:
        assert carrier.open() is None
        assert carrier.send(letter()) == outcome
        host.box.to = None
        assert isinstance(carrier.send(letter(2)), Sent)  # the session is as good as before


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("554 5.7.1 spam", Refused(Fault.CONTENT_REFUSED)),
        ("451 4.3.0 try again", Later(Fault.TRY_LATER, everybody=True)),
        ("452 disk full", Later(Fault.TRY_LATER, everybody=True)),
        ("421 going down", Later(Fault.TRY_LATER, everybody=True)),
    ],
)
def test_what_a_server_says_of_a_text(host, answer, outcome):
    host.box.text = answer
    with carrying(host.server()) as carrier:
        assert carrier.open() is None
        assert carrier.send(letter()) == outcome
        host.box.text = None
        assert isinstance(carrier.send(letter(2)), Sent)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("550 not you", Down(Fault.SENDER_REFUSED, stopped=True)),
        ("451 not now", Down(Fault.TRY_LATER)),
        ("530 sign in first", Down(Fault.SIGN_IN_REFUSED, stopped=True)),
    ],
)
def test_what_a_server_says_of_us(host, answer, outcome):
    host.box.greet = answer
    assert send(host.server(), letter()) == [outcome]


def test_a_server_that_takes_only_so_many_in_one_session(host):
    taken = iter(range(100))
    host.box.greet = lambda: "452 enough for one session" if next(taken) % 3 == 2 else None  # type: ignore[assignment, return-value]
    with carrying(host.server()) as carrier:
        assert carrier.open() is None
        assert [type(carrier.send(letter(n))) for n in range(6)] == [Sent] * 6
    assert len(host.box.mails) == 6
    assert host.box.sessions > 1


def test_silence_after_the_text_is_unclear_and_before_it_is_not(host):
    host.box.hang_up = "data"
    assert send(host.server(), letter()) == [Unclear()]
    assert len(host.box.mails) == 1
    host.box.hang_up = "rcpt"
    assert send(host.server(), letter()) == [Down(Fault.UNREACHABLE)]
    assert len(host.box.mails) == 1


def test_a_session_that_died_while_it_rested_is_opened_anew(host):
    with carrying(host.server()) as carrier:
        assert carrier.open() is None
        assert isinstance(carrier.send(letter(1)), Sent)
        host.down()
        host.up()
        assert isinstance(carrier.send(letter(2)), Sent)
        host.down()
        assert carrier.send(letter(3)) == Down(Fault.UNREACHABLE)


def test_nobody_there():
    server = MailServer("127.0.0.1", free_port(), Security.IF_OFFERED, "pekan@depok.go.id")
    assert MailCarrier(server).open() == Down(Fault.UNREACHABLE)
    assert MailCarrier(server).probe() == Down(Fault.UNREACHABLE)
    assert MailCarrier(server).send(letter()) == Down(Fault.UNREACHABLE)


def test_a_server_that_says_nothing_at_all(monkeypatch):
    monkeypatch.setattr(mail, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = MailServer("127.0.0.1", silent.getsockname()[1], Security.IF_OFFERED, "pekan@depok.go.id")
        assert MailCarrier(server).open() == Down(Fault.UNREACHABLE)


def test_a_server_that_answers_the_text_too_late(monkeypatch):
    monkeypatch.setattr(mail, "ANSWER_TIMEOUT", 0.2)
    with half_a_server() as port:
        server = MailServer("127.0.0.1", port, Security.IF_OFFERED, "pekan@depok.go.id")
        assert send(server, letter()) == [Unclear()]


@contextmanager
def half_a_server() -> Iterator[int]:
    """Says yes to all, and nothing after the text."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk() -> None:
            connection, _address = listening.accept()
            with connection, connection.makefile("rb") as lines:
                connection.sendall(b"220 hello\r\n")
                for line in lines:
                    if line.upper().startswith(b"DATA"):
                        connection.sendall(b"354 go on\r\n")
                        break
                    connection.sendall(b"250 OK\r\n")
                while lines.readline():
                    pass

        thread = threading.Thread(target=talk)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)
        assert not thread.is_alive()


@pytest.mark.parametrize("address", ["", "no address", "a@b\r\nRCPT TO:<x@y>", "sitı@example.org", "a@b@c"])
def test_what_is_no_address_is_refused_and_nothing_breaks(host, address):
    with carrying(host.server()) as carrier:
        assert carrier.open() is None
        assert isinstance(carrier.send(letter(address=address)), Refused)
        assert isinstance(carrier.send(letter(2)), Sent)
    assert len(host.box.mails) == 1


def test_a_subject_cannot_add_headers(host):
    send(host.server(), letter(subject="Halo\nBcc: x@y.z"))
    assert all("Bcc" not in mail for mail in host.box.mails)


def test_the_digest_changes_with_the_password(host):
    first, second = host.server(user=USER, password="a"), host.server(user=USER, password="b")
    assert MailCarrier(first).digest != MailCarrier(second).digest
    assert len(MailCarrier(first).digest) == 16


def test_the_probe(host, tmp_path: Path):
    assert MailCarrier(host.server()).probe() is None
    assert host.box.mails == []
