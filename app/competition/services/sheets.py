"""Score sheets: every save is a version that stays; locking, opening again, and sheets typed from paper.

All that writes on a competition's sheets queues for one row, the end of its chain of hashes (``SheetChain``), and
reads the sheet after that: whoever comes second sees what the first has done.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.accounts.services import record_audit
from app.competition import terms
from app.competition.models import (
    CompetitionState,
    Judge,
    Reopening,
    ScoreSheet,
    SheetChain,
    SheetState,
    SheetVersion,
    VersionKind,
)
from app.competition.queries import contest
from app.competition.queries import sheets as queries
from app.competition.queries.sheets import OpenedSheet
from app.competition.rules import chain, scoring
from app.competition.rules.freezing import CriterionFacts
from app.competition.rules.scoring import Draft as Draft
from app.core.db import db, rows_changed, table
from app.core.errors import DomainError, InvalidInput, NotFound
from app.core.hooks import Hook
from app.core.i18n import gettext as _

after_lock: Hook[[int, datetime], None] = Hook()  # id of a stage, now: a sheet of it was locked or opened again
_chain, _versions = table(SheetChain), table(SheetVersion)


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a draft. ``version`` is kept whatever happens; ``aside`` says why it is not the one that
    counts: ``locked``, ``older``, ``not_assigned``, ``closed``, ``withdrawn``; None when it counts.
    """

    version: SheetVersion
    sheet: ScoreSheet
    aside: str | None


def save(judge: Judge, sheet_id: int, draft: Draft, now: datetime) -> Saved:
    """Keep a draft of the judge's own sheet as a new version. Sending it again gives the same answer.

    Raises:
        NotFound: the sheet is not this judge's.
        InvalidInput: scores or remarks that cannot stand on this sheet (fields ``scores.K``, ``remarks.K``).
        DomainError: ``judge_removed``, ``client_id_used`` for something else.
    """
    opened = _locked_open(sheet_id, judge)
    if (before := queries.version_by_client_id(draft.client_id)) is not None:
        if before.sheet_id != sheet_id:
            raise DomainError("client_id_used", _("Kiriman ini sudah dipakai untuk lembar lain."))
        return Saved(before, opened.sheet, _why_not(before, opened))
    check(criteria_of(opened), draft.scores, draft.remarks)
    sheet = opened.sheet
    current = queries.version(sheet.id, sheet.current) if sheet.current else None
    conflict = queries.unseen(sheet.id, draft.based_on, draft.device)
    aside = _not_writable(opened)
    if aside is None and conflict and current is not None and draft.saved_at < current.saved_at:
        aside = "older"
    made = _append(
        opened, VersionKind.SAVED, draft.scores, draft.remarks, now, entered_by_id=judge.user_id or 0,
        device=draft.device, client_id=draft.client_id, based_on=draft.based_on, conflict=conflict,
        saved_at=min(draft.saved_at, now), counts=aside is None,
    )  # fmt: skip
    return Saved(made, sheet, aside)


def _why_not(before: SheetVersion, opened: OpenedSheet) -> str | None:
    """Why what was sent before does not count now; None where it does, or did until something newer came."""
    current = opened.sheet.current
    if before.number == current or (before.number < current and not before.conflict):
        return None
    return _not_writable(opened) or "older"


def check(criteria: list[CriterionFacts], scores: Mapping[str, int], remarks: Mapping[str, str]) -> None:
    """Raises InvalidInput with the cells that cannot be."""
    found = scoring.faults(criteria, scores, remarks)
    if found:
        in_scores = {fault.criterion for fault in found if fault.what == "scale" or fault.criterion in scores}
        fields = {
            f"{'scores' if fault.criterion in in_scores else 'remarks'}.{fault.criterion}": terms.bad_cell(fault)
            for fault in found
        }
        raise InvalidInput(next(iter(fields.values())), fields, code="bad_sheet")


def criteria_of(opened: OpenedSheet) -> list[CriterionFacts]:
    """What is judged on this sheet."""
    rows = contest.sheet_criteria(opened.stage.id, opened.entrant.category_id)
    return [contest.as_facts(row) for row in rows]


def lock(judge: Judge, sheet_id: int, based_on: int, device: str, now: datetime) -> ScoreSheet:
    """The judge is done with a sheet. Locking a locked one changes nothing.

    Raises:
        NotFound: not this judge's sheet.
        InvalidInput: ``incomplete``, with the criteria that lack a score.
        DomainError: ``conflict`` unsolved or seen too late, ``closed``, ``withdrawn``, ``not_assigned``.
    """
    opened = _locked_open(sheet_id, judge)
    if opened.sheet.state is SheetState.LOCKED:
        return opened.sheet
    if (why := _not_writable(opened)) is not None:
        raise _cannot_write(why)
    if opened.sheet.current != based_on or queries.open_conflict(opened.sheet) is not None:
        message = _("Lembar ini juga diisi dari perangkat lain. Pilih dulu isian yang benar, lalu kunci.")
        raise DomainError("conflict", message)
    current = queries.version(sheet_id, opened.sheet.current)
    _refuse_incomplete(opened, current.scores if current is not None else {})
    assert current is not None  # noqa: S101 - an incomplete sheet was refused
    _append(
        opened, VersionKind.LOCKED, current.scores, current.remarks, now, entered_by_id=judge.user_id or 0,
        device=device, based_on=current.number,
    )  # fmt: skip
    _set_state(opened.sheet, SheetState.LOCKED, now)
    record_audit("sheet.locked", f"sheet:{sheet_id}", judge.user_id, now)
    after_lock(opened.stage.id, now)
    return opened.sheet


