"""What the worker does for phones: names sealed ahead, old changes forgotten."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.checkin.models import SealedName, TicketChange
from app.checkin.queries import names
from app.checkin.queries.changes import KEPT
from app.core.db import core, db, table, transaction

AT_ONCE = 200  # names sealed in one transaction: 30 ms, prepared before it
MOST_FORGOTTEN = 10_000
_seen: dict[str, int] = {}  # the last change after which all was sealed, by database
_change, _sealed = table(TicketChange), table(SealedName)


def seal_names(stopping: Callable[[], bool]) -> int:
    """Seal the names of tickets that are new or changed hands; returns of how many."""
    done, last, database = 0, names.last_change(), str(db.engine.url)
    if _seen.get(database) == last:
        return 0
    while not stopping():
        waiting = names.unsealed(AT_ONCE)
        db.session.remove()
        if not waiting:
            _seen[database] = last
            break
        rows = [{"ticket_id": t.ticket_id, "name": t.name, "sealed": names.seal(t)} for t in waiting]
        with suppress(IntegrityError), transaction():  # another worker was there, or the ticket is gone: look again
            core().execute(sa.delete(_sealed).where(_sealed.c.ticket_id.in_([t.ticket_id for t in waiting])))
            core().execute(sa.insert(_sealed), rows)
        done += len(rows)
    return done


def forget_changes(now: datetime) -> int:
    """Forget what phones need not be told any more; a look at the oldest row when there is nothing to do."""
    oldest = core().execute(sa.select(_change.c.id, _change.c.changed_at).order_by(_change.c.id).limit(1)).first()
    if oldest is None or oldest.changed_at > now - KEPT:
        return 0
    past = sa.and_(_change.c.id < oldest.id + MOST_FORGOTTEN, _change.c.changed_at <= now - KEPT)
    return len(core().execute(sa.delete(_change).where(past).returning(_change.c.id)).all())
