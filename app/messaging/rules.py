"""Decisions about messages: which channel carries one, when to try again, what a sign of delivery changes."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

LEASE = timedelta(minutes=3)  # longer than any attempt: after it, who had the message counts as dead
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)  # of one message
FIRST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=5)  # of a whole channel
STOPPED_REST = timedelta(hours=1)  # of a channel that only a person can mend
JITTER = 0.2
MOST_ATTEMPTS = 12  # more than five hours of trying
MOST_UNCLEAR = 5  # each may have arrived
GIVE_UP_AFTER = timedelta(hours=48)
BODY_KEPT = timedelta(hours=48)
LONGEST_PARAMETER = 900  # of the 1,024 characters that a template's body may have


class Channel(enum.StrEnum):
    """What carries a message to a person. ``hand``: the committee's own WhatsApp."""

    HAND = "hand"
    MAIL = "mail"
    WHATSAPP = "whatsapp"


AUTOMATIC = (Channel.MAIL, Channel.WHATSAPP)


class MessageStatus(enum.StrEnum):
    """Where a message stands. ``sending``: a worker has it, or had it when it died."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    DROPPED = "dropped"


class Fault(enum.StrEnum):
    """Why a message, or a whole channel, does not get through; at most 24 letters."""

    UNREACHABLE = "unreachable"  # no connection, no answer, or "come back later" to everybody
    INSECURE = "insecure"  # the server offers no encryption, or a certificate that is not its own
    SIGN_IN_REFUSED = "sign_in_refused"  # password or token
    SENDER_REFUSED = "sender_refused"
    ACCOUNT_STOPPED = "account_stopped"  # locked, unpaid, not registered
    RATE_LIMIT = "rate_limit"
    ADDRESS_REFUSED = "address_refused"
    CONTENT_REFUSED = "content_refused"
    TEMPLATE_REFUSED = "template_refused"
    WINDOW_CLOSED = "window_closed"  # WhatsApp: only a template may open a conversation
    UNDELIVERABLE = "undeliverable"  # no WhatsApp on this number, or not to be had
    TRY_LATER = "try_later"
    UNCLEAR = "unclear"  # no answer after the text was handed over
    TOO_OLD = "too_old"  # nobody would want it any more


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken it, under this id."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not now; ``everybody``: the provider itself is in trouble, so the channel rests for a moment too."""

    fault: Fault
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Not this message, never."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Unclear:
    """It was handed over and no answer came: it may have left."""


@dataclass(frozen=True, slots=True)
class Down:
    """Nothing left and nothing will for now. ``stopped``: only a person can mend it."""

    fault: Fault
    stopped: bool = False
    retry_after: timedelta | None = None


Outcome = Sent | Later | Refused | Unclear | Down


@dataclass(frozen=True, slots=True)
class Next:
    """What a row becomes after an attempt. ``pause`` counts from now; None: at once, or never."""

    status: MessageStatus
    fault: Fault | None = None
    pause: timedelta | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What a provider says of one message: its id there, our mark where it sent that back, how it stands."""

    provider_id: str
    mark: str
    status: MessageStatus
    fault: Fault | None = None


def choose_channel(address: str | None, *, mail: bool, whatsapp: bool) -> Channel:
    """What carries a message: mail to who gave an address, else WhatsApp, each where it is set up; else a hand."""
    if address and mail:
        return Channel.MAIL
    return Channel.WHATSAPP if whatsapp else Channel.HAND


def pause_of_message(attempts: int, seed: object) -> timedelta:
    """How long a message waits after its n-th attempt: 30 s, doubled each time, an hour at most, ±20 %.

    The jitter comes from ``seed`` (the row), so that a crowd of messages does not come back in one moment and
    the same row waits the same time whoever asks.
    """
    return _doubled(FIRST_PAUSE, LONGEST_PAUSE, attempts, seed)


def rest_of_channel(failures: int, seed: object) -> timedelta:
    """How long a channel rests after n failures in a row: 5 s, doubled each time, five minutes at most, ±20 %."""
    return _doubled(FIRST_REST, LONGEST_REST, failures, seed)


def _doubled(first: timedelta, longest: timedelta, times: int, seed: object) -> timedelta:
    doubled: int = 2 ** min(max(times, 1) - 1, 20)
    nominal = min(first * doubled, longest)
    digest = hashlib.sha256(f"{seed}:{times}".encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32  # 0 to 1, evenly
    return nominal * (1 + JITTER * (2 * share - 1))


def after_attempt(outcome: Outcome, attempts: int, unclear: int, seed: object) -> Next:
    """What becomes of a message after its n-th attempt (``attempts`` counts this one).

    ``Down`` does not count: the message goes back as it was and keeps its place in the line.
    """
    match outcome:
        case Sent():
            return Next(MessageStatus.SENT)
        case Refused(fault):
            return Next(MessageStatus.FAILED, fault)
        case Down():
            return Next(MessageStatus.QUEUED)
        case Later(fault):
            if attempts >= MOST_ATTEMPTS:
                return Next(MessageStatus.FAILED, fault)
            return Next(MessageStatus.QUEUED, fault, pause_of_message(attempts, seed))
        case Unclear():
            if unclear + 1 >= MOST_UNCLEAR:
                return Next(MessageStatus.FAILED, Fault.UNCLEAR)
            # stays as a dead worker would leave it: a sign of delivery may still come, and else it is taken up
            return Next(MessageStatus.SENDING, Fault.UNCLEAR, max(LEASE, pause_of_message(attempts, seed)))


# Evidence of delivery outweighs a failure (one of two phones may be out of reach), and nothing goes back.
_RANK = {
    MessageStatus.QUEUED: 0, MessageStatus.SENDING: 0, MessageStatus.SENT: 1, MessageStatus.FAILED: 2,
    MessageStatus.DELIVERED: 3, MessageStatus.READ: 4,
}  # fmt: skip


def below(told: MessageStatus) -> tuple[MessageStatus, ...]:
    """The states that this news of a provider changes; all others are as far or farther.

    News come late, twice and in any order: whatever the order, the end is the same.
    """
    return tuple(status for status, rank in _RANK.items() if rank < _RANK[told])


def next_state(present: MessageStatus, told: MessageStatus) -> MessageStatus:
    """Where a message stands after this news."""
    return told if present in below(told) else present


def as_parameter(body: str, most: int = LONGEST_PARAMETER) -> str:
    """A text as the one parameter of a WhatsApp template, which takes no line ends and no long gaps.

    Too long, it loses lines before the last: the last one says where to read on.
    """
    lines = [line for line in (" ".join(part.split()) for part in body.splitlines()) if line]
    while len(lines) > 2 and len(" · ".join(lines)) > most:
        del lines[-2]
    return " · ".join(lines)[:most]


def template_for(kind: str, templates: Mapping[str, str]) -> str | None:
    """The template of a kind of message; None: send it as a plain text."""
    return templates.get(kind) or templates.get("*")
