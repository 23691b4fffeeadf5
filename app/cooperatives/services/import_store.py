"""Bringing a plan into the directory: new ones in bulk, changed ones field by field, with history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.cooperatives.models import (
    ChangeAction,
    Cooperative,
    CooperativeChange,
    CooperativeStatus,
    CooperativeWord,
    CooperativeYear,
    DigitalReadiness,
    MemberCount,
)
from app.cooperatives.queries.details import chunks
from app.cooperatives.rules.codes import Likely
from app.cooperatives.services.figures import refresh_health
from app.cooperatives.services.import_plan import KEYS, Entry, Plan
from app.cooperatives.services.storing import (
    BASE,
    base_columns,
    base_of,
    differing,
    index_words,
    plain,
    words_for,
)
from app.core.db import db
from app.core.slugs import slug_of

_MODELS: dict[str, Any] = {"year": CooperativeYear, "members": MemberCount, "status": CooperativeStatus,
                           "readiness": DigitalReadiness}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stored:
    """How many cooperatives an import made, changed, found equal, left out."""

    created: int
    updated: int
    unchanged: int
    skipped: int


def store_plan(plan: Plan, decisions: Mapping[int, str], rest: Likely, by_id: int | None, now: datetime) -> Stored:
    """Store all of a plan without faults; see ``imports.store`` for the decisions."""
    new, known, skipped = list(plan.new), [(entry, entry.target) for entry in plan.matched], 0
    for entry in plan.likely:
        said = decisions.get(entry.number, rest.value)
        target = _target(entry, said)
        if said == Likely.NEW:
            new.append(entry)
        elif target is not None:
            known.append((entry, target))
        else:
            skipped += 1
    created = _create(sorted(new, key=lambda entry: entry.number), by_id, now)
    updated = sum(_update(part, by_id, now) for part in chunks(known))
    for part in chunks([*created, *(target for _entry, target in known if target is not None)]):
        refresh_health(part)
    return Stored(len(created), updated, len(known) - updated, skipped)


def _target(entry: Entry, said: str) -> int | None:
    """Which cooperative a row that looks like one is said to be; only those it looks like can be."""
    ids = [ref for ref, _name in entry.alike]
    if said == Likely.UPDATE and ids:
        return ids[0]
    return int(said) if said.isdecimal() and int(said) in ids else None


def _create(entries: list[Entry], by_id: int | None, now: datetime) -> list[int]:
    if not entries:
        return []
    taken = set(db.session.scalars(sa.select(Cooperative.slug)))
    rows: list[dict[str, Any]] = []
    for entry in entries:
        slug = entry.slug if entry.slug and entry.slug not in taken else slug_of(entry.base["name"], taken)
        taken.add(slug)
        rows.append({"slug": slug, "created_at": now, "updated_at": now, "version": 1, **base_columns(entry.base)})
    ids = list(
        db.session.scalars(sa.insert(Cooperative).returning(Cooperative.id, sort_by_parameter_order=True), rows)
    )
    words, changes = [], []
    dated: dict[str, list[dict[str, Any]]] = {kind: [] for kind in _MODELS}
    for made, row, entry in zip(ids, rows, entries, strict=True):
        own = words_for(row["name"], row["legal_number"], row["nik"])
        words += [{"word": word, "cooperative_id": made} for word in sorted(own)]
        for kind, of_kind in entry.entries.items():
            dated[kind] += [_row(kind, made, key, values) for key, values in of_kind.items()]
        after = {**plain(entry.base), **_counted(entry)}
        changes.append(_change(made, {}, after, by_id, now))
    for kind, several in dated.items():
        _insert(_MODELS[kind], several)
    _insert(CooperativeWord, words)
    _insert(CooperativeChange, changes)
    return ids


def _row(kind: str, cooperative_id: int, key: Iterable[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    empty: dict[str, Any] = {}
    if kind == "year":
        names = ("assets", "own_capital", "outside_capital", "turnover", "surplus", "employees")
        empty = dict.fromkeys(names)
    return {"cooperative_id": cooperative_id, **dict(zip(KEYS[kind], key, strict=True)), **empty, **values}


def _counted(entry: Entry) -> dict[str, int]:
    return {f"rows_{kind}": len(rows) for kind, rows in entry.entries.items() if rows}


def _change(
    cooperative_id: int, before: dict[str, Any], after: dict[str, Any], by_id: int | None, now: datetime
) -> dict[str, Any]:
    return {"cooperative_id": cooperative_id, "at": now, "user_id": by_id, "action": ChangeAction.IMPORTED,
            "before": before, "after": after}  # fmt: skip


def _insert(model: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(sa.insert(model.__table__), rows)


def _update(known: list[tuple[Entry, int | None]], by_id: int | None, now: datetime) -> int:
    """Change what differs of a few hundred; how many differed. What a file leaves empty stays."""
    ids = [target for _entry, target in known if target is not None]
    query = sa.select(Cooperative).where(Cooperative.id.in_(ids)).order_by(Cooperative.id).with_for_update()
    found = {one.id: one for one in db.session.scalars(query)}
    dated = {kind: _stored(kind, ids) for kind in _MODELS}
    changes, reworded, updated = [], [], 0
    for entry, target in known:
        cooperative = found[target or 0]
        fields = differing(cooperative, {name: entry.base[name] for name in BASE if name in entry.base})
        before, after = plain({name: getattr(cooperative, name) for name in fields}), plain(fields)
        if fields:
            for name, value in base_columns({**base_of(cooperative), **fields}).items():
                setattr(cooperative, name, value)
            reworded.append(cooperative)
        was, became = _dated_changes(cooperative.id, entry, dated)
        if fields or became:
            updated += 1
            cooperative.version += 1
            cooperative.updated_at = now
            changes.append(_change(cooperative.id, {**before, **was}, {**after, **became}, by_id, now))
    db.session.flush()
    index_words(reworded)
    _insert(CooperativeChange, changes)
    return updated


def _stored(kind: str, ids: list[int]) -> dict[tuple[Any, ...], Any]:
    model = _MODELS[kind]
    rows = db.session.scalars(sa.select(model).where(model.cooperative_id.in_(ids)))
    return {(row.cooperative_id, *(getattr(row, name) for name in KEYS[kind])): row for row in rows}


def _dated_changes(
    cooperative_id: int, entry: Entry, dated: Mapping[str, dict[tuple[Any, ...], Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Insert or change dated rows; what they were and became, by ``year 2022`` and the like."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for kind, rows in entry.entries.items():
        for key, values in rows.items():
            stored = dated[kind].get((cooperative_id, *key))
            name = " ".join([kind, *(str(part) for part in key)])
            if stored is None:
                db.session.add(_MODELS[kind](**_row(kind, cooperative_id, key, values)))
                after[name] = plain(values)
                continue
            changed = {field: value for field, value in values.items() if getattr(stored, field) != value}
            if kind == "status" and values["score"] is None:  # a grade alone takes no score away
                changed = {field: v for field, v in changed.items() if field == "value"}
            if changed:
                before[name] = plain({field: getattr(stored, field) for field in changed})
                after[name] = plain(changed)
                for field, value in changed.items():
                    setattr(stored, field, value)
    return before, after
