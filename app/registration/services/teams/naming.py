"""A member writes a name to a reserved place: a registration and a ticket of their own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from app.core.db import rows_changed
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.registration import queries, rules
from app.registration.models import RegistrationStatus, TeamPlace, TeamPlaceState
from app.registration.queries import PlaceView, SlotFacts
from app.registration.services import admit, bibs, consents, letters, rows
from app.registration.services.hold import hold
from app.registration.services.places import give_back_places, issue_tickets
from app.registration.services.waiting import fill_places

CONFIRMED = RegistrationStatus.CONFIRMED


def name_place(code: str, request: rules.SignUp, proof: Collection[str], now: datetime) -> str:
    """Give a reserved place to one person; returns the code of their registration.

    ``request`` holds one person and their own number; its slot does not count, the place has one. The place was
    taken when it was reserved, so it is theirs also when sign-up is over or held. Sent twice it is the same.
    Raises DomainError place_gone 409 where it has a name, was given up or is overdue; already_registered 409;
    invalid 422. Run inside ``in_transaction``.
    """
    queries.wait_for_number(request.phone)
    leader = _place(code).leader_id
    held = hold(leader)
    place = _place(code)  # as it stands under the lock of its slot
    slot = queries.slot_for_sign_up(held.slot_id, request.key)
    assert slot is not None, "the lock of the slot keeps it"  # noqa: S101
    if slot.earlier:
        return slot.earlier.code
    if not place.takes_name(now):
        raise place_gone()
    request = replace(request, slot_id=slot.id)
    admit.check_one_person(request.people)
    admit.check_group(slot, request.people)
    consents.check_consents(slot.kind, request.consents)
    return _write(place, slot, request, proof, now)


def place_gone() -> DomainError:
    """Somebody else has it, or nobody can have it any more."""
    return DomainError(
        "place_gone", _("Tempat ini sudah diisi orang lain atau sudah dilepas. Tanyakan ketua regu.")
    )


def _place(code: str) -> PlaceView:
    place = queries.team_place(code)
    if place is None:
        raise place_gone()
    return place


def _write(place: PlaceView, slot: SlotFacts, request: rules.SignUp, proof: Collection[str], now: datetime) -> str:
    keys = {rules.name_key(person.name) for person in request.people}
    known = queries.known_people(slot, request.phone, keys, proof)
    seats = rules.seat_people(request.people, [k.known for k in known], {k.known.id for k in known if k.proven})
    admit.refuse_repeats(seats)
    code = rows.new_code()
    registration_id = rows.insert_registration(slot, request, CONFIRMED, {}, code, now)
    if registration_id is None or not _take(place.id, registration_id, now):
        raise place_gone()
    (participant,), (seat,) = rows.insert_participants(slot, request, seats, now), seats
    tickets = {k.known.id: k.ticket for k in known if k.ticket}
    if seat.books and participant not in tickets:
        tickets |= issue_tickets(slot.festival_id, {participant: slot.scope}, now)
    rows.insert_bookings(
        slot, registration_id, seats, [participant], CONFIRMED, bibs.take_bibs(slot.activity_id, slot.kind, 1)
    )
    if not seat.books:  # they have a place already and must not learn it here: this one is free
        give_back_places(slot.id, 1)
        fill_places(slot.id, now)
    consents.keep_consents(slot, request, registration_id, [participant], now)
    letters.tell_the_number(slot, request.phone, code, CONFIRMED, seats, [tickets.get(participant)], now)
    letters.confirm(slot, request, code, CONFIRMED, seats, now)
    return code


def _take(place_id: int, registration_id: int, now: datetime) -> bool:
    """The guarded UPDATE that lets a place have one name only."""
    free = sa.update(TeamPlace).where(TeamPlace.id == place_id, TeamPlace.state == TeamPlaceState.OPEN)
    change = free.values(state=TeamPlaceState.NAMED, registration_id=registration_id, settled_at=now)
    return rows_changed(change) > 0
