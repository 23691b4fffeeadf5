"""Reserved places that get no name: freed by the leader, or lapsed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.core.db import rows_changed
from app.registration import queries
from app.registration.models import Team, TeamPlace, TeamPlaceState
from app.registration.services import letters
from app.registration.services.hold import hold
from app.registration.services.places import give_back_places
from app.registration.services.slot_changes import news_of
from app.registration.services.team_places import end_open_places
from app.registration.services.waiting import fill_places

MOST_TEAMS = 20


def free_place(registration_id: int, place_id: int, now: datetime) -> bool:
    """The leader gives a place back; False where it has a name by now, or was given back before."""
    held = hold(registration_id)
    mine = sa.select(Team.id).where(Team.registration_id == registration_id)
    freed = rows_changed(
        sa.update(TeamPlace)
        .where(
            TeamPlace.id == place_id, TeamPlace.team_id.in_(mine), TeamPlace.state == TeamPlaceState.OPEN
        )
        .values(state=TeamPlaceState.FREED, settled_at=now)
    )  # fmt: skip
    if freed:
        give_back_places(held.slot_id, 1)
        fill_places(held.slot_id, now)
    return bool(freed)


def lapse_team_places(now: datetime) -> int:
    """Give places whose names are overdue to who waits, and tell the leaders; returns how many lapsed."""
    lapsed = 0
    for registration_id in queries.teams_with_due_names(now, MOST_TEAMS):
        held = hold(registration_id)
        ended = end_open_places(registration_id, TeamPlaceState.LAPSED, now)
        give_back_places(held.slot_id, ended)
        if ended:
            fill_places(held.slot_id, now)
            leader = queries.concerned_by_registration(registration_id)
            if leader is not None:
                letters.tell_of_lapsed_places(news_of(held.slot_id), leader, ended, now)
        lapsed += ended
    return lapsed
