"""Decisions at sign-up: who is who, who may come, which tickets an answer may show."""

from __future__ import annotations

import enum
import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any

CONSENT_VERSION = "2026-11"
ADULT = 18
MAX_NAME = 80


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


class AgeFault(enum.StrEnum):
    """Why an age does not fit an activity."""

    MISSING = "missing"
    TOO_YOUNG = "too_young"
    TOO_OLD = "too_old"
    IN_FUTURE = "in_future"


@dataclass(frozen=True, slots=True)
class BirthDate:
    """What a person gave: a year, perhaps a full date."""

    year: int
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One row of a sign-up, already cleaned."""

    name: str
    birth: BirthDate | None = None
    guardian_name: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A participant that exists already. ``booked``: has a live booking in the activity asked for."""

    id: int
    name_key: str
    birth_year: int
    ordinal: int
    booked: bool


@dataclass(frozen=True, slots=True)
class Seat:
    """What becomes of one row: a new person (``known`` None) or a known one.

    ``discloses``: the answer may show this person's ticket. ``books``: the row takes a place.
    """

    person: Person
    known: Known | None
    ordinal: int
    discloses: bool
    books: bool


def clean_name(text: str) -> str:
    """The name as it will be shown: NFC, no control or direction marks, single spaces."""
    kept = "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs", "Cn") or c == "\u200d" else " " for c in text)
    return " ".join(unicodedata.normalize("NFC", kept).split())


def name_key(name: str) -> str:
    """The name by which a person is recognised: case, accents, dots and apostrophes do not count."""
    folded = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c if unicodedata.category(c)[0] in "LN" else " " if c.isspace() or c == "-" else "" for c in folded)
    return (" ".join(letters.split()) or " ".join(name.casefold().split()))[:160]


def seat_people(people: Sequence[Person], known: Iterable[Known], proven: AbstractSet[int]) -> list[Seat]:
    """Join each row to the person it means (api.md, *One ticket a person*).

    A known person is one with the same name key and, where both gave it, the same birth year; rows of one
    registration are always different people. ``proven`` holds the ids of participants whose tickets the
    sender has been shown before: only they are disclosed, and only of them a second booking is noticed.
    """
    free = sorted(known, key=lambda k: (k.ordinal, k.id))
    used_ordinals: dict[tuple[str, int], set[int]] = {}
    for k in free:
        used_ordinals.setdefault((k.name_key, k.birth_year), set()).add(k.ordinal)
    chosen: dict[int, Known] = {}
    for exact in (True, False):  # equal years are matched before "one of them did not say"
        for row, person in enumerate(people):
            if row not in chosen and (match := _match(person, free, exact=exact)):
                chosen[row] = match
                free.remove(match)
    return [_seat(person, chosen.get(row), used_ordinals, proven) for row, person in enumerate(people)]


def _match(person: Person, free: Sequence[Known], *, exact: bool) -> Known | None:
    key, year = name_key(person.name), person.birth.year if person.birth else 0
    for k in free:
        if k.name_key == key and (k.birth_year == year if exact else 0 in (k.birth_year, year)):
            return k
    return None


def _seat(
    person: Person, known: Known | None, used: dict[tuple[str, int], set[int]], proven: AbstractSet[int]
) -> Seat:
    if known is not None:
        return Seat(person, known, known.ordinal, discloses=known.id in proven, books=not known.booked)
    taken = used.setdefault((name_key(person.name), person.birth.year if person.birth else 0), set())
    ordinal = next(n for n in range(len(taken) + 1) if n not in taken)
    taken.add(ordinal)
    return Seat(person, None, ordinal, discloses=True, books=True)


def already_registered(seats: Sequence[Seat]) -> list[int]:
    """Rows that are booked already and whose sender has proved to know it."""
    return [row for row, seat in enumerate(seats) if not seat.books and seat.discloses]


def age_fault(birth: BirthDate | None, on: date, min_age: int | None, max_age: int | None) -> AgeFault | None:
    """What is wrong with an age on a day; None when it fits.

    Where only the year is known the doubt is in favour of the person: the desk sees the identity card.
    """
    if birth is None:
        return AgeFault.MISSING if min_age is not None or max_age is not None else None
    oldest, youngest = _age_bounds(birth, on)
    if oldest < 0:
        return AgeFault.IN_FUTURE
    if min_age is not None and oldest < min_age:
        return AgeFault.TOO_YOUNG
    if max_age is not None and youngest > max_age:
        return AgeFault.TOO_OLD
    return None


def is_minor(birth: BirthDate | None, on: date) -> bool:
    """True when the person is certainly under 18 on the day (UU 27/2022: a guardian consents)."""
    return birth is not None and _age_bounds(birth, on)[0] < ADULT


def _age_bounds(birth: BirthDate, on: date) -> tuple[int, int]:
    if birth.day is None:
        oldest = on.year - birth.year
        return oldest, oldest - 1
    had_birthday = (on.month, on.day) >= (birth.day.month, birth.day.day)
    age = on.year - birth.year - (0 if had_birthday else 1)
    return age, age


def body_digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of a body in one canonical form, so that a resend is told from another request."""
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
