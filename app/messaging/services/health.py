"""What the doctor says of messages. All of it is a warning: no invariant of ours depends on a provider."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core import clock
from app.core.hooks import Finding
from app.core.settings import settings
from app.messaging import queries
from app.messaging.channels import carriers
from app.messaging.models import Channel

SLOW = timedelta(minutes=15)
SLOW_BY_HAND = timedelta(hours=24)


def check() -> list[Finding]:
    """Whether providers would take messages, and how long messages wait."""
    now = clock.now()
    return _providers() + _ages(now) + _failures(now)


def _providers() -> list[Finding]:
    found = []
    for carrier in carriers(settings()):
        if down := carrier.probe():
            found.append(
                _warning(f"{_NAMES[carrier.channel]} does not work: {_MEANING.get(down.fault, down.fault)}.")
            )
    whatsapp = settings().whatsapp
    if whatsapp and not whatsapp.app_secret:
        found.append(_warning("WHATSAPP_APP_SECRET is not set: whether WhatsApp messages arrive stays unknown."))
    return found


def _ages(now: datetime) -> list[Finding]:
    found = []
    for channel, waiting in queries.waiting().items():
        age = now - waiting.oldest
        if age > (SLOW_BY_HAND if channel is Channel.HAND else SLOW):
            hours = age.total_seconds() / 3600
            found.append(
                _warning(f"{waiting.number} messages wait for {_NAMES[channel]}, the oldest for {hours:.1f} hours.")
            )
    return found


def _failures(now: datetime) -> list[Finding]:
    number = queries.failed_since(now - timedelta(hours=24))
    return (
        [_warning(f"{number} messages failed within 24 hours: see the committee's page of messages.")]
        if number
        else []
    )


def _warning(text: str) -> Finding:
    return Finding("messages", text, broken=False)


_NAMES = {Channel.HAND: "the committee's hands", Channel.MAIL: "mail", Channel.WHATSAPP: "WhatsApp"}
_MEANING = {
    "unreachable": "the server cannot be reached",
    "insecure": "the server offers no encryption, or a certificate that is not its own",
    "sign_in_refused": "the password or token is refused",
    "sender_refused": "the server refuses our sender address",
    "account_stopped": "the account is locked, unpaid, or not registered",
    "rate_limit": "too many messages for now",
}
