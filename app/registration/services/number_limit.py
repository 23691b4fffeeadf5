"""How many people one telephone number may bring to a slot, where the committee says so (``max_per_number``).

Whoever adds people of a number lets the others of that number finish first (``queries.wait_for_number``), so that
the count cannot be out of date when the places are taken.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.registration import queries, rules
from app.registration.models import Registration
from app.registration.queries import SlotFacts


def check(slot: SlotFacts, phone: str, more: int) -> None:
    """Raises number_limit 409 where ``more`` people of the number are too many for the slot.

    A statement, and only where the committee set a limit.

    The words do not say how many are there: that is nobody's business who merely types a number.
    """
    if slot.max_per_number is None:
        return
    if rules.beyond_number(slot.max_per_number, queries.people_of_number(slot, phone), more):
        text = _("Dari satu nomor paling banyak %(most)s orang di jadwal ini.", most=slot.max_per_number)
        raise DomainError("number_limit", text)


def take_turn(registration_id: int) -> None:
    """Let sign-ups of the number of this registration take turns; before anything else is locked."""
    phone = db.session.scalar(sa.select(Registration.contact_phone).where(Registration.id == registration_id))
    if phone is not None:
        queries.wait_for_number(phone)
