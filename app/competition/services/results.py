"""A result is computed once from locked sheets and stored; pages only read it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.competition import words
from app.competition.models import Category, Competition, CompetitionState, Result, SheetChain, Stage
from app.competition.queries import contest, results, sheets
from app.competition.rules.faults import Refused
from app.competition.rules.minutes import digest
from app.core import clock
from app.core.db import db, rows_changed, transaction
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.i18n import speaking

if TYPE_CHECKING:
    from app.competition.rules.report import Given

JUDGED, DELIBERATED = "judged", "deliberated"


@dataclass(frozen=True)
class Gathered:
    """What a result will be computed from, and the end of the chain of sheets at that moment."""

    competition_id: int
    category_id: int
    stage_id: int
    given: Given
    entrant_ids: dict[str, int]
    judge_ids: dict[str, int]
    chain_hash: str


def label(number: int, name: str) -> str:
    """How an entrant is named in a ranking: ``03 KSP Maju``. Numbers are unique, names need not be."""
    return f"{number:02d} {name}"


def bare(labelled: str) -> str:
    """The name alone, as it is read on stage."""
    return labelled.partition(" ")[2]


def gather(competition: Competition, category: Category, stage: Stage) -> Gathered:
    """Read the locked sheets of a category at a stage. No transaction needed.

    Raises:
        DomainError: ``no_sheets``; ``sheets_open`` while some are not locked.
    """
    still_open, count = results.open_sheets(competition.id).get((category.id, stage.id), (0, 0))
    if not count:
        raise DomainError("no_sheets", _("Kategori ini belum punya lembar nilai pada tahap ini."))
    if still_open:
        text = _(
            "Masih ada %(count)s lembar yang belum dikunci, jadi hasil belum dapat dihitung.", count=still_open
        )
        raise DomainError("sheets_open", text)
    from app.competition.rules.report import Given

    chain = sheets.chain_of(competition.id)
    criteria = {one.code: one for one in contest.sheet_criteria(stage.id, category.id)}
    entrants = {one.id: label(one.number, one.name) for one in results.entrants_in(category.id, stage.position)}
    judges = results.judges_by_id(competition.id)
    rows = [
        (judges[row.judge_id].name, entrants[row.entrant_id], code, float(score))
        for row in sheets.locked_scores(stage.id, category.id)
        for code, score in row.scores.items()
        if code in criteria
    ]
    seen = {row[1] for row in rows}
    return Gathered(
        competition.id, category.id, stage.id,
        Given(
            rows, {code: float(one.weight) for code, one in criteria.items()},
            {code: (float(one.scale_min), float(one.scale_max)) for code, one in criteria.items()},
            competition.method, competition.seed, tuple(competition.tie_chain),
            {one.name: one.affiliation for one in judges.values() if one.affiliation},
        ),
        {name: number for number, name in entrants.items() if name in seen},
        {one.name: one.id for one in judges.values()}, chain.hash if chain else "",
    )  # fmt: skip


def content_of(gathered: Gathered) -> dict[str, Any]:
    """Compute. Takes up to some seconds: call it outside a transaction.

    Raises:
        DomainError: ``no_ranking`` with the sentence of why none can be trusted.
    """
    from app.competition.rules.report import report

    order = list(range(len({row[0] for row in gathered.given.rows})))
    random.SystemRandom().shuffle(order)
    try:
        made = report(gathered.given, order)
    except Refused as refused:
        raise DomainError("no_ranking", words.refusal(refused)) from refused
    with speaking("id"):
        said = [words.caution(notice) for notice in made.notices]
    return made.content | {
        "warnings": said, "notices": [{"code": n.code.value, "values": n.values} for n in made.notices],
        "entrant_ids": gathered.entrant_ids, "judge_ids": gathered.judge_ids,
    }  # fmt: skip


def why_unranked(competition: Competition, category: Category, stage: Stage) -> str | None:
    """The sentence why locked sheets allow no ranking; None when they do, and while some are open."""
    try:
        content_of(gather(competition, category, stage))
    except DomainError as refusal:
        return str(refusal.message) if refusal.code == "no_ranking" else None
    return None


def store_result(gathered: Gathered, content: dict[str, Any], by_id: int | None, now: datetime) -> Result:
    """Keep a computed result as the next version.

    Raises:
        DomainError: ``sheets_changed``: somebody wrote on a sheet while this was computed.
    """
    chain = _wait_for_chain(gathered.competition_id)
    if (chain.hash if chain else "") != gathered.chain_hash:
        raise DomainError("sheets_changed", _("Sebuah lembar berubah selagi dihitung. Hitung lagi."))
    before = results.latest_result(gathered.category_id, gathered.stage_id)
    made = Result(
        competition_id=gathered.competition_id, category_id=gathered.category_id, stage_id=gathered.stage_id,
        number=(before.number if before else 0) + 1, kind=JUDGED, computed_at=now, content=content,
        hash=digest(content), chain_hash=gathered.chain_hash, reason="", by_id=by_id,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    end_judging(gathered.competition_id, gathered.stage_id)
    record_audit("result.computed", f"result:{made.id}", by_id, now, hash=made.hash, number=made.number)
    return made


def end_judging(competition_id: int, stage_id: int) -> bool:
    """Begin deliberation, once the last stage has a result and no category has a sheet to lock; whether it did.

    Run it under the lock of the competition's chain, so that no sheet is opened or locked meanwhile.
    """
    sheets_of_stage = [n for (_, stage), n in results.open_sheets(competition_id).items() if stage == stage_id]
    ranked = any(stage == stage_id for _, stage in results.latest_results(competition_id))
    if not ranked or any(still_open for still_open, _ in sheets_of_stage):
        return False
    met = rows_changed(
        sa.update(Competition)
        .where(Competition.id == competition_id, Competition.state == CompetitionState.JUDGING)
        .where(_is_last(stage_id))
        .values(
            state=sa.case(
                (Competition.announced_at.is_(None), CompetitionState.DELIBERATION.value),
                else_=CompetitionState.ANNOUNCED.value,
            )
        )
    )
    return met > 0


def _wait_for_chain(competition_id: int) -> SheetChain | None:
    """The chain of a competition's sheets, on which nobody else writes until this transaction ends."""
    return db.session.scalar(
        sa.select(SheetChain).where(SheetChain.competition_id == competition_id).with_for_update()
    )


