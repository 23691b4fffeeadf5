"""Score sheets and their versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from app.accounts.models import User
from app.competition.models import (
    Assignment,
    Competition,
    Entrant,
    Judge,
    Reopening,
    ScoreSheet,
    SheetChain,
    SheetState,
    SheetVersion,
    Stage,
    VersionKind,
)
from app.core.db import db, table

MOST_VERSIONS = 200  # shown of one sheet
_CHUNK: Final = 1_000
_versions = table(SheetVersion)
_FACTS: Final = tuple(
    column.name for column in _versions.columns if column.name not in ("id", "previous_hash", "hash")
)


@dataclass(frozen=True, slots=True)
class OpenedSheet:
    """A sheet with all it belongs to. ``assigned``: the judge shall still judge this entrant."""

    sheet: ScoreSheet
    judge: Judge
    entrant: Entrant
    stage: Stage
    competition: Competition
    assigned: bool
    calibration: bool


def opened(sheet_id: int, judge_id: int | None = None) -> OpenedSheet | None:
    """A sheet; with ``judge_id`` only when it is that judge's. One statement."""
    query = (
        sa.select(ScoreSheet, Judge, Entrant, Stage, Competition, Assignment)
        .join(Judge, Judge.id == ScoreSheet.judge_id)
        .join(Entrant, Entrant.id == ScoreSheet.entrant_id)
        .join(Stage, Stage.id == ScoreSheet.stage_id)
        .join(Competition, Competition.id == ScoreSheet.competition_id)
        .outerjoin(
            Assignment,
            sa.and_(
                Assignment.stage_id == ScoreSheet.stage_id, Assignment.judge_id == ScoreSheet.judge_id,
                Assignment.entrant_id == ScoreSheet.entrant_id,
            ),
        )
        .where(ScoreSheet.id == sheet_id)
        .execution_options(populate_existing=True)
    )  # fmt: skip
    if judge_id is not None:
        query = query.where(ScoreSheet.judge_id == judge_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    sheet, judge, entrant, stage, competition, given = row
    live = given is not None and given.ended_at is None
    return OpenedSheet(sheet, judge, entrant, stage, competition, live, given is not None and given.calibration)


def version(sheet_id: int, number: int) -> SheetVersion | None:
    """One version of a sheet; None for number 0."""
    query = sa.select(SheetVersion).where(SheetVersion.sheet_id == sheet_id, SheetVersion.number == number)
    return db.session.scalar(query)


def version_by_client_id(client_id: str) -> SheetVersion | None:
    """What a device has sent before."""
    return db.session.scalar(sa.select(SheetVersion).where(SheetVersion.client_id == client_id))


def versions_of(sheet_id: int) -> list[SheetVersion]:
    """The versions of a sheet, the latest first."""
    query = sa.select(SheetVersion).where(SheetVersion.sheet_id == sheet_id)
    return list(db.session.scalars(query.order_by(SheetVersion.number.desc()).limit(MOST_VERSIONS)))


def waiting_paper(sheet: ScoreSheet) -> SheetVersion | None:
    """What was typed from paper and waits for another to compare it."""
    latest = version(sheet.id, sheet.latest) if sheet.latest else None
    return latest if latest is not None and latest.kind is VersionKind.PAPER else None


def names_of(sheet_id: int) -> dict[int, str]:
    """Names of the users who wrote versions of a sheet, by id."""
    wrote = sa.select(SheetVersion.entered_by_id).where(SheetVersion.sheet_id == sheet_id)
    checked = sa.select(SheetVersion.confirmed_by_id).where(
        SheetVersion.sheet_id == sheet_id, SheetVersion.confirmed_by_id.is_not(None)
    )
    asked = sa.select(Reopening.first_by_id).where(Reopening.sheet_id == sheet_id)
    query = sa.select(User.id, User.name).where(
        sa.or_(User.id.in_(wrote), User.id.in_(checked), User.id.in_(asked))
    )
    return {user_id: name for user_id, name in db.session.execute(query)}


def unseen(sheet_id: int, based_on: int, device: str) -> bool:
    """Whether another device has written what somebody who saw version ``based_on`` does not know."""
    others = sa.exists().where(
        SheetVersion.sheet_id == sheet_id, SheetVersion.number > based_on, SheetVersion.device != device,
        SheetVersion.kind.in_((VersionKind.SAVED, VersionKind.CONFIRMED)),
    )  # fmt: skip
    return bool(db.session.scalar(sa.select(others)))


def open_conflict(sheet: ScoreSheet) -> tuple[SheetVersion, SheetVersion] | None:
    """Two versions that nobody has chosen between: the one that counts, the other. None where there are none."""
    latest = version(sheet.id, sheet.latest) if sheet.latest else None
    if latest is None or not latest.conflict:
        return None
    if latest.number != sheet.current:
        kept = version(sheet.id, sheet.current)
        return (kept, latest) if kept is not None else None
    other = sa.select(SheetVersion).where(
        SheetVersion.sheet_id == sheet.id, SheetVersion.number < latest.number,
        SheetVersion.number > latest.based_on, SheetVersion.device != latest.device,
        SheetVersion.kind.in_((VersionKind.SAVED, VersionKind.CONFIRMED)),
    )  # fmt: skip
    found = db.session.scalar(other.order_by(SheetVersion.number.desc()).limit(1))
    return (latest, found) if found is not None else None


def waiting_reopening(sheet_id: int) -> Reopening | None:
    """Who asked for a sheet to be opened again, and has no answer yet."""
    return db.session.scalar(
        sa.select(Reopening).where(
            Reopening.sheet_id == sheet_id, Reopening.second_by_id.is_(None), Reopening.ended_at.is_(None)
        )
    )


def locked_scores(stage_id: int, category_id: int) -> list[Any]:
    """What a ranking is made of: entrant_id, judge_id, scores, remarks, calibration of every locked sheet that
    counts, by entrant and judge.

    A sheet counts while its entrant takes part and its assignment holds; whoever removes a judge decides whether
    the locked ones go on counting.
    """
    query = (
        sa.select(
            ScoreSheet.entrant_id, ScoreSheet.judge_id, SheetVersion.scores, SheetVersion.remarks,
            Assignment.calibration,
        )
        .join(
            SheetVersion,
            sa.and_(SheetVersion.sheet_id == ScoreSheet.id, SheetVersion.number == ScoreSheet.current),
        )
        .join(
            Assignment,
            sa.and_(
                Assignment.stage_id == ScoreSheet.stage_id, Assignment.judge_id == ScoreSheet.judge_id,
                Assignment.entrant_id == ScoreSheet.entrant_id,
            ),
        )
        .join(Entrant, Entrant.id == ScoreSheet.entrant_id)
        .where(
            ScoreSheet.stage_id == stage_id, ScoreSheet.state == SheetState.LOCKED,
            Entrant.category_id == category_id, Entrant.withdrawn_at.is_(None), Assignment.ended_at.is_(None),
        )
        .order_by(ScoreSheet.entrant_id, ScoreSheet.judge_id)
    )  # fmt: skip
    return list(db.session.execute(query))


def chain_of(competition_id: int) -> SheetChain | None:
    """The end of a competition's chain."""
    return db.session.get(SheetChain, competition_id)


def chains() -> list[SheetChain]:
    """All of them, for the doctor."""
    return list(db.session.scalars(sa.select(SheetChain).order_by(SheetChain.competition_id)))


def facts(row: Any) -> dict[str, Any]:
    """What the chain holds of a version."""
    if isinstance(row, SheetVersion):
        return {name: getattr(row, name) for name in _FACTS}
    return {name: row[name] for name in _FACTS}


def links(competition_id: int) -> Iterator[tuple[int, Mapping[str, Any], str, str]]:
    """The chain from its beginning, in pieces: position, facts, previous hash, hash."""
    after = 0
    while True:
        query = sa.select(_versions).where(
            _versions.c.competition_id == competition_id, _versions.c.position > after
        )
        rows = db.session.execute(query.order_by(_versions.c.position).limit(_CHUNK)).mappings().all()
        for row in rows:
            after = row["position"]
            yield after, facts(row), row["previous_hash"], row["hash"]
        if len(rows) < _CHUNK:
            return
