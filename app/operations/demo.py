"""The sample festival: loading it, moving it to today, starting it over. Never touches a real festival."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.checkin.models import CheckinPoint, PointKind, Scan
from app.cooperatives.services import load_sample
from app.core import clock
from app.core.db import db
from app.core.errors import DomainError
from app.festival.models import Day, Festival, Place
from app.operations import demo_programme
from app.programme.models import Activity, AdmissionPolicy, EntryMode, TimeSlot
from app.regions.services import load_depok
from app.registration.models import Registration


class Dates(enum.StrEnum):
    """On which days the sample festival lies."""

    TODAY = "today"
    ORIGINAL = "original"


class Outcome(enum.StrEnum):
    """What loading did. ``kept``: in use and on other days, so it was left alone."""

    LOADED = "loaded"
    RELOADED = "reloaded"
    MOVED = "moved"
    UNCHANGED = "unchanged"
    KEPT = "kept"


_SAYS = {
    Outcome.LOADED: "The sample festival is loaded: {activities} activities, {slots} slots, first day {day}.",
    Outcome.RELOADED: "The sample festival was deleted and loaded anew: {activities} activities, first day {day}.",
    Outcome.MOVED: "The sample festival was moved: its first day is now {day}.",
    Outcome.UNCHANGED: "The sample festival is there already, first day {day}. Nothing was changed.",
    Outcome.KEPT: (
        "The sample festival of {day} is in use and was left alone. "
        "To delete its sign-ups and scans and start over: pekan demo load --fresh"
    ),
}


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What is in the database now."""

    outcome: Outcome
    first_day: date
    activities: int
    slots: int

    @property
    def sentence(self) -> str:
        """What happened, for the person at the keyboard."""
        return _SAYS[self.outcome].format(
            activities=self.activities, slots=self.slots, day=self.first_day.isoformat()
        )


def load(dates: Dates | str, fresh: bool, now: datetime) -> DemoReport:
    """Make the sample festival the current one, its first day today (WIB) or 19 July 2023.

    Run again it changes nothing. When its days differ, it is moved while nobody has used it; after the
    first registration or scan only ``fresh`` starts over, which deletes its registrations, tickets, scans
    and devices. Raises DomainError ``real_festival`` when a festival that is no sample is current.
    """
    target = clock.local(now).date() if Dates(dates) is Dates.TODAY else demo_programme.ORIGINAL_FIRST_DAY
    _refuse_real_festival()
    load_depok()
    load_sample(now)
    sample = demo_programme.read()
    existing = db.session.scalar(
        sa.select(Festival).where(Festival.is_sample, Festival.slug == sample.festival["slug"])
    )
    if existing is None:
        return _report(Outcome.LOADED, _store(sample, target))
    if fresh:
        wipe(existing.id)
        return _report(Outcome.RELOADED, _store(sample, target))
    if not existing.is_current:
        existing.is_current = True
    return _report(_bring_to(existing, target), existing)


def _refuse_real_festival() -> None:
    name = db.session.scalar(sa.select(Festival.name).where(Festival.is_current, ~Festival.is_sample))
    if name is not None:
        raise DomainError(
            "real_festival",
            f"“{name}” is a real festival and stays as it is. Load the sample into an empty database.",
        )


def _bring_to(festival: Festival, target: date) -> Outcome:
    first = festival.days[0].date if festival.days else target
    if first == target:
        return Outcome.UNCHANGED
    if is_used(festival.id):
        return Outcome.KEPT
    _move(festival.id, target - first)
    return Outcome.MOVED


def is_used(festival_id: int) -> bool:
    """True when somebody has signed up or scanned."""
    return any(
        db.session.scalar(sa.select(sa.exists().where(model.festival_id == festival_id)))
        for model in (Registration, Scan)
    )