def _is_last(stage_id: int) -> sa.ColumnElement[bool]:
    """The stage is the last one of its competition: only then deliberation begins."""
    later, own = sa.orm.aliased(Stage), sa.orm.aliased(Stage)
    return ~sa.exists().where(
        own.id == stage_id, later.competition_id == own.competition_id, later.position > own.position
    )


def compute(competition: Competition, category: Category, stage: Stage, by_id: int | None) -> Result:
    """Gather, compute and store; opens its own transaction at the end. For routes and the worker."""
    gathered = gather(competition, category, stage)
    content = content_of(gathered)
    with transaction():
        return store_result(gathered, content, by_id, clock.now())


def stale(result: Result) -> bool:
    """Whether what this result was computed from changed since: a sheet, an entrant, who judges."""
    judged = results.latest_result(result.category_id, result.stage_id, JUDGED)
    moment = judged.computed_at if judged is not None else result.computed_at
    return results.changed_since(result.category_id, result.stage_id, moment)


def compute_due(stopping: Callable[[], bool]) -> int:
    """Compute what became ready: all sheets of a category locked, and no result yet. Later ones are asked for."""
    done = 0
    for competition in results.judged_now():
        latest = results.latest_results(competition.id)
        categories = {one.id: one for one in competition.categories}
        stage = contest.stage_now(competition)
        for (category_id, stage_id), (still_open, count) in results.open_sheets(competition.id).items():
            if stopping() or still_open or not count or stage_id != stage.id:
                continue
            if (category_id, stage_id) not in latest:
                done += _try(competition, categories[category_id], stage)
    return done


def _try(competition: Competition, category: Category, stage: Stage) -> int:
    try:
        compute(competition, category, stage, None)
    except DomainError as refusal:  # worded for whoever asks by hand
        if refusal.code == "no_ranking":  # the others need not wait for a category without a ranking
            with transaction():
                _wait_for_chain(competition.id)
                end_judging(competition.id, stage.id)
        return 0
    return 1
