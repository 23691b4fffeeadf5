"""What the doctor asks of check-in."""

from __future__ import annotations

import sqlalchemy as sa

from app.checkin.models import Admission, Scan, ScanStatus
from app.core.db import db
from app.core.hooks import Finding
from app.registration.models import Ticket


def examine() -> list[Finding]:
    """Admissions are the admitted scans less the conflicts, those taken back and those going out, one to one."""
    counts = sa.and_(
        Scan.status == ScanStatus.ADMITTED, Scan.conflict.is_(False), Scan.undone_at.is_(None),
        Scan.direction.is_distinct_from("out"),
    )  # fmt: skip
    scans = _count(sa.select(sa.func.count()).select_from(Scan).where(counts))
    admissions = _count(sa.select(sa.func.count()).select_from(Admission))
    found: list[Finding] = []
    if scans != admissions:
        found.append(Finding("admissions", f"{scans} admitted scans that stand, but {admissions} admissions."))
    scanned, admitted = sa.orm.aliased(Ticket), sa.orm.aliased(Ticket)
    same = sa.or_(scanned.id == admitted.id, scanned.participant_id == admitted.participant_id)  # given out anew
    fits = sa.exists(
        sa.select(1)
        .select_from(Scan)
        .join(scanned, scanned.id == Scan.ticket_id)
        .join(admitted, same)
        .where(
            Scan.id == Admission.scan_id,
            counts,
            admitted.id == Admission.ticket_id,
            Scan.point_id == Admission.point_id,
        )
    )
    strays = _count(sa.select(sa.func.count()).select_from(Admission).where(sa.not_(fits)))
    if strays:
        found.append(
            Finding("admissions", f"{strays} admissions without an admitted scan of their ticket and point.")
        )
    return found


def _count(query: sa.Select[int]) -> int:
    return db.session.scalar(query) or 0
