"""Holding on to a registration while it is changed: its slots first, then itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.programme.models import Activity, TimeSlot
from app.registration.models import Registration, RegistrationStatus
from app.registration.services.places import lock_slots


@dataclass(frozen=True, slots=True)
class Held:
    """A registration as it stands, with what decides about its places. Nobody else changes it meanwhile."""

    id: int
    festival_id: int
    activity_id: int
    slot_id: int
    status: RegistrationStatus
    phone: str
    waiting_since: datetime | None
    scope: int
    waiting_list: bool
    closes_at: datetime | None
    starts_at: datetime
    ends_at: datetime


def hold(registration_id: int, *more_slots: int) -> Held:
    """Lock the slot of a registration (and others, see ``lock_slots``), then the registration; read it afresh.

    Raises NotFound when it is gone.
    """
    slot_id = db.session.scalar(sa.select(Registration.slot_id).where(Registration.id == registration_id))
    if slot_id is None:
        raise NotFound(_("Pendaftaran ini sudah tidak ada."), code="registration_unknown")
    locked = {slot_id, *more_slots}
    lock_slots(locked)
    row: Any = db.session.execute(
        sa.select(
            Registration.id, Registration.festival_id, Registration.activity_id, Registration.slot_id,
            Registration.status, Registration.contact_phone, Registration.waiting_since,
        )
        .where(Registration.id == registration_id)
        .with_for_update(key_share=True)
    ).one()  # fmt: skip
    if row.slot_id not in locked:
        lock_slots({row.slot_id})  # it changed slots a moment ago; should this deadlock, the request runs again
    facts = db.session.execute(
        sa.select(Activity.number, Activity.waiting_list, Activity.closes_at, TimeSlot.starts_at, TimeSlot.ends_at)
        .join(TimeSlot, TimeSlot.activity_id == Activity.id)
        .where(TimeSlot.id == row.slot_id)
    ).one()
    values: list[Any] = [*row, *facts]
    return Held(*values)
