"""The kinds of activity: every module of this folder that has a ``KIND``. Adding one names it nowhere else."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module

from app.programme.kinds.base import TEAM_MOST as TEAM_MOST
from app.programme.kinds.base import TEAM_NAMES_DUE as TEAM_NAMES_DUE
from app.programme.kinds.base import BirthDateNeed as BirthDateNeed
from app.programme.kinds.base import Effort as Effort
from app.programme.kinds.base import Kind as Kind
from app.programme.kinds.base import Option as Option
from app.programme.kinds.base import Question as Question
from app.programme.kinds.base import QuestionType as QuestionType
from app.programme.kinds.base import Reason as Reason
from app.programme.kinds.base import Screened as Screened
from app.programme.kinds.base import Verdict as Verdict

GENERAL = "general"


def discover(package: str, path: Iterable[str]) -> dict[str, Kind]:
    """The kinds of a package by code, in the order of their labels, the general one last.

    Raises ValueError where two modules claim one code.
    """
    found: dict[str, Kind] = {}
    for module in pkgutil.iter_modules(path):
        made = getattr(import_module(f"{package}.{module.name}"), "KIND", None)
        if not isinstance(made, Kind):
            continue
        if made.code in found:
            raise ValueError(f"two kinds of activity are called {made.code}")
        found[made.code] = made
    return {k.code: k for k in sorted(found.values(), key=lambda k: (k.code == GENERAL, k.label))}


KINDS: dict[str, Kind] = discover(__name__, __path__)


def kind(code: str) -> Kind:
    """The kind of this code; an unknown code is a plain activity without questions."""
    return KINDS.get(code) or replace(KINDS[GENERAL], code=code, panel=GENERAL)


def private_questions() -> frozenset[str]:
    """Names of the questions whose answers nobody keeps, over all kinds."""
    return frozenset(q.name for each in KINDS.values() for q in each.questions if q.private)
