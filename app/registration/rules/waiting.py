"""Decisions of the waiting list: who is next, how long an offer stands, what undoing a cancellation means."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import datetime, timedelta

from app.registration.rules.states import OfferState, RegistrationStatus

UNDO_LASTS = timedelta(minutes=1)
_MOMENT = timedelta(microseconds=1)  # the clock's resolution in both databases


class Standing(enum.StrEnum):
    """What a registration's own page says first."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    OFFERED = "offered"
    LAPSED = "lapsed"
    DECLINED = "declined"
    LINE_OVER = "line_over"
    CANCELLED = "cancelled"


def waiting_that_fit(groups: Iterable[tuple[int, int, int]], places: int | None) -> list[int]:
    """Which waiting registrations get a place: first fit in the order given.

    ``groups`` holds (registration id, people, places they take) from the earliest on; ``places`` None means no
    limit. They take fewer places than they are people where somebody is booked already and the sender must not
    learn it: the group fits when all its people would. A group is never split; one that does not fit is passed
    over and keeps its position (product.md, Sign-up).
    """
    chosen: list[int] = []
    left = places
    for registration, people, takes in groups:
        if left is None or people <= left:
            chosen.append(registration)
            left = None if left is None else left - takes
    return chosen


def line_ends(starts_at: datetime, closes_at: datetime | None) -> datetime:
    """When the line of a slot is over: with sign-up, at the latest when the slot begins."""
    return starts_at if closes_at is None else min(starts_at, closes_at)


def offer_ends(wanted: datetime, starts_at: datetime, closes_at: datetime | None) -> datetime:
    """Until when an offer can be accepted (exclusive): what was promised, never longer than there is a line.

    Asked anew each time, because the committee may move a slot or close sign-up earlier than it had said.
    """
    return min(wanted, line_ends(starts_at, closes_at))


def first_in_line(earliest: datetime | None, now: datetime) -> datetime:
    """The ``waiting_since`` that stands before everybody; ``earliest`` is that of the first who waits now."""
    return now if earliest is None else min(earliest - _MOMENT, now)


def may_undo(cancelled_at: datetime, now: datetime) -> bool:
    """A cancellation can be taken back for one minute."""
    return now - cancelled_at <= UNDO_LASTS


def undone_in_place(status: RegistrationStatus, wanted: RegistrationStatus, offered: bool) -> bool:
    """Whether people who come back join the registration they left; otherwise they get one of their own.

    All people of a registration stand alike, and an offer is for as many as were counted when it was made.
    """
    if status is RegistrationStatus.CANCELLED:
        return True
    return status is wanted and not (offered and wanted is RegistrationStatus.WAITLISTED)


def standing(
    status: RegistrationStatus, offer: OfferState | None, until: datetime, line_over: datetime, now: datetime
) -> Standing:
    """How a registration stands for its owner. ``offer`` is the last one it had, ``until`` when that ends.

    An offer whose time is over is lapsed, whether or not the worker has been there already.
    """
    match status:
        case RegistrationStatus.CONFIRMED:
            return Standing.CONFIRMED
        case RegistrationStatus.CANCELLED:
            ended = {OfferState.LAPSED: Standing.LAPSED, OfferState.DECLINED: Standing.DECLINED}
            return ended.get(offer, Standing.CANCELLED) if offer else Standing.CANCELLED
        case RegistrationStatus.WAITLISTED:
            if offer is OfferState.OPEN:
                return Standing.OFFERED if now < until else Standing.LAPSED
            return Standing.LINE_OVER if now >= line_over else Standing.WAITING
