"""Values of the directory as pages show them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from markupsafe import Markup, escape

from app.cooperatives import words
from app.cooperatives.rules.rows import ASPECTS, FIGURES
from app.core.formats import day_month, number
from app.core.i18n import gettext as _
from app.core.i18n import ngettext

_CODES: Mapping[str, Mapping[str, Any]] = {
    "value": words.VALUES, "kind": words.KINDS, "form": words.FORMS, "pattern": words.PATTERNS,
    "level": words.LEVELS, "definition": words.DEFINITIONS,
}  # fmt: skip


def shown(key: str, value: Any, places: Mapping[str, str]) -> str:
    """A value of the history as the page of the cooperative shows it. ``places``: names by Kemendagri code."""
    if key == "answers":
        said = (_("tidak"), _("sebagian"), _("ya"))
        return "; ".join(f"{words.INDICATORS.get(code, code)}: {said[of]}" for code, of in value.items())
    if isinstance(value, dict):
        return ", ".join(
            f"{words.field_name(name)}: {shown(name, of, places)}" for name, of in value.items() if of is not None
        )
    if isinstance(value, bool):
        return _("ya") if value else _("tidak")
    if isinstance(value, int):
        return _number(key, value)
    if key in _CODES:
        return str(_CODES[key].get(value, value))
    return f"{places[value]} ({value})" if value in places else written_days(str(value))


def _number(key: str, value: int) -> str:
    if key in FIGURES:
        return rupiah(value)
    if key in (*ASPECTS, "score"):
        return points(value)
    if key.startswith("rows_"):
        return ngettext("%(num)s baris", "%(num)s baris", value)
    return str(value) if key == "year" else number(value)


def points(score: int) -> str:
    """Hundredths as people write a score: ``89,23``."""
    return f"{score // 100},{score % 100:02d}"


def rupiah(value: int | None) -> str:
    """``Rp1.500.000``; a dash where nobody said."""
    if value is None:
        return "–"
    return f"{'−' if value < 0 else ''}Rp{number(abs(value))}"


def written_days(text: str) -> str:
    """The text with dates as people write them: ``2023-07-20`` is ``20 Juli 2023``."""
    return re.sub(r"\b\d{4}-\d{2}-\d{2}\b", lambda found: _day(found[0]), text)


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:  # a number that looks like one
        return text
    return f"{day_month(day)} {day.year}"


def breakable(text: str) -> Markup:
    """A legal number that may go on in the next line behind its signs, and not in the middle of a year."""
    return Markup("<wbr>").join(escape(part) for part in re.split(r"(?<=[/._])(?=\S)", text))
