"""The committee's pages before judging: wizard, criteria, entrants, judges, plans."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.competition.models import Competition, CompetitionState, Entrant, Judge, ScoreSheet
from app.competition.queries import contest, entrants, judging
from app.core.db import db
from tests import factories
from tests.competition import arena as arenas
from tests.cooperatives import town as directory
from tests.forms import post_form

WIZARD = {
    "name": "Lomba Koperasi", "stages": "two", "categories": "savings", "template": "t6", "judges_each": "3",
    "gates": ["active_nik", "two_meetings"], "blind": "y", "objection_days": "10", "legal_basis": "SK 1",
}  # fmt: skip


@pytest.fixture
def office(app: Flask, client: FlaskClient) -> FlaskClient:
    """A browser of the committee; the city's regions and a festival are there."""
    with app.app_context():
        factories.festival()
        directory.regions()
        factories.sign_in(client, factories.user())
    return client


def text(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return " ".join(answer.get_data(as_text=True).split())


def make(office: FlaskClient, **changed: object) -> str:
    answer = post_form(office, "/committee/competitions/new", **{**WIZARD, **changed})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def test_the_wizard_makes_two_stages_with_whole_weights(office: FlaskClient, app: Flask) -> None:
    home = make(office)
    assert "10 kriteria" in text(office, home)
    with app.app_context():
        one = db.session.scalars(sa.select(Competition)).one()
        assert [stage.code for stage in one.stages] == ["dossier", "visit"]
        assert [category.name for category in one.categories] == ["Simpan pinjam", "Sektor riil"]
        assert (one.stages[0].goes_on, one.stages[1].goes_on) == (10, None)
    post_form(office, f"{home}/open", page=home)
    with app.app_context():
        one = db.session.scalars(sa.select(Competition)).one()
        assert (one.state, len(one.weights_hash or "")) == (CompetitionState.JUDGING, 64)


def test_a_wizard_without_a_name_says_so_and_keeps_the_rest(office: FlaskClient) -> None:
    answer = post_form(office, "/committee/competitions/new", **{**WIZARD, "name": " ", "objection_days": "14"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Isi nama lombanya." in page
    assert 'value="14"' in page


def test_criteria_are_changed_until_they_are_frozen(office: FlaskClient, app: Flask) -> None:
    home = make(office)
    with app.app_context():
        first = contest.criteria_of(1 if home.endswith("/1") else int(home.rsplit("/", 1)[1]))[0]
    address = f"{home}/criteria/{first.id}"
    fields = {
        "stage_id": str(first.stage_id), "category_id": "0", "code": "K", "name": "Kelembagaan", "weight": "19,5",
        "evidence": "Buku RAT", "levels": "1 | Kurang\n3 | Baik",
    }  # fmt: skip
    assert post_form(office, address, **fields).status_code == 303
    assert "jumlah bobot 99.5%" in text(office, f"{home}/criteria")
    refused = post_form(office, f"{home}/open", page=f"{home}/criteria")
    assert refused.status_code == 303
    assert "seharusnya 100%" in text(office, home)
    assert post_form(office, address, **{**fields, "weight": "20"}).status_code == 303
    assert post_form(office, f"{home}/open", page=home).status_code == 303
    frozen = post_form(office, address, page="/committee/competitions/new", **{**fields, "weight": "30"})
    assert frozen.status_code == 422
    assert "sudah dibekukan" in frozen.get_data(as_text=True)
    gone = post_form(office, f"{address}/remove", page="/committee/competitions/new")
    assert gone.status_code == 409


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("weight", "0", "Isi bobot antara"), ("weight", "100,5", "Isi bobot antara"), ("weight", "abc", "Isi bobot"),
     ("code", "dua kata", "tanpa spasi"), ("code", "T", "sudah dipakai"), ("levels", "baik", "satu tingkat"),
     ("levels", "1 | a", "2 sampai 11"), ("levels", "1 | a\n1 | b", "2 sampai 11")],
)  # fmt: skip
def test_criteria_that_cannot_be(office: FlaskClient, field: str, value: str, words: str) -> None:
    home = make(office)
    page = text(office, f"{home}/criteria/new")
    stage = re.search(r'<option selected value="(\d+)"', page)
    assert stage
    fields = {
        "stage_id": stage[1], "category_id": "0", "code": "Z", "name": "Baru", "weight": "5",
        "evidence": "", "levels": "1 | Kurang\n3 | Baik", field: value,
    }  # fmt: skip
    answer = post_form(office, f"{home}/criteria/new", **fields)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)


def test_categories_come_and_go(office: FlaskClient, app: Flask) -> None:
    home = make(office)
    post_form(office, f"{home}/categories", page=f"{home}/criteria", name="Syariah")
    again = post_form(office, f"{home}/categories", page=f"{home}/criteria", name="Syariah")
    assert again.status_code == 303
    assert "sudah ada" in text(office, f"{home}/criteria")
    with app.app_context():
        last = db.session.scalars(sa.select(Competition)).one().categories[-1]
    post_form(office, f"{home}/categories/{last.id}/remove", page=f"{home}/criteria")
    assert "Syariah" not in text(office, f"{home}/criteria")


