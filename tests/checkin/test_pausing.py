"""A point that the committee holds for a while: every scan is answered in words and written down."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEntry, Role
from app.checkin import services
from app.checkin.models import CheckinPoint, Scan
from app.core import clock
from app.core.db import db, transaction
from tests import factories
from tests.checkin.conftest import Gate
from tests.forms import post_form


def pause(gate: Gate) -> None:
    with transaction():
        services.pause_point(gate.gate.id, None, clock.now())


def test_from_the_next_scan_on_nobody_is_let_in_until_it_goes_on(gate: Gate) -> None:
    first, second = gate.ticket(), gate.ticket("Budi")
    assert gate.scan(first.qr)[0]["status"] == "admitted"
    pause(gate)
    [held] = gate.scan(second.qr)
    assert (held["status"], held["reason"], held["holder"]) == ("denied", "point_paused", "Budi")
    with transaction():
        services.resume_point(gate.gate.id, None, clock.now())
    assert gate.scan(second.qr)[0]["status"] == "admitted"
    db.session.rollback()
    assert db.session.scalars(sa.select(Scan.reason).order_by(Scan.id)).all() == [None, "point_paused", None]


def test_the_other_points_go_on(gate: Gate) -> None:
    ticket = gate.ticket()
    pause(gate)
    answer = gate.post(
        [{"id": "0b0e7a52-9d0f-4a3e-9d6c-1c2f3a4b5c6d", "code": ticket.qr, "scanned_at": clock.now().isoformat()}],
        token=gate.desk_token, point=gate.desk.slug,
    )  # fmt: skip
    assert answer.json["results"][0]["status"] == "admitted"


def test_who_was_let_in_without_a_network_before_the_pause_is_in(gate: Gate) -> None:
    ticket, late = gate.ticket(), gate.ticket("Budi")
    then = clock.now()
    with clock.stopped_at(then + timedelta(minutes=5)):
        pause(gate)
        [early] = gate.scan(ticket.qr, at=then.isoformat(), offline=True, verdict="admitted")
        [after] = gate.scan(late.qr, at=clock.now().isoformat(), offline=True, verdict="admitted")
    assert (early["status"], early["reason"], early["conflict"]) == ("admitted", None, False)
    assert (after["status"], after["reason"], after["conflict"]) == ("admitted", "point_paused", True)


def test_pausing_twice_keeps_the_first_moment_and_one_line_in_the_log(gate: Gate) -> None:
    pause(gate)
    with clock.stopped_at(clock.now() + timedelta(minutes=1)):
        pause(gate)
    db.session.rollback()
    point = db.session.get_one(CheckinPoint, gate.gate.id)
    assert point.paused_at == clock.now()
    assert db.session.scalars(sa.select(AuditEntry.action)).all().count("point.paused") == 1


@pytest.mark.parametrize(("role", "may"), [(Role.SUPERVISOR, True), (Role.COMMITTEE, True), (Role.GATE, False)])
def test_a_supervisor_holds_the_gate_and_lets_it_go_on(app: Flask, gate: Gate, role: Role, may: bool) -> None:
    factories.sign_in(gate.client, factories.user("pengawas", role))
    page = f"/committee/points/{gate.gate.id}"
    if not may:
        assert gate.client.post(f"{page}/pause").status_code in (400, 403)
        return
    assert "Hentikan sementara" in gate.client.get(page).text
    told = post_form(gate.client, f"{page}/pause", page=page)
    assert told.status_code == 303
    shown = gate.client.get(page).text
    assert "Dihentikan sementara sejak" in shown
    assert "Dihentikan sementara" in gate.client.get("/committee/points").text
    assert post_form(gate.client, f"{page}/resume", page=page).status_code == 303
    assert "Dihentikan sementara sejak" not in gate.client.get(page).text
