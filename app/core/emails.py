"""Mail addresses as people type them. Checked softly: only a message that arrives proves an address."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
# RFC 5321 atoms; a quoted local part is nothing that people have.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class InvalidEmail(ValueError):
    """The text cannot be a mail address."""


def parse_email(text: str) -> str:
    """The address as it is stored: trimmed, ``mailto:`` and brackets taken off, the domain in ASCII and small.

    Takes any string. Raises InvalidEmail for what no server would take, or what lacks the dot of a domain.
    """
    plain = "".join(c for c in text if unicodedata.category(c) != "Cf").strip()
    plain = plain.removeprefix("mailto:").strip("<> ")
    local, at, domain = plain.rpartition("@")
    if not at or len(plain) > LONGEST or len(local) > 64 or not _LOCAL.fullmatch(local):
        raise InvalidEmail
    try:
        domain = domain.encode("idna").decode().lower()
    except UnicodeError:
        raise InvalidEmail from None
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise InvalidEmail
    found = f"{local}@{domain}"
    if len(found) > LONGEST:
        raise InvalidEmail
    return found
