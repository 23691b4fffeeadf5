"""What is made with the installation's keys, for services and queries that do not know Flask."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from app.core.crypto import TicketSigner, TicketVerifier, derive_token


def ticket_text(festival_id: int, scope: int, ticket_id: int) -> str:
    """The signed text of a ticket's QR code (api.md, QR text)."""
    signer: TicketSigner = current_app.extensions["pekan_signer"]
    return signer.qr_text(festival_id, scope, ticket_id)


def ticket_signature(festival_id: int, scope: int, ticket_id: int) -> bytes:
    """The signature in that text, which only a holder of the ticket has."""
    signer: TicketSigner = current_app.extensions["pekan_signer"]
    return signer.signature(festival_id, scope, ticket_id)


def public_ticket_keys() -> Mapping[int, bytes]:
    """The 32-byte public keys that tickets may be signed with, by their numbers."""
    verifier: TicketVerifier = current_app.extensions["pekan_verifier"]
    return verifier.public_keys


def derived(purpose: str, *parts: bytes | str | int) -> str:
    """A link secret that is never stored: 128 bits by HMAC from SECRET_KEY."""
    return derive_token(_secret(), purpose, *parts)


def seal(purpose: str, value: Any) -> str:
    """A signed text for a cookie. Readable by its holder, but not to be changed."""
    return str(_sealer(_secret(), purpose).dumps(value))


def unseal(purpose: str, text: str, max_age: int) -> Any:
    """The value that was sealed at most ``max_age`` seconds ago, None for anything else."""
    try:
        return _sealer(_secret(), purpose).loads(text, max_age=max_age)
    except BadData:
        return None


@lru_cache(maxsize=16)
def _sealer(secret: bytes, purpose: str) -> URLSafeTimedSerializer:
    """Made once a purpose: it tries out its own JSON first."""
    return URLSafeTimedSerializer(secret, salt=f"pekan-{purpose}")


def _secret() -> bytes:
    key: bytes = current_app.config["SECRET_KEY"]
    return key
