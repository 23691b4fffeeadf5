"""What a kind of activity is: plain data and pure rules; a kind needs neither a form nor a table of its own."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from app.programme.rules import EntryMode

# options of kinds that allow teams: most people in one, and how many hours before the start names are due
TEAM_MOST, TEAM_NAMES_DUE = "team_most", "team_names_due"
MODES_WITHOUT_SIGN_UP = tuple(mode for mode in EntryMode if mode is not EntryMode.OPEN)


class QuestionType(enum.StrEnum):
    """How a question is answered. ``date`` is a day or, where nobody knows the day, a month."""

    TEXT = "text"
    CHOICE = "choice"
    BOOLEAN = "boolean"
    DATE = "date"


class BirthDateNeed(enum.StrEnum):
    """How much of a birth date sign-up asks for. ``date`` alone keeps the day (api.md)."""

    NO = "no"
    YEAR = "year"
    DATE = "date"


class Effort(enum.StrEnum):
    """What an activity does to the body: people are warned of strain on the day they gave blood."""

    NONE = "none"
    STRENUOUS = "strenuous"
    REST_AFTER = "rest_after"


class Verdict(enum.StrEnum):
    """What a prescreening says: LAYAK MENDAFTAR, PERLU DOKTER or TUNDA."""

    ELIGIBLE = "eligible"
    SEE_DOCTOR = "see_doctor"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Question:
    """One question at sign-up. ``label``, ``hint`` and ``options`` are Indonesian, translated where they are shown.

    ``per_person``: asked of everybody in the sign-up, otherwise once. ``private``: the answer decides and is
    forgotten; it is neither stored nor logged, nor part of any digest.
    """

    name: str
    type: QuestionType
    label: str
    required: bool = False
    options: tuple[str, ...] = ()
    hint: str = ""
    per_person: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A number of a kind that the committee may set for each activity; the first choice is the default."""

    name: str
    label: str
    choices: tuple[int, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a prescreening said what it said: Indonesian text with ``values`` (numbers and days) to put in.

    ``question`` names the answer it comes from; ``birth_date`` where it is the age.
    """

    question: str
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Screened:
    """The outcome of a prescreening.

    ``next_possible``: the first day on which it can be said otherwise (or could have been); None where no
    day can be told. ``version`` names the rules it was decided by.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    next_possible: date | None
    version: str


class Screen(Protocol):
    """A kind's prescreening of one person: cleaned answers, age in years on the day, the activity's options."""

    def __call__(
        self, answers: Mapping[str, Any], age: int, on_date: date, options: Mapping[str, int]
    ) -> Screened: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of activity; ``templates/programme/kinds/<code>.html`` is its panel unless ``panel`` names another.

    ``is_desk``: people come one by one to a counter. ``entry_modes``: the ways in that make sense, the usual
    first. ``consents``: purposes asked for besides the sign-up itself, True where it cannot be without.
    ``child_needs_adult``: younger than this many years only with an adult in the same slot. ``gives_bib``:
    a number to wear, given with the place. ``allows_team``: a leader may reserve places for a team,
    and the options TEAM_MOST and TEAM_NAMES_DUE are there.
    """

    code: str
    label: str
    questions: tuple[Question, ...] = ()
    asks_birth_date: BirthDateNeed = BirthDateNeed.YEAR
    is_desk: bool = False
    entry_modes: tuple[EntryMode, ...] = tuple(EntryMode)
    consents: Mapping[str, bool] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    screen: Screen | None = None
    effort: Effort = Effort.NONE
    child_needs_adult: int | None = None
    gives_bib: bool = False
    allows_team: bool = False
    panel: str = ""

    @property
    def partial(self) -> str:
        """The template that says what people should know, on the activity's page and beside the form."""
        return f"programme/kinds/{self.panel or self.code}.html"

    @property
    def asked_once(self) -> tuple[Question, ...]:
        """Questions to the one who signs up."""
        return tuple(question for question in self.questions if not question.per_person)

    @property
    def asked_each(self) -> tuple[Question, ...]:
        """Questions to everybody who comes."""
        return tuple(question for question in self.questions if question.per_person)

    def option(self, name: str, stored: Mapping[str, Any] | None) -> int:
        """The committee's choice for an activity; the default where there is none that is offered."""
        choices = next(option.choices for option in self.options if option.name == name)
        value = (stored or {}).get(name)
        return value if value in choices else choices[0]


def msgid(text: str) -> str:
    """Mark a text for the translators; it is translated where it is shown, not here."""
    return text
