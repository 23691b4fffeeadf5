"""Signed ticket texts, derived tokens and token hashes. Pure: keys come in as arguments.

A ticket's QR code proves itself without a network: ``PK1:`` and the base45 of 13 payload bytes and an
Ed25519 signature (RFC 8032) over a fixed prefix and the payload. The prefix keeps a signature made for a
ticket from meaning anything elsewhere.
"""

import base64
import hashlib
import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.core import codes

QR_PREFIX: Final = "PK1:"
QR_TEXT_LENGTH: Final = 120
SIGNING_PREFIX: Final = b"pekan-ticket-v1\0"
PAYLOAD_BYTES: Final = 13
SIGNATURE_BYTES: Final = 64

_HEADER: Final = struct.Struct(">BHH")  # key id, festival, scope
_TOKEN_BYTES: Final = 16


class NotATicket(ValueError):
    """The text is no ticket of ours: other format, cut off, too long or not base45."""


class Forged(ValueError):
    """The text has a ticket's shape, but the key is unknown or the signature wrong.

    ``claimed`` is what the text says of itself: for the log, never to be believed.
    """

    def __init__(self, claimed: "TicketPayload") -> None:
        super().__init__("the ticket is not signed by a known key")
        self.claimed = claimed


@dataclass(frozen=True, slots=True)
class TicketPayload:
    """What a ticket's QR text says.

    Attributes:
        key_id: which signing key, 0..255.
        festival: number of the festival, 0..65535.
        scope: number of the activity first signed up for, 0..65535; 0 for a blank ticket.
        ticket_id: signed 64-bit ticket id (``codes.new_ticket_id``).
    """

    key_id: int
    festival: int
    scope: int
    ticket_id: int


def pack(payload: TicketPayload) -> bytes:
    """The 13 payload bytes, big endian: key id 1, festival 2, scope 2, ticket id 8.

    Raises:
        ValueError: a number does not fit its bytes.
    """
    try:
        header = _HEADER.pack(payload.key_id, payload.festival, payload.scope)
    except struct.error as error:
        raise ValueError("key id, festival or scope does not fit the ticket") from error
    return header + codes.ticket_id_bytes(payload.ticket_id)


def unpack(data: bytes) -> TicketPayload:
    """The payload of 13 bytes. ValueError for any other length."""
    if len(data) != PAYLOAD_BYTES:
        raise ValueError("a ticket payload has 13 bytes")
    key_id, festival, scope = _HEADER.unpack_from(data)
    ticket_id = codes.ticket_id_from_bytes(data[_HEADER.size :])
    return TicketPayload(key_id=key_id, festival=festival, scope=scope, ticket_id=ticket_id)


class TicketSigner:
    """Signs ticket texts with one Ed25519 key."""

    def __init__(self, seed: bytes, key_id: int = 1) -> None:
        """Take the 32-byte Ed25519 seed and the number of this key.

        Raises:
            ValueError: the seed has another length, or the key id is outside 0..255.
        """
        if not 0 <= key_id <= 255:
            raise ValueError("a key id is 0..255")
        self.key_id = key_id
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public_key_bytes(self) -> bytes:
        """The 32-byte public key, as scanners get it."""
        return self._key.public_key().public_bytes_raw()

    def qr_text(self, festival: int, scope: int, ticket_id: int) -> str:
        """The 120 characters of a ticket's QR code; the same input always gives the same text.

        Raises:
            ValueError: a number does not fit its bytes (see ``TicketPayload``).
        """
        data = pack(TicketPayload(self.key_id, festival, scope, ticket_id))
        return QR_PREFIX + codes.base45_encode(data + self._key.sign(SIGNING_PREFIX + data))

    def signature(self, festival: int, scope: int, ticket_id: int) -> bytes:
        """The 64 bytes at the end of that text: who has not seen the ticket cannot know them."""
        return self._key.sign(SIGNING_PREFIX + pack(TicketPayload(self.key_id, festival, scope, ticket_id)))


class TicketVerifier:
    """Reads ticket texts and believes only those signed by a known key."""

    def __init__(self, public_keys: Mapping[int, bytes]) -> None:
        """Take 32-byte Ed25519 public keys by key id. ValueError when one has another length."""
        self.public_keys: Mapping[int, bytes] = dict(public_keys)
        self._keys = {key_id: Ed25519PublicKey.from_public_bytes(data) for key_id, data in public_keys.items()}

    def read(self, text: str) -> TicketPayload:
        """The payload of a genuine ticket text. Takes any string; never trims, spaces are part of a text.

        Raises:
            NotATicket: not our format (prefix, length, base45).
            Forged: our format, but an unknown key or a wrong signature.
        """
        # The length goes first, so that kilobytes of nonsense cost nothing.
        if len(text) != QR_TEXT_LENGTH or not text.startswith(QR_PREFIX):
            raise NotATicket("not a ticket text")
        try:
            data = codes.base45_decode(text[len(QR_PREFIX) :])
        except ValueError as error:
            raise NotATicket("the ticket text is not base45") from error
        packed, signature = data[:PAYLOAD_BYTES], data[PAYLOAD_BYTES:]
        payload = unpack(packed)
        key = self._keys.get(payload.key_id)
        if key is None:
            raise Forged(payload)
        try:
            key.verify(signature, SIGNING_PREFIX + packed)
        except InvalidSignature:
            raise Forged(payload) from None
        return payload


def derive_token(secret: bytes, purpose: str, *parts: bytes | str | int) -> str:
    """A token that need not be stored: HMAC-SHA256 (RFC 2104) cut to 128 bits, 22 url-safe characters.

    Purpose and parts go in with their type and length before them, so that no two lists of parts make the
    same message: ("ab", "c"), ("a", "bc"), (1,) and ("1",) all differ.

    Raises:
        ValueError: the secret is empty.
    """
    if not secret:
        raise ValueError("a token cannot be derived from an empty secret")
    message = b"".join(
        kind + len(data).to_bytes(4, "big") + data for kind, data in map(_typed_bytes, (purpose, *parts))
    )
    mac = hmac.digest(secret, message, "sha256")
    return base64.urlsafe_b64encode(mac[:_TOKEN_BYTES]).rstrip(b"=").decode("ascii")


def same(a: str, b: str) -> bool:
    """Whether two strings are equal, in a time that does not tell where they differ. Any Unicode."""
    return hmac.compare_digest(_utf8(a), _utf8(b))


def hash_token(token: str) -> str:
    """SHA-256 in hex (64 characters) of a device, pairing or sign-in token, for storing.

    One fast hash without salt is enough, because these tokens are 128 random bits that nobody can guess
    through; a slow hash protects what people choose, and would cost its time at every scan. Never use this
    for a password.
    """
    return hashlib.sha256(_utf8(token)).hexdigest()


def _typed_bytes(part: bytes | str | int) -> tuple[bytes, bytes]:
    """A part of a derived token as its type letter and its bytes."""
    if isinstance(part, bytes):
        return b"b", part
    if isinstance(part, str):
        return b"s", _utf8(part)
    return b"i", str(int(part)).encode("ascii")


def _utf8(text: str) -> bytes:
    """UTF-8 that also takes lone surrogates, which JSON from outside can contain."""
    return text.encode("utf-8", "surrogatepass")
