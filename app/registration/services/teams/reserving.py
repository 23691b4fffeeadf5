"""A leader signs up and reserves places for a team, in one act."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _
from app.programme.queries import TEAM_MOST, kind_of, kind_options
from app.registration import queries, rules
from app.registration.models import Team, TeamPlace, TeamPlaceState
from app.registration.queries import SlotFacts
from app.registration.services import admit, number_limit
from app.registration.services.places import take_places
from app.registration.services.rows import new_code
from app.registration.services.sign_up import SignedUp, sign_up
from app.registration.services.team_places import due_for


def largest_team(activity_id: int, kind: str, max_per_number: int | None) -> int:
    """Most people of a team in an activity, the leader included."""
    return rules.most_in_team(kind_of(kind).option(TEAM_MOST, kind_options(activity_id)), max_per_number)


def reserve_team(request: rules.SignUp, name: str, size: int, proof: Collection[str], now: datetime) -> SignedUp:
    """Sign the leader up and keep ``size - 1`` places more, all or nothing; a team does not wait in line.

    ``request`` is the leader's own sign-up, of one person. Sent twice it is the same team. Raises what
    ``sign_up`` raises; slot_full 409 where not all fit, no_teams 409, invalid 422 for a size that cannot be.
    """
    queries.wait_for_number(request.phone)
    slot = queries.slot_for_sign_up(request.slot_id, "")
    if slot is None:
        raise admit.unknown_slot()
    if not kind_of(slot.kind).allows_team:
        raise DomainError("no_teams", _("Kegiatan ini tidak menerima regu. Daftar satu per satu."))
    _check_size(slot, size)
    admit.check_one_person(request.people)
    done = sign_up(request, proof, now)
    if done.replayed:
        return done
    number_limit.check(slot, request.phone, size - 1)  # the leader is counted already
    if not take_places(slot.id, size - 1, size - 1):
        present = queries.slot_for_sign_up(slot.id, "") or slot
        # the leader's own place goes back with this refusal
        raise admit.full(replace(present, taken=present.taken - 1))
    _insert_team(done.registration_id, name, size - 1, due_for(slot.activity_id, slot.kind, slot.starts_at, now))
    return done


def _check_size(slot: SlotFacts, size: int) -> None:
    most = largest_team(slot.activity_id, slot.kind, slot.max_per_number)
    if not rules.SMALLEST_TEAM <= size <= most:
        text = _("Satu regu %(least)s sampai %(most)s orang.", least=rules.SMALLEST_TEAM, most=most)
        raise InvalidInput(text, {"size": text})


def _insert_team(registration_id: int, name: str, places: int, due: datetime) -> None:
    team_id = db.session.execute(
        sa.insert(Team).values(registration_id=registration_id, name=name, names_due_at=due).returning(Team.id)
    ).scalar_one()
    rows = [{"team_id": team_id, "code": new_code(), "state": TeamPlaceState.OPEN} for _place in range(places)]
    db.session.execute(sa.insert(TeamPlace), rows)
