"""How registrations, bookings and tickets may stand."""

from __future__ import annotations

import enum


class RegistrationStatus(enum.StrEnum):
    """How a registration stands."""

    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    CANCELLED = "cancelled"


class BookingStatus(enum.StrEnum):
    """How one person's booking stands. ``duplicate``: asked for again without proof, holds no place."""

    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    CANCELLED = "cancelled"
    DUPLICATE = "duplicate"


class TicketStatus(enum.StrEnum):
    """Whether a ticket still opens a gate."""

    VALID = "valid"
    REPLACED = "replaced"
    CANCELLED = "cancelled"


class OfferState(enum.StrEnum):
    """What became of places offered to who waits. ``withdrawn``: they left the line or went to another slot."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class TeamPlaceState(enum.StrEnum):
    """What became of a place that a team's leader reserved. ``open`` ones have no name yet and count as taken.

    ``freed``: given back by the leader or with the whole registration; ``lapsed``: nobody wrote a name in time.
    """

    OPEN = "open"
    NAMED = "named"
    FREED = "freed"
    LAPSED = "lapsed"
