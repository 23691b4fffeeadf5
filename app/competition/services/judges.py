"""Judges: added, invited by a link that works once, in conflict, removed."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Role, User
from app.accounts.services import add_user, record_audit
from app.competition.models import (
    Assignment,
    Competition,
    ConflictOfInterest,
    Entrant,
    Judge,
    ScoreSheet,
    SheetState,
)
from app.competition.queries import judging
from app.core.codes import random_token
from app.core.crypto import derive_token, hash_token, same
from app.core.db import db, rows_changed
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _
from app.core.i18n import speaking
from app.core.settings import settings
from app.messaging.services import queue_message

INVITATION_LIFETIME = timedelta(days=14)
REMINDED_AGAIN = timedelta(hours=6)  # at most one reminder a judge within this time
_NAMES_TRIED = 50


def add_judge(
    competition: Competition, name: str, affiliation: str, phone: str, cooperative_id: int | None,
    by_id: int | None, now: datetime,
) -> Judge:  # fmt: skip
    """A judge without an account yet. Raises InvalidInput ``name_taken``, DomainError ``full``."""
    if len(judging.judges_of(competition.id)) >= judging.MOST_JUDGES:
        raise DomainError("full", _("Paling banyak %(most)s juri.", most=judging.MOST_JUDGES))
    made = Judge(
        competition_id=competition.id, name=name, affiliation=affiliation, phone=phone,
        cooperative_id=cooperative_id, epoch=1, added_at=now,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:
        message = _("Sudah ada juri dengan nama ini. Tambahkan pembeda, misalnya gelar atau lembaganya.")
        raise InvalidInput(message, {"name": message}, code="name_taken") from None
    if cooperative_id is not None:
        _own_cooperative(made, by_id, now)
    record_audit("judge.added", f"judge:{made.id}", by_id, now)
    return made


def _own_cooperative(judge: Judge, by_id: int | None, now: datetime) -> None:
    """Nobody judges the cooperative they belong to."""
    own = sa.select(Entrant).where(
        Entrant.competition_id == judge.competition_id, Entrant.cooperative_id == judge.cooperative_id
    )
    for entrant in db.session.scalars(own):
        declare_conflict(judge, entrant, _("Berasal dari koperasi ini."), by_id, now)


def invite(judge: Judge, by_id: int | None, now: datetime) -> str:
    """The token of a new invitation (128 random bits, two weeks, one use).

    Invitations of before die, and devices of before are shut out: a stolen link or tablet ends here.
    """
    if judge.removed_at is not None:
        raise removed()
    token = random_token()
    met = rows_changed(
        sa.update(Judge)
        .where(Judge.id == judge.id, Judge.removed_at.is_(None))
        .values(token_hash=hash_token(token), token_expires_at=now + INVITATION_LIFETIME, epoch=Judge.epoch + 1)
    )
    if not met:
        raise removed()
    if judge.user_id is not None:  # sessions of before end, too
        db.session.execute(
            sa.update(User).where(User.id == judge.user_id).values(session_version=User.session_version + 1)
        )
    record_audit("judge.invited", f"judge:{judge.id}", by_id, now)
    return token


def accept(token: str, now: datetime) -> User:
    """Use an invitation; of two clicks exactly one gets through.

    Raises:
        DomainError: ``link_dead`` (410).
    """
    met = db.session.execute(
        sa.update(Judge)
        .where(Judge.token_hash == hash_token(token), Judge.token_expires_at > now, Judge.removed_at.is_(None))
        .values(token_hash=None, token_expires_at=None, accepted_at=sa.func.coalesce(Judge.accepted_at, now))
        .returning(Judge.id)
    ).scalar()
    judge = judging.judge_by_id(met) if met is not None else None
    if judge is None:
        raise invitation_dead()
    db.session.refresh(judge)
    if judge.user_id is None:
        user = _new_user(judge.name, now)
        judge.user_id = user.id
    else:
        user = db.session.get_one(User, judge.user_id, populate_existing=True)
    if not user.active:
        raise invitation_dead()
    user.signed_in_at = now
    record_audit("judge.accepted", f"judge:{judge.id}", user.id, now)
    db.session.flush()
    return user


def _new_user(name: str, now: datetime) -> User:
    """An account with the judge's name, or the name and a number where somebody else has it."""
    for number in range(1, _NAMES_TRIED):
        tried = name if number == 1 else f"{name[:74]} {number}"
        try:
            user = add_user(tried, [Role.JUDGE], now)
        except DomainError as refusal:
            if refusal.code != "name_taken":
                raise
        else:
            db.session.flush()
            return user
    raise DomainError("name_taken", _("Nama ini sudah terlalu sering dipakai. Minta panitia memakai nama lain."))


