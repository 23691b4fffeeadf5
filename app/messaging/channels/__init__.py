"""What carries messages out of the house. A channel knows its provider, and nothing of the database."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

from app.messaging.rules import Channel, Down, Outcome
from config import Settings


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as a channel needs it.

    ``mark`` is the same at every attempt, and different for every message; ``attempt`` counts from 1.
    """

    id: int
    kind: str
    phone: str
    address: str
    subject: str
    body: str
    language: str
    mark: str
    attempt: int


class Carrier(Protocol):
    """One provider. ``digest`` changes when its settings do."""

    channel: Channel
    digest: str

    def open(self) -> Down | None:
        """Get ready for a batch; None when that worked."""

    def send(self, letter: Letter) -> Outcome:
        """Hand one message over. Never raises for what a provider or a network may do."""

    def probe(self) -> Down | None:
        """Ask the provider whether it would take something, without sending anything."""

    def close(self) -> None:
        """Let go of connections."""


def carriers(settings: Settings) -> list[Carrier]:
    """The channels that are set up here. Their libraries are loaded only where somebody sends."""
    found: list[Carrier] = []
    if settings.mail:
        from app.messaging.channels.mail import MailCarrier

        found.append(MailCarrier(settings.mail))
    if settings.whatsapp:
        from app.messaging.channels.whatsapp import WhatsAppCarrier

        found.append(WhatsAppCarrier(settings.whatsapp))
    return found


def digest_of(*parts: object) -> str:
    """A short fingerprint of settings, which tells nothing of them."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:16]
