"""A phone becomes a supervisor's for some hours by the six digits of its point."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.checkin.models import Device
from app.checkin.queries import ScanningDevice
from app.core.db import rows_changed
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.passwords import verify_password

LASTS = timedelta(hours=12)


def check_pin(device: ScanningDevice, pin: str) -> None:
    """Slow on purpose, so before the transaction. Raises wrong_pin 403, also where the point has none."""
    if not verify_password(device.pin_hash, pin[:200]):
        raise DomainError("wrong_pin", _("PIN ini tidak cocok. Periksa lagi."), status=403)


def unlock(device: ScanningDevice, now: datetime) -> datetime:
    """Make the phone a supervisor's; until when. Once more before that prolongs it."""
    until = now + LASTS
    still = device.supervisor_until is not None and device.supervisor_until > now
    since = device.supervisor_since if still and device.supervisor_since else now
    rows_changed(
        sa.update(Device).where(Device.id == device.id).values(supervisor_since=since, supervisor_until=until)
    )
    record_audit("device.supervisor", f"device:{device.id}", None, now, point=device.point_id)
    return until
