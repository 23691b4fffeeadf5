"""The binary side of a snapshot (api.md, snapshot): what 50,000 tickets cost on the way to a phone and in it."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
KEY_ONCE: Final = 0
KEY_OTHER: Final = 0xFFFFFFFF  # a scan's or a re-entry's own key
KEY_GONE: Final = 0xFFFFFFFE  # a delta's word for: this ticket has no admission here any more
NO_TICKET: Final = 0xFFFF  # the class of a ticket that does not exist any more
MOST_CLASSES: Final = NO_TICKET

_ADMISSION: Final = struct.Struct(">qIII")
_FAMILY: Final = struct.Struct(">II")
_TICKET: Final = struct.Struct(">q4s")
_SECONDS: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class PackedAdmission:
    """An admission on its way to a phone. ``key`` None: none is left of this ticket."""

    ticket_id: int
    key: str | None
    admitted_at: datetime | None = None
    left_at: datetime | None = None


def pack_tickets(tickets: Iterable[tuple[int, str]], salt: bytes) -> bytes:
    """12 bytes each: the id, and the first 4 of SHA-256 over salt and typed code."""
    pack, digest = _TICKET.pack, hashlib.sha256
    return b"".join([pack(id_, digest(salt + code.encode("ascii")).digest()[:4]) for id_, code in tickets])


def pack_classes(classes: Sequence[int]) -> bytes:
    """2 bytes each: which of the head's classes a ticket is of."""
    return struct.pack(f">{len(classes)}H", *classes)


def pack_families(pairs: Iterable[tuple[int, int]]) -> bytes:
    """8 bytes each: the place of a ticket in the list, the number of its family (32 bits)."""
    return b"".join([_FAMILY.pack(*pair) for pair in pairs])


def pack_admissions(rows: Iterable[PackedAdmission]) -> bytes:
    """20 bytes each: ticket id, when it came, when it left (0: has not), its key."""
    return b"".join(
        [_ADMISSION.pack(r.ticket_id, _moment(r.admitted_at), _moment(r.left_at), packed_key(r.key)) for r in rows]
    )


def packed_key(key: str | None) -> int:
    """The key of an admission in 4 bytes: days since 2020 for a day, and a word for all others."""
    if key is None:
        return KEY_GONE
    if not key:
        return KEY_ONCE
    try:
        return (date.fromisoformat(key) - EPOCH.date()).days if len(key) == 10 else KEY_OTHER
    except ValueError:
        return KEY_OTHER


def assemble(head: Mapping[str, Any], sections: Sequence[tuple[str, bytes]]) -> bytes:
    """The whole: length of the head, head, sections in order."""
    written = json.dumps(
        {**head, "sections": [[name, len(data)] for name, data in sections]},
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    return b"".join([struct.pack(">I", len(written)), written, *(data for _name, data in sections)])


def _moment(at: datetime | None) -> int:
    """Seconds since 2020, at least 1 for a moment that is known."""
    return min(max(int((at - EPOCH).total_seconds()), 1), _SECONDS) if at else 0
