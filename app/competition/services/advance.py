"""From stage to stage: finalists go on, and judging is opened once more where a sheet was wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.competition.models import Category, Competition, CompetitionState, Result, Stage
from app.competition.queries import contest
from app.competition.queries.results import entrants_in
from app.competition.rules.deliberation import SHORTEST_REASON
from app.competition.services.entrants import send_on
from app.competition.services.minutes import readiness
from app.core.db import db, rows_changed
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _


def finalists(content: Mapping[str, Any], most: int) -> list[str]:
    """Who goes on: places up to ``most``, all of a shared place."""
    return [row["entrant"] for row in content["places"] if row["place"] <= most]


def next_stage(competition: Competition) -> Stage | None:
    """The stage after the one judged now."""
    return next((one for one in competition.stages if one.position == competition.stage_position + 1), None)


def advance(competition: Competition, by_id: int, now: datetime) -> list[tuple[Category, int]]:
    """Open the next stage for the best of every category; how many went on.

    Raises:
        DomainError: ``last_stage``, ``not_ready``, ``advanced`` by somebody else a moment ago.
    """
    stage, following = contest.stage_now(competition), next_stage(competition)
    if following is None:
        raise DomainError("last_stage", _("Ini tahap terakhir."))
    ready = readiness(competition, stage)
    if ready.obstacles:
        raise DomainError("not_ready", " ".join(ready.obstacles))
    met = rows_changed(
        sa.update(Competition)
        .where(
            Competition.id == competition.id, Competition.stage_position == stage.position,
            Competition.state == CompetitionState.JUDGING,
        )
        .values(stage_position=following.position)
    )  # fmt: skip
    if not met:
        raise DomainError("advanced", _("Tahap ini baru saja ditutup orang lain. Muat ulang halaman ini."))
    told = [_sent_on(competition, pair, stage, following, by_id, now) for pair in ready.results]
    told += [_all_sent_on(competition, category, stage, following, by_id, now) for category, _why in ready.unranked]
    db.session.refresh(competition)
    record_audit("competition.advanced", f"competition:{competition.id}", by_id, now, stage=following.position)
    return told


def _sent_on(
    competition: Competition,
    pair: tuple[Category, Result],
    stage: Stage,
    following: Stage,
    by_id: int,
    now: datetime,
) -> tuple[Category, int]:
    category, result = pair
    names = finalists(result.content, stage.goes_on or len(result.content["places"]))
    ids: Sequence[int] = [result.content["entrant_ids"][name] for name in names]
    send_on(competition, ids, following.position, by_id, now)
    return category, len(ids)


def _all_sent_on(
    competition: Competition, category: Category, stage: Stage, following: Stage, by_id: int, now: datetime
) -> tuple[Category, int]:
    """Where nobody can be told better than the others, nobody is left behind."""
    there = [one.id for one in entrants_in(category.id, stage.position) if one.withdrawn_at is None]
    send_on(competition, there, following.position, by_id, now)
    return category, len(there)


def reopen_judging(competition: Competition, reason: str, by_id: int, now: datetime) -> None:
    """Let sheets of the present stage be opened again by two people. What was announced stays as it is.

    Raises:
        InvalidInput: ``no_reason``.
        DomainError: ``judging`` is open already.
    """
    cleaned = " ".join(reason.split())
    if not SHORTEST_REASON <= len(cleaned) <= 400:
        text = _("Tulis alasannya, sedikitnya 10 huruf.")
        raise InvalidInput(text, {"reason": text}, code="no_reason")
    met = rows_changed(
        sa.update(Competition)
        .where(
            Competition.id == competition.id,
            Competition.state.in_((CompetitionState.DELIBERATION, CompetitionState.ANNOUNCED)),
        )
        .values(state=CompetitionState.JUDGING)
    )
    if not met:
        raise DomainError("judging", _("Penilaian sedang terbuka."))
    db.session.refresh(competition)
    record_audit("competition.judging_reopened", f"competition:{competition.id}", by_id, now, reason=cleaned)
