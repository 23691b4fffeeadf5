"""A competition is made, its criteria are written down, and frozen when judging opens."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.accounts.services import record_audit
from app.competition import terms
from app.competition.models import (
    Category,
    Competition,
    CompetitionState,
    Criterion,
    Entrant,
    Gate,
    SheetChain,
    Stage,
    StageCode,
)
from app.competition.queries import contest, results
from app.competition.rules import chain, freezing
from app.competition.rules.templates import LEVELS, SCORES, Template
from app.core.db import db, rows_changed
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _
from app.core.slugs import slug_of

GOES_ON = 10  # how many of a category reach the second stage, unless told
MOST_CATEGORIES = 20


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A stage to be made."""

    code: StageCode
    name: str
    goes_on: int | None


@dataclass(frozen=True, slots=True)
class NewCompetition:
    """What the wizard asks for. ``categories``: names with the kinds of cooperative that belong there."""

    name: str
    stages: tuple[StagePlan, ...]
    categories: tuple[tuple[str, tuple[str, ...]], ...]
    template: Template | None
    judges_each: int
    objection_days: int
    legal_basis: str
    blind: bool
    gates: tuple[Gate, ...]


def create(festival_id: int, asked: NewCompetition, by_id: int | None, now: datetime) -> Competition:
    """A new competition with its stages and categories, and the criteria of a template at every stage."""
    taken = set(db.session.scalars(sa.select(Competition.slug)))
    made = Competition(
        festival_id=festival_id, slug=slug_of(asked.name, taken), name=asked.name, state=CompetitionState.SETUP,
        stage_position=1, objection_days=asked.objection_days, tie_chain=[], method="shrunk",
        seed=secrets.randbelow(2**31), legal_basis=asked.legal_basis, blind=asked.blind,
        gates=[gate.value for gate in asked.gates], version=1, created_at=now,
    )  # fmt: skip
    made.stages = [
        Stage(position=place, code=plan.code, name=plan.name, judges_each=asked.judges_each, goes_on=plan.goes_on)
        for place, plan in enumerate(asked.stages, 1)
    ]
    made.categories = [
        Category(position=place, name=name, kinds=list(kinds))
        for place, (name, kinds) in enumerate(asked.categories, 1)
    ]
    db.session.add(made)
    db.session.flush()
    db.session.add(SheetChain(competition_id=made.id, length=0, hash=chain.beginning(made.id)))
    if asked.template is not None:
        for stage in made.stages:
            copy_template(made, stage, asked.template)
    record_audit("competition.created", f"competition:{made.id}", by_id, now)
    return made


def copy_template(competition: Competition, stage: Stage, template: Template) -> None:
    """The criteria of a template, for all categories, with five levels in general words."""
    levels = [[score, text] for score, text in zip(SCORES, LEVELS, strict=True)]
    for place, one in enumerate(template.criteria, 1):
        made = Criterion(
            competition_id=competition.id, stage_id=stage.id, category_id=None, position=place, code=one.code,
            name=one.name[:120], weight=one.weight, scale_min=SCORES[0], scale_max=SCORES[-1], levels=levels,
            evidence=one.evidence[:400],
        )  # fmt: skip
        db.session.add(made)
    db.session.flush()


def edit(competition: Competition, version: int, fields: dict[str, Any], by_id: int | None, now: datetime) -> None:
    """Change what is not frozen (name, legal basis, objection days); before freezing also the rest.

    Raises:
        DomainError: ``frozen``, ``in_minutes``, ``edited_meanwhile``.
    """
    frozen = {"tie_chain", "method", "seed"} & {
        name for name, value in fields.items() if getattr(competition, name) != value
    }
    if frozen:
        refuse_frozen(competition)
    if fields.get("objection_days", competition.objection_days) != competition.objection_days:
        _refuse_written(competition)
    met = rows_changed(
        sa.update(Competition)
        .where(Competition.id == competition.id, Competition.version == version)
        .values(**fields, version=Competition.version + 1)
    )
    if not met:
        raise DomainError("edited_meanwhile", _("Orang lain baru saja mengubahnya. Muat ulang, lalu ulangi."))
    db.session.refresh(competition)
    record_audit("competition.edited", f"competition:{competition.id}", by_id, now, fields=sorted(fields))


