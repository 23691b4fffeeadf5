"""The worker's part: take a message, note what became of it. Each stands in a short transaction of its own.

Between the two the message is ``sending`` and belongs to one worker. Should that worker die, the message is taken
up again after ``rules.LEASE`` and says from then on that it may arrive twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import db, rows_changed
from app.messaging import queries, rules
from app.messaging.channels import Letter
from app.messaging.models import Channel, ChannelState, Fault, MessageStatus, OutboxMessage
from app.messaging.services.marks import mark_of

SENDING, FAILED = MessageStatus.SENDING, MessageStatus.FAILED


def claim(channel: Channel, now: datetime) -> Letter | None:
    """Take the oldest message that is due; None when there is none.

    Two workers never get the same one: the guarded UPDATE lets one of them win.
    """
    while True:
        row = db.session.execute(
            sa.select(OutboxMessage.__table__)
            .where(queries.due(channel, now))
            .order_by(OutboxMessage.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=OutboxMessage.__table__)
        ).one_or_none()
        if row is None:
            return None
        unclear = row.unclear + (row.status is SENDING)  # somebody had it, and never told what became of it
        if unclear >= rules.MOST_UNCLEAR:
            _change(row.id, row.attempts, row.status, _failed(Fault.UNCLEAR, now) | {"unclear": unclear})
            continue
        taken = {
            "status": SENDING, "attempts": row.attempts + 1, "unclear": unclear, "next_try_at": now + rules.LEASE,
        }  # fmt: skip
        if _change(row.id, row.attempts, row.status, taken):
            return Letter(
                id=row.id, kind=row.kind, phone=row.phone, address=row.address or "", subject=row.subject or "",
                body=row.body, language=row.language, mark=mark_of(row.id), attempt=row.attempts + 1,
            )  # fmt: skip


def record(letter: Letter, outcome: rules.Outcome, now: datetime) -> bool:
    """Note what became of an attempt; False when that is known already (a sign of delivery was faster)."""
    unclear = db.session.scalar(sa.select(OutboxMessage.unclear).where(OutboxMessage.id == letter.id))
    if unclear is None:
        return False  # the festival was deleted meanwhile
    after = rules.after_attempt(outcome, letter.attempt, unclear, letter.mark)
    values: dict[str, Any] = {"status": after.status, "error_code": after.fault, "next_try_at": None}
    if after.pause is not None:
        values["next_try_at"] = now + after.pause
    if isinstance(outcome, rules.Sent):
        values |= {"provider_id": outcome.provider_id or None, "sent_at": now, "state_at": now}
    elif isinstance(outcome, rules.Down):
        values["attempts"] = letter.attempt - 1
    elif after.status is FAILED:
        values["state_at"] = now
    return _change(letter.id, letter.attempt, SENDING, values)


def rest(channel: Channel, digest: str, down: rules.Down, now: datetime) -> None:
    """Let a channel rest after trouble: longer each time in a row, and an hour when only a person can mend it."""
    state = db.session.get(ChannelState, channel) or ChannelState(channel=channel, failures=0, digest="")
    if state.failures == 0 or state.digest != digest:
        state.failures, state.since, state.digest = 0, now, digest
    state.failures += 1
    pause = rules.STOPPED_REST if down.stopped else rules.rest_of_channel(state.failures, channel)
    if down.retry_after is not None:
        pause = max(pause, down.retry_after)
    state.error_code, state.paused_until = down.fault, now + pause
    db.session.add(state)


def works(channel: Channel) -> None:
    """A channel that had trouble has none any more."""
    rows_changed(
        sa.update(ChannelState)
        .where(ChannelState.channel == channel, ChannelState.failures > 0)
        .values(failures=0, paused_until=None, error_code=None, since=None)
    )


def _failed(fault: Fault, now: datetime) -> dict[str, Any]:
    return {"status": FAILED, "error_code": fault, "state_at": now, "next_try_at": None}


def _change(message_id: int, attempts: int, status: MessageStatus, values: dict[str, Any]) -> bool:
    guard = (
        OutboxMessage.id == message_id,
        OutboxMessage.attempts == attempts,
        OutboxMessage.status == status,
        OutboxMessage.provider_id.is_(None),
    )
    return rows_changed(sa.update(OutboxMessage).where(*guard).values(**values)) > 0
