"""What an entrant is told of its own result, and the coaching case that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.competition.models import Category, Competition, Criterion, Entrant, Minutes
from app.competition.queries import contest, results, sheets
from app.competition.rules import feedback
from app.competition.rules.feedback import OwnCriterion
from app.competition.services.publication import published
from app.competition.services.results import label
from app.cooperatives import services as cooperatives
from app.cooperatives.models import CaseState, CoachingCase, Cooperative, Trouble
from app.core.db import db, rows_changed
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.i18n import speaking


@dataclass(frozen=True, slots=True)
class Feedback:
    """``line``: the entrant's line of the minutes; ``criteria`` with their names in the order of the sheet."""

    minutes: Minutes
    category: Category
    line: dict[str, object]
    entrants: int
    criteria: tuple[tuple[Criterion, OwnCriterion], ...]
    weakest: tuple[Criterion, ...]
    remarks: tuple[tuple[str, tuple[str, ...]], ...]


def feedback_of(competition: Competition, entrant: Entrant) -> Feedback | None:
    """None before the announcement, and for one who is not in the result."""
    minutes = published(competition)
    category = contest.category_by_id(entrant.category_id)
    if minutes is None or category is None:
        return None
    name = label(entrant.number, entrant.name)
    content = next(
        (c for c in results.contents_of(minutes.content["results"]).values() if name in c["entrant_ids"]), None
    )
    section = next((one for one in minutes.content["sections"] if one["category"] == category.name), None)
    if content is None or section is None:
        return None
    criteria = contest.sheet_criteria(minutes.stage_id, category.id)
    by_code = {one.code: one for one in criteria}
    ordered = {code: content["criteria"][code] for code in by_code if code in content["criteria"]}
    whole = len({(one.scale_min, one.scale_max) for one in criteria}) > 1  # then everything is out of 100
    scales = {c: (0.0, 100.0) if whole else (float(o.scale_min), float(o.scale_max)) for c, o in by_code.items()}
    own = feedback.own_criteria(feedback.within(ordered, scales), name)
    return Feedback(
        minutes, category, next(line for line in section["ranked"] if line["name"] == name), len(section["ranked"]),
        tuple((by_code[one.code], one) for one in own),
        tuple(by_code[code] for code in feedback.weakest(own, scales)),
        _remarks(competition, entrant, minutes.stage_id, criteria),
    )  # fmt: skip


def _remarks(
    competition: Competition, entrant: Entrant, stage_id: int, criteria: list[Criterion]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """[(criterion or "" for the whole, remarks)] of the sheets that counted, without judges' names."""
    names = [one.name for one in results.judges_by_id(competition.id).values()]
    by_code: dict[str, list[str]] = {}
    for row in sheets.locked_scores(stage_id, entrant.category_id):
        if row.entrant_id == entrant.id:
            for code, text in row.remarks.items():
                by_code.setdefault(code, []).append(text)
    found = []
    for code, name in [("", ""), *((one.code, one.name) for one in criteria)]:
        said = feedback.anonymous(by_code.get(code, ()), names, _("[juri]"))
        if said:
            found.append((name, tuple(said)))
    return tuple(found)


def ask_for_coaching(competition: Competition, entrant: Entrant, now: datetime) -> CoachingCase:
    """Open a coaching case with the weakest criteria; once for an entrant.

    Raises:
        DomainError: ``no_feedback`` before the announcement, ``asked`` when there is one, ``merged``.
    """
    told = feedback_of(competition, entrant)
    if told is None:
        raise DomainError("no_feedback", _("Hasil belum diumumkan."))
    cooperative = db.session.get(Cooperative, entrant.cooperative_id)
    if cooperative is None:
        raise DomainError("no_feedback", _("Koperasi ini tidak ada di direktori."))
    with speaking("id"):
        names = ", ".join(one.name for one in told.weakest) or _("belum ada kriteria yang menonjol lemah")
        finding = _("Umpan balik %(competition)s. Yang paling perlu diperbaiki: %(names)s.",
                    competition=competition.name, names=names)[:600]  # fmt: skip
        step = _("Sepakati langkah perbaikan bersama pengurus.")
    trouble = Trouble(feedback.trouble_of(told.weakest[0].name if told.weakest else ""))
    fields = cooperatives.CaseFields(trouble, finding, step, None, CaseState.OPEN, "")
    made = cooperatives.open_case(cooperative, fields, None, now)
    met = rows_changed(
        sa.update(Entrant)
        .where(Entrant.id == entrant.id, Entrant.coaching_case_id.is_(None))
        .values(coaching_case_id=made.id)
    )
    if not met:  # the transaction is rolled back, and the second case with it
        raise DomainError("asked", _("Pembinaan sudah diminta. Panitia akan menghubungi Anda."))
    return made
