"""What a ranking or a plan of judges may be refused for, and what the reader of one has to be told.

Worded in ``competition/words.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Why nothing is computed."""

    EMPTY = "empty"
    NOT_TEXT = "not_text"
    NOT_A_TABLE = "not_a_table"
    TOO_LARGE = "too_large"
    NO_COLUMN = "no_column"
    TWICE_COLUMN = "twice_column"
    CELLS = "cells"
    NAME = "name"
    NO_SCORE = "no_score"
    NOT_A_NUMBER = "not_a_number"
    OUTSIDE = "outside"
    SCALE = "scale"
    DUPLICATE = "duplicate"
    AFFILIATION = "affiliation"
    ONE_JUDGE = "one_judge"
    MANY_JUDGES = "many_judges"
    ONE_ENTRANT = "one_entrant"
    MANY_ENTRANTS = "many_entrants"
    ALL_EQUAL = "all_equal"
    DISCONNECTED = "disconnected"
    NO_WEIGHT = "no_weight"
    UNUSED_WEIGHT = "unused_weight"
    NOT_POSITIVE = "not_positive"
    WRONG_SUM = "wrong_sum"
    TREE = "tree"
    METHOD = "method"
    BUNDLE = "bundle"


class Caution(StrEnum):
    """What stands beside a ranking."""

    CANNOT_TELL = "cannot_tell"
    NO_SEVERITY = "no_severity"
    EXACT = "exact"
    ONE_NUMBER = "one_number"
    INCOMPLETE = "incomplete"
    NOISY = "noisy"
    SINGLE_SHEET = "single_sheet"
    WEAK_LINKS = "weak_links"
    BIASED = "biased"
    NOT_SETTLED = "not_settled"


@dataclass(frozen=True)
class Notice:
    """One caution with what its sentence has to name."""

    code: Caution
    values: dict[str, str | int | float]


class Refused(Exception):
    """Nothing is computed, for this reason; ``values`` are the blanks of its sentence."""

    def __init__(self, code: Fault, **values: str | int | float) -> None:
        super().__init__(code.value)
        self.code = code
        self.values = values


class NoPlan(StrEnum):
    """Why there is no plan."""

    NO_ENTRANTS = "no_entrants"
    TOO_FEW_EACH = "too_few_each"
    TOO_MANY_EACH = "too_many_each"
    TOO_FEW_SHEETS = "too_few_sheets"
    CONFLICTS = "conflicts"
    UNEVEN = "uneven"
    OVERLOADED = "overloaded"
    SPLIT = "split"


class Impossible(Exception):
    """No plan exists; ``values`` are the blanks of its sentence."""

    def __init__(self, code: NoPlan, **values: str | int) -> None:
        super().__init__(code.value)
        self.code = code
        self.values = values
