"""What a verdict is made of: closed lists and plain values, from the database and to it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from app.core.admission import AdmissionPolicy


class PointKind(enum.StrEnum):
    """What stands at a check-in point."""

    GATE = "gate"
    ACTIVITY = "activity"
    BOOTH = "booth"
    DESK = "desk"


class ScanStatus(enum.StrEnum):
    """The answer in one word."""

    ADMITTED = "admitted"
    DENIED = "denied"


class Reason(enum.StrEnum):
    """Why a ticket was not let in; shown to staff in words."""

    ALREADY_ADMITTED = "already_admitted"
    UNKNOWN = "unknown"
    FORGED = "forged"
    OTHER_FESTIVAL = "other_festival"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    WAITLISTED = "waitlisted"
    BLANK = "blank"
    NO_BOOKING = "no_booking"
    WRONG_ACTIVITY = "wrong_activity"
    WRONG_DAY = "wrong_day"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    POINT_CLOSED = "point_closed"
    POINT_PAUSED = "point_paused"
    NEEDS_DESK = "needs_desk"
    SLOT_FULL = "slot_full"
    OTHER_HOLDER = "other_holder"
    NOT_INSIDE = "not_inside"
    NOT_IN_SNAPSHOT = "not_in_snapshot"
    REVOKED_DEVICE = "revoked_device"
    ID_REUSED = "id_reused"


NOT_OURS = frozenset({Reason.UNKNOWN, Reason.FORGED, Reason.OTHER_FESTIVAL})
"""Nothing of ours was read: whatever a phone showed, nobody with such a code was let in by us."""
SERVER_ONLY = frozenset({Reason.REVOKED_DEVICE, Reason.ID_REUSED})
"""Reasons that only the server can know; a phone that sends one is not believed."""
NEVER_BY_HAND = NOT_OURS | SERVER_ONLY | {
    Reason.ALREADY_ADMITTED, Reason.REPLACED, Reason.CANCELLED, Reason.BLANK, Reason.NOT_INSIDE,
    Reason.NEEDS_DESK, Reason.SLOT_FULL, Reason.OTHER_HOLDER,
}  # fmt: skip
"""What not even a supervisor lets in by hand: there is no ticket of a person, or somebody is in with it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One scan as a phone sent it, already parsed (api.md, scans).

    ``sent_id`` is the id as it came and goes back; ``client_id`` the same UUID in lower case, as it is stored.
    ``skew`` is the phone's clock less ours, as the phone measured it. ``by_hand``: a supervisor's reason to let
    somebody in whatever the verdict. ``name``: of a walk-in who gets this blank ticket. ``ticket_id``: told by
    the phone instead of a code, which it does not have of a family's other tickets.
    ``phone_verdict`` and ``phone_reason`` are what the phone showed without a network; a reason that is not in
    the list is None.
    """

    sent_id: str
    client_id: str
    code: str
    scanned_at: datetime
    offline: bool = False
    phone_verdict: ScanStatus | None = None
    phone_reason: Reason | None = None
    direction: str | None = None
    skew: timedelta = timedelta()
    volunteer: str | None = None
    by_hand: str | None = None
    name: str | None = None
    ticket_id: int | None = None

    @property
    def goes_out(self) -> bool:
        """Somebody leaves, where the point counts that."""
        return self.direction == "out"


@dataclass(frozen=True, slots=True)
class Undoing:
    """A scan that a phone took back. ``sent_id`` as it came, ``at`` by the phone's clock, as the scan's moment."""

    sent_id: str
    client_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PhoneState:
    """``unsent`` scans, the phone's clock less ours, the moment its data are of."""

    unsent: int
    skew: timedelta | None
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class BookedSlot:
    """A booking of the ticket's holder, live or not."""

    activity_id: int
    starts_at: datetime
    ends_at: datetime
    live: bool
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What the database knows of the ticket that was read. ``blank``: printed already, but nobody's yet."""

    replaced: bool
    cancelled: bool
    bookings: Sequence[BookedSlot]
    blank: bool = False


@dataclass(frozen=True, slots=True)
class PointFacts:
    """The rules of the point. ``activity_id`` None admits any live booking on a festival day.

    ``paused_since``: from then on nobody is let in; what a phone let in before and sends later stands.
    """

    activity_id: int | None
    policy: AdmissionPolicy
    opens_before: timedelta
    closes_after: timedelta
    active: bool
    festival_days: frozenset[date]
    zone: tzinfo
    paused_since: datetime | None = None
    counts_inside: bool = False


@dataclass(frozen=True, slots=True)
class Presence:
    """One admission of a ticket: when it came in, and when it left where that is counted."""

    admitted_at: datetime
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PointFields:
    """What the committee says of a point. Minutes before a slot's start and after its end.

    ``counts_with_id``: the main point whose admissions are this one's too; ``capacity``: people inside at once.
    """

    name: str
    kind: PointKind
    activity_id: int | None
    policy: AdmissionPolicy
    opens_before: int
    closes_after: int
    active: bool
    counts_with_id: int | None = None
    counts_inside: bool = False
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """Let in; ``key`` makes the admission unique at the point."""

    key: str


@dataclass(frozen=True, slots=True)
class Denied:
    """Not let in. ``slot`` is the booking the reason speaks of, ``first_admitted_at`` the earlier entry."""

    reason: Reason
    first_admitted_at: datetime | None = None
    slot: BookedSlot | None = None


@dataclass(frozen=True, slots=True)
class Leaves:
    """Went out: the admission under ``key`` ends, none is written."""

    key: str


Verdict = Admitted | Denied | Leaves


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is stored and answered. An admission is written exactly when ``admission_key`` is not None.

    ``leaves_key``: the admission that ends, where somebody went out.
    """

    status: ScanStatus
    reason: Reason | None = None
    conflict: bool = False
    admission_key: str | None = None
    leaves_key: str | None = None
    first_admitted_at: datetime | None = None
    slot: BookedSlot | None = None
