"""What a phone needs to judge without a network: everything at first, then what has changed (api.md, snapshot)."""

from __future__ import annotations

import base64
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.checkin.models import Admission, CheckinPoint
from app.checkin.queries.changes import Changed, changed_since, cursor_now, read_cursor
from app.checkin.queries.scanning import ScanningDevice, day_bounds, expected_on
from app.checkin.rules import packing
from app.checkin.rules.packing import PackedAdmission
from app.core import clock
from app.core.db import core, table
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.keys import derived, public_ticket_keys
from app.core.settings import settings
from app.festival.models import Day
from app.programme.models import Activity, TimeSlot
from app.registration.models import Booking, BookingStatus, Ticket, TicketStatus

FORMAT = 1
KEPT_SECONDS = 10.0  # what all phones of a point fetch as it opens is gathered once; well below rules.unseen's 60
_ticket, _booking, _admission = table(Ticket), table(Booking), table(Admission)
_slot, _activity, _day = table(TimeSlot), table(Activity), table(Day)
_point = table(CheckinPoint)
_STATES = {BookingStatus.CONFIRMED.value: "live", BookingStatus.WAITLISTED.value: "waiting"}
_OVER = "over"
_MINUTE = timedelta(minutes=1)
_TICKET_STATUS = sa.type_coerce(_ticket.c.status, sa.String).label("status")  # 100,000 enums take half a second
_BOOKING_STATUS = sa.type_coerce(_booking.c.status, sa.String).label("status")


