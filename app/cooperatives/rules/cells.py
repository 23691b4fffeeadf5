"""What a cell of somebody's spreadsheet says: money, dates, counts, yes and no, choices. Never a silent guess."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, TypeVar

from app.cooperatives.rules.names import folded

E = TypeVar("E", bound=enum.StrEnum)
MOST_MONEY: Final = 10**15 - 1  # rupiah; Excel keeps 15 digits
MOST_PEOPLE: Final = 2_000_000
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2100

_MONTHS: Final = {
    **{name: n for n, names in enumerate((
        ("januari", "jan", "january"), ("februari", "feb", "pebruari", "february", "peb"),
        ("maret", "mar", "march", "mrt"), ("april", "apr"), ("mei", "may"), ("juni", "jun", "june"),
        ("juli", "jul", "july"), ("agustus", "agu", "agt", "ags", "agust", "aug", "august"),
        ("september", "sep", "sept"), ("oktober", "okt", "oct", "october"),
        ("november", "nov", "nopember", "nop"), ("desember", "des", "dec", "december"),
    ), start=1) for name in names},
}  # fmt: skip
_YES: Final = frozenset(("1", "ya", "y", "yes", "ada", "punya", "benar", "true", "v", "x"))
_NO: Final = frozenset(("0", "tidak", "tdk", "t", "n", "no", "tidak ada", "belum", "salah", "false"))
_EMPTY: Final = frozenset(("", "-", "–", "—", "n/a", "na", "null", "kosong", "#n/a"))


@dataclass
class CellProblem(ValueError):
    """A cell cannot be taken as it is; ``code`` says why, ``values`` fill its sentence."""

    code: str
    values: Mapping[str, object]

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def is_empty(text: str) -> bool:
    """Nothing, or a sign that people write for nothing."""
    return text.strip().casefold() in _EMPTY


def money(text: str, *, decimal_point: bool = False) -> int:
    """Whole rupiah: ``Rp1.500.000``, ``1,500,000.00``, ``1500000,-``, ``(8.254.000)`` for minus.

    Dots and commas between groups of three are thousands; after the last, two zeros are sen. ``decimal_point``: the
    cell is a number of a spreadsheet, whose point is never thousands.

    Raises:
        CellProblem: ``money`` not an amount, ``sen`` cents that are not zero, ``money_large``.
    """
    bare = re.sub(r"\s", "", text.replace("\u2212", "-"))
    bracketed = re.fullmatch(r"\((.*)\)", bare)
    signed = re.fullmatch(r"(-?)(?:(?:rp\.?|idr)(-?))?(.*)", bracketed[1] if bracketed else bare, re.IGNORECASE)
    assert signed is not None  # noqa: S101 - it matches everything
    signs = bool(bracketed) + (signed[1] == "-") + (signed[2] == "-")
    if signs > 1:
        raise CellProblem("money")
    bare = re.sub(r"[,.]-+$", "", signed[3])
    amount = _amount(bare, decimal_point)
    if amount > MOST_MONEY:
        raise CellProblem("money_large")
    return -amount if signs else amount


def _amount(bare: str, decimal_point: bool) -> int:
    if re.fullmatch(r"[0-9]{1,40}", bare):
        return int(bare)
    if not decimal_point and re.fullmatch(r"[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?:,[0-9]{3})+)", bare):
        return int(re.sub(r"[.,]", "", bare))
    cents = re.fullmatch(
        r"([0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+(?=,)|[0-9]{1,3}(?:,[0-9]{3})+(?=\.))[.,]([0-9]{1,20})", bare
    )
    if cents is None or (len(cents[2]) == 3 and not decimal_point):
        raise CellProblem("money")
    if int(cents[2]):
        raise CellProblem("sen")
    return int(re.sub(r"[.,]", "", cents[1])[:40])


def count(text: str, most: int = MOST_PEOPLE) -> int:
    """A number of people: ``127``, ``1.250``, ``1.250 orang``. Raises CellProblem ``count``, ``count_large``."""
    bare = re.sub(r"\s*(orang|org)\.?$", "", text.strip(), flags=re.IGNORECASE)
    if re.fullmatch(r"[0-9]{1,12}", bare):
        number = int(bare)
    elif re.fullmatch(r"[1-9][0-9]{0,2}(?:[., ][0-9]{3}){1,3}", bare):
        number = int(re.sub(r"[., ]", "", bare))
    else:
        raise CellProblem("count")
    if number > most:
        raise CellProblem("count_large")
    return number


def year(text: str) -> int:
    """A fiscal year, ``2022``. Raises CellProblem ``year``."""
    found = re.fullmatch(r"(?:tahun\s*)?([0-9]{4})", text.strip().casefold())
    if not found or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise CellProblem("year")
    return int(found[1])


def day(text: str) -> date:
    """A date as Indonesians write it: ``20-07-2023``, ``20/7/2023``, ``Kamis, 20 Juli 2023``, or ``2023-07-20``.

    Raises:
        CellProblem: ``date`` not one, ``date_short_year`` the century is missing, ``date_serial`` Excel's number of
            a date, ``date_range`` a year that nobody could mean.
    """
    plain = re.sub(r"[\s\u00a0]+", " ", text.strip().casefold()).removeprefix("'")
    plain = re.sub(r"^[a-z']+ ?, ?", "", plain)  # the weekday
    plain = re.sub(r"[ t](?:pukul )?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: ?wib)?$", "", plain)
    if found := re.fullmatch(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", plain):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{2}|[0-9]{4})", plain):
        return _date(_full(found[3]), int(found[2]), int(found[1]))
    if found := re.fullmatch(r"([0-9]{1,2})[-/. ]{1,2}([a-z]+)\.?[-/, ]{1,2}([0-9]{2}|[0-9]{4})", plain):
        if found[2] not in _MONTHS:
            raise CellProblem("date_month", month=found[2][:20])
        return _date(_full(found[3]), _MONTHS[found[2]], int(found[1]))
    raise CellProblem("date_serial" if re.fullmatch(r"[0-9]{5}", plain) else "date")


def _full(written: str) -> int:
    if len(written) == 2:
        raise CellProblem("date_short_year")
    return int(written)


def _date(year_: int, month: int, day_: int) -> date:
    try:
        made = date(year_, month, day_)
    except ValueError:
        raise CellProblem("date") from None
    if not FIRST_YEAR <= year_ <= LAST_YEAR:
        raise CellProblem("date_range")
    return made


def yes_no(text: str) -> bool:
    """``ya``, ``ada``, ``1`` or ``tidak``, ``0``. Raises CellProblem ``yes_no``."""
    plain = text.strip().casefold()
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    raise CellProblem("yes_no")


def choice(text: str, codes: type[E], others: Mapping[str, str]) -> E:
    """One of a closed list, by its code in any spelling, or by another name of it (folded). Raises ``choice``."""
    plain = folded(text)
    code = _spellings(codes).get(plain) or others.get(plain)
    if code is None:
        raise CellProblem("choice", choices=", ".join(one.value.replace("_", " ") for one in codes))
    return codes(code)


@lru_cache(maxsize=16)
def _spellings(codes: type[enum.StrEnum]) -> Mapping[str, str]:
    return {folded(spelling): code.value for code in codes for spelling in (code.value, f"koperasi {code.value}")}


def points(text: str) -> int:
    """A score of 0 to 100 in hundredths: ``89,23`` and ``89.23`` are 8923. Raises ``points``."""
    found = re.fullmatch(r"([0-9]{1,3})(?:[.,]([0-9]{1,2})0*)?", text.strip())
    if not found:
        raise CellProblem("points")
    value = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    if value > 10_000:
        raise CellProblem("points")
    return value
