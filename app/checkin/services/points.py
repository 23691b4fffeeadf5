"""Check-in points: made and changed by the committee, and made by themselves for new activities."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.accounts.services import record_audit
from app.checkin import queries
from app.checkin.models import Admission, CheckinPoint, Device, PointKind
from app.checkin.rules import PointFields
from app.core.codes import slugify
from app.core.db import db, rows_changed
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _
from app.programme.models import Activity

LONGEST_SLUG = 60
SHARED = ("activity_id", "policy", "counts_inside", "capacity")  # what gates that count together have in common


def create_point(
    festival_id: int, slug: str, fields: PointFields, user_id: int | None, now: datetime
) -> CheckinPoint:
    """A new point; without a slug it is made from the name.

    Raises:
        InvalidInput: an activity of another festival, or none where the point is an activity's.
        DomainError: ``slug_taken``.
    """
    _check_activity(festival_id, fields)
    fields = _as_main(festival_id, None, fields)
    point = CheckinPoint(festival_id=festival_id, slug=slug or slugify(fields.name), **asdict(fields))
    try:
        with db.session.begin_nested():
            db.session.add(point)
    except IntegrityError:
        message = _("Alamat titik ini sudah dipakai. Pilih yang lain.")
        raise DomainError("slug_taken", message, fields={"slug": message}) from None
    record_audit("point.created", f"point:{point.id}", user_id, now)
    return point


def edit_point(point: CheckinPoint, fields: PointFields, user_id: int | None, now: datetime) -> None:
    """Change a point. Its slug stays: paired phones speak to it by that address.

    What gates that count together must have in common follows the main one.

    Raises:
        InvalidInput: as ``create_point``; another main point, or none any more, once people are in.
    """
    _check_activity(point.festival_id, fields)
    fields = _as_main(point.festival_id, point, fields)
    for name, value in asdict(fields).items():
        setattr(point, name, value)
    followers = sa.update(CheckinPoint).where(CheckinPoint.counts_with_id == point.id)
    rows_changed(followers.values({name: getattr(fields, name) for name in SHARED}))
    record_audit("point.edited", f"point:{point.id}", user_id, now)


def set_pin(point_id: int, pin_hash: str | None, user_id: int | None, now: datetime) -> None:
    """Give a point a supervisors' PIN (its hash; made outside the transaction), or take it away.

    Phones that are a supervisor's already stop being so: the PIN is changed when somebody knows it who should not.
    """
    rows_changed(sa.update(CheckinPoint).where(CheckinPoint.id == point_id).values(pin_hash=pin_hash))
    held = sa.update(Device).where(Device.point_id == point_id, Device.supervisor_until > now)
    rows_changed(held.values(supervisor_until=now))
    record_audit("point.pin_set" if pin_hash else "point.pin_removed", f"point:{point_id}", user_id, now)


def pause_point(point_id: int, user_id: int | None, now: datetime) -> bool:
    """Let nobody in at a point from now on; False where that was so already."""
    return _set_pause(point_id, now, user_id, now)


def resume_point(point_id: int, user_id: int | None, now: datetime) -> bool:
    """Let people in again; False where nothing was held."""
    return _set_pause(point_id, None, user_id, now)


def _set_pause(point_id: int, becomes: datetime | None, user_id: int | None, now: datetime) -> bool:
    before = CheckinPoint.paused_at.is_not(None) if becomes is None else CheckinPoint.paused_at.is_(None)
    change = sa.update(CheckinPoint).where(CheckinPoint.id == point_id, before)
    done = rows_changed(change.values(paused_at=becomes)) > 0
    if done:
        record_audit("point.paused" if becomes else "point.resumed", f"point:{point_id}", user_id, now)
    return done


def point_for_activity(activity_id: int) -> None:
    """The point of a new activity under its own slug, as api.md promises (hook ``activity_created``)."""
    activity = db.session.get_one(Activity, activity_id)
    already = sa.select(sa.exists().where(CheckinPoint.activity_id == activity_id))
    if db.session.scalar(already):
        return
    db.session.add(
        CheckinPoint(
            festival_id=activity.festival_id, slug=_free_slug(activity.festival_id, activity.slug),
            name=activity.title, kind=PointKind.ACTIVITY, activity_id=activity.id,
            policy=activity.admission_policy, opens_before=60, closes_after=0, active=True,
        )
    )  # fmt: skip
    db.session.flush()


def _free_slug(festival_id: int, wanted: str) -> str:
    taken = set(queries.point_slugs(festival_id))
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        ending = f"-{number}"
        slug = wanted[: LONGEST_SLUG - len(ending)] + ending
    return slug


def _as_main(festival_id: int, point: CheckinPoint | None, fields: PointFields) -> PointFields:
    """The fields with what the main point decides. Raises InvalidInput (field ``counts_with_id``)."""
    was = point.counts_with_id if point else None
    if point and was != fields.counts_with_id and _has_admissions(point.id):
        raise _wrong_main(_("Sudah ada yang masuk di titik ini, jadi hitungannya tidak dapat dipindahkan lagi."))
    if fields.counts_with_id is None:
        return fields
    main = db.session.scalar(
        sa.select(CheckinPoint).where(
            CheckinPoint.id == fields.counts_with_id, CheckinPoint.festival_id == festival_id
        )
    )
    if main is None or main.counts_with_id is not None or (point and main.id == point.id):
        raise _wrong_main(_("Pilih titik utama lain: titik itu tidak ada, atau sudah ikut titik lain."))
    if point and db.session.scalar(sa.select(sa.exists().where(CheckinPoint.counts_with_id == point.id))):
        raise _wrong_main(_("Titik ini titik utama bagi titik lain, jadi tidak dapat ikut titik lain."))
    if main.activity_id != fields.activity_id:
        raise _wrong_main(_("Kegiatan kedua titik harus sama."))
    return replace(fields, **{name: getattr(main, name) for name in SHARED})


def _has_admissions(point_id: int) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(Admission.point_id == point_id))))


def _wrong_main(message: str) -> InvalidInput:
    return InvalidInput(message, {"counts_with_id": message})


def _check_activity(festival_id: int, fields: PointFields) -> None:
    if fields.activity_id is None:
        if fields.kind is PointKind.ACTIVITY:
            message = _("Pilih kegiatan untuk titik ini.")
            raise InvalidInput(message, {"activity_id": message})
        return
    found = db.session.scalar(
        sa.select(Activity.id).where(Activity.id == fields.activity_id, Activity.festival_id == festival_id)
    )
    if found is None:
        message = _("Kegiatan ini tidak ada. Pilih lagi.")
        raise InvalidInput(message, {"activity_id": message})
