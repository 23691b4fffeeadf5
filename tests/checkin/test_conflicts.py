"""What phones without a network did, as the committee sees it: conflicts, phones cut off, phones, live counts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import AuditEntry, Role
from app.checkin import services
from app.checkin.models import Admission, CheckinPoint, Device, Scan
from app.checkin.queries import board, conflicts, flow
from app.core import clock
from app.core.charts import HEIGHT, MOST_TICKS, WIDTH, columns
from app.core.db import db, transaction
from tests import factories
from tests.checkin.conftest import Gate, Printed, one_scan
from tests.forms import post_form
from tests.logcheck import personal_lines

LIST = "/committee/conflicts"
LONG = "Muhammad Rizky Al-Fatih Ramadhan Kusumaningrat Wirahadikusumah"


def offline(gate: Gate, ticket: Printed, minutes_ago: int, *, token: str | None = None, **more: object) -> dict:
    """A scan that the phone itself let in, sent later."""
    at = clock.now() - timedelta(minutes=minutes_ago)
    scan = one_scan(ticket.qr, at=at.isoformat(), offline=True, verdict="admitted", **more)
    answer = gate.post([scan], token=token)
    assert answer.status_code == 200, answer.text
    return dict(answer.json["results"][0])


def double(gate: Gate, holder: str = "Siti Aminah") -> Printed:
    """A ticket let in by two phones, the later one of which was online first."""
    ticket = gate.ticket(holder)
    assert offline(gate, ticket, 5)["conflict"] is False
    assert offline(gate, ticket, 9, token=gate.pair(gate.gate, "HP Budi").token)["conflict"] is True
    return ticket


def sign_in(gate: Gate, *roles: Role) -> None:
    factories.sign_in(gate.client, factories.user("pengawas", *(roles or (Role.SUPERVISOR,))))


def page(gate: Gate, address: str = LIST) -> str:
    answer = gate.client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_double_admission_shows_both_points_times_and_phones(gate: Gate) -> None:
    double(gate, LONG)
    db.session.rollback()
    [found] = conflicts.conflicts(gate.festival.id, done=False, page=1)
    assert (found.holder, found.reason) == (LONG, "already_admitted")
    first, second = found.entries
    assert [(e.device, e.point) for e in found.entries] == [
        ("HP Budi", "Gerbang utama"),
        ("HP satu", "Gerbang utama"),
    ]
    assert (second.at - first.at) == timedelta(minutes=4)
    sign_in(gate)
    text = page(gate)
    assert all(word in text for word in ("HP Budi", "HP satu", "09.51", "09.55", LONG, "Luring"))


def test_gates_that_count_together_are_named_both(gate: Gate) -> None:
    second = factories.point(
        gate.festival, slug="gerbang-b", name="Gerbang B", counts_with_id=gate.gate.id,
    )  # fmt: skip
    ticket = gate.ticket()
    offline(gate, ticket, 5)
    scan = one_scan(ticket.qr, at=clock.now().isoformat(), offline=True, verdict="admitted")
    assert gate.post([scan], token=gate.pair(second).token, point="gerbang-b").json["results"][0]["conflict"]
    db.session.rollback()
    [found] = conflicts.conflicts(gate.festival.id, done=False, page=1)
    assert [entry.point for entry in found.entries] == ["Gerbang utama", "Gerbang B"]


def test_the_clock_of_a_phone_is_put_right(gate: Gate) -> None:
    ticket = gate.ticket()
    offline(gate, ticket, 5)
    offline(gate, ticket, 1)
    db.session.rollback()
    with transaction():
        db.session.execute(sa.update(Scan).where(Scan.conflict).values(skew_ms=180_000))
    [found] = conflicts.conflicts(gate.festival.id, done=False, page=1)
    assert [clock.now() - entry.at for entry in found.entries] == [timedelta(minutes=5), timedelta(minutes=4)]


def test_an_admission_that_should_not_have_been_says_why(gate: Gate) -> None:
    ticket = gate.ticket()
    db.session.rollback()
    with transaction():
        services.pause_point(gate.gate.id, None, clock.now() - timedelta(minutes=9))
    offline(gate, ticket, 5)
    db.session.rollback()
    [found] = conflicts.conflicts(gate.festival.id, done=False, page=1)
    assert (found.reason, len(found.entries), found.entered_at) == ("point_paused", 1, None)
    sign_in(gate)
    assert "Gerbang dihentikan sementara" in page(gate)


def test_a_ticket_given_out_anew_still_finds_the_other_admission(gate: Gate) -> None:
    ticket = double(gate)
    db.session.rollback()
    with transaction():
        from app.registration.models import Ticket

        old = db.session.get_one(Ticket, ticket.id)
        old.status = "replaced"  # type: ignore[assignment]
        db.session.flush()
        new = Ticket(
            id=ticket.id + 1, festival_id=old.festival_id, participant_id=old.participant_id, scope=1,
            code="NEWCODE123", issued_at=clock.now(), status="valid",
        )  # fmt: skip
        db.session.add(new)
        db.session.flush()
        services.carry_admissions(old.id, new.id)
    [found] = conflicts.conflicts(gate.festival.id, done=False, page=1)
    assert len(found.entries) == 2


def test_resolving_keeps_the_note_who_and_when_and_is_logged_without_the_note(gate: Gate) -> None:
    double(gate)
    sign_in(gate)
    [row] = conflicts.conflicts(gate.festival.id, done=False, page=1)
    db.session.rollback()
    answer = post_form(gate.client, f"{LIST}/{row.scan_id}/resolve", page=LIST, note="  Orang yang\r\nsama ")
    assert (answer.status_code, answer.location) == (303, LIST)
    assert conflicts.open_conflicts(gate.festival.id) == 0
    [done] = conflicts.conflicts(gate.festival.id, done=True, page=1)
    assert (done.resolution, done.resolved_by, done.resolved_at) == ("Orang yang sama", "pengawas", clock.now())
    text = page(gate, f"{LIST}?tab=done")
    assert "Orang yang sama" in text
    assert "Selesaikan" not in text
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "conflict.resolved")).one()
    assert (entry.subject, entry.details) == (f"scan:{row.scan_id}", {})
    assert not personal_lines(str(entry.details))


def test_who_is_second_changes_nothing(gate: Gate) -> None:
    double(gate)
    sign_in(gate)
    [row] = conflicts.conflicts(gate.festival.id, done=False, page=1)
    db.session.rollback()
    with transaction():
        services.resolve_conflict(gate.festival.id, row.scan_id, "Pertama", None, clock.now())
    double(gate, "Budi")  # so that the page has a form
    post_form(gate.client, f"{LIST}/{row.scan_id}/resolve", page=LIST, note="Kedua")
    [done] = conflicts.conflicts(gate.festival.id, done=True, page=1)
    assert done.resolution == "Pertama"
    assert "Sudah diselesaikan panitia lain" in page(gate)


@pytest.mark.parametrize(("note", "words"), [(" \u200b ", "Tulis apa"), ("x" * 301, "Paling banyak 300")])
def test_a_note_is_needed_and_kept_as_typed(gate: Gate, note: str, words: str) -> None:
    double(gate)
    sign_in(gate)
    [row] = conflicts.conflicts(gate.festival.id, done=False, page=1)
    answer = post_form(gate.client, f"{LIST}/{row.scan_id}/resolve", page=LIST, note=note)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert f'href="#note-{row.scan_id}"' in text
    assert words in text
    assert note.strip() in text
    assert conflicts.open_conflicts(gate.festival.id) == 1


def test_no_conflict_no_resolving(gate: Gate) -> None:
    double(gate)
    sign_in(gate)
    answer = post_form(gate.client, f"{LIST}/999999/resolve", page=LIST, note="x")
    assert answer.status_code == 404


def test_an_undone_one_is_not_to_be_looked_at(gate: Gate) -> None:
    double(gate)
    db.session.rollback()
    with transaction():
        db.session.execute(sa.update(Scan).where(Scan.conflict).values(undone_at=clock.now()))
    assert conflicts.open_conflicts(gate.festival.id) == 0


def test_scans_of_a_phone_cut_off_stand_apart_with_what_it_showed(gate: Gate) -> None:
    paired = gate.pair(gate.gate, "HP hilang")
    db.session.rollback()
    with transaction():
        services.revoke(db.session.get_one(Device, paired.device_id), None, clock.now())
    ticket = gate.ticket()
    answer = offline(gate, ticket, 5, token=paired.token)
    assert (answer["reason"], answer["holder"]) == ("revoked_device", None)
    db.session.rollback()
    assert conflicts.counts(gate.festival.id) == {"open": 0, "done": 0, "revoked": 1}
    [found] = conflicts.cut_off(gate.festival.id, 1)
    assert (found.showed, found.entry.device, found.revoked_at) == ("admitted", "HP hilang", clock.now())
    assert found.holder == ticket.holder  # kept for the committee, told to nobody else
    sign_in(gate)
    text = page(gate, f"{LIST}?tab=revoked")
    assert "HP hilang" in text
    assert "Masuk" in text


@pytest.mark.parametrize("tab", ["", "?tab=done", "?tab=revoked", "?tab=x&page=0", "?page=99999", "?page=-1"])
def test_empty_lists_teach(gate: Gate, tab: str) -> None:
    sign_in(gate)
    assert 'class="empty"' in page(gate, LIST + tab)


def test_who_may_not_see_scans_sees_no_conflicts(gate: Gate) -> None:
    sign_in(gate, Role.GATE)
    assert gate.client.get(LIST).status_code == 403
    assert gate.client.get("/committee/devices").status_code == 403
    assert gate.client.get("/committee/flow").status_code == 200  # numbers are for everybody who works here


def statements(work: object) -> int:
    seen: list[str] = []
    listen = lambda _c, _cur, statement, *_rest: seen.append(statement)  # noqa: E731
    sa.event.listen(db.engine, "before_cursor_execute", listen)
    try:
        work()  # type: ignore[operator]
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", listen)
    return len(seen)


def test_long_lists_cost_no_more_statements(gate: Gate) -> None:
    sign_in(gate, Role.COMMITTEE)
    addresses = (
        LIST,
        f"{LIST}?tab=done",
        "/committee/devices",
        "/committee/flow",
        f"/committee/points/{gate.gate.id}",
    )
    double(gate)

    def measured() -> list[int]:
        page(gate, LIST)  # who is signed in
        return [statements(lambda a=a: page(gate, a)) for a in addresses]

    once = measured()
    for n in range(3):
        double(gate, f"Budi {n}")
    assert measured() == once


def test_phones_tell_what_they_have_not_sent_and_how_old_their_data_are(gate: Gate) -> None:
    now = clock.now()
    db.session.rollback()
    with transaction():
        device = db.session.scalars(sa.select(Device).where(Device.point_id == gate.gate.id)).one()
        device.name, device.unsent, device.skew_ms = LONG, 1200, -3_700_000
        device.data_as_of, device.last_seen_at = now - timedelta(minutes=47), now - timedelta(minutes=2)
    totals = board.device_totals(gate.festival.id, now)
    assert (totals.working, totals.active, totals.unsent) == (2, 1, 1200)
    sign_in(gate)
    for address in ("/committee/devices", f"/committee/points/{gate.gate.id}"):
        text = page(gate, address)
        for words in (LONG, "1.200 belum terkirim", "data berumur 47 menit", "jam HP lebih lambat 61 menit"):
            assert words in text, (address, words)


def test_cutting_off_from_the_list_of_all_phones_leads_back_there(gate: Gate) -> None:
    sign_in(gate)
    [first, *_rest] = board.all_devices(gate.festival.id)
    device_id = first.device.id
    answer = post_form(
        gate.client, f"/committee/devices/{device_id}/revoke", page="/committee/devices", back="devices"
    )
    assert answer.location == "/committee/devices"
    assert "Diputus" in page(gate, "/committee/devices")


def entered(gate: Gate, moments: list[datetime], point: CheckinPoint | None = None) -> None:
    """Admissions at these moments, without scanning."""
    where = point or gate.gate
    for moment in moments:
        ticket = gate.ticket()
        db.session.rollback()
        with transaction():
            device = db.session.scalars(sa.select(Device).where(Device.point_id == gate.gate.id)).first()
            assert device
            scan = Scan(
                festival_id=gate.festival.id, point_id=where.id, device_id=device.id, client_id=str(ticket.id),
                ticket_id=ticket.id, scanned_at=moment, received_at=moment, status="admitted",
            )  # fmt: skip
            db.session.add(scan)
            db.session.flush()
            db.session.add(
                Admission(
                    festival_id=gate.festival.id,
                    point_id=where.id,
                    gate_id=where.counts_with_id or where.id,
                    ticket_id=ticket.id,
                    key="x",
                    scan_id=scan.id,
                    admitted_at=moment,
                )
            )


def today(gate: Gate) -> tuple[datetime, datetime]:
    start = clock.local(clock.now()).replace(hour=0, minute=0)
    return start, start + timedelta(days=1)


def test_quarters_of_an_hour_without_holes(gate: Gate) -> None:
    start, end = today(gate)
    at = [(6, 44, 59), (6, 45, 0), (6, 59, 59), (7, 15, 0), (9, 50, 0)]
    entered(gate, [start.replace(hour=h, minute=m, second=s) for h, m, s in at])
    entered(gate, [start - timedelta(seconds=1), end])  # yesterday and tomorrow
    found = flow.flow(gate.festival.id, start, end, clock.now())
    [main, *_others] = found.gates
    assert main.quarters[:4] == (1, 2, 0, 1)
    assert [clock.local(q).strftime("%H.%M") for q in found.quarters][:2] == ["06.30", "06.45"]
    assert (found.admitted, main.admitted, main.recent, found.busiest) == (5, 5, 2, 2)  # tomorrow's is recent too
    assert sum(main.quarters) == 5


def test_inside_against_capacity(gate: Gate) -> None:
    db.session.rollback()
    with transaction():
        point = db.session.get_one(CheckinPoint, gate.gate.id)
        point.counts_inside, point.capacity = True, 1
    second = factories.point(
        gate.festival, slug="gerbang-b", name="Gerbang B", counts_with_id=gate.gate.id, counts_inside=True
    )
    entered(gate, [clock.now()] * 2)
    entered(gate, [clock.now()], second)
    with transaction():
        db.session.execute(
            sa.update(Admission).where(Admission.id == sa.select(sa.func.min(Admission.id)).scalar_subquery())
            .values(left_at=clock.now())
        )  # fmt: skip
    found = {gate.point.name: gate for gate in flow.flow(gate.festival.id, *today(gate), clock.now()).gates}
    assert [(found[n].admitted, found[n].inside) for n in ("Gerbang utama", "Gerbang B")] == [(2, 2), (1, 2)]
    sign_in(gate)
    text = page(gate, "/committee/flow")
    assert "Terlalu penuh" in text
    assert "muat 1" in text
    assert "muat 1" in page(gate, f"/committee/points/{gate.gate.id}")


def test_the_page_of_numbers_and_its_part(gate: Gate) -> None:
    entered(gate, [clock.now()])
    sign_in(gate)
    whole, part = page(gate, "/committee/flow"), page(gate, "/committee/flow?part=1")
    assert '<noscript><meta http-equiv="refresh"' in whole
    assert "<html" not in part
    assert "<svg" in part
    tomorrow = (clock.local(clock.now()) + timedelta(days=1)).date().isoformat()
    later = page(gate, f"/committee/flow?day={tomorrow}")
    assert "refresh" not in later
    assert 'class="empty"' in later
    assert page(gate, "/committee/flow?day=kemarin")


def test_a_chart_draws_every_count() -> None:
    chart = columns([0, 1, 1000], ["a", "b", "c"], 1000)
    assert [c.height for c in chart] == [0, 2, HEIGHT]
    assert [c.y + c.height for c in chart if c.count] == [HEIGHT, HEIGHT]
    assert columns([], [], 0) == []


def test_a_long_day_fits_and_is_labelled_now_and_then() -> None:
    chart = columns([1] * 96, ["x"] * 96, 1)
    assert all(c.x + c.width <= WIDTH - 20 for c in chart)
    assert sum(c.ticked for c in chart) == MOST_TICKS
