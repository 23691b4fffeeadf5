"""Cooperatives enter, pass the gates, withdraw, and get the address for their dossier."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.accounts.services import record_audit
from app.competition.models import (
    Assignment,
    Category,
    Competition,
    DossierLink,
    Eligibility,
    Entrant,
    Gate,
    GateValue,
)
from app.competition.queries import entrants as queries
from app.competition.rules import gates
from app.cooperatives.models import Cooperative, StatusValue
from app.core import clock
from app.core.codes import random_token
from app.core.crypto import hash_token
from app.core.db import db, rows_changed
from app.core.errors import DomainError, InvalidInput, NotFound
from app.core.formats import day_month
from app.core.i18n import gettext as _


def category_for(competition: Competition, kind: str | None) -> Category | None:
    """Where a cooperative of this kind belongs; None where the categories do not say."""
    fitting = [one for one in competition.categories if not one.kinds or (kind is not None and kind in one.kinds)]
    special = [one for one in fitting if one.kinds]
    found = special or fitting
    return found[0] if len(found) == 1 else None


def enter(
    competition: Competition, cooperative: Cooperative, category: Category, by_id: int | None, now: datetime
) -> Entrant:
    """A cooperative takes part; its gates are asked of the directory at once.

    Raises:
        DomainError: ``merged``, ``entered`` already, ``full``.
    """
    if cooperative.merged_into_id is not None:
        raise DomainError("merged", _("Koperasi ini sudah digabung ke koperasi lain."))
    db.session.execute(sa.select(Competition.id).where(Competition.id == competition.id).with_for_update())
    number = queries.last_number(competition.id) + 1
    if number > queries.MOST:
        raise DomainError("full", _("Paling banyak %(most)s peserta.", most=queries.MOST))
    made = Entrant(
        competition_id=competition.id, category_id=category.id, cooperative_id=cooperative.id, number=number,
        name=cooperative.name, last_stage=1, entered_at=now,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:
        raise DomainError("entered", _("Koperasi ini sudah menjadi peserta.")) from None
    ask_gates(competition, [made])
    record_audit("entrant.entered", f"entrant:{made.id}", by_id, now, cooperative=cooperative.id)
    return made


def ask_gates(competition: Competition, entrants: Sequence[Entrant]) -> None:
    """What the directory says of every gate, now. What the committee decided stays."""
    known, meetings = queries.records_of([one.cooperative_id for one in entrants])
    rows = {
        (row.entrant_id, row.gate): row
        for row in db.session.scalars(
            sa.select(Eligibility).where(Eligibility.entrant_id.in_([one.id for one in entrants]))
        )
    }
    today = clock.local(clock.now()).date()
    for entrant in entrants:
        record = known[entrant.cooperative_id]
        for gate in (Gate(code) for code in competition.gates):
            value, basis = _ask(gate, record, meetings.get(entrant.cooperative_id, []), today)
            row = rows.get((entrant.id, gate))
            if row is None:
                db.session.add(Eligibility(entrant_id=entrant.id, gate=gate, found=value, basis=basis, reason=""))
            else:
                row.found, row.basis = value, basis
    db.session.flush()


def _ask(gate: Gate, record: Any, meetings: list[Any], today: Any) -> tuple[GateValue, str]:
    if gate is Gate.ACTIVE_NIK:
        basis = ", ".join(part for part in (record.nik or "", record.nik_status) if part)
        return gates.active_nik(record.nik, record.nik_status), basis
    held = frozenset(row.as_of.year - 1 for row in meetings if row.value is StatusValue.ACTIVE)
    missed = frozenset(row.as_of.year - 1 for row in meetings if row.value is StatusValue.INACTIVE) - held
    found = gates.two_meetings(gates.Meetings(record.last_meeting, held, missed), today)
    last = record.last_meeting
    return found, _("RAT terakhir %(day)s %(year)s", day=day_month(last), year=last.year) if last else ""


def decide_gate(
    entrant: Entrant, gate: Gate, value: GateValue, reason: str, by_id: int | None, now: datetime
) -> None:
    """The committee says yes or no, with a reason.

    Raises:
        InvalidInput: no reason, or unknown as a decision.
        NotFound: this gate is not asked.
    """
    reason = " ".join(reason.split())
    if value is GateValue.UNKNOWN or not reason:
        message = _("Pilih ya atau tidak, dan tulis alasannya.")
        raise InvalidInput(message, {"reason": message}, code="no_reason")
    met = rows_changed(
        sa.update(Eligibility)
        .where(Eligibility.entrant_id == entrant.id, Eligibility.gate == gate)
        .values(decided=value, reason=reason[:400], decided_by_id=by_id, decided_at=now)
    )
    if not met:
        raise NotFound(_("Syarat ini tidak diperiksa pada lomba ini."))
    record_audit("entrant.gate", f"entrant:{entrant.id}", by_id, now, gate=gate.value, value=value.value)


def move(entrant: Entrant, category: Category, by_id: int | None, now: datetime) -> None:
    """Into another category of the same competition. Raises DomainError ``assigned`` once judges were."""
    if db.session.scalar(sa.select(sa.exists().where(Assignment.entrant_id == entrant.id))):
        raise DomainError("assigned", _("Peserta ini sudah dibagi kepada juri; kategorinya tidak dapat diganti."))
    entrant.category_id = category.id
    record_audit("entrant.moved", f"entrant:{entrant.id}", by_id, now, category=category.id)


def withdraw(entrant: Entrant, reason: str, by_id: int | None, now: datetime) -> None:
    """An entrant leaves. Sheets and files stay; rankings leave it out. Raises InvalidInput without a reason."""
    reason = " ".join(reason.split())
    if not reason:
        message = _("Tulis alasannya.")
        raise InvalidInput(message, {"reason": message}, code="no_reason")
    met = rows_changed(
        sa.update(Entrant)
        .where(Entrant.id == entrant.id, Entrant.withdrawn_at.is_(None))
        .values(withdrawn_at=now, reason=reason[:400])
    )
    if met:
        record_audit("entrant.withdrawn", f"entrant:{entrant.id}", by_id, now)


def new_link(entrant: Entrant, by_id: int | None, now: datetime) -> str:
    """The token of a new dossier address (128 random bits); those before stop working."""
    db.session.execute(
        sa.update(DossierLink)
        .where(DossierLink.entrant_id == entrant.id, DossierLink.ended_at.is_(None))
        .values(ended_at=now)
    )
    token = random_token()
    db.session.add(DossierLink(entrant_id=entrant.id, token_hash=hash_token(token), created_at=now))
    record_audit("entrant.link_made", f"entrant:{entrant.id}", by_id, now)
    return token


def send_on(
    competition: Competition, entrant_ids: Sequence[int], stage_position: int, by_id: int | None, now: datetime
) -> int:
    """These entrants reach a stage; returns how many were not there yet."""
    met = rows_changed(
        sa.update(Entrant)
        .where(
            Entrant.competition_id == competition.id, Entrant.id.in_(entrant_ids),
            Entrant.last_stage < stage_position, Entrant.withdrawn_at.is_(None),
        )
        .values(last_stage=stage_position)
    )  # fmt: skip
    subject = f"competition:{competition.id}"
    record_audit("competition.sent_on", subject, by_id, now, stage=stage_position, count=met)
    return met
