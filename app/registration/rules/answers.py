"""Answers as people give them, and what of them may leave a trace."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

from app.registration.rules.people import parse_birth, parse_iso_birth


def parse_past_day(text: str, today: date) -> date | None:
    """A day as people write it; for a month (``05-2026``, ``2026-05``) its last day, at the latest today.

    None for what is neither, and for what has not come yet.
    """
    found = parse_iso_birth(text) or parse_birth(text)
    if found is not None and found.day is not None:
        return found.day if found.day <= today else None
    parts = re.fullmatch(r"\s*(?:([0-9]{1,2})[\s./-]+([0-9]{4})|([0-9]{4})-([0-9]{2}))\s*", text, re.ASCII)
    if parts is None:
        return None
    month, year = int(parts[1] or parts[4]), int(parts[2] or parts[3])
    if not (1 <= month <= 12 and year >= 1900) or (year, month) > (today.year, today.month):
        return None
    return min(date(year, month, calendar.monthrange(year, month)[1]), today)


def without_private(body: Mapping[str, Any], private: AbstractSet[str]) -> dict[str, Any]:
    """A sign-up's body without the answers to private questions, for its digest.

    A hash over a handful of answers about health could be undone by trying them all.
    """
    kept = _dropped(body, private)
    people = body.get("participants")
    if isinstance(people, list):
        kept["participants"] = [_dropped(each, private) if isinstance(each, Mapping) else each for each in people]
    return kept


def _dropped(part: Mapping[str, Any], private: AbstractSet[str]) -> dict[str, Any]:
    answers = part.get("answers")
    if not isinstance(answers, Mapping):
        return dict(part)
    return {**part, "answers": {name: value for name, value in answers.items() if name not in private}}
