"""A name that only somebody with the ticket can read: sealed with the signature in its QR text.

A lost phone with the data of 50,000 tickets reveals nobody. The key is HKDF-SHA256 (RFC 5869) of the 64 bytes of
the signature, with a salt of its own for each sealing, so that no key is ever used twice and the nonce may be zero
(NIST SP 800-38D, 8.2).
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MOST_BYTES: Final = 239  # of a name in UTF-8: with its tag of 16 it fits the one byte that tells its length
SALT_BYTES: Final = 4
_INFO: Final = b"pekan-name-v1"
_NONCE: Final = bytes(12)


def seal_name(name: str, signature: bytes, festival_salt: bytes) -> bytes:
    """One byte n, 4 bytes of salt, n bytes of AES-256-GCM. A name over 239 bytes is cut at a character."""
    plain = name.encode("utf-8", "replace")[:MOST_BYTES].decode("utf-8", "ignore").encode()
    salt = secrets.token_bytes(SALT_BYTES)
    sealed = AESGCM(_key(signature, festival_salt, salt)).encrypt(_NONCE, plain, None)
    return bytes([len(sealed)]) + salt + sealed


def open_name(sealed: bytes, signature: bytes, festival_salt: bytes) -> str:
    """The name again. Raises cryptography's InvalidTag for another ticket's signature."""
    salt, data = sealed[1 : 1 + SALT_BYTES], sealed[1 + SALT_BYTES :]
    return AESGCM(_key(signature, festival_salt, salt)).decrypt(_NONCE, data, None).decode()


def _key(signature: bytes, festival_salt: bytes, salt: bytes) -> bytes:
    """HKDF by hand: one block of output, and a third of the time."""
    extracted = hmac.digest(festival_salt, signature, "sha256")
    return hmac.digest(extracted, _INFO + salt + b"\x01", "sha256")
