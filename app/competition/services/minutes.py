"""Minutes are written from the latest results; signing and sealing them is in ``signing.py``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.accounts.services import record_audit
from app.competition import result_words
from app.competition.models import Category, Competition, Judge, Minutes, Result, Stage
from app.competition.queries import contest, results, sheets
from app.competition.rules import minutes as papers
from app.competition.rules.quorum import quorum
from app.competition.services import panel as panels
from app.competition.services.results import label, stale, why_unranked
from app.core import codes
from app.core.db import db
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _
from app.core.i18n import speaking
from app.festival.models import Festival


@dataclass(frozen=True, slots=True)
class Meeting:
    """What is written about the meeting.

    ``present``: ids of judges, ``chair``: one of them; ``recorder``: signs for the committee.
    """

    number: str
    place: str
    day: date
    present: frozenset[int]
    recorder: str
    reason: str = ""
    chair: int | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether minutes can be written: the results by category, and what stands in the way in words.

    ``unranked``: categories whose sheets are all locked and allow no ranking, with the reason in words.
    """

    results: tuple[tuple[Category, Result], ...]
    obstacles: tuple[str, ...]
    unranked: tuple[tuple[Category, str], ...] = ()


def readiness(competition: Competition, stage: Stage) -> Readiness:
    """What minutes of a stage would be written from."""
    found, obstacles, unranked = [], [], []
    for category in results.categories_with_entrants(competition.id, stage.position):
        result = results.latest_result(category.id, stage.id)
        if result is None and (why := why_unranked(competition, category, stage)):
            unranked.append((category, why))
        elif result is None:
            obstacles.append(_("Hasil kategori %(category)s belum dihitung.", category=category.name))
        elif stale(result):
            obstacles.append(
                _("Lembar kategori %(category)s berubah setelah dihitung. Hitung lagi.", category=category.name)
            )
        else:
            found.append((category, result))
    if not found and not obstacles:
        none = _("Belum ada peserta pada tahap ini.")
        obstacles.append(_("Tidak ada kategori yang dapat diperingkat.") if unranked else none)
    return Readiness(tuple(found), tuple(obstacles), tuple(unranked))


