"""What phones tell of themselves: that they live, what they have not sent yet, how old their data are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.checkin.models import Device
from app.checkin.queries import ScanningDevice
from app.checkin.rules import PhoneState
from app.core.db import core, table

SEEN_EVERY = timedelta(minutes=1)  # how exactly "last seen" is kept: a write a minute, not a scan
_device = table(Device)
_MINE = _device.c.id == sa.bindparam("device")
_SEEN = sa.update(_device).where(_MINE).values(last_seen_at=sa.bindparam("now"))
_TOLD = _SEEN.values(
    unsent=sa.bindparam("told_unsent"), skew_ms=sa.bindparam("told_skew"), data_as_of=sa.bindparam("told_as_of")
)


def has_news(device: ScanningDevice, told: PhoneState | None, now: datetime) -> bool:
    """Whether it is worth a write: once a minute, and at once when a phone falls behind or has caught up."""
    if device.last_seen_at is None or now - device.last_seen_at >= SEEN_EVERY:
        return True
    return told is not None and bool(told.unsent) != bool(device.unsent)


def note_phone(device: ScanningDevice, told: PhoneState | None, now: datetime) -> None:
    """Write down that the phone was there, and what it told."""
    values: dict[str, Any] = {"device": device.id, "now": now}
    if told is None:
        core().execute(_SEEN, values)
        return
    skew = told.skew // timedelta(milliseconds=1) if told.skew is not None else None
    as_of = min(told.as_of, now) if told.as_of else None
    core().execute(_TOLD, {**values, "told_unsent": told.unsent, "told_skew": skew, "told_as_of": as_of})
