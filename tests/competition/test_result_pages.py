"""Pages of results without JavaScript: what they show, to whom, and what they do."""

from __future__ import annotations

import contextvars
import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts.models import Role, User
from app.competition.models import Competition, CompetitionState, Entrant, Judge, Minutes
from app.competition.queries import judging, results
from app.competition.rules import bundle
from app.competition.services import entrants, judges
from app.competition.services import results as ranking
from app.cooperatives.models import CoachingCase
from app.core import clock
from app.core.db import db, transaction
from app.messaging.models import OutboxMessage
from tests import factories
from tests.competition import arena as arenas
from tests.competition.arena import Arena
from tests.core.hostile import TYPED
from tests.forms import csrf_token, post_form

HIDDEN = ("Juri 1", "Juri 2", "Juri 3", "Juri 4")


class Browser:
    """A test client whose requests know nothing of the test's own context, user or session, as outside."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, *arguments: Any, **more: Any) -> TestResponse:
        return self._apart(self.client.get, *arguments, **more)

    def post(self, *arguments: Any, **more: Any) -> TestResponse:
        return self._apart(self.client.post, *arguments, **more)

    def _apart(self, send: Callable[..., TestResponse], *arguments: Any, **more: Any) -> TestResponse:
        db.session.rollback()
        try:
            return contextvars.Context().run(send, *arguments, **more)
        finally:
            db.session.expire_all()


class Panel:
    """An arena whose sheets are locked, and browsers of those who meet."""

    def __init__(self, app: Flask, arena: Arena) -> None:
        self.app, self.arena = app, arena
        self.home = f"/committee/competitions/{arena.competition.id}"
        self.category, self.stage = arena.competition.categories[0].id, arena.competition.stages[-1].id
        self.result = f"{self.home}/results/{self.category}/{self.stage}"
        self.committee = self.browser(arena.committee)
        self.judges = [self.browser(db.session.get_one(User, one.user_id)) for one in arena.judges]

    def browser(self, who: User | None = None) -> Any:
        """A browser of somebody, signed in."""
        made = self.app.test_client()
        if who is not None:
            factories.sign_in(made, who)
        return Browser(made)

    def compute(self) -> None:
        """As the committee does."""
        assert post_form(self.committee, f"{self.result}/compute", page=f"{self.home}/results").status_code == 303

    def write(self, number: str = "BA/1/2026", **more: object) -> str:
        """A draft; gives its address."""
        fields: dict[str, object] = {
            "number": number, "day": clock.local(clock.now()).date().isoformat(), "place": "Balai Kota",
            "present": [str(one.id) for one in self.arena.judges], **more,
        }  # fmt: skip
        answer = post_form(self.committee, f"{self.home}/minutes/new", **fields)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return answer.headers["Location"]

    def seal(self, address: str, signers: int = 3) -> None:
        """Judges sign, the committee puts it into force."""
        for browser in self.judges[:signers]:
            assert post_form(browser, f"{address}/sign", page=address).status_code == 303
        post_form(self.committee, f"{address}/seal", page=address)
        assert "disahkan" in self.text(address)

    def announce(self) -> None:
        """Everything up to the public page."""
        self.compute()
        self.seal(self.write())
        post_form(self.committee, f"{self.home}/announce", page=f"{self.home}/results")

    def text(self, address: str, browser: Any = None, status: int = 200) -> str:
        """A page as text, with runs of blanks as one."""
        answer = (browser or self.committee).get(address)
        assert answer.status_code == status, answer.get_data(as_text=True)[:3000]
        return " ".join(answer.get_data(as_text=True).split())

    def link(self, place: int = 0) -> str:
        """An entrant's own address."""
        with transaction():
            one = db.session.get_one(Entrant, self.arena.entrants[place].id)
            token = entrants.new_link(one, None, clock.now())
        return f"/dossiers/{token}"


@pytest.fixture
def panel(app: Flask, ctx: None) -> Panel:
    made = arenas.build(entrants_count=6, judges_count=4, stages=1)
    arenas.fill_all(made)
    return Panel(app, made)


def test_strangers_find_nothing(panel: Panel) -> None:
    panel.compute()
    other = panel.browser(factories.user("petugas", Role.GATE))
    for address in ("/results", f"/results/{panel.category}/{panel.stage}"):
        assert panel.browser().get(panel.home + address).status_code == 302
        panel.text(panel.home + address, other, 404)
    assert other.get(f"{panel.home}/minutes/new").status_code == 403
    assert panel.judges[0].get(f"{panel.home}/minutes/new").status_code == 403
    panel.text(f"{panel.home}/results/{panel.category + 99}/{panel.stage}", status=404)
    panel.text(f"{panel.result}?version=9", status=404)


