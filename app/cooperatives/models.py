"""Cooperatives: what is known of each, by year and by day, who changed what, and coaching."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cooperatives.rules import CaseState as CaseState
from app.cooperatives.rules import ChangeAction as ChangeAction
from app.cooperatives.rules import Definition as Definition
from app.cooperatives.rules import Form as Form
from app.cooperatives.rules import ImportState as ImportState
from app.cooperatives.rules import Kind as Kind
from app.cooperatives.rules import Level as Level
from app.cooperatives.rules import Pattern as Pattern
from app.cooperatives.rules import StatusValue as StatusValue
from app.cooperatives.rules import Trouble as Trouble
from app.core.db import Code, Model, UtcDateTime

_LIVE = sa.text("merged_into_id IS NULL")
_MERGED = sa.text("merged_into_id IS NOT NULL")
_NUMBERED = sa.text("nik IS NOT NULL AND merged_into_id IS NULL")


def _bytes_order(length: int) -> sa.types.TypeEngine[str]:
    """Text in the order of its bytes on both databases: lists go on where they ended, beginnings are ranges."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _live_index(name: str, *columns: str) -> sa.Index:
    return sa.Index(name, *columns, sqlite_where=_LIVE, postgresql_where=_LIVE)


class Cooperative(Model):
    """A cooperative. ``nik`` is its Nomor Induk Koperasi, not a citizen's number; legal numbers are as written.

    Imports may leave gaps; forms ask for all that is required. ``health`` is the latest graded status, kept for
    filters (``CooperativeStatus`` is the truth, the doctor compares). One that was merged stays, with all it was,
    and leads to ``merged_into_id``.
    """

    __tablename__ = "cooperative"
    __table_args__ = (
        sa.Index("uq_cooperative_nik", "nik", unique=True, sqlite_where=_NUMBERED, postgresql_where=_NUMBERED),
        sa.CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name="merged_into_another"),
        # Of those alone: SQLite, which has no statistics, would list the others by it and sort them all.
        sa.Index("ix_cooperative_merged_into_id", "merged_into_id", sqlite_where=_MERGED, postgresql_where=_MERGED),
        _live_index("ix_cooperative_sorted", "sort_key", "id"),
        _live_index("ix_cooperative_of_kecamatan", "kecamatan_code", "sort_key", "id"),
        _live_index("ix_cooperative_of_kind", "kind", "sort_key", "id"),
        _live_index("ix_cooperative_of_health", "health", "sort_key", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(60), unique=True)
    nik: Mapped[str | None] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(160))
    sort_key: Mapped[str] = mapped_column(_bytes_order(160))
    legal_number: Mapped[str] = mapped_column(sa.String(60), default="")
    legal_key: Mapped[str] = mapped_column(sa.String(80), default="", index=True)
    legal_date: Mapped[date | None]
    amendment_number: Mapped[str] = mapped_column(sa.String(60), default="")
    amendment_date: Mapped[date | None]
    last_meeting: Mapped[date | None]
    address: Mapped[str] = mapped_column(sa.String(240), default="")
    kelurahan_code: Mapped[str | None] = mapped_column(sa.ForeignKey("kelurahan.code"))
    kecamatan_code: Mapped[str | None] = mapped_column(sa.ForeignKey("kecamatan.code"))
    form: Mapped[Form | None] = mapped_column(Code(Form))
    kind: Mapped[Kind | None] = mapped_column(Code(Kind))
    pattern: Mapped[Pattern | None] = mapped_column(Code(Pattern))
    has_savings_unit: Mapped[bool | None]
    group: Mapped[str] = mapped_column("group_name", sa.String(60), default="")
    sector: Mapped[str] = mapped_column(sa.String(80), default="")
    business_codes: Mapped[str] = mapped_column(sa.String(200), default="")  # "47111/2020 10710/2020": KBLI/edition
    nik_status: Mapped[str] = mapped_column(sa.String(40), default="")
    grade_status: Mapped[str] = mapped_column(sa.String(40), default="")
    note: Mapped[str] = mapped_column(sa.String(240), default="")
    is_sample: Mapped[bool] = mapped_column(default=False)
    health: Mapped[StatusValue | None] = mapped_column(Code(StatusValue))
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cooperative.id"))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CooperativeWord(Model):
    """A word by whose beginning a cooperative is found (``rules.words_of``)."""

    __tablename__ = "cooperative_word"
    __table_args__ = (sa.Index("ix_cooperative_word_of", "cooperative_id", "word"), {"sqlite_with_rowid": False})

    word: Mapped[str] = mapped_column(_bytes_order(40), primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(
        sa.ForeignKey("cooperative.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


class CooperativeYear(Model):
    """Figures of one fiscal year in whole rupiah; None where nobody said."""

    __tablename__ = "cooperative_year"
    __table_args__ = (
        sa.UniqueConstraint("cooperative_id", "year"),
        sa.CheckConstraint("year BETWEEN 1900 AND 2100", name="year"),
        sa.CheckConstraint("employees >= 0", name="employees"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperative.id", ondelete="CASCADE"))
    year: Mapped[int]
    assets: Mapped[int | None] = mapped_column(sa.BigInteger)
    own_capital: Mapped[int | None] = mapped_column(sa.BigInteger)
    outside_capital: Mapped[int | None] = mapped_column(sa.BigInteger)
    turnover: Mapped[int | None] = mapped_column(sa.BigInteger)
    surplus: Mapped[int | None] = mapped_column(sa.BigInteger)
    employees: Mapped[int | None]


class MemberCount(Model):
    """How many members on a day."""

    __tablename__ = "member_count"
    __table_args__ = (
        sa.UniqueConstraint("cooperative_id", "as_of"),
        sa.CheckConstraint("men >= 0 AND women >= 0", name="counted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperative.id", ondelete="CASCADE"))
    as_of: Mapped[date]
    men: Mapped[int]
    women: Mapped[int]


class CooperativeStatus(Model):
    """A status on a day, by a definition, from a source.

    ``score``: total of the health paper in hundredths; ``aspects``: its aspects in hundredths; ``paper``: the
    version of weights and thresholds that graded it, None where the grade came as it is.
    """

    __tablename__ = "cooperative_status"
    __table_args__ = (
        sa.UniqueConstraint("cooperative_id", "definition", "as_of", "source"),
        sa.Index("ix_cooperative_status_counted", "definition", "as_of", "source", "value"),
        sa.CheckConstraint("score BETWEEN 0 AND 10000", name="score"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperative.id", ondelete="CASCADE"))
    definition: Mapped[Definition] = mapped_column(Code(Definition))
    as_of: Mapped[date]
    source: Mapped[str] = mapped_column(sa.String(120))
    value: Mapped[StatusValue] = mapped_column(Code(StatusValue))
    score: Mapped[int | None]
    aspects: Mapped[dict[str, int] | None] = mapped_column(sa.JSON(none_as_null=True))
    paper: Mapped[str | None] = mapped_column(sa.String(40))


class DigitalReadiness(Model):
    """Answers to the indicators of one version on a day."""

    __tablename__ = "digital_readiness"
    __table_args__ = (
        sa.UniqueConstraint("cooperative_id", "as_of"),
        sa.CheckConstraint("share BETWEEN 0 AND 100", name="share"),
        sa.Index("ix_digital_readiness_as_of", "as_of"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperative.id", ondelete="CASCADE"))
    as_of: Mapped[date]
    indicators: Mapped[str] = mapped_column(sa.String(40))
    answers: Mapped[dict[str, int]] = mapped_column(sa.JSON)
    share: Mapped[int]
    level: Mapped[Level] = mapped_column(Code(Level))
    source: Mapped[str] = mapped_column(sa.String(120))


class CooperativeChange(Model):
    """Who changed what and when; ``before`` and ``after`` hold the fields that differ."""

    __tablename__ = "cooperative_change"
    __table_args__ = (sa.Index("ix_cooperative_change_of", "cooperative_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperative.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    action: Mapped[ChangeAction] = mapped_column(Code(ChangeAction))
    before: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    after: Mapped[dict[str, Any]] = mapped_column(sa.JSON)


class CoachingCase(Model):
    """A trouble of a cooperative and what was agreed about it."""

    __tablename__ = "coaching_case"
    __table_args__ = (
        sa.Index("ix_coaching_case_of", "cooperative_id", "id"),
        sa.Index("ix_coaching_case_state", "state", "due_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperative.id", ondelete="CASCADE"))
    trouble: Mapped[Trouble] = mapped_column(Code(Trouble))
    finding: Mapped[str] = mapped_column(sa.String(600))
    step: Mapped[str] = mapped_column(sa.String(600))
    due_on: Mapped[date | None]
    state: Mapped[CaseState] = mapped_column(Code(CaseState))
    result: Mapped[str] = mapped_column(sa.String(600), default="")
    version: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cooperative: Mapped[Cooperative] = relationship()


class ColumnMapping(Model):
    """Which column of a table means what, as somebody decided; found again by the headings of the table."""

    __tablename__ = "column_mapping"

    signature: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    meanings: Mapped[dict[str, str]] = mapped_column(sa.JSON)  # heading key to field, "" for none
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CooperativeImport(Model):
    """An upload. ``rows`` is the table (packed) until it is stored or thrown away, 48 hours at most."""

    __tablename__ = "cooperative_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(sa.String(100))
    state: Mapped[ImportState] = mapped_column(Code(ImportState))
    rows: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    row_count: Mapped[int]
    source: Mapped[str] = mapped_column(sa.String(120), default="")
    as_of: Mapped[date]
    options: Mapped[dict[str, Any]] = mapped_column(sa.JSON)  # head row, meanings of columns, fiscal year of all
    counts: Mapped[dict[str, int]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    stored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
