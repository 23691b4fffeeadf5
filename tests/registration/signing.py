"""Short words for what the tests of sign-up do again and again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from app.core import clock
from app.core.db import db, in_transaction
from app.programme.models import TimeSlot
from app.registration import rules, services
from app.registration.services import SignedUp, SignUp

PHONE = "+6281234567890"
_numbers = itertools.count(1)


def person(
    name: str, year: int | None = None, day: date | None = None, guardian: str | None = None, **answers: Any
) -> rules.Person:
    """A row of a sign-up."""
    birth = rules.BirthDate(day.year if day else year or 0, day) if day or year else None
    return rules.Person(name, birth, guardian, answers)


def request(slot: TimeSlot, *people: rules.Person, **changes: Any) -> SignUp:
    """A sign-up with a key of its own."""
    key = f"key-{next(_numbers)}"
    given = {
        "slot_id": slot.id, "contact_name": "Siti Aminah", "phone": PHONE, "answers": {}, "waitlist": False,
        "people": people or (person("Siti Aminah", 1984),), "key": key, "digest": f"digest-{key}", **changes,
    }  # fmt: skip
    return SignUp(**given)  # type: ignore[arg-type]


def sign(wanted: SignUp, *proof: SignedUp, now: datetime | None = None) -> SignedUp:
    """Sign up as the routes do; ``proof`` are earlier answers of the same browser."""
    codes = [earlier.code for earlier in proof]
    return in_transaction(lambda: services.sign_up(wanted, codes, now or clock.now()))


def taken(slot: TimeSlot) -> int:
    """The counter as the database has it."""
    db.session.rollback()
    number = db.session.scalar(sa.select(TimeSlot.taken).where(TimeSlot.id == slot.id))
    assert number is not None
    return number


@contextmanager
def counted() -> Iterator[list[str]]:
    """The SQL statements sent inside the block; BEGIN, which only SQLite sends as one, is left out."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
