"""Who may deliberate, and what the panel decides: new versions with reasons, and who disagrees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Permission, User
from app.accounts.services import record_audit
from app.competition import result_words
from app.competition.models import (
    Assignment,
    Category,
    Competition,
    Dissent,
    Entrant,
    Judge,
    Minutes,
    Result,
    ScoreSheet,
    SheetState,
    Stage,
)
from app.competition.queries import results
from app.competition.rules import deliberation
from app.competition.rules.minutes import digest
from app.competition.services.results import DELIBERATED
from app.core.db import db
from app.core.errors import DomainError, InvalidInput, NotFound
from app.core.i18n import gettext as _

MOST_DISSENT = 1000


@dataclass(frozen=True, slots=True)
class Panelist:
    """Somebody who may see results before they are announced. ``judge``: None for the committee."""

    user_id: int
    judge: Judge | None
    committee: bool


def panelist(competition: Competition, user: User) -> Panelist:
    """As whom this user may see the panel's pages.

    Raises:
        NotFound: for everybody else, as if there were no such page.
    """
    judge = results.judge_of_user(competition.id, user.id)
    committee = user.may(Permission.MANAGE_COMPETITIONS)
    if judge is None and not committee:
        raise NotFound(_("Lomba ini tidak ada."))
    return Panelist(user.id, judge, committee)


def locked_out(category: Category) -> frozenset[int]:
    """Judges with a declared conflict about an entrant of this category who takes part."""
    conflicts = results.conflicts_in(category.id)
    entrants = {entrant for named in conflicts.values() for entrant in named}
    return deliberation.locked_out(conflicts, entrants)


def admit(who: Panelist, category: Category, stage: Stage | None = None) -> None:
    """Let a panelist see and discuss the result of a category; at one stage, or whatever the stage.

    Raises:
        DomainError: ``locked_out`` (403): a declared conflict; ``sheet_open`` (403): a sheet of one's own is
            still to be locked; both also for one of the committee who judges.
    """
    if (refusal := _refusal(who, category, stage)) is not None:
        raise refusal


def _refusal(who: Panelist, category: Category, stage: Stage | None) -> DomainError | None:
    """Why somebody may not see a result; None where they may."""
    if who.judge is None:
        return None
    if who.judge.id in locked_out(category):
        text = _(
            "Anda menyatakan benturan kepentingan dengan peserta kategori ini, jadi Anda tidak ikut membahas "
            "hasilnya. Anda melihatnya setelah diumumkan."
        )
        return DomainError("locked_out", text, status=403)
    if _has_open_sheet(who.judge, category, stage):
        text = _(
            "Lembar nilai Anda di kategori ini belum semuanya terkunci, jadi hasilnya belum dapat Anda lihat. "
            "Kunci dulu lembar itu dari Lembar saya."
        )
        return DomainError("sheet_open", text, status=403)
    return None


def admit_somewhere(who: Panelist, stage: Stage) -> None:
    """Let a panelist speak about a stage: who may see no result of it has nothing to say about any.

    Raises:
        DomainError: as ``admit``, where every category refuses.
    """
    categories = results.categories_with_entrants(stage.competition_id, stage.position)
    refusals = [_refusal(who, category, stage) for category in categories]
    if refusals and all(refusals) and refusals[0] is not None:
        raise refusals[0]


def admit_reader(who: Panelist, of: Minutes) -> None:
    """Let a panelist read minutes: they tell the whole result. Once announced, those in force are everybody's.

    A judge who signs reads them whole, unless a conflict shuts that judge out of all that they are about (then
    it is one of the committee, named there as their recorder, or the conflict came later).

    Raises:
        DomainError: as ``admit``.
    """
    if who.judge is None or _is_public(of):
        return
    stage, found = db.session.get_one(Stage, of.stage_id), _categories_in(of)
    signs = who.judge.name in {row[0] for row in of.content["signers"]}
    if signs and not all(who.judge.id in locked_out(category) for category in found):
        return
    for category in found:
        admit(who, category, stage)


def _is_public(of: Minutes) -> bool:
    announced = db.session.get_one(Competition, of.competition_id).announced_at
    return announced is not None and of.signed_at is not None


def _categories_in(of: Minutes) -> list[Category]:
    """The categories that minutes rank."""
    query = sa.select(Category).join(Result, Result.category_id == Category.id)
    return list(db.session.scalars(query.where(Result.id.in_(of.content["results"])).order_by(Category.position)))


def _has_open_sheet(judge: Judge, category: Category, stage: Stage | None) -> bool:
    """Whether this judge still has to lock a sheet here: until then they do not see what others gave."""
    of_sheet = sa.and_(
        ScoreSheet.judge_id == Assignment.judge_id, ScoreSheet.entrant_id == Assignment.entrant_id,
        ScoreSheet.stage_id == Assignment.stage_id, ScoreSheet.state == SheetState.LOCKED,
    )  # fmt: skip
    query = (
        sa.select(Assignment.id)
        .join(Entrant, Entrant.id == Assignment.entrant_id)
        .outerjoin(ScoreSheet, of_sheet)
        .where(
            Assignment.judge_id == judge.id, Assignment.ended_at.is_(None), Entrant.category_id == category.id,
            Entrant.withdrawn_at.is_(None), ScoreSheet.id.is_(None),
        )
    )  # fmt: skip
    if stage is not None:
        query = query.where(Assignment.stage_id == stage.id)
    return db.session.scalar(query.limit(1)) is not None


def deliberate(who: Panelist, result: Result, places: Mapping[str, int], reason: str, now: datetime) -> Result:
    """The panel's order as a new version; the one before stays. It counts once minutes with it are signed.

    Raises:
        DomainError: ``edited_meanwhile`` when there is a newer version.
        InvalidInput: what is wrong with the places or the reason.
    """
    latest = results.latest_result(result.category_id, result.stage_id)
    if latest is None or latest.id != result.id:
        raise DomainError("edited_meanwhile", _("Hasil ini baru saja berubah. Muat ulang, lalu ulangi."))
    before = {row["entrant"]: row["place"] for row in result.content["places"]}
    reason = " ".join(reason.split())
    if fault := deliberation.change_fault(before, places, reason):
        text = result_words.change_fault(fault)
        field = "reason" if fault is deliberation.ChangeFault.NO_REASON else "places"
        raise InvalidInput(text, {field: text}, code=fault.value)
    content = dict(result.content)
    decided = {row["entrant"]: row["decided"] for row in content["places"]}
    moved = deliberation.moved(before, places)
    changed = {one.entrant for one in moved}
    content["places"] = sorted(
        (
            {"entrant": name, "place": place, "decided": "panel" if name in changed else decided[name]}
            for name, place in places.items()
        ),
        key=lambda row: (row["place"], row["entrant"]),
    )
    content["changes"] = [*content.get("changes", ()), *(_change(one, reason) for one in moved)]
    made = Result(
        competition_id=result.competition_id, category_id=result.category_id, stage_id=result.stage_id,
        number=result.number + 1, kind=DELIBERATED, computed_at=now, content=content, hash=digest(content),
        chain_hash=result.chain_hash, reason=reason, based_on_id=result.id, by_id=who.user_id,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    record_audit("result.deliberated", f"result:{made.id}", who.user_id, now, hash=made.hash, based_on=result.id)
    return made


def _change(one: deliberation.Moved, reason: str) -> dict[str, Any]:
    return {"entrant": one.entrant, "before": one.before, "after": one.after, "reason": reason}


def dissent(who: Panelist, stage: Stage, text: str, now: datetime) -> Dissent:
    """A judge disagrees; it will stand in the minutes.

    Raises:
        DomainError: ``not_a_judge`` (403); as ``admit_somewhere``.
        InvalidInput: ``empty`` or ``too_long``.
    """
    if who.judge is None:
        raise DomainError("not_a_judge", _("Hanya juri yang dapat mencatat pendapat berbeda."), status=403)
    admit_somewhere(who, stage)
    cleaned = " ".join(text.split())
    if not cleaned or len(cleaned) > MOST_DISSENT:
        message = _("Tulis pendapat Anda, paling banyak %(most)s huruf.", most=MOST_DISSENT)
        raise InvalidInput(message, {"text": message}, code="empty" if not cleaned else "too_long")
    made = Dissent(
        competition_id=stage.competition_id, stage_id=stage.id, judge_id=who.judge.id, text=cleaned, at=now
    )
    db.session.add(made)
    db.session.flush()
    record_audit("result.dissent", f"stage:{stage.id}", who.user_id, now, judge=who.judge.id)
    return made
