"""Blood donation: a prescreening by versioned rules. The doctor of PMI decides, the system only advises (facts.md).

What people answer decides here and is forgotten: only the verdict, a day and the edition of the rules are kept.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from app.programme.kinds.base import (
    BirthDateNeed,
    Effort,
    Kind,
    Option,
    Question,
    QuestionType,
    Reason,
    Screened,
    Verdict,
    msgid,
)

_FILE = Path(__file__).parent / "fixtures" / "donor_rules.csv"
_VERDICTS = {"tolak": Verdict.DEFERRED, "tunda": Verdict.DEFERRED, "dokter": Verdict.SEE_DOCTOR}
_GRAVITY = [Verdict.ELIGIBLE, Verdict.SEE_DOCTOR, Verdict.DEFERRED]


@dataclass(frozen=True, slots=True)
class DonorRules:
    """One edition of the rules. Ages in full years, ``interval`` in days since the last donation.

    ``verdicts``: what a yes to a question means, by the question's rule (column ``akibat``).
    """

    version: str
    min_age: int
    max_age_first: int
    max_age_regular: int
    interval: int
    intervals: tuple[int, ...]
    verdicts: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A yes-or-no question: the rule it belongs to, how it is asked, what is said after a yes."""

    name: str
    rule: str
    label: str
    yes: str


_ASKED = (
    _Asked(
        "pregnant_or_nursing", "hamil",
        msgid("Sedang hamil, menyusui, atau haid, atau melahirkan dalam 6 bulan terakhir"),
        msgid("Belum bisa donor selama hamil, menyusui, atau haid, dan 6 bulan setelah melahirkan."),
    ),
    _Asked(
        "tattoo", "tato", msgid("Membuat tato atau tindik dalam 12 bulan terakhir"),
        msgid("Tato atau tindik belum lama: dokter PMI memeriksa dulu."),
    ),
    _Asked(
        "vaccine", "vaksin", msgid("Divaksin dalam 4 minggu terakhir"),
        msgid("Baru divaksin: dokter PMI melihat jenis vaksinnya dulu."),
    ),
    _Asked(
        "medicine", "obat", msgid("Minum obat dalam 3 hari terakhir, termasuk antibiotik"),
        msgid("Sedang minum obat: tunjukkan obatnya kepada dokter PMI."),
    ),
)  # fmt: skip
_TOO_YOUNG = msgid("Donor darah mulai umur %(age)s tahun.")
_TOO_OLD_FIRST = msgid(
    "Donor pertama paling tinggi umur %(age)s tahun. Pernah donor sebelumnya? Isi kapan terakhir donor."
)
_TOO_OLD = msgid("Donor darah paling tinggi umur %(age)s tahun.")
_OVER_FIRST = msgid("Umur di atas %(age)s tahun: dokter PMI memeriksa dulu.")
_TOO_SOON = msgid("Baru bisa donor lagi mulai %(day)s, yaitu %(days)s hari setelah donor terakhir.")


def rules_of(version: str | None = None) -> DonorRules:
    """An edition of the rules, the newest without a version. Raises KeyError for one that never was."""
    editions = _editions()
    return editions[version or list(editions)[-1]]


@cache
def _editions() -> dict[str, DonorRules]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {version: _edition(version, rows) for version in dict.fromkeys(row["versi"] for row in rows)}


def _edition(version: str, rows: list[dict[str, str]]) -> DonorRules:
    of_it = {row["kode"]: row for row in rows if row["versi"] == version}
    numbers = {code: tuple(map(int, row["angka"].split())) for code, row in of_it.items()}
    return DonorRules(
        version=version,
        min_age=numbers["usia_min"][0],
        max_age_first=numbers["usia_maks_pertama"][0],
        max_age_regular=numbers["usia_maks_rutin"][0],
        interval=numbers["interval"][0],
        intervals=numbers["interval"],
        verdicts={asked.name: _VERDICTS[of_it[asked.rule]["akibat"]] for asked in _ASKED},
    )


def prescreen(answers: Mapping[str, Any], age: int, on_date: date, rules: DonorRules) -> Screened:
    """Whether somebody may sign up to give blood on a day.

    ``answers``: ``last_donation`` a day or None (never gave), the others True or False; ``age`` in full years
    on that day. The gravest rule decides; every reason is told.
    """
    last: date | None = answers.get("last_donation")
    found = [*_by_age(age, last is None, rules), *_by_interval(last, on_date, rules)]
    found += [
        (rules.verdicts[asked.name], Reason(asked.name, asked.yes)) for asked in _ASKED if answers.get(asked.name)
    ]
    verdict = max((verdict for verdict, _reason in found), key=_GRAVITY.index, default=Verdict.ELIGIBLE)
    reasons = tuple(reason for each, reason in found if each is verdict)
    # a day is only promised where nothing but the interval stands in the way
    waits = verdict is Verdict.DEFERRED and any(reason.question != "last_donation" for reason in reasons)
    allowed = None if last is None or waits else last + timedelta(days=rules.interval)
    return Screened(verdict, reasons, allowed, rules.version)


def _by_age(age: int, first: bool, rules: DonorRules) -> list[tuple[Verdict, Reason]]:
    if age < rules.min_age:
        return [(Verdict.DEFERRED, Reason("birth_date", _TOO_YOUNG, {"age": rules.min_age}))]
    if age > rules.max_age_regular:
        return [(Verdict.DEFERRED, Reason("birth_date", _TOO_OLD, {"age": rules.max_age_regular}))]
    if age <= rules.max_age_first:
        return []
    if first:
        return [(Verdict.DEFERRED, Reason("birth_date", _TOO_OLD_FIRST, {"age": rules.max_age_first}))]
    return [(Verdict.SEE_DOCTOR, Reason("birth_date", _OVER_FIRST, {"age": rules.max_age_first}))]


def _by_interval(last: date | None, on_date: date, rules: DonorRules) -> list[tuple[Verdict, Reason]]:
    if last is None or last + timedelta(days=rules.interval) <= on_date:
        return []
    values = {"day": last + timedelta(days=rules.interval), "days": rules.interval}
    return [(Verdict.DEFERRED, Reason("last_donation", _TOO_SOON, values))]


def _screen(answers: Mapping[str, Any], age: int, on_date: date, options: Mapping[str, int]) -> Screened:
    rules = rules_of()
    return prescreen(answers, age, on_date, replace(rules, interval=options["interval_days"]))


KIND = Kind(
    code="blood_donation",
    label=msgid("Donor darah"),
    asks_birth_date=BirthDateNeed.DATE,  # the age on the day decides, so the day is asked and kept
    questions=(
        Question(
            "last_donation", QuestionType.DATE, msgid("Terakhir donor darah"),
            hint=msgid("Misalnya 17-05-2026, atau 05-2026 kalau lupa harinya. Kosongkan kalau belum pernah donor."),
            per_person=True, private=True,
        ),
        *(
            Question(a.name, QuestionType.BOOLEAN, a.label, required=True, per_person=True, private=True)
            for a in _ASKED
        ),
    ),
    consents={"health": True},
    options=(
        Option(
            "interval_days", msgid("Jarak antara dua donor (hari)"), rules_of().intervals,
            msgid("Tanyakan UDD PMI yang datang: 60, 75, 84, atau 90 hari."),
        ),
    ),
    screen=_screen,
    effort=Effort.REST_AFTER,
)  # fmt: skip
