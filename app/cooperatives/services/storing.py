"""Making and changing a cooperative, its words, and the history of both."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.cooperatives import rules
from app.cooperatives.models import ChangeAction, Cooperative, CooperativeChange, CooperativeWord
from app.core.db import db, rows_changed
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.slugs import slug_of

BASE: Final = (
    "nik", "name", "legal_number", "legal_date", "amendment_number", "amendment_date", "last_meeting", "address",
    "kelurahan_code", "kecamatan_code", "form", "kind", "pattern", "has_savings_unit", "group", "sector",
    "business_codes", "nik_status", "grade_status", "note",
)  # fmt: skip
SAMPLE_NOTE: Final = "DATA REKAAN"


def create(fields: Mapping[str, Any], by_id: int | None, now: datetime) -> Cooperative:
    """A new cooperative of these fields (``BASE``; what is absent stays empty).

    Raises:
        DomainError: ``nik_taken``.
    """
    made = Cooperative(slug=free_slug(fields["name"]), created_at=now, updated_at=now, **base_columns(fields))
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:
        raise nik_taken() from None
    index_words([made])
    record(made.id, ChangeAction.CREATED, {}, plain(fields), by_id, now)
    return made


def update(
    cooperative: Cooperative, version: int, fields: Mapping[str, Any], by_id: int | None, now: datetime
) -> bool:
    """Change the fields that differ; whether any did.

    Raises:
        DomainError: ``edited_meanwhile`` when ``version`` is old, ``nik_taken``, ``merged``.
    """
    if cooperative.merged_into_id is not None:
        raise DomainError("merged", _("Koperasi ini sudah digabung ke koperasi lain."))
    changed = differing(cooperative, fields)
    if not changed:
        return False
    before = plain({name: getattr(cooperative, name) for name in changed})
    try:
        with db.session.begin_nested():
            met = rows_changed(
                sa.update(Cooperative)
                .where(
                    Cooperative.id == cooperative.id, Cooperative.version == version,
                    Cooperative.merged_into_id.is_(None),
                )
                .values({**base_columns({**base_of(cooperative), **changed}), "updated_at": now,
                         "version": Cooperative.version + 1})
            )  # fmt: skip
    except IntegrityError:
        raise nik_taken() from None
    if not met:
        raise DomainError(
            "edited_meanwhile",
            _(
                "Orang lain baru saja mengubah koperasi ini. "
                "Periksa isian Anda; kalau dikirim sekali lagi, isian Anda yang dipakai."
            ),
        )
    db.session.refresh(cooperative)
    index_words([cooperative])
    record(cooperative.id, ChangeAction.EDITED, before, plain(changed), by_id, now)
    return True


def differing(cooperative: Cooperative, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say something else than what is stored."""
    return {name: value for name, value in fields.items() if (getattr(cooperative, name) or None) != (value or None)
            or (name == "has_savings_unit" and cooperative.has_savings_unit is not value)}  # fmt: skip


def base_of(cooperative: Cooperative) -> dict[str, Any]:
    """All fields of a cooperative that people change."""
    return {name: getattr(cooperative, name) for name in BASE}


def base_columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a row from fields: empty texts where nothing was said, keys for sorting and comparing."""
    texts = ("legal_number", "amendment_number", "address", "group", "sector", "business_codes", "nik_status",
             "grade_status", "note")  # fmt: skip
    made = {name: fields.get(name) for name in BASE}
    made |= {name: made[name] or "" for name in texts}
    made["nik"] = made["nik"] or None
    made["sort_key"] = rules.sort_key(fields["name"])
    made["legal_key"] = rules.legal_key(fields.get("legal_number") or "")
    made["is_sample"] = made["note"] == SAMPLE_NOTE
    return made


def index_words(cooperatives: Iterable[Cooperative]) -> None:
    """Store anew the words by which these are found; what was merged into one leads to it too."""
    for cooperative in cooperatives:
        merged = db.session.execute(
            sa.select(Cooperative.name, Cooperative.legal_number, Cooperative.nik).where(
                Cooperative.merged_into_id == cooperative.id
            )
        ).all()
        words = set(words_for(cooperative.name, cooperative.legal_number, cooperative.nik))
        for name, number, nik in merged:
            words |= words_for(name, number, nik)
        db.session.execute(sa.delete(CooperativeWord).where(CooperativeWord.cooperative_id == cooperative.id))
        rows = [{"word": word, "cooperative_id": cooperative.id} for word in sorted(words)]
        if rows:
            db.session.execute(sa.insert(CooperativeWord), rows)


def words_for(name: str, legal_number: str, nik: str | None) -> frozenset[str]:
    """The words of a cooperative: its name and its numbers."""
    return rules.words_of(name, *(number for number in (legal_number, nik) if number))


def record(
    cooperative_id: int, action: ChangeAction, before: Mapping[str, Any], after: Mapping[str, Any],
    by_id: int | None, now: datetime,
) -> None:  # fmt: skip
    """Write down a change, in the transaction of the change itself."""
    db.session.add(
        CooperativeChange(
            cooperative_id=cooperative_id, at=now, user_id=by_id, action=action, before=dict(before),
            after=dict(after),
        )
    )  # fmt: skip


def plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as JSON keeps them; what is empty is left out."""
    return {name: _plain(value) for name, value in fields.items() if value not in (None, "")}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, enum.Enum) else value


def free_slug(name: str) -> str:
    """An address for a cooperative that no other has."""
    start = slug_of(name)[:50]
    taken = db.session.scalars(sa.select(Cooperative.slug).where(Cooperative.slug.like(f"{start}%")))
    return slug_of(name, frozenset(taken))


def nik_taken() -> DomainError:
    """The refusal of a number that another cooperative has."""
    message = _("NIK koperasi ini sudah dipakai koperasi lain. Mungkin datanya ganda; gabungkan saja.")
    return DomainError("nik_taken", message, fields={"nik": message})
