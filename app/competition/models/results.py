"""What came out: rankings, minutes and who signed them, certificates, objections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, UtcDateTime


class Result(Model):
    """A ranking of one category at one stage. Later ones do not replace earlier ones.

    ``kind``: ``judged`` as computed from the sheets, ``deliberated`` as the panel changed it with a ``reason``
    (``based_on_id``: the one it changes). ``content`` as ``pekan rank --json`` gives it; ``hash`` is its SHA-256;
    ``chain_hash`` the end of the chain of sheets it was computed from.
    """

    __tablename__ = "result"
    __table_args__ = (
        sa.UniqueConstraint("category_id", "stage_id", "number"),
        sa.CheckConstraint("kind = 'judged' OR (reason <> '' AND based_on_id IS NOT NULL)", name="deliberated"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(sa.ForeignKey("competition.id", ondelete="CASCADE"), index=True)
    category_id: Mapped[int] = mapped_column(sa.ForeignKey("category.id", ondelete="CASCADE"))
    stage_id: Mapped[int] = mapped_column(sa.ForeignKey("stage.id", ondelete="CASCADE"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(24))
    computed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    hash: Mapped[str] = mapped_column(sa.String(64))
    chain_hash: Mapped[str] = mapped_column(sa.String(64))
    reason: Mapped[str] = mapped_column(sa.String(600), default="")
    based_on_id: Mapped[int | None] = mapped_column(sa.ForeignKey("result.id"))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))


class Minutes(Model):
    """Minutes (berita acara); never changed once signed: ``amendment_of_id`` is how they are corrected."""

    __tablename__ = "minutes"
    __table_args__ = (sa.UniqueConstraint("competition_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(sa.ForeignKey("competition.id", ondelete="CASCADE"))
    stage_id: Mapped[int] = mapped_column(sa.ForeignKey("stage.id", ondelete="CASCADE"))
    number: Mapped[str] = mapped_column(sa.String(80))
    amendment_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("minutes.id"))
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    pdf: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    sha256: Mapped[str | None] = mapped_column(sa.String(64))
    code: Mapped[str] = mapped_column(sa.String(16), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Signature(Model):
    """Somebody signed minutes."""

    __tablename__ = "signature"
    __table_args__ = (sa.UniqueConstraint("minutes_id", "judge_id"), sa.UniqueConstraint("minutes_id", "user_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    minutes_id: Mapped[int] = mapped_column(sa.ForeignKey("minutes.id", ondelete="CASCADE"))
    judge_id: Mapped[int | None] = mapped_column(sa.ForeignKey("judge.id"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    name: Mapped[str] = mapped_column(sa.String(80))
    role: Mapped[str] = mapped_column(sa.String(80))
    content_sha256: Mapped[str] = mapped_column(sa.String(64))
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Dissent(Model):
    """A judge does not agree, and why; it stands in the minutes."""

    __tablename__ = "dissent"
    __table_args__ = (sa.CheckConstraint("text <> ''", name="text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(sa.ForeignKey("competition.id", ondelete="CASCADE"), index=True)
    stage_id: Mapped[int] = mapped_column(sa.ForeignKey("stage.id", ondelete="CASCADE"))
    judge_id: Mapped[int] = mapped_column(sa.ForeignKey("judge.id"))
    text: Mapped[str] = mapped_column(sa.String(1000))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Certificate(Model):
    """A certificate that anybody can verify by its ``code``."""

    __tablename__ = "certificate"
    __table_args__ = (sa.UniqueConstraint("minutes_id", "entrant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entrant_id: Mapped[int] = mapped_column(sa.ForeignKey("entrant.id", ondelete="CASCADE"), index=True)
    minutes_id: Mapped[int] = mapped_column(sa.ForeignKey("minutes.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(sa.String(16), unique=True)
    place: Mapped[int | None]
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Objection(Model):
    """An entrant asks why, within the window; the committee answers."""

    __tablename__ = "objection"
    __table_args__ = (sa.CheckConstraint("text <> ''", name="text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(sa.ForeignKey("competition.id", ondelete="CASCADE"), index=True)
    entrant_id: Mapped[int] = mapped_column(sa.ForeignKey("entrant.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(sa.String(2000))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(sa.String(2000), default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
