"""Scans, pairing and status over HTTP: what a phone sees."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from app.checkin import services
from app.checkin.models import Admission, Device, Scan
from app.core import clock, hooks
from app.core.admission import AdmissionPolicy
from app.core.db import db, transaction
from app.registration.models import BookingStatus, TicketStatus
from tests import factories
from tests.checkin.conftest import Gate, one_scan, print_ticket

LONG = "Muhammad Abdurrahman Wahid Kusumawardhani Prawirodirdjo bin Haji Sastroamidjojo"


def count(model: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


@contextmanager
def counted() -> Iterator[list[str]]:
    """The SQL statements of the block, without BEGIN and COMMIT."""
    statements: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def test_a_ticket_is_let_in_once_and_told_when(gate: Gate) -> None:
    ticket = gate.ticket(LONG)
    [first] = gate.scan(ticket.qr)
    assert first == {
        "id": first["id"], "status": "admitted", "reason": None, "holder": LONG, "first_admitted_at": None,
        "conflict": False, "slot_starts_at": None, "family": [],
    }  # fmt: skip
    [again] = gate.scan(ticket.code.lower()[:5] + "-" + ticket.code[5:])
    assert (again["status"], again["reason"], again["holder"]) == ("denied", "already_admitted", LONG)
    told = datetime.fromisoformat(again["first_admitted_at"])
    assert told.utcoffset() == timedelta(hours=7)
    assert abs(told - clock.now()) < timedelta(minutes=1)
    assert (count(Scan), count(Admission)) == (2, 1)
    assert services.examine() == []


def test_two_in_one_batch_count_one_after_the_other(gate: Gate) -> None:
    one, two = gate.ticket("Budi"), gate.ticket("Ani")
    results = gate.scan(one.qr, two.qr, one.code, two.code)
    assert [r["status"] for r in results] == ["admitted", "admitted", "denied", "denied"]
    assert [r["holder"] for r in results] == ["Budi", "Ani", "Budi", "Ani"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", "unknown"), ("PK1:", "unknown"), ("https://example.org/x", "unknown"), ("A" * 9000, "unknown"),
        ("💥", "unknown"), ("\ud800", "unknown"), ("\0", "unknown"), ("0000000000", "unknown"), (" ", "unknown"),
        ("PK1:" + "0" * 116, "forged"),
    ],
)  # fmt: skip
def test_what_is_not_a_ticket_gets_a_verdict(gate: Gate, code: str, reason: str) -> None:
    body = json.dumps({"scans": [one_scan(code)]})
    answer = gate.client.post(
        "/api/v1/checkin/points/gerbang-utama/scans",
        data=body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {gate.token}"},
    )
    assert answer.status_code == 200
    [result] = answer.json["results"]
    assert (result["status"], result["reason"], result["holder"]) == ("denied", reason, None)
    assert count(Scan) == 1


def test_forged_foreign_and_erased_tickets(gate: Gate) -> None:
    ticket = gate.ticket()
    signer = current_app.extensions["pekan_signer"]
    forged = ticket.qr[:-3] + ("000" if ticket.qr[-3:] != "000" else "111")
    elsewhere = signer.qr_text(gate.festival.id % 65535 + 1, 1, ticket.id)
    erased = signer.qr_text(gate.festival.id, 1, ticket.id + 1)
    trimmed = ticket.qr[:-1]
    reasons = [r["reason"] for r in gate.scan(forged, elsewhere, erased, trimmed)]
    assert reasons == ["forged", "other_festival", "unknown", "unknown"]


def test_reasons_from_the_database(gate: Gate) -> None:
    tickets = {
        "replaced": gate.ticket(status=TicketStatus.REPLACED),
        "cancelled": gate.ticket(booking=BookingStatus.CANCELLED),
        "waitlisted": gate.ticket(booking=BookingStatus.WAITLISTED),
    }
    assert [r["reason"] for r in gate.scan(*(t.qr for t in tickets.values()))] == list(tickets)


def test_an_activity_tells_which_day_a_ticket_is_for(gate: Gate) -> None:
    tomorrow = factories.slot(gate.activity, starts_in=timedelta(days=1))
    ticket = print_ticket(tomorrow)
    answer = gate.post([one_scan(ticket.qr)], token=gate.desk_token, point="jalan-santai")
    [result] = answer.json["results"]
    assert result["reason"] == "wrong_day"
    assert datetime.fromisoformat(result["slot_starts_at"]) == tomorrow.starts_at


def test_tokens(gate: Gate) -> None:
    scans = [one_scan(gate.ticket().qr)]
    assert gate.post(scans, token="not-a-token").status_code == 401
    assert gate.post(scans, token="").status_code == 401
    wrong = gate.post(scans, point="jalan-santai")
    assert (wrong.status_code, wrong.json["error"]["code"]) == (403, "wrong_point")
    assert gate.post(scans, point="tidak-ada").status_code == 403
    assert count(Scan) == 0


def test_a_revoked_device_gets_nobody_in_and_learns_no_name(gate: Gate) -> None:
    ticket, before = gate.ticket(), one_scan("x")
    admitted = gate.post([{**before, "code": ticket.qr}]).json
    revoke_all()
    results = gate.scan(ticket.qr, "nonsense", gate.ticket("Ani").qr)
    assert {(r["status"], r["reason"], r["holder"]) for r in results} == {("denied", "revoked_device", None)}
    assert gate.post([{**before, "code": ticket.qr}]).json == admitted  # a repeated id is answered as before
    assert (count(Scan), count(Admission)) == (4, 1)
    status = gate.client.get(
        "/api/v1/checkin/points/gerbang-utama/status", headers={"Authorization": f"Bearer {gate.token}"}
    )
    assert (status.status_code, status.json["error"]["code"]) == (403, "revoked_device")


def revoke_all() -> None:
    with transaction():
        for device in db.session.scalars(sa.select(Device)):
            services.revoke(device, None, clock.now())


def test_a_repeated_id_is_stored_once_and_answered_the_same(gate: Gate) -> None:
    scan = one_scan(gate.ticket().qr)
    first = gate.post([scan]).json
    assert gate.post([scan, scan]).json["results"] == first["results"] * 2
    assert gate.post([{**scan, "code": "something else"}]).json == first
    assert (count(Scan), count(Admission)) == (1, 1)


def test_the_same_id_twice_in_one_batch(gate: Gate) -> None:
    scan = one_scan(gate.ticket().qr)
    shouted = {**scan, "id": scan["id"].upper(), "code": "x"}
    one, two = gate.post([scan, shouted]).json["results"]
    assert one["status"] == two["status"] == "admitted"
    assert two["id"] == scan["id"].upper()  # each id goes back as it came, or the phone would never forget it
    assert count(Scan) == 1


def test_an_id_of_another_device_is_refused_and_kept(gate: Gate) -> None:
    other = gate.pair(gate.gate)
    scan = one_scan(gate.ticket().qr)
    assert gate.post([scan]).json["results"][0]["status"] == "admitted"
    for _ in range(2):
        [result] = gate.post([scan], token=other.token).json["results"]
        assert (result["status"], result["reason"], result["holder"]) == ("denied", "id_reused", None)
    assert (count(Scan), count(Admission)) == (2, 1)
    revoke_all()
    third = one_scan("x")
    gate.post([third], token=other.token)
    assert gate.post([third]).json["results"][0]["reason"] == "id_reused"


def test_offline_verdicts(gate: Gate) -> None:
    ticket, cancelled = gate.ticket(), gate.ticket(booking=BookingStatus.CANCELLED)
    earlier = (clock.now() - timedelta(minutes=20)).isoformat()
    shown = {"offline": True, "at": earlier, "verdict": "admitted"}
    [in_first] = gate.scan(ticket.qr, **shown)
    assert (in_first["status"], in_first["conflict"]) == ("admitted", False)
    assert db.session.scalar(sa.select(Admission.admitted_at)) == datetime.fromisoformat(earlier)
    again, gone, unknown = gate.scan(ticket.qr, cancelled.qr, "PK1:", **shown)
    assert (again["status"], again["reason"], again["conflict"]) == ("admitted", "already_admitted", True)
    assert again["first_admitted_at"]
    assert (gone["status"], gone["reason"], gone["conflict"]) == ("admitted", "cancelled", True)
    assert (unknown["status"], unknown["reason"], unknown["conflict"]) == ("denied", "unknown", False)
    denied = {"offline": True, "verdict": "denied"}
    other = gate.ticket()
    [told] = gate.scan(other.qr, reason="not_in_snapshot", **denied)
    [invented] = gate.scan(other.qr, reason="id_reused", **denied)
    assert (told["reason"], invented["reason"]) == ("not_in_snapshot", "not_in_snapshot")
    [online] = gate.scan(other.qr, verdict="denied", reason="unknown")
    assert online["status"] == "admitted"
    assert count(Admission) == 2
    assert services.examine() == []


def test_a_phone_from_the_future_is_judged_by_our_clock(gate: Gate) -> None:
    gate.scan(gate.ticket().qr, at="2999-01-01T00:00:00+14:00", offline=True)
    assert abs(db.session.scalar(sa.select(Admission.admitted_at)) - clock.now()) < timedelta(minutes=1)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("policy", "statuses"),
    [
        (AdmissionPolicy.ONCE, ["admitted", "denied", "denied"]),
        (AdmissionPolicy.DAILY, ["admitted", "denied", "admitted"]),
        (AdmissionPolicy.UNLIMITED, ["admitted", "admitted", "admitted"]),
    ],
)
def test_policies(gate: Gate, policy: AdmissionPolicy, statuses: list[str]) -> None:
    gate.gate.policy = policy
    db.session.commit()
    ticket, now = gate.ticket(), clock.now()
    answers = []
    for moment in (now, now, now + timedelta(days=1)):
        with clock.stopped_at(moment):
            answers += gate.scan(ticket.qr)
    assert [a["status"] for a in answers] == statuses


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "1"}, "scans.1.id"), ({"id": None}, "scans.1.id"),
        ({"id": "{" + str(uuid.uuid4()) + "}"}, "scans.1.id"),
        ({"code": 7}, "scans.1.code"), ({"code": None}, "scans.1.code"),
        ({"scanned_at": "kemarin"}, "scans.1.scanned_at"),
        ({"scanned_at": 1690000000}, "scans.1.scanned_at"), ({"scanned_at": "1690000000"}, "scans.1.scanned_at"),
        ({"scanned_at": "2023-07-20T09:00:00"}, "scans.1.scanned_at"),
        ({"scanned_at": "0001-01-01T00:00:00+14:00"}, "scans.1.scanned_at"),
        ({"offline": "yes"}, "scans.1.offline"), ({"verdict": "perhaps"}, "scans.1.verdict"),
        ({"reason": 7}, "scans.1.reason"), ({"direction": "up"}, "scans.1.direction"),
    ],
)  # fmt: skip
def test_bad_scans_name_their_field(gate: Gate, change: dict[str, Any], field: str) -> None:
    answer = gate.post([one_scan("x"), {**one_scan("x"), **change}])
    assert answer.status_code == 422
    assert list(answer.json["error"]["fields"]) == [field]
    assert count(Scan) == 0


@pytest.mark.parametrize("body", [{}, {"scans": 7}, {"scans": {}}, {"scans": [7]}, {"scans": [None]}])
def test_bad_bodies(gate: Gate, body: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {gate.token}"}
    answer = gate.client.post("/api/v1/checkin/points/gerbang-utama/scans", json=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json["error"]["fields"]


def test_five_hundred_scans_and_not_one_more(gate: Gate) -> None:
    many = [one_scan("x") for _ in range(501)]
    refused = gate.post(many)
    assert (refused.status_code, list(refused.json["error"]["fields"])) == (422, ["scans"])
    answer = gate.post(many[:500])
    assert [r["id"] for r in answer.json["results"]] == [s["id"] for s in many[:500]]
    assert gate.post([]).json == {"results": []}
    assert count(Scan) == 500


def test_the_number_of_statements_is_small_and_the_same_for_two_and_fifty(gate: Gate) -> None:
    tickets = [gate.ticket(f"Warga {n}") for n in range(53)]
    gate.scan("first, so that last_seen_at is fresh")
    db.session.remove()
    with counted() as single:
        gate.scan(tickets[0].qr)
    with counted() as pair:
        gate.scan(*(t.qr for t in tickets[1:3]))
    with counted() as batch:
        gate.scan(*(t.qr for t in tickets[3:]))
    assert len(single) <= 6, single
    assert len(single) <= len(pair) <= 6, pair
    assert len(batch) == len(pair), batch
    assert count(Admission) == 53


def test_last_seen_is_written_once_a_minute(gate: Gate) -> None:
    start = clock.now()
    for seconds in (0, 30, 59, 61):
        with clock.stopped_at(start + timedelta(seconds=seconds)):
            gate.scan("x")
    assert db.session.scalar(
        sa.select(Device.last_seen_at).where(Device.point_id == gate.gate.id)
    ) == start + timedelta(seconds=61)


def test_admissions_are_told_to_the_floors_above(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[hooks.AdmissionEvent] = []
    heard: hooks.Hook[[hooks.AdmissionEvent], None] = hooks.Hook()
    heard.register(told.append)
    monkeypatch.setattr(hooks, "after_admission", heard)
    ticket = gate.ticket()
    gate.scan(ticket.qr, ticket.qr, "x")
    assert [(e.ticket_id, e.point_id) for e in told] == [(ticket.id, gate.gate.id)]


def test_eight_phones_at_once_admit_once(app: Flask, gate: Gate) -> None:
    ticket = gate.ticket()
    tokens = [gate.pair(gate.gate, f"HP {n}").token for n in range(8)]
    answers = at_once(app, [(token, [one_scan(ticket.qr)]) for token in tokens])
    assert [a.status_code for a in answers] == [200] * 8, [a.text for a in answers]
    results = [a.json["results"][0] for a in answers]
    assert sorted(r["status"] for r in results) == ["admitted"] + ["denied"] * 7
    assert {r["reason"] for r in results if r["status"] == "denied"} == {"already_admitted"}
    assert all(r["first_admitted_at"] for r in results if r["status"] == "denied")
    assert (count(Scan), count(Admission)) == (8, 1)


def test_eight_sends_of_one_scan_get_one_answer(app: Flask, gate: Gate) -> None:
    scan = one_scan(gate.ticket().qr, offline=True)
    answers = at_once(app, [(gate.token, [scan])] * 8)
    assert len({a.text for a in answers}) == 1, [a.text for a in answers]
    assert answers[0].json["results"][0]["status"] == "admitted"
    assert (count(Scan), count(Admission)) == (1, 1)


def test_batches_of_the_same_tickets_at_once(app: Flask, gate: Gate) -> None:
    tickets = [gate.ticket(f"Warga {n}") for n in range(30)]
    tokens = [gate.pair(gate.gate, f"HP {n}").token for n in range(4)]
    batches = [(t, [one_scan(x.qr) for x in tickets[:: 1 if n % 2 else -1]]) for n, t in enumerate(tokens)]
    answers = at_once(app, batches)
    assert [a.status_code for a in answers] == [200] * 4
    assert sum(r["status"] == "admitted" for a in answers for r in a.json["results"]) == 30
    assert (count(Scan), count(Admission)) == (120, 30)
    assert services.examine() == []


def at_once(app: Flask, posts: list[tuple[str, list[dict[str, Any]]]]) -> list[Any]:
    def post(job: tuple[str, list[dict[str, Any]]]) -> Any:
        token, scans = job
        return app.test_client().post(
            "/api/v1/checkin/points/gerbang-utama/scans",
            json={"scans": scans},
            headers={"Authorization": f"Bearer {token}"},
        )

    db.session.remove()
    with ThreadPoolExecutor(len(posts)) as pool:
        return list(pool.map(post, posts))


def test_status_counts_today(gate: Gate) -> None:
    later = factories.slot(gate.activity, starts_in=timedelta(days=2))
    print_ticket(later)
    gate.ticket(booking=BookingStatus.CANCELLED)
    gate.ticket("Ani")
    gate.scan(gate.ticket().qr)
    answer = gate.client.get(
        "/api/v1/checkin/points/gerbang-utama/status", headers={"Authorization": f"Bearer {gate.token}"}
    )
    body = answer.json
    assert body["point"] == {"slug": "gerbang-utama", "name": "Gerbang utama"}
    assert (body["device"], body["admitted"], body["timezone"]) == ("HP satu", 1, "Asia/Jakarta")
    assert body["expected"] == 2
    assert datetime.fromisoformat(body["server_time"]).tzinfo


def test_pairing_works_once(gate: Gate) -> None:
    with transaction():
        code = services.create_pairing(gate.gate, None, clock.now())
    answer = gate.client.post("/api/v1/checkin/pair", json={"code": code.lower(), "name": "  HP  Budi "})
    assert answer.status_code == 201
    assert answer.json["point"] == {"slug": "gerbang-utama", "name": "Gerbang utama"}
    assert answer.json["device"] == "HP Budi"
    assert gate.post([], token=answer.json["token"]).status_code == 200
    again = gate.client.post("/api/v1/checkin/pair", json={"code": code, "name": "HP"})
    assert (again.status_code, again.json["error"]["code"]) == (409, "pairing_used")


def test_pairing_refusals(gate: Gate) -> None:
    with transaction():
        code = services.create_pairing(gate.gate, None, clock.now() - timedelta(minutes=10))
    for sent, status, reason in (
        ({"code": code, "name": "HP"}, 410, "pairing_expired"),
        ({"code": "0000000000", "name": "HP"}, 404, "pairing_unknown"),
        ({"code": "x" * 100_000, "name": "HP"}, 404, "pairing_unknown"),
        ({"code": "\ud800", "name": "HP"}, 404, "pairing_unknown"),
        ({"code": code, "name": " \0\u202e "}, 422, "invalid"),
        ({"code": code, "name": "x" * 81}, 422, "invalid"),
        ({"code": code}, 422, "invalid"),
        ({"code": 7, "name": "HP"}, 422, "invalid"),
    ):
        answer = gate.client.post("/api/v1/checkin/pair", data=json.dumps(sent), content_type="application/json")
        assert (answer.status_code, answer.json["error"]["code"]) == (status, reason), sent


def test_two_phones_and_one_code(app: Flask, gate: Gate) -> None:
    with transaction():
        code = services.create_pairing(gate.gate, None, clock.now())
    db.session.remove()
    body = {"code": code, "name": "HP"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _n: app.test_client().post("/api/v1/checkin/pair", json=body).status_code, range(4))
        )
    assert sorted(answers) == [201, 409, 409, 409]


def test_a_ticket_told_by_its_id(gate: Gate) -> None:
    """A phone without a network lets a family in by one ticket, and has neither codes nor texts of the others."""
    ticket = gate.ticket()
    by_id = f"{ticket.id % 2**64:016x}"
    assert gate.scan("", ticket=by_id, offline=True, verdict="admitted")[0]["status"] == "admitted"
    assert gate.scan(ticket.code)[0]["reason"] == "already_admitted"
    assert gate.scan("", ticket="0" * 16)[0]["reason"] == "unknown"
    assert gate.scan("x", ticket=by_id)[0]["reason"] == "unknown"  # a code goes first
    assert gate.post([one_scan("", ticket="7")]).status_code == 422
