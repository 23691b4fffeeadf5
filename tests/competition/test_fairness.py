"""What nobody may lose on the way to the minutes: open categories, sheets that count, places, the window."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.competition.models import (
    Certificate,
    Competition,
    CompetitionState,
    Entrant,
    SheetState,
)
from app.competition.queries import contest, judging, results, sheets
from app.competition.services import advance, judges, planning, publication, setup
from app.competition.services import results as ranking
from app.competition.services import sheets as score_sheets
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError
from tests.competition import arena as arenas
from tests.competition.arena import FULL, Arena, draft
from tests.competition.test_result_services import ADDRESS, computed, drafted, fresh, sealed

pytestmark = pytest.mark.usefixtures("ctx")


def state(of: Arena) -> CompetitionState:
    return fresh(of)[0].state


def two_categories() -> Arena:
    categories = (("Semua koperasi", ()), ("Koperasi lain", ()))
    made = arenas.build(entrants_count=8, judges_count=4, stages=1, begin=False, categories=categories)
    with transaction():
        one = db.session.get_one(Competition, made.competition.id)
        second = [entrant.id for entrant in made.entrants[4:]]
        db.session.execute(
            sa.update(Entrant).where(Entrant.id.in_(second)).values(category_id=one.categories[1].id)
        )
    with transaction():
        one = db.session.get_one(Competition, made.competition.id, populate_existing=True)
        planning.apply(one, one.stages[0], planning.PlanAsked(7), None, clock.now())
        setup.freeze(one, None, clock.now())
    made.competition = one
    return made


def lock_all(of: Arena, category_id: int) -> None:
    stage = contest.stage_now(fresh(of)[0])
    for number, one in enumerate(of.judges):
        for line in judging.own_sheets(one, stage.id):
            if line.entrant.category_id == category_id and line.sheet.state is not SheetState.LOCKED:
                base = line.entrant.number % 4 - number % 2
                arenas.fill(
                    of, one, line.sheet, {code: 25 * min(4, max(0, base + n % 2)) for n, code in enumerate(FULL)}
                )


class TestCategories:
    def test_the_first_to_finish_does_not_close_judging_for_the_others(self) -> None:
        of = two_categories()
        first, second = fresh(of)[0].categories
        lock_all(of, first.id)
        assert ranking.compute_due(lambda: False) == 1
        assert state(of) is CompetitionState.JUDGING
        stage = contest.stage_now(fresh(of)[0])
        judge = of.judges[0]
        line = next(one for one in judging.own_sheets(judge, stage.id) if one.entrant.category_id == second.id)
        with transaction():
            saved = score_sheets.save(judge, line.sheet.id, draft(FULL, line.sheet.current), clock.now())
        assert saved.aside is None
        lock_all(of, second.id)
        assert ranking.compute_due(lambda: False) == 1
        assert state(of) is CompetitionState.DELIBERATION

    def test_one_that_cannot_be_ranked_and_comes_last_does_not_hold_up_the_others(self, monkeypatch) -> None:
        of = two_categories()
        first, second = fresh(of)[0].categories
        lock_all(of, first.id)
        ranking.compute_due(lambda: False)
        lock_all(of, second.id)

        def refuse(_gathered: object) -> None:
            raise DomainError("no_ranking", "Juri tidak dapat membedakan peserta.")

        monkeypatch.setattr(ranking, "content_of", refuse)
        assert ranking.compute_due(lambda: False) == 0
        assert state(of) is CompetitionState.DELIBERATION

    def test_without_any_ranking_judging_stays_open(self, monkeypatch) -> None:
        of = two_categories()
        for category in fresh(of)[0].categories:
            lock_all(of, category.id)

        def refuse(_gathered: object) -> None:
            raise DomainError("no_ranking", "Juri tidak dapat membedakan peserta.")

        monkeypatch.setattr(ranking, "content_of", refuse)
        assert ranking.compute_due(lambda: False) == 0
        assert state(of) is CompetitionState.JUDGING


class TestRemovedJudges:
    def counting(self, of: Arena) -> set[int]:
        _one, category, stage = fresh(of)
        return {row.judge_id for row in sheets.locked_scores(stage.id, category.id)}

    @pytest.mark.parametrize(("kept", "anew"), [(True, False), (True, True), (False, False)])
    def test_locked_sheets_count_as_decided_also_after_the_next_plan(self, kept: bool, anew: bool) -> None:
        of = arenas.build(entrants_count=6, judges_count=4, stages=1)
        gone = of.judges[0]
        arenas.fill(of, gone, of.own(gone)[0])
        with transaction():
            judges.remove(judging.judge_by_id(gone.id), "Pindah tugas", kept, None, clock.now())  # type: ignore[arg-type]
        assert (gone.id in self.counting(of)) is kept
        one, _category, stage = fresh(of)
        assert planning.preview(one, stage, planning.PlanAsked(8, anew=anew)).ended >= 0
        with transaction():
            planning.apply(one, stage, planning.PlanAsked(8, anew=anew), None, clock.now())
        assert (gone.id in self.counting(of)) is kept


class TestStages:
    def test_only_the_last_stage_makes_winners_and_everybody_else_took_part(self) -> None:
        of = arenas.build(entrants_count=7, judges_count=4)
        arenas.fill_all(of)
        one, category, _last = fresh(of)
        ranking.compute(one, category, one.stages[0], of.committee.id)
        with transaction():
            from app.competition.services import minutes

            meeting = minutes.Meeting(
                number="BA/1/2026", place="Balai Kota", day=clock.local(clock.now()).date(),
                present=frozenset(j.id for j in of.judges), recorder=of.committee.name,
            )  # fmt: skip
            first = minutes.write(
                fresh(of)[0], of.festival, fresh(of)[0].stages[0], meeting, of.committee.id, clock.now()
            )
        first = sealed(of, first)
        assert results.certificates_of(first.id) == []
        with transaction():
            advance.advance(fresh(of)[0], of.committee.id, clock.now())
        with transaction():
            one = fresh(of)[0]
            planning.apply(one, one.stages[1], planning.PlanAsked(9), None, clock.now())
        of.competition = fresh(of)[0]
        arenas.fill_all(of)
        computed(of)
        final = sealed(of, drafted(of, number="BA/2/2026"))
        with transaction():
            publication.announce(fresh(of)[0], of.committee.id, clock.now(), ADDRESS)
        places = [one.place for one, _entrant, _category in results.certificates_of(final.id)]
        assert sorted(place for place in places if place) == [1, 2, 3]
        assert len(places) == 7
        assert db.session.scalar(sa.select(sa.func.count(Certificate.id))) == 7
        for entrant in of.entrants:
            assert results.certificate_of_entrant(entrant.id) is not None


def test_the_window_is_as_the_minutes_say(ctx: None) -> None:
    of = arenas.build(entrants_count=6, judges_count=4, stages=1)
    arenas.fill_all(of)
    with transaction():
        one = fresh(of)[0]
        setup.edit(one, one.version, {"objection_days": 7}, None, clock.now())
    computed(of)
    drafted(of)
    one = fresh(of)[0]
    with pytest.raises(DomainError) as refusal, transaction():
        setup.edit(one, one.version, {"objection_days": 0}, None, clock.now())
    assert refusal.value.code == "in_minutes"
    with transaction():
        one = fresh(of)[0]
        setup.edit(one, one.version, {"objection_days": 7, "name": "Lomba lain"}, None, clock.now())
