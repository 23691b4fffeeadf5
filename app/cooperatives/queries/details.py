"""One cooperative and what belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from app.accounts.models import User
from app.cooperatives.models import (
    CaseState,
    CoachingCase,
    Cooperative,
    CooperativeChange,
    CooperativeImport,
    CooperativeStatus,
    CooperativeYear,
    Definition,
    DigitalReadiness,
    ImportState,
    MemberCount,
)
from app.cooperatives.rules import LIVE
from app.core.db import db
from app.regions.models import Kecamatan, Kelurahan

T = TypeVar("T")
PAGE: Final = 50
MOST_DETAILS: Final = 60  # years, counts of members, statuses shown of one cooperative


def by_id(cooperative_id: int) -> Cooperative | None:
    """A cooperative, merged or not."""
    return db.session.get(Cooperative, cooperative_id)


def by_slug(slug: str) -> Cooperative | None:
    """A cooperative by its address, merged or not."""
    return db.session.scalar(sa.select(Cooperative).where(Cooperative.slug == slug))


def final_of(cooperative: Cooperative) -> Cooperative:
    """What a cooperative was merged into, itself where it was not (merging never leaves chains)."""
    into = cooperative.merged_into_id
    return cooperative if into is None else db.session.get_one(Cooperative, into)


def all_live() -> list[Any]:
    """What imports compare with: id, slug, nik, legal_key, name, kecamatan_code of every live cooperative."""
    columns = (Cooperative.id, Cooperative.slug, Cooperative.nik, Cooperative.legal_key, Cooperative.name)
    query = sa.select(*columns, Cooperative.kecamatan_code).where(Cooperative.merged_into_id.is_(None))
    return list(db.session.execute(query.order_by(Cooperative.id)))


def place_of(cooperative: Cooperative) -> tuple[str | None, str | None]:
    """Names of kelurahan and kecamatan."""
    kelurahan = db.session.get(Kelurahan, cooperative.kelurahan_code) if cooperative.kelurahan_code else None
    kecamatan = db.session.get(Kecamatan, cooperative.kecamatan_code) if cooperative.kecamatan_code else None
    return kelurahan.name if kelurahan else None, kecamatan.name if kecamatan else None


def years_of(cooperative_id: int) -> list[CooperativeYear]:
    """Figures, the latest year first."""
    query = sa.select(CooperativeYear).where(CooperativeYear.cooperative_id == cooperative_id)
    return list(db.session.scalars(query.order_by(CooperativeYear.year.desc()).limit(MOST_DETAILS)))


def members_of(cooperative_id: int) -> list[MemberCount]:
    """Counts of members, the latest first."""
    query = sa.select(MemberCount).where(MemberCount.cooperative_id == cooperative_id)
    return list(db.session.scalars(query.order_by(MemberCount.as_of.desc()).limit(MOST_DETAILS)))


def statuses_of(cooperative_id: int, definition: Definition | None = None) -> list[CooperativeStatus]:
    """Statuses, the latest first."""
    of = CooperativeStatus
    query = sa.select(of).where(of.cooperative_id == cooperative_id)
    if definition:
        query = query.where(of.definition == definition)
    return list(db.session.scalars(query.order_by(of.as_of.desc(), of.id.desc()).limit(MOST_DETAILS)))


def readiness_of(cooperative_id: int) -> list[DigitalReadiness]:
    """Assessments of digital readiness, the latest first."""
    query = sa.select(DigitalReadiness).where(DigitalReadiness.cooperative_id == cooperative_id)
    return list(db.session.scalars(query.order_by(DigitalReadiness.as_of.desc()).limit(MOST_DETAILS)))


def merged_into(cooperative_id: int) -> list[Cooperative]:
    """Those that were merged into this one."""
    query = sa.select(Cooperative).where(Cooperative.merged_into_id == cooperative_id)
    return list(db.session.scalars(query.order_by(Cooperative.id).limit(MOST_DETAILS)))


def changes_of(cooperative_id: int, before_id: int | None = None) -> list[Any]:
    """History of a cooperative and of those merged into it, the latest first: change, user, of whom."""
    ids = sa.select(Cooperative.id).where(
        sa.or_(Cooperative.id == cooperative_id, Cooperative.merged_into_id == cooperative_id)
    )
    query = (
        sa.select(CooperativeChange, User.name, Cooperative.name)
        .join(Cooperative, Cooperative.id == CooperativeChange.cooperative_id)
        .outerjoin(User, User.id == CooperativeChange.user_id)
        .where(CooperativeChange.cooperative_id.in_(ids))
    )
    if before_id:
        query = query.where(CooperativeChange.id < before_id)
    return list(db.session.execute(query.order_by(CooperativeChange.id.desc()).limit(PAGE + 1)))


def cases(state: CaseState | None, cooperative_id: int | None = None, before_id: int | None = None) -> list[Any]:
    """Coaching cases with name and id of their cooperative: live ones by due date, others the latest first."""
    query = sa.select(CoachingCase, Cooperative.name, Cooperative.id).join(CoachingCase.cooperative)
    query = query.where(CoachingCase.state == state if state else CoachingCase.state.in_(sorted(LIVE)))
    if cooperative_id:
        query = query.where(CoachingCase.cooperative_id == cooperative_id)
    if before_id:
        query = query.where(CoachingCase.id < before_id)
    return list(db.session.execute(query.order_by(CoachingCase.id.desc()).limit(PAGE + 1)))


def cases_of(cooperative_id: int) -> list[CoachingCase]:
    """All cases of one cooperative, the latest first."""
    query = sa.select(CoachingCase).where(CoachingCase.cooperative_id == cooperative_id)
    return list(db.session.scalars(query.order_by(CoachingCase.id.desc()).limit(MOST_DETAILS)))


def case_by_id(case_id: int) -> CoachingCase | None:
    """A coaching case."""
    return db.session.get(CoachingCase, case_id)


def import_by_id(import_id: int) -> CooperativeImport | None:
    """An upload."""
    return db.session.get(CooperativeImport, import_id)


def recent_imports() -> list[Any]:
    """The last uploads that were not thrown away, without their rows: id, file_name, state, counts, created_at."""
    of = CooperativeImport
    query = sa.select(of.id, of.file_name, of.state, of.counts, of.created_at, of.row_count)
    query = query.where(of.state != ImportState.DISCARDED).order_by(of.id.desc()).limit(10)
    return list(db.session.execute(query))


def chunks(items: list[T], size: int = 500) -> Iterator[list[T]]:
    """A list in pieces that fit an IN clause."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
