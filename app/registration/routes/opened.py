"""What a manage link opens, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core import clock
from app.core.errors import NotFound
from app.core.headers import hide_referrer
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.programme.queries import kind_of
from app.registration import links, queries, rules
from app.registration.models import BookingStatus, RegistrationStatus
from app.registration.queries import RegistrationView
from app.registration.rules import Standing
from app.registration.words import verdict_words


@dataclass(frozen=True, slots=True)
class Stand:
    """How a registration stands, with what its page says about that.

    ``position`` in line is from 1; ``until`` is when the offer ends, ``line_over`` when the line does.
    """

    state: Standing
    people: int
    position: int = 0
    until: datetime | None = None
    line_over: datetime | None = None
    answer_within: str = ""


def opened(token: str) -> RegistrationView:
    """The registration of a manage link. Raises NotFound; keeps the link out of referrers."""
    hide_referrer()
    code = links.registration_code_of(token)
    view = queries.registration_by_code(code) if code else None
    if view is None:
        raise NotFound(_("Tautan ini tidak dikenal. Periksa apakah tautannya tersalin utuh."))
    return view


def stand_of(view: RegistrationView, now: datetime) -> Stand:
    """How it stands; who has a place costs no SELECT."""
    people = sum(person.status is not BookingStatus.CANCELLED for person in view.people)
    if view.status is RegistrationStatus.CONFIRMED:
        return Stand(Standing.CONFIRMED, people)
    line = queries.line_of(view.id, view.slot_id)
    offer, over = line.offer, line.ends_at
    until = min(offer.expires_at, over) if offer else over
    state = rules.standing(view.status, offer.state if offer else None, until, over, now)
    return Stand(state, people, line.ahead + 1, until, over, minutes_in_words(line.offer_minutes))


def can_undo(view: RegistrationView, now: datetime) -> bool:
    """Whether something was cancelled here less than a minute ago, by the owner."""
    if all(person.status is not BookingStatus.CANCELLED for person in view.people) or now >= view.ends_at:
        return False
    at = queries.last_undoable(view.id)
    return at is not None and rules.may_undo(at, now)


def concerns_of(view: RegistrationView, now: datetime) -> dict[str, Any]:
    """What the page warns of: clashes still to come, a small child left alone, the word of a prescreening.

    Reads nothing for who has a place at anything but blood donation and has cancelled nobody.
    """
    cautions = [
        (name, caution)
        for name, caution in queries.cautions_of_tickets(view.tickets)
        if caution.second.ends_at > now
    ]
    kind, live = kind_of(view.kind), view.status is not RegistrationStatus.CANCELLED
    some_left = any(person.status is BookingStatus.CANCELLED for person in view.people)
    lonely: list[str] = []
    if kind.child_needs_adult and some_left:
        lonely = queries.children_alone(view.id, clock.local(view.starts_at).date(), kind.child_needs_adult)
    screened = queries.prescreenings_of(view.id) if kind.screen and live else []
    return {"cautions": cautions, "lonely": lonely, "screened": screened, "verdict_words": verdict_words}


def minutes_in_words(minutes: int) -> str:
    """``12 jam``, ``45 menit``."""
    if minutes % 60 == 0:
        return ngettext("%(num)s jam", "%(num)s jam", minutes // 60)
    return ngettext("%(num)s menit", "%(num)s menit", minutes)


def row_number(text: str) -> int | None:
    """The number of a row that a form sent back, None for anything that cannot be one."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    return int(text) if 0 < int(text) <= rules.LARGEST_ID else None
