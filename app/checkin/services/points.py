"""Check-in points: made and changed by the committee, and made by themselves for new activities."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.accounts.services import record_audit
from app.checkin import queries
from app.checkin.models import CheckinPoint, PointKind
from app.checkin.rules import PointFields
from app.core.codes import slugify
from app.core.db import db, rows_changed
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _
from app.programme.models import Activity

LONGEST_SLUG = 60


def create_point(
    festival_id: int, slug: str, fields: PointFields, user_id: int | None, now: datetime
) -> CheckinPoint:
    """A new point; without a slug it is made from the name.

    Raises:
        InvalidInput: an activity of another festival, or none where the point is an activity's.
        DomainError: ``slug_taken``.
    """
    _check_activity(festival_id, fields)
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

    Raises:
        InvalidInput: as ``create_point``.
    """
    _check_activity(point.festival_id, fields)
    for name, value in asdict(fields).items():
        setattr(point, name, value)
    record_audit("point.edited", f"point:{point.id}", user_id, now)


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