def _refuse_incomplete(opened: OpenedSheet, scores: Mapping[str, int]) -> None:
    lacking = scoring.missing(criteria_of(opened), scores)
    if lacking:
        message = _("Masih ada %(count)s kriteria yang belum dinilai.", count=len(lacking))
        raise InvalidInput(message, {f"scores.{code}": _("Belum dinilai.") for code in lacking}, code="incomplete")


def type_from_paper(
    sheet_id: int, scores: Mapping[str, int], remarks: Mapping[str, str], by_id: int, now: datetime
) -> SheetVersion:
    """One of the committee types what stands on paper; it counts when another has compared it.

    Raises:
        NotFound, InvalidInput (``incomplete``, ``bad_sheet``).
        DomainError: ``locked``, or why nothing may be written.
    """
    opened = _locked_open(sheet_id)
    if (why := _not_writable(opened)) is not None:
        raise _cannot_write(why)
    check(criteria_of(opened), scores, remarks)
    _refuse_incomplete(opened, scores)
    made = _append(
        opened, VersionKind.PAPER, scores, remarks, now, entered_by_id=by_id, on_behalf_of_id=opened.judge.id,
        based_on=opened.sheet.current, counts=False,
    )  # fmt: skip
    record_audit("sheet.typed", f"sheet:{sheet_id}", by_id, now)
    return made


def confirm_paper(sheet_id: int, number: int, by_id: int, now: datetime) -> ScoreSheet:
    """Another has compared what was typed with the paper: it counts now, and the sheet is locked.

    Raises:
        NotFound: nothing waits.
        DomainError: ``same_person``; ``changed`` when it is not the version that was compared.
    """
    opened = _locked_open(sheet_id)
    if (why := _not_writable(opened)) is not None:
        raise _cannot_write(why)
    typed = queries.waiting_paper(opened.sheet)
    if typed is None:
        raise NotFound(_("Tidak ada isian kertas yang menunggu di lembar ini."))
    if typed.number != number:
        raise DomainError("changed", _("Isian ini baru saja berubah. Bandingkan lagi dengan kertasnya."))
    if typed.entered_by_id == by_id:
        message = _("Yang membandingkan harus orang lain, bukan yang mengetik.")
        raise DomainError("same_person", message, status=403)
    done = _append(
        opened, VersionKind.CONFIRMED, typed.scores, typed.remarks, now, entered_by_id=typed.entered_by_id,
        on_behalf_of_id=opened.judge.id, confirmed_by_id=by_id, based_on=typed.number,
    )  # fmt: skip
    _append(
        opened, VersionKind.LOCKED, typed.scores, typed.remarks, now, entered_by_id=by_id,
        on_behalf_of_id=opened.judge.id, based_on=done.number,
    )  # fmt: skip
    _set_state(opened.sheet, SheetState.LOCKED, now)
    record_audit("sheet.confirmed", f"sheet:{sheet_id}", by_id, now)
    after_lock(opened.stage.id, now)
    return opened.sheet


def ask_reopening(sheet_id: int, reason: str, by_id: int, now: datetime) -> Reopening:
    """Somebody asks for a locked sheet to be opened again; another has to agree.

    Raises:
        NotFound.
        InvalidInput: no reason.
        DomainError: ``not_locked``, ``asked`` already, ``closed`` after judging.
    """
    opened = _locked_open(sheet_id)
    reason = " ".join(reason.split())
    if not reason:
        message = _("Tulis alasannya.")
        raise InvalidInput(message, {"reason": message}, code="no_reason")
    if opened.sheet.state is not SheetState.LOCKED:
        raise DomainError("not_locked", _("Lembar ini tidak terkunci."))
    if opened.competition.state is not CompetitionState.JUDGING:
        raise _cannot_write("closed")
    made = Reopening(sheet_id=sheet_id, reason=reason[:400], first_by_id=by_id, first_at=now)
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:
        raise DomainError("asked", _("Permintaan membuka lembar ini sudah ada.")) from None
    record_audit("sheet.reopening_asked", f"sheet:{sheet_id}", by_id, now)
    return made


