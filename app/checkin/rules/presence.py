"""Who is in already, who left and comes back. A gate that counts who is inside lets people out and in again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from app.checkin.rules.facts import Admitted, Denied, Leaves, PointFacts, Presence, Reason
from app.core.admission import AdmissionPolicy


def admission_key(point: PointFacts, scan_id: str, at: datetime) -> str:
    """What may happen only once: anything, a day of the festival's wall clock, or this very scan."""
    match point.policy:
        case AdmissionPolicy.ONCE:
            return ""
        case AdmissionPolicy.DAILY:
            return at.astimezone(point.zone).date().isoformat()
        case AdmissionPolicy.UNLIMITED:
            return scan_id


def entering(
    point: PointFacts, admissions: Mapping[str, Presence], scan_id: str, at: datetime
) -> Admitted | Denied:
    """Whether somebody may come in as far as earlier entries go: not yet here, or gone out in the meantime.

    Coming back has a key made of the departure, the same for every phone: two who let the same person back in
    without a network collide, as they must.
    """
    key = admission_key(point, scan_id, at)
    if not point.counts_inside:
        return _already(admissions[key].admitted_at) if key in admissions else Admitted(key)
    counted = _counted(point, admissions, at)
    if not counted:
        return Admitted(key)
    first = min(p.admitted_at for p in counted.values())
    departures = [p.left_at for p in counted.values() if p.left_at is not None]
    if len(departures) < len(counted) or at < max(departures):
        return _already(first)
    again = f"re-{max(departures).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return _already(first) if again in admissions else Admitted(again)


def leaving(point: PointFacts, admissions: Mapping[str, Presence], at: datetime) -> Leaves | Denied:
    """Ends the last entry that is still open at this moment."""
    inside = {
        key: p for key, p in _counted(point, admissions, at).items() if p.left_at is None and p.admitted_at <= at
    }
    if not inside:
        return Denied(Reason.NOT_INSIDE)
    return Leaves(max(inside, key=lambda key: (inside[key].admitted_at, key)))


def _counted(point: PointFacts, admissions: Mapping[str, Presence], at: datetime) -> Mapping[str, Presence]:
    """All entries where a ticket opens once, else those of the wall clock's day."""
    if point.policy is AdmissionPolicy.ONCE:
        return admissions
    today = at.astimezone(point.zone).date()
    return {key: p for key, p in admissions.items() if p.admitted_at.astimezone(point.zone).date() == today}


def _already(first: datetime) -> Denied:
    return Denied(Reason.ALREADY_ADMITTED, first_admitted_at=first)
