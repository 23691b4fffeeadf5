"""Making and changing a festival, its days and places."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.core import hooks
from app.core.db import db
from app.core.errors import DomainError, InvalidInput, NotFound
from app.core.formats import day_long
from app.core.i18n import gettext as _
from app.core.slugs import slug_of
from app.festival import queries
from app.festival.models import Day, Festival, Place
from app.festival.rules import FestivalFields as FestivalFields


def create_festival(fields: FestivalFields, by_id: int | None, now: datetime) -> Festival:
    """The first festival, shown to the public at once. Raises DomainError when there is one already."""
    if queries.current_festival() is not None:
        raise DomainError("festival_exists", _("Pekan sudah ada. Ubah yang itu."))
    slugs = set(db.session.scalars(sa.select(Festival.slug)))
    made = Festival(**asdict(fields), slug=slug_of(fields.name, slugs), is_current=True)
    db.session.add(made)
    db.session.flush()
    record_audit("festival_created", f"festival:{made.id}", by_id, now)
    return made


def update_festival(
    festival_id: int, version: int, fields: FestivalFields, by_id: int | None, now: datetime
) -> None:
    """Store the fields if nobody else changed them since ``version`` was read.

    Raises DomainError ``edited_elsewhere`` otherwise; the guarded UPDATE decides.
    """
    done = db.session.execute(
        sa.update(Festival)
        .where(Festival.id == festival_id, Festival.version == version)
        .values(**asdict(fields), version=version + 1)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise edited_elsewhere()
    record_audit("festival_changed", f"festival:{festival_id}", by_id, now)


def edited_elsewhere() -> DomainError:
    """The refusal for the second of two people (or tabs) who change one thing."""
    return DomainError(
        "edited_elsewhere",
        _("Orang lain (atau tab lain) sudah mengubah ini sementara Anda mengisi. Isian Anda masih ada di bawah."),
    )


def add_day(festival_id: int, day: date, title: str, by_id: int | None, now: datetime) -> Day:
    """One more day. Raises InvalidInput when the festival has it already."""
    if day in {known.date for known in queries.days_of(festival_id)}:
        raise InvalidInput(_("Hari ini sudah ada."), {"date": _("Hari ini sudah ada.")})
    made = Day(festival_id=festival_id, date=day, title=title)
    db.session.add(made)
    db.session.flush()
    record_audit("day_added", f"festival:{festival_id}", by_id, now, date=day.isoformat())
    return made


def remove_day(festival_id: int, day_id: int, by_id: int | None, now: datetime) -> None:
    """Take a day off. Raises DomainError ``day_in_use`` naming what happens on it."""
    day = db.session.scalar(sa.select(Day).where(Day.id == day_id, Day.festival_id == festival_id))
    if day is None:
        raise NotFound(_("Hari ini sudah tidak ada."))
    if used := _names(hooks.day_uses(festival_id, day.date)):
        raise DomainError(
            "day_in_use",
            _(
                "%(day)s masih dipakai: %(names)s. Pindahkan atau hapus waktunya dahulu.",
                day=day_long(day.date),
                names=used,
            ),
        )
    db.session.delete(day)
    db.session.flush()
    record_audit("day_removed", f"festival:{festival_id}", by_id, now, date=day.date.isoformat())


def add_place(festival_id: int, name: str, by_id: int | None, now: datetime) -> Place:
    """One more place. Raises InvalidInput when the name is taken."""
    _refuse_taken_name(festival_id, name, None)
    made = Place(festival_id=festival_id, name=name)
    db.session.add(made)
    db.session.flush()
    record_audit("place_added", f"place:{made.id}", by_id, now)
    return made


def rename_place(festival_id: int, place_id: int, name: str, by_id: int | None, now: datetime) -> None:
    """Give a place another name. Raises InvalidInput when the name is taken."""
    place = _place(festival_id, place_id)
    _refuse_taken_name(festival_id, name, place_id)
    place.name = name
    db.session.flush()
    record_audit("place_renamed", f"place:{place_id}", by_id, now)


def remove_place(festival_id: int, place_id: int, by_id: int | None, now: datetime) -> None:
    """Take a place off. Raises DomainError ``place_in_use`` naming what happens there."""
    place = _place(festival_id, place_id)
    if used := _names(hooks.place_uses(place_id)):
        raise DomainError(
            "place_in_use",
            _(
                "%(place)s masih dipakai: %(names)s. Pindahkan kegiatannya dahulu.",
                place=place.name,
                names=used,
            ),
        )
    db.session.delete(place)
    db.session.flush()
    record_audit("place_removed", f"place:{place_id}", by_id, now)


def _place(festival_id: int, place_id: int) -> Place:
    place = db.session.scalar(sa.select(Place).where(Place.id == place_id, Place.festival_id == festival_id))
    if place is None:
        raise NotFound(_("Tempat ini sudah tidak ada."))
    return place


def _refuse_taken_name(festival_id: int, name: str, but: int | None) -> None:
    for place in queries.places_of(festival_id):
        if place.id != but and place.name.casefold() == name.casefold():
            message = _("Tempat dengan nama ini sudah ada.")
            raise InvalidInput(message, {"name": message})


def _names(answers: list[list[str]]) -> str:
    names = [name for answer in answers for name in answer]
    more = len(names) - 3
    return ", ".join(names[:3]) + (_(", dan %(count)s lagi", count=more) if more > 0 else "")
