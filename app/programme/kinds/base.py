"""What a kind of activity is: plain data, so that a kind needs neither a form nor a table of its own."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class QuestionType(enum.StrEnum):
    """How a question is answered."""

    TEXT = "text"
    CHOICE = "choice"
    BOOLEAN = "boolean"


class BirthDateNeed(enum.StrEnum):
    """How much of a birth date sign-up asks for. ``date`` alone keeps the day (api.md)."""

    NO = "no"
    YEAR = "year"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Question:
    """One question at sign-up. ``label`` and ``options`` are Indonesian, translated where they are shown."""

    name: str
    type: QuestionType
    label: str
    required: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of activity. ``is_desk``: people come one by one to a counter."""

    code: str
    label: str
    questions: tuple[Question, ...] = ()
    asks_birth_date: BirthDateNeed = BirthDateNeed.YEAR
    is_desk: bool = False
    advice: tuple[str, ...] = ()


def msgid(text: str) -> str:
    """Mark a text for the translators; it is translated where it is shown, not here."""
    return text
