"""What the text of a scan is, before any database is asked."""

from __future__ import annotations

from dataclasses import dataclass

from app.checkin.rules import Attempt, Reason
from app.core.codes import normalise_typed_code
from app.core.crypto import Forged, NotATicket, TicketVerifier

LONGEST_CODE = 8192  # characters; nothing longer is looked at (api.md)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the text of a scan is: a ticket id (signature checked), a typed code, or a fault."""

    attempt: Attempt
    ticket_id: int | None = None
    typed: str | None = None
    fault: Reason | None = None


def read_code(attempt: Attempt, verifier: TicketVerifier, festival_id: int) -> Reading:
    """Read the text of a scan without the database; belongs outside the transaction (a signature is 0.1 ms)."""
    code = attempt.code
    if attempt.ticket_id is not None and not code:
        return Reading(attempt, ticket_id=attempt.ticket_id)
    if len(code) > LONGEST_CODE:
        return Reading(attempt, fault=Reason.UNKNOWN)
    try:
        payload = verifier.read(code)
    except Forged:
        return Reading(attempt, fault=Reason.FORGED)
    except NotATicket:
        typed = normalise_typed_code(code)
        return Reading(attempt, typed=typed, fault=None if typed else Reason.UNKNOWN)
    if payload.festival != festival_id:
        return Reading(attempt, fault=Reason.OTHER_FESTIVAL)
    return Reading(attempt, ticket_id=payload.ticket_id)
