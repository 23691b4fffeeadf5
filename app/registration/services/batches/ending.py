"""Lists that are not signed up: taken back by whoever sent them, or forgotten after two days."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.core.db import db, rows_changed
from app.registration import rules
from app.registration.models import Batch, BatchRow, BatchState

MOST_AT_ONCE = 50


def not_being_stored(now: datetime) -> sa.ColumnElement[bool]:
    """The list waits for somebody to decide; or it was being stored when the process died."""
    died = sa.and_(Batch.state == BatchState.STORING, Batch.storing_since < now - rules.STUCK_AFTER)
    return sa.or_(Batch.state == BatchState.CHECKED, died)


def discard(batch_id: int, now: datetime) -> bool:
    """Take a list back, and delete what stood in it. False when it was stored, or is being stored right now."""
    return _end(batch_id, BatchState.DISCARDED, now)


def forget_lists(now: datetime) -> int:
    """Delete what stands in lists that nobody confirmed within 48 hours; returns how many lists."""
    old = db.session.scalars(
        sa.select(Batch.id)
        .where(Batch.forgotten_at.is_(None), Batch.created_at <= now - rules.RAW_LIVES)
        .order_by(Batch.created_at)
        .limit(MOST_AT_ONCE)
    ).all()
    return sum(_end(batch_id, BatchState.LAPSED, now) for batch_id in old)


def _end(batch_id: int, state: BatchState, now: datetime) -> bool:
    change = sa.update(Batch).where(Batch.id == batch_id, not_being_stored(now))
    if not rows_changed(change.values(state=state, forgotten_at=now, storing_since=None, file_name="")):
        return False
    rows_changed(sa.delete(BatchRow).where(BatchRow.batch_id == batch_id))
    return True
