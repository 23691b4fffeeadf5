"""What becomes of admissions when a ticket is given out anew (``hooks.ticket_replaced``)."""

from __future__ import annotations

import sqlalchemy as sa

from app.checkin.models import Admission
from app.core.db import rows_changed


def carry_admissions(old_ticket_id: int, new_ticket_id: int) -> None:
    """Who was in already stays in: the new ticket is answered *already admitted* where the old one was let in."""
    change = sa.update(Admission).where(Admission.ticket_id == old_ticket_id)
    rows_changed(change.values(ticket_id=new_ticket_id))
