"""Lists on paper: what is printed, and what becomes of ticks that are entered afterwards."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
import sqlalchemy as sa

from app.accounts.models import AuditEntry, Role
from app.checkin import services
from app.checkin.models import Admission, Device, Scan
from app.checkin.queries import conflicts
from app.core import clock
from app.core.codes import group_code
from app.core.db import db
from app.core.list_page import ROWS
from app.core.list_pdf import Row, Words, list_pdf
from app.registration.models import BookingStatus, TicketStatus
from tests import factories
from tests.checkin.conftest import Gate, Printed
from tests.forms import csrf_token, post_form

LONG = "Muhammad Rizky Al-Fatih Ramadhan Kusumaningrat Wirahadikusumah"


def sheet(gate: Gate, day: bool = False) -> str:
    """The address of the list of the slot at the desk, or of the day at the gate."""
    if day:
        return f"/committee/points/{gate.gate.id}/paper/{clock.local(clock.now()).date().isoformat()}"
    return f"/committee/points/{gate.desk.id}/paper/{gate.slot.id}"


def signed_in(gate: Gate) -> None:
    factories.sign_in(gate.client, factories.user("panitia", Role.COMMITTEE))


def text_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return [page.get_textpage().get_text_bounded() for page in document]


def tick(gate: Gate, *tickets: Printed, at: str = "09.55", address: str = "", **more: Any) -> Any:
    where = address or sheet(gate)
    token = csrf_token(gate.client, where)
    data = {"csrf_token": token, "time": at, "ticket": [str(t.id) for t in tickets], **more}
    return gate.client.post(where, data=data)


@pytest.mark.parametrize("day", [False, True])
def test_the_printed_list_has_who_is_expected_by_name(gate: Gate, day: bool) -> None:
    people = [gate.ticket(name) for name in ("siti", "Budi", LONG)]
    gate.ticket("Batal", booking=BookingStatus.CANCELLED)
    gate.ticket("Tunggu", booking=BookingStatus.WAITLISTED)
    gate.ticket("Diganti", status=TicketStatus.REPLACED)
    signed_in(gate)
    answer = gate.client.get(f"{sheet(gate, day)}.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    [text] = text_of(answer.data)
    assert text.index("Budi") < text.index("Muhammad Rizky") < text.index("siti")
    assert all(group_code(ticket.code) in text for ticket in people)
    assert not any(name in text for name in ("Batal", "Tunggu", "Diganti"))
    assert "Halaman 1 dari 1" in text
    assert "3 orang di halaman ini" in text


def test_a_person_with_two_bookings_stands_once_on_the_list_of_the_day(gate: Gate) -> None:
    from app.registration.models import Booking

    gate.ticket("Budi")
    other = factories.slot(factories.activity(gate.festival, slug="senam"))
    db.session.rollback()
    first = db.session.scalars(sa.select(Booking)).one()
    db.session.add(
        Booking(
            festival_id=first.festival_id,
            registration_id=first.registration_id,
            position=0,
            name=first.name,
            participant_id=first.participant_id,
            activity_id=other.activity_id,
            slot_id=other.id,
            status=BookingStatus.CONFIRMED,
            discloses_ticket=True,
        )
    )
    db.session.commit()
    signed_in(gate)
    [text] = text_of(gate.client.get(f"{sheet(gate, True)}.pdf").data)
    assert text.count("Budi") == 1
    index = gate.client.get(f"/committee/points/{gate.gate.id}/paper").get_data(as_text=True)
    assert re.search(r'data-label="Orang">\s*1\s*<', index)


def words() -> Words:
    foot = "Halaman %(page)s dari %(pages)s · %(here)s orang di halaman ini, %(all)s semuanya"
    return Words("H" * 200, "S", "hint", "Petugas:", "Nama", "Kode", "Jam", "Nama: lihat tiketnya", foot, "rahasia")


@pytest.mark.parametrize("people", [1, ROWS, ROWS + 1, 3000])
def test_pages_are_full_and_counted(people: int) -> None:
    pages = text_of(list_pdf([Row(f"Warga {n:04d}", "ABCDE 12345") for n in range(people)], words(), "x"))
    assert len(pages) == -(-people // ROWS)
    assert f"Halaman {len(pages)} dari {len(pages)}" in pages[-1]
    assert sum(text.count("Warga") for text in pages) == people
    last = people - (len(pages) - 1) * ROWS
    assert f"{last} orang di halaman ini, {people} semuanya" in pages[-1]


def test_names_the_font_cannot_draw_do_not_stop_the_printer() -> None:
    [text] = text_of(list_pdf([Row("李小龍", "A"), Row("", "B"), Row(LONG * 3, "C")], words(), "x"))
    assert "lihat tiketnya" in text


def test_nobody_no_list(gate: Gate) -> None:
    signed_in(gate)
    assert gate.client.get(f"{sheet(gate)}.pdf").status_code == 404
    assert "Belum ada yang terdaftar" in gate.client.get(sheet(gate)).get_data(as_text=True)


@pytest.mark.parametrize("key", ["999999", "2020-01-01", "x", "-1", "9" * 30, "²"])
def test_lists_that_are_not_there(gate: Gate, key: str) -> None:
    signed_in(gate)
    assert gate.client.get(f"/committee/points/{gate.desk.id}/paper/{key}").status_code == 404
    assert gate.client.get(f"/committee/points/{gate.desk.id}/paper/{key}.pdf").status_code == 404


def test_the_slot_of_another_activity_is_not_on_this_points_paper(gate: Gate) -> None:
    other = factories.slot(factories.activity(gate.festival, slug="senam"))
    signed_in(gate)
    assert gate.client.get(f"/committee/points/{gate.desk.id}/paper/{other.id}").status_code == 404
    assert gate.client.get(f"/committee/points/{gate.gate.id}/paper/{other.id}").status_code == 200


def test_names_are_for_who_may_see_registrations(gate: Gate) -> None:
    factories.sign_in(gate.client, factories.user("pengawas", Role.SUPERVISOR))
    for address in (sheet(gate), f"{sheet(gate)}.pdf", f"/committee/points/{gate.gate.id}/paper"):
        assert gate.client.get(address).status_code == 403


def test_ticks_become_offline_scans_of_the_points_paper(gate: Gate) -> None:
    siti, budi, _absent = gate.ticket("Siti"), gate.ticket("Budi"), gate.ticket("Tidak datang")
    signed_in(gate)
    answer = tick(gate, siti, budi, at="09:55", volunteer="  Pak\tRT ")
    assert answer.status_code == 303
    db.session.rollback()
    scans = db.session.scalars(sa.select(Scan).order_by(Scan.id)).all()
    assert len(scans) == 2
    device = db.session.get_one(Device, scans[0].device_id)
    assert (device.paper, device.name, device.point_id) == (True, "Kertas", gate.desk.id)
    assert {(s.offline, s.status, s.conflict, s.volunteer) for s in scans} == {(True, "admitted", False, "Pak RT")}
    moments = {clock.local(a.admitted_at).strftime("%H.%M") for a in db.session.scalars(sa.select(Admission))}
    assert moments == {"09.55"}
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "paper.entered")).one()
    assert entry.details == {"admitted": 2, "conflicts": 0}
    page = gate.client.get(sheet(gate)).get_data(as_text=True)
    assert page.count("masuk 09.55") == 2
    assert page.count("dari kertas") == 2 + 1  # and what was just said
    assert services.examine() == []


def test_the_same_form_twice_is_one_tick(gate: Gate) -> None:
    siti = gate.ticket()
    signed_in(gate)
    for _ in range(2):
        assert tick(gate, siti).status_code == 303
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Scan)) == 1
    assert conflicts.open_conflicts(gate.festival.id) == 0


def test_who_a_phone_let_in_too_is_a_conflict(gate: Gate) -> None:
    siti, budi = gate.ticket(), gate.ticket("Budi")
    gate.scan(siti.qr, token=None)
    desk = gate.post(
        [
            {
                "id": "0b0e7a52-9d0f-4a3e-9d6c-1c2f3a4b5c6d", "code": siti.qr,
                "scanned_at": (clock.now() - timedelta(minutes=1)).isoformat(), "offline": True,
                "verdict": "admitted",
            }
        ],
        token=gate.desk_token, point=gate.desk.slug,
    )  # fmt: skip
    assert desk.json["results"][0]["conflict"] is False
    signed_in(gate)
    tick(gate, siti, budi)
    said = gate.client.get(sheet(gate)).get_data(as_text=True)
    assert "1 orang dicatat masuk dari kertas." in said
    assert "1 perlu dilihat" in said
    db.session.rollback()
    [found] = conflicts.conflicts(gate.festival.id, done=False, page=1)
    assert [entry.paper for entry in found.entries] == [True, False]  # 09.55 on paper, 09.59 by phone


def test_at_another_time_again_is_a_conflict_as_for_phones(gate: Gate) -> None:
    siti = gate.ticket()
    signed_in(gate)
    tick(gate, siti, at="09.55")
    tick(gate, siti, at="09.57")
    db.session.rollback()
    assert conflicts.open_conflicts(gate.festival.id) == 1
    assert services.examine() == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"at": ""}, "Tulis jam"), ({"at": "25.00"}, "Tulis jam"), ({"at": "٠٧.١٥"}, "Tulis jam"),
        ({"at": "10.01"}, "belum lewat"), ({"volunteer": "x" * 81}, "Paling banyak 80"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_the_ticks_are_kept(gate: Gate, fields: dict[str, str], words: str) -> None:
    siti = gate.ticket()
    signed_in(gate)
    answer = tick(gate, siti, **fields)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert words in text
    assert re.search(rf'value="{siti.id}" checked', text)
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Scan)) == 0


def test_ticks_must_be_of_this_list(gate: Gate) -> None:
    gate.ticket()
    signed_in(gate)
    for numbers in ([], ["1", "x", "-99", "9" * 30]):
        token = csrf_token(gate.client, sheet(gate))
        answer = gate.client.post(sheet(gate), data={"csrf_token": token, "time": "09.55", "ticket": numbers})
        assert answer.status_code == 422
        assert "Centang dulu" in answer.get_data(as_text=True)


def test_pages_and_search_are_those_of_the_print(gate: Gate) -> None:
    for n in range(ROWS + 1):
        gate.ticket(f"Warga {n:02d}")
    signed_in(gate)
    second = gate.client.get(f"{sheet(gate)}?page=2").get_data(as_text=True)
    assert "Warga 36" in second
    assert "Warga 35" not in second
    found = gate.client.get(f"{sheet(gate)}?q=WARGA 07").get_data(as_text=True)
    assert found.count('name="ticket"') == 1
    assert "Tidak ada yang cocok" in gate.client.get(f"{sheet(gate)}?q=%25").get_data(as_text=True)


def test_paper_is_no_phone_that_could_be_cut_off(gate: Gate) -> None:
    siti = gate.ticket()
    signed_in(gate)
    tick(gate, siti)
    db.session.rollback()
    paper = db.session.scalars(sa.select(Device.id).where(Device.paper)).one()
    page = f"/committee/points/{gate.desk.id}"
    assert "Kertas" in gate.client.get(page).get_data(as_text=True)
    answer = post_form(gate.client, f"/committee/devices/{paper}/revoke", page=page)
    assert answer.status_code == 404