def test_entrants_are_found_and_unknown_gates_decided_with_a_reason(office: FlaskClient, app: Flask) -> None:
    home = make(office)
    with app.app_context():
        one = directory.cooperative("KSP Maju Jaya", kind="simpan_pinjam")
    assert "KSP Maju Jaya" in text(office, f"{home}/entrants/add?q=maju")
    post_form(office, f"{home}/entrants", page=f"{home}/entrants/add?q=maju", cooperative=[str(one.id)])
    listed = text(office, f"{home}/entrants")
    assert "NIK koperasi aktif: belum diketahui" in listed
    assert "Simpan pinjam" in listed
    twice = post_form(office, f"{home}/entrants", page=f"{home}/entrants/add?q=maju", cooperative=[str(one.id)])
    assert "sudah menjadi peserta" in twice.get_data(as_text=True) + text(office, f"{home}/entrants")
    with app.app_context():
        entrant = db.session.scalars(sa.select(Entrant)).one()
        assert entrants.admitted(entrant.competition_id, 1) == []
    page = f"{home}/entrants/{entrant.id}"
    missing = post_form(office, f"{page}/gate", page=page, gate="active_nik", value="yes", reason=" ")
    assert missing.status_code == 422
    for gate in ("active_nik", "two_meetings"):
        done = post_form(office, f"{page}/gate", page=page, gate=gate, value="yes", reason="Ditunjukkan")
        assert done.status_code == 303
    with app.app_context():
        assert len(entrants.admitted(entrant.competition_id, 1)) == 1
    post_form(office, f"{page}/withdraw", page=page, reason="Tidak sempat")
    assert "Tidak sempat" in text(office, page)
    with app.app_context():
        assert entrants.admitted(entrant.competition_id, 1) == []


def test_an_invitation_works_once_and_only_with_the_button(office: FlaskClient, app: Flask) -> None:
    home = make(office)
    answer = post_form(office, f"{home}/judges", name="Siti", affiliation="Dekopinda", phone="0812 3456 7890")
    link = re.search(r"/judging/invitations/[\w-]+", answer.get_data(as_text=True))
    assert link
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    judge = app.test_client()
    for _ in range(2):  # previews of messengers
        assert judge.get(link[0]).status_code == 200
    assert post_form(judge, link[0]).headers["Location"] == "/judging"
    assert "Lomba Koperasi" in text(judge, "/judging")
    assert app.test_client().get(link[0]).status_code == 410
    assert judge.get("/committee").headers["Location"] == "/judging"
    assert judge.get(home).status_code == 403


def test_a_new_invitation_shuts_out_a_stolen_one(office: FlaskClient, app: Flask) -> None:
    home = make(office)
    first = re.search(
        r"/judging/invitations/[\w-]+", post_form(office, f"{home}/judges", name="Siti").get_data(as_text=True)
    )
    assert first
    thief = app.test_client()
    post_form(thief, first[0])
    with app.app_context():
        judge = db.session.scalars(sa.select(Judge)).one()
    again = post_form(office, f"{home}/judges/{judge.id}/invitation", page=f"{home}/judges/{judge.id}")
    assert again.status_code == 200
    assert thief.get("/judging").status_code == 302  # the session ended, too


def test_a_plan_is_looked_at_and_then_put_into_force(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        arena = arenas.build(entrants_count=8, judges_count=4, begin=False)
        factories.sign_in(client, factories.user("admin", Role.ADMIN))
        home, stage = f"/committee/competitions/{arena.competition.id}", arena.competition.stages[0]
    page = text(client, f"{home}/plan?seed=5&calibration=2")
    assert "Keterhubungan" in page
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ScoreSheet)) == 0
    post_form(client, f"{home}/plan", page=f"{home}/plan", seed="5", calibration="2")
    with app.app_context():
        # two entrants whom all four judge, six with three judges each
        assert len(judging.live_assignments(stage.id)) == 2 * 4 + 6 * 3
    assert "Pembagian ini sudah berlaku" in text(client, f"{home}/plan?seed=5&calibration=2")
    client.get(f"{home}/progress")
    assert "belum diisi" in text(client, f"{home}/progress")


def test_too_few_judges_for_a_plan_is_said_in_words(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        arena = arenas.build(entrants_count=3, judges_count=2, begin=False)
        home = f"/committee/competitions/{arena.competition.id}"
        factories.sign_in(client, factories.user())
    assert "padahal hanya ada 2 juri" in text(client, f"{home}/plan?calibration=0")


def test_the_committee_reminds_with_one_button(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        arena = arenas.build()
        home = f"/committee/competitions/{arena.competition.id}"
        factories.sign_in(client, factories.user())
    post_form(client, f"{home}/remind", page=f"{home}/progress")
    assert "3 juri masuk ke pesan keluar" in text(client, f"{home}/progress")
    post_form(client, f"{home}/remind", page=f"{home}/progress")
    assert "Tidak ada yang perlu diingatkan" in text(client, f"{home}/progress")
