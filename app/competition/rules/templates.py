"""Rubrics as they are used elsewhere, offered as templates (``fixtures/assessment_rubrics.csv``)."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from app.competition.rules.freezing import WHOLE

INVENTED = "INVENTED"
SCORES = (0, 25, 50, 75, 100)  # competitions elsewhere score items so (facts of the field)
# Words for the five scores where a rubric has none of its own (INVENTED; every committee may write better ones).
LEVELS = (
    "Belum ada, atau tidak ada buktinya.",
    "Baru sebagian kecil; sering tidak jalan.",
    "Ada dan jalan, tetapi belum lengkap atau belum ajek.",
    "Lengkap dan ajek; kekurangannya kecil.",
    "Lengkap, ajek, terbukti, dan patut ditiru koperasi lain.",
)


@dataclass(frozen=True, slots=True)
class TemplateCriterion:
    """A criterion of a template; ``weight`` in hundredths of a percent."""

    code: str
    name: str
    weight: int
    evidence: str


@dataclass(frozen=True, slots=True)
class Template:
    """A rubric. ``given``: its source gives the weights, otherwise they are equal. ``invented``: made for Pekan."""

    key: str
    name: str
    year: int
    criteria: tuple[TemplateCriterion, ...]
    given: bool
    invented: bool


def read(raw: str) -> list[Template]:
    """The templates of the CSV, in its order, the one made for this event first."""
    rows: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(raw)):
        rows.setdefault((row["skema"], row["tahun"]), []).append(row)
    found = [
        _template(f"t{number}", name, int(year), of) for number, ((name, year), of) in enumerate(rows.items(), 1)
    ]
    return sorted(found, key=lambda template: not template.invented)


def _template(key: str, name: str, year: int, rows: list[dict[str, str]]) -> Template:
    given = all(row["bobot_persen"] for row in rows)
    weights = [round(float(row["bobot_persen"]) * 100) for row in rows] if given else equal(len(rows))
    codes = [row["kode"] if row["kode"].isalpha() else f"K{row['kode']}" for row in rows]
    criteria = tuple(
        TemplateCriterion(code, row["aspek"], weight, row["sub_aspek"])
        for code, row, weight in zip(codes, rows, weights, strict=True)
    )
    return Template(key, name, year, criteria, given, all(row["keyakinan"] == INVENTED for row in rows))


def equal(count: int) -> list[int]:
    """Weights of ``count`` criteria that differ by a hundredth of a percent at most and sum to 100 %."""
    share, rest = divmod(WHOLE, count)
    return [share + (place < rest) for place in range(count)]
