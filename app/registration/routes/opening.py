"""The sign-up page while there is no form: the wait before it opens, and why there is none at all."""

from __future__ import annotations

import random
from datetime import datetime

from flask import render_template

from app.core.page_cache import keep_until
from app.programme.queries import SignUpState, kind_of, sign_up_state, wait_for
from app.registration import rules
from app.registration.queries import ActivityFacts


def most_at_once(activity: ActivityFacts) -> int:
    """Most people in one sign-up for the activity."""
    return rules.most_at_once(activity.max_group, activity.max_per_number)


def no_form(activity: ActivityFacts, now: datetime) -> str | None:
    """The page to show instead of the form, None while sign-up is open.

    The wait is the same page for everybody, kept until sign-up opens: it costs the database nothing a view.
    """
    last = max((slot.starts_at for slot in activity.slots if not slot.cancelled_at), default=None)
    paused = activity.paused_at is not None
    state = sign_up_state(activity.entry_mode, activity.opens_at, activity.closes_at, last, now, paused=paused)
    if state is SignUpState.OPEN:
        return None
    known = {"activity": activity, "festival": activity.festival, "state": state}
    if state is not SignUpState.NOT_YET or activity.opens_at is None:
        return render_template("registration/closed.html", **known)
    keep_until(activity.opens_at)
    wait = wait_for(activity.opens_at, now, random.random())  # noqa: S311 - spreads visitors, keeps no secret
    kind = kind_of(activity.kind)
    return render_template("registration/opening.html", **known, wait=wait, kind=kind, most=most_at_once(activity))
