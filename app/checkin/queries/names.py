"""Names for phones, sealed: as the worker keeps them, and made on the spot where it has not been yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.checkin.models import SealedName, TicketChange
from app.checkin.queries.changes import changed_since, cursor_now, read_cursor
from app.checkin.queries.scanning import ScanningDevice
from app.checkin.queries.snapshot import name_salt
from app.core.codes import ticket_id_bytes
from app.core.db import core, table
from app.core.keys import ticket_signature
from app.core.sealing import seal_name
from app.registration.models import Participant, Ticket, TicketStatus

MOST_SEALED = 5_000  # names made on the spot, a third of a second; the worker has the others before long
UNFINISHED = "0-0"  # a cursor as old as this gets everything, the next time
_ticket, _participant, _sealed = table(Ticket), table(Participant), table(SealedName)
_change = table(TicketChange)
_HOLDERS = (
    sa.select(_ticket.c.id, _ticket.c.festival_id, _ticket.c.scope, _participant.c.name)
    .join(_participant, _participant.c.id == _ticket.c.participant_id)
    .outerjoin(_sealed, _sealed.c.ticket_id == _ticket.c.id)
    .where(_ticket.c.status == TicketStatus.VALID)
)
_STALE = sa.or_(_sealed.c.ticket_id.is_(None), _sealed.c.name != _participant.c.name)


@dataclass(frozen=True, slots=True)
class Names:
    """Records of sealed names one after the other, and the cursor for the next time."""

    data: bytes
    cursor: str


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A ticket whose name is not kept sealed yet, or was another."""

    ticket_id: int
    festival_id: int
    scope: int
    name: str


def sealed_names(device: ScanningDevice, since: str | None, now: datetime) -> Names:
    """Names of all valid tickets of the festival, or of those that have changed since a cursor."""
    cursor = cursor_now(now)
    known = read_cursor(since, cursor)
    changed = changed_since(known, device.festival_id, device.gate_id) if known else None
    if changed is not None and not changed.tickets:
        return Names(b"", str(cursor))
    query = _HOLDERS.add_columns(_sealed.c.name.label("was"), _sealed.c.sealed)
    query = query.where(_ticket.c.festival_id == device.festival_id)
    if changed is not None:
        query = query.where(_ticket.c.id.in_(changed.tickets))
    rows = core().execute(query).all()
    kept = [ticket_id_bytes(row.id) + row.sealed for row in rows if row.was == row.name]
    missing = [Unsealed(*row[:4]) for row in rows if row.was != row.name]
    fresh = [ticket_id_bytes(ticket.ticket_id) + seal(ticket) for ticket in missing[:MOST_SEALED]]
    return Names(b"".join([*kept, *fresh]), str(cursor) if len(missing) <= MOST_SEALED else UNFINISHED)


def last_change() -> int:
    """The number of the last change of any ticket, so that nobody looks for work where nothing has happened."""
    newest = sa.select(_change.c.id).where(_change.c.gate_id.is_(None)).order_by(_change.c.id.desc()).limit(1)
    return core().scalar(newest) or 0


def unsealed(most: int) -> Sequence[Unsealed]:
    """Some of the tickets that the worker has to seal."""
    rows = core().execute(_HOLDERS.where(_STALE).order_by(_ticket.c.id).limit(most))
    return [Unsealed(*row) for row in rows]


def seal(ticket: Unsealed) -> bytes:
    """The name for who has the ticket."""
    signature = ticket_signature(ticket.festival_id, ticket.scope, ticket.ticket_id)
    return seal_name(ticket.name, signature, name_salt(ticket.festival_id))
