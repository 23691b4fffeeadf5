"""What an entrant is told of its own result, and the coaching case that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.competition.models import Category, Competition, Criterion, Entrant, Minutes, Stage
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
    """``line``: the entrant's place, score, se, low and high at ``stage``, the last that it reached.

    ``decided``: that is the stage that decides; ``criteria`` with their names in the order of the sheet.
    """

    category: Category
    stage: Stage
    decided: bool
    line: dict[str, Any]
    entrants: int
    criteria: tuple[tuple[Criterion, OwnCriterion], ...]
    weakest: tuple[Criterion, ...]
    remarks: tuple[tuple[str, tuple[str, ...]], ...]


def feedback_of(competition: Competition, entrant: Entrant) -> Feedback | None:
    """None before the announcement, and for one who was not ranked."""
    minutes = published(competition)
    category = contest.category_by_id(entrant.category_id)
    if minutes is None or category is None:
        return None
    name = label(entrant.number, entrant.name)
    stage, content = _ranked_last(competition, category, minutes, name)
    if stage is None or content is None:
        return None
    criteria = contest.sheet_criteria(stage.id, category.id)
    by_code = {one.code: one for one in criteria}
    ordered = {code: content["criteria"][code] for code in by_code if code in content["criteria"]}
    whole = len({(one.scale_min, one.scale_max) for one in criteria}) > 1  # then everything is out of 100
    scales = {c: (0.0, 100.0) if whole else (float(o.scale_min), float(o.scale_max)) for c, o in by_code.items()}
    own = feedback.own_criteria(feedback.within(ordered, scales), name)
    return Feedback(
        category, stage, stage.id == minutes.stage_id, _line(content, name), len(content["places"]),
        tuple((by_code[one.code], one) for one in own),
        tuple(by_code[code] for code in feedback.weakest(own, scales)),
        _remarks(competition, entrant, stage.id, criteria),
    )  # fmt: skip


def _ranked_last(
    competition: Competition, category: Category, minutes: Minutes, name: str
) -> tuple[Stage | None, dict[str, Any] | None]:
    """The last stage at which an entrant was ranked, and that result: of the signed minutes where it got so far."""
    for content in results.contents_of(minutes.content["results"]).values():
        if name in content["entrant_ids"]:
            return next(one for one in competition.stages if one.id == minutes.stage_id), content
    for stage in sorted(competition.stages, key=lambda one: -one.position):
        earlier = results.latest_result(category.id, stage.id) if stage.id != minutes.stage_id else None
        if earlier is not None and name in earlier.content["entrant_ids"]:
            return stage, earlier.content
    return None, None


def _line(content: dict[str, Any], name: str) -> dict[str, Any]:
    line = next(one for one in content["ranking"] if one["entrant"] == name)
    place = next(one["place"] for one in content["places"] if one["entrant"] == name)
    low, high = line["rank_low"], line["rank_high"]
    return {"place": place, "score": line["score"], "se": line["se"], "low": low, "high": high}


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
