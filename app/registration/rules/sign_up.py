"""Decisions at sign-up: whom each row means, which tickets an answer may show, what counts as the same request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.registration.rules.people import Person, name_key

HARD_MAX_GROUP = 20
LARGEST_ID = 2**31 - 1  # INTEGER of PostgreSQL
KEY_LIVES = timedelta(hours=48)  # api.md, Idempotency-Key


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody asks for, parsed and cleaned; ``phone`` is E.164.

    ``key`` is the hash of the idempotency key with its scope, ``digest`` the hash of the body as sent (without
    answers about health). ``consents``: purposes besides the sign-up itself. ``heard_doctor`` False asks for the
    word of a prescreening first: who is to see the doctor is told before anything is booked. ``contact_email``
    is where messages about this sign-up go, None for the number.
    """

    slot_id: int
    contact_name: str
    phone: str
    people: tuple[Person, ...]
    answers: Mapping[str, Any]
    waitlist: bool
    key: str
    digest: str
    consents: frozenset[str] = frozenset()
    heard_doctor: bool = True
    contact_email: str | None = None


def most_at_once(max_group: int, max_per_number: int | None) -> int:
    """Most people in one sign-up, by what the committee set for the activity."""
    return min(max_group, HARD_MAX_GROUP, max_per_number or HARD_MAX_GROUP)


def beyond_number(max_per_number: int | None, there: int, more: int) -> bool:
    """Whether one number would bring too many people to a slot; nobody more is never too many."""
    return max_per_number is not None and more > 0 and there + more > max_per_number


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


def seat_people(people: Sequence[Person], known: Iterable[Known], proven: AbstractSet[int]) -> list[Seat]:
    """Join each row to the person it means (api.md, *One ticket a person*).

    A known person is one with the same name key and, where both gave it, the same birth year; rows of one
    registration are always different people. ``proven`` holds the ids of participants whose tickets the
    sender has been shown before: only they are disclosed, and only of them a second booking is noticed.
    """
    # where two share a name and neither gave a year, the one whose ticket the sender holds is meant
    free = sorted(known, key=lambda k: (k.id not in proven, k.ordinal, k.id))
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


def hashed_key(scope: str, key: str) -> str:
    """An idempotency key of any text, as it is stored. Keys of the page and of JSON never meet."""
    return hashlib.sha256(f"{scope}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()


def body_digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of a body in one canonical form, so that a resend is told from another request."""
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