def invitation_dead() -> DomainError:
    """The one refusal of an invitation; it never says which reason."""
    message = _("Undangan ini sudah dipakai, diganti, atau lewat waktunya. Minta tautan baru kepada panitia.")
    return DomainError("link_dead", message, status=410)


def removed() -> DomainError:
    """The refusal for who does not judge any more."""
    return DomainError("judge_removed", _("Juri ini sudah dikeluarkan dari lomba."), status=403)


def device_token(judge: Judge) -> str:
    """What a judge's tablet sends with every save; it outlives a session, so that a day offline is not lost."""
    secret = settings().secret_key
    return f"{judge.id}.{derive_token(secret, 'judge-sheets', judge.id, judge.epoch)}"


def judge_of_token(token: str) -> Judge | None:
    """Whose device this is; None when it was shut out."""
    number, _dot, _rest = token.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    judge = judging.judge_by_id(int(number))
    if judge is None or judge.user_id is None or not same(device_token(judge), token):
        return None
    return judge


def declare_conflict(
    judge: Judge, entrant: Entrant, reason: str, by_id: int | None, now: datetime
) -> ConflictOfInterest:
    """This judge must not judge this entrant. Ends the assignment; what was written stays, and does not count.

    Saying it again changes nothing. Raises InvalidInput without a reason.
    """
    reason = " ".join(reason.split())
    if not reason:
        message = _("Tulis hubungannya, misalnya: anggota keluarga menjadi pengurus.")
        raise InvalidInput(message, {"reason": message}, code="no_reason")
    known = sa.select(ConflictOfInterest).where(
        ConflictOfInterest.judge_id == judge.id, ConflictOfInterest.entrant_id == entrant.id
    )
    if (found := db.session.scalar(known)) is not None:
        return found
    made = ConflictOfInterest(
        competition_id=judge.competition_id, judge_id=judge.id, entrant_id=entrant.id, reason=reason[:400],
        declared_at=now, declared_by_id=by_id,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    end = sa.update(Assignment).where(
        Assignment.judge_id == judge.id, Assignment.entrant_id == entrant.id, Assignment.ended_at.is_(None)
    )
    db.session.execute(end.values(ended_at=now, end_reason="conflict"), execution_options=_NOT_READ)
    record_audit("judge.conflict", f"judge:{judge.id}", by_id, now, entrant=entrant.id)
    return made


_NOT_READ = {"synchronize_session": False}


def remove(judge: Judge, reason: str, keep_locked: bool, by_id: int | None, now: datetime) -> None:
    """A judge leaves. Open sheets end; locked ones go on counting with ``keep_locked``, else they end, too.

    Nothing written is lost. Raises InvalidInput without a reason.
    """
    reason = " ".join(reason.split())
    if not reason:
        message = _("Tulis alasannya.")
        raise InvalidInput(message, {"reason": message}, code="no_reason")
    met = rows_changed(
        sa.update(Judge)
        .where(Judge.id == judge.id, Judge.removed_at.is_(None))
        .values(
            removed_at=now, removed_reason=reason[:400], token_hash=None, token_expires_at=None,
        )
    )  # fmt: skip
    if not met:
        return
    end = sa.update(Assignment).where(Assignment.judge_id == judge.id, Assignment.ended_at.is_(None))
    if keep_locked:
        locked = sa.exists().where(
            ScoreSheet.judge_id == Assignment.judge_id, ScoreSheet.entrant_id == Assignment.entrant_id,
            ScoreSheet.stage_id == Assignment.stage_id, ScoreSheet.state == SheetState.LOCKED,
        )  # fmt: skip
        end = end.where(~locked)
    db.session.execute(end.values(ended_at=now, end_reason="removed"), execution_options=_NOT_READ)
    record_audit("judge.removed", f"judge:{judge.id}", by_id, now, keep_locked=keep_locked)


def remind(competition: Competition, stage_id: int, address: str, by_id: int | None, now: datetime) -> int:
    """A message to every judge with open sheets, through the outbox; returns how many were put there.

    ``address``: the full address of the judges' page, which needs a sign-in. Nobody gets two within six hours.
    """
    sent = 0
    for line in judging.progress(stage_id, competition.id):
        judge = line.judge
        recent = judge.reminded_at is not None and now - judge.reminded_at < REMINDED_AGAIN
        if not line.open or not judge.phone or recent:
            continue
        with speaking("id"):
            text = _(
                "Yth. %(name)s, masih ada %(count)s lembar nilai %(competition)s yang belum dikunci: %(address)s",
                name=judge.name, count=line.open, competition=competition.name, address=address,
            )  # fmt: skip
            queue_message(competition.festival_id, "judge_reminder", judge.phone, text, now)
        judge.reminded_at = now
        sent += 1
    record_audit("judge.reminded", f"competition:{competition.id}", by_id, now, count=sent)
    return sent
