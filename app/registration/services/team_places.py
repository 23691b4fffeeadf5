"""What other changes do to the reserved places of teams; under the lock of the slot, places are the caller's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import rows_changed
from app.programme.queries import TEAM_NAMES_DUE, kind_of, kind_options
from app.registration import queries, rules
from app.registration.models import Registration, Team, TeamPlace, TeamPlaceState


def end_open_places(registration_id: int, becomes: TeamPlaceState, now: datetime) -> int:
    """Give up all places without a name of a leader's registration; returns how many."""
    teams = sa.select(Team.id).where(Team.registration_id == registration_id)
    return _end(teams, becomes, now)


def end_open_places_of_slot(slot_id: int, now: datetime) -> int:
    """The same for a whole slot."""
    leaders = sa.select(Registration.id).where(Registration.slot_id == slot_id)
    return _end(sa.select(Team.id).where(Team.registration_id.in_(leaders)), TeamPlaceState.FREED, now)


def _end(teams: sa.Select[Any], becomes: TeamPlaceState, now: datetime) -> int:
    unnamed = sa.update(TeamPlace).where(TeamPlace.team_id.in_(teams), TeamPlace.state == TeamPlaceState.OPEN)
    return rows_changed(unnamed.values(state=becomes, settled_at=now))


def due_for(activity_id: int, kind: str, starts_at: datetime, now: datetime) -> datetime:
    """When names of a team are due, by what the committee set for the activity."""
    hours = kind_of(kind).option(TEAM_NAMES_DUE, kind_options(activity_id))
    return rules.names_due(starts_at, hours, now)


def reschedule(
    slot_id: int, activity_id: int, starts_at: datetime, now: datetime, *, led_by: int | None = None
) -> None:
    """The teams of a slot whose times were changed have other deadlines; or that of one leader alone."""
    for team_id, kind in queries.teams_of_slot(slot_id, led_by):
        if kind_of(kind).allows_team:
            due = due_for(activity_id, kind, starts_at, now)
            rows_changed(sa.update(Team).where(Team.id == team_id).values(names_due_at=due))