def test_the_result_shows_both_rankings_and_how_sure_they_are(panel: Panel) -> None:
    assert "belum dihitung" in panel.text(f"{panel.home}/results")
    panel.compute()
    for browser in (panel.committee, panel.judges[0]):
        page = panel.text(panel.result, browser)
        for shown in (
            "Terkoreksi",
            "Rata-rata biasa",
            "Peluang pertama",
            "Rentang peringkat",
            "<svg",
            "Juri 1",
            "±",
        ):
            assert shown in page
        assert "terbaik:" in page


def test_the_result_page_comes_from_the_stored_result_in_50_ms(panel: Panel) -> None:
    panel.compute()
    panel.text(panel.result)
    took = []
    for _n in range(9):
        start = time.perf_counter()
        panel.text(panel.result)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.05, took  # the others wait for whatever else this machine does


def test_open_sheets_are_told_and_nothing_is_computed(panel: Panel) -> None:
    with transaction():
        db.session.execute(
            sa.text("UPDATE score_sheet SET state = 'reopened' WHERE id = (SELECT min(id) FROM score_sheet)")
        )
    page = panel.text(f"{panel.home}/results")
    assert "Hitung</" not in page
    post_form(panel.committee, f"{panel.result}/compute", page=f"{panel.home}/minutes/new")
    assert "belum dikunci" in panel.text(f"{panel.home}/results")


def test_a_conflicted_judge_sees_why_not(panel: Panel) -> None:
    panel.compute()
    with transaction():
        judge = judging.judge_by_id(panel.arena.judges[3].id)
        entrant = db.session.get_one(Entrant, panel.arena.entrants[0].id)
        assert judge is not None
        judges.declare_conflict(judge, entrant, "Saudara ketuanya", judge.user_id or 0, clock.now())
    for address in (panel.result, f"{panel.result}/deliberation"):
        assert "benturan kepentingan" in panel.text(address, panel.judges[3], 403)
    assert "benturan kepentingan" in panel.text(f"{panel.home}/results", panel.judges[3])


def places(panel: Panel) -> dict[str, str]:
    found = results.latest_result(panel.category, panel.stage)
    assert found is not None
    ordered = [row["entrant"] for row in found.content["places"]]
    return {
        "based_on": str(found.id),
        **{f"place_{found.content['entrant_ids'][name]}": str(n) for n, name in enumerate(ordered, 1)},
    }


def swap_first_two(fields: dict[str, str]) -> dict[str, str]:
    first, second = (next(k for k, v in fields.items() if k != "based_on" and v == n) for n in ("1", "2"))
    return {**fields, first: "2", second: "1"}


def test_the_panel_changes_places_with_a_reason(panel: Panel) -> None:
    panel.compute()
    address = f"{panel.result}/deliberation"
    fields = swap_first_two(places(panel))
    refused = post_form(panel.judges[0], address, **fields, reason="")
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert "sedikitnya 10 huruf" in page
    bad = post_form(panel.judges[0], address, **fields, reason="Temuan kunjungan")
    assert bad.status_code == 303
    page = panel.text(panel.result)
    assert "Temuan kunjungan" in page
    assert "rapat juri" in page
    assert "Terkoreksi" in panel.text(f"{panel.result}?version=1")
    stale = post_form(panel.judges[1], address, **fields, reason="Temuan kunjungan")
    assert "baru saja berubah" in stale.get_data(as_text=True)


@pytest.mark.parametrize("typed", ["", "0", "x", "99999999999", "-1", "1.5", "²", "7"])
def test_impossible_places_keep_what_was_typed(panel: Panel, typed: str) -> None:
    panel.compute()
    fields = places(panel)
    name = next(name for name in fields if name != "based_on")
    answer = post_form(
        panel.committee, f"{panel.result}/deliberation", **{**fields, name: typed}, reason="Alasan saya"
    )
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Tempatnya tidak berurutan" in page
    assert f'value="{typed}"' in page or not typed
    assert "Alasan saya" in page


