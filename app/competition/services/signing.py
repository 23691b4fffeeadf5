"""Minutes are signed by two or more, put into force, and never changed: corrections are amendments."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.accounts.services import record_audit
from app.competition.models import Certificate, Entrant, Minutes, Signature, Stage
from app.competition.queries import results
from app.competition.rules import minutes as papers
from app.competition.rules.quorum import FEWEST_SIGNERS, quorum
from app.competition.services.panel import Panelist
from app.competition.services.results import stale
from app.core import codes
from app.core.db import db, rows_changed
from app.core.errors import DomainError
from app.core.formats import moment
from app.core.i18n import gettext as _
from app.core.i18n import speaking

WINNERS = 3  # places named on certificates


def behind(of: Minutes) -> bool:
    """Whether a draft no longer says what the results and the dissents say."""
    for (_category_id, stage_id), latest in results.latest_results(of.competition_id).items():
        if stage_id == of.stage_id and (latest.id not in of.content["results"] or stale(latest)):
            return True
    return len(results.dissents_of(of.stage_id)) != len(of.content["dissent"])


def content_of(of: Minutes) -> papers.Minutes:
    """What stands in stored minutes. Raises ValueError when they were tampered with."""
    return papers.from_content(of.content)


def sign(of: Minutes, who: Panelist, name: str, now: datetime) -> Signature:
    """One more signature under a draft. ``name``: of the judge, or of the user for the committee.

    Raises:
        DomainError: ``signed`` already in force, ``not_a_signer`` (403), ``behind``, ``twice``.
    """
    _hold(of)
    signer = who.judge.name if who.judge is not None else name
    role = dict((row[0], row[1]) for row in of.content["signers"]).get(signer)
    if role is None:
        text = _("Nama Anda tidak ada di daftar penanda tangan berita acara ini.")
        raise DomainError("not_a_signer", text, status=403)
    if behind(of):
        raise _behind()
    made = Signature(
        minutes_id=of.id, judge_id=who.judge.id if who.judge else None, user_id=who.user_id, name=signer, role=role,
        content_sha256=of.content["content_sha256"], signed_at=now,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:
        raise DomainError("twice", _("Anda sudah menandatangani berita acara ini.")) from None
    record_audit("minutes.signed", f"minutes:{of.id}", who.user_id, now, content=made.content_sha256)
    return made


def _behind() -> DomainError:
    return DomainError("behind", _("Hasil berubah setelah draf ini ditulis. Buang draf ini, lalu tulis yang baru."))


def _hold(of: Minutes) -> None:
    """Lock the row of a draft: signing, sealing and discarding wait for each other.

    Raises:
        DomainError: ``signed``: it is in force and never changes.
    """
    held = rows_changed(
        sa.update(Minutes).where(Minutes.id == of.id, Minutes.signed_at.is_(None)).values(created_at=of.created_at)
    )
    if not held:
        text = _("Berita acara ini sudah disahkan dan tidak dapat diubah. Kekeliruan diperbaiki dengan perubahan.")
        raise DomainError("signed", text)


def enough(of: Minutes, signatures: Sequence[Signature]) -> bool:
    """Whether as many judges have signed as the quorum asks for, and two people at least."""
    judges = sum(one.judge_id is not None for one in signatures)
    content = of.content
    return (
        judges >= quorum(content["quorum_panel"], content["quorum_present"]).needed
        and len(signatures) >= FEWEST_SIGNERS
    )


def paper(of: Minutes, verify_url: str, signatures: Sequence[Signature]) -> bytes:
    """The PDF with these signatures; half a second for large ones: outside a transaction."""
    from app.competition.documents.minutes import minutes_pdf

    with speaking("id"):
        given = tuple(papers.Signature(one.name, moment(one.signed_at)) for one in signatures)
    return minutes_pdf(content_of(of), given, verify_url)


def seal(of: Minutes, pdf: bytes, shown: Sequence[Signature], by_id: int, now: datetime) -> None:
    """Put signed minutes into force with their PDF; those of the last stage issue the certificates.

    Raises:
        DomainError: ``signed``, ``too_few``, ``behind``; ``signed_meanwhile`` when the PDF lacks a signature.
    """
    _hold(of)
    signatures = results.signatures_of(of.id)
    if not enough(of, signatures):
        raise DomainError("too_few", _("Tanda tangannya belum cukup untuk mengesahkan."))
    if behind(of):
        raise _behind()
    if {one.id for one in signatures} != {one.id for one in shown}:
        raise DomainError("signed_meanwhile", _("Seseorang baru saja menandatangani. Ulangi."))
    sha256 = hashlib.sha256(pdf).hexdigest()
    db.session.execute(
        sa.update(Minutes)
        .where(Minutes.id == of.id, Minutes.signed_at.is_(None))
        .values(pdf=pdf, sha256=sha256, signed_at=now)
    )
    if _decides(of):
        _certificates(of, now)
    record_audit("minutes.sealed", f"minutes:{of.id}", by_id, now, sha256=sha256)


def _decides(of: Minutes) -> bool:
    """Whether these are of the last stage: who leads before has won nothing yet."""
    stage = db.session.get_one(Stage, of.stage_id)
    last = results.last_stage(stage.competition_id)
    return last is not None and last.id == stage.id


def _certificates(of: Minutes, now: datetime) -> None:
    """New certificates; those of minutes that are amended are no longer valid.

    Who took part and was not ranked here, for it did not come so far, is certified as a participant.
    """
    older = sa.select(Minutes.id).where(Minutes.stage_id == of.stage_id, Minutes.id != of.id)
    db.session.execute(
        sa.update(Certificate)
        .where(Certificate.minutes_id.in_(older), Certificate.revoked_at.is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )
    competition_id = db.session.get_one(Stage, of.stage_id).competition_id
    took_part = sa.select(Entrant.id).where(
        Entrant.competition_id == competition_id, Entrant.withdrawn_at.is_(None)
    )
    places: dict[int, int | None] = dict.fromkeys(db.session.scalars(took_part.order_by(Entrant.number)))
    for content in results.contents_of(of.content["results"]).values():
        for row in content["places"]:
            place = row["place"] if row["place"] <= WINNERS else None
            places[content["entrant_ids"][row["entrant"]]] = place
    for entrant_id, place in places.items():
        code = codes.new_typed_code()
        db.session.add(Certificate(entrant_id=entrant_id, minutes_id=of.id, code=code, place=place, issued_at=now))
    db.session.flush()


def discard(of: Minutes, by_id: int, now: datetime) -> None:
    """Throw a draft away with the signatures under it. Raises DomainError ``signed``."""
    _hold(of)
    names = [one.name for one in results.signatures_of(of.id)]
    db.session.execute(sa.delete(Minutes).where(Minutes.id == of.id))
    db.session.expunge(of)
    record_audit(
        "minutes.discarded", f"minutes:{of.id}", by_id, now, content=of.content["content_sha256"],
        signatures=len(names),
    )  # fmt: skip
