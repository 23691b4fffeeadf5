"""From locked sheets to signed minutes, certificates, objections and coaching, through the services."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.competition.models import (
    Category,
    Certificate,
    Competition,
    CompetitionState,
    Entrant,
    Minutes,
    Result,
    Signature,
    Stage,
)
from app.competition.queries import contest, judging, results
from app.competition.rules import bundle
from app.competition.rules import minutes as papers
from app.competition.services import (
    advance,
    entrants,
    feedback,
    judges,
    minutes,
    panel,
    planning,
    publication,
    result_health,
    setup,
    signing,
)
from app.competition.services import results as ranking
from app.competition.services import sheets as score_sheets
from app.cooperatives.models import CoachingCase
from app.core import clock
from app.core.codes import normalise_typed_code
from app.core.db import db, in_transaction, transaction
from app.core.errors import DomainError, InvalidInput, NotFound
from tests.competition import arena as arenas
from tests.competition.arena import Arena

pytestmark = pytest.mark.usefixtures("ctx")
ADDRESS = "http://localhost/competitions/lomba"
SCRIPT = Path(ranking.__file__).parents[1] / "fixtures" / "verify_ranking.py"


@pytest.fixture
def arena(ctx: None) -> Arena:
    """Six entrants, four judges, all sheets of the one stage locked."""
    made = arenas.build(entrants_count=6, judges_count=4, stages=1)
    arenas.fill_all(made)
    return made


def fresh(of: Arena) -> tuple[Competition, Category, Stage]:
    db.session.expire_all()
    competition = db.session.get_one(Competition, of.competition.id)
    return competition, competition.categories[0], competition.stages[-1]


def computed(of: Arena) -> Result:
    return ranking.compute(*fresh(of), of.committee.id)


def committee(of: Arena) -> panel.Panelist:
    return panel.panelist(fresh(of)[0], of.committee)


def as_judge(of: Arena, number: int) -> panel.Panelist:
    judge = judging.judge_by_id(of.judges[number].id)
    assert judge is not None
    return panel.Panelist(judge.user_id or 0, judge, False)


def drafted(of: Arena, **changed: object) -> Minutes:
    competition, _category, stage = fresh(of)
    values: dict[str, object] = {
        "number": "BA/1/2026", "place": "Balai Kota", "day": date(2026, 7, 20),
        "present": frozenset(one.id for one in of.judges), "recorder": of.committee.name, **changed,
    }  # fmt: skip
    meeting = minutes.Meeting(**values)  # type: ignore[arg-type]
    with transaction():
        return minutes.write(competition, of.festival, stage, meeting, of.committee.id, clock.now())


def signed(of: Arena, made: Minutes, *numbers: int) -> None:
    for number in numbers:
        with transaction():
            signing.sign(results.minutes_by_id(made.id), as_judge(of, number), "", clock.now())  # type: ignore[arg-type]


def sealed(of: Arena, made: Minutes, *numbers: int) -> Minutes:
    signed(of, made, *(numbers or (0, 1, 2)))
    given = results.signatures_of(made.id)
    pdf = signing.paper(made, "https://pekan.example/minutes/X", given)
    with transaction():
        signing.seal(results.minutes_by_id(made.id), pdf, given, of.committee.id, clock.now())  # type: ignore[arg-type]
    db.session.expire_all()
    found = results.minutes_by_id(made.id)
    assert found is not None
    return found


def announced(of: Arena) -> Minutes:
    computed(of)
    made = sealed(of, drafted(of))
    with transaction():
        publication.announce(fresh(of)[0], of.committee.id, clock.now(), ADDRESS)
    return made


def refused(code: str) -> pytest.RaisesExc[DomainError]:
    return pytest.RaisesExc(DomainError, check=lambda error: error.code == code)


def test_a_result_is_stored_once_with_all_that_rank_gives(arena: Arena) -> None:
    found = computed(arena)
    assert [found.number, found.kind, len(found.content["ranking"])] == [1, "judged", 6]
    assert found.content["ranking"][0].keys() >= {"score", "se", "p_first", "p_top3", "rank_low", "mean", "judges"}
    assert found.hash == minutes.papers.digest(found.content)
    assert fresh(arena)[0].state is CompetitionState.DELIBERATION
    assert computed(arena).number == 2


def test_the_stored_content_survives_the_database_to_the_last_digit(arena: Arena) -> None:
    number = computed(arena).id
    db.session.expire_all()
    found = results.result_by_id(number)
    assert found is not None
    assert found.hash == minutes.papers.digest(found.content)


def test_open_sheets_and_no_sheets_give_no_result(arena: Arena) -> None:
    sheet, other = arena.own(arena.judges[0])[0], arenas.factories.user("ketua")
    with transaction():
        score_sheets.ask_reopening(sheet.id, "Salah isi", arena.committee.id, clock.now())
    with transaction():
        score_sheets.answer_reopening(sheet.id, True, other.id, clock.now())
    with refused("sheets_open"):
        computed(arena)
    empty = arenas.competition(arena.festival)
    with refused("no_sheets"):
        ranking.gather(empty, empty.categories[0], empty.stages[0])


def test_a_sheet_that_changes_while_computing_is_noticed(arena: Arena) -> None:
    gathered = ranking.gather(*fresh(arena))
    content = ranking.content_of(gathered)
    with transaction():
        db.session.execute(sa.text("UPDATE sheet_chain SET hash = :h"), {"h": "0" * 64})
    with refused("sheets_changed"), transaction():
        ranking.store_result(gathered, content, None, clock.now())


def test_the_worker_computes_what_is_complete_once(arena: Arena) -> None:
    assert ranking.compute_due(lambda: False) == 1
    assert ranking.compute_due(lambda: False) == 0
    assert ranking.compute_due(lambda: True) == 0


def test_a_result_names_its_judges_for_the_panel_and_hides_them_in_the_bundle(arena: Arena) -> None:
    content = computed(arena).content
    assert {one["judge"] for one in content["judges"]} == {one.name for one in arena.judges}
    assert "Juri" not in json.dumps(content["bundle"])


def test_an_entrant_who_leaves_makes_the_result_stale(arena: Arena) -> None:
    found = computed(arena)
    assert not ranking.stale(found)
    with transaction():
        one = db.session.get_one(Entrant, arena.entrants[0].id)
        entrants.withdraw(one, "Pindah", arena.committee.id, clock.now())
    assert ranking.stale(found)
    assert minutes.readiness(*fresh(arena)[::2]).obstacles
    assert len(computed(arena).content["ranking"]) == 5


def test_the_best_go_on_and_their_stage_ranks_by_itself(ctx: None) -> None:
    made = arenas.build(entrants_count=6, judges_count=4)
    with refused("not_ready"), transaction():
        advance.advance(fresh(made)[0], made.committee.id, clock.now())
    arenas.fill_all(made)
    competition, category, _last = fresh(made)
    first = competition.stages[0]
    result = ranking.compute(competition, category, first, None)
    assert fresh(made)[0].state is CompetitionState.JUDGING
    with transaction():
        told = advance.advance(fresh(made)[0], made.committee.id, clock.now())
    expected = advance.finalists(result.content, first.goes_on or 0)
    assert [(one.id, count) for one, count in told] == [(category.id, len(expected))]
    assert fresh(made)[0].stage_position == 2
    went = [ranking.label(one.number, one.name) for one in results.entrants_in(category.id, 2)]
    assert sorted(went) == sorted(expected)
    with refused("last_stage"), transaction():
        advance.advance(fresh(made)[0], made.committee.id, clock.now())


def test_shared_places_go_on_together() -> None:
    places = [{"entrant": name, "place": place} for name, place in (("a", 1), ("b", 2), ("c", 2), ("d", 4))]
    assert advance.finalists({"places": places}, 2) == ["a", "b", "c"]
    assert advance.finalists({"places": places}, 3) == ["a", "b", "c"]


def test_judging_opens_again_with_a_reason_and_what_was_announced_stays(arena: Arena) -> None:
    with refused("judging"), transaction():
        advance.reopen_judging(fresh(arena)[0], "Lembar satu keliru", arena.committee.id, clock.now())
    made = announced(arena)
    with pytest.raises(InvalidInput), transaction():
        advance.reopen_judging(fresh(arena)[0], "salah", arena.committee.id, clock.now())
    with transaction():
        advance.reopen_judging(fresh(arena)[0], "Lembar satu keliru", arena.committee.id, clock.now())
    assert fresh(arena)[0].state is CompetitionState.JUDGING
    assert publication.published(fresh(arena)[0]).id == made.id  # type: ignore[union-attr]
    computed(arena)
    assert fresh(arena)[0].state is CompetitionState.ANNOUNCED


def test_strangers_find_no_panel(arena: Arena) -> None:
    with pytest.raises(NotFound):
        panel.panelist(fresh(arena)[0], arenas.factories.user("gerbang", arenas.factories.Role.GATE))


def test_a_conflicted_judge_is_locked_out_and_does_not_count_for_the_quorum(arena: Arena) -> None:
    with transaction():
        judge = judging.judge_by_id(arena.judges[3].id)
        entrant = db.session.get_one(Entrant, arena.entrants[0].id)
        assert judge is not None
        judges.declare_conflict(judge, entrant, "Saudara ketuanya", judge.user_id or 0, clock.now())
    category = fresh(arena)[1]
    with refused("locked_out"):
        panel.admit(as_judge(arena, 3), category)
    panel.admit(as_judge(arena, 0), category)
    panel.admit(committee(arena), category)


def places_of(result: Result) -> dict[str, int]:
    return {row["entrant"]: row["place"] for row in result.content["places"]}


def swapped(result: Result) -> dict[str, int]:
    """The first two change places (all others keep theirs)."""
    ordered = sorted(places_of(result).items(), key=lambda pair: pair[1])
    plain = {name: place for place, (name, _place) in enumerate(ordered, 1)}
    plain[ordered[0][0]], plain[ordered[1][0]] = 2, 1
    return plain


def test_the_panel_makes_a_new_version_and_both_stay(arena: Arena) -> None:
    first = computed(arena)
    after = swapped(first)
    with transaction():
        second = panel.deliberate(as_judge(arena, 0), first, after, "Temuan saat kunjungan", clock.now())
    assert [second.number, second.kind, second.based_on_id] == [2, "deliberated", first.id]
    assert places_of(second) == after
    assert second.content["ranking"] == first.content["ranking"]
    assert second.content["changes"][0]["reason"] == "Temuan saat kunjungan"
    kept = results.result_numbered(first.category_id, first.stage_id, 1)
    assert kept is not None
    assert kept.hash == minutes.papers.digest(kept.content)
    with refused("edited_meanwhile"), transaction():
        panel.deliberate(as_judge(arena, 1), first, after, "Temuan saat kunjungan", clock.now())


def test_a_change_without_reason_or_with_impossible_places_is_refused(arena: Arena) -> None:
    first = computed(arena)
    for after, reason, code in (
        (swapped(first), "", "no_reason"), (places_of(first), "Temuan kunjungan", "nothing_changed"),
        (dict.fromkeys(places_of(first), 2), "Temuan kunjungan", "places"),
        ({"x": 1}, "Temuan kunjungan", "not_the_same"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as refusal, transaction():
            panel.deliberate(committee(arena), first, after, reason, clock.now())
        assert refusal.value.code == code


def test_minutes_hold_everything_and_their_hash(arena: Arena) -> None:
    first = computed(arena)
    with transaction():
        panel.deliberate(as_judge(arena, 0), first, swapped(first), "Temuan saat kunjungan", clock.now())
        panel.dissent(as_judge(arena, 1), fresh(arena)[2], "Saya tidak setuju", clock.now())
    made = drafted(arena)
    content = signing.content_of(made)
    section = content.sections[0]
    assert [line.place for line in section.ranked] == [1, 2, 3, 4, 5, 6]
    assert section.ranked[0].decided == "panel"
    assert section.changes[0].reason == "Temuan saat kunjungan"
    assert [one.text for one in content.dissent] == ["Saya tidak setuju"]
    assert [content.quorum_panel, content.quorum_present] == [4, 4]
    assert section.inputs_sha256 == first.content["bundle"]["inputs_sha256"]
    assert content.legal_basis == ("Keputusan Kepala Dinas 1/2026",)
    assert signing.paper(made, "https://pekan.example/minutes/X", []).startswith(b"%PDF")


def test_minutes_need_a_result_a_quorum_and_a_number_of_their_own(arena: Arena) -> None:
    with refused("not_ready"):
        drafted(arena)
    computed(arena)
    with pytest.raises(InvalidInput) as refusal:
        drafted(arena, present=frozenset({arena.judges[0].id, arena.judges[1].id}))
    assert refusal.value.code == "no_quorum"
    made = drafted(arena)
    with refused("draft_exists"):
        drafted(arena, number="BA/2")
    sealed(arena, made)
    with pytest.raises(InvalidInput) as refusal:
        drafted(arena, reason="Salah tulis nama")
    assert refusal.value.code == "number_taken"


def alone_in_a_category() -> Arena:
    """Five entrants in one category, a single one in the other; all sheets locked."""
    made = arenas.build(
        entrants_count=0, judges_count=4, begin=False, categories=(("Konsumen", ("konsumen",)), ("Jasa", ("jasa",)))
    )
    made.entrants = [arenas.enter(made.competition, f"Koperasi {n}", kind="konsumen") for n in range(5)]
    made.entrants.append(arenas.enter(made.competition, "Koperasi sendirian", kind="jasa"))
    with transaction():
        one = fresh(made)[0]
        planning.apply(one, one.stages[0], planning.PlanAsked(7), None, clock.now())
        setup.freeze(one, None, clock.now())
    arenas.fill_all(made)
    made.competition = fresh(made)[0]
    return made


def test_a_category_of_one_does_not_hold_up_the_others(ctx: None) -> None:
    """The minutes say that it was not ranked, and why; it goes on with the best of the others."""
    made = alone_in_a_category()
    competition, category, _last = fresh(made)
    first = competition.stages[0]
    with refused("not_ready"), transaction():
        advance.advance(competition, made.committee.id, clock.now())
    ranking.compute(competition, category, first, None)
    meeting = minutes.Meeting(
        "BA/1",
        "Balai",
        date(2026, 7, 20),
        frozenset(one.id for one in made.judges),
        "panitia",
        chair=made.judges[2].id,
    )
    with transaction():
        paper = minutes.write(fresh(made)[0], made.festival, first, meeting, made.committee.id, clock.now())
    content = signing.content_of(paper)
    assert [section.category for section in content.sections] == ["Konsumen"]
    [alone] = content.unranked
    assert (alone.category, alone.entrants) == ("Jasa", ("06 Koperasi sendirian",))
    assert "satu" in alone.reason.lower()
    assert content.signers[0] == ("Juri 3", "Ketua tim juri")
    assert signing.paper(paper, "https://pekan.example/minutes/X", []).startswith(b"%PDF")
    with transaction():
        told = advance.advance(fresh(made)[0], made.committee.id, clock.now())
    assert [(one.name, count) for one, count in told] == [("Konsumen", first.goes_on), ("Jasa", 1)]


def test_minutes_from_before_there_was_such_a_part_are_read(arena: Arena) -> None:
    computed(arena)
    content = {name: value for name, value in drafted(arena).content.items() if name != "unranked"}
    content["content_sha256"] = papers.digest(content)
    assert papers.from_content(content).unranked == ()


def test_two_people_sign_and_nobody_twice_or_for_another(arena: Arena) -> None:
    computed(arena)
    made = drafted(arena, present=frozenset(one.id for one in arena.judges[:3]))
    with refused("not_a_signer"):
        signed(arena, made, 3)
    signed(arena, made, 0)
    with refused("twice"):
        signed(arena, made, 0)
    with refused("too_few"):
        sealed(arena, made, 1)
    assert len(results.signatures_of(made.id)) == 2
    done = sealed(arena, made, 2)
    assert done.signed_at is not None
    assert done.sha256 is not None
    with refused("signed"):
        signed(arena, made, 1)
    with refused("signed"), transaction():
        signing.discard(done, arena.committee.id, clock.now())


def test_all_sign_at_once_and_each_once(app: Flask, arena: Arena) -> None:
    """Four judges on three devices each."""
    computed(arena)
    number, ids = drafted(arena).id, [one.id for one in arena.judges]
    start, said = threading.Barrier(3 * len(ids)), []

    def one(judge_id: int) -> None:
        with app.app_context():
            start.wait()

            def deed() -> None:
                judge = judging.judge_by_id(judge_id)
                who = panel.Panelist(judge.user_id or 0, judge, False)  # type: ignore[union-attr]
                signing.sign(results.minutes_by_id(number), who, "", clock.now())  # type: ignore[arg-type]

            try:
                in_transaction(deed)
                said.append("signed")
            except DomainError as refusal:
                said.append(refusal.code)
            finally:
                db.session.remove()

    db.session.rollback()
    crowd = [threading.Thread(target=one, args=(judge_id,)) for judge_id in ids * 3]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    assert Counter(said) == {"signed": 4, "twice": 8}
    db.session.expire_all()
    assert sorted(one.name for one in results.signatures_of(number)) == ["Juri 1", "Juri 2", "Juri 3", "Juri 4"]


def test_a_draft_that_fell_behind_cannot_be_signed(arena: Arena) -> None:
    computed(arena)
    made = drafted(arena)
    signed(arena, made, 0)
    with transaction():
        panel.dissent(as_judge(arena, 1), fresh(arena)[2], "Saya tidak setuju", clock.now())
    with refused("behind"):
        signed(arena, made, 2)
    with transaction():
        signing.discard(results.minutes_by_id(made.id), arena.committee.id, clock.now())  # type: ignore[arg-type]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Signature)) == 0
    sealed(arena, drafted(arena))


def test_a_pdf_without_the_last_signature_is_not_sealed(arena: Arena) -> None:
    computed(arena)
    made = drafted(arena)
    signed(arena, made, 0, 1, 2)
    given = results.signatures_of(made.id)[:2]
    with refused("signed_meanwhile"), transaction():
        signing.seal(made, b"%PDF", given, arena.committee.id, clock.now())


def test_tampered_minutes_are_found_out(arena: Arena) -> None:
    computed(arena)
    made = drafted(arena)
    content = json.loads(json.dumps(made.content))
    content["sections"][0]["ranked"][0]["place"] = 2
    with transaction():
        db.session.execute(sa.update(Minutes).values(content=content))
    db.session.expire_all()
    with pytest.raises(ValueError, match="changed"):
        signing.content_of(results.minutes_by_id(made.id))  # type: ignore[arg-type]


def test_the_doctor_finds_what_was_changed_behind_our_back(arena: Arena) -> None:
    made = announced(arena)
    assert result_health.check() == []
    content = json.loads(json.dumps(made.content))
    content["place"] = "Tempat lain"
    with transaction():
        db.session.execute(sa.update(Result).values(hash="0" * 64))
        db.session.execute(sa.update(Minutes).values(pdf=b"%PDF-1.4 lain"))
    db.session.expire_all()
    assert len(result_health.check()) == 2
    content["content_sha256"] = minutes.papers.digest(content)  # the hash made to fit: signatures tell
    with transaction():
        db.session.execute(sa.update(Minutes).values(content=content))
    db.session.expire_all()
    assert len(result_health.check()) == 2


def test_amendments_are_numbered_and_replace_certificates(arena: Arena) -> None:
    first = announced(arena)
    before = results.certificates_of(first.id)
    assert [one.place for one, _entrant, _category in before] == [1, 2, 3, None, None, None]
    assert all(normalise_typed_code(one.code) for one, _e, _c in before)
    latest = results.latest_result(fresh(arena)[1].id, fresh(arena)[2].id)
    assert latest is not None
    with transaction():
        panel.deliberate(committee(arena), latest, swapped(latest), "Keberatan diterima", clock.now())
    with pytest.raises(InvalidInput) as refusal:
        drafted(arena, number="BA/1/2026/P1")
    assert refusal.value.code == "reason_missing"
    draft = drafted(arena, number="BA/1/2026/P1", reason="Keberatan diterima")
    assert publication.published(fresh(arena)[0]).id == first.id  # type: ignore[union-attr]
    second = sealed(arena, draft)
    assert second.amendment_of_id == first.id
    assert signing.content_of(second).amends == "BA/1/2026"
    assert publication.published(fresh(arena)[0]).id == second.id  # type: ignore[union-attr]
    assert all(one.revoked_at for one, _e, _c in results.certificates_of(first.id))
    valid = db.session.scalars(sa.select(Certificate).where(Certificate.revoked_at.is_(None))).all()
    assert len(valid) == 6


def test_the_cards_come_from_signed_minutes_third_first(arena: Arena) -> None:
    computed(arena)
    with refused("not_signed"), transaction():
        publication.announce(fresh(arena)[0], arena.committee.id, clock.now(), ADDRESS)
    made = sealed(arena, drafted(arena))
    told = publication.cards(made)["Semua koperasi"]
    ranked = made.content["sections"][0]["ranked"]
    assert [one.card.place for one in told] == [3, 2, 1]
    assert told[-1].card.entrants == (ranking.bare(ranked[0]["name"]),)
    assert told[-1].words == "Juara Pertama"


def test_announcing_twice_keeps_the_first_moment(arena: Arena) -> None:
    announced(arena)
    first = fresh(arena)[0].announced_at
    with transaction():
        publication.announce(fresh(arena)[0], arena.committee.id, clock.now() + timedelta(days=1), ADDRESS)
    assert fresh(arena)[0].announced_at == first


def test_the_published_bundle_agrees_with_the_signed_minutes(arena: Arena, tmp_path: Path) -> None:
    made = announced(arena)
    found = publication.bundle(made, "Semua koperasi")
    raw = json.dumps(found).encode()
    told = bundle.verify(raw)
    section = made.content["sections"][0]
    assert (told.inputs_sha256, told.ranks_sha256) == (section["inputs_sha256"], section["ranks_sha256"])
    (tmp_path / "bundle.json").write_bytes(raw)
    said = subprocess.run([sys.executable, "-I", str(SCRIPT), str(tmp_path / "bundle.json")], capture_output=True)
    assert said.returncode == 0, said
    assert section["ranks_sha256"].encode() in said.stdout
    assert publication.bundle(made, "Lain") is None


def test_objections_within_the_window_and_their_answer(arena: Arena) -> None:
    computed(arena)
    one = arena.entrants[1]
    with refused("not_announced"):
        publication.objected(fresh(arena)[0], one, "Mengapa?", clock.now())
    sealed(arena, drafted(arena))
    with transaction():
        publication.announce(fresh(arena)[0], arena.committee.id, clock.now(), ADDRESS)
    window = publication.window_of(fresh(arena)[0])
    assert window is not None
    with transaction():
        made = publication.objected(fresh(arena)[0], one, " Mengapa?\nMohon penjelasan. ", window.last_day)
    with refused("window_closed"):
        publication.objected(fresh(arena)[0], one, "Mengapa?", window.closes)
    with pytest.raises(InvalidInput):
        publication.objected(fresh(arena)[0], one, "  ", clock.now())
    with transaction():
        publication.answer(made, "Karena nilai Tata kelola.", arena.committee.id, clock.now())
    with refused("answered"), transaction():
        publication.answer(made, "Lain", arena.committee.id, clock.now())
    db.session.expire_all()
    assert [(o.text, o.answer) for o in results.objections_by(one.id)] == [
        ("Mengapa?\nMohon penjelasan.", "Karena nilai Tata kelola.")
    ]


def test_one_link_does_not_fill_the_list(arena: Arena) -> None:
    announced(arena)
    for _n in range(publication.MOST_OBJECTIONS):
        with transaction():
            publication.objected(fresh(arena)[0], arena.entrants[0], "Mengapa?", clock.now())
    with refused("too_many"):
        publication.objected(fresh(arena)[0], arena.entrants[0], "Mengapa?", clock.now())


def test_feedback_tells_quartiles_and_the_weakest(arena: Arena) -> None:
    announced(arena)
    competition = fresh(arena)[0]
    told = feedback.feedback_of(competition, arena.entrants[0])
    assert told is not None
    assert len(told.criteria) == len(contest.sheet_criteria(told.stage.id, told.category.id))
    assert all(own.quarter for _criterion, own in told.criteria)
    assert len(told.weakest) == 3


def test_who_did_not_go_on_is_told_the_result_of_the_last_stage_reached(ctx: None) -> None:
    made = arenas.build(entrants_count=6, judges_count=4)
    arenas.fill_all(made)
    competition, category, _last = fresh(made)
    first = competition.stages[0]
    ranking.compute(competition, category, first, None)
    with transaction():
        first.goes_on = 3
    with transaction():
        advance.advance(fresh(made)[0], made.committee.id, clock.now())
    with transaction():
        one = fresh(made)[0]
        planning.apply(one, one.stages[1], planning.PlanAsked(7), None, clock.now())
    made.competition = fresh(made)[0]
    arenas.fill_all(made)
    announced(made)
    competition = fresh(made)[0]
    found = [feedback.feedback_of(competition, db.session.get_one(Entrant, one.id)) for one in made.entrants]
    assert sorted(told.line["place"] for told in found if told and told.decided) == [1, 2, 3]
    assert sorted(told.line["place"] for told in found if told and not told.decided) == [4, 5, 6]
    assert {told.stage.name for told in found if told and not told.decided} == {"Penilaian berkas"}
    assert {told.entrants for told in found if told} == {3, 6}
    assert all(told and told.weakest for told in found)


def test_nothing_is_told_before_the_announcement(arena: Arena) -> None:
    computed(arena)
    sealed(arena, drafted(arena))
    assert feedback.feedback_of(fresh(arena)[0], arena.entrants[0]) is None
    with refused("no_feedback"), transaction():
        feedback.ask_for_coaching(fresh(arena)[0], arena.entrants[0], clock.now())


def test_coaching_opens_once_with_the_weakest_criteria(arena: Arena) -> None:
    announced(arena)
    with transaction():
        made = feedback.ask_for_coaching(fresh(arena)[0], arena.entrants[0], clock.now())
    told = feedback.feedback_of(fresh(arena)[0], arena.entrants[0])
    assert told is not None
    assert told.weakest[0].name in made.finding
    with refused("asked"), transaction():
        feedback.ask_for_coaching(fresh(arena)[0], arena.entrants[0], clock.now())
    assert db.session.scalar(sa.select(sa.func.count()).select_from(CoachingCase)) == 1
