"""Who came with somebody: the others of a registration, for one tap at the gate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.checkin.models import Admission
from app.core.db import core, table
from app.registration.models import Booking, BookingStatus, Participant, Ticket, TicketStatus

MOST_RELATIVES = 19
_mine, _other = table(Booking).alias("mine"), table(Booking).alias("other")
_held, _ticket, _participant = table(Ticket).alias("held"), table(Ticket), table(Participant)
_admission = table(Admission)
_HERE = sa.or_(
    sa.bindparam("activity_id", type_=sa.Integer).is_(None), _mine.c.activity_id == sa.bindparam("activity_id")
)
_INSIDE = sa.exists().where(
    _admission.c.gate_id == sa.bindparam("gate_id"), _admission.c.ticket_id == _ticket.c.id,
    _admission.c.key == sa.bindparam("key"),
)  # fmt: skip
_FAMILIES = (
    sa.select(_held.c.id, _ticket.c.code, _participant.c.name)
    .distinct()
    .select_from(_held)
    .join(_mine, _mine.c.participant_id == _held.c.participant_id)
    .join(_other, _other.c.registration_id == _mine.c.registration_id)
    .join(_ticket, _ticket.c.participant_id == _other.c.participant_id)
    .join(_participant, _participant.c.id == _other.c.participant_id)
    .where(
        _held.c.id.in_(sa.bindparam("ids", expanding=True)), _ticket.c.id != _held.c.id,
        _ticket.c.status == TicketStatus.VALID, _mine.c.status == BookingStatus.CONFIRMED,
        _other.c.status == BookingStatus.CONFIRMED, _HERE, sa.not_(_INSIDE),
    )
    .order_by(_held.c.id, _participant.c.name, _ticket.c.code)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody of the same registration who is not in yet: typed code and name."""

    code: str
    holder: str


def families_of(
    ticket_ids: Collection[int], gate_id: int, activity_id: int | None, key: str
) -> Mapping[int, Sequence[Relative]]:
    """By ticket who else may come in now, 19 at most; ``key`` as their admission would have it. One SELECT."""
    asked = {"ids": list(ticket_ids), "gate_id": gate_id, "activity_id": activity_id, "key": key}
    found: dict[int, list[Relative]] = defaultdict(list)
    for ticket_id, code, name in core().execute(_FAMILIES, asked):
        if len(found[ticket_id]) < MOST_RELATIVES:
            found[ticket_id].append(Relative(code, name))
    return found
