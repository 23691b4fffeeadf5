"""Who may see results before they are announced: not who still judges, and not who is in conflict."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from app.competition.models import Assignment, Entrant, Judge, ScoreSheet, SheetState
from app.competition.queries import judging, results
from app.competition.services import judges
from app.core import clock
from app.core.db import db, transaction
from tests.competition import arena as arenas
from tests.competition.test_result_pages import Panel
from tests.forms import csrf_token, post_form

OPEN = "belum semuanya terkunci"
CONFLICT = "benturan kepentingan"


@pytest.fixture
def panel(app: Flask, ctx: None) -> Panel:
    made = arenas.build(entrants_count=6, judges_count=4, stages=1)
    arenas.fill_all(made)
    opened = Panel(app, made)
    opened.compute()
    return opened


def change(table: type, of: Judge, **values: object) -> None:
    with transaction():
        db.session.execute(sa.update(table).where(table.judge_id == of.id).values(**values))  # type: ignore[attr-defined]


def reopen(panel: Panel, number: int) -> ScoreSheet:
    """A sheet of this judge is open again."""
    own = panel.arena.own(panel.arena.judges[number])[0]
    set_state(own, SheetState.REOPENED, None)
    return own


def set_state(own: ScoreSheet, state: SheetState, at: datetime | None) -> None:
    with transaction():
        query = sa.update(ScoreSheet).where(ScoreSheet.id == own.id)
        db.session.execute(query.values(state=state, locked_at=at))


def test_who_has_still_to_lock_a_sheet_does_not_see_the_result(panel: Panel) -> None:
    own = reopen(panel, 1)
    for address in (panel.result, f"{panel.result}/deliberation"):
        page = panel.text(address, panel.judges[1], 403)
        assert OPEN in page
        assert "Kunci dulu lembar itu" in page
        panel.text(address, panel.judges[0])
    set_state(own, SheetState.LOCKED, clock.now())
    panel.text(panel.result, panel.judges[1])


def test_a_sheet_that_is_no_longer_asked_for_shuts_nobody_out(panel: Panel) -> None:
    own = reopen(panel, 1)
    with transaction():
        db.session.get_one(Entrant, own.entrant_id).withdrawn_at = clock.now()
    panel.text(panel.result, panel.judges[1])
    with transaction():
        db.session.get_one(Entrant, own.entrant_id).withdrawn_at = None
    panel.text(panel.result, panel.judges[1], 403)
    change(Assignment, panel.arena.judges[1], ended_at=clock.now())
    panel.text(panel.result, panel.judges[1])


def test_one_of_the_committee_who_judges_waits_like_a_judge(panel: Panel) -> None:
    reopen(panel, 2)
    with transaction():
        query = sa.update(Judge).where(Judge.id == panel.arena.judges[2].id)
        db.session.execute(query.values(user_id=panel.arena.committee.id))
    for address in (panel.result, f"{panel.result}/scores.csv"):
        assert OPEN in panel.text(address, status=403)


def in_conflict(panel: Panel, number: int) -> None:
    """This judge says so."""
    with transaction():
        judge = judging.judge_by_id(panel.arena.judges[number].id)
        assert judge is not None
        entrant = db.session.get_one(Entrant, panel.arena.entrants[0].id)
        judges.declare_conflict(judge, entrant, "Saudara ketuanya", judge.user_id or 0, clock.now())


def test_a_judge_in_conflict_reads_no_minutes_before_the_announcement(panel: Panel) -> None:
    in_conflict(panel, 3)
    panel.compute()
    minutes = panel.write(present=[str(one.id) for one in panel.arena.judges[:3]])
    for address in (minutes, f"{minutes}.pdf"):
        assert CONFLICT in panel.text(address, panel.judges[3], 403)
        assert panel.judges[0].get(address).status_code == 200
    panel.seal(minutes)
    panel.text(minutes, panel.judges[3], 403)
    post_form(panel.committee, f"{panel.home}/announce", page=f"{panel.home}/results")
    panel.text(minutes, panel.judges[3])
    assert panel.judges[3].get(f"{minutes}.pdf").status_code == 200


def test_who_has_still_to_lock_a_sheet_reads_minutes_only_as_a_signer(panel: Panel) -> None:
    minutes = panel.write(present=[str(one.id) for one in panel.arena.judges[:3]])
    panel.text(minutes, panel.judges[3])  # was not there, has judged
    reopen(panel, 3)
    assert OPEN in panel.text(minutes, panel.judges[3], 403)
    reopen(panel, 0)
    panel.text(minutes, panel.judges[0])


def test_one_of_the_committee_in_conflict_reads_no_minutes_even_as_their_recorder(panel: Panel) -> None:
    in_conflict(panel, 3)
    panel.compute()
    with transaction():
        query = sa.update(Judge).where(Judge.id == panel.arena.judges[3].id)
        db.session.execute(query.values(user_id=panel.arena.committee.id, name=panel.arena.committee.name))
    minutes = panel.write(present=[str(one.id) for one in panel.arena.judges[:3]])
    for address in (minutes, f"{minutes}.pdf"):
        assert CONFLICT in panel.text(address, status=403)


def test_who_sees_no_result_disagrees_with_none(panel: Panel) -> None:
    address = f"{panel.home}/dissent/{panel.stage}"
    panel.text(address, panel.judges[3])
    token = csrf_token(panel.judges[3], address)
    in_conflict(panel, 3)
    reopen(panel, 2)
    for number, why in ((3, CONFLICT), (2, OPEN)):
        assert why in panel.text(address, panel.judges[number], 403)
    sent = panel.judges[3].post(address, data={"csrf_token": token, "text": "Saya tidak sependapat"})
    assert sent.status_code == 403
    assert results.dissents_of(panel.stage) == []
    panel.text(address, panel.judges[0])
