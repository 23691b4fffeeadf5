"""Entrants, their gates and files."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from app.competition.models import DossierFile, DossierLink, Eligibility, Entrant, FilePurpose
from app.competition.rules.gates import may_enter
from app.competition.rules.states import GateValue
from app.cooperatives.models import Cooperative, CooperativeStatus, Definition
from app.core.crypto import hash_token
from app.core.db import db

MOST = 500  # entrants of a competition
MOST_FILES = 40  # files of an entrant


def entrant_by_id(entrant_id: int) -> Entrant | None:
    """An entrant."""
    return db.session.get(Entrant, entrant_id)


def entrants_of(competition_id: int, stage_position: int = 1, *, withdrawn: bool = True) -> list[Entrant]:
    """Entrants who reach this stage, by number."""
    query = sa.select(Entrant).where(Entrant.competition_id == competition_id, Entrant.last_stage >= stage_position)
    if not withdrawn:
        query = query.where(Entrant.withdrawn_at.is_(None))
    return list(db.session.scalars(query.order_by(Entrant.number).limit(MOST)))


def entered(competition_id: int, cooperative_ids: Collection[int]) -> set[int]:
    """Which of these cooperatives take part already."""
    query = sa.select(Entrant.cooperative_id).where(
        Entrant.competition_id == competition_id, Entrant.cooperative_id.in_(cooperative_ids)
    )
    return set(db.session.scalars(query))


def last_number(competition_id: int) -> int:
    """The highest number of an entrant, 0 without any."""
    query = sa.select(sa.func.max(Entrant.number)).where(Entrant.competition_id == competition_id)
    return db.session.scalar(query) or 0


def gates_of(competition_id: int) -> dict[int, list[Eligibility]]:
    """The gates of every entrant, by its id."""
    query = sa.select(Eligibility).join(Entrant, Entrant.id == Eligibility.entrant_id)
    found: dict[int, list[Eligibility]] = {}
    for row in db.session.scalars(query.where(Entrant.competition_id == competition_id).order_by(Eligibility.id)):
        found.setdefault(row.entrant_id, []).append(row)
    return found


def admitted(competition_id: int, stage_position: int) -> list[Entrant]:
    """Entrants of a stage who did not withdraw and whose gates all say yes."""
    gates = gates_of(competition_id)
    return [
        entrant
        for entrant in entrants_of(competition_id, stage_position, withdrawn=False)
        if may_enter(gate.value for gate in gates.get(entrant.id, ())) is GateValue.YES
    ]


def records_of(cooperative_ids: Collection[int]) -> tuple[dict[int, Any], dict[int, list[Any]]]:
    """What the directory knows for the gates: nik, nik_status, last_meeting by id; statuses of yearly meetings."""
    of, status = Cooperative, CooperativeStatus
    known = sa.select(of.id, of.nik, of.nik_status, of.last_meeting).where(of.id.in_(cooperative_ids))
    held = sa.select(status.cooperative_id, status.as_of, status.value).where(
        status.cooperative_id.in_(cooperative_ids), status.definition == Definition.MEETING
    )
    by_id: dict[int, list[Any]] = {}
    for row in db.session.execute(held):
        by_id.setdefault(row.cooperative_id, []).append(row)
    return {row.id: row for row in db.session.execute(known)}, by_id


def entrant_of_link(token: str) -> Entrant | None:
    """Whose secret address this is, while it works."""
    return db.session.scalar(
        sa.select(Entrant)
        .join(DossierLink, DossierLink.entrant_id == Entrant.id)
        .where(DossierLink.token_hash == hash_token(token), DossierLink.ended_at.is_(None))
    )


def files_of(entrant_id: int, purpose: FilePurpose | None = None) -> list[DossierFile]:
    """Files that were not removed, the oldest first."""
    query = sa.select(DossierFile).where(DossierFile.entrant_id == entrant_id, DossierFile.removed_at.is_(None))
    if purpose:
        query = query.where(DossierFile.purpose == purpose)
    return list(db.session.scalars(query.order_by(DossierFile.id).limit(MOST_FILES * 2)))


def file_by_id(file_id: int) -> DossierFile | None:
    """A file that was not removed."""
    found = db.session.get(DossierFile, file_id)
    return None if found is None or found.removed_at else found


def file_counts(competition_id: int) -> dict[int, int]:
    """How many dossier files each entrant sent."""
    query = (
        sa.select(DossierFile.entrant_id, sa.func.count())
        .join(Entrant, Entrant.id == DossierFile.entrant_id)
        .where(
            Entrant.competition_id == competition_id, DossierFile.removed_at.is_(None),
            DossierFile.purpose == FilePurpose.DOSSIER,
        )
        .group_by(DossierFile.entrant_id)
    )  # fmt: skip
    return {entrant_id: count for entrant_id, count in db.session.execute(query)}
