"""Decisions about messages: which channel carries one, when to try again, what a sign of delivery changes."""

from __future__ import annotations

import enum


class Channel(enum.StrEnum):
    """What carries a message to a person. ``hand``: the committee's own WhatsApp."""

    HAND = "hand"
    MAIL = "mail"
    WHATSAPP = "whatsapp"


class MessageStatus(enum.StrEnum):
    """Where a message stands. ``sending``: a worker has it, or had it when it died."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    DROPPED = "dropped"


class Fault(enum.StrEnum):
    """Why a message, or a whole channel, does not get through; at most 24 letters."""

    UNREACHABLE = "unreachable"  # no connection, no answer, or "come back later" to everybody
    INSECURE = "insecure"  # the server offers no encryption, or a certificate that is not its own
    SIGN_IN_REFUSED = "sign_in_refused"  # password or token
    ACCOUNT_STOPPED = "account_stopped"  # locked, unpaid, not registered
    RATE_LIMIT = "rate_limit"
    ADDRESS_REFUSED = "address_refused"
    CONTENT_REFUSED = "content_refused"
    TEMPLATE_REFUSED = "template_refused"
    WINDOW_CLOSED = "window_closed"  # WhatsApp: only a template may open a conversation
    UNDELIVERABLE = "undeliverable"  # no WhatsApp on this number, or not to be had
    TRY_LATER = "try_later"
    UNCLEAR = "unclear"  # no answer after the text was handed over
    TOO_OLD = "too_old"  # nobody would want it any more


def choose_channel(address: str | None, *, mail: bool, whatsapp: bool) -> Channel:
    """What carries a message: mail to who gave an address, else WhatsApp, each where it is set up; else a hand."""
    if address and mail:
        return Channel.MAIL
    return Channel.WHATSAPP if whatsapp else Channel.HAND
