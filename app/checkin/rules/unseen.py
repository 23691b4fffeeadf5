"""A ticket that the phone's data do not have: younger than they are, or nobody's. The phone's own rule.

The server never needs it, for it knows every ticket; here it stands so that one table of cases
(``tests/vectors/checkin.json``) decides what the phone must say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from app.checkin.rules import presence
from app.checkin.rules.facts import Denied, PointFacts, Presence, Reason, Verdict

CLOCKS_DIFFER: Final = timedelta(seconds=60)  # a ticket may have been made while the data were gathered
BLANK_SCOPE: Final = 0


def decide_unseen(
    issued_at: datetime, scope: int, as_of: datetime, point: PointFacts, activity_number: int | None,
    admissions: Mapping[str, Presence], scan_id: str, at: datetime, goes_out: bool = False,
) -> Verdict:  # fmt: skip
    """The verdict for a genuine ticket that is not in data of ``as_of``; who is let in is *unchecked*.

    ``scope`` is what the ticket says of itself, the number of an activity, ``activity_number`` the point's.
    ``admissions`` are those this phone has made itself.
    """
    if issued_at <= as_of - CLOCKS_DIFFER:
        return Denied(Reason.NOT_IN_SNAPSHOT)
    if goes_out and point.counts_inside:
        return presence.leaving(point, admissions, at)
    if not point.active:
        return Denied(Reason.POINT_CLOSED)
    if point.paused_since and at >= point.paused_since:
        return Denied(Reason.POINT_PAUSED)
    if scope == BLANK_SCOPE:
        return Denied(Reason.BLANK)
    entry = presence.entering(point, admissions, scan_id, at)
    if isinstance(entry, Denied):
        return entry
    if activity_number is None:
        inside_festival = at.astimezone(point.zone).date() in point.festival_days
        return entry if inside_festival else Denied(Reason.WRONG_DAY)
    return entry if scope == activity_number else Denied(Reason.WRONG_ACTIVITY)
