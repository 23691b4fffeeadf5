"""Blank tickets: printed by the hundred before anybody has them, and given to a person at a counter or a gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.core import hooks
from app.core.codes import new_ticket_id, new_typed_code
from app.core.db import core, db, rows_changed, table
from app.core.errors import DomainError, InvalidInput, NotFound
from app.core.i18n import gettext as _
from app.programme.models import EntryMode
from app.programme.queries import kind_of
from app.registration import queries, rules
from app.registration.models import (
    BlankSheet,
    BlankTicket,
    Booking,
    BookingStatus,
    Participant,
    RegistrationStatus,
    Ticket,
    TicketReissue,
    TicketStatus,
)
from app.registration.queries import SlotFacts, TicketFace
from app.registration.queries.batches import fits_lists
from app.registration.queries.blank import BlankView, blank_ticket
from app.registration.services import admit, bibs, consents, rows
from app.registration.services.places import take_places
from app.registration.services.waiting import fill_places


@dataclass(frozen=True, slots=True)
class Binding:
    """A name for a blank ticket. ``phone`` E.164, or empty for who has none.

    ``replace``: the person has a ticket already, which ends; otherwise that is refused with its code.
    """

    ticket_id: int
    person: rules.Person
    phone: str
    slot_id: int
    replace: bool = False


def print_blank(festival_id: int, number: int, user_id: int, now: datetime) -> int:
    """Make a stack of blank tickets; returns its id. Raises InvalidInput outside 1 to 500."""
    if not 1 <= number <= rules.MOST_BLANK:
        text = _("Tulis angka dari 1 sampai %(most)s.", most=rules.MOST_BLANK)
        raise InvalidInput(text, {"number": text})
    sheet = BlankSheet(festival_id=festival_id, number=number, printed_at=now, printed_by_id=user_id)
    db.session.add(sheet)
    db.session.flush()
    ids: set[int] = set()
    while len(ids) < number:  # of one millisecond: three random bytes may well meet among five hundred
        ids.add(new_ticket_id(now))
    tickets: list[dict[str, Any]] = [
        {
            "id": ticket_id, "festival_id": festival_id, "participant_id": None, "scope": 0,
            "code": new_typed_code(), "status": TicketStatus.VALID, "issued_at": now,
        }
        for ticket_id in sorted(ids)
    ]  # fmt: skip
    core().execute(sa.insert(table(Ticket)), tickets)
    blanks = [{"ticket_id": ticket["id"], "sheet_id": sheet.id} for ticket in tickets]
    core().execute(sa.insert(table(BlankTicket)), blanks)
    record_audit("blank_tickets.printed", f"blank_sheet:{sheet.id}", user_id, now, number=number)
    return sheet.id


def cancel_sheet(festival_id: int, sheet_id: int, user_id: int, now: datetime) -> int:
    """End the tickets of a lost stack that nobody has yet; returns how many. Those with a name stay."""
    of_sheet = sa.select(BlankTicket.ticket_id).where(BlankTicket.sheet_id == sheet_id)
    ended = rows_changed(
        sa.update(Ticket)
        .where(
            Ticket.id.in_(of_sheet), Ticket.festival_id == festival_id, Ticket.participant_id.is_(None),
            Ticket.status == TicketStatus.VALID,
        )
        .values(status=TicketStatus.CANCELLED)
    )  # fmt: skip
    if ended:
        rows_changed(sa.update(BlankSheet).where(BlankSheet.id == sheet_id).values(cancelled_at=now))
        record_audit("blank_tickets.cancelled", f"blank_sheet:{sheet_id}", user_id, now, number=ended)
    return ended


def bind_walk_in(festival_id: int, ticket_id: int, name: str, slot_id: int, now: datetime) -> BlankView:
    """Give a blank ticket to somebody who came without signing up, by the name they said at the gate.

    Raises as ``bind``, and InvalidInput for what is no name.
    """
    cleaned = rules.clean_text(name)
    if rules.name_fault(cleaned):
        text = _("Tulis nama orangnya.")
        raise InvalidInput(text, {"name": text})
    return bind(festival_id, Binding(ticket_id, rules.Person(cleaned), "", slot_id), None, now)


def bind(festival_id: int, wanted: Binding, by_id: int | None, now: datetime) -> BlankView:
    """Give a blank ticket to a person and book them a place, also in a slot that has begun.

    Who stands at the counter is seen, so nothing has to be proved: a person known under the number and name is
    taken for that person. Run inside ``in_transaction``.

    Raises DomainError: ticket_unknown 404, ticket_used, ticket_not_valid, has_ticket, slot_unknown, slot_closed,
    slot_full 409, invalid 422 with fields as at sign-up.
    """
    if wanted.phone:
        queries.wait_for_number(wanted.phone)
    ticket = _blank(festival_id, wanted.ticket_id)
    request = _request(ticket, wanted)
    slot = _slot(festival_id, request, now)
    seat, held = _seat(slot, request)
    if held is not None and not wanted.replace:
        raise DomainError("has_ticket", _("Orang ini sudah punya tiket. Ganti dengan tiket kosong ini?"))
    participant_id = rows.insert_participants(slot, request, [seat], now)[0]
    if seat.books:
        _book(slot, request, seat, participant_id, now)
    else:
        _refuse_waiting(slot.activity_id, participant_id)
    if held is not None:
        _end_old(held, ticket.ticket_id, by_id, now)
    _give(ticket.ticket_id, participant_id, by_id, now)
    record_audit("ticket.bound", f"ticket:{ticket.ticket_id}", by_id, now, slot=slot.id)
    bound = blank_ticket(festival_id, ticket_id=ticket.ticket_id)
    assert bound is not None  # noqa: S101 - read in the same transaction
    return bound


def _blank(festival_id: int, ticket_id: int) -> BlankView:
    ticket = blank_ticket(festival_id, ticket_id=ticket_id)
    if ticket is None:
        raise NotFound(_("Kode ini bukan tiket kosong pekan ini."), code="ticket_unknown")
    if ticket.holder is not None:
        raise _used()
    if ticket.status is not TicketStatus.VALID:
        text = _("Tiket kosong ini sudah dibatalkan. Pakai yang lain.")
        raise DomainError("ticket_not_valid", text, fields={"code": text})
    return ticket


def _used() -> DomainError:
    text = _("Tiket kosong ini sudah dipakai orang lain. Pakai yang lain.")
    return DomainError("ticket_used", text, fields={"code": text})


def _request(ticket: BlankView, wanted: Binding) -> rules.SignUp:
    key = rules.hashed_key("blank", ticket.code)
    return rules.SignUp(wanted.slot_id, wanted.person.name, wanted.phone, (wanted.person,), {}, False, key, key)


def _slot(festival_id: int, request: rules.SignUp, now: datetime) -> SlotFacts:
    """The slot, when somebody who just came may go there."""
    slot = queries.slot_for_sign_up(request.slot_id, request.key)
    if slot is None or slot.festival_id != festival_id:
        raise admit.unknown_slot()
    comes_in = slot.entry_mode in (EntryMode.OPEN, EntryMode.INVITATION) and fits_lists(kind_of(slot.kind))
    if slot.closed or now >= slot.ends_at or not comes_in:
        raise admit.slot_closed()
    admit.check_group(slot, request.people)
    return slot


def _seat(slot: SlotFacts, request: rules.SignUp) -> tuple[rules.Seat, TicketFace | None]:
    """Who the person is, and the ticket they hold. Without a number everybody is somebody new."""
    (person,) = request.people
    if not request.phone:
        return rules.Seat(person, None, _next_ordinal(slot.festival_id, person), discloses=True, books=True), None
    known = queries.known_people(slot, request.phone, {rules.name_key(person.name)}, ())
    (seat,) = rules.seat_people([person], [one.known for one in known], {one.known.id for one in known})
    tickets = {one.known.id: one.ticket for one in known}
    return seat, tickets.get(seat.known.id) if seat.known else None


def _next_ordinal(festival_id: int, person: rules.Person) -> int:
    """Two of one name without a number are two people; a race for one ordinal is lost on the unique key."""
    last = db.session.scalar(
        sa.select(sa.func.max(Participant.ordinal)).where(
            Participant.festival_id == festival_id, Participant.phone == "",
            Participant.name_key == rules.name_key(person.name),
            Participant.birth_year == (person.birth.year if person.birth else 0),
        )
    )  # fmt: skip
    return 0 if last is None else last + 1


def _book(slot: SlotFacts, request: rules.SignUp, seat: rules.Seat, participant_id: int, now: datetime) -> None:
    confirmed, seats, people = RegistrationStatus.CONFIRMED, [seat], [participant_id]
    registration_id = rows.insert_registration(slot, request, confirmed, {}, rows.new_code(), now)
    if registration_id is None:
        raise _used()
    if slot.waiting:
        fill_places(slot.id, now)  # who waits and fits goes first
    if not take_places(slot.id, 1, 1):
        raise _no_place(slot)
    numbers: Sequence[int | None] = bibs.take_bibs(slot.activity_id, slot.kind, 1)
    rows.insert_bookings(slot, registration_id, seats, people, confirmed, numbers)
    consents.keep_consents(slot, request, registration_id, people, now)


def _refuse_waiting(activity_id: int, participant_id: int) -> None:
    """Somebody who is booked already keeps that place; who only waits for one would be sent back at the gate."""
    waits = sa.exists().where(
        Booking.participant_id == participant_id, Booking.activity_id == activity_id,
        Booking.status == BookingStatus.WAITLISTED,
    )  # fmt: skip
    if db.session.scalar(sa.select(waits)):
        text = _("Orang ini masih di daftar tunggu kegiatan ini, jadi belum bisa masuk.")
        raise DomainError("waitlisted", text, fields={"slot": text})


def _no_place(slot: SlotFacts) -> DomainError:
    present = queries.slot_for_sign_up(slot.id, "")
    if present is None or present.closed:
        return admit.slot_closed()
    return admit.full(present)


def _end_old(held: TicketFace, new_id: int, by_id: int | None, now: datetime) -> None:
    ended = rows_changed(
        sa.update(Ticket)
        .where(Ticket.id == held.id, Ticket.status == TicketStatus.VALID)
        .values(status=TicketStatus.REPLACED)
    )
    if ended:
        core().execute(
            sa.insert(table(TicketReissue)),
            {"old_ticket_id": held.id, "new_ticket_id": new_id, "reissued_at": now, "by_id": by_id},
        )
        hooks.ticket_replaced(held.id, new_id)


def _give(ticket_id: int, participant_id: int, by_id: int | None, now: datetime) -> None:
    """The guarded UPDATE lets exactly one of two counters have the ticket."""
    mine = sa.update(Ticket).where(
        Ticket.id == ticket_id, Ticket.participant_id.is_(None), Ticket.status == TicketStatus.VALID
    )
    if not rows_changed(mine.values(participant_id=participant_id)):
        raise _used()
    rows_changed(
        sa.update(BlankTicket).where(BlankTicket.ticket_id == ticket_id).values(bound_at=now, bound_by_id=by_id)
    )
