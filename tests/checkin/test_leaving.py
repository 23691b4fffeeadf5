"""A point that counts who is inside: out and in again, undone, together with another gate."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.checkin import services
from app.checkin.models import Admission, CheckinPoint, Scan
from app.core import clock
from app.core.admission import AdmissionPolicy
from app.core.db import db, transaction
from tests import factories
from tests.checkin.conftest import Gate, one_scan

MINUTE = timedelta(minutes=1)


def open_out(gate: Gate, **fields: Any) -> None:
    with transaction():
        db.session.execute(sa.update(CheckinPoint).values(counts_inside=True, **fields))


def status(gate: Gate, token: str | None = None, point: str = "gerbang-utama") -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token or gate.token}"}
    return dict(gate.client.get(f"/api/v1/checkin/points/{point}/status", headers=headers).json)


def told(results: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(r["status"], r["reason"]) for r in results]


def admissions() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Admission)) or 0


@pytest.mark.parametrize("policy", list(AdmissionPolicy))
def test_in_out_and_in_again(gate: Gate, policy: AdmissionPolicy) -> None:
    open_out(gate, policy=policy, capacity=1)
    ticket, start = gate.ticket(), clock.now()
    seen = []
    for step, direction in enumerate(["out", "in", "in", "out", "out", "in", "out", "in"]):
        with clock.stopped_at(start + step * MINUTE):
            seen += told(gate.scan(ticket.qr, direction=direction))
    already, absent, fine = ("denied", "already_admitted"), ("denied", "not_inside"), ("admitted", None)
    assert seen == [absent, fine, already, fine, absent, fine, fine, fine]
    assert admissions() == 3
    answer = status(gate)
    assert (answer["inside"], answer["capacity"], answer["paused"]) == (1, 1, False)
    assert services.examine() == []


def test_all_of_it_in_one_batch_of_a_phone_that_was_offline(gate: Gate) -> None:
    open_out(gate)
    ticket, start = gate.ticket(), clock.now() - timedelta(hours=1)
    scans = [
        one_scan(ticket.qr, at=(start + n * MINUTE).isoformat(), offline=True, verdict="admitted", direction=d)
        for n, d in enumerate(["in", "out", "in", "out"])
    ]
    assert told(gate.post(scans).json["results"]) == [("admitted", None)] * 4
    assert admissions() == 2
    assert status(gate)["inside"] == 0
    assert services.examine() == []


def test_two_phones_let_the_same_person_back_in(gate: Gate) -> None:
    """Their keys collide, so one of the two is a conflict and nobody is inside twice."""
    open_out(gate)
    ticket, other = gate.ticket(), gate.pair(gate.gate)
    gate.scan(ticket.qr)
    with clock.stopped_at(clock.now() + MINUTE):
        gate.scan(ticket.qr, direction="out")
    later = clock.now() + 5 * MINUTE
    shown = {"at": later.isoformat(), "offline": True, "verdict": "admitted"}
    with clock.stopped_at(later + MINUTE):
        [one] = gate.scan(ticket.qr, **shown)
        [two] = gate.post([one_scan(ticket.qr, **shown)], token=other.token).json["results"]
        assert (one["conflict"], two["conflict"], two["reason"]) == (False, True, "already_admitted")
        assert status(gate)["inside"] == 1
    assert services.examine() == []


def test_who_went_out_and_was_never_seen_coming_in_is_no_conflict(gate: Gate) -> None:
    open_out(gate)
    [result] = gate.scan(gate.ticket().qr, direction="out", offline=True, verdict="admitted")
    assert (result["status"], result["reason"], result["conflict"]) == ("admitted", "not_inside", False)
    assert services.examine() == []


def test_where_nobody_counts_out_is_in(gate: Gate) -> None:
    ticket = gate.ticket()
    assert told(gate.scan(ticket.qr, ticket.qr, direction="out")) == [
        ("admitted", None), ("denied", "already_admitted"),
    ]  # fmt: skip
    assert db.session.scalars(sa.select(Scan.direction)).all() == [None, None]
    assert status(gate)["inside"] is None
    assert services.examine() == []


def undo(gate: Gate, *scans: dict[str, Any], after: float = 5, more: list[Any] | None = None) -> list[bool]:
    """Take scans back so many seconds after them, by the phone's clock."""
    taken = [
        {
            "id": s["id"],
            "undone_at": (datetime.fromisoformat(s["scanned_at"]) + timedelta(seconds=after)).isoformat(),
        }
        for s in scans
    ]
    headers = {"Authorization": f"Bearer {gate.token}"}
    body = {"scans": more or [], "undone": taken}
    answer = gate.client.post("/api/v1/checkin/points/gerbang-utama/scans", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert [u["id"] for u in answer.json["undone"]] == [s["id"] for s in scans]
    return [u["undone"] for u in answer.json["undone"]]


def test_a_scan_taken_back_lets_the_ticket_in_again(gate: Gate) -> None:
    ticket = gate.ticket()
    scan = one_scan(ticket.qr)
    first = gate.post([scan]).json
    assert undo(gate, scan) == [True]
    assert admissions() == 0
    assert undo(gate, scan) == [True], "told again: the first answer may have been lost"
    assert gate.post([scan]).json == first, "and the scan itself is answered as before"
    assert admissions() == 0
    assert told(gate.scan(ticket.qr)) == [("admitted", None)]
    assert services.examine() == []


def test_a_scan_and_its_undoing_in_one_body(gate: Gate) -> None:
    scan = one_scan(gate.ticket().qr, offline=True, verdict="admitted")
    assert undo(gate, scan, more=[scan]) == [True]
    assert admissions() == 0
    assert services.examine() == []


@pytest.mark.parametrize(("after", "done"), [(-0.001, False), (0, True), (10, True), (10.001, False)])
def test_ten_seconds_by_the_phones_own_clock(gate: Gate, after: float, done: bool) -> None:
    day_off = (clock.now() + timedelta(days=1)).isoformat()
    scan = one_scan(gate.ticket().qr, at=day_off, skew_ms=86_400_000, offline=True)
    gate.post([scan])
    assert undo(gate, scan, after=after) == [done]
    assert admissions() == (0 if done else 1)


def test_what_cannot_be_taken_back(gate: Gate) -> None:
    ticket = gate.ticket()
    admitted, denied = one_scan(ticket.qr), one_scan(ticket.qr)
    gate.post([admitted, denied])
    unknown = {**one_scan("x"), "id": str(uuid.uuid4())}
    assert undo(gate, denied, unknown) == [False, False]
    other = gate.pair(gate.gate)
    gate.token = other.token
    assert undo(gate, admitted) == [False], "the scan of another phone"
    assert admissions() == 1


def test_going_out_taken_back(gate: Gate) -> None:
    open_out(gate)
    ticket, start = gate.ticket(), clock.now()
    gate.scan(ticket.qr)
    for offline in (False, True):
        with clock.stopped_at(start + MINUTE):
            out = one_scan(ticket.qr, direction="out", offline=offline, skew_ms=0)
            gate.post([out])
            assert status(gate)["inside"] == 0
            assert undo(gate, out) == [True]
            assert status(gate)["inside"] == 1
    with clock.stopped_at(start + 2 * MINUTE):
        out = one_scan(ticket.qr, direction="out")
        gate.post([out])
    with clock.stopped_at(start + 3 * MINUTE):
        assert told(gate.scan(ticket.qr)) == [("admitted", None)]
        assert undo(gate, out) == [False], "somebody has come in with the ticket since"
        assert status(gate)["inside"] == 1
    assert services.examine() == []


def test_undoing_is_written_in_the_log(gate: Gate) -> None:
    from app.accounts.models import AuditEntry

    scan = one_scan(gate.ticket().qr)
    gate.post([scan])
    undo(gate, scan)
    undo(gate, scan)
    db.session.rollback()
    assert db.session.scalars(sa.select(AuditEntry.action)).all().count("scan.undone") == 1


def test_two_gates_that_count_together(gate: Gate) -> None:
    second = factories.point(gate.festival, slug="gerbang-timur", name="Gerbang timur", counts_with_id=gate.gate.id)
    token = gate.pair(second).token
    ticket = gate.ticket()
    assert told(gate.scan(ticket.qr)) == [("admitted", None)]
    answer = gate.post([one_scan(ticket.qr)], token=token, point="gerbang-timur")
    assert told(answer.json["results"]) == [("denied", "already_admitted")]
    shown = one_scan(ticket.qr, offline=True, verdict="admitted")
    answer = gate.post([shown], token=token, point="gerbang-timur")
    assert [(r["status"], r["conflict"]) for r in answer.json["results"]] == [("admitted", True)]
    assert admissions() == 1
    fresh = gate.ticket("Budi")
    assert told(gate.post([one_scan(fresh.qr)], token=token, point="gerbang-timur").json["results"]) == [
        ("admitted", None)
    ]
    assert told(gate.scan(fresh.qr)) == [("denied", "already_admitted")]
    assert services.examine() == []
    open_out(gate)
    assert status(gate)["inside"] == status(gate, token, "gerbang-timur")["inside"] == 2
