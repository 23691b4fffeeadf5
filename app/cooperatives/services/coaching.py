"""Coaching cases: opened, moved on, closed; each change in the audit log."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.cooperatives import rules
from app.cooperatives.models import CaseState, CoachingCase, Cooperative
from app.cooperatives.rules.coaching import CaseFields
from app.core.db import db, rows_changed
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _


def open_case(cooperative: Cooperative, fields: CaseFields, by_id: int | None, now: datetime) -> CoachingCase:
    """A new case of a live cooperative. Raises DomainError ``merged``."""
    if cooperative.merged_into_id is not None:
        raise DomainError("merged", _("Koperasi ini sudah digabung ke koperasi lain."))
    made = CoachingCase(
        cooperative_id=cooperative.id, trouble=fields.trouble, finding=fields.finding, step=fields.step,
        due_on=fields.due_on, state=CaseState.OPEN, result="", opened_at=now, opened_by_id=by_id, version=1,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    record_audit("coaching.opened", f"coaching:{made.id}", by_id, now, trouble=fields.trouble.value)
    return made


def update_case(case: CoachingCase, version: int, fields: CaseFields, by_id: int | None, now: datetime) -> None:
    """Change a case.

    Raises:
        InvalidInput: ``case_state`` a step that cannot be, ``result_missing`` closed without its result.
        DomainError: ``edited_meanwhile``.
    """
    if not rules.may_become(case.state, fields.state):
        text = _("Dari keadaan sekarang tidak bisa langsung ke situ.")
        raise InvalidInput(text, {"state": text}, code="case_state")
    closed = fields.state not in rules.LIVE
    if closed and not fields.result:
        text = _("Tulis hasilnya sebelum menutup.")
        raise InvalidInput(text, {"result": text}, code="result_missing")
    was, closed_at = case.state, (case.closed_at or now) if closed else None
    met = rows_changed(
        sa.update(CoachingCase)
        .where(CoachingCase.id == case.id, CoachingCase.version == version)
        .values(
            trouble=fields.trouble, finding=fields.finding, step=fields.step, due_on=fields.due_on,
            state=fields.state, result=fields.result, closed_at=closed_at, version=CoachingCase.version + 1,
        )
    )  # fmt: skip
    if not met:
        raise DomainError("edited_meanwhile", _("Orang lain baru saja mengubahnya. Muat ulang, lalu ulangi."))
    db.session.refresh(case)
    record_audit("coaching.edited", f"coaching:{case.id}", by_id, now, was=was.value, state=fields.state.value)
