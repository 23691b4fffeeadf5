"""Consents by purpose: written with the sign-up, shown on its page, taken back there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core import clock
from app.core.db import core, rows_changed, table
from app.core.errors import InvalidInput, NotFound
from app.core.i18n import gettext as _
from app.programme.queries import kind_of
from app.registration import queries, rules
from app.registration.models import Consent, Prescreening, Purpose
from app.registration.queries import GivenConsent, SlotFacts
from app.registration.services.cancel import cancel

_consent, _prescreening = table(Consent), table(Prescreening)


def check_consents(kind: str, given: frozenset[str]) -> None:
    """Raises invalid where a necessary consent is missing, or one is given that nobody asks for."""
    asked = kind_of(kind).consents
    fields = {
        f"consents.{purpose}": _("Tanpa persetujuan ini kami tidak bisa mencatat pendaftaran.")
        for purpose, necessary in asked.items()
        if necessary and purpose not in given
    }
    for purpose in given - {*asked, Purpose.WHATSAPP}:
        fields[f"consents.{purpose}"] = _("Persetujuan ini tidak diminta di sini.")
    if fields:
        raise InvalidInput(_("Periksa persetujuan."), fields)


def keep_consents(
    slot: SlotFacts, request: rules.SignUp, registration_id: int, participants: Sequence[int], now: datetime
) -> None:
    """Write down what was consented to besides the sign-up itself; no statement where there is nothing."""
    day = clock.local(slot.starts_at).date()
    of_all = [(Purpose(purpose), None, request.contact_name) for purpose in sorted(request.consents)]
    of_children = [
        (Purpose.GUARDIAN, participant, person.guardian_name)
        for person, participant in zip(request.people, participants, strict=True)
        if person.guardian_name and rules.is_minor(person.birth, day)
    ]
    rows: list[dict[str, Any]] = [
        {
            "registration_id": registration_id, "participant_id": participant, "purpose": purpose,
            "text_version": rules.consent_text(purpose).version, "given_by": given_by, "given_at": now,
        }
        for purpose, participant, given_by in (*of_all, *of_children)
    ]  # fmt: skip
    if rows:
        core().execute(sa.insert(_consent), rows)


def withdraw(registration_id: int, purpose: Purpose, booking_id: int | None, now: datetime) -> int:
    """Take a consent back; returns how many bookings that cancelled. Again is the same and changes nothing.

    ``booking_id`` names the child of a guardian's consent. Without a necessary consent nobody stays signed up:
    that cannot be undone. After the end of the slot the withdrawal counts all the same. Raises NotFound for
    a consent that was never given.
    """
    given = _given(registration_id, purpose, booking_id)
    if given is None:
        raise NotFound(_("Persetujuan ini tidak tercatat."))
    if given.withdrawn_at:
        return 0
    if given.id is None:
        _note_withdrawal(registration_id, given, now)
    else:
        rows_changed(
            sa.update(Consent)
            .where(Consent.id == given.id, Consent.withdrawn_at.is_(None))
            .values(withdrawn_at=now)
        )
    if purpose is Purpose.HEALTH:
        rows_changed(sa.delete(Prescreening).where(Prescreening.registration_id == registration_id))
    if purpose not in rules.NECESSARY or now >= given.ends_at:
        return 0
    only = [booking_id] if purpose is Purpose.GUARDIAN and booking_id else None
    return cancel(registration_id, now, only, undoable=False).people


def _given(registration_id: int, purpose: Purpose, booking_id: int | None) -> GivenConsent | None:
    for each in queries.consents_of(registration_id):
        if each.purpose is purpose and each.booking_id == booking_id:
            return each
    return None


def _note_withdrawal(registration_id: int, given: GivenConsent, now: datetime) -> None:
    """The consent to the sign-up itself stands in the registration; its end becomes a row."""
    core().execute(
        sa.insert(_consent),
        {
            "registration_id": registration_id, "purpose": given.purpose, "text_version": given.text_version,
            "given_by": given.given_by, "given_at": given.given_at, "withdrawn_at": now,
        },
    )  # fmt: skip


def move_with_people(registration_id: int, to_registration_id: int, booking_ids: Sequence[int]) -> None:
    """What was said of people goes along to a registration of their own; of what was said of all, a copy."""
    people = queries.participants_of_bookings(booking_ids)
    for model in (Consent, Prescreening):
        rows_changed(
            sa.update(model)
            .where(model.registration_id == registration_id, model.participant_id.in_(people))
            .values(registration_id=to_registration_id)
        )
    same = (_consent.c.purpose, _consent.c.text_version, _consent.c.given_by, _consent.c.given_at)
    of_all = sa.select(sa.literal(to_registration_id), *same, _consent.c.withdrawn_at).where(
        _consent.c.registration_id == registration_id, _consent.c.participant_id.is_(None)
    )
    columns = ["registration_id", "purpose", "text_version", "given_by", "given_at", "withdrawn_at"]
    core().execute(sa.insert(_consent).from_select(columns, of_all))