def _refuse_written(competition: Competition) -> None:
    """The minutes of the last stage promise how long objections are taken; nobody shortens that afterwards."""
    last = results.last_stage(competition.id)
    if last is not None and any(one.stage_id == last.id for one in results.minutes_of(competition.id)):
        text = _("Masa sanggah sudah tertulis di berita acara, jadi tidak dapat diubah. Draf dapat dibuang dulu.")
        raise DomainError("in_minutes", text)


def refuse_frozen(competition: Competition) -> None:
    """Raises DomainError ``frozen`` once judging has opened. Locks the row, so that nobody opens it meanwhile."""
    state = db.session.scalar(
        sa.select(Competition.state).where(Competition.id == competition.id).with_for_update()
    )
    if state is not CompetitionState.SETUP:
        message = _("Kriteria dan bobot sudah dibekukan sejak penilaian dibuka, dan tidak dapat diubah lagi.")
        raise DomainError("frozen", message)


def edit_stage(stage: Stage, name: str, judges_each: int, goes_on: int | None) -> None:
    """What may change of a stage at any time: nothing of it decides what a score is worth."""
    stage.name, stage.judges_each, stage.goes_on = name, judges_each, goes_on
    db.session.flush()


def add_category(competition: Competition, name: str, kinds: Sequence[str]) -> Category:
    """One more category. Raises DomainError ``frozen``, InvalidInput ``name_taken`` or ``too_many``."""
    refuse_frozen(competition)
    if len(competition.categories) >= MOST_CATEGORIES:
        message = _("Paling banyak %(most)s kategori.", most=MOST_CATEGORIES)
        raise InvalidInput(message, {"name": message}, code="too_many")
    position = max((one.position for one in competition.categories), default=0) + 1
    made = Category(competition_id=competition.id, position=position, name=name, kinds=list(kinds))
    _add(made, "name", _("Nama kategori ini sudah ada."))
    return made


def remove_category(competition: Competition, category: Category) -> None:
    """Take a category away that nobody is in. Raises DomainError ``frozen``, ``in_use``."""
    refuse_frozen(competition)
    used = sa.select(sa.func.count()).select_from(Entrant).where(Entrant.category_id == category.id)
    if db.session.scalar(used):
        raise DomainError("in_use", _("Kategori ini masih berisi peserta. Pindahkan atau keluarkan mereka dulu."))
    db.session.execute(sa.delete(Criterion).where(Criterion.category_id == category.id))
    db.session.execute(sa.delete(Category).where(Category.id == category.id))


@dataclass(frozen=True, slots=True)
class CriterionFields:
    """What the form of a criterion gives."""

    stage_id: int
    category_id: int | None
    code: str
    name: str
    weight: int
    scale_min: int
    scale_max: int
    levels: tuple[tuple[int, str], ...]
    evidence: str


def put_criterion(
    competition: Competition, criterion: Criterion | None, fields: CriterionFields, by_id: int | None, now: datetime
) -> Criterion:
    """A new criterion, or a changed one.

    Raises:
        DomainError: ``frozen``.
        InvalidInput: ``code_taken`` within the sheet, ``too_many``, ``levels``.
    """
    refuse_frozen(competition)
    _check_criterion(competition, criterion, fields)
    values: dict[str, Any] = {
        "stage_id": fields.stage_id, "category_id": fields.category_id, "code": fields.code, "name": fields.name,
        "weight": fields.weight, "scale_min": fields.scale_min, "scale_max": fields.scale_max,
        "levels": [[score, text] for score, text in fields.levels], "evidence": fields.evidence,
    }  # fmt: skip
    if criterion is None:
        last = sa.select(sa.func.max(Criterion.position)).where(Criterion.stage_id == fields.stage_id)
        position = (db.session.scalar(last) or 0) + 1
        criterion = Criterion(competition_id=competition.id, position=position, **values)
        _add(criterion, "code", _("Kode ini sudah dipakai pada lembar yang sama."))
    else:
        for name, value in values.items():
            setattr(criterion, name, value)
        _add(criterion, "code", _("Kode ini sudah dipakai pada lembar yang sama."))
    record_audit("criterion.put", f"criterion:{criterion.id}", by_id, now, code=fields.code, weight=fields.weight)
    return criterion