def write(
    competition: Competition, festival: Festival, stage: Stage, meeting: Meeting, by_id: int, now: datetime
) -> Minutes:
    """A draft that waits for signatures. Where signed ones exist already, it amends the last of them.

    Raises:
        DomainError: ``not_ready``; ``draft_exists``; ``no_quorum``.
        InvalidInput: ``number_taken``, ``reason_missing``.
    """
    ready = readiness(competition, stage)
    if ready.obstacles:
        raise DomainError("not_ready", " ".join(ready.obstacles))
    if results.draft_of(stage.id) is not None:
        raise DomainError("draft_exists", _("Sudah ada draf berita acara. Tandatangani atau buang dulu draf itu."))
    before = results.in_force(stage.id)
    if before is not None and not meeting.reason:
        text = _("Tulis alasan perubahannya.")
        raise InvalidInput(text, {"reason": text}, code="reason_missing")
    with speaking("id"):
        if ready.unranked:
            ready = readiness(competition, stage)  # whoever writes in English: minutes are in Indonesian
        content = papers.content(papers.sealed(_content(competition, festival, stage, meeting, ready, before)))
    content = content | {"results": [result.id for _category, result in ready.results]}
    content["content_sha256"] = papers.digest(content)
    made = Minutes(
        competition_id=competition.id, stage_id=stage.id, number=meeting.number,
        amendment_of_id=before.id if before else None, content=content, code=codes.new_typed_code(),
        created_at=now, created_by_id=by_id,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:
        text = _("Nomor ini sudah dipakai berita acara lain dalam lomba ini.")
        raise InvalidInput(text, {"number": text}, code="number_taken") from None
    record_audit("minutes.written", f"minutes:{made.id}", by_id, now, content=content["content_sha256"])
    return made


def _content(
    competition: Competition, festival: Festival, stage: Stage, meeting: Meeting, ready: Readiness,
    before: Minutes | None,
) -> papers.Minutes:  # fmt: skip
    judges = results.judges_by_id(competition.id)
    shut = {category.id: panels.locked_out(category) for category, _result in ready.results}
    entitled = [one for one in judges.values() if one.removed_at is None and not _shut_everywhere(one, shut)]
    present = [one for one in entitled if one.id in meeting.present]
    found = quorum(len(entitled), len(present))
    if not found.reached:
        text = _("Hadir %(present)s dari %(panel)s juri yang berhak; diperlukan %(needed)s.", present=found.present,
                 panel=found.panel, needed=found.needed)  # fmt: skip
        raise InvalidInput(text, {"present": text}, code="no_quorum")
    names = {one.code: one.name for one in contest.criteria_of(competition.id)}
    chain = sheets.chain_of(competition.id)
    signers = [
        (one.name, _("Ketua tim juri") if one.id == meeting.chair else _("Anggota tim juri")) for one in present
    ]
    signers.sort(key=lambda signer: signer[1] != _("Ketua tim juri"))
    if meeting.recorder and meeting.recorder not in {name for name, _role in signers}:
        signers.append((meeting.recorder, _("Panitia")))
    return papers.Minutes(
        number=meeting.number, amends=before.number if before else "", amendment_reason=meeting.reason,
        festival=festival.name, competition=competition.name, stage=stage.name, organiser=festival.organiser,
        city=festival.city, place=meeting.place, day=meeting.day,
        legal_basis=tuple(line.strip() for line in competition.legal_basis.splitlines() if line.strip()),
        panel=tuple(
            _member(one, shut, ready, meeting.present) for one in judges.values() if one.removed_at is None
        ),
        quorum_panel=found.panel, quorum_present=found.present,
        sections=tuple(_section(category, result, stage) for category, result in ready.results),
        unranked=tuple(_unranked(category, why, stage) for category, why in ready.unranked),
        dissent=tuple(papers.Dissent(name, one.text) for one, name in results.dissents_of(stage.id)),
        tie_rule=result_words.tie_rule([names.get(code, code) for code in competition.tie_chain]),
        objection_days=competition.objection_days, weights_sha256=competition.weights_hash or "",
        log_sha256=chain.hash if chain else "", signers=tuple(signers),
    )  # fmt: skip


def _shut_everywhere(judge: Judge, shut: dict[int, frozenset[int]]) -> bool:
    return bool(shut) and all(judge.id in ids for ids in shut.values())


def _member(
    judge: Judge, shut: dict[int, frozenset[int]], ready: Readiness, present: Collection[int]
) -> papers.Member:
    named = [category.name for category, _result in ready.results if judge.id in shut[category.id]]
    if _shut_everywhere(judge, shut):
        standing = _("tidak ikut: benturan kepentingan")
    elif judge.id not in present:
        standing = _("tidak hadir")
    elif named:
        standing = _("hadir, kecuali kategori %(names)s (benturan kepentingan)", names=", ".join(named))
    else:
        standing = _("hadir")
    return papers.Member(judge.name, judge.affiliation, standing)


def _section(category: Category, result: Result, stage: Stage) -> papers.Section:
    content = result.content
    lines = {line["entrant"]: line for line in content["ranking"]}
    count = content["sheets_of_judges"]
    withdrawn = [
        label(one.number, one.name)
        for one in results.entrants_in(category.id, stage.position)
        if one.withdrawn_at is not None
    ]
    return papers.Section(
        category=category.name,
        ranked=tuple(_line(row, lines[row["entrant"]]) for row in content["places"]),
        withdrawn=tuple(withdrawn),
        judges=tuple(
            papers.JudgeLine(
                one["judge"], count[one["judge"]], one["severity"], one["se"], one["noise_ratio"], one["flagged"]
            )
            for one in content["judges"]
        ),
        quality=result_words.quality(content), sensitivity=result_words.sensitivity(content),
        sensitivity_public=result_words.sensitivity(content, named=False),
        cautions=tuple(content["warnings"]),
        changes=tuple(
            papers.Change(one["entrant"], one["before"], one["after"], one["reason"])
            for one in content.get("changes", ())
        ),
        method=content["method"], seed=content["seed"], inputs_sha256=content["bundle"]["inputs_sha256"],
        ranks_sha256=content["bundle"]["ranks_sha256"], result_sha256=result.hash,
    )  # fmt: skip


def _unranked(category: Category, why: str, stage: Stage) -> papers.Unranked:
    there = [one for one in results.entrants_in(category.id, stage.position) if one.withdrawn_at is None]
    return papers.Unranked(category.name, tuple(label(one.number, one.name) for one in there), why)


def _line(row: dict[str, Any], line: dict[str, Any]) -> papers.Line:
    return papers.Line(
        row["place"], row["entrant"], line["score"], line["se"], line["mean"], line["judges"], line["p_first"],
        line["p_top3"], line["rank_low"], line["rank_high"], row["decided"],
    )  # fmt: skip
