"""What everybody sees: the announcement, the objections that may follow it, and what is verified."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.competition import result_words
from app.competition.models import Competition, CompetitionState, Entrant, Minutes, Objection
from app.competition.queries import results
from app.competition.rules import announcing, objections
from app.competition.rules.objections import LONGEST_TEXT, Window
from app.competition.services import telling
from app.competition.services.results import bare, label
from app.core import clock
from app.core.db import db, rows_changed
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _
from app.core.i18n import speaking

if TYPE_CHECKING:
    from app.competition.documents.certificate import CertificatePaper

MOST_OBJECTIONS = 5  # of one entrant, so that a link that leaked cannot fill the list


@dataclass(frozen=True, slots=True)
class Told:
    """A card with the words of its place."""

    card: announcing.Card
    words: str


def cards(minutes: Minutes) -> dict[str, list[Told]]:
    """{category: cards in the order they are read}, from signed minutes and nothing else."""
    found: dict[str, list[Told]] = {}
    for section in minutes.content["sections"]:
        places = [(line["place"], bare(line["name"])) for line in section["ranked"]]
        found[section["category"]] = [Told(one, result_words.honour(one.place)) for one in announcing.cards(places)]
    return found


def announce(competition: Competition, by_id: int, now: datetime, address: str) -> None:
    """Make the result public, open the objection window and tell the entrants. A second click changes nothing.

    ``address``: the full address of the public page, for their messages.

    Raises:
        DomainError: ``not_signed`` while the last stage has no minutes in force.
    """
    stage = results.last_stage(competition.id)
    minutes = results.in_force(stage.id) if stage is not None else None
    if minutes is None:
        raise DomainError("not_signed", _("Hasil baru dapat diumumkan setelah berita acaranya disahkan."))
    met = rows_changed(
        sa.update(Competition)
        .where(Competition.id == competition.id, Competition.announced_at.is_(None))
        .values(state=CompetitionState.ANNOUNCED, announced_at=now)
    )
    if met:
        db.session.refresh(competition)
        record_audit("competition.announced", f"competition:{competition.id}", by_id, now, minutes=minutes.id)
        telling.tell_of_result(competition, address, _window_after(competition, now).last_day, now)


def published(competition: Competition) -> Minutes | None:
    """The minutes that everybody may see; None before the announcement."""
    if competition.announced_at is None:
        return None
    stage = results.last_stage(competition.id)
    return results.in_force(stage.id) if stage is not None else None


def why_unranked(competition: Competition, entrant: Entrant) -> str | None:
    """The sentence of the signed minutes why an entrant's category has no ranking; None where it has one."""
    minutes = published(competition)
    rows = minutes.content.get("unranked", []) if minutes is not None else []
    name = label(entrant.number, entrant.name)
    return next((row["reason"] for row in rows if name in row["entrants"]), None)


def window_of(competition: Competition) -> Window | None:
    """When objections are taken; None before the announcement."""
    return None if competition.announced_at is None else _window_after(competition, competition.announced_at)


def _window_after(competition: Competition, announced_at: datetime) -> Window:
    return objections.window(announced_at, competition.objection_days, clock.WIB)


def bundle(minutes: Minutes, category: str) -> dict[str, Any] | None:
    """The bundle behind a section of minutes; None where they name no such category."""
    wanted = {one["category"]: one["inputs_sha256"] for one in minutes.content["sections"]}.get(category)
    for content in results.contents_of(minutes.content["results"]).values():
        if content["bundle"]["inputs_sha256"] == wanted:
            return dict(content["bundle"])
    return None


def objected(competition: Competition, entrant: Entrant, text: str, now: datetime) -> Objection:
    """An entrant objects.

    Raises:
        DomainError: ``not_announced``, ``window_closed``, ``too_many``.
        InvalidInput: ``empty``, ``too_long``.
    """
    window = window_of(competition)
    if window is None:
        raise DomainError("not_announced", _("Hasil belum diumumkan, jadi belum ada yang dapat disanggah."))
    if not window.holds(now):
        raise DomainError("window_closed", _("Masa sanggah sudah lewat. Hubungi panitia bila ada kekeliruan."))
    cleaned = "\n".join(line.strip() for line in text.strip().splitlines())
    most = min(LONGEST_TEXT, 2000)
    if not cleaned or len(cleaned) > most:
        message = _("Tulis sanggahan Anda, paling banyak %(most)s huruf.", most=most)
        raise InvalidInput(message, {"text": message}, code="empty" if not cleaned else "too_long")
    if len(results.objections_by(entrant.id)) >= MOST_OBJECTIONS:
        raise DomainError(
            "too_many", _("Paling banyak %(most)s sanggahan dari satu koperasi.", most=MOST_OBJECTIONS)
        )
    made = Objection(competition_id=competition.id, entrant_id=entrant.id, text=cleaned, received_at=now, answer="")
    db.session.add(made)
    db.session.flush()
    record_audit("objection.received", f"objection:{made.id}", None, now, entrant=entrant.id)
    return made


def answer(objection: Objection, text: str, by_id: int, now: datetime) -> None:
    """The committee's answer; given once, because the entrant has read it.

    Raises:
        InvalidInput: ``empty``.
        DomainError: ``answered``.
    """
    cleaned = "\n".join(line.strip() for line in text.strip().splitlines())
    if not cleaned or len(cleaned) > 2000:
        message = _("Tulis jawabannya, paling banyak %(most)s huruf.", most=2000)
        raise InvalidInput(message, {"answer": message}, code="empty" if not cleaned else "too_long")
    met = rows_changed(
        sa.update(Objection)
        .where(Objection.id == objection.id, Objection.answered_at.is_(None))
        .values(answer=cleaned, answered_at=now, answered_by_id=by_id)
    )
    if not met:
        raise DomainError("answered", _("Sanggahan ini sudah dijawab orang lain."))
    record_audit("objection.answered", f"objection:{objection.id}", by_id, now)
    competition = db.session.get_one(Competition, objection.competition_id)
    telling.tell_of_answer(competition, db.session.get_one(Entrant, objection.entrant_id), now)


def certificate_papers(
    minutes: Minutes, organiser: str, city: str, verify: Callable[[str], str], only: int | None = None
) -> list[CertificatePaper]:
    """Papers of certificates that hold, winners first. ``verify``: code to address; ``only``: one by its id."""
    from app.competition.documents.certificate import CertificatePaper

    content = minutes.content
    signers = tuple((row[0], row[1]) for row in content["signers"])
    day = clock.local(minutes.signed_at or minutes.created_at).date()
    found = []
    with speaking("id"):
        for one, entrant, category in results.certificates_of(minutes.id):
            if one.revoked_at is not None or only not in (None, one.id):
                continue
            paper = CertificatePaper(
                organiser=organiser, competition=content["competition"], festival=content["festival"],
                category=category, name=entrant.name, honour=result_words.honour(one.place), city=city, day=day,
                minutes_number=minutes.number, signers=signers, code=one.code, verify_url=verify(one.code),
            )  # fmt: skip
            found.append(paper)
    return found
