"""Who is who: names, births, ages."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

ADULT = 18
MAX_NAME = 80
MAX_KEY = 160  # compatibility forms of 80 characters can be longer; the column ends here
OLDEST_BIRTH_YEAR = 1900
_APOSTROPHES = "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u2018\u2019\u201b\u2032\uff07"
# letters and symbols by category that show nothing at all: Hangul fillers, blank Braille
_BLANK = "\u115f\u1160\u3164\uffa0\u2800"


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
    """One row of a sign-up, already cleaned. ``guardian_name``: who consents for somebody under 18.

    ``answers`` may be about health: they are left out wherever a person is printed.
    """

    name: str
    birth: BirthDate | None = None
    guardian_name: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


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


@lru_cache(maxsize=1024)  # one sign-up asks for the same name half a dozen times
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
    """True when the person is or may be under 18 on the day (UU 27/2022: a guardian consents).

    Where only the year is known the doubt protects the child; who is 18 already says so with a full date.
    """
    return birth is not None and _age_bounds(birth, on)[1] < ADULT


def is_adult(birth: BirthDate | None, on: date) -> bool:
    """True when the person is certainly 18 or older on the day."""
    return birth is not None and not is_minor(birth, on)


def is_child(birth: BirthDate | None, on: date, below: int) -> bool:
    """True when the person is certainly younger than ``below`` years on the day."""
    return birth is not None and _age_bounds(birth, on)[0] < below


def age_on(birth: BirthDate, on: date) -> int:
    """Full years on a day; the most they can be where only the year is known."""
    return _age_bounds(birth, on)[0]


def _age_bounds(birth: BirthDate, on: date) -> tuple[int, int]:
    if birth.day is None:
        oldest = on.year - birth.year
        return oldest, oldest - 1
    had_birthday = (on.month, on.day) >= (birth.day.month, birth.day.day)
    age = on.year - birth.year - (0 if had_birthday else 1)
    return age, age
