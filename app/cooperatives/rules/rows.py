"""What a row of an import says about a cooperative: parsed cell by cell, each fault at its cell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from app.cooperatives.rules import cells, health, readiness
from app.cooperatives.rules.cells import CellProblem
from app.cooperatives.rules.codes import VALUES_OF, Definition, Form, Kind, Pattern, StatusValue
from app.cooperatives.rules.places import Places
from app.core.sheets.model import Cell

FIGURES: Final = ("assets", "own_capital", "outside_capital", "turnover", "surplus")
ASPECTS: Final = ("governance", "risk", "finance", "capital")
TEXTS: Final = {
    "name": 160, "legal_number": 60, "amendment_number": 60, "address": 240, "group": 60, "sector": 80,
    "nik_status": 40, "grade_status": 40, "note": 240, "source": 120, "slug": 60,
}  # fmt: skip
_KINDS: Final = {
    "ksp": "simpan_pinjam", "kspps": "simpan_pinjam", "simpanpinjam": "simpan_pinjam", "s pinjam": "simpan_pinjam",
    "koperasi simpan pinjam dan pembiayaan syariah": "simpan_pinjam", "konsumsi": "konsumen",
    "simpan pinjam dan pembiayaan syariah": "simpan_pinjam", "produksi": "produsen", "pemasar": "pemasaran",
}  # fmt: skip
_PATTERNS: Final = {"konven": "konvensional", "syari ah": "syariah", "syariat": "syariah"}
_FORMS: Final = {"primer kabupaten kota": "primer", "primer nasional": "primer", "primer provinsi": "primer",
                 "sekunder nasional": "sekunder", "sekunder provinsi": "sekunder"}  # fmt: skip
_VALUES: Final = {
    "dlm pengawasan": "dalam_pengawasan", "dlm pengawasan khusus": "dalam_pengawasan_khusus",
    "belum": "belum_dinilai", "aktif rat": "aktif", "non aktif": "tidak_aktif",
    "nonaktif": "tidak_aktif", "pasif": "tidak_aktif",
}  # fmt: skip
_COUNTS: Final = frozenset(("men", "women", "employees"))
_DEFINITIONS: Final = {"kesehatan koperasi": "kesehatan", "aktif": "aktif_rat", "rat": "aktif_rat"}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a cell: the key of its column, a code, and what fills its sentence."""

    column: str
    code: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for rows that do not say it. ``today`` bounds dates of what has happened."""

    as_of: date
    source: str
    year: int | None
    today: date


@dataclass(slots=True)
class ParsedRow:
    """A row as understood; only what it says is in the dictionaries. ``problems`` make it unusable."""

    number: int
    slug: str = ""
    base: dict[str, Any] = field(default_factory=dict)
    year: dict[str, Any] = field(default_factory=dict)
    members: dict[str, Any] = field(default_factory=dict)
    status: dict[str, Any] = field(default_factory=dict)
    readiness: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def clean(text: str) -> str:
    """One line without control characters and what hides or turns text."""
    kept = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", text))
    return " ".join("".join(c for c in kept if unicodedata.category(c)[0] != "C").split())


def parse_row(number: int, row: Mapping[str, Cell], places: Places, defaults: Defaults) -> ParsedRow:
    """The row with its problems; cells with a fault of their own are reported as ``cell_<fault>``."""
    reader = _Reader(row)
    made = ParsedRow(number, problems=reader.problems)
    made.slug = str(reader.take("slug", _slug) or "")
    for key, parse in _BASE.items():
        if (value := reader.take(key, parse)) is not None:
            made.base[key] = value
    if "name" not in made.base and not any(p.column == "name" for p in made.problems):
        reader.problems.append(Problem("name", "name_missing"))
    _places(reader, made, places)
    as_of = reader.take("as_of", cells.day)
    _not_ahead(reader, {**made.base, "as_of": as_of}, defaults.today)
    _year(reader, made, defaults)
    _members(reader, made, as_of or defaults.as_of)
    _status(reader, made, as_of or defaults.as_of, defaults)
    _readiness(reader, made, as_of or defaults.as_of, defaults)
    return made


class _Reader:
    """Takes cells one by one and collects what is wrong with them."""

    def __init__(self, row: Mapping[str, Cell]) -> None:
        self.row = row
        self.problems: list[Problem] = []

    def take(self, key: str, parse: Callable[[str], Any], *, number: bool = False) -> Any:
        """The value of a cell, None where it is empty or wrong."""
        cell = self.row.get(key)
        if cell is None or (cell.fault is None and cells.is_empty(cell.text)):
            return None
        if cell.fault is not None:
            self.problems.append(Problem(key, f"cell_{cell.fault.value}"))
            return None
        try:
            if cell.fraction and key in _COUNTS:
                raise CellProblem("count")
            if number:
                return cells.money(cell.text, decimal_point=cell.fraction)
            return parse(cell.text)
        except CellProblem as problem:
            self.problems.append(Problem(key, problem.code, problem.values))
            return None


def _text(key: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        cleaned = clean(text)
        if len(cleaned) > TEXTS[key]:
            raise CellProblem("text_long", most=TEXTS[key])
        if key == "name" and not any(c.isalpha() for c in cleaned):
            raise CellProblem("name_missing")
        return cleaned

    return parse


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", text) or len(text) > TEXTS["slug"]:
        raise CellProblem("slug")
    return text


def nik(text: str) -> str:
    """A Nomor Induk Koperasi of 1 to 20 letters, digits, points and dashes. A citizen's number is refused: 16
    digits with a date of birth in the middle (day plus 40 for women). Raises CellProblem."""
    plain = re.sub(r"\s", "", clean(text))
    if not re.fullmatch(r"[0-9A-Za-z./-]{1,20}", plain):
        raise CellProblem("nik")
    if re.fullmatch(r"\d{16}", plain) and 1 <= int(plain[6:8]) % 40 <= 31 and 1 <= int(plain[8:10]) <= 12:
        raise CellProblem("nik_citizen")
    return plain


def business_codes(text: str) -> str:
    """KBLI codes with their edition: ``47111/2020 10710``, of which 2020 is taken where none is said."""
    found = re.findall(r"(?<!\d)(\d{5})(?:\s*(?:/|\(|KBLI)\s*(2020|2025)\)?)?(?!\d)", text)
    if not found or re.sub(r"\d{5}|2020|2025|KBLI|[\s/(),;.]", "", text):
        raise CellProblem("kbli")
    joined = " ".join(dict.fromkeys(f"{code}/{edition or '2020'}" for code, edition in found))
    if len(joined) > 200:
        raise CellProblem("text_long", most=200)
    return joined


_BASE: Final[dict[str, Callable[[str], Any]]] = {
    "nik": nik,
    **{key: _text(key) for key in TEXTS if key not in ("source", "slug")},
    **{key: cells.day for key in ("legal_date", "amendment_date", "last_meeting")},
    "form": lambda text: cells.choice(text, Form, _FORMS),
    "kind": lambda text: cells.choice(text, Kind, _KINDS),
    "pattern": lambda text: cells.choice(text, Pattern, _PATTERNS),
    "has_savings_unit": cells.yes_no,
    "business_codes": business_codes,
}


def _places(reader: _Reader, made: ParsedRow, places: Places) -> None:
    code, kelurahan, kecamatan = (reader.take(k, clean) or "" for k in ("kelurahan_code", "kelurahan", "kecamatan"))
    try:
        found, of = places.find(code, kelurahan, kecamatan)
    except CellProblem as problem:
        values = {**problem.values}
        reader.problems.append(Problem(str(values.pop("column")), problem.code, values))
        return
    if of:
        made.base["kecamatan_code"] = of
    if found:
        made.base["kelurahan_code"] = found


def _not_ahead(reader: _Reader, values: Mapping[str, Any], today: date) -> None:
    for key in ("legal_date", "amendment_date", "last_meeting", "as_of"):
        if isinstance(day := values.get(key), date) and day > today:
            reader.problems.append(Problem(key, "date_ahead"))


def _year(reader: _Reader, made: ParsedRow, defaults: Defaults) -> None:
    year = reader.take("year", cells.year)
    figures = {k: v for k in FIGURES if (v := reader.take(k, str, number=True)) is not None}
    if (employees := reader.take("employees", cells.count)) is not None:
        figures["employees"] = employees
    if not figures:
        return
    year = year or defaults.year
    if year is None:
        if not any(problem.column == "year" for problem in reader.problems):
            reader.problems.append(Problem("year", "year_missing"))
        return
    made.year = {"year": year, **figures}


def _members(reader: _Reader, made: ParsedRow, as_of: date) -> None:
    men, women = (reader.take(key, cells.count) for key in ("men", "women"))
    as_of = reader.take("members_as_of", cells.day) or as_of
    if men is None and women is None:
        return
    if men is None or women is None:
        missing = "women" if women is None else "men"
        if not any(problem.column == missing for problem in reader.problems):
            reader.problems.append(Problem(missing, "members_pair"))
        return
    made.members = {"as_of": as_of, "men": men, "women": women}


def _status(reader: _Reader, made: ParsedRow, as_of: date, defaults: Defaults) -> None:
    value = reader.take("value", lambda text: cells.choice(text, StatusValue, _VALUES))
    score = reader.take("score", cells.points)
    aspects = {key: v for key in ASPECTS if (v := reader.take(key, cells.points)) is not None}
    definition = reader.take("definition", lambda text: cells.choice(text, Definition, _DEFINITIONS))
    code = reader.take("paper", _paper)
    source = reader.take("source", _text("source")) or defaults.source
    if (value, score) == (None, None) and not aspects:
        return
    paper = health.health_paper(code)
    try:
        graded = graded_status(definition, value, score, aspects, paper)
    except CellProblem as problem:
        reader.problems.append(Problem(str(problem.values["column"]), problem.code, problem.values))
        return
    made.status = {"as_of": as_of, "source": source, **graded}


def _paper(text: str) -> str:
    if text not in {paper.code for paper in health.health_papers()}:
        raise CellProblem("paper")
    return text


def _readiness(reader: _Reader, made: ParsedRow, as_of: date, defaults: Defaults) -> None:
    of = reader.take("indicators", _indicators) or readiness.indicator_set()
    answers = reader.take("answers", lambda text: _answers(text, of))
    as_of = reader.take("readiness_as_of", cells.day) or as_of
    source = reader.take("readiness_source", _text("source")) or defaults.source
    if answers is None:
        return
    if as_of > defaults.today:
        reader.problems.append(Problem("readiness_as_of", "date_ahead"))
    share = readiness.share(answers, of)
    made.readiness = {"as_of": as_of, "indicators": of.code, "answers": answers, "share": share,
                      "level": readiness.level(share, of), "source": source}  # fmt: skip


def _indicators(text: str) -> readiness.IndicatorSet:
    try:
        return readiness.indicator_set(text)
    except KeyError:
        raise CellProblem("indicators") from None


def _answers(text: str, of: readiness.IndicatorSet) -> dict[str, int]:
    try:
        return readiness.answers_of(text, of)
    except ValueError:
        raise CellProblem("answers", codes=" ".join(f"{code}=0" for code, _question in of.indicators)) from None


def graded_status(
    definition: Definition | None, value: StatusValue | None, score: int | None, aspects: Mapping[str, int],
    paper: health.HealthPaper,
) -> dict[str, Any]:  # fmt: skip
    """definition, value, score, aspects and paper of a status: aspects make the total, the total makes the grade.

    Raises:
        CellProblem: with ``column``: ``aspects_missing``, ``total_differs`` (of the aspects), ``grade_differs``
            (the total means another grade), ``value_of`` (no such value by that definition), ``value_missing``.
    """
    if aspects:
        missing = next((name for name in paper.weights if name not in aspects), None)
        if missing:
            raise CellProblem("aspects_missing", column=missing)
        made = health.total(aspects, paper)
        if score is not None and score != made:
            raise CellProblem("total_differs", column="score", total=_points(made))
        score = made
    if score is not None:
        grade = health.grade(score, paper)
        if value is not None and value is not grade:
            words = grade.value.replace("_", " ")
            raise CellProblem("grade_differs", column="value", total=_points(score), grade=words)
        value = grade
    if value is None:
        raise CellProblem("value_missing", column="value")
    definition = definition or next(d for d, values in VALUES_OF.items() if value in values)
    if value not in VALUES_OF[definition]:
        raise CellProblem("value_of", column="value")
    return {
        "definition": definition, "value": value, "score": score, "aspects": dict(aspects) or None,
        "paper": paper.code if score is not None else None,
    }  # fmt: skip


def _points(score: int) -> str:
    return f"{score // 100},{score % 100:02d}"
