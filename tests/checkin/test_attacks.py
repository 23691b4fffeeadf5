"""What a gate meets that is no honest ticket, in numbers; and a clock that was set back."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.checkin.models import Admission, Scan
from app.core import clock, hooks
from app.core.codes import BASE45_ALPHABET, new_typed_code
from app.core.crypto import TicketSigner
from app.core.db import db
from tests.checkin.conftest import Gate, one_scan


def counts() -> tuple[int, int]:
    db.session.rollback()
    scans, admissions = (
        db.session.scalar(sa.select(sa.func.count()).select_from(m)) or 0 for m in (Scan, Admission)
    )
    return scans, admissions


def test_ten_thousand_random_codes_from_one_phone(gate: Gate) -> None:
    """Typed codes with a right check character, and QR texts of the right shape: none opens, none is an error."""
    genuine = [gate.ticket(f"Orang {n}") for n in range(3)]
    dice = random.Random(20230719)
    codes = [new_typed_code() for _n in range(5_000)]
    codes += ["PK1:" + "".join(dice.choices(BASE45_ALPHABET, k=116)) for _n in range(5_000)]
    assert not set(codes) & {ticket.code for ticket in genuine}
    for start in range(0, len(codes), 500):
        results = gate.scan(*codes[start : start + 500])
        assert {(r["status"], r["holder"]) for r in results} == {("denied", None)}
        assert {r["reason"] for r in results} <= {"unknown", "forged", "other_festival"}
    assert counts() == (10_000, 0)
    assert [r["status"] for r in gate.scan(*(ticket.qr for ticket in genuine))] == ["admitted"] * 3


def test_every_change_of_a_genuine_text_is_refused(gate: Gate) -> None:
    """One character changed, cut at any length, blanks around it, lower case, another prefix, signed by others."""
    qr = gate.ticket().qr
    changed = [qr[:n] + ("0" if qr[n] != "0" else "1") + qr[n + 1 :] for n in range(len(qr))]
    cut = [qr[:n] for n in range(1, len(qr))]
    odd = [f" {qr}", f"{qr} ", f"{qr}\n", qr.lower(), "PK2:" + qr[4:], qr + qr, f"{qr}\0"]
    other = TicketSigner(bytes(range(1, 33))).qr_text(gate.festival.id, 1, 1)
    for codes in (changed, cut, [*odd, other]):
        assert {r["status"] for r in gate.scan(*codes)} == {"denied"}
    assert counts()[1] == 0
    assert gate.scan(qr)[0]["status"] == "admitted"


def test_a_ticket_photographed_twice(gate: Gate) -> None:
    """The second copy is told when the first came, from whichever phone and as whichever kind of code."""
    ticket = gate.ticket()
    second = gate.pair(gate.gate)
    assert gate.scan(ticket.qr)[0]["status"] == "admitted"
    answer = gate.post([one_scan(ticket.qr), one_scan(ticket.code)], token=second.token)
    told = {(r["status"], r["reason"], bool(r["first_admitted_at"])) for r in answer.json["results"]}
    assert told == {("denied", "already_admitted", True)}


def test_five_hundred_scans_of_one_id(gate: Gate) -> None:
    ticket, same = gate.ticket(), str(uuid.uuid4())
    scans = [{**one_scan(ticket.qr), "id": same.upper() if n % 2 else same} for n in range(500)]
    results = gate.post(scans).json["results"]
    assert {(r["id"].lower(), r["status"], r["conflict"]) for r in results} == {(same, "admitted", False)}
    assert counts() == (1, 1)


@pytest.mark.parametrize("hours", [1, 24])
def test_a_clock_set_back_admits_nobody_twice(gate: Gate, hours: int) -> None:
    ticket, at = gate.ticket(), clock.now()
    first = one_scan(ticket.qr)
    assert gate.post([first]).json["results"][0]["status"] == "admitted"
    with clock.stopped_at(at - timedelta(hours=hours)):
        assert gate.post([first]).json["results"][0]["status"] == "admitted", "a replay is answered the same"
        again = gate.scan(ticket.qr)[0]
        if hours == 1:  # the same day: told as ever
            assert (again["status"], again["reason"]) == ("denied", "already_admitted")
        else:  # the day before is no day of this festival
            assert (again["status"], again["reason"]) == ("denied", "wrong_day")
    assert counts()[1] == 1
    assert [finding for findings in hooks.doctor_checks() for finding in findings] == []
