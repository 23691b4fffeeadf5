"""JSON of programme."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.access import public
from app.core.api import ErrorAnswer, described
from app.core.i18n import gettext as _
from app.festival.queries import require_current
from app.programme import queries, rules, schedule
from app.programme.models import Activity, TimeSlot
from app.programme.schemas import ActivitiesAnswer, ActivityAnswer, ConsentNeed, QuestionAnswer, SlotAnswer
from app.programme.structured_data import stamp

bp = Blueprint("programme_api", __name__)


@bp.get("/activities")
@public
@described({200: ActivitiesAnswer, 404: ErrorAnswer}, tags=["programme"])
def activities() -> ResponseReturnValue:
    """All activities with their slots, places left and questions. Times carry the festival's offset."""
    festival = require_current()
    zone, now = ZoneInfo(festival.timezone), clock.now()
    found = queries.activities_with_slots(festival.id)
    return jsonify(ActivitiesAnswer(activities=[_activity(a, zone, now) for a in found]).model_dump())


def _activity(activity: Activity, zone: ZoneInfo, now: datetime) -> ActivityAnswer:
    kind = queries.kind_of(activity.kind)
    sign_up = schedule.sign_up_state(activity, now)
    return ActivityAnswer(
        slug=activity.slug,
        kind=activity.kind,
        title=activity.title,
        summary=activity.summary,
        place=activity.place.name if activity.place else None,
        registration=rules.SignUpState.CLOSED if sign_up is rules.SignUpState.PAUSED else sign_up,
        paused=sign_up is rules.SignUpState.PAUSED,
        opens_at=stamp(activity.opens_at, zone) if activity.opens_at else None,
        min_age=activity.min_age,
        max_age=activity.max_age,
        birth_date=kind.asks_birth_date,
        questions=[
            QuestionAnswer(
                name=q.name,
                type=q.type,
                label=_(q.label),
                required=q.required,
                options=list(q.options),
                hint=_(q.hint) if q.hint else "",
                per_person=q.per_person,
                private=q.private,
            )
            for q in kind.questions
        ],
        consents=[ConsentNeed(purpose=purpose, required=needed) for purpose, needed in kind.consents.items()],
        slots=[_slot(activity, slot, sign_up, zone, now) for slot in activity.slots],
    )


def _slot(
    activity: Activity, slot: TimeSlot, sign_up: rules.SignUpState, zone: ZoneInfo, now: datetime
) -> SlotAnswer:
    return SlotAnswer(
        id=str(slot.id),
        starts_at=stamp(slot.starts_at, zone),
        ends_at=stamp(slot.ends_at, zone),
        capacity=slot.capacity,
        remaining=rules.remaining(slot.capacity, slot.taken),
        waitlist=activity.waiting_list,
        state=schedule.slot_state(activity, slot, sign_up, now),
        moved_from=stamp(slot.moved_from, zone) if slot.moved_from else None,
        cancelled=slot.cancelled_at is not None,
    )
