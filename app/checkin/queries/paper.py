"""Lists of people on paper: who is expected, and what became of them so far."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.checkin.models import Admission, CheckinPoint, Device, Scan
from app.core.db import db
from app.core.list_page import ROWS
from app.festival.models import Day, Festival
from app.programme.models import TimeSlot
from app.registration.models import Booking, BookingStatus, Participant, Ticket, TicketStatus

MOST_SHEETS = 300
MOST_PEOPLE = 20_000  # on one list; 556 pages


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list at a point: of a slot, or of a whole day. ``key`` is its part of the address.

    Moments are in the festival's zone; a day is [day_starts, day_ends).
    """

    key: str
    starts_at: datetime
    ends_at: datetime
    slot_id: int | None
    day_starts: datetime
    day_ends: datetime

    @property
    def is_day(self) -> bool:
        """A whole day rather than a slot."""
        return self.slot_id is None


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A sheet and how many people stand on it."""

    sheet: Sheet
    people: int


@dataclass(frozen=True, slots=True)
class Person:
    """One row of a list."""

    ticket_id: int
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a ticket at this gate on that day: when it came in, and whether its tick was entered."""

    admitted_at: datetime | None
    entered: bool


def sheets(point: CheckinPoint, festival: Festival) -> list[SheetRow]:
    """The lists of a point: a slot each at an activity's, a day each at a gate. Two statements at most."""
    zone = ZoneInfo(festival.timezone)
    if point.activity_id is None:
        days = db.session.scalars(sa.select(Day.date).where(Day.festival_id == festival.id).order_by(Day.date))
        made = [_day_sheet(day, zone) for day in days]
        counts = _people_by_day(festival.id, zone)
        return [SheetRow(sheet, counts.get(date.fromisoformat(sheet.key), 0)) for sheet in made]
    people = (
        sa.select(sa.func.count(sa.distinct(Ticket.id)))
        .join(Booking, Booking.participant_id == Ticket.participant_id)
        .where(
            Booking.slot_id == TimeSlot.id, Booking.status == BookingStatus.CONFIRMED,
            Ticket.status == TicketStatus.VALID,
        )
        .correlate(TimeSlot)
        .scalar_subquery()
    )  # fmt: skip
    rows = db.session.execute(
        sa.select(TimeSlot, people.label("people"))
        .where(TimeSlot.activity_id == point.activity_id)
        .order_by(TimeSlot.starts_at, TimeSlot.id)
        .limit(MOST_SHEETS)
    )
    return [SheetRow(_slot_sheet(slot, zone), count) for slot, count in rows]


def sheet(point: CheckinPoint, festival: Festival, key: str) -> Sheet | None:
    """The sheet that a part of an address names: the id of a slot, or a date."""
    zone = ZoneInfo(festival.timezone)
    if key.isascii() and key.isdigit() and len(key) < 10:
        slot = db.session.get(TimeSlot, int(key))
        fits = slot and slot.festival_id == festival.id and point.activity_id in (None, slot.activity_id)
        return _slot_sheet(slot, zone) if slot and fits else None
    days = db.session.scalars(sa.select(Day.date).where(Day.festival_id == festival.id))
    found = next((day for day in days if day.isoformat() == key), None)
    return _day_sheet(found, zone) if found else None


def count(point: CheckinPoint, on: Sheet, text: str = "") -> int:
    """People on a sheet whose name has the text."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(_people(point, on, text).subquery())) or 0


def people(point: CheckinPoint, on: Sheet, *, text: str = "", page: int | None = None) -> list[Person]:
    """People of a sheet by name: all of them, or a page of ``ROWS`` as it is printed."""
    query = _people(point, on, text).order_by(sa.func.lower(Participant.name), Ticket.id).limit(MOST_PEOPLE)
    if page is not None:
        query = query.limit(ROWS).offset(ROWS * (page - 1))
    return [Person(*row) for row in db.session.execute(query)]


def people_of(point: CheckinPoint, on: Sheet, tickets: Collection[int]) -> list[Person]:
    """Those of these tickets who stand on the sheet."""
    query = _people(point, on, "").where(Ticket.id.in_(tickets)).order_by(Ticket.id)
    return [Person(*row) for row in db.session.execute(query)]


def states(point: CheckinPoint, on: Sheet, tickets: Collection[int]) -> dict[int, State]:
    """What is known of tickets at the point's gate on the day of the sheet."""
    gate = point.counts_with_id or point.id
    came = db.session.execute(
        sa.select(Admission.ticket_id, sa.func.min(Admission.admitted_at))
        .where(
            Admission.gate_id == gate, Admission.ticket_id.in_(tickets),
            Admission.admitted_at >= on.day_starts, Admission.admitted_at < on.day_ends,
        )
        .group_by(Admission.ticket_id)
    )  # fmt: skip
    admitted = {ticket: at for ticket, at in came}
    ticked = set(
        db.session.scalars(
            sa.select(Scan.ticket_id)
            .join(Device, Device.id == Scan.device_id)
            .where(
                Device.point_id == point.id,
                Device.paper,
                Scan.ticket_id.in_(tickets),
                Scan.scanned_at >= on.day_starts,
                Scan.scanned_at < on.day_ends,
            )
        )
    )
    return {ticket: State(admitted.get(ticket), ticket in ticked) for ticket in tickets}


def _people(point: CheckinPoint, on: Sheet, text: str) -> sa.Select[int, str, str]:
    """Tickets of who has a place: once a person, however many bookings bring them here."""
    mine = sa.select(Booking.participant_id).where(Booking.status == BookingStatus.CONFIRMED)
    if on.slot_id is not None:
        mine = mine.where(Booking.slot_id == on.slot_id)
    else:
        slots = sa.select(TimeSlot.id).where(
            TimeSlot.festival_id == point.festival_id,
            TimeSlot.starts_at >= on.starts_at,
            TimeSlot.starts_at < on.ends_at,
        )
        if point.activity_id is not None:
            slots = slots.where(TimeSlot.activity_id == point.activity_id)
        mine = mine.where(Booking.slot_id.in_(slots))
    query = (
        sa.select(Ticket.id, Participant.name, Ticket.code)
        .join(Participant, Participant.id == Ticket.participant_id)
        .where(Ticket.status == TicketStatus.VALID, Participant.id.in_(mine))
    )
    return query.where(sa.func.lower(Participant.name).contains(text.lower(), autoescape=True)) if text else query


def _people_by_day(festival_id: int, zone: ZoneInfo) -> dict[date, int]:
    """Different people with a place on each day; the days of slots are told apart here, as SQL knows no zones."""
    slots = db.session.execute(
        sa.select(TimeSlot.id, TimeSlot.starts_at).where(TimeSlot.festival_id == festival_id)
    ).all()
    found: dict[date, int] = {}
    for day in {row.starts_at.astimezone(zone).date() for row in slots}:
        mine = [row.id for row in slots if row.starts_at.astimezone(zone).date() == day]
        found[day] = (
            db.session.scalar(
                sa.select(sa.func.count(sa.distinct(Ticket.id)))
                .join(Booking, Booking.participant_id == Ticket.participant_id)
                .where(
                    Booking.slot_id.in_(mine),
                    Booking.status == BookingStatus.CONFIRMED,
                    Ticket.status == TicketStatus.VALID,
                )
            )
            or 0
        )
    return found


def _slot_sheet(slot: TimeSlot, zone: ZoneInfo) -> Sheet:
    starts, ends = _bounds(slot.starts_at.astimezone(zone).date(), zone)
    return Sheet(str(slot.id), slot.starts_at, slot.ends_at, slot.id, starts, ends)


def _day_sheet(day: date, zone: ZoneInfo) -> Sheet:
    starts, ends = _bounds(day, zone)
    return Sheet(day.isoformat(), starts, ends, None, starts, ends)


def _bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), zone)
    return start, start + timedelta(days=1)
