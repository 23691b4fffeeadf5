"""Undoing a cancellation within a minute: the places back if they are still free, else first in line."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core.db import core, db, rows_changed, table
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.registration import queries, rules
from app.registration.models import Booking, BookingStatus, Registration, RegistrationStatus
from app.registration.services import number_limit
from app.registration.services.bibs import give_missing_bibs
from app.registration.services.consents import move_with_people
from app.registration.services.hold import Held, hold
from app.registration.services.places import issue_missing_tickets, retake_places
from app.registration.services.rows import new_code
from app.registration.services.waiting import fill_places

_OWN = ("id", "code", "status", "idempotency_key", "cancelled_at", "waiting_since")


@dataclass(frozen=True, slots=True)
class Undone:
    """Where the people are now: in their old registration, or in one of their own (another ``code``)."""

    registration_id: int
    code: str
    status: RegistrationStatus
    people: int


def undo(registration_id: int, now: datetime) -> Undone:
    """Take back the last cancellation of a registration by its owner.

    Raises DomainError: undo_too_late after a minute, already_registered where somebody was signed up anew
    meanwhile, number_limit where too many were, slot_full where the places are gone and there is no line to stand
    in; all 409.
    """
    number_limit.take_turn(registration_id)
    held = hold(registration_id)
    people = _last_act(registration_id, now)
    if not people or now >= held.ends_at:
        raise DomainError(
            "undo_too_late", _("Sudah lewat satu menit, jadi tidak bisa dikembalikan. Silakan daftar lagi.")
        )
    places = [booking for booking, was in people.items() if was is not BookingStatus.DUPLICATE]
    _refuse_signed_up_anew(held, places)
    if slot := queries.slot_for_sign_up(held.slot_id, ""):
        number_limit.check(slot, held.phone, len(places))
    status, since = _comes_back(held, people[places[0]], len(places), now) if places else _as_before(held)
    offered = queries.open_offer(registration_id) is not None
    if rules.undone_in_place(held.status, status, offered):
        target, code = registration_id, _come_back(held, status, since)
    else:
        target, code = _split(held, status, since)
        move_with_people(held.id, target, list(people))
    for ids, becomes in ((places, BookingStatus(status.value)), (people.keys() - places, BookingStatus.DUPLICATE)):
        back = sa.update(Booking).where(Booking.id.in_(list(ids)))
        rows_changed(back.values(registration_id=target, status=becomes, cancelled_at=None, cancelled_from=None))
    if status is RegistrationStatus.CONFIRMED:
        issue_missing_tickets(held.festival_id, target, held.scope, now)
        give_missing_bibs(target)
    fill_places(held.slot_id, now)
    return Undone(target, code, status, len(people))


def _last_act(registration_id: int, now: datetime) -> dict[int, BookingStatus]:
    """The bookings that were cancelled last, all at one moment, with what they were; none after a minute."""
    rows = db.session.execute(
        sa.select(Booking.id, Booking.cancelled_at, Booking.cancelled_from, Booking.slot_id)
        .join(Registration, Registration.id == Booking.registration_id)
        .where(
            Booking.registration_id == registration_id,
            Booking.slot_id == Registration.slot_id,
            Booking.status == BookingStatus.CANCELLED,
            Booking.cancelled_from.is_not(None),
        )
    ).all()
    last = max((row.cancelled_at for row in rows), default=None)
    if last is None or not rules.may_undo(last, now):
        return {}
    return {row.id: row.cancelled_from for row in rows if row.cancelled_at == last}


def _refuse_signed_up_anew(held: Held, booking_ids: Collection[int]) -> None:
    mine, other = sa.orm.aliased(Booking), sa.orm.aliased(Booking)
    twice = db.session.scalar(
        sa.select(other.id)
        .join(mine, mine.participant_id == other.participant_id)
        .where(
            mine.id.in_(list(booking_ids)),
            other.activity_id == held.activity_id,
            other.status.in_((BookingStatus.CONFIRMED, BookingStatus.WAITLISTED)),
        )
        .limit(1)
    )
    if twice is not None:
        raise DomainError("already_registered", _("Ada yang sudah didaftarkan lagi di kegiatan ini."))


def _comes_back(
    held: Held, before: BookingStatus, people: int, now: datetime
) -> tuple[RegistrationStatus, datetime | None]:
    """What they are again, and since when they wait: their places, else the front of the line; or as they stood."""
    if before is BookingStatus.WAITLISTED:
        return RegistrationStatus.WAITLISTED, held.waiting_since
    if retake_places(held.slot_id, people):
        return RegistrationStatus.CONFIRMED, held.waiting_since
    if not held.waiting_list or now >= rules.line_ends(held.starts_at, held.closes_at):
        raise DomainError("slot_full", _("Tempatnya sudah diambil orang lain."))
    return RegistrationStatus.WAITLISTED, rules.first_in_line(queries.first_waiting_since(held.slot_id), now)


def _as_before(held: Held) -> tuple[RegistrationStatus, datetime | None]:
    """The same where nobody of them had a place or waited for one: they were booked before."""
    if held.status is not RegistrationStatus.CANCELLED:
        return held.status, held.waiting_since
    waited = RegistrationStatus.WAITLISTED if held.waiting_since else RegistrationStatus.CONFIRMED
    return waited, held.waiting_since


def _come_back(held: Held, status: RegistrationStatus, since: datetime | None) -> str:
    """Make the old registration live again where it was ended; gives back its code."""
    mine = sa.update(Registration).where(Registration.id == held.id)
    if held.status is RegistrationStatus.CANCELLED:
        rows_changed(mine.values(status=status, cancelled_at=None, waiting_since=since))
    code = db.session.scalar(sa.select(Registration.code).where(Registration.id == held.id))
    return str(code)


def _split(held: Held, status: RegistrationStatus, since: datetime | None) -> tuple[int, str]:
    """A registration like this one, with a code of its own, for some of its people."""
    columns = table(Registration)
    row = core().execute(sa.select(columns).where(columns.c.id == held.id)).one()
    values = {name: value for name, value in row._mapping.items() if name not in _OWN}
    code = new_code()
    made = core().execute(
        sa.insert(columns)
        .values({**values, "code": code, "status": status, "waiting_since": since})
        .returning(columns.c.id)
    )
    return made.scalar_one(), code
