"""Which festival is on, its days and its places."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.festival.models import Day, Festival, Place


def current_festival() -> Festival | None:
    """The festival the public sees, or None when the committee has made none."""
    return db.session.scalar(sa.select(Festival).where(Festival.is_current))


def current_festival_id() -> int | None:
    """Its id alone."""
    return db.session.scalar(sa.select(Festival.id).where(Festival.is_current))


def require_current() -> Festival:
    """The festival the public sees. Raises NotFound with a sentence when there is none."""
    found = current_festival()
    if found is None:
        raise NotFound(_("Belum ada pekan yang disiapkan. Silakan kembali lagi nanti."), code="no_festival")
    return found


def days_of(festival_id: int) -> list[Day]:
    """The days of a festival, first one first."""
    return list(db.session.scalars(sa.select(Day).where(Day.festival_id == festival_id).order_by(Day.date)))


def places_of(festival_id: int) -> list[Place]:
    """The places of a festival by name."""
    return list(db.session.scalars(sa.select(Place).where(Place.festival_id == festival_id).order_by(Place.name)))