def test_a_judge_disagrees_and_it_stands_in_the_minutes(panel: Panel) -> None:
    panel.compute()
    address = f"{panel.home}/dissent/{panel.stage}"
    assert post_form(panel.judges[1], address, text=" ").status_code == 422
    assert post_form(panel.judges[1], address, text="Saya tidak sependapat").status_code == 303
    assert "Saya tidak sependapat" in panel.text(address)
    assert "1 pendapat berbeda" in panel.text(panel.write())


def test_minutes_from_draft_to_seal(panel: Panel) -> None:
    assert "Belum dapat ditulis" in panel.text(f"{panel.home}/minutes/new")
    panel.compute()
    refused = post_form(
        panel.committee, f"{panel.home}/minutes/new", number="", day="2999-01-01", place="", present="1"
    )
    assert refused.status_code == 422
    assert "belum terjadi" in refused.get_data(as_text=True)
    few = post_form(
        panel.committee, f"{panel.home}/minutes/new", number="1", day="2026-01-01", place="x",
        present=str(panel.arena.judges[0].id),
    )  # fmt: skip
    assert "diperlukan 3" in few.get_data(as_text=True)
    address = panel.write()
    assert "menunggu tanda tangan" in panel.text(address)
    assert panel.committee.get(f"{address}.pdf").data.startswith(b"%PDF")
    post_form(panel.judges[0], f"{address}/sign", page=address)
    assert "Sahkan" not in panel.text(address)
    post_form(panel.committee, f"{address}/seal", page=address)
    assert "belum cukup" in panel.text(address)
    panel.seal(address)
    sealed = panel.committee.get(f"{address}.pdf").data
    minutes = db.session.scalar(sa.select(Minutes))
    assert minutes is not None
    assert minutes.sha256 == hashlib.sha256(sealed).hexdigest()
    assert panel.committee.get(f"{address}.pdf").data == sealed
    for action in ("sign", "seal", "discard"):
        post_form(panel.committee, f"{address}/{action}", page=f"{panel.home}/results")
        assert panel.committee.get(f"{address}.pdf").data == sealed


def test_a_draft_can_be_thrown_away(panel: Panel) -> None:
    panel.compute()
    address = panel.write()
    assert panel.committee.get(f"{panel.home}/minutes/new").headers["Location"] == address
    assert post_form(panel.committee, f"{address}/discard", page=address).status_code == 303
    panel.text(address, status=404)


def test_cards_are_read_one_at_a_time_the_winner_last(panel: Panel) -> None:
    address = f"{panel.home}/announcement"
    assert "belum disahkan" in panel.text(address, status=409)
    panel.compute()
    panel.seal(panel.write())
    minutes = db.session.scalar(sa.select(Minutes))
    assert minutes is not None
    ranked = [ranking.bare(line["name"]) for line in minutes.content["sections"][0]["ranked"]]
    assert not any(name in panel.text(address) for name in ranked)
    for step, place in ((1, 3), (2, 2), (3, 1)):
        page = panel.text(f"{address}?card={step}")
        assert [n for n in ranked if n in page] == [ranked[place - 1]]
    panel.text(f"{address}?card=4", status=404)
    assert panel.committee.get(f"{address}.pdf").data.startswith(b"%PDF")


def test_nothing_is_public_before_the_announcement(panel: Panel) -> None:
    panel.compute()
    panel.seal(panel.write())
    nobody = panel.browser()
    slug = panel.arena.competition.slug
    code = results.certificates_of(db.session.scalar(sa.select(Minutes.id)) or 0)[0][0].code
    for address in (f"/competitions/{slug}", f"/competitions/{slug}/bundle-1.json", f"/certificates/{code}"):
        assert nobody.get(address).status_code == 404
    assert "setelah diumumkan" in panel.text(f"{panel.link()}/result", nobody)


def test_the_public_page_bundle_and_script_agree_with_the_minutes(panel: Panel, tmp_path: Path) -> None:
    panel.announce()
    nobody, slug = panel.browser(), panel.arena.competition.slug
    page = panel.text(f"/competitions/{slug}", nobody)
    assert "BA/1/2026" in page
    assert not any(name in page for name in HIDDEN)
    raw = nobody.get(f"/competitions/{slug}/bundle-1.json").data
    assert not any(name.encode() in raw for name in HIDDEN)
    assert bundle.verify(raw).ranks_sha256 in page
    (tmp_path / "hasil.json").write_bytes(raw)
    (tmp_path / "verify.py").write_bytes(nobody.get("/competitions/verify-ranking.py").data)
    said = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "verify.py"), str(tmp_path / "hasil.json")], capture_output=True
    )
    assert said.returncode == 0
    assert nobody.get(f"/competitions/{slug}/bundle-2.json").status_code == 404
    assert json.loads(raw)["format"] == "pekan-ranking-1"


