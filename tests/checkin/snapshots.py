"""Reads a snapshot back, as a phone does."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass, field
from typing import Any

from app.core.codes import ticket_id_from_bytes


@dataclass
class Snapshot:
    """A decoded answer: class by ticket id, families by ticket id, admissions as tuples."""

    head: dict[str, Any]
    bytes: int
    classes: dict[int, dict[str, Any] | None] = field(default_factory=dict)
    hashes: dict[int, bytes] = field(default_factory=dict)
    families: dict[int, set[int]] = field(default_factory=dict)
    admissions: list[tuple[int, int, int, int]] = field(default_factory=list)

    def knows_code(self, ticket_id: int, code: str) -> bool:
        import base64

        salt = base64.urlsafe_b64decode(self.head["salt"] + "==")
        return self.hashes[ticket_id] == hashlib.sha256(salt + code.encode()).digest()[:4]


def decode(data: bytes) -> Snapshot:
    (length,) = struct.unpack_from(">I", data)
    head = json.loads(data[4 : 4 + length])
    found, place, parts = Snapshot(head, len(data)), 4 + length, {}
    for name, size in head["sections"]:
        parts[name] = data[place : place + size]
        place += size
    assert place == len(data)
    assert [name for name, _size in head["sections"]] == ["tickets", "classes", "families", "admissions"]
    raw = parts["tickets"]
    ids = [ticket_id_from_bytes(raw[n : n + 8]) for n in range(0, len(raw), 12)]
    kinds = struct.unpack(f">{len(ids)}H", parts["classes"])
    for place_, (ticket_id, kind) in enumerate(zip(ids, kinds, strict=True)):
        found.classes[ticket_id] = None if kind == 0xFFFF else head["classes"][kind]
        found.hashes[ticket_id] = raw[place_ * 12 + 8 : place_ * 12 + 12]
    for place_, number in struct.iter_unpack(">II", parts["families"]):
        found.families.setdefault(ids[place_], set()).add(number)
    found.admissions = list(struct.iter_unpack(">qIII", parts["admissions"]))
    return found
