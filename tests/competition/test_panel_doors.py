"""Who may see results before they are announced: not who still judges, and not who is in conflict."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from app.competition.models import Assignment, Entrant, Judge, ScoreSheet, SheetState
from app.competition.queries import judging
from app.competition.services import judges
from app.core import clock
from app.core.db import db, transaction
from tests.competition import arena as arenas
from tests.competition.test_result_pages import Panel

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
