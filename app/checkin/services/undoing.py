"""Taken back at the gate: a scan that was a slip, within ten seconds by the phone's own clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.checkin.models import Admission, Scan, ScanStatus
from app.checkin.queries import ScanningDevice
from app.checkin.rules import Undoing
from app.core.db import core, table

WITHIN: Final = timedelta(seconds=10)
_scan, _admission = table(Scan), table(Admission)
_MINE = sa.select(
    _scan.c.id, _scan.c.client_id, _scan.c.ticket_id, _scan.c.scanned_at, _scan.c.received_at, _scan.c.offline,
    _scan.c.skew_ms, _scan.c.direction, _scan.c.status, _scan.c.undone_at,
).where(
    _scan.c.device_id == sa.bindparam("device_id"), _scan.c.client_id.in_(sa.bindparam("ids", expanding=True))
)  # fmt: skip


def undo_scans(device: ScanningDevice, wanted: Sequence[Undoing], now: datetime) -> list[bool]:
    """Take scans of this phone back, each once; tells which are undone, now or by an earlier sending.

    The admission goes (or, where somebody had gone out, stands open again), the scan stays. Never for a phone
    that was cut off, for a scan that let nobody in, or later than ten seconds after it.
    """
    ids = {undoing.client_id for undoing in wanted}
    found = core().execute(_MINE, {"device_id": device.id, "ids": list(ids)}) if ids else ()
    scans = {row.client_id: row for row in found}
    done: dict[str, bool] = {}
    for undoing in wanted:
        row = scans.get(undoing.client_id)
        if row is not None and undoing.client_id not in done:
            done[undoing.client_id] = row.undone_at is not None or _undo(device, row, undoing, now)
    return [done.get(undoing.client_id, False) for undoing in wanted]


def _undo(device: ScanningDevice, row: Any, undoing: Undoing, now: datetime) -> bool:
    in_time = timedelta(0) <= undoing.at - row.scanned_at <= WITHIN
    if device.revoked or row.status is not ScanStatus.ADMITTED or not in_time:
        return False
    if row.direction == "out" and not _back_inside(device.gate_id, row):
        return False
    mark = sa.update(_scan).where(_scan.c.id == row.id, _scan.c.undone_at.is_(None)).values(undone_at=undoing.at)
    core().execute(mark)
    core().execute(sa.delete(_admission).where(_admission.c.scan_id == row.id))
    record_audit("scan.undone", f"scan:{row.id}", None, now, device=device.id)
    return True


def _back_inside(gate_id: int, row: Any) -> bool:
    """The entry that ended stands open again, unless somebody has come in with the ticket since."""
    skew = timedelta(milliseconds=row.skew_ms or 0)
    left = min(row.scanned_at - skew, row.received_at) if row.offline else row.received_at
    later = _admission.alias("later")
    again = sa.exists().where(
        later.c.gate_id == gate_id, later.c.ticket_id == row.ticket_id, later.c.admitted_at >= left
    )
    ended = sa.and_(
        _admission.c.gate_id == gate_id, _admission.c.ticket_id == row.ticket_id, _admission.c.left_at == left
    )
    change = sa.update(_admission).where(ended, sa.not_(again)).values(left_at=None).returning(_admission.c.id)
    return core().execute(change).first() is not None
