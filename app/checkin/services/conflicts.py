"""Somebody of the committee looked at a conflict and says what came of it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.checkin.models import Scan
from app.core.db import db, rows_changed
from app.core.errors import DomainError, InvalidInput, NotFound
from app.core.i18n import gettext as _

LONGEST_NOTE = 300


def resolve_conflict(festival_id: int, scan_id: int, note: str, user_id: int | None, now: datetime) -> None:
    """Write down what came of a conflict, once. The scan and its verdict stay as they are.

    Raises:
        InvalidInput: no note, or one that is too long (field ``note``).
        NotFound: no conflict of this festival.
        DomainError: ``conflict_resolved`` (409), somebody else was first.
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in note[:2000]).split())
    if not text:
        message = _("Tulis apa yang terjadi, satu kalimat sudah cukup.")
        raise InvalidInput(message, {"note": message})
    if len(text) > LONGEST_NOTE:
        message = _("Paling banyak %(count)s huruf.", count=LONGEST_NOTE)
        raise InvalidInput(message, {"note": message})
    mine = [Scan.id == scan_id, Scan.festival_id == festival_id, Scan.conflict]
    change = sa.update(Scan).where(*mine, Scan.resolved_at.is_(None))
    if not rows_changed(change.values(resolved_at=now, resolved_by_id=user_id, resolution=text)):
        if db.session.scalar(sa.select(Scan.id).where(*mine)) is None:
            raise NotFound(_("Catatan masuk ganda ini tidak ada."))
        raise DomainError("conflict_resolved", _("Sudah diselesaikan panitia lain. Catatannya ada di “Selesai”."))
    record_audit("conflict.resolved", f"scan:{scan_id}", user_id, now)
