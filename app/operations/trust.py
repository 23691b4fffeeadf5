"""The local authority as the phones of a venue need it: its certificate, and what tells it from another's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

FOLDER = "tls"  # below the instance folder
AUTHORITY, AUTHORITY_KEY = "authority.crt", "authority.key"
SERVER, SERVER_KEY = "server.crt", "server.key"
MEDIA_TYPE = "application/x-x509-ca-cert"  # what makes a phone offer to install it
FILE_NAME = "pekan.crt"


@dataclass(frozen=True, slots=True)
class Trust:
    """The authority's certificate in DER, as phones take it."""

    der: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, ``AB:12:…``, as phones and ``openssl x509 -fingerprint`` write it."""
        digest = hashlib.sha256(self.der).hexdigest().upper()
        return ":".join(digest[n : n + 2] for n in range(0, len(digest), 2))

    @property
    def short_fingerprint(self) -> str:
        """Its first eight bytes in groups, short enough to be compared by eye with the laptop's screen."""
        digits = self.fingerprint.replace(":", "")[:16]
        return " ".join(digits[n : n + 4] for n in range(0, 16, 4))


def authority(instance: Path) -> Trust | None:
    """The authority that ``pekan tls`` made here, or None."""
    try:
        return Trust((instance / FOLDER / AUTHORITY).read_bytes())
    except OSError:
        return None
