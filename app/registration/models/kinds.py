"""What some kinds of activity keep beside a registration: consents, prescreenings, bib numbers."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Code, Model, UtcDateTime
from app.programme.models import Verdict
from app.registration.rules import Purpose

_OF_ALL = sa.text("participant_id IS NULL")


class Consent(Model):
    """A consent besides that to the sign-up, which ``Registration.consent_version`` and ``consented_at`` say.

    ``participant_id``: the child a guardian consents for, None for the whole registration. ``text_version`` is
    the edition of the text that was shown (fixtures/consents.toml). A withdrawal of the sign-up's own consent
    is a row here as well.
    """

    __tablename__ = "consent"
    __table_args__ = (
        sa.UniqueConstraint("registration_id", "purpose", "participant_id"),
        sa.Index(
            "uq_consent_of_all", "registration_id", "purpose", unique=True,
            sqlite_where=_OF_ALL, postgresql_where=_OF_ALL,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id", ondelete="CASCADE"))
    participant_id: Mapped[int | None] = mapped_column(sa.ForeignKey("participant.id", ondelete="CASCADE"))
    purpose: Mapped[Purpose] = mapped_column(Code(Purpose))
    text_version: Mapped[str] = mapped_column(sa.String(20))
    given_by: Mapped[str] = mapped_column(sa.String(80))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Prescreening(Model):
    """What a prescreening said of one person. The answers are never kept, nor the reasons, which would tell them.

    ``next_possible``: no slot before this day may be chosen instead; None where any may.
    """

    __tablename__ = "prescreening"
    __table_args__ = (sa.UniqueConstraint("registration_id", "participant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id", ondelete="CASCADE"))
    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id", ondelete="CASCADE"))
    verdict: Mapped[Verdict] = mapped_column(Code(Verdict))
    next_possible: Mapped[date | None]
    rules_version: Mapped[str] = mapped_column(sa.String(20))
    screened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BibCounter(Model):
    """The last bib number given in an activity. Counting here lets sign-ups of several slots take turns."""

    __tablename__ = "bib_counter"

    activity_id: Mapped[int] = mapped_column(
        sa.ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    last: Mapped[int]
