"""Bib numbers: counted by activity, given together with the place, never twice."""

from __future__ import annotations

import itertools
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.core.db import core, table
from app.programme.models import Activity
from app.programme.queries import kind_of
from app.registration.models import BibCounter, Booking, BookingStatus

_counter, _booking = table(BibCounter), table(Booking)
_TAKE: dict[str, Any] = {
    name: insert(_counter)
    .values(activity_id=sa.bindparam("activity"), last=sa.bindparam("many"))
    .on_conflict_do_update(
        index_elements=["activity_id"],
        set_={"last": _counter.c.last + sa.bindparam("more", type_=sa.Integer)},
    )
    .returning(_counter.c.last)
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


def take_bibs(activity_id: int, kind: str, many: int) -> list[int | None]:
    """The next bib numbers of an activity, as many Nones where its kind gives none.

    One statement, and only for kinds with bibs. The counter's row makes those who sign up for different slots
    take turns until the end of the transaction; take places first, so that nobody waits in a circle.
    """
    if not kind_of(kind).gives_bib or not many:
        return [None] * many
    connection = core()
    asked = {"activity": activity_id, "many": many, "more": many}
    last: int = connection.execute(_TAKE[connection.dialect.name], asked).scalar_one()
    return [*range(last - many + 1, last + 1)]


def give_missing_bibs(registration_id: int) -> None:
    """A bib for everybody of a registration who has a place and no bib yet, where the kind gives them."""
    rows: Any = core().execute(
        sa.select(_booking.c.id, _booking.c.activity_id, Activity.kind)
        .join(Activity, Activity.id == _booking.c.activity_id)
        .where(
            _booking.c.registration_id == registration_id,
            _booking.c.status == BookingStatus.CONFIRMED,
            _booking.c.bib.is_(None),
        )
        .order_by(_booking.c.position, _booking.c.id)
    )
    for (activity_id, kind), of_it in itertools.groupby(rows, key=lambda row: (row.activity_id, row.kind)):
        bookings = [row.id for row in of_it]
        for booking_id, bib in zip(bookings, take_bibs(activity_id, kind, len(bookings)), strict=True):
            if bib is not None:
                core().execute(sa.update(_booking).where(_booking.c.id == booking_id).values(bib=bib))
