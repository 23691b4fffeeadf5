"""Changing the programme: activities and their slots."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta, tzinfo

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.accounts.services import record_audit
from app.core import hooks
from app.core.db import db, rows_changed
from app.core.errors import DomainError, InvalidInput, NotFound
from app.core.i18n import gettext as _
from app.core.slugs import slug_of
from app.festival.services import edited_elsewhere
from app.programme.models import Activity, TimeSlot
from app.programme.rules import ActivityFields as ActivityFields
from app.programme.rules import SlotPlan as SlotPlan
from app.programme.rules import generate_slots as generate_slots


def create_activity(festival_id: int, fields: ActivityFields, by_id: int | None, now: datetime) -> Activity:
    """A new activity without slots; its address comes from the title. Check-in makes its point by hook."""
    rows = db.session.execute(
        sa.select(Activity.slug, Activity.number).where(Activity.festival_id == festival_id)
    ).all()
    made = Activity(
        **asdict(fields),
        festival_id=festival_id,
        slug=slug_of(fields.title, {row.slug for row in rows}),
        number=max((row.number for row in rows), default=0) + 1,
        updated_at=now,
    )
    db.session.add(made)
    db.session.flush()
    hooks.activity_created(made.id)
    record_audit("activity_created", f"activity:{made.id}", by_id, now)
    return made


def update_activity(
    activity_id: int, version: int, fields: ActivityFields, by_id: int | None, now: datetime
) -> None:
    """Store the fields if nobody else changed them since ``version`` was read.

    Raises DomainError ``edited_elsewhere`` otherwise; the guarded UPDATE decides.
    """
    done = db.session.execute(
        sa.update(Activity)
        .where(Activity.id == activity_id, Activity.version == version)
        .values(**asdict(fields), version=version + 1, updated_at=now)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise edited_elsewhere()
    record_audit("activity_changed", f"activity:{activity_id}", by_id, now)


def add_slot(
    activity: Activity,
    starts_at: datetime,
    ends_at: datetime,
    capacity: int | None,
    by_id: int | None,
    now: datetime,
) -> TimeSlot:
    """One slot. Raises InvalidInput for times in the wrong order or a start that is there already."""
    if ends_at <= starts_at:
        message = _("Jam selesai harus setelah jam mulai.")
        raise InvalidInput(message, {"last": message})
    if starts_at in _starts(activity.id):
        message = _("Sudah ada waktu yang mulai pada jam ini.")
        raise InvalidInput(message, {"first": message})
    made = TimeSlot(
        festival_id=activity.festival_id,
        activity_id=activity.id,
        starts_at=starts_at,
        ends_at=ends_at,
        capacity=capacity,
    )
    db.session.add(made)
    db.session.flush()
    _touch(activity.id, now)
    record_audit("slot_added", f"slot:{made.id}", by_id, now)
    return made


def add_slots(
    activity: Activity, plan: SlotPlan, zone: tzinfo, by_id: int | None, now: datetime
) -> tuple[int, int]:
    """Slots by plan; those that overlap a slot of the activity are left out. Returns (added, left out).

    Raises InvalidInput naming the field when the plan makes none.
    """
    wanted = planned_slots(plan, zone)
    existing = [(slot.starts_at, slot.ends_at) for slot in _slots(activity.id)]
    free = [(a, b) for a, b in wanted if not any(a < end and b > start for start, end in existing)]
    db.session.add_all(
        TimeSlot(
            festival_id=activity.festival_id,
            activity_id=activity.id,
            starts_at=start,
            ends_at=end,
            capacity=plan.people,
        )
        for start, end in free
    )
    db.session.flush()
    if free:
        _touch(activity.id, now)
        record_audit("slots_generated", f"activity:{activity.id}", by_id, now, count=len(free))
    return len(free), len(wanted) - len(free)


def planned_slots(plan: SlotPlan, zone: tzinfo) -> list[tuple[datetime, datetime]]:
    """The stretches a plan makes. Raises InvalidInput naming the field when it makes none or too many."""
    try:
        wanted = list(
            generate_slots(plan.day, plan.first, plan.last, timedelta(minutes=plan.every), zone, plan.pause)
        )
    except ValueError as fault:
        words = {
            "length": ("every", _("Isi lama satu giliran dalam menit.")),
            "order": ("last", _("Jam selesai harus setelah jam mulai.")),
            "many": ("every", _("Ini membuat lebih dari 200 waktu. Buat gilirannya lebih lama.")),
        }
        field, message = words[str(fault)]
        raise InvalidInput(message, {field: message}) from fault
    if not wanted:
        message = _("Tidak ada giliran yang muat di antara kedua jam ini.")
        raise InvalidInput(message, {"every": message})
    return wanted


def change_slot(
    activity_id: int, slot_id: int, capacity: int | None, closed: bool, by_id: int | None, now: datetime
) -> None:
    """Set how many places a slot has and whether it is closed; more places count at once.

    Raises DomainError ``below_taken`` when more are taken already; the guarded UPDATE decides.
    """
    statement = sa.update(TimeSlot).where(
        TimeSlot.id == slot_id, TimeSlot.activity_id == activity_id, TimeSlot.cancelled_at.is_(None)
    )
    if capacity is not None:
        statement = statement.where(TimeSlot.taken <= capacity)
    done = db.session.execute(statement.values(capacity=capacity, closed=closed))
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise _refused_change(activity_id, slot_id)
    hooks.places_changed(slot_id, now)
    _touch(activity_id, now)
    record_audit("slot_changed", f"slot:{slot_id}", by_id, now, capacity=capacity, closed=closed)


def _refused_change(activity_id: int, slot_id: int) -> DomainError:
    slot = db.session.execute(
        sa.select(TimeSlot.taken, TimeSlot.cancelled_at).where(
            TimeSlot.id == slot_id, TimeSlot.activity_id == activity_id
        )
    ).one_or_none()
    if slot is None:
        return _gone()
    if slot.cancelled_at:
        message = _("Waktu ini sudah dibatalkan, jadi tidak bisa diubah lagi.")
        return InvalidInput(message, {"capacity": message}, code="slot_cancelled")
    message = _("Sudah %(taken)s tempat terisi. Kuota tidak dapat kurang dari itu.", taken=slot.taken)
    return InvalidInput(message, {"capacity": message}, code="below_taken")


Times = tuple[datetime, datetime]


def move_slot(activity_id: int, slot_id: int, was: Times, becomes: Times, by_id: int | None, now: datetime) -> bool:
    """Give a slot other times (start, end); False where it has them already, so that pressing twice moves once.

    ``was`` is what the one who moves it had before their eyes. Raises InvalidInput (fields first, last) for times
    that cannot be, DomainError edited_elsewhere where somebody else moved it meanwhile, slot_cancelled and
    slot_over where it is too late, all 409. Who is booked is told by ``registration``, which calls this.
    """
    if fault := new_times_fault(becomes, now):
        raise fault
    present = _held_times(activity_id, slot_id)
    if present == becomes:
        return False
    if now >= present[1]:
        raise DomainError("slot_over", _("Waktu ini sudah selesai, jadi tidak bisa dipindah."))
    if present != was:
        raise edited_elsewhere()
    first = sa.func.coalesce(TimeSlot.moved_from, TimeSlot.starts_at, type_=TimeSlot.starts_at.type)
    change = sa.update(TimeSlot).where(TimeSlot.id == slot_id)
    try:
        with db.session.begin_nested():
            rows_changed(
                change.values(
                    starts_at=becomes[0], ends_at=becomes[1],
                    moved_from=sa.case((first == becomes[0], None), else_=first),
                )
            )  # fmt: skip
    except IntegrityError as error:
        message = _("Sudah ada waktu yang mulai pada jam ini.")
        raise InvalidInput(message, {"first": message}) from error
    _touch(activity_id, now)
    record_audit(
        "slot_moved", f"slot:{slot_id}", by_id, now, was=[m.isoformat() for m in was],
        becomes=[m.isoformat() for m in becomes],
    )  # fmt: skip
    return True


def _held_times(activity_id: int, slot_id: int) -> Times:
    """The present times, under the whole lock of the slot.

    Changing a unique key needs it on PostgreSQL; taken first, nobody waits in a circle with a sign-up.
    """
    slot = db.session.execute(
        sa.select(TimeSlot.starts_at, TimeSlot.ends_at, TimeSlot.cancelled_at)
        .where(TimeSlot.id == slot_id, TimeSlot.activity_id == activity_id)
        .with_for_update()
    ).one_or_none()
    if slot is None:
        raise _gone()
    if slot.cancelled_at:
        raise _cancelled()
    return slot.starts_at, slot.ends_at


def new_times_fault(becomes: Times, now: datetime) -> InvalidInput | None:
    """What is wrong with new times, beside its field; None where they may be."""
    if becomes[1] <= becomes[0]:
        message = _("Jam selesai harus setelah jam mulai.")
        return InvalidInput(message, {"last": message})
    if becomes[0] <= now:
        message = _("Waktu baru ini sudah lewat.")
        return InvalidInput(message, {"first": message})
    return None


def cancel_slot(activity_id: int, slot_id: int, because: str, by_id: int | None, now: datetime) -> bool:
    """Call a slot off for good; False where it was called off before.

    It is closed with that, so nobody takes a place there. Raises NotFound, and DomainError slot_over 409 after
    its end. Who is booked is taken out and told by ``registration``, which calls this.
    """
    done = rows_changed(
        sa.update(TimeSlot)
        .where(
            TimeSlot.id == slot_id, TimeSlot.activity_id == activity_id, TimeSlot.cancelled_at.is_(None),
            TimeSlot.ends_at > now,
        )
        .values(closed=True, cancelled_at=now, cancelled_because=because or None)
    )  # fmt: skip
    if done:
        _touch(activity_id, now)
        record_audit("slot_cancelled", f"slot:{slot_id}", by_id, now)
        return True
    row = db.session.execute(
        sa.select(TimeSlot.cancelled_at).where(TimeSlot.id == slot_id, TimeSlot.activity_id == activity_id)
    ).one_or_none()
    if row is None:
        raise _gone()
    if row.cancelled_at is None:
        raise DomainError("slot_over", _("Waktu ini sudah selesai, jadi tidak bisa dibatalkan."))
    return False


def remove_slot(activity_id: int, slot_id: int, by_id: int | None, now: datetime) -> None:
    """Delete a slot nobody signed up for, ever: cancelled sign-ups keep it as well.

    Raises DomainError ``slot_in_use``. The foreign keys of the floors above are the truth.
    """
    try:
        with db.session.begin_nested():
            done = db.session.execute(
                sa.delete(TimeSlot).where(
                    TimeSlot.id == slot_id, TimeSlot.activity_id == activity_id, TimeSlot.taken == 0
                )
            )
    except IntegrityError as error:
        raise _slot_in_use() from error
    if done.rowcount != 1:  # type: ignore[attr-defined]
        exists = db.session.scalar(sa.select(TimeSlot.id).where(TimeSlot.id == slot_id))
        raise _slot_in_use() if exists else _gone()
    _touch(activity_id, now)
    record_audit("slot_removed", f"slot:{slot_id}", by_id, now)


def _slot_in_use() -> DomainError:
    return DomainError(
        "slot_in_use",
        _("Waktu ini pernah didaftar orang, jadi tidak dapat dihapus. Tutup saja supaya tidak ada yang mendaftar."),
    )


def _cancelled() -> DomainError:
    return DomainError("slot_cancelled", _("Waktu ini sudah dibatalkan, jadi tidak bisa diubah lagi."))


def _gone() -> NotFound:
    return NotFound(_("Waktu ini sudah tidak ada."))


def _slots(activity_id: int) -> list[TimeSlot]:
    return list(db.session.scalars(sa.select(TimeSlot).where(TimeSlot.activity_id == activity_id)))


def _starts(activity_id: int) -> set[datetime]:
    return {slot.starts_at for slot in _slots(activity_id)}


def _touch(activity_id: int, now: datetime) -> None:
    """The activity's page and calendar changed, without making an open form of it outdated."""
    db.session.execute(sa.update(Activity).where(Activity.id == activity_id).values(updated_at=now))


def pause_sign_up(activity_id: int, by_id: int | None, now: datetime) -> bool:
    """Hold sign-up of an activity from now on; False where it was held already. Who is signed up stays."""
    done = _set_pause(activity_id, becomes=now)
    if done:
        record_audit("sign_up_paused", f"activity:{activity_id}", by_id, now)
    return done


def resume_sign_up(activity_id: int, by_id: int | None, now: datetime) -> bool:
    """Let sign-up go on; False where it was not held. The worker offers what became free meanwhile."""
    done = _set_pause(activity_id, becomes=None)
    if done:
        record_audit("sign_up_resumed", f"activity:{activity_id}", by_id, now)
    return done


def _set_pause(activity_id: int, becomes: datetime | None) -> bool:
    """Without a new version of the activity: a form of it that is open stays good."""
    before = Activity.paused_at.is_not(None) if becomes is None else Activity.paused_at.is_(None)
    return rows_changed(sa.update(Activity).where(Activity.id == activity_id, before).values(paused_at=becomes)) > 0
