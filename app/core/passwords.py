"""Hashes of passwords: argon2id, sized for a small server. Pure; slow on purpose, so never in a transaction."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# RFC 9106 asks for more memory where there is some; OWASP's password storage sheet gives 19 MiB, 2 passes and
# 1 lane as the least. A volunteers' server has 1 GB and two cores: 20 ms and 19 MiB a sign-in.
HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """A new salted hash, at most 200 characters."""
    return HASHER.hash(_bytes(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; without a hash it takes the same time and says no."""
    nobody = _nobody()  # made here for known names too: the first call takes twice as long whoever it is for
    try:
        HASHER.verify(password_hash or nobody, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """True for a hash made with other parameters than today's."""
    return HASHER.check_needs_rehash(password_hash)


@cache
def _nobody() -> str:
    """The hash that a name without an account is checked against."""
    return HASHER.hash(b"nobody")


def _bytes(password: str) -> bytes:
    # One keyboard sends é as one character, another as two (NIST SP 800-63B, 5.1.1.2 asks to make them equal).
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
