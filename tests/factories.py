"""Small builders of what tests need; each commits, so that other threads and processes see it."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta

from flask.testing import FlaskClient

from app.accounts.models import Role, User, UserRole
from app.checkin.models import CheckinPoint, PointKind
from app.core import clock
from app.core.codes import random_token
from app.core.db import db
from app.festival.models import Day, Festival, Place
from app.programme.models import Activity, AdmissionPolicy, EntryMode, TimeSlot

_numbers = itertools.count(1)


def festival(*, first_day: date | None = None, days: int = 3, **fields: object) -> Festival:
    """A current festival whose first day is today (WIB)."""
    start = first_day or clock.local(clock.now()).date()
    made = Festival(
        **{
            "slug": f"pekan-{next(_numbers)}", "name": "Pekan Koperasi Depok", "organiser": "DKUM Kota Depok",
            "city": "Depok", "venue": "Pasar Rakyat Jabar", "is_current": True, **fields,
        }
    )  # fmt: skip
    made.days = [Day(date=start + timedelta(days=n), title=f"Hari {n + 1}") for n in range(days)]
    made.places = [Place(name="Lapangan parkir"), Place(name="Panggung utama")]
    db.session.add(made)
    db.session.commit()
    return made


def activity(of: Festival, *, slug: str = "jalan-santai", **fields: object) -> Activity:
    """An open activity without slots."""
    made = Activity(
        **{
            "festival_id": of.id, "number": next(_numbers), "slug": slug, "kind": "fun_walk",
            "title": slug.replace("-", " ").capitalize(), "entry_mode": EntryMode.OPEN,
            "admission_policy": AdmissionPolicy.ONCE, "place_id": of.places[0].id, **fields,
        }
    )  # fmt: skip
    db.session.add(made)
    db.session.commit()
    return made


def slot(
    of: Activity, *, starts_in: timedelta = timedelta(hours=2), minutes: int = 60, capacity: int | None = 100,
    starts_at: datetime | None = None,
) -> TimeSlot:  # fmt: skip
    """A slot of the activity, two hours from now unless told."""
    start = starts_at or clock.now().replace(microsecond=0) + starts_in
    made = TimeSlot(
        festival_id=of.festival_id, activity_id=of.id, starts_at=start,
        ends_at=start + timedelta(minutes=minutes), capacity=capacity, taken=0,
    )  # fmt: skip
    db.session.add(made)
    db.session.commit()
    return made


def point(of: Festival, *, at: Activity | None = None, **fields: object) -> CheckinPoint:
    """The main gate, or the point of an activity."""
    defaults: dict[str, object] = {
        "festival_id": of.id, "slug": at.slug if at else "gerbang-utama",
        "name": at.title if at else "Gerbang utama",
        "kind": PointKind.ACTIVITY if at else PointKind.GATE, "activity_id": at.id if at else None,
        "policy": AdmissionPolicy.ONCE if at else AdmissionPolicy.DAILY,
    }  # fmt: skip
    made = CheckinPoint(**{**defaults, **fields})
    db.session.add(made)
    db.session.commit()
    return made


def user(name: str = "panitia", *roles: Role) -> User:
    """A staff user with the roles given (committee when none), without a password."""
    made = User(name=name, name_key=name.casefold(), created_at=clock.now())
    made.role_rows = [UserRole(role=role) for role in roles or (Role.COMMITTEE,)]
    db.session.add(made)
    db.session.commit()
    return made


def sign_in(client: FlaskClient, who: User) -> None:
    """Give the browser a session of this user, as a sign-in would; no password, no page."""
    with client.session_transaction() as session:
        session.clear()
        session.update(_user_id=who.get_id(), _fresh=True, sid=random_token())
        session.update(since=int(clock.now().timestamp()))
