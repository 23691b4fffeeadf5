"""Giving a ticket out anew at the counter: the old one opens nothing from this moment on."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.core import hooks
from app.core.db import db, rows_changed
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.registration.models import Participant, Ticket, TicketReissue, TicketStatus
from app.registration.queries import TicketFace
from app.registration.services import letters
from app.registration.services.places import issue_tickets


def reissue(
    festival_id: int, participant_id: int, old_code: str, by_id: int, now: datetime, *, send: bool = False
) -> TicketFace:
    """A new ticket for a person instead of the one with ``old_code``; pressed twice it makes one.

    The manage page and *Tiket saya* show the new one by themselves. ``send`` queues its link to the person's
    number. Raises DomainError ticket_not_valid 409 where the old one was not theirs or had ended otherwise.
    """
    old = db.session.execute(
        sa.select(Ticket.id, Ticket.scope).where(
            Ticket.festival_id == festival_id, Ticket.participant_id == participant_id, Ticket.code == old_code
        )
    ).one_or_none()
    ended = old and rows_changed(
        sa.update(Ticket)
        .where(Ticket.id == old.id, Ticket.status == TicketStatus.VALID)
        .values(status=TicketStatus.REPLACED)
    )
    if old is None or not ended:
        return _given_before(old.id if old else None)
    face = issue_tickets(festival_id, {participant_id: old.scope}, now)[participant_id]
    db.session.execute(
        sa.insert(TicketReissue).values(old_ticket_id=old.id, new_ticket_id=face.id, reissued_at=now, by_id=by_id)
    )
    hooks.ticket_replaced(old.id, face.id)
    record_audit("ticket.reissued", f"ticket:{old.id}", by_id, now, new=face.id, sent=send)
    if send:
        name, phone = db.session.execute(
            sa.select(Participant.name, Participant.phone).where(Participant.id == participant_id)
        ).one()
        letters.tell_of_new_ticket(festival_id, phone, name, face, now)
    return face


def _given_before(old_id: int | None) -> TicketFace:
    row = db.session.execute(
        sa.select(Ticket.id, Ticket.code, Ticket.scope)
        .join(TicketReissue, TicketReissue.new_ticket_id == Ticket.id)
        .where(TicketReissue.old_ticket_id == old_id, Ticket.status == TicketStatus.VALID)
    ).one_or_none()
    if row is None:
        raise DomainError("ticket_not_valid", _("Tiket ini sudah tidak berlaku, jadi tidak bisa diganti."))
    return TicketFace(row.id, row.code, row.scope)