def answer_reopening(sheet_id: int, agreed: bool, by_id: int, now: datetime) -> ScoreSheet:
    """Another agrees, and the sheet is open again; or refuses, and it stays locked.

    Raises:
        NotFound: nobody asked.
        DomainError: ``same_person``, ``closed``.
    """
    opened = _locked_open(sheet_id)
    asked = queries.waiting_reopening(sheet_id)
    if asked is None:
        raise NotFound(_("Tidak ada permintaan membuka lembar ini."))
    if asked.first_by_id == by_id and agreed:
        message = _("Harus orang lain yang menyetujui, bukan yang meminta.")
        raise DomainError("same_person", message, status=403)
    if not agreed:
        asked.ended_at = now
        record_audit("sheet.reopening_refused", f"sheet:{sheet_id}", by_id, now)
        return opened.sheet
    if opened.competition.state is not CompetitionState.JUDGING:
        raise _cannot_write("closed")
    asked.second_by_id, asked.second_at = by_id, now
    current = queries.version(sheet_id, opened.sheet.current)
    assert current is not None  # noqa: S101 - a locked sheet has one
    _append(
        opened, VersionKind.REOPENED, current.scores, current.remarks, now, entered_by_id=by_id,
        on_behalf_of_id=opened.judge.id, based_on=current.number,
    )  # fmt: skip
    _set_state(opened.sheet, SheetState.REOPENED, now)
    record_audit("sheet.reopened", f"sheet:{sheet_id}", by_id, now, first=asked.first_by_id)
    after_lock(opened.stage.id, now)
    return opened.sheet


def _locked_open(sheet_id: int, judge: Judge | None = None) -> OpenedSheet:
    """The sheet, read after waiting for the competition's chain. Others' sheets are not there."""
    if judge is not None and judge.removed_at is not None:
        from app.competition.services.judges import removed

        raise removed()
    of = sa.select(ScoreSheet.competition_id).where(ScoreSheet.id == sheet_id).scalar_subquery()
    waiting = sa.select(_chain.c.competition_id).where(_chain.c.competition_id == of).with_for_update()
    found = db.session.execute(waiting).scalar()
    opened = queries.opened(sheet_id, judge.id if judge is not None else None) if found is not None else None
    if opened is None:
        raise NotFound(_("Lembar ini tidak ada."))
    return opened


def _not_writable(opened: OpenedSheet) -> str | None:
    """Why nothing on this sheet may count now, as a code."""
    competition = opened.competition
    if competition.state is not CompetitionState.JUDGING or competition.stage_position != opened.stage.position:
        return "closed"
    if opened.entrant.withdrawn_at is not None:
        return "withdrawn"
    if not opened.assigned:
        return "not_assigned"
    return None if scoring.may_write(opened.sheet.state) else "locked"


def _cannot_write(why: str) -> DomainError:
    return DomainError(why, aside_words(why))


def aside_words(why: str) -> str:
    """Why a draft does not count, as a sentence."""
    return {
        "locked": _("Lembar ini sudah terkunci. Isian tadi tersimpan di riwayat, tetapi tidak dihitung."),
        "older": _("Isian dari perangkat lain lebih baru. Keduanya tersimpan; pilih yang benar."),
        "not_assigned": _("Anda tidak lagi menilai peserta ini. Isian tadi tersimpan di riwayat."),
        "closed": _("Penilaian tahap ini belum dibuka atau sudah ditutup. Isian tadi tersimpan di riwayat."),
        "withdrawn": _("Peserta ini mengundurkan diri. Isian tadi tersimpan di riwayat."),
    }[why]


def _append(
    opened: OpenedSheet, kind: VersionKind, scores: Mapping[str, int], remarks: Mapping[str, str], now: datetime, *,
    entered_by_id: int, based_on: int, counts: bool = True, **more: Any,
) -> SheetVersion:  # fmt: skip
    """One more link of the chain; with ``counts`` the sheet shows to it from now on."""
    sheet, competition_id = opened.sheet, opened.competition.id
    end = db.session.execute(
        sa.select(_chain.c.length, _chain.c.hash).where(_chain.c.competition_id == competition_id)
    ).one()
    facts: dict[str, Any] = {
        "competition_id": competition_id, "position": end.length + 1, "sheet_id": sheet.id,
        "number": sheet.latest + 1, "kind": kind.value, "scores": dict(scores), "remarks": dict(remarks),
        "entered_by_id": entered_by_id, "on_behalf_of_id": None, "confirmed_by_id": None, "device": "",
        "client_id": str(uuid.uuid4()), "based_on": based_on, "conflict": False, "saved_at": now,
        "received_at": now, **more,
    }  # fmt: skip
    made = chain.link(end.hash, facts)
    row = SheetVersion(**{**facts, "kind": kind}, previous_hash=end.hash, hash=made)
    db.session.add(row)
    sheet.latest = row.number
    if counts:
        sheet.current = row.number
    db.session.flush()
    forward = sa.update(SheetChain).where(
        SheetChain.competition_id == competition_id, SheetChain.length == end.length
    )
    if not rows_changed(forward.values(length=end.length + 1, hash=made)):
        raise RuntimeError("the chain of sheets went on without its lock")
    return row


def _set_state(sheet: ScoreSheet, state: SheetState, now: datetime) -> None:
    sheet.state = state
    sheet.locked_at = now if state is SheetState.LOCKED else None
    db.session.flush()
