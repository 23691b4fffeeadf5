"""Decisions at sign-up: who is who, who may come, which tickets an answer may show."""

from __future__ import annotations

import enum
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

CONSENT_VERSION = "2026-11"
ADULT = 18
MAX_NAME = 80
MAX_KEY = 160  # compatibility forms of 80 characters can be longer; the column ends here
HARD_MAX_GROUP = 20
LARGEST_ID = 2**31 - 1  # INTEGER of PostgreSQL
OLDEST_BIRTH_YEAR = 1900
KEY_LIVES = timedelta(hours=48)  # api.md, Idempotency-Key
_APOSTROPHES = "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u2018\u2019\u201b\u2032\uff07"
# letters and symbols by category that show nothing at all: Hangul fillers, blank Braille
_BLANK = "\u115f\u1160\u3164\uffa0\u2800"


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


class NameFault(enum.StrEnum):
    """Why a name cannot be taken."""

    MISSING = "missing"
    TOO_LONG = "too_long"


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
class SignUp:
    """What somebody asks for, parsed and cleaned; ``phone`` is E.164.

    ``key`` is the hash of the idempotency key with its scope, ``digest`` the hash of the body as sent.
    """

    slot_id: int
    contact_name: str
    phone: str
    people: tuple[Person, ...]
    answers: Mapping[str, Any]
    waitlist: bool
    key: str
    digest: str


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


def clean_text(text: str) -> str:
    """Text as it will be shown: NFC, single spaces, no control characters, direction marks or halves of a pair.

    A zero-width joiner stays, for families in one emoji and for scripts that need it.
    """
    kept = (" " if unicodedata.category(c) == "Cc" else c for c in text if _is_kept(c))
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def _is_kept(character: str) -> bool:
    return unicodedata.category(character) not in ("Cf", "Co", "Cs", "Cn") or character == "\u200d"


def name_fault(name: str) -> NameFault | None:
    """What is wrong with a cleaned name; one word, accents, emoji and right-to-left letters are all fine."""
    if not any(unicodedata.category(c)[0] in "LNSP" and c not in _BLANK for c in name):
        return NameFault.MISSING
    return NameFault.TOO_LONG if len(name) > MAX_NAME else None


def name_key(name: str) -> str:
    """The name by which a person is recognised: case, accents, dots, dashes and apostrophes do not count.

    ``Ma'ruf`` is ``Maruf``, ``M.Rizky Al-Fatih`` is ``m rizky al fatih``. A name without any letter is taken
    as it is.
    """
    plain = "".join(c for c in name.casefold() if c not in _APOSTROPHES)
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", plain).casefold())
    letters = "".join(_key_part(c) for c in folded)
    return (" ".join(letters.split()) or " ".join(name.casefold().split()))[:MAX_KEY]


def _key_part(character: str) -> str:
    kind = unicodedata.category(character)
    if kind[0] in "LN":
        return character
    return "" if kind[0] == "M" else " "


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


def parse_birth(text: str) -> BirthDate | None:
    """A birth date as people write it: ``1990``, ``17-05-1990``, ``17/5/1990``, ``17051990``, ``1990-05-17``.

    None for what is no date, or a year before 1900 or beyond what a date can hold.
    """
    parts = re.findall(r"[0-9]+", text)
    if re.sub(r"[0-9\s./,\u2010-\u2015-]", "", text) or not 1 <= len(parts) <= 3:
        return None
    if len(parts) == 1 and len(parts[0]) == 8:
        parts = [parts[0][:2], parts[0][2:4], parts[0][4:]]
    if len(parts) == 1:
        return _birth(parts[0])
    if len(parts) == 3:
        return _birth(*parts) if len(parts[0]) == 4 else _birth(*reversed(parts))
    return None


def parse_iso_birth(text: str) -> BirthDate | None:
    """``YYYY`` or ``YYYY-MM-DD`` (api.md); None for anything else, also for a day that never was."""
    found = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2})-([0-9]{2}))?", text)
    return _birth(*(part for part in found.groups() if part)) if found else None


def _birth(year: str, month: str = "", day: str = "") -> BirthDate | None:
    if len(year) != 4 or int(year) < OLDEST_BIRTH_YEAR or max(len(month), len(day)) > 2:
        return None
    if not month:
        return BirthDate(int(year))
    try:
        return BirthDate(int(year), date(int(year), int(month), int(day)))
    except ValueError:
        return None


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


def waiting_that_fit(groups: Iterable[tuple[int, int]], places: int | None) -> list[int]:
    """Which waiting registrations get a place: first fit in the order given.

    ``groups`` holds (registration id, people) from the earliest on; ``places`` None means no limit. A group
    is never split; one that does not fit is passed over and keeps its position (product.md, Sign-up).
    """
    chosen: list[int] = []
    left = places
    for registration, people in groups:
        if left is None:
            chosen.append(registration)
        elif people <= left:
            chosen.append(registration)
            left -= people
    return chosen


def _age_bounds(birth: BirthDate, on: date) -> tuple[int, int]:
    if birth.day is None:
        oldest = on.year - birth.year
        return oldest, oldest - 1
    had_birthday = (on.month, on.day) >= (birth.day.month, birth.day.day)
    age = on.year - birth.year - (0 if had_birthday else 1)
    return age, age


def hashed_key(scope: str, key: str) -> str:
    """An idempotency key of any text, as it is stored. Keys of the page and of JSON never meet."""
    return hashlib.sha256(f"{scope}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()


def body_digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of a body in one canonical form, so that a resend is told from another request."""
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
