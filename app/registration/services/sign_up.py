"""Signing people up for a slot: one act, one transaction, the same for the page and for JSON."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core import clock
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.programme.queries import Screened
from app.registration import queries, rules
from app.registration.models import RegistrationStatus
from app.registration.queries import RegistrationPerson, SlotFacts, TicketFace
from app.registration.queries.sign_up import Earlier
from app.registration.services import admit, bibs, consents, letters, number_limit, rows, screening
from app.registration.services.answers import check_answers
from app.registration.services.places import issue_tickets, take_places
from app.registration.services.waiting import fill_for_newcomer, fill_places

CONFIRMED, WAITLISTED = RegistrationStatus.CONFIRMED, RegistrationStatus.WAITLISTED


@dataclass(frozen=True, slots=True)
class Holder:
    """One row of the answer; ``ticket`` and ``bib`` None where they may not be shown or there are none (yet)."""

    name: str
    ticket: TicketFace | None
    bib: int | None = None


def holder_of(person: RegistrationPerson, slot_id: int) -> Holder:
    """A row of a stored registration, as its answer said it."""
    if person.ticket is None:
        return Holder(person.name, None)
    return Holder(person.name, person.ticket.face, person.ticket.bib_at(slot_id))


@dataclass(frozen=True, slots=True)
class SignedUp:
    """What became of it. ``replayed``: the same request had been answered before.

    ``screened``: the prescreening of everybody, in order, where the kind has one; its reasons are nowhere else.
    ``concerns``: what to warn of, for people whose bookings the sender may see.
    """

    registration_id: int
    festival_id: int
    code: str
    status: RegistrationStatus
    holders: tuple[Holder, ...]
    replayed: bool = False
    screened: tuple[Screened, ...] = ()
    concerns: frozenset[rules.Concern] = frozenset()


@dataclass(frozen=True, slots=True)
class _Party:
    """The rows of a sign-up, the tickets of those who are known (by participant id), what was checked."""

    seats: list[rules.Seat]
    tickets: dict[int, TicketFace]
    screened: tuple[Screened, ...]


def sign_up(request: rules.SignUp, proof: Collection[str], now: datetime, *, limit_number: bool = True) -> SignedUp:
    """Sign people up, or answer again what the same key and body were answered before.

    ``proof`` holds codes of registrations that the sender proved to own. ``limit_number`` False lets one number
    bring as many as fit: for lists that the committee sends or asked for. Run inside ``in_transaction``: a
    unique key lost to another request raises IntegrityError, and the second run sees the winner.

    Raises DomainError: slot_unknown 404, registration_closed, slot_closed, slot_full, already_registered,
    number_limit 409, idempotency_key_reused and invalid (with fields) 422.
    """
    slot = queries.slot_in_turn(request.slot_id, request.key, request.phone)
    if slot is None:
        raise admit.unknown_slot()
    if slot.earlier and now - slot.earlier.created_at < rules.KEY_LIVES:
        return _replay(slot, slot.earlier, request, now)
    answers, screened = _check(slot, request, proof, now)
    fits = slot.capacity is None or slot.taken + len(request.people) <= slot.capacity
    if not (fits or proof):
        _wait_or_refuse(slot, request)  # before it is looked up who they are: most of a rush ends here
    party = _party(slot, request, proof, screened)
    try:
        admit.refuse_repeats(party.seats)
        if limit_number:
            # who was booked before counts like a stranger, or the limit would tell who that is
            number_limit.check(slot, request.phone, sum(seat.books or not seat.discloses for seat in party.seats))
    except DomainError:
        if twin := queries.registration_by_key(request.key):
            return _replay(slot, twin, request, now)  # answered while this one waited for its turn
        raise
    # The early look spares a full house its writes; the guarded UPDATE is what decides.
    likely = CONFIRMED if fits else _wait_or_refuse(slot, request)
    if slot.earlier:
        rows.free_key(slot.earlier.id)
    code = rows.new_code()
    registration_id = rows.insert_registration(slot, request, likely, answers, code, now)
    if registration_id is None:
        return _lost_to_twin(slot, request, now)
    return _seat(slot, request, party, registration_id, code, likely, now)


def _check(
    slot: SlotFacts, request: rules.SignUp, proof: Collection[str], now: datetime
) -> tuple[dict[str, Any], tuple[Screened, ...]]:
    """The answers to keep and the word of the prescreening; raises whatever refuses without asking who is who."""
    admit.check_open(slot, now)
    admit.check_group(slot, request.people)
    admit.check_children(slot, request, proof)
    consents.check_consents(slot.kind, request.consents)
    answers = check_answers(slot.kind, request.answers, clock.local(now).date())
    return answers, screening.screen(slot, request, now)


def _party(
    slot: SlotFacts, request: rules.SignUp, proof: Collection[str], screened: tuple[Screened, ...]
) -> _Party:
    keys = {rules.name_key(person.name) for person in request.people}
    known = queries.known_people(slot, request.phone, keys, proof)
    proven = {person.known.id for person in known if person.proven}
    seats = rules.seat_people(request.people, [person.known for person in known], proven)
    return _Party(seats, {person.known.id: person.ticket for person in known if person.ticket}, screened)


def _seat(
    slot: SlotFacts, request: rules.SignUp, party: _Party, registration_id: int, code: str,
    likely: RegistrationStatus, now: datetime,
) -> SignedUp:  # fmt: skip
    """The writes after the registration: people first, the place as late as possible, tickets, bookings."""
    seats, tickets = party.seats, party.tickets
    ids = rows.insert_participants(slot, request, seats, now)
    status = likely
    if likely is CONFIRMED and slot.waiting:
        fill_places(slot.id, now)  # who waits and fits goes first
    if likely is CONFIRMED and not take_places(slot.id, sum(seat.books for seat in seats), len(seats)):
        status = _refused_at_the_door(slot, request)
        rows.set_waiting(registration_id, now)
    numbers: list[int | None] = [None] * len(seats)
    if status is CONFIRMED:
        new = {i: slot.scope for i, seat in zip(ids, seats, strict=True) if seat.books and i not in tickets}
        tickets = tickets | issue_tickets(slot.festival_id, new, now)
        # a number for every row: the gaps in between would tell who of them was signed up before
        numbers = bibs.take_bibs(slot.activity_id, slot.kind, len(seats))
    rows.insert_bookings(slot, registration_id, seats, ids, status, numbers)
    consents.keep_consents(slot, request, registration_id, ids, now)
    screening.keep_verdicts(registration_id, ids, party.screened, now)
    faces = [tickets.get(participant) for participant in ids]
    if status is WAITLISTED:
        fill_for_newcomer(slot.id, now)
    letters.tell_the_number(slot, request.phone, code, status, seats, faces, now)
    letters.confirm(slot, request, code, status, seats, now)
    holders = (
        Holder(seat.person.name, face, bib) if seat.discloses else Holder(seat.person.name, None)
        for seat, face, bib in zip(seats, faces, numbers, strict=True)
    )
    shown = [i for i, seat in zip(ids, seats, strict=True) if seat.known and seat.discloses]
    concerns = frozenset(caution.concern for caution in queries.cautions_for(shown, slot.id))
    return SignedUp(
        registration_id, slot.festival_id, code, status, tuple(holders), screened=party.screened, concerns=concerns
    )


def _wait_or_refuse(slot: SlotFacts, request: rules.SignUp) -> RegistrationStatus:
    if request.waitlist and slot.waiting_list:
        return WAITLISTED
    raise admit.full(slot)


def _refused_at_the_door(slot: SlotFacts, request: rules.SignUp) -> RegistrationStatus:
    """Somebody was faster, or the slot was closed in between: say which, as things stand now."""
    present = queries.slot_for_sign_up(slot.id, "")
    if present is None or present.closed:
        raise admit.slot_closed()
    return _wait_or_refuse(present, request)


def _lost_to_twin(slot: SlotFacts, request: rules.SignUp, now: datetime) -> SignedUp:
    """The same key was being answered at this very moment, and is now."""
    earlier = queries.registration_by_key(request.key)
    if earlier is None:
        raise DomainError("unavailable", _("Layanan sedang sibuk. Coba lagi sebentar lagi."), status=503)
    return _replay(slot, earlier, request, now)


def _replay(slot: SlotFacts, earlier: Earlier, request: rules.SignUp, now: datetime) -> SignedUp:
    """The same registration as it stands today: cancelled in the meantime, it says so and books nothing."""
    if earlier.digest != request.digest:
        text = _("Kunci kiriman ini sudah dipakai untuk isi yang lain.")
        raise DomainError("idempotency_key_reused", text, status=422)
    view = queries.registration_by_id(earlier.id)
    assert view is not None  # noqa: S101 - read in the same transaction
    holders = (holder_of(person, view.slot_id) for person in view.people)
    return SignedUp(
        view.id, view.festival_id, view.code, view.status, tuple(holders), replayed=True,
        screened=screening.screened_people(slot, request, now), concerns=queries.concerns_of(view),
    )  # fmt: skip
