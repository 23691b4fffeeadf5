"""A competition for tests: cooperatives that may enter, judges with accounts, sheets given out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from app.accounts.models import User
from app.competition.models import Competition, Entrant, Gate, GateValue, Judge, ScoreSheet, StageCode
from app.competition.queries import contest, judging
from app.competition.services import dossiers, entrants, judges, planning, setup, sheets
from app.competition.services.setup import NewCompetition, StagePlan
from app.cooperatives.models import Cooperative
from app.core import clock
from app.core.db import db, transaction
from app.core.files import FileKind, Upload
from app.festival.models import Festival
from tests import factories
from tests.cooperatives import town as directory


@dataclass
class Arena:
    """What was built. ``judges`` have used their invitations."""

    festival: Festival
    competition: Competition
    entrants: list[Entrant]
    judges: list[Judge]
    committee: User

    def own(self, judge: Judge) -> list[ScoreSheet]:
        """The sheets of a judge."""
        stage = contest.stage_now(self.competition)
        return [one.sheet for one in judging.own_sheets(judge, stage.id)]


def competition(
    festival: Festival, *, categories: tuple[tuple[str, tuple[str, ...]], ...] = (("Semua koperasi", ()),),
    judges_each: int = 3, blind: bool = True, gates: tuple[Gate, ...] = (), stages: int = 2,
) -> Competition:  # fmt: skip
    """A competition in preparation, with the rubric made for this event."""
    plans = (
        StagePlan(StageCode.DOSSIER, "Penilaian berkas", 5), StagePlan(StageCode.VISIT, "Kunjungan", None)
    )[-stages:]  # fmt: skip
    asked = NewCompetition(
        name="Lomba Koperasi", stages=plans, categories=categories, template=contest.rubric_templates()[0],
        judges_each=judges_each, objection_days=10, legal_basis="Keputusan Kepala Dinas 1/2026", blind=blind,
        gates=gates,
    )  # fmt: skip
    with transaction():
        return setup.create(festival.id, asked, None, clock.now())


def cooperative(name: str, **fields: object) -> Cooperative:
    """A cooperative (regions must be there)."""
    return directory.cooperative(name, **fields)


def enter(of: Competition, name: str, **fields: object) -> Entrant:
    """A cooperative enters; its category by kind."""
    one = cooperative(name, **fields)
    with transaction():
        of = db.session.get_one(Competition, of.id)
        category = entrants.category_for(of, fields.get("kind")) or of.categories[0]  # type: ignore[arg-type]
        made = entrants.enter(of, one, category, None, clock.now())
        for gate in of.gates:
            entrants.decide_gate(made, Gate(gate), GateValue.YES, "Diperiksa", None, clock.now())
    return made


def judge(of: Competition, name: str, *, phone: str = "", cooperative_id: int | None = None) -> Judge:
    """A judge who has used the invitation."""
    with transaction():
        made = judges.add_judge(of, name, "Dekopinda", phone, cooperative_id, None, clock.now())
        token = judges.invite(made, None, clock.now())
    with transaction():
        judges.accept(token, clock.now())
    with transaction():
        return judging.judge_by_id(made.id)  # type: ignore[return-value]


def build(
    *, entrants_count: int = 4, judges_count: int = 3, begin: bool = True, festival: Festival | None = None,
    **fields: object,
) -> Arena:  # fmt: skip
    """A competition with entrants and judges; with ``begin`` planned and opened."""
    if festival is None:
        festival = factories.festival()
        directory.regions()
    made = competition(festival, **fields)  # type: ignore[arg-type]
    entered = [enter(made, f"Koperasi {chr(65 + n)}") for n in range(entrants_count)]
    known = [judge(made, f"Juri {n + 1}", phone=f"+62812000000{n}") for n in range(judges_count)]
    committee = factories.user(f"panitia-{uuid.uuid4().hex[:6]}")
    if begin:
        with transaction():
            one = db.session.get_one(Competition, made.id)
            planning.apply(one, one.stages[0], planning.PlanAsked(7), None, clock.now())
            setup.freeze(one, None, clock.now())
        made = one
    return Arena(festival, made, entered, known, committee)


def draft(scores: dict[str, int], based_on: int = 0, **fields: object) -> sheets.Draft:
    """What a tablet sends."""
    values: dict[str, object] = {
        "client_id": str(uuid.uuid4()), "based_on": based_on, "scores": scores, "remarks": {}, "device": "tablet-1",
        "saved_at": clock.now(), **fields,
    }  # fmt: skip
    return sheets.Draft(**values)  # type: ignore[arg-type]


FULL = {"K": 75, "T": 75, "U": 50, "M": 100, "D": 25}


def fill(arena: Arena, judge: Judge, sheet: ScoreSheet, scores: dict[str, int] | None = None) -> None:
    """Fill a sheet and lock it."""
    with transaction():
        saved = sheets.save(judge, sheet.id, draft(scores or FULL, sheet.current), clock.now())
        sheets.lock(judge, sheet.id, saved.version.number, "tablet-1", clock.now())


def fill_all(arena: Arena) -> None:
    """Every judge fills and locks every sheet; entrants get better with their number, judges stricter."""
    for number, one in enumerate(arena.judges):
        stage = contest.stage_now(arena.competition)
        for line in judging.own_sheets(one, stage.id):
            base = min(4, max(0, line.entrant.number % 5 - number % 2))
            fill(arena, one, line.sheet, {code: 25 * min(4, base + place % 2) for place, code in enumerate(FULL)})


def invitation(of: Competition, name: str = "Juri yang belum datang") -> str:
    """The token of an invitation that nobody has used."""
    with transaction():
        made = judges.add_judge(of, name, "", "", None, None, clock.now())
        return judges.invite(made, None, clock.now())


def dossier(of: Entrant) -> tuple[str, int]:
    """The token of an entrant's own address, and the id of a file sent there."""
    upload = Upload(b"%PDF-1.4 neraca", "neraca.pdf", FileKind.PDF)
    with transaction():
        entrant = db.session.get_one(Entrant, of.id)
        token = entrants.new_link(entrant, None, clock.now())
        return token, dossiers.add(entrant, upload, dossiers.keep(upload), clock.now()).id


