"""Messages leave through the outbox, written in the transaction of the fact they tell."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.db import core, table
from app.core.i18n import language
from app.core.settings import settings
from app.messaging import rules
from app.messaging.models import Channel, MessageStatus, OutboxMessage

LONGEST_SUBJECT = 200
_outbox = table(OutboxMessage)
_COLUMNS = (
    "festival_id", "kind", "phone", "body", "status", "created_at", "channel", "address", "subject", "language",
    "attempts", "unclear", "expires_at",
)  # fmt: skip


def _insert_unless_flooded(receiver: str) -> sa.Insert:
    recent = sa.select(sa.func.count()).where(
        _outbox.c[receiver] == sa.bindparam(receiver),
        _outbox.c.kind == sa.bindparam("kind"),
        _outbox.c.created_at > sa.bindparam("since"),
    )
    row = sa.select(*(sa.bindparam(name, type_=_outbox.c[name].type) for name in _COLUMNS))
    row = row.where(recent.scalar_subquery() < sa.bindparam("at_most", type_=sa.Integer))
    return sa.insert(_outbox).from_select(list(_COLUMNS), row)


# Built once: a sign-up may queue a message (hot path).
_INSERT = sa.insert(_outbox)
_INSERT_UNLESS_FLOODED = {receiver: _insert_unless_flooded(receiver) for receiver in ("phone", "address")}


def channel_for(address: str | None = None) -> Channel:
    """What would carry a message to somebody who gave this mail address, or none; asks no database."""
    told = settings()
    return rules.choose_channel(address, mail=told.mail is not None, whatsapp=told.whatsapp is not None)


def queue_message(
    festival_id: int,
    kind: str,
    phone: str,
    body: str,
    now: datetime,
    *,
    at_most: int | None = None,
    within: timedelta = timedelta(minutes=10),
    address: str | None = None,
    subject: str | None = None,
    expires_at: datetime | None = None,
) -> bool:
    """Put a message into the outbox; one statement. Returns whether it was queued.

    ``phone`` is E.164. ``address`` is the mail address of the registration that the message is about: give it
    only for what whoever made that registration may see, never with other secrets of the number. Mail carries
    the message where there is an address and mail is set up, else WhatsApp where that is, else somebody of the
    committee by hand. ``subject`` is for mail. After ``expires_at`` it is not sent any more.

    ``kind`` is a word in snake_case. The text is in the language that is spoken now (``i18n.speaking``).

    With ``at_most`` nothing is queued when the receiver (address or number) got that many messages of this kind
    ``within`` the time before, so that nobody can have a stranger flooded.
    """
    channel = channel_for(address)
    mailed = channel is Channel.MAIL
    if not phone and not mailed:
        return False  # somebody signed up at a counter without a number
    values: dict[str, Any] = {
        "festival_id": festival_id, "kind": kind, "phone": phone, "body": body, "status": MessageStatus.QUEUED,
        "created_at": now, "channel": channel, "address": address if mailed else None,
        "subject": " ".join(subject.split())[:LONGEST_SUBJECT] if subject and mailed else None,
        "language": language(), "attempts": 0, "unclear": 0, "expires_at": expires_at,
    }  # fmt: skip
    if at_most is None:
        core().execute(_INSERT, values)
        return True
    statement = _INSERT_UNLESS_FLOODED["address" if mailed else "phone"]
    done = core().execute(
        statement,
        values | {"since": now - within, "at_most": at_most},
        execution_options={"preserve_rowcount": True},
    )
    return bool(done.rowcount)
