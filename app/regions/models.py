"""Kecamatan and kelurahan, keyed by Kemendagri code because names repeat ("Curug" is two kelurahan)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Model


class Kecamatan(Model):
    """A district, for example 32.76.01 Pancoran Mas."""

    __tablename__ = "kecamatan"

    code: Mapped[str] = mapped_column(sa.String(13), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    city_code: Mapped[str] = mapped_column(sa.String(13))
    city: Mapped[str] = mapped_column(sa.String(80))


class Kelurahan(Model):
    """An urban village, for example 32.76.03.1011 Sawangan Baru."""

    __tablename__ = "kelurahan"

    code: Mapped[str] = mapped_column(sa.String(13), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    other_spelling: Mapped[str | None] = mapped_column(sa.String(80))
    kecamatan_code: Mapped[str] = mapped_column(sa.ForeignKey("kecamatan.code"), index=True)
    kecamatan: Mapped[Kecamatan] = relationship()