def test_minutes_and_certificates_are_verified_by_their_code(panel: Panel) -> None:
    panel.announce()
    nobody = panel.browser()
    minutes = db.session.scalar(sa.select(Minutes))
    assert minutes is not None
    page = panel.text(f"/minutes/{minutes.code.lower()}", nobody)
    assert "asli dan berlaku" in page
    assert str(minutes.sha256) in page
    panel.text("/minutes/7K3F9QXM2H", nobody, 404)
    one = results.certificates_of(minutes.id)[0][0]
    found = nobody.get(f"/certificates?code={one.code[:5]}+{one.code[5:]}")
    assert found.headers["Location"] == f"/certificates/{one.code}"
    page = panel.text(found.headers["Location"], nobody)
    assert "asli dan berlaku" in page
    assert "Juara Pertama" in page
    assert "Tidak ada piagam" in panel.text("/certificates?code=salah", nobody, 404)
    assert "Kode piagam" in panel.text("/certificates", nobody)
    assert panel.committee.get(f"{panel.home}/certificates.pdf").data.startswith(b"%PDF")
    assert "Peserta" in panel.text(f"{panel.home}/certificates")
    assert panel.committee.get(f"{panel.home}/certificates.pdf?only=99").status_code == 404


def test_an_amendment_shows_on_every_paper(panel: Panel) -> None:
    panel.announce()
    nobody = panel.browser()
    first = db.session.scalar(sa.select(Minutes))
    assert first is not None
    old = results.certificates_of(first.id)[0][0].code
    fields = swap_first_two(places(panel))
    post_form(panel.committee, f"{panel.result}/deliberation", **fields, reason="Keberatan diterima")
    panel.seal(panel.write("BA/1/2026/P1", reason="Keberatan diterima panel"))
    assert "sudah diubah" in panel.text(f"/minutes/{first.code}", nobody)
    assert "tidak berlaku lagi" in panel.text(f"/certificates/{old}", nobody)
    page = panel.text(f"/competitions/{panel.arena.competition.slug}", nobody)
    assert "mengubah BA/1/2026" in page
    assert "Keberatan diterima panel" in page


def test_an_entrant_reads_its_feedback_and_asks_for_coaching(panel: Panel) -> None:
    link = panel.link()
    panel.announce()
    nobody = panel.browser()
    page = panel.text(f"{link}/result", nobody)
    assert "Kriteria demi kriteria" in page
    assert "seperempat" in page.lower()
    assert not any(name in page for name in HIDDEN)
    assert nobody.get(f"{link}/result").headers["Referrer-Policy"] == "no-referrer"
    assert post_form(nobody, f"{link}/coaching", page=f"{link}/result").status_code == 303
    assert "Pembinaan sudah diminta" in panel.text(f"{link}/result", nobody)
    found = db.session.scalars(sa.select(CoachingCase)).all()
    assert len(found) == 1
    assert "Yang paling perlu diperbaiki" in found[0].finding
    assert nobody.get(f"{link}/certificate.pdf").data.startswith(b"%PDF")
    panel.text("/dossiers/AAAAAAAAAAAAAAAAAAAAAA/result", nobody, 404)


def test_objections_and_answers(panel: Panel) -> None:
    link = panel.link()
    panel.announce()
    nobody = panel.browser()
    address = f"{link}/objections"
    assert post_form(nobody, address, page=f"{link}/result", text="").status_code == 422
    assert post_form(nobody, address, page=f"{link}/result", text="Mengapa?\r\nMohon jelaskan").status_code == 303
    assert "Belum dijawab" in panel.text(f"{link}/result", nobody)
    listed = panel.text(f"{panel.home}/objections")
    assert "Mohon jelaskan" in listed
    number = listed.split("/objections/")[1].split('"')[0]
    where = f"{panel.home}/objections/{number}"
    assert post_form(panel.committee, where, page=f"{panel.home}/objections", answer="").status_code == 422
    assert (
        post_form(panel.committee, where, page=f"{panel.home}/objections", answer="Karena ini").status_code == 303
    )
    assert "Karena ini" in panel.text(f"{link}/result", nobody)
    assert "(1)" not in panel.text(f"{panel.home}/results")


