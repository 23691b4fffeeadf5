"""Who in the directory may be the one that somebody is about to add, or to merge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.cooperatives import queries
from app.cooperatives.models import Cooperative
from app.cooperatives.rules.names import Known, Neighbours, known

MOST: Final = 5


def alike(fields: Mapping[str, Any], own_id: int = 0) -> list[tuple[int, str]]:
    """Ids and names of at most five that may be the same."""
    asked = known(
        own_id, fields["name"], fields.get("legal_number") or "", fields.get("nik") or "",
        fields.get("kecamatan_code"),
    )  # fmt: skip
    neighbours, names = Neighbours(), {}
    for one in queries.all_live():
        names[one.id] = one.name
        neighbours.add(_known(one))
    found = {other.ref for other in neighbours.alike(asked)}
    found |= {one.id for one in queries.all_live() if asked.legal_key and one.legal_key == asked.legal_key}
    return [(ref, names[ref]) for ref in sorted(found - {own_id})[:MOST]]


def alike_to(one: Cooperative) -> list[tuple[int, str]]:
    """Those who may be the same as one that is there."""
    fields = {name: getattr(one, name) for name in ("name", "legal_number", "nik", "kecamatan_code")}
    return alike(fields, one.id)


def _known(one: Any) -> Known:
    return known(one.id, one.name, one.legal_key, one.nik or "", one.kecamatan_code)