_Bookings = Mapping[int, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Tickets, classes and families, packed, and the cursor they are of."""

    cursor: str
    classes: list[dict[str, Any]]
    sections: tuple[tuple[str, bytes], ...]


_kept: dict[object, tuple[float, _Gathered]] = {}  # one at most: it takes a megabyte


def snapshot(device: ScanningDevice, since: str | None, now: datetime) -> bytes:
    """The whole as bytes; with a cursor that is still good only what has changed.

    The cursor is read first: what commits in between is told twice, never missed.
    """
    cursor = cursor_now(now)
    known = read_cursor(since, cursor)
    changed = changed_since(known, device.festival_id, device.gate_id) if known else None
    gathered = _gather(device, str(cursor), changed) if changed else _whole(device, str(cursor))
    head = {
        "format": FORMAT, "full": changed is None, "cursor": gathered.cursor,
        "as_of": clock.local(now).isoformat(timespec="milliseconds"),
        **_head(device, now), "classes": gathered.classes,
    }  # fmt: skip
    admissions = packing.pack_admissions(_admissions(device.gate_id, changed))
    return packing.assemble(head, [*gathered.sections, ("admissions", admissions)])


def _whole(device: ScanningDevice, cursor: str) -> _Gathered:
    """Everything, at most some seconds old: the cursor that goes with it brings what came since."""
    key = (str(core().engine.url), device.festival_id, device.point.activity_id)
    until, found = _kept.get(key, (0.0, None))
    if found is not None and until > time.monotonic():
        return found
    gathered = _gather(device, cursor, None)
    if settings().page_seconds:  # 0 where nothing may be kept
        _kept.clear()
        _kept[key] = (time.monotonic() + KEPT_SECONDS, gathered)
    return gathered


def _gather(device: ScanningDevice, cursor: str, changed: Changed | None) -> _Gathered:
    tickets = _tickets(device.festival_id, changed)
    bookings = _bookings(device.festival_id, tickets, changed)
    classes, of_ticket = _classes(tickets, bookings)
    gone = sorted(changed.tickets - {t.id for t in tickets}) if changed else []
    listed = [(t.id, t.code) for t in tickets] + [(ticket_id, "") for ticket_id in gone]
    sections = (
        ("tickets", packing.pack_tickets(listed, name_salt(device.festival_id))),
        ("classes", packing.pack_classes([*of_ticket, *[packing.NO_TICKET] * len(gone)])),
        ("families", packing.pack_families(_families(device, tickets, bookings, changed))),
    )
    return _Gathered(cursor, classes, sections)


def name_salt(festival_id: int) -> bytes:
    """The 16 bytes that typed codes are hashed with, and names sealed: of the festival, nowhere stored."""
    text = derived("snapshot", festival_id)
    return base64.urlsafe_b64decode(text + "==")


def _head(device: ScanningDevice, now: datetime) -> dict[str, Any]:
    """What is small and told whole every time: keys, the point, days, slots, activities."""
    activities = core().execute(
        sa.select(_activity.c.id, _activity.c.number, _activity.c.title)
        .where(_activity.c.festival_id == device.festival_id)
        .order_by(_activity.c.number)
    ).all()  # fmt: skip
    number = {row.id: row.number for row in activities}
    slots = core().execute(
        sa.select(_slot.c.id, _slot.c.activity_id, _slot.c.starts_at, _slot.c.ends_at, _slot.c.closed)
        .where(_slot.c.festival_id == device.festival_id)
        .order_by(_slot.c.id)
    )  # fmt: skip
    days = core().scalars(
        sa.select(_day.c.date).where(_day.c.festival_id == device.festival_id).order_by(_day.c.date)
    )
    point = device.point
    return {
        "festival": device.festival_id,
        "zone": device.zone.key,
        "days": [day.isoformat() for day in days],
        "keys": [{"id": key_id, "key": _base64(key)} for key_id, key in sorted(public_ticket_keys().items())],
        "salt": _base64(name_salt(device.festival_id)),
        "point": {
            "slug": device.point_slug, "name": device.point_name,
            "activity": number[point.activity_id] if point.activity_id else None,
            "policy": point.policy.value,
            "opens_before": point.opens_before // _MINUTE,
            "closes_after": point.closes_after // _MINUTE,
            "active": point.active, "paused_at": _written(point.paused_since),
            "counts_inside": point.counts_inside, "capacity": device.capacity,
            "supervisor": device.pin_hash is not None, **_counts_with(device),
        },
        "slots": [
            {"n": s.id, "id": s.id, "activity": number[s.activity_id],
             "starts_at": _written(s.starts_at), "ends_at": _written(s.ends_at),
             **({"closed": True} if s.closed else {})}
            for s in slots
        ],
        "activities": {str(row.number): row.title for row in activities},
        "expected": expected_on(device.festival_id, point.activity_id, *day_bounds(now, device.zone)),
    }  # fmt: skip


def _counts_with(device: ScanningDevice) -> dict[str, str]:
    """The slug of the gate that keeps the admissions, where that is another one."""
    if device.gate_id == device.point_id:
        return {}
    return {"gate": core().scalars(sa.select(_point.c.slug).where(_point.c.id == device.gate_id)).one()}


def _tickets(festival_id: int, changed: Changed | None) -> Sequence[Any]:
    query = sa.select(_ticket.c.id, _ticket.c.code, _TICKET_STATUS, _ticket.c.participant_id)
    query = query.where(_ticket.c.festival_id == festival_id)
    if changed is not None:
        if not changed.tickets:
            return []
        query = query.where(_ticket.c.id.in_(changed.tickets))
    return sorted(core().execute(query), key=lambda row: row.id % 2**64)  # by their bytes


def _bookings(festival_id: int, tickets: Sequence[Any], changed: Changed | None) -> _Bookings:
    """By participant."""
    query = sa.select(
        _booking.c.participant_id, _booking.c.slot_id, _booking.c.activity_id, _BOOKING_STATUS,
        _booking.c.registration_id,
    ).where(_booking.c.festival_id == festival_id, _booking.c.status != BookingStatus.DUPLICATE)  # fmt: skip
    if changed is not None:
        query = query.where(_booking.c.participant_id.in_({t.participant_id for t in tickets if t.participant_id}))
    found: dict[int, list[Any]] = defaultdict(list)
    for row in core().execute(query):
        found[row.participant_id].append(row)
    return found


def _classes(tickets: Sequence[Any], bookings: _Bookings) -> tuple[list[dict[str, Any]], list[int]]:
    """What tickets have in common, each kind once, and which kind each ticket is of."""
    kinds: dict[Any, int] = {}
    of_ticket = [kinds.setdefault(_kind(ticket, bookings), len(kinds)) for ticket in tickets]
    if len(kinds) > packing.MOST_CLASSES:
        raise DomainError("snapshot_too_varied", _("Data untuk HP terlalu beragam. Hubungi panitia."), status=503)
    listed = [
        {"replaced": replaced, "cancelled": cancelled, "blank": blank, "bookings": [list(b) for b in booked]}
        for replaced, cancelled, blank, booked in kinds
    ]
    return listed, of_ticket


def _kind(ticket: Any, bookings: _Bookings) -> tuple[bool, bool, bool, tuple[tuple[int, str], ...]]:
    """Bookings matter only while the ticket itself is good."""
    if ticket.status != TicketStatus.VALID.value:
        return (
            ticket.status == TicketStatus.REPLACED.value,
            ticket.status == TicketStatus.CANCELLED.value,
            False,
            (),
        )
    mine = bookings.get(ticket.participant_id, ())
    if len(mine) == 1:
        return (False, False, False, ((mine[0].slot_id, _STATES.get(mine[0].status, _OVER)),))
    booked = tuple(sorted((row.slot_id, _STATES.get(row.status, _OVER)) for row in mine))
    return (False, False, ticket.participant_id is None, booked)


def _families(
    device: ScanningDevice, tickets: Sequence[Any], bookings: _Bookings, changed: Changed | None
) -> list[tuple[int, int]]:
    """Who came by one registration for this point, two or more: (place in the list of tickets, number)."""
    numbers = {number: _family_number(number) for number in _family_ids(device, bookings, changed)}
    confirmed, wanted = BookingStatus.CONFIRMED.value, device.point.activity_id
    return [
        (place, numbers[row.registration_id])
        for place, ticket in enumerate(tickets if numbers else ())
        if ticket.status == TicketStatus.VALID.value
        for row in bookings.get(ticket.participant_id, ())
        if row.registration_id in numbers and row.status == confirmed and wanted in (None, row.activity_id)
    ]


def _family_ids(device: ScanningDevice, bookings: _Bookings, changed: Changed | None) -> Sequence[int]:
    """Registrations for this point by which two or more have a place."""
    query = (
        sa.select(_booking.c.registration_id)
        .where(_booking.c.festival_id == device.festival_id, _booking.c.status == BookingStatus.CONFIRMED)
        .group_by(_booking.c.registration_id)
        .having(sa.func.count() > 1)
    )
    if device.point.activity_id is not None:
        query = query.where(_booking.c.activity_id == device.point.activity_id)
    if changed is not None:
        theirs = {row.registration_id for rows in bookings.values() for row in rows}
        query = query.where(_booking.c.registration_id.in_(theirs))
    return core().scalars(query).all()


def _family_number(registration_id: int) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(derived("family", registration_id) + "==")[:4])


def _admissions(gate_id: int, changed: Changed | None) -> Sequence[PackedAdmission]:
    """Those at the gate; for a delta all of the tickets where something has changed."""
    query = sa.select(
        _admission.c.ticket_id, _admission.c.key, _admission.c.admitted_at, _admission.c.left_at
    ).where(_admission.c.gate_id == gate_id)
    if changed is None:
        return [PackedAdmission(*row) for row in core().execute(query)]
    if not changed.admissions:
        return []
    rows = [
        PackedAdmission(*row) for row in core().execute(query.where(_admission.c.ticket_id.in_(changed.admissions)))
    ]
    left = changed.admissions - {row.ticket_id for row in rows}
    return rows + [PackedAdmission(ticket_id, None) for ticket_id in sorted(left)]


def _written(moment: datetime | None) -> str | None:
    return clock.local(moment).isoformat() if moment else None


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
