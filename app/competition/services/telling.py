"""News to entrants, through the outbox: the result is public, an objection was answered.

Their own links are stored as hashes and cannot be sent again; a message says where to look.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.competition.models import Competition, Entrant
from app.core.db import db
from app.core.formats import moment
from app.core.i18n import gettext as _
from app.core.i18n import speaking
from app.messaging.services import queue_message


def set_contact(entrant: Entrant, phone: str, now: datetime) -> None:
    """Whom to tell, E.164; empty for nobody any more."""
    if entrant.contact_phone != phone:
        entrant.contact_phone = phone
        record_audit("entrant.contact", f"entrant:{entrant.id}", None, now, given=bool(phone))


def tell_of_result(competition: Competition, address: str, until: datetime, now: datetime) -> int:
    """A message to every entrant that left a number and did not withdraw; returns how many.

    ``address``: of the public page; ``until``: the end of the objection window.
    """
    told = sa.select(Entrant).where(
        Entrant.competition_id == competition.id, Entrant.withdrawn_at.is_(None), Entrant.contact_phone != ""
    )
    found = list(db.session.scalars(told.order_by(Entrant.number)))
    with speaking("id"):
        for one in found:
            text = _(
                "Hasil %(competition)s sudah diumumkan: %(address)s\n"
                "Nilai dan umpan balik untuk %(name)s ada di tautan berkas koperasi Anda, tombol "
                "Hasil dan umpan balik. Sanggahan diterima sampai %(until)s.",
                competition=competition.name, address=address, name=one.name, until=moment(until),
            )  # fmt: skip
            queue_message(competition.festival_id, "competition_result", one.contact_phone, text, now)
    return len(found)


def tell_of_answer(competition: Competition, entrant: Entrant, now: datetime) -> bool:
    """A message to who objected that the answer is there; False where no number is known."""
    if not entrant.contact_phone:
        return False
    with speaking("id"):
        text = _(
            "Sanggahan %(name)s pada %(competition)s sudah dijawab panitia. Bacalah di tautan berkas koperasi "
            "Anda, tombol Hasil dan umpan balik.",
            name=entrant.name, competition=competition.name,
        )  # fmt: skip
        return queue_message(competition.festival_id, "objection_answered", entrant.contact_phone, text, now)
