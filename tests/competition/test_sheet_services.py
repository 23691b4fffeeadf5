"""Score sheets: versions, two devices, locks, reopening, paper, and the chain over all of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from app.accounts.models import User
from app.competition.models import Competition, Entrant, Judge, ScoreSheet, SheetState, SheetVersion, VersionKind
from app.competition.queries import sheets as queries
from app.competition.rules import chain
from app.competition.services import entrants, health, judges, sheets
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError
from tests import factories
from tests.competition import arena as arenas
from tests.competition.arena import FULL, Arena, draft

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.fixture
def arena(ctx: None) -> Arena:
    return arenas.build()


@pytest.fixture
def judge(arena: Arena) -> Judge:
    return arena.judges[0]


@pytest.fixture
def sheet(arena: Arena, judge: Judge) -> ScoreSheet:
    return arena.own(judge)[0]


def save(judge: Judge, sheet: ScoreSheet, *args: object, **fields: object) -> sheets.Saved:
    with transaction():
        return sheets.save(judge, sheet.id, draft(*args, **fields), clock.now())  # type: ignore[arg-type]


def refused(code: str) -> pytest.RaisesExc[DomainError]:
    return pytest.RaisesExc(DomainError, check=lambda error: error.code == code)


def test_every_save_is_a_version_and_the_last_one_counts(judge: Judge, sheet: ScoreSheet) -> None:
    first = save(judge, sheet, {"K": 50})
    second = save(judge, sheet, {"K": 75, "T": 25}, first.version.number)
    assert [v.number for v in queries.versions_of(sheet.id)] == [2, 1]
    assert (second.aside, second.sheet.current, second.version.conflict) == (None, 2, False)
    assert second.version.entered_by_id == judge.user_id


def test_the_same_save_sent_twice_is_stored_once(judge: Judge, sheet: ScoreSheet) -> None:
    same = draft({"K": 50})
    for _ in range(2):
        with transaction():
            answer = sheets.save(judge, sheet.id, same, clock.now())
        assert (answer.version.number, answer.aside) == (1, None)


def test_one_device_never_conflicts_with_itself(judge: Judge, sheet: ScoreSheet) -> None:
    save(judge, sheet, {"K": 50})  # the answer is lost on the way, and the tablet goes on
    answer = save(judge, sheet, {"K": 75}, 0)
    assert (answer.version.conflict, answer.aside, answer.sheet.current) == (False, None, 2)


def test_two_devices_keep_both_and_the_newer_counts(judge: Judge, sheet: ScoreSheet) -> None:
    now = clock.now()
    save(judge, sheet, {"K": 50}, saved_at=now)
    newer = save(judge, sheet, {"K": 100}, 0, device="hp", saved_at=now + timedelta(seconds=-0))
    assert newer.version.conflict
    assert newer.sheet.current == 2
    older = save(judge, sheet, {"K": 0}, 0, device="laptop", saved_at=now - timedelta(hours=3))
    assert (older.aside, older.sheet.current, older.sheet.latest) == ("older", 2, 3)
    counted, other = queries.open_conflict(older.sheet)  # type: ignore[misc]
    assert (counted.number, other.number) == (2, 3)
    with transaction(), refused("conflict"):
        sheets.lock(judge, sheet.id, 2, "hp", clock.now())
    solved = save(judge, sheet, FULL, 3, device="hp")
    assert not solved.version.conflict
    assert queries.open_conflict(solved.sheet) is None


def test_others_sheets_are_not_there(arena: Arena, sheet: ScoreSheet) -> None:
    with transaction(), refused("not_found"):
        sheets.save(arena.judges[1], sheet.id, draft({"K": 50}), clock.now())
    with transaction(), refused("not_found"):
        sheets.lock(arena.judges[1], sheet.id, 0, "x", clock.now())


@pytest.mark.parametrize(
    ("scores", "remarks", "field"),
    [({"K": 60}, {}, "scores.K"), ({"X": 50}, {}, "scores.X"), ({}, {"X": "a"}, "remarks.X"),
     ({}, {"K": "a" * 1001}, "remarks.K")],
)  # fmt: skip
def test_what_cannot_stand_on_a_sheet(
    judge: Judge, sheet: ScoreSheet, scores: dict[str, int], remarks: dict[str, str], field: str
) -> None:
    with transaction(), pytest.raises(DomainError) as refusal:
        sheets.save(judge, sheet.id, draft(scores, remarks=remarks), clock.now())
    assert list(refusal.value.fields) == [field]


def test_a_lock_wants_every_criterion_and_holds(judge: Judge, sheet: ScoreSheet) -> None:
    save(judge, sheet, {"K": 50})
    with transaction(), pytest.raises(DomainError) as refusal:
        sheets.lock(judge, sheet.id, 1, "tablet-1", clock.now())
    assert set(refusal.value.fields) == {"scores.T", "scores.U", "scores.M", "scores.D"}
    save(judge, sheet, FULL, 1)
    for _ in range(2):  # twice is once
        with transaction():
            locked = sheets.lock(judge, sheet.id, 2, "tablet-1", clock.now())
    assert (locked.state, locked.current) == (SheetState.LOCKED, 3)
    late = save(judge, sheet, {"K": 0}, 2)  # a tablet that was offline
    assert (late.aside, late.sheet.current, late.sheet.latest) == ("locked", 3, 4)
    assert queries.version(sheet.id, 3).scores == FULL  # type: ignore[union-attr]


def test_two_people_open_a_sheet_again(arena: Arena, judge: Judge, sheet: ScoreSheet) -> None:
    arenas.fill(arena, judge, sheet)
    first, second = factories.user("satu"), factories.user("dua")
    with transaction():
        sheets.ask_reopening(sheet.id, "Salah ketik pada kriteria U", first.id, clock.now())
    with transaction(), refused("asked"):
        sheets.ask_reopening(sheet.id, "Lagi", second.id, clock.now())
    with transaction(), refused("same_person"):
        sheets.answer_reopening(sheet.id, True, first.id, clock.now())
    with transaction():
        opened = sheets.answer_reopening(sheet.id, True, second.id, clock.now())
    assert opened.state is SheetState.REOPENED
    answer = save(judge, sheet, FULL | {"U": 0}, opened.current)
    assert answer.aside is None
    kinds = [version.kind for version in reversed(queries.versions_of(sheet.id))]
    assert kinds == [VersionKind.SAVED, VersionKind.LOCKED, VersionKind.REOPENED, VersionKind.SAVED]


def test_a_refused_request_leaves_it_locked(arena: Arena, judge: Judge, sheet: ScoreSheet) -> None:
    arenas.fill(arena, judge, sheet)
    first, second = factories.user("satu"), factories.user("dua")
    with transaction():
        sheets.ask_reopening(sheet.id, "Ragu", first.id, clock.now())
    with transaction():
        assert sheets.answer_reopening(sheet.id, False, second.id, clock.now()).state is SheetState.LOCKED
    with transaction():  # and somebody may ask again
        sheets.ask_reopening(sheet.id, "Sekarang yakin", first.id, clock.now())


def test_paper_is_typed_by_one_and_confirmed_by_another(arena: Arena, judge: Judge, sheet: ScoreSheet) -> None:
    typist, checker = factories.user("satu"), factories.user("dua")
    with transaction(), refused("incomplete"):
        sheets.type_from_paper(sheet.id, {"K": 50}, {}, typist.id, clock.now())
    with transaction():
        typed = sheets.type_from_paper(sheet.id, FULL, {"K": "Rapi"}, typist.id, clock.now())
    found = db.session.get_one(ScoreSheet, sheet.id)
    assert (found.current, found.latest, found.state) == (0, 1, SheetState.OPEN)
    with transaction(), refused("same_person"):
        sheets.confirm_paper(sheet.id, typed.number, typist.id, clock.now())
    with transaction(), refused("changed"):
        sheets.confirm_paper(sheet.id, 7, checker.id, clock.now())
    with transaction():
        done = sheets.confirm_paper(sheet.id, typed.number, checker.id, clock.now())
    assert (done.state, done.current) == (SheetState.LOCKED, 3)
    confirmed = queries.version(sheet.id, 2)
    assert confirmed is not None
    assert (confirmed.entered_by_id, confirmed.on_behalf_of_id, confirmed.confirmed_by_id) == (
        typist.id, judge.id, checker.id,
    )  # fmt: skip


def test_what_a_withdrawn_entrant_was_given_is_kept_aside(arena: Arena, judge: Judge, sheet: ScoreSheet) -> None:
    with transaction():
        gone = db.session.get_one(Entrant, sheet.entrant_id)
        entrants.withdraw(gone, "Tidak sempat", None, clock.now())
    assert save(judge, sheet, {"K": 50}).aside == "withdrawn"
    with transaction(), refused("withdrawn"):
        sheets.lock(judge, sheet.id, 0, "tablet-1", clock.now())


def test_a_recused_judge_keeps_what_was_written_and_it_does_not_count(
    arena: Arena, judge: Judge, sheet: ScoreSheet
) -> None:
    arenas.fill(arena, judge, sheet)
    category = arena.competition.categories[0].id
    assert len(queries.locked_scores(sheet.stage_id, category)) == 1
    with transaction():
        entrant = db.session.get_one(Entrant, sheet.entrant_id)
        judges.declare_conflict(judge, entrant, "Ipar ketuanya", judge.user_id, clock.now())
    assert queries.locked_scores(sheet.stage_id, category) == []
    assert len(queries.versions_of(sheet.id)) == 2


def test_a_removed_judge_is_shut_out(arena: Arena, judge: Judge, sheet: ScoreSheet) -> None:
    arenas.fill(arena, judge, sheet)
    with transaction():
        judges.remove(judge, "Sakit", True, None, clock.now())
    gone = db.session.get_one(Judge, judge.id)
    with transaction(), refused("judge_removed"):
        sheets.save(gone, sheet.id, draft({"K": 0}), clock.now())
    assert len(queries.locked_scores(sheet.stage_id, arena.competition.categories[0].id)) == 1


def test_the_chain_holds_and_a_changed_version_is_found(arena: Arena, judge: Judge, sheet: ScoreSheet) -> None:
    for one in arena.own(judge):
        arenas.fill(arena, judge, one)
    assert health.check() == []
    tampered = db.session.scalar(sa.select(SheetVersion).where(SheetVersion.position == 2))
    assert tampered is not None
    with pytest.raises(DBAPIError, match="never changes"), transaction():
        db.session.execute(sa.update(SheetVersion).where(SheetVersion.id == tampered.id).values(scores={"K": 100}))
    with transaction():  # whoever owns the database file can do more
        db.session.execute(sa.text(_without_trigger()))
        db.session.execute(sa.update(SheetVersion).where(SheetVersion.id == tampered.id).values(scores={"K": 100}))
    try:
        found = health.check()
        assert len(found) == 1
        assert "ke-2 " in found[0].text
    finally:
        with transaction():
            db.session.execute(sa.text(_with_trigger()))


def _without_trigger() -> str:
    on_table = " ON sheet_version" if db.engine.dialect.name == "postgresql" else ""
    return f"DROP TRIGGER sheet_version_stays{on_table}"


def _with_trigger() -> str:
    if db.engine.dialect.name == "postgresql":
        does = "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    else:
        does = "BEGIN SELECT RAISE(ABORT, 'a version of a score sheet never changes'); END"
    return f"CREATE TRIGGER sheet_version_stays BEFORE UPDATE ON sheet_version {does}"


def test_a_dropped_end_is_found(arena: Arena, judge: Judge, sheet: ScoreSheet) -> None:
    arenas.fill(arena, judge, sheet)
    with transaction():
        db.session.execute(sa.delete(SheetVersion).where(SheetVersion.position == 2))
    assert any("hilang" in finding.text for finding in health.check())


def test_changed_weights_are_found(arena: Arena) -> None:
    assert health.check() == []
    with transaction():
        db.session.execute(sa.update(Competition).values(seed=Competition.seed + 1))
    assert [finding.check for finding in health.check()] == ["competition"]


def test_a_chain_without_links_holds() -> None:
    assert chain.first_break(3, [], 0, chain.beginning(3)) is None


def test_who_signs_in_is_a_person_of_their_own(arena: Arena, judge: Judge) -> None:
    user = db.session.get_one(User, judge.user_id)
    assert user.name == judge.name
    assert not user.may("see_dashboard")
