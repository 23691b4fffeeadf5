"""What the public list and the committee's have in common: the search as typed, a page of it, the next one."""

from __future__ import annotations

from typing import Any

from flask import request

from app.cooperatives import queries, words
from app.cooperatives.models import Kind, StatusValue
from app.cooperatives.queries import Found, Wanted
from app.cooperatives.rules import VALUES_OF
from app.cooperatives.rules.codes import Definition
from app.core.inbound import LARGEST_ID
from app.regions.queries import kelurahan_by_kecamatan


def wanted() -> Wanted:
    """The search in the address; what it does not know, it leaves out."""
    kecamatan = request.args.get("kecamatan", "")[:13]
    kind, health = request.args.get("kind", ""), request.args.get("health", "")
    return Wanted(
        text=request.args.get("q", "")[:100],
        kecamatan=kecamatan or None,
        kind=Kind(kind) if kind in set(Kind) else None,
        health=StatusValue(health) if health in VALUES_OF[Definition.HEALTH] else None,
        after=_after(),
    )


def _after() -> tuple[str, int] | None:
    number = request.args.get("after", type=int)
    last = queries.by_id(number) if number and 0 < number <= LARGEST_ID else None
    return (last.sort_key, last.id) if last else None


def list_context(asked: Wanted, found: Found) -> dict[str, Any]:
    """What the templates of lists need."""
    grades = VALUES_OF[Definition.HEALTH]
    return {
        "wanted": asked, "rows": found.rows, "after": found.after[1] if found.after else None,
        "counts": None if asked.filtered or asked.after else queries.health_counts(),
        "kinds": [(code.value, words.KINDS[code]) for code in Kind],
        "grades": grades,
        "grade_words": [(code.value, words.VALUES[code]) for code in grades],
        "kecamatan": [(of.code, of.name) for of, _kelurahan in kelurahan_by_kecamatan()],
        "asked": {
            "q": asked.text or None, "kecamatan": asked.kecamatan, "kind": asked.kind and asked.kind.value,
            "health": asked.health and asked.health.value,
        },
    }  # fmt: skip
