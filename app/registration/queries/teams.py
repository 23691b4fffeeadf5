"""Teams as their leader sees them, and one place as whoever got its link does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.festival.models import Festival
from app.programme.models import Activity, TimeSlot
from app.registration.models import (
    Booking,
    BookingStatus,
    Registration,
    RegistrationStatus,
    Team,
    TeamPlace,
    TeamPlaceState,
)


@dataclass(frozen=True, slots=True)
class TeamPlaceView:
    """A reserved place; ``name`` who has it, ``gone`` that they cancelled since."""

    id: int
    code: str
    state: TeamPlaceState
    name: str | None
    gone: bool


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team with its places besides the leader's own."""

    id: int
    name: str
    names_due_at: datetime
    places: tuple[TeamPlaceView, ...]

    @property
    def open_places(self) -> int:
        """Reserved and without a name."""
        return sum(place.state is TeamPlaceState.OPEN for place in self.places)

    @property
    def named(self) -> int:
        """Members who wrote their name and come."""
        return sum(place.state is TeamPlaceState.NAMED and not place.gone for place in self.places)


@dataclass(frozen=True, slots=True)
class TeamLine:
    """What a list says of a leader's team, the leader not counted: who is named and comes, what is still open."""

    name: str
    names_due_at: datetime
    named: int
    open_places: int


@dataclass(frozen=True, slots=True)
class PlaceView:
    """One place for whoever opened its link; festival, activity and slot are those of the leader now."""

    id: int
    state: TeamPlaceState
    team: str
    names_due_at: datetime
    leader_id: int
    festival_id: int
    festival_name: str
    organiser: str
    notice: str
    activity_slug: str
    title: str
    kind: str
    min_age: int | None
    max_age: int | None
    slot_id: int
    starts_at: datetime
    ends_at: datetime
    slot_cancelled: bool

    @property
    def festival(self) -> dict[str, str]:
        """What the frame of a page says of the festival."""
        return {"name": self.festival_name, "organiser": self.organiser, "notice": self.notice}

    def takes_name(self, now: datetime) -> bool:
        """Whether somebody may still write a name to it."""
        return self.state is TeamPlaceState.OPEN and now < min(self.names_due_at, self.starts_at)


def team_of(registration_id: int) -> TeamView | None:
    """The team of a leader's registration with its places in order, in one SELECT; None where there is none."""
    rows: Any = db.session.execute(
        sa.select(
            Team.id, Team.name, Team.names_due_at, TeamPlace.id.label("place_id"), TeamPlace.code, TeamPlace.state,
            Booking.name.label("member"), Booking.status,
        )
        .join(TeamPlace, TeamPlace.team_id == Team.id)
        .outerjoin(Booking, Booking.registration_id == TeamPlace.registration_id)
        .where(Team.registration_id == registration_id)
        .order_by(TeamPlace.id)
    ).all()  # fmt: skip
    if not rows:
        return None
    places = tuple(
        TeamPlaceView(row.place_id, row.code, row.state, row.member, row.status is BookingStatus.CANCELLED)
        for row in rows
    )
    return TeamView(rows[0].id, rows[0].name, rows[0].names_due_at, places)


def team_place(code: str) -> PlaceView | None:
    """The place with this code, in one SELECT."""
    row: Any = db.session.execute(
        sa.select(
            TeamPlace.id, TeamPlace.state, Team.name, Team.names_due_at, Team.registration_id,
            Registration.festival_id, Festival.name.label("festival_name"), Festival.organiser, Festival.notice,
            Activity.slug, Activity.title, Activity.kind, Activity.min_age, Activity.max_age, TimeSlot.id,
            TimeSlot.starts_at, TimeSlot.ends_at, TimeSlot.cancelled_at.is_not(None),
        )
        .join(Team, Team.id == TeamPlace.team_id)
        .join(Registration, Registration.id == Team.registration_id)
        .join(Festival, Festival.id == Registration.festival_id)
        .join(Activity, Activity.id == Registration.activity_id)
        .join(TimeSlot, TimeSlot.id == Registration.slot_id)
        .where(TeamPlace.code == code)
    ).one_or_none()  # fmt: skip
    return None if row is None else PlaceView(*row)


def led_teams(registration_ids: list[int]) -> dict[int, TeamLine]:
    """Leader's registration → team, in one SELECT."""
    comes = sa.and_(TeamPlace.state == TeamPlaceState.NAMED, Registration.status != RegistrationStatus.CANCELLED)
    rows = db.session.execute(
        sa.select(
            Team.registration_id, Team.name, Team.names_due_at,
            sa.func.sum(sa.case((comes, 1), else_=0)),
            sa.func.sum(sa.case((TeamPlace.state == TeamPlaceState.OPEN, 1), else_=0)),
        )
        .join(TeamPlace, TeamPlace.team_id == Team.id)
        .outerjoin(Registration, Registration.id == TeamPlace.registration_id)
        .where(Team.registration_id.in_(registration_ids))
        .group_by(Team.id, Team.registration_id, Team.name, Team.names_due_at)
    )  # fmt: skip
    return {leader: TeamLine(*line) for leader, *line in rows}


def teams_of_members(registration_ids: list[int]) -> dict[int, str]:
    """Member's registration → name of the team, in one SELECT."""
    rows = db.session.execute(
        sa.select(TeamPlace.registration_id, Team.name)
        .join(Team, Team.id == TeamPlace.team_id)
        .where(TeamPlace.registration_id.in_(registration_ids))
    )
    return {member: name for member, name in rows if member is not None}


def unnamed_places(registration_id: int) -> int:
    """How many places a leader's registration reserves without a name."""
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(TeamPlace)
            .join(Team, Team.id == TeamPlace.team_id)
            .where(Team.registration_id == registration_id, TeamPlace.state == TeamPlaceState.OPEN)
        )
        or 0
    )


def teams_with_due_names(now: datetime, most: int) -> list[int]:
    """Leaders' registrations whose time for names is over, with places that have none."""
    unnamed = sa.exists().where(TeamPlace.team_id == Team.id, TeamPlace.state == TeamPlaceState.OPEN)
    due = sa.select(Team.registration_id).where(Team.names_due_at <= now, unnamed)
    return list(db.session.scalars(due.order_by(Team.registration_id).limit(most)))


def teams_of_slot(slot_id: int, led_by: int | None = None) -> list[tuple[int, str]]:
    """(team id, kind of activity) of the live teams in a slot, or of that of one leader's registration."""
    found = (
        sa.select(Team.id, Activity.kind)
        .join(Registration, Registration.id == Team.registration_id)
        .join(Activity, Activity.id == Registration.activity_id)
        .where(Registration.slot_id == slot_id, Registration.status != RegistrationStatus.CANCELLED)
    )
    rows = db.session.execute(found if led_by is None else found.where(Registration.id == led_by))
    return [(row.id, row.kind) for row in rows]