def _move(festival_id: int, by: timedelta) -> None:
    """Shift days, slots and sign-up times. Row by row from the far end: (activity, start) and (festival,
    date) are unique, and no row may land on one that has yet to move."""
    backwards = by > timedelta(0)
    days = db.session.scalars(sa.select(Day).where(Day.festival_id == festival_id)).all()
    slots = db.session.scalars(sa.select(TimeSlot).where(TimeSlot.festival_id == festival_id)).all()
    moved_days = [{"id": d.id, "date": d.date + by} for d in sorted(days, key=lambda d: d.date, reverse=backwards)]
    moved_slots = [
        {"id": s.id, "starts_at": s.starts_at + by, "ends_at": s.ends_at + by}
        for s in sorted(slots, key=lambda s: s.starts_at, reverse=backwards)
    ]
    for model, rows in ((Day, moved_days), (TimeSlot, moved_slots)):
        if rows:
            db.session.execute(sa.update(model), rows)
    for activity in db.session.scalars(sa.select(Activity).where(Activity.festival_id == festival_id)):
        activity.opens_at = activity.opens_at and activity.opens_at + by
        activity.closes_at = activity.closes_at and activity.closes_at + by
    db.session.flush()
    db.session.expire_all()


def wipe(festival_id: int) -> None:
    """Delete a festival and every row that belongs to it, children first."""
    for table in reversed(db.metadata.sorted_tables):
        if "festival_id" in table.c:
            db.session.execute(table.delete().where(table.c.festival_id == festival_id))
    db.session.execute(sa.delete(Festival).where(Festival.id == festival_id))
    db.session.expunge_all()


def _store(sample: demo_programme.Sample, first_day: date) -> Festival:
    texts = {name: value for name, value in sample.festival.items() if name != "days"}
    festival = Festival(**texts, is_current=True, is_sample=True)
    festival.days = [
        Day(date=first_day + timedelta(days=n), title=title) for n, title in enumerate(sample.festival["days"])
    ]
    festival.places = [Place(name=name) for name in sample.places()]
    db.session.add(festival)
    db.session.flush()
    places = {place.name: place.id for place in festival.places}
    db.session.add(_gate(festival.id))
    for number, row in enumerate(sample.activities, start=1):
        activity = _activity(festival.id, number, row, places[sample.place_of(row)])
        db.session.add(activity)
        db.session.flush()
        db.session.add(_point(activity, PointKind(row.get("point", PointKind.ACTIVITY))))
        db.session.add_all(
            TimeSlot(
                festival_id=festival.id, activity_id=activity.id, taken=0,
                starts_at=slot.starts_at, ends_at=slot.ends_at, capacity=slot.capacity,
            )
            for slot in sample.slots_of(row, first_day)
        )  # fmt: skip
    db.session.flush()
    return festival


_TEXTS = ("slug", "kind", "title", "summary", "description")
_OPTIONS = ("bring", "min_age", "max_age", "max_group", "waiting_list", "earns_coupon")


def _activity(festival_id: int, number: int, row: dict[str, Any], place_id: int) -> Activity:
    fields = {name: row[name] for name in _TEXTS} | {name: row[name] for name in _OPTIONS if name in row}
    return Activity(
        festival_id=festival_id, number=number, place_id=place_id,
        entry_mode=EntryMode(row["entry_mode"]),
        admission_policy=AdmissionPolicy(row.get("admission_policy", AdmissionPolicy.ONCE)),
        **fields,
    )  # fmt: skip


def _gate(festival_id: int) -> CheckinPoint:
    return CheckinPoint(
        festival_id=festival_id, slug=demo_programme.GATE, name="Gerbang utama",
        kind=PointKind.GATE, policy=AdmissionPolicy.DAILY,
    )  # fmt: skip


def _point(activity: Activity, kind: PointKind) -> CheckinPoint:
    return CheckinPoint(
        festival_id=activity.festival_id, activity_id=activity.id, slug=activity.slug, name=activity.title,
        kind=kind, policy=activity.admission_policy, opens_before=60, closes_after=0,
    )  # fmt: skip


def _report(outcome: Outcome, festival: Festival) -> DemoReport:
    def count(model: Any) -> int:
        query = sa.select(sa.func.count()).select_from(model).where(model.festival_id == festival.id)
        return int(db.session.scalar(query) or 0)

    first = db.session.scalar(sa.select(sa.func.min(Day.date)).where(Day.festival_id == festival.id))
    return DemoReport(outcome, first or date.min, count(Activity), count(TimeSlot))
