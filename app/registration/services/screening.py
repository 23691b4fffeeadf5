"""Prescreening at sign-up: the answers decide here and are forgotten; what is kept is the verdict and a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from app.core import clock
from app.core.db import core, table
from app.core.errors import DomainError
from app.core.formats import day_long
from app.core.i18n import gettext as _
from app.programme.queries import Reason, Screened, Verdict, kind_of, kind_options
from app.registration import queries, rules
from app.registration.models import Prescreening
from app.registration.queries import SlotFacts
from app.registration.services.answers import check_each

_prescreening = table(Prescreening)


def screen(slot: SlotFacts, request: rules.SignUp, now: datetime) -> tuple[Screened, ...]:
    """What the prescreening says of everybody, in order; empty where the kind has none.

    Raises invalid where an answer is missing, and DomainError 422, with the reasons at their questions:
    prescreening_deferred where somebody cannot come, see_doctor where the sender wants to hear of that first.
    """
    screened = screened_people(slot, request, now)
    found = {each.verdict for each in screened}
    if Verdict.DEFERRED in found:
        text = _("Ada yang belum bisa mendaftar. Alasannya tertulis di bawah namanya.")
        raise DomainError("prescreening_deferred", text, status=422, fields=_fields(screened, Verdict.DEFERRED))
    if Verdict.SEE_DOCTOR in found and not request.heard_doctor:
        text = _("Anda boleh mendaftar, dan dokter PMI memeriksa dulu di tempat.")
        raise DomainError("see_doctor", text, status=422, fields=_fields(screened, Verdict.SEE_DOCTOR))
    return screened


def screened_people(slot: SlotFacts, request: rules.SignUp, now: datetime) -> tuple[Screened, ...]:
    """The verdict for everybody, whatever it is. Raises invalid where an answer is missing or wrong."""
    kind = kind_of(slot.kind)
    if kind.screen is None:
        return ()
    day, today = clock.local(slot.starts_at).date(), clock.local(now).date()
    answers = check_each(slot.kind, request.people, request.answers, today)
    stored = kind_options(slot.activity_id)
    options = {option.name: kind.option(option.name, stored) for option in kind.options}
    ages = [rules.age_on(person.birth, day) if person.birth else 0 for person in request.people]
    return tuple(kind.screen(given, age, day, options) for given, age in zip(answers, ages, strict=True))


def reason_words(reason: Reason) -> str:
    """A reason as people read it."""
    values = {name: day_long(v) if isinstance(v, date) else v for name, v in reason.values.items()}
    return _(reason.text, **values)


def _fields(screened: Sequence[Screened], verdict: Verdict) -> dict[str, str]:
    fields: dict[str, str] = {}
    for row, each in enumerate(screened):
        for reason in each.reasons if each.verdict is verdict else ():
            of_answer = "" if reason.question == "birth_date" else "answers."
            fields[f"participants.{row}.{of_answer}{reason.question}"] = reason_words(reason)
    return fields


def still_forbids(next_possible: date | None, now: datetime) -> date | None:
    """The day, where it is still to come: it rules out earlier slots. What lies behind is nobody's business."""
    return next_possible if next_possible and next_possible > clock.local(now).date() else None


def keep_verdicts(
    registration_id: int, participants: Sequence[int], screened: Sequence[Screened], now: datetime
) -> None:
    """Write down verdict and edition of the rules; of the days only one that is still to come."""
    rows = [
        {
            "registration_id": registration_id, "participant_id": participant, "verdict": each.verdict,
            "next_possible": still_forbids(each.next_possible, now),
            "rules_version": each.version, "screened_at": now,
        }
        for participant, each in zip(participants, screened, strict=True)
    ] if screened else []  # fmt: skip
    if rows:
        core().execute(sa.insert(_prescreening), rows)


def too_young_to_donate(slot: SlotFacts, age: int, day: date) -> str | None:
    """Why somebody of this age is not admitted on an earlier day, None where nothing says so.

    The answers of the sign-up are forgotten: whoever is old enough is what it was then.
    """
    kind = kind_of(slot.kind)
    if kind.screen is None:
        return None
    stored = kind_options(slot.activity_id)
    options = {option.name: kind.option(option.name, stored) for option in kind.options}
    found = kind.screen({}, age, day, options)
    reasons = [reason for reason in found.reasons if reason.question == "birth_date"]
    return reason_words(reasons[0]) if found.verdict is Verdict.DEFERRED and reasons else None


def check_other_day(registration_id: int, day: date) -> None:
    """Raises DomainError prescreening_deferred 422 where somebody may not come as early as this day."""
    days = [each.next_possible for each in queries.prescreenings_of(registration_id) if each.next_possible]
    if days and day < max(days):
        text = _("Baru bisa mulai %(day)s, karena jarak dengan donor sebelumnya.", day=day_long(max(days)))
        raise DomainError("prescreening_deferred", text, status=422)