def for_pages(festival: Festival, user_id: int) -> dict[str, object]:
    """A competition that is being judged, with something on every page; ``user_id`` is one of its judges.

    By the names of blanks in addresses.
    """
    made = build(festival=festival, gates=tuple(Gate))
    judge, paper = made.judges[0], made.judges[1]
    filled, locked = made.own(judge)[:2]
    with transaction():
        db.session.execute(sa.update(Judge).where(Judge.id == judge.id).values(user_id=user_id))
    with transaction():
        judge = db.session.get_one(Judge, judge.id)
        sheets.save(judge, filled.id, draft({"K": 50}, remarks={"K": "Rapi"}), clock.now())
        sheets.save(judge, filled.id, draft({"K": 75}, device="hp"), clock.now())
    fill(made, judge, locked)
    typed = made.own(paper)[0]
    with transaction():
        sheets.type_from_paper(typed.id, FULL, {}, made.committee.id, clock.now())
    token, file_id = dossier(made.entrants[0])
    return {
        "competition_id": made.competition.id, "stage_id": made.competition.stages[0].id,
        "criterion_id": contest.criteria_of(made.competition.id)[0].id, "entrant_id": made.entrants[0].id,
        "category_id": made.competition.categories[0].id, "judge_id": paper.id, "own_sheet": filled.id,
        "locked_sheet": locked.id, "paper_sheet": typed.id, "dossier": token, "file_id": file_id,
        "invitation": invitation(made.competition), "slug": made.competition.slug,
    }  # fmt: skip
