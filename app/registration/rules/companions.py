"""Who must not come alone: under 18 with a guardian's consent, small children with an adult."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import date

from app.registration.rules.people import ADULT, Person, is_adult, is_child, is_minor, name_key


class GuardianFault(enum.StrEnum):
    """Why somebody under 18 cannot be signed up like this."""

    MISSING = "missing"
    THEMSELVES = "themselves"


def guardian_fault(person: Person, on: date) -> GuardianFault | None:
    """What is wrong with a person's guardian on a day; None when they need none or have one."""
    if not is_minor(person.birth, on):
        return None
    if not person.guardian_name:
        return GuardianFault.MISSING
    return GuardianFault.THEMSELVES if name_key(person.guardian_name) == name_key(person.name) else None


def children_alone(people: Sequence[Person], on: date, below: int) -> list[int]:
    """Rows of children younger than ``below`` years when nobody of the group is certainly 18 or older."""
    if any(is_adult(person.birth, on) for person in people):
        return []
    return [row for row, person in enumerate(people) if is_child(person.birth, on, below)]


def latest_adult_birth_year(on: date) -> int:
    """Whoever was born in this year or earlier is certainly 18 on the day."""
    return on.year - ADULT - 1