def _check_criterion(competition: Competition, criterion: Criterion | None, fields: CriterionFields) -> None:
    others = [one for one in contest.criteria_of(competition.id) if criterion is None or one.id != criterion.id]
    same = [
        one for one in others
        if one.stage_id == fields.stage_id
        and (one.category_id is None or fields.category_id in (None, one.category_id))
    ]  # fmt: skip
    if any(one.code.casefold() == fields.code.casefold() for one in same):
        message = _("Kode ini sudah dipakai pada lembar yang sama.")
        raise InvalidInput(message, {"code": message}, code="code_taken")
    if len(others) >= freezing.MOST_CRITERIA * len(competition.stages):
        message = _("Paling banyak %(most)s kriteria tiap tahap.", most=freezing.MOST_CRITERIA)
        raise InvalidInput(message, {"name": message}, code="too_many")
    scores = [score for score, _text in fields.levels]
    if scores and (len(set(scores)) != len(scores) or len(scores) < 2):
        message = _("Tiap tingkat perlu nilai yang berbeda, dan sedikitnya ada dua tingkat.")
        raise InvalidInput(message, {"levels": message}, code="levels")


def remove_criterion(competition: Competition, criterion: Criterion, by_id: int | None, now: datetime) -> None:
    """Take a criterion away. Raises DomainError ``frozen``."""
    refuse_frozen(competition)
    db.session.execute(sa.delete(Criterion).where(Criterion.id == criterion.id))
    record_audit("criterion.removed", f"criterion:{criterion.id}", by_id, now, code=criterion.code)


def use_template(
    competition: Competition, stage: Stage, template: Template, by_id: int | None, now: datetime
) -> None:
    """Criteria of a template instead of those that a stage has. Raises DomainError ``frozen``."""
    refuse_frozen(competition)
    db.session.execute(sa.delete(Criterion).where(Criterion.stage_id == stage.id))
    copy_template(competition, stage, template)
    record_audit("criterion.template", f"stage:{stage.id}", by_id, now, template=template.key)


def unready(competition: Competition) -> list[freezing.Unready]:
    """What stands between these criteria and judging."""
    return freezing.not_ready(
        contest.facts_of(competition), [stage.position for stage in competition.stages],
        [category.name for category in competition.categories], competition.tie_chain,
    )  # fmt: skip


def hash_of(competition: Competition) -> str:
    """The fingerprint of the criteria as they are now."""
    return freezing.weights_hash(
        contest.facts_of(competition), competition.tie_chain, competition.method, competition.seed
    )


def freeze(competition: Competition, by_id: int | None, now: datetime) -> str:
    """Freeze criteria and weights and open judging; returns their fingerprint. Doing it again changes nothing.

    Raises:
        DomainError: ``not_ready`` with every reason.
    """
    db.session.execute(sa.select(Competition.id).where(Competition.id == competition.id).with_for_update())
    db.session.refresh(competition)
    if competition.weights_hash is not None:
        return competition.weights_hash
    if reasons := unready(competition):
        raise DomainError("not_ready", " ".join(terms.unready(reason, competition) for reason in reasons))
    found = hash_of(competition)
    competition.weights_hash, competition.frozen_at, competition.frozen_by_id = found, now, by_id
    competition.state = CompetitionState.JUDGING
    db.session.flush()
    record_audit("competition.frozen", f"competition:{competition.id}", by_id, now, weights=found)
    return found


def _add(made: Category | Criterion, field: str, taken: str) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:
        raise InvalidInput(taken, {field: taken}, code=f"{field}_taken") from None
