"""Who takes part, whether they may, and what they sent."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.competition.rules.states import FilePurpose, Gate, GateValue
from app.core.db import Code, Model, UtcDateTime
from app.core.files import FileKind


class Entrant(Model):
    """A cooperative in a competition. ``name`` as it was when it entered: minutes do not change with the directory.

    ``number`` is what judges of a blind stage see. ``last_stage``: the last stage it takes part in.
    ``coaching_case_id``: what was opened from its feedback, once. ``contact_phone``: E.164, who hears of the
    result; empty where the cooperative gave none.
    """

    __tablename__ = "entrant"
    __table_args__ = (
        sa.UniqueConstraint("competition_id", "cooperative_id"),
        sa.UniqueConstraint("competition_id", "number"),
        sa.Index("ix_entrant_of", "category_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(sa.ForeignKey("competition.id", ondelete="CASCADE"))
    category_id: Mapped[int] = mapped_column(sa.ForeignKey("category.id", ondelete="CASCADE"))
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperative.id"), index=True)
    number: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(160))
    last_stage: Mapped[int] = mapped_column(default=1)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(sa.String(400), default="")
    coaching_case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("coaching_case.id", ondelete="SET NULL"))
    contact_phone: Mapped[str] = mapped_column(sa.String(20), default="")


class Eligibility(Model):
    """One gate of one entrant. ``found``: what our records say; ``decided``: what the committee says of it.

    ``basis`` is the record in words (``status NIK: Aktif``).
    """

    __tablename__ = "eligibility"
    __table_args__ = (
        sa.UniqueConstraint("entrant_id", "gate"),
        sa.CheckConstraint(
            "decided IS NULL OR (reason <> '' AND decided <> 'unknown')", name="decided_with_reason"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entrant_id: Mapped[int] = mapped_column(sa.ForeignKey("entrant.id", ondelete="CASCADE"))
    gate: Mapped[Gate] = mapped_column(Code(Gate))
    found: Mapped[GateValue] = mapped_column(Code(GateValue))
    basis: Mapped[str] = mapped_column(sa.String(200), default="")
    decided: Mapped[GateValue | None] = mapped_column(Code(GateValue))
    reason: Mapped[str] = mapped_column(sa.String(400), default="")
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def value(self) -> GateValue:
        """What counts."""
        return self.decided or self.found


class DossierLink(Model):
    """The secret address at which a cooperative sends its files; a new one ends those before."""

    __tablename__ = "dossier_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    entrant_id: Mapped[int] = mapped_column(sa.ForeignKey("entrant.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DossierFile(Model):
    """A file of an entrant. The bytes lie in the instance folder under ``stored``; ``name`` is for showing only.

    ``judge_id`` and ``stage_id`` stand with photos of visits. ``client_id``: made by the sender, so that a photo
    sent twice is stored once.
    """

    __tablename__ = "dossier_file"
    __table_args__ = (
        sa.Index("ix_dossier_file_of", "entrant_id", "id"),
        sa.CheckConstraint("size > 0", name="size"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entrant_id: Mapped[int] = mapped_column(sa.ForeignKey("entrant.id", ondelete="CASCADE"))
    purpose: Mapped[FilePurpose] = mapped_column(Code(FilePurpose))
    stage_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stage.id", ondelete="CASCADE"))
    judge_id: Mapped[int | None] = mapped_column(sa.ForeignKey("judge.id"))
    criterion: Mapped[str] = mapped_column(sa.String(12), default="")
    name: Mapped[str] = mapped_column(sa.String(100))
    kind: Mapped[FileKind] = mapped_column(Code(FileKind))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    stored: Mapped[str] = mapped_column(sa.String(120))
    client_id: Mapped[str | None] = mapped_column(sa.String(36), unique=True)
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
