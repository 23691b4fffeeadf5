"""Score sheets as tablets send them: JSON, tokens, photos; and the judges' pages around them."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts.models import User
from app.competition.models import Entrant, Judge, ScoreSheet
from app.competition.queries import judging
from app.competition.services import dossiers, judges
from app.core import clock
from app.core.db import db, transaction
from tests import factories
from tests.competition import arena as arenas
from tests.competition.arena import FULL
from tests.forms import post_form

PDF = b"%PDF-1.7 neraca"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


class Tablet:
    """What a judge holds."""

    def __init__(self, client: FlaskClient, token: str, sheets: list[int]) -> None:
        self.client, self.token, self.sheets = client, token, sheets

    def body(self, scores: dict[str, Any], based_on: int = 0, **changed: Any) -> dict[str, Any]:
        now = clock.now().isoformat()
        return {
            "client_id": str(uuid.uuid4()), "based_on": based_on, "scores": scores, "remarks": {},
            "device": "tablet-1", "saved_at": now, "sent_at": now, **changed,
        }  # fmt: skip

    def send(self, method: str, address: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.client.open(f"/api/v1/competition/sheets/{address}", method=method, headers=headers, **more)

    def save(self, sheet: int, *args: Any, **changed: Any) -> TestResponse:
        return self.send("PUT", str(sheet), json=self.body(*args, **changed))


@pytest.fixture
def tablets(app: Flask, client: FlaskClient) -> list[Tablet]:
    with app.app_context():
        arena = arenas.build()
        return [
            Tablet(
                app.test_client(), judges.device_token(judging.judge_by_id(one.id)), [s.id for s in arena.own(one)]
            )  # type: ignore[arg-type]
            for one in arena.judges
        ]


def test_a_sheet_is_saved_locked_and_read_again(tablets: list[Tablet]) -> None:
    tablet, sheet = tablets[0], tablets[0].sheets[0]
    saved = tablet.save(sheet, FULL, remarks={"K": " Rapi \x00", "": "Bagus"})
    assert saved.status_code == 200
    assert (saved.json["number"], saved.json["reason"], saved.json["versions"]) == (1, None, [])
    locked = tablet.send("POST", f"{sheet}/lock", json={"based_on": 1, "device": "tablet-1"})
    assert (locked.status_code, locked.json["state"]) == (200, "locked")
    read = tablet.send("GET", str(sheet)).json
    assert (read["scores"], read["remarks"]) == (FULL, {"K": "Rapi", "": "Bagus"})
    late = tablet.save(sheet, {"K": 0}, 1)
    assert (late.status_code, late.json["reason"], late.json["scores"]) == (200, "locked", FULL)


def test_two_devices_are_told_of_each_other(tablets: list[Tablet]) -> None:
    tablet, sheet = tablets[0], tablets[0].sheets[0]
    tablet.save(sheet, {"K": 50})
    answer = tablet.save(sheet, {"K": 100}, device="hp").json
    assert [(one["device"], one["counts"]) for one in answer["versions"]] == [("hp", True), ("tablet-1", False)]
    solved = tablet.save(sheet, {"K": 100}, answer["latest"], device="hp").json
    assert solved["versions"] == []


def test_a_wrong_clock_is_put_right(tablets: list[Tablet]) -> None:
    tablet, sheet = tablets[0], tablets[0].sheets[0]
    tablet.save(sheet, {"K": 50})
    ahead = (clock.now() + timedelta(days=400)).isoformat()
    answer = tablet.save(sheet, {"K": 75}, saved_at=ahead, sent_at=ahead, device="hp").json
    newest = tablet.save(sheet, {"K": 25}, 0, device="laptop").json
    assert answer["scores"] == {"K": 75}
    assert newest["scores"] == {"K": 25}, "a clock a year ahead does not win for ever"


def test_a_tablet_that_was_offline_for_a_day(tablets: list[Tablet]) -> None:
    """Its sheets keep the moment at which they were filled in, and what was written meanwhile elsewhere wins."""
    tablet, sheet = tablets[0], tablets[0].sheets[0]
    then = (clock.now() - timedelta(hours=26)).isoformat()
    assert tablet.save(tablet.sheets[1], FULL, saved_at=then).json["reason"] is None
    tablet.save(sheet, {"K": 50}, device="hp")
    late = tablet.save(sheet, {"K": 100}, saved_at=then)
    assert late.status_code == 200
    assert late.json["scores"] == {"K": 50}
    assert {(one["device"], one["counts"]) for one in late.json["versions"]} == {("hp", True), ("tablet-1", False)}


def test_others_sheets_are_not_there(tablets: list[Tablet]) -> None:
    theirs = tablets[1].sheets[0]
    assert tablets[0].send("GET", str(theirs)).status_code == 404
    assert tablets[0].save(theirs, FULL).status_code == 404
    assert tablets[0].send("POST", f"{theirs}/lock", json={"based_on": 0, "device": "a"}).status_code == 404
    assert tablets[0].send("POST", f"{theirs}/photos/{uuid.uuid4()}", data=PNG).status_code == 404
    assert tablets[0].send("GET", "2147483647").status_code == 404


@pytest.mark.parametrize(
    "token", ["", "1", "1.", "x.y", "9999999.abc", "1.AAAAAAAAAAAAAAAAAAAAAA", "²." + "a" * 22]
)
def test_a_token_that_is_none(tablets: list[Tablet], token: str) -> None:
    stranger = Tablet(tablets[0].client, token, [])
    assert stranger.save(tablets[0].sheets[0], FULL).status_code == 401


def test_a_removed_judge_is_told_so(app: Flask, tablets: list[Tablet]) -> None:
    with app.app_context(), transaction():
        judge = db.session.get_one(Judge, int(tablets[0].token.partition(".")[0]))
        judges.remove(judge, "Pindah", False, None, clock.now())
    answer = tablets[0].save(tablets[0].sheets[0], FULL)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "judge_removed")


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"client_id": "x"}, "client_id"), ({"based_on": -1}, "based_on"), ({"scores": {"K": "75"}}, "scores.K"),
     ({"scores": {"K": 1.5}}, "scores.K"), ({"scores": {"K": 60}}, "scores.K"), ({"scores": {"Q": 50}}, "scores.Q"),
     ({"remarks": {"K": 5}}, "remarks.K"), ({"device": "a b"}, "device"), ({"saved_at": 5}, "saved_at"),
     ({"scores": {f"K{n}": 1 for n in range(61)}}, "scores")],
)  # fmt: skip
def test_bodies_that_cannot_be(tablets: list[Tablet], changed: dict[str, Any], field: str) -> None:
    answer = tablets[0].save(tablets[0].sheets[0], **{"scores": {}, **changed})
    assert answer.status_code == 422
    assert field in answer.json["error"]["fields"]


def test_photos_are_kept_once_and_only_when_they_are_pictures(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        arena = arenas.build(stages=1)
        judge = judging.judge_by_id(arena.judges[0].id)
        assert judge is not None
        tablet = Tablet(app.test_client(), judges.device_token(judge), [s.id for s in arena.own(judge)])
    sheet, photo = tablet.sheets[0], uuid.uuid4()
    ids = {tablet.send("POST", f"{sheet}/photos/{photo}", data=PNG).json["file_id"] for _ in range(2)}
    assert len(ids) == 1
    for disguised in (PDF, b"<html>", b"MZ\x00\x00", b""):
        assert tablet.send("POST", f"{sheet}/photos/{uuid.uuid4()}", data=disguised).status_code == 422
    assert tablet.send("POST", f"{sheet}/photos/nein", data=PNG).status_code == 404
    large = PNG + b"0" * (6 * 1024 * 1024)
    assert tablet.send("POST", f"{sheet}/photos/{uuid.uuid4()}", data=large).status_code == 413


@pytest.fixture
def bench(app: Flask, client: FlaskClient) -> dict[str, Any]:
    """A judge who is signed in, and the sheets of two judges."""
    with app.app_context():
        arena = arenas.build()
        own, other = arena.own(arena.judges[0]), arena.own(arena.judges[1])
        factories.sign_in(client, db.session.get_one(User, arena.judges[0].user_id))
        return {"arena": arena, "own": own[0].id, "other": other[0].id, "entrant": own[0].entrant_id,
                "competition": arena.competition.id}  # fmt: skip


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return " ".join(answer.get_data(as_text=True).split())


def test_pages_of_others_sheets_are_not_there(client: FlaskClient, bench: dict[str, Any]) -> None:
    for end in ("", "/history", "/files", "/conflict"):
        page(client, f"/judging/sheets/{bench['own']}{end}")
        page(client, f"/judging/sheets/{bench['other']}{end}", 404)


def test_documents_are_judged_without_names(app: Flask, client: FlaskClient, bench: dict[str, Any]) -> None:
    with app.app_context():
        entrant = db.session.get_one(Entrant, bench["entrant"])
        arenas.dossier(entrant)
    sheet = f"/judging/sheets/{bench['own']}"
    for address in ("/judging", sheet, f"{sheet}/history", f"{sheet}/files", f"{sheet}/conflict"):
        shown = page(client, address)
        assert f"Peserta nomor {entrant.number}" in shown
        assert entrant.name not in shown
        assert "neraca" not in shown
    with app.app_context():
        file = judging_files(entrant.id)
    answer = client.get(f"{sheet}/files/{file}")
    assert answer.headers["Content-Disposition"] == "attachment; filename=berkas-1.pdf"


def judging_files(entrant_id: int) -> int:
    from app.competition.queries import entrants

    return entrants.files_of(entrant_id)[0].id


def test_the_form_works_without_scripts(client: FlaskClient, bench: dict[str, Any]) -> None:
    address = f"/judging/sheets/{bench['own']}"

    def send(**fields: str) -> TestResponse:
        return post_form(client, address, client_id=str(uuid.uuid4()), **fields)

    scores = {f"score-{code}": str(score) for code, score in FULL.items()}
    assert send(based_on="0", **{"score-K": "75", "remark-K": "Rapi"}, save="y").status_code == 303
    incomplete = send(based_on="1", **{"score-K": "75"}, lock="y")
    assert incomplete.status_code == 422
    assert "Belum dinilai." in incomplete.get_data(as_text=True)
    assert send(based_on="2", **scores, lock="y").status_code == 303
    assert "Terkunci" in page(client, address)


def test_a_conflict_ends_the_sheet(client: FlaskClient, bench: dict[str, Any]) -> None:
    address = f"/judging/sheets/{bench['own']}/conflict"
    assert post_form(client, address, reason=" ").status_code == 422
    assert post_form(client, address, reason="Ipar ketuanya").status_code == 303
    assert f'data-sheet="{bench["own"]}"' not in page(client, "/judging")
    assert "tidak lagi menilai" in page(client, f"/judging/sheets/{bench['own']}")


def test_the_committee_sees_no_scores(app: Flask, client: FlaskClient, bench: dict[str, Any]) -> None:
    with app.app_context():
        sheet = db.session.get_one(ScoreSheet, bench["own"])
        arenas.fill(bench["arena"], bench["arena"].judges[0], sheet, {code: 25 for code in FULL} | {"U": 100})
        office = app.test_client()
        factories.sign_in(office, factories.user("lihat"))
    home = f"/committee/competitions/{bench['competition']}"
    for address in (f"{home}/progress", f"{home}/sheets/{bench['own']}"):
        shown = page(office, address)
        assert "terkunci" in shown
        assert ">25<" not in shown
        assert ">100<" not in shown
    page(office, f"/committee/competitions/{bench['competition'] + 1}/sheets/{bench['own']}", 404)


def test_paper_and_reopening_through_pages(app: Flask, client: FlaskClient, bench: dict[str, Any]) -> None:
    with app.app_context():
        offices = []
        for name in ("satu", "dua"):
            offices.append(app.test_client())
            factories.sign_in(offices[-1], factories.user(name))
    first, second = offices
    sheet = f"/committee/competitions/{bench['competition']}/sheets/{bench['own']}"
    scores = {f"score-{code}": str(score) for code, score in FULL.items()}
    assert post_form(first, f"{sheet}/paper", **{"score-K": "75"}).status_code == 422
    assert post_form(first, f"{sheet}/paper", **scores).status_code == 303
    assert "orang lain yang membandingkannya" in page(first, f"{sheet}/confirm")
    assert post_form(second, f"{sheet}/confirm", number="1").status_code == 303
    assert "terkunci" in page(second, sheet)
    assert post_form(first, f"{sheet}/reopening", page=sheet, reason="Salah baca").status_code == 303
    post_form(first, f"{sheet}/reopening/answer", page=sheet, agree="y")
    assert "terkunci" in page(first, sheet)
    post_form(second, f"{sheet}/reopening/answer", page=sheet, agree="y")
    assert "dibuka lagi" in page(second, sheet)


def test_a_dossier_is_sent_through_its_own_address(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        arena = arenas.build(begin=False)
        token, _file = arenas.dossier(arena.entrants[0])
        other, theirs = arenas.dossier(arena.entrants[1])
    address = f"/dossiers/{token}"

    def send(data: bytes, name: str) -> TestResponse:
        return post_form(client, address, file=(io.BytesIO(data), name))

    assert send(PNG, "../../foto rat.png").status_code == 303
    assert "foto rat.png" in page(client, address)
    for data, name in ((b"MZ\x00\x01\x02", "neraca.pdf"), (b"<html><script>", "a.pdf"), (b"", "kosong.pdf"),
                       (b"PK\x03\x04", "a.png")):  # fmt: skip
        assert send(data, name).status_code == 422
    monkeypatch.setattr(dossiers, "MOST_BYTES", 100)
    assert send(PDF + b"0" * 100, "besar.pdf").status_code == 422
    assert client.get(f"{address}/files/{theirs}").status_code == 404
    mine = client.get(f"/dossiers/{other}/files/{theirs}")
    assert mine.headers["Content-Disposition"].startswith("attachment")
    assert mine.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in mine.headers["Content-Security-Policy"]
    assert client.get("/dossiers/tidak-ada").status_code == 404
