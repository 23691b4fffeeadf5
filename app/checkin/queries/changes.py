"""What has changed since a phone asked last: cursors over ``ticket_change``, which database triggers fill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.checkin.models import TicketChange
from app.core.db import core, table

KEPT = timedelta(days=3)  # changes are forgotten after that
OLDEST = timedelta(days=2)  # an older cursor is answered with everything
MOST_CHANGES = 5_000  # more are told as everything

_change = table(TicketChange)
_NOW_POSTGRESQL = sa.text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
_NOW_SQLITE = sa.text("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'ticket_change'), 0)")
_FOR_PHONES = (
    sa.select(_change.c.ticket_id, _change.c.gate_id)
    .where(
        _change.c.festival_id == sa.bindparam("festival_id"),
        sa.or_(_change.c.gate_id.is_(None), _change.c.gate_id == sa.bindparam("gate_id")),
    )
    .distinct()
    .limit(MOST_CHANGES + 1)
)
# by the transaction on PostgreSQL: all below the cursor had ended when it was read, so that none is missed
_SINCE_POSTGRESQL = _FOR_PHONES.where(_change.c.xid >= sa.bindparam("since"))
_SINCE_SQLITE = _FOR_PHONES.where(_change.c.id > sa.bindparam("since"))


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the changes, and when it was read (seconds since 1970)."""

    at: int
    seconds: int

    def __str__(self) -> str:
        return f"{self.at}-{self.seconds}"


@dataclass(frozen=True, slots=True)
class Changed:
    """Tickets with other facts, and tickets with other admissions at the gate."""

    tickets: frozenset[int]
    admissions: frozenset[int]


def cursor_now(now: datetime) -> Cursor:
    """The cursor for data that are read after this call."""
    found = core().execute(_NOW_POSTGRESQL if _on_postgresql() else _NOW_SQLITE).scalar_one()
    return Cursor(int(found), int(now.timestamp()))


def read_cursor(text: str | None, present: Cursor) -> Cursor | None:
    """The cursor that a phone has sent, None where it must be told everything."""
    place, _dash, seconds = (text or "").partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (place, seconds)):
        return None
    sent = Cursor(int(place), int(seconds))
    fresh = 0 <= present.seconds - sent.seconds <= OLDEST.total_seconds()
    return sent if fresh and sent.at <= present.at else None


def changed_since(cursor: Cursor, festival_id: int, gate_id: int) -> Changed | None:
    """What has changed; None when that is too much to be worth telling."""
    asked = {"festival_id": festival_id, "gate_id": gate_id, "since": cursor.at}
    rows = core().execute(_SINCE_POSTGRESQL if _on_postgresql() else _SINCE_SQLITE, asked).all()
    if len(rows) > MOST_CHANGES:
        return None
    return Changed(
        frozenset(row.ticket_id for row in rows if row.gate_id is None),
        frozenset(row.ticket_id for row in rows if row.gate_id is not None),
    )


def _on_postgresql() -> bool:
    return core().dialect.name == "postgresql"