def test_a_dossier_stays_as_judges_have_seen_it(panel: Panel) -> None:
    token, file_id = arenas.dossier(panel.arena.entrants[0])
    nobody, address = panel.browser(), f"/dossiers/{token}"
    remove = f"{address}/files/{file_id}/remove"
    post_form(nobody, remove, page=address)
    page = panel.text(address, nobody)
    assert "Penilaian sudah dibuka" in page
    assert "neraca.pdf" in page
    with transaction():
        db.session.execute(sa.update(Competition).values(state=CompetitionState.SETUP))
    post_form(nobody, remove, page=address)
    page = panel.text(address, nobody)
    assert "Berkas dihapus" in page
    assert "Belum ada berkas" in page


def test_a_judge_of_two_competitions_gets_the_token_of_each(panel: Panel) -> None:
    other = arenas.build(festival=panel.arena.festival, entrants_count=3, judges_count=3)
    with transaction():
        both = db.session.get_one(Judge, other.judges[0].id)
        both.user_id = panel.arena.judges[0].user_id
    page = panel.text("/judging", panel.judges[0])
    found = dict(re.findall(r'data-sheet="(\d+)" data-token="([^"]+)"', page))
    for of, judge in ((panel.arena, panel.arena.judges[0]), (other, db.session.get_one(Judge, other.judges[0].id))):
        own = {found[str(sheet.id)] for sheet in of.own(judge)}
        assert own == {judges.device_token(db.session.get_one(Judge, judge.id))}


def outbox() -> list[tuple[str, str, str]]:
    db.session.rollback()
    rows = db.session.execute(sa.select(OutboxMessage.kind, OutboxMessage.phone, OutboxMessage.body))
    return [tuple(row) for row in rows]


def test_who_left_a_number_hears_of_the_result_and_of_an_answer(panel: Panel) -> None:
    link, silent = panel.link(), panel.link(1)
    nobody = panel.browser()
    wrong = post_form(nobody, f"{link}/contact", page=link, phone="12")
    assert wrong.status_code == 422
    assert 'value="12"' in wrong.get_data(as_text=True)
    assert post_form(nobody, f"{link}/contact", page=link, phone="0812 3456 7890").status_code == 303
    assert 'value="0812-3456-7890"' in panel.text(link, nobody)
    panel.announce()
    post_form(panel.committee, f"{panel.home}/announce", page=f"{panel.home}/results")
    (told,) = outbox()
    assert told[:2] == ("competition_result", "+6281234567890")
    assert f"/competitions/{panel.arena.competition.slug}" in told[2]
    assert "Sanggahan diterima sampai" in told[2]
    for address in (link, silent):
        post_form(nobody, f"{address}/objections", page=f"{address}/result", text="Mengapa?")
    for number in sorted(set(re.findall(r"/objections/(\d+)", panel.text(f"{panel.home}/objections")))):
        where = f"{panel.home}/objections/{number}"
        post_form(panel.committee, where, page=f"{panel.home}/objections", answer="Karena ini")
    assert [row[0] for row in outbox()] == ["competition_result", "objection_answered"]
    assert not any(link.rpartition("/")[2] in row[2] for row in outbox()), "its own link is in no message"


def test_a_number_can_be_taken_back_and_who_withdrew_is_not_told(panel: Panel) -> None:
    link, other = panel.link(), panel.link(1)
    nobody = panel.browser()
    for address in (link, other):
        post_form(nobody, f"{address}/contact", page=address, phone="0812 3456 7890")
    post_form(nobody, f"{link}/contact", page=link, phone="")
    panel.compute()
    minutes = panel.write()
    panel.seal(minutes)
    with transaction():
        gone = db.session.get_one(Entrant, panel.arena.entrants[1].id)
        gone.withdrawn_at = clock.now()
    assert post_form(nobody, f"{other}/contact", page=link, phone="0812").status_code == 422
    post_form(panel.committee, f"{panel.home}/announce", page=f"{panel.home}/results")
    assert outbox() == []


def test_an_objection_after_the_window_is_refused_and_says_when_it_ended(panel: Panel) -> None:
    link = panel.link()
    panel.announce()
    nobody = panel.browser()
    with transaction():
        db.session.execute(sa.update(Competition).values(announced_at=clock.now() - timedelta(days=30)))
    page = panel.text(f"{link}/result", nobody)
    assert "Masa sanggah berakhir" in page
    assert "Sanggahan Anda" not in page
    late = post_form(nobody, f"{link}/objections", page=f"{link}/result", text="Mengapa?")
    assert late.status_code == 422
    assert "sudah lewat" in late.get_data(as_text=True)


