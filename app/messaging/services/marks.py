"""The mark of a message: what tells one message of this installation from all others, at every attempt."""

from __future__ import annotations

from app.core import keys


def mark_of(message_id: int) -> str:
    """Part of a mail's Message-ID, and what WhatsApp sends back with news of delivery."""
    return f"{message_id}.{keys.derived('outbox', message_id)}"


def message_of(mark: str) -> int | None:
    """The number of the message that a mark of ours belongs to, None for any other text."""
    number = mark.partition(".")[0]
    if not (number.isascii() and number.isdigit() and len(number) <= 10):
        return None
    return int(number) if mark == mark_of(int(number)) else None
