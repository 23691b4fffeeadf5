"""Mail by SMTP, one session for a batch.

Written on ``smtplib``'s commands instead of its ``sendmail``: a connection that is lost before the text was handed
over (nothing left) must be told from one that is lost after it (RFC 1047: nobody can know).
"""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from email.errors import MessageError as EmailError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate, parseaddr

from app.messaging.channels import Letter, digest_of
from app.messaging.rules import Channel, Down, Fault, Later, Outcome, Refused, Sent, Unclear
from config import MailServer, Security

TIMEOUT = 10.0  # seconds for each answer
ANSWER_TIMEOUT = 30.0  # for the answer to the text, while the server looks for spam
DEADLINE = 60.0  # no text is handed over later than this after the attempt began (rules.LEASE)


class _Lost(Exception):
    """The connection is gone, or useless, and nothing was handed over."""


class MailCarrier:
    """Hands mail over to the committee's server."""

    channel = Channel.MAIL

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._sender = parseaddr(server.sender)[1]
        self._smtp: smtplib.SMTP | None = None
        self._used = False
        self.digest = digest_of(
            server.host, server.port, server.security, server.sender, server.user, server.password
        )

    def open(self) -> Down | None:
        """Connect, encrypt, sign in."""
        self.close()
        try:
            self._smtp = self._connect()
            if self._server.user:
                self._smtp.login(self._server.user, self._server.password)
        except smtplib.SMTPAuthenticationError as error:
            self.close()
            return _refused_sign_in(error.smtp_code)
        except smtplib.SMTPNotSupportedError:  # no way to sign in that both know
            self.close()
            return Down(Fault.SIGN_IN_REFUSED, stopped=True)
        except (ssl.SSLError, _Insecure):
            self.close()
            return Down(Fault.INSECURE)
        except (OSError, smtplib.SMTPException):
            self.close()
            return Down(Fault.UNREACHABLE)
        return None

    def send(self, letter: Letter) -> Outcome:
        """Hand one mail over; a session that died while it rested is opened anew, once."""
        until = time.monotonic() + DEADLINE
        identity = message_id(letter.mark, self._sender)
        try:
            text = as_bytes(letter, self._server.sender, identity)
        except (ValueError, LookupError, AttributeError, EmailError):  # what the library does with odd addresses
            return Refused(Fault.ADDRESS_REFUSED)
        for _attempt in range(2):
            if self._smtp is None and (down := self.open()):
                return down
            try:
                return self._hand_over(letter.address, text, identity, until)
            except (_Lost, smtplib.SMTPServerDisconnected, OSError):
                self.close()
        return Down(Fault.UNREACHABLE)

    def probe(self) -> Down | None:
        """Connect and sign in."""
        down = self.open()
        self.close()
        return down

    def close(self) -> None:
        """Say goodbye, without waiting long for an answer."""
        smtp, self._smtp, self._used = self._smtp, None, False
        if smtp is None:
            return
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(2)
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        server, name = self._server, self._sender.partition("@")[2]
        if server.security is Security.TLS:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(server.host, server.port, name, timeout=TIMEOUT, context=context)
        smtp = smtplib.SMTP(server.host, server.port, name, timeout=TIMEOUT)
        try:
            self._encrypt(smtp)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        if self._server.security is Security.NONE:
            return
        smtp.ehlo()
        if self._server.security is Security.STARTTLS:
            if not smtp.has_extn("starttls"):
                raise _Insecure
            smtp.starttls(context=ssl.create_default_context())
        elif smtp.has_extn("starttls"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # to ourselves: nobody stands between
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            smtp.starttls(context=context)

    def _hand_over(self, address: str, text: bytes, identity: str, until: float) -> Outcome:
        smtp = self._smtp
        assert smtp is not None  # noqa: S101 - opened by send
        smtp.ehlo_or_helo_if_needed()
        used, self._used = self._used, True
        if settled := self._envelope(smtp, address, used=used):
            return settled
        if time.monotonic() > until:
            raise _Lost
        code, _text = smtp.docmd("DATA")
        if code != 354:
            return self._not_taken(smtp, code)
        return self._text(smtp, text, identity)

    def _envelope(self, smtp: smtplib.SMTP, address: str, *, used: bool) -> Outcome | None:
        """From and to; None when both were taken."""
        code, _text = smtp.mail(self._sender)
        if code // 100 != 2:
            if used:
                raise _Lost  # many servers take only so many mails in one session
            self.close()
            return Down(Fault.TRY_LATER) if code // 100 == 4 else _refused_sender(code)
        code, _text = smtp.rcpt(address)
        if code // 100 == 2:
            return None
        if code == 421:
            raise _Lost
        if code == 530:  # it wants a password, and only now says so
            self.close()
            return _refused_sender(code)
        self._reset(smtp)
        return Later(Fault.TRY_LATER) if code // 100 == 4 else Refused(Fault.ADDRESS_REFUSED)

    def _text(self, smtp: smtplib.SMTP, text: bytes, identity: str) -> Outcome:
        """The text itself. From here on, silence means that it may have left."""
        try:
            smtp.send(re.sub(rb"(?m)^\.", b"..", text) + b".\r\n")
            if smtp.sock is not None:
                smtp.sock.settimeout(ANSWER_TIMEOUT)
            code, _text = smtp.getreply()
            if smtp.sock is not None:
                smtp.sock.settimeout(TIMEOUT)
        except (smtplib.SMTPServerDisconnected, OSError):
            self.close()
            return Unclear()
        return Sent(identity) if code // 100 == 2 else self._not_taken(smtp, code)

    def _not_taken(self, smtp: smtplib.SMTP, code: int) -> Outcome:
        if code == 421:
            self.close()
        else:
            self._reset(smtp)
        return Refused(Fault.CONTENT_REFUSED) if code // 100 == 5 else Later(Fault.TRY_LATER, everybody=True)

    def _reset(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.rset()
        except (smtplib.SMTPServerDisconnected, OSError):  # it was said, and that counts
            self.close()


class _Insecure(Exception):
    """The server offers no encryption where it is demanded."""


def message_id(mark: str, sender: str) -> str:
    """The Message-ID of a message: the same at every attempt, so that a repeat can be recognised."""
    return f"<pekan-{mark}@{sender.partition('@')[2]}>"


def as_bytes(letter: Letter, sender: str, identity: str) -> bytes:
    """The mail as it goes over the wire: plain text, UTF-8, lines that end in CRLF."""
    mail = EmailMessage(policy=SMTP_POLICY)
    name, address = parseaddr(sender)
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = Address(addr_spec=letter.address)
    mail["Subject"] = letter.subject
    mail["Date"] = formatdate(usegmt=True)
    mail["Message-ID"] = identity
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices, please
    mail.set_content(letter.body, cte="quoted-printable")
    mail["Content-Language"] = letter.language
    return mail.as_bytes()


def _refused_sign_in(code: int) -> Down:
    if code // 100 == 4:
        return Down(Fault.UNREACHABLE)
    return Down(Fault.SIGN_IN_REFUSED, stopped=True)  # asking again and again would lock the account


def _refused_sender(code: int) -> Down:
    return Down(Fault.SIGN_IN_REFUSED if code == 530 else Fault.SENDER_REFUSED, stopped=True)
