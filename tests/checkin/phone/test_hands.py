"""What people do at a gate beyond scanning: supervisors, names, blank tickets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import current_app

from app.checkin import services
from app.checkin.models import Admission, Reason, Scan, ScanStatus
from app.core import clock
from app.core.db import db, transaction
from app.core.passwords import hash_password
from app.registration.models import BookingStatus, Participant, Ticket
from app.registration.services import print_blank
from tests import factories
from tests.checkin.conftest import Gate, Printed
from tests.checkin.phone.conftest import Phone, pairing_code

pytestmark = pytest.mark.browser
PIN = "271828"
KIND = "phone.gate.unlock(given).then(() => null, (error) => error.kind)"


@pytest.fixture
def guarded(new_phone: Callable[[], Phone], live_gate: Gate) -> Phone:
    """A phone at a point with a PIN and two people booked."""
    for name in ("Muhammad Ridwan", "Siti Nurhalizah"):
        live_gate.ticket(name)
    with transaction():
        services.set_pin(live_gate.gate.id, hash_password(PIN), None, clock.now())
    made = new_phone()
    made.start()
    made.pair(pairing_code(live_gate))
    assert made.state()["supervisorPossible"] is True
    return made


def test_a_supervisor_searches_names_and_admits_by_hand(guarded: Phone, live_gate: Gate) -> None:
    waiting = live_gate.ticket("Rahmat Hidayat", booking=BookingStatus.WAITLISTED)
    guarded.sync()
    assert guarded.run(KIND, "000000") == "wrong_pin"
    assert guarded.run("phone.gate.search('ridwan')") == []
    assert guarded.run(KIND, PIN) is None
    assert guarded.state()["supervisor"] is True
    assert guarded.run("phone.gate.search('rid')") == []
    (found,) = guarded.run("phone.gate.search('RIDW muh')")
    verdict = guarded.run("phone.gate.admitByHand(given, 'tiket tertinggal')", found["id"])
    assert (verdict["status"], verdict["holder"]) == ("admitted", "Muhammad Ridwan")
    assert guarded.scan(waiting.qr)["reason"] == "waitlisted"
    assert guarded.run("phone.gate.admitByHand(given, 'diizinkan panitia')", waiting.qr)["status"] == "admitted"
    again = guarded.run("phone.gate.admitByHand(given, 'lagi')", waiting.qr)
    assert again["reason"] == "already_admitted"
    guarded.run("phone.gate.lock()")
    assert guarded.run("phone.gate.admitByHand('x', 'y').catch((error) => error.kind)") == "expired"
    assert count(Admission) == 2


def test_supervisors_offline_need_the_pin_that_was_right_once(guarded: Phone, live_gate: Gate) -> None:
    waiting = live_gate.ticket("Rahmat Hidayat", booking=BookingStatus.WAITLISTED)
    guarded.sync()
    guarded.offline()
    assert guarded.run(KIND, PIN) == "network"  # never unlocked here before
    guarded.offline(False)
    assert guarded.run(KIND, PIN) is None
    guarded.reopen_offline()
    assert guarded.state()["supervisor"] is False
    assert guarded.run(KIND, "000000") == "wrong_pin"
    assert guarded.run(KIND, PIN) is None
    assert [one["name"] for one in guarded.run("phone.gate.search('nurh')")] == ["Siti Nurhalizah"]
    found = guarded.run("phone.gate.admitByHand(given, 'diizinkan panitia')", waiting.qr)
    assert (found["status"], found["by"]) == ("admitted", "phone")
    guarded.page.unroute("**/api/**")
    guarded.sync()
    db.session.rollback()
    row = db.session.execute(sa.select(Scan.status, Scan.conflict, Scan.by_hand)).one()
    assert tuple(row) == (ScanStatus.ADMITTED, False, "diizinkan panitia")
    reading = "phone.gate.db.get('settings', 'roster').then((one) => new TextDecoder('latin1').decode(one.sealed))"
    kept = guarded.run(reading)
    assert "Ridwan" not in kept


ROSTER = "phone.gate.db.get('settings', 'roster').then((kept) => Boolean(kept))"


def test_the_servers_limit_of_tries_holds_for_names_kept_on_the_phone(guarded: Phone) -> None:
    assert guarded.run(KIND, PIN) is None
    guarded.run("phone.gate.lock()")
    many = {"error": {"code": "too_many", "message": "Terlalu sering"}}
    guarded.page.route("**/supervisor", lambda route: route.fulfill(status=429, json=many))
    status = "phone.gate.unlock(given).then(() => null, (error) => [error.kind, error.status])"
    assert guarded.run(status, PIN) == ["busy", 429]
    assert guarded.state()["supervisor"] is False
    guarded.page.unroute("**/supervisor")
    guarded.page.route("**/supervisor", lambda route: route.fulfill(status=503, json={}))
    assert guarded.run(status, PIN) is None  # a server that is down gives no answer


def test_five_wrong_pins_without_the_server_delete_the_names(guarded: Phone) -> None:
    assert guarded.run(KIND, PIN) is None
    guarded.reopen_offline()
    for _n in range(4):
        assert guarded.run(KIND, "000000") == "wrong_pin"
    assert guarded.run(KIND, PIN) is None  # the count begins anew
    for _n in range(3):
        assert guarded.run(KIND, "000000") == "wrong_pin"
    guarded.start()  # and does not when the page is opened again
    assert guarded.run(KIND, "000000") == "wrong_pin"
    assert guarded.run(ROSTER) is True
    assert guarded.run(KIND, "000000") == "wrong_pin"
    assert guarded.run(ROSTER) is False
    assert guarded.run(KIND, PIN) == "network"
    guarded.page.unroute("**/api/**")
    assert guarded.run(KIND, PIN) is None


def test_a_wrong_pin_told_by_the_server_deletes_the_names(guarded: Phone) -> None:
    assert guarded.run(KIND, PIN) is None
    assert guarded.run(ROSTER) is True
    assert guarded.run(KIND, "000000") == "wrong_pin"
    assert guarded.run(ROSTER) is False


@pytest.mark.parametrize("when", ["round", "load", "unlock"])
def test_names_are_deleted_when_their_time_is_over(guarded: Phone, when: str) -> None:
    assert guarded.run(KIND, PIN) is None
    over = """phone.gate.db.get('settings', 'roster').then((kept) => {
      const until = kept.until - Date.now();
      phone.gate.db.put('settings', { ...kept, until: Date.now() - 1 }, 'roster');
      return until > 0;
    })"""
    assert guarded.run(over) is True
    if when == "load":
        guarded.reopen_offline()
    elif when == "unlock":
        guarded.offline()
        assert guarded.run(KIND, PIN) == "network"
    else:
        guarded.sync()
    assert guarded.run(ROSTER) is False


@pytest.mark.parametrize("offline", [False, True])
def test_a_walk_in_gets_a_blank_ticket(new_phone: Callable[[], Phone], live_gate: Gate, offline: bool) -> None:
    phone = new_phone()
    phone.start()
    phone.pair(pairing_code(live_gate, live_gate.desk))
    ticket = blank(live_gate)
    phone.sync()
    phone.offline(offline)
    first = phone.scan(ticket.qr)
    assert (first["reason"], first["blank"]) == ("blank", True)
    found = phone.run("phone.gate.walkIn(given, ' Bu  Tini ')", ticket.qr)
    assert found["status"] == "admitted"
    assert phone.scan(ticket.qr)["reason"] in ("already_admitted", "blank")
    phone.offline(False)
    phone.sync()
    db.session.rollback()
    holder = sa.select(Participant.name).join(Ticket, Ticket.participant_id == Participant.id)
    assert db.session.scalar(holder.where(Ticket.id == ticket.id)) == "Bu Tini"
    assert count(Admission) == 1
    phone.sync()
    phone.offline()
    assert phone.scan(ticket.qr)["reason"] == "already_admitted"


@pytest.mark.parametrize("offline", [False, True])
def test_a_closed_slot_takes_no_walk_in_on_the_phone_either(
    new_phone: Callable[[], Phone], live_gate: Gate, offline: bool
) -> None:
    phone = new_phone()
    phone.start()
    phone.pair(pairing_code(live_gate, live_gate.desk))
    ticket = blank(live_gate)
    with transaction():
        live_gate.slot.closed = True
    phone.sync()
    phone.offline(offline)
    assert phone.run("phone.gate.walkIn(given, 'Bu Tini')", ticket.qr)["reason"] == "needs_desk"
    phone.offline(False)
    phone.sync()
    db.session.rollback()
    rows = [tuple(row) for row in db.session.execute(sa.select(Scan.status, Scan.reason, Scan.conflict))]
    assert rows == [(ScanStatus.DENIED, Reason.NEEDS_DESK, False)]


def test_the_main_gate_sends_a_walk_in_to_a_desk(phone: Phone, live_gate: Gate) -> None:
    ticket = blank(live_gate)
    phone.sync()
    phone.offline()
    assert phone.run("phone.gate.walkIn(given, 'Bu Tini')", ticket.qr)["reason"] == "needs_desk"
    phone.offline(False)
    phone.sync()
    db.session.rollback()
    assert db.session.scalars(sa.select(Scan.reason)).all() == [Reason.NEEDS_DESK]


def blank(gate: Gate) -> Printed:
    """A printed ticket that is nobody's yet."""
    user = factories.user()
    with transaction():
        sheet = print_blank(gate.festival.id, 1, user.id, clock.now())
    assert sheet
    row = db.session.execute(sa.select(Ticket.id, Ticket.code).where(Ticket.participant_id.is_(None))).one()
    qr = current_app.extensions["pekan_signer"].qr_text(gate.festival.id, 0, row.id)
    return Printed(row.id, row.code, qr, "")


def count(model: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
