"""Faults of a gate as the server meets them: no scan lost, none counted twice, no crash, all is explained."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from app import create_app
from app.checkin import services
from app.checkin.models import Admission, Device, Scan
from app.core import clock, hooks
from app.core.crypto import TicketSigner, TicketVerifier
from app.core.db import db, transaction
from app.programme.models import TimeSlot
from app.registration.models import Booking, BookingStatus, Ticket
from tests.checkin.conftest import Gate, one_scan
from tests.checkin.snapshots import decode
from tests.checkin.test_api import at_once
from tests.test_crash import Killable, own  # noqa: F401 - a fixture

SHOWN = {"offline": True, "verdict": "admitted"}
POINT = "/api/v1/checkin/points/gerbang-utama"


def stored() -> tuple[int, int]:
    """(scans, admissions)."""
    db.session.rollback()
    count = [db.session.scalar(sa.select(sa.func.count()).select_from(m)) or 0 for m in (Scan, Admission)]
    return count[0], count[1]


def sound() -> None:
    assert [finding for findings in hooks.doctor_checks() for finding in findings] == []


def queue(gate: Gate, people: int, twice: int = 0) -> list[dict[str, Any]]:
    """What a phone has let in without a network, some of them twice by a slip."""
    with transaction():
        db.session.execute(sa.update(TimeSlot).values(capacity=None))
    tickets = [gate.ticket(f"Warga {n}") for n in range(people)]
    start = clock.now() - timedelta(hours=1)
    return [
        one_scan(t.qr, at=(start + timedelta(seconds=n)).isoformat(), **SHOWN)
        for n, t in enumerate([*tickets, *tickets[:twice]])
    ]


def test_an_answer_that_was_lost_is_given_again(gate: Gate) -> None:
    """The first to come in is taken back, so of the five who come again one comes in anew."""
    scans = queue(gate, 60, twice=5)
    undone = [{"id": scans[0]["id"], "undone_at": scans[0]["scanned_at"]}]
    body = {"scans": scans, "undone": undone, "phone": {"unsent": 65}}
    headers = {"Authorization": f"Bearer {gate.token}"}
    first, again, third = (gate.client.post(f"{POINT}/scans", json=body, headers=headers) for _ in range(3))
    assert first.json == again.json == third.json
    assert Counter((r["status"], r["conflict"]) for r in first.json["results"]) == {
        ("admitted", False): 61, ("admitted", True): 4,
    }  # fmt: skip
    assert first.json["undone"] == [{"id": scans[0]["id"], "undone": True}]
    assert stored() == (65, 60)
    sound()


def test_the_same_batch_sent_by_eight_tabs_at_once(app: Flask, gate: Gate) -> None:
    scans = queue(gate, 70, twice=10)
    answers = at_once(app, [(gate.token, scans)] * 8)
    assert {a.status_code for a in answers} == {200}
    assert len({a.text for a in answers}) == 1
    assert stored() == (80, 70)
    sound()


def test_a_server_that_stops_between_two_chunks(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first fifty are stored, the next are not; sent again all are, and none twice."""
    scans, calls = queue(gate, 120), itertools.count()
    real = services.store_scans

    def stops(*arguments: Any) -> None:
        real(*arguments)
        if next(calls) == 1:
            raise KeyboardInterrupt  # after the INSERT, before the COMMIT

    monkeypatch.setattr(services, "store_scans", stops)
    with pytest.raises(KeyboardInterrupt):
        gate.post(scans)
    assert stored() == (50, 50)
    monkeypatch.undo()
    results = gate.post(scans).json["results"]
    assert {(r["status"], r["reason"], r["conflict"]) for r in results} == {("admitted", None, False)}
    assert stored() == (120, 120)
    sound()


@pytest.mark.processes
def test_a_server_killed_while_storing_batches(own: Flask) -> None:  # noqa: F811
    """kill -9, twice, while four phones send 600 scans each; they send until they are answered, as phones do."""
    with own.app_context():
        with clock.stopped_at(clock.local(clock.now()).replace(hour=10, minute=0, second=0, microsecond=0)):
            gate, batches, tokens = _crowd(own)
        server = Killable(own.extensions["crash_settings"])
        server.start()
        done: list[dict[str, Any]] = []
        phones = [
            threading.Thread(target=_send_all, args=(server.address, token, batch, done))
            for token, batch in zip(tokens, batches, strict=True)
        ]
        try:
            for phone in phones:
                phone.start()
            for _kill in range(2):
                time.sleep(0.25)
                server.kill()
                server.start()
            for phone in phones:
                phone.join(120)
        finally:
            server.kill()
        assert len(done) == sum(len(batch) for batch in batches)
        assert stored()[0] == len(done)
        admitted = Counter((r["status"], r["conflict"]) for r in done)
        assert admitted == {("admitted", False): gate, ("admitted", True): len(done) - gate}
        assert stored()[1] == gate
        sound()


def _crowd(app: Flask) -> tuple[int, list[list[dict[str, Any]]], list[str]]:
    """300 tickets, each shown at two of four phones; returns how many different ones."""
    from tests import factories
    from tests.checkin.conftest import print_ticket

    festival = factories.festival()
    slot = factories.slot(factories.activity(festival), capacity=None)
    point = factories.point(festival)
    with transaction():
        tokens = [services.pair_directly(point, f"HP {n}", clock.now()).token for n in range(4)]
    tickets = [print_ticket(slot, f"Warga {n}") for n in range(300)]
    at = clock.now().isoformat()
    batches = [[one_scan(t.qr, at=at, **SHOWN) for t in tickets[n % 2 :: 2]] for n in range(4)]
    db.session.remove()
    return len(tickets), batches, tokens


def _send_all(address: str, token: str, scans: list[dict[str, Any]], done: list[dict[str, Any]]) -> None:
    with httpx.Client(timeout=20, headers={"Authorization": f"Bearer {token}"}) as client:
        while scans:
            with suppress(httpx.HTTPError):
                answer = client.post(f"{address}{POINT}/scans", json={"scans": scans[:100]})
                if answer.status_code == 200:
                    back = {r["id"]: r for r in answer.json()["results"]}
                    done += back.values()
                    scans = [scan for scan in scans if scan["id"] not in back]
                    continue
            time.sleep(0.05)


def test_two_phones_one_ticket_both_offline(gate: Gate) -> None:
    """Who is sent first keeps the admission; the other stands as a conflict with both moments in it."""
    ticket, other = gate.ticket(), gate.pair(gate.gate)
    start = clock.now() - timedelta(hours=1)
    later = one_scan(ticket.qr, at=(start + timedelta(minutes=1)).isoformat(), volunteer="Rina", **SHOWN)
    first = one_scan(ticket.qr, at=start.isoformat(), volunteer="Budi", **SHOWN)
    [one] = gate.post([later], token=other.token).json["results"]
    [two] = gate.post([first]).json["results"]
    assert (one["status"], one["conflict"]) == ("admitted", False)
    assert (two["status"], two["conflict"], two["reason"]) == ("admitted", True, "already_admitted")
    assert two["first_admitted_at"] == clock.local(start + timedelta(minutes=1)).isoformat(timespec="seconds")
    scan = db.session.scalars(sa.select(Scan).where(Scan.conflict)).one()
    assert (scan.volunteer, scan.scanned_at) == ("Budi", start)
    assert stored() == (2, 1)
    sound()


@pytest.mark.parametrize("days", [-1, 1])
def test_a_phone_whose_clock_is_a_day_off(gate: Gate, days: int) -> None:
    """Judged by the moment it really was, because the phone has measured how wrong it is."""
    gate.desk.closes_after = 120
    db.session.commit()
    ticket, off = gate.ticket(), timedelta(days=days)
    really = clock.now() - timedelta(minutes=30)
    sent = {"at": (really + off).isoformat(), "skew_ms": days * 86_400_000, **SHOWN}
    answer = gate.post([one_scan(ticket.qr, **sent)], token=gate.desk_token, point="jalan-santai")
    [result] = answer.json["results"]
    assert (result["status"], result["reason"], result["conflict"]) == ("admitted", None, False)
    assert db.session.scalar(sa.select(Admission.admitted_at)) == really
    assert db.session.scalar(sa.select(Scan.scanned_at)) == really + off, "what the phone said is kept"
    sound()


def test_a_ticket_cancelled_while_the_phone_was_offline(gate: Gate) -> None:
    ticket, before = gate.ticket(), clock.now() - timedelta(minutes=5)
    with transaction():
        db.session.execute(sa.update(Booking).values(status=BookingStatus.CANCELLED))
    [result] = gate.scan(ticket.qr, at=before.isoformat(), **SHOWN)
    assert (result["status"], result["reason"], result["conflict"]) == ("admitted", "cancelled", True)
    [told] = gate.scan(ticket.qr)
    assert (told["status"], told["reason"]) == ("denied", "cancelled")
    assert stored() == (2, 0)


@pytest.fixture
def rotated(gate: Gate) -> Iterator[TicketSigner]:
    """From now on tickets are signed by key 2; the old ones still count."""
    old: TicketSigner = current_app.extensions["pekan_signer"]
    new = TicketSigner(bytes(range(9, 41)), 2)
    keys = {old.key_id: old.public_key_bytes, new.key_id: new.public_key_bytes}
    before = current_app.extensions["pekan_verifier"]
    current_app.extensions.update(pekan_signer=new, pekan_verifier=TicketVerifier(keys))
    yield old
    current_app.extensions.update(pekan_signer=old, pekan_verifier=before)


def test_a_key_changed_while_the_phone_was_offline(gate: Gate, rotated: TicketSigner) -> None:
    new = gate.ticket("Baru")
    gate.ticket("Lama")
    old_id = db.session.scalar(sa.select(Ticket.id).where(Ticket.id != new.id))
    assert old_id is not None
    old_text = rotated.qr_text(gate.festival.id, 1, old_id)
    db.session.remove()
    denied = {"offline": True, "verdict": "denied", "reason": "forged"}
    [turned_away] = gate.scan(new.qr, **denied)  # the phone did not know key 2 yet
    assert (turned_away["status"], turned_away["reason"]) == ("denied", "forged")
    assert [r["status"] for r in gate.scan(new.qr, old_text)] == ["admitted", "admitted"]
    headers = {"Authorization": f"Bearer {gate.token}"}
    head = decode(gate.client.get(f"{POINT}/snapshot", headers=headers).data).head
    assert [key["id"] for key in head["keys"]] == [1, 2]
    sound()


def test_a_stolen_key_left_out_makes_its_tickets_forged(gate: Gate) -> None:
    ticket, before = gate.ticket(), current_app.extensions["pekan_verifier"]
    new = TicketSigner(bytes(range(9, 41)), 2)
    current_app.extensions["pekan_verifier"] = TicketVerifier({2: new.public_key_bytes})
    try:
        assert gate.scan(ticket.qr)[0]["reason"] == "forged"
        assert gate.scan(ticket.qr, **SHOWN)[0]["status"] == "denied", "forged is nobody, whatever a phone showed"
    finally:
        current_app.extensions["pekan_verifier"] = before


def test_settings_bring_both_keys(gate: Gate) -> None:
    settings, text = current_app.extensions["pekan_settings"], gate.ticket().qr
    app = create_app(
        replace(
            settings, ticket_key=bytes(range(9, 41)), ticket_key_number=2, old_ticket_keys={1: settings.ticket_key}
        )
    )
    with app.app_context():
        assert sorted(app.extensions["pekan_verifier"].public_keys) == [1, 2]
        assert app.extensions["pekan_verifier"].read(text).key_id == 1
        db.engine.dispose()


def test_a_phone_cut_off_while_it_was_offline(gate: Gate) -> None:
    """What it sends later is kept with what it showed, lets nobody in, undoes nothing, and gets no more data."""
    ticket, known = gate.ticket(), gate.ticket("Budi")
    before = one_scan(known.qr)
    gate.post([before])
    with transaction():
        mine = sa.select(Device).where(Device.point_id == gate.gate.id)
        services.revoke(db.session.scalars(mine).one(), None, clock.now())
    scan = one_scan(ticket.qr, volunteer="Rina", name="Siapa", by_hand="kenal", **SHOWN)
    body = {"scans": [scan], "undone": [{"id": before["id"], "undone_at": before["scanned_at"]}]}
    headers = {"Authorization": f"Bearer {gate.token}"}
    for _time in range(2):
        answer = gate.client.post(f"{POINT}/scans", json=body, headers=headers).json
        [result] = answer["results"]
        assert (result["status"], result["reason"], result["holder"]) == ("denied", "revoked_device", None)
        assert answer["undone"] == [{"id": before["id"], "undone": False}]
    kept = db.session.scalars(sa.select(Scan).where(Scan.reason == "revoked_device")).one()
    assert (kept.phone_verdict, kept.volunteer, kept.ticket_id) == ("admitted", "Rina", ticket.id)
    for path in ("snapshot", "snapshot/names", "status"):
        assert gate.client.get(f"{POINT}/{path}", headers=headers).status_code == 403
    assert gate.client.post(f"{POINT}/supervisor", json={"pin": "1"}, headers=headers).status_code == 403
    assert stored() == (2, 1)
    sound()


def test_ten_thousand_forged_codes_a_phone_has_kept(gate: Gate) -> None:
    """A queue of nonsense, shown as admitted by a phone gone mad: all kept, nobody in. Online: test_attacks."""
    forger = TicketSigner(bytes(range(7, 39)))
    ticket = gate.ticket()
    codes = [forger.qr_text(gate.festival.id, 1, ticket.id + n % 50) for n in range(10_000)]
    for start in range(0, len(codes), 500):
        answer = gate.post([one_scan(code, **SHOWN) for code in codes[start : start + 500]])
        assert {(r["status"], r["reason"]) for r in answer.json["results"]} == {("denied", "forged")}
    assert stored() == (10_000, 0)
    assert gate.scan(ticket.qr)[0]["status"] == "admitted"