def test_the_table_of_scores_gives_the_same_ranking(panel: Panel, tmp_path: Path) -> None:
    panel.compute()
    (tmp_path / "scores.csv").write_bytes(panel.committee.get(f"{panel.result}/scores.csv").data)
    stored = results.latest_result(panel.category, panel.stage)
    assert stored is not None
    weights = "criterion,weight\n" + "".join(f"{c},{w * 100}\n" for c, w in stored.content["weights"].items())
    (tmp_path / "weights.csv").write_text(weights)
    command = [sys.executable, "-c", "from app.competition.cli import rank; rank()", str(tmp_path / "scores.csv")]
    more = ["--weights", str(tmp_path / "weights.csv"), "--seed", str(stored.content["seed"]), "--json"]
    told = json.loads(subprocess.run(command + more, capture_output=True, check=True).stdout)
    assert [(line["entrant"], line["rank"]) for line in told["ranking"]] == [
        (line["entrant"], line["rank"]) for line in stored.content["ranking"]
    ]
    assert told["ranking"][0]["p_first"] == pytest.approx(stored.content["ranking"][0]["p_first"])


def test_lists_ask_as_much_for_one_as_for_three(panel: Panel) -> None:
    panel.announce()
    few = statements(panel, f"{panel.home}/objections")
    for place in range(3):
        link = panel.link(place)
        post_form(panel.browser(), f"{link}/objections", page=f"{link}/result", text="Mengapa?")
    assert statements(panel, f"{panel.home}/objections") == few


def statements(panel: Panel, address: str) -> int:
    """How many SQL statements a page takes."""
    count = [0]

    def counted(*_arguments: object) -> None:
        count[0] += 1

    sa.event.listen(db.engine, "before_cursor_execute", counted)
    try:
        panel.text(address)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", counted)
    return count[0]


def test_the_worker_has_computed_before_anybody_asks(panel: Panel) -> None:
    assert ranking.compute_due(lambda: False) == 1
    assert "hasil hitungan" in panel.text(f"{panel.home}/results")
    assert date(2026, 1, 1) < clock.local(clock.now()).date()


def test_forms_survive_what_nobody_types_by_accident(panel: Panel) -> None:
    link = panel.link()
    panel.announce()
    post_form(panel.browser(), f"{link}/objections", page=f"{link}/result", text="Mengapa?")
    number = panel.text(f"{panel.home}/objections").split("/objections/")[1].split('"')[0]
    forms: list[tuple[Any, str, str, dict[str, str]]] = [
        (panel.committee, f"{panel.result}/deliberation", "", {**places(panel), "reason": "Temuan kunjungan"}),
        (panel.judges[0], f"{panel.home}/dissent/{panel.stage}", "", {"text": "Tidak setuju"}),
        (
            panel.committee, f"{panel.home}/minutes/new", "",
            {"number": "BA/9", "day": "2026-01-01", "place": "Depok", "present": "1", "reason": "Salah"},
        ),
        (panel.committee, f"{panel.home}/reopen", f"{panel.home}/results", {"reason": "Lembar keliru"}),
        (panel.committee, f"{panel.home}/objections/{number}", f"{panel.home}/objections", {"answer": "Karena"}),
        (panel.browser(), f"{link}/objections", f"{link}/result", {"text": "Mengapa?"}),
    ]  # fmt: skip
    found = []
    for browser, address, page, fields in forms:
        token = csrf_token(browser, page or address)
        names = [name for name in fields if not name.startswith("place_")] + [n for n in fields if "place_" in n][
            :1
        ]
        for name in names:
            for what, value in TYPED.items():
                if what == "surrogate":  # no browser can send it
                    continue
                answer = browser.post(address, data={"csrf_token": token, **fields, name: value})
                if answer.status_code >= 500:
                    found.append((address, name, what, answer.status_code))
    assert found == []
    for code in ("%00", "x" * 5000, "İ", "../..", "7K3F9QXM2H"):
        for where in ("/minutes/", "/certificates/", "/certificates?code=", "/competitions/", "/dossiers/"):
            assert panel.browser().get(where + code).status_code < 500
