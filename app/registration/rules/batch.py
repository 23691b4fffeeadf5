"""Batch sign-up: what a row of somebody's list says, which rows may be one person, who signs up together."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final

from app.registration.rules.people import BirthDate, Person, name_key

MOST_ROWS: Final = 500
RAW_LIVES: Final = timedelta(hours=48)  # so long are the rows of a list kept that nobody confirmed
STUCK_AFTER: Final = timedelta(minutes=2)  # storing takes seconds; after this the process must have died
MOST_BLANK: Final = 500
ALIKE: Final = 0.9
NEIGHBOURS: Final = 6  # rows compared in the order of their names: 500 rows are 3,000 comparisons, 0.1 s
OLDEST_AGE: Final = 110
# Titles and forms of address that lists carry and people leave out when they sign up themselves.
_TITLES: Final = frozenset(
    ("bapak", "bpk", "pak", "ibu", "bu", "sdr", "sdri", "h", "hj", "haji", "hajah", "kh", "ust", "ustadz",
     "ustadzah", "dr", "drs", "dra", "ir", "prof", "tn", "ny", "nn", "an", "alm")
)  # fmt: skip
_DEGREES: Final = frozenset(
    ("s", "e", "se", "h", "sh", "t", "st", "ss", "sp", "si", "sos", "pd", "kom", "ag", "m", "mm", "mt", "mh", "mpd",
     "msi", "amd", "spd", "skom", "ssos")
)  # fmt: skip


class BatchState(enum.StrEnum):
    """How far a list is. ``discarded``: taken back by its owner; ``lapsed``: nobody confirmed it in time."""

    CHECKED = "checked"
    STORING = "storing"
    STORED = "stored"
    DISCARDED = "discarded"
    LAPSED = "lapsed"


class RowSkip(enum.StrEnum):
    """Why a row of a stored list signed nobody up."""

    REGISTERED = "registered"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A row that can be signed up. ``number`` is the row in the file, ``phone`` E.164."""

    number: int
    person: Person
    phone: str
    slot_id: int


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that become one registration: one number, one slot."""

    slot_id: int
    phone: str
    rows: tuple[ListedPerson, ...]

    @property
    def people(self) -> tuple[Person, ...]:
        """Who they are, in the order of the list."""
        return tuple(row.person for row in self.rows)


def chosen_slot(text: str) -> int | None:
    """The number of a choice such as ``#12 Jalan santai``, or of the bare number; None when there is none."""
    found = re.match(r"#\s*([0-9]{1,9})\b|([0-9]{1,9})\Z", text.strip())
    return int(found[1] or found[2]) if found else None


def born_too_long_ago(birth: BirthDate, this_year: int) -> bool:
    """True for a year that nobody alive was born in: often 1984 that Excel turned into a day of 1905."""
    return this_year - birth.year > OLDEST_AGE


def groups_of(rows: Iterable[ListedPerson], most: Mapping[int, int]) -> list[Group]:
    """Who signs up together: the rows of one number for one slot, at most ``most[slot]`` at once.

    Ordered by slot and number, so that two lists lock what they change in the same order.
    """
    ordered = sorted(rows, key=lambda row: (row.slot_id, row.phone, row.number))
    found: list[Group] = []
    for (slot_id, phone), together in groupby(ordered, key=lambda row: (row.slot_id, row.phone)):
        portions = _portions(list(together), max(1, most[slot_id]))
        found += [Group(slot_id, phone, tuple(portion)) for portion in portions]
    return found


def _portions(people: list[ListedPerson], size: int) -> list[list[ListedPerson]]:
    """Too many for one sign-up, cut: the oldest first, for children need an adult who is signed up before them.

    Those of one name stay together, since only within one sign-up are they taken for different people.
    """
    if len(people) <= size:
        return [people]
    namesakes: dict[str, list[ListedPerson]] = {}
    for row in sorted(people, key=lambda row: (row.person.birth.year if row.person.birth else 9999, row.number)):
        namesakes.setdefault(name_key(row.person.name), []).append(row)
    found: list[list[ListedPerson]] = [[]]
    for same in namesakes.values():
        for start in range(0, len(same), size):
            part = same[start : start + size]
            if len(found[-1]) + len(part) > size:
                found.append([])
            found[-1] += part
    return [portion for portion in found if portion]


def likely_repeats(rows: Sequence[tuple[ListedPerson, int]]) -> dict[int, int]:
    """Rows that may be somebody of an earlier row: number of the row to number of that earlier one.

    ``rows``: each with its activity, for one person may well come to two. Alike are names of the same words in any
    order, without titles, or nearly the same letters; and birth years that do not speak against it. Without a
    year on either side the telephone number must agree as well, or the name be the same to the letter.
    """
    keyed = [(activity, listed_key(row.person.name), row) for row, activity in rows]
    # in the order of their names, those who may be one stand beside each other
    keyed.sort(key=lambda one: (one[0], one[1], one[2].number))
    found: dict[int, int] = {}
    for position, (activity, key, row) in enumerate(keyed):
        for other_activity, other_key, other in keyed[position + 1 : position + 1 + NEIGHBOURS]:
            if other_activity != activity or not _same_person(key, row, other_key, other):
                continue
            first, later = sorted((row.number, other.number))
            found[later] = min(first, found.get(later, first))
    return found


def listed_key(name: str) -> str:
    """The words of a name in alphabetical order, without titles: ``Hj. Aminah, Siti S.E.`` is ``aminah siti``."""
    words = name_key(name).split()
    kept = [word for word in words if word not in _TITLES]
    while len(kept) > 1 and kept[-1] in _DEGREES:
        kept.pop()
    return " ".join(sorted(kept or words))


def _same_person(key: str, row: ListedPerson, other_key: str, other: ListedPerson) -> bool:
    years = {p.birth.year for p in (row.person, other.person) if p.birth}
    if len(years) > 1:
        return False
    both_years = row.person.birth is not None and other.person.birth is not None
    if key == other_key:
        return both_years or row.phone == other.phone or name_key(row.person.name) == name_key(other.person.name)
    return (both_years or row.phone == other.phone) and alike(key, other_key)


def alike(a: str, b: str) -> bool:
    """Whether two keys differ by a slip of the pen: nine tenths of the letters, and the same number of words."""
    if a.count(" ") != b.count(" ") or abs(len(a) - len(b)) > 3 or len(a) < 6:
        return False
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE
