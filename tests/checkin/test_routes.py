"""The committee's pages and the scanner's page without a browser."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import AuditEntry, Role
from app.checkin import services
from app.checkin.models import CheckinPoint, Device, PairingCode, PointKind
from app.core import clock, hooks
from app.core.admission import AdmissionPolicy
from app.core.db import db, transaction
from tests import factories
from tests.checkin.conftest import Gate, one_scan
from tests.checkin.test_api import counted

NEW = {
    "name": "Gerbang Timur", "slug": "", "kind": "gate", "activity_id": "0", "policy": "daily",
    "opens_before": "60", "closes_after": "0", "active": "y",
}  # fmt: skip


class Desk:
    """A committee member's browser. Every request has a context of its own, though the test holds one open."""

    def __init__(self, client: FlaskClient, name: str, role: Role) -> None:
        self.client = client
        factories.sign_in(client, factories.user(name, role))

    def get(self, path: str) -> Any:
        db.session.rollback()  # what the test has read must not stand in the way
        with self.client.application.app_context():
            return self.client.get(path)

    def post(self, path: str, **more: Any) -> Any:
        db.session.rollback()
        with self.client.application.app_context():
            return self.client.post(path, **more)


@pytest.fixture
def staff(gate: Gate) -> Desk:
    return Desk(gate.client, "panitia", Role.COMMITTEE)


def send_form(client: Desk, page: str, path: str | None = None, data: dict[str, str] | None = None) -> Any:
    """Send a form of a page with its token."""
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page).text)
    assert token
    return client.post(path or page, data={**(data or {}), "csrf_token": token[1]})


def test_the_scanner_page_holds_no_data_and_may_use_the_camera(client: FlaskClient) -> None:
    answer = client.get("/scan")
    assert answer.status_code == 200
    assert "'wasm-unsafe-eval'" in answer.headers["Content-Security-Policy"]
    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert "JavaScript sedang mati" in answer.text
    assert "style=" not in answer.text


def test_points_are_for_those_who_pair(gate: Gate) -> None:
    with gate.client.application.app_context():
        assert gate.client.get("/committee/points").status_code == 302
    assert Desk(gate.client, "gerbang", Role.GATE).get("/committee/points").status_code == 403
    client = Desk(gate.client, "koordinator", Role.SUPERVISOR)
    assert client.get("/committee/points").status_code == 200
    assert client.get(f"/committee/points/{gate.gate.id}").status_code == 200
    assert client.get("/committee/points/new").status_code == 403
    assert client.get(f"/committee/points/{gate.gate.id}/edit").status_code == 403


def test_a_point_of_another_festival_is_not_here(staff: Desk, gate: Gate) -> None:
    other = factories.festival(is_current=False)
    far = factories.point(other)
    for path in (f"/committee/points/{far.id}", f"/committee/points/{far.id}/edit", "/committee/points/999999"):
        assert staff.get(path).status_code == 404
    with transaction():
        services.pair_directly(far, "HP", clock.now())
    device = db.session.scalar(sa.select(Device).where(Device.point_id == far.id))
    assert device is not None
    page = f"/committee/points/{gate.gate.id}"
    assert send_form(staff, page, f"/committee/devices/{device.id}/revoke").status_code == 404
    db.session.rollback()
    assert db.session.get_one(Device, device.id).revoked_at is None


def test_a_new_point(staff: Desk) -> None:
    answer = send_form(staff, "/committee/points/new", data=NEW)
    assert answer.status_code == 302
    made = db.session.scalar(sa.select(CheckinPoint).where(CheckinPoint.slug == "gerbang-timur"))
    assert made is not None
    assert (made.kind, made.policy, made.active) == (PointKind.GATE, AdmissionPolicy.DAILY, True)
    again = send_form(staff, "/committee/points/new", data=NEW)
    assert again.status_code == 422
    assert "Alamat titik ini sudah dipakai" in again.text
    assert 'value="Gerbang Timur"' in again.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "  "}, "Isi nama titik"), ({"name": "x" * 121}, "Paling banyak 120 huruf"),
        ({"slug": "Gerbang A"}, "Pakai huruf kecil"), ({"slug": "a\n"}, None),
        ({"opens_before": "-1"}, "Dari 0 sampai 1440"),
        ({"opens_before": "besok"}, "opens_before"), ({"closes_after": ""}, "Isi angka menit"),
        ({"kind": "activity"}, "Pilih kegiatan untuk titik ini"), ({"kind": "moon"}, "error-kind"),
        ({"activity_id": "999999"}, "error-activity_id"), ({"policy": "never"}, "error-policy"),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field(staff: Desk, change: dict[str, str], words: str | None) -> None:
    answer = send_form(staff, "/committee/points/new", data=NEW | change)
    if words is None:
        assert answer.status_code == 302
        return
    assert answer.status_code == 422
    assert words in answer.text
    assert "Belum tersimpan" in answer.text


def test_changing_a_point_keeps_its_address(staff: Desk, gate: Gate) -> None:
    page = f"/committee/points/{gate.desk.id}/edit"
    shown = staff.get(page).text
    assert 'name="slug"' not in shown
    assert f'<option selected value="{gate.activity.id}">' in shown
    change = NEW | {"kind": "desk", "name": "Meja", "activity_id": str(gate.activity.id), "slug": "lain"}
    del change["active"]
    assert send_form(staff, page, data=change).status_code == 302
    db.session.rollback()
    point = db.session.get_one(CheckinPoint, gate.desk.id)
    assert (point.name, point.kind, point.slug, point.active) == ("Meja", PointKind.DESK, "jalan-santai", False)


def test_pairing_shows_the_code_once_and_nowhere_else(staff: Desk, gate: Gate) -> None:
    page = f"/committee/points/{gate.gate.id}"
    answer = send_form(staff, page, f"{page}/pair")
    assert answer.status_code == 200
    assert "<svg" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    code = re.search(r'<p class="code">([0-9A-Z ]+)</p>', answer.text)
    assert code
    kept = db.session.scalars(sa.select(PairingCode)).one()
    assert code[1].replace(" ", "") not in (kept.code_hash,)
    assert kept.expires_at - kept.created_at == timedelta(minutes=10)
    paired = staff.post("/api/v1/checkin/pair", json={"code": code[1], "name": "HP Budi"})
    assert paired.status_code == 201
    assert "HP Budi" in staff.get(page).text
    trail = db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert trail[-2:] == ["pairing.created", "device.paired"]


def test_revoking_from_the_page(staff: Desk, gate: Gate) -> None:
    device = db.session.scalars(sa.select(Device).where(Device.point_id == gate.gate.id)).one()
    page = f"/committee/points/{gate.gate.id}"
    for _ in range(2):  # a second click changes nothing
        assert send_form(staff, page, f"/committee/devices/{device.id}/revoke").status_code == 302
    assert gate.scan(gate.ticket().qr)[0]["reason"] == "revoked_device"
    assert "Diputus" in staff.get(page).text


def test_last_scans_are_told_in_words(staff: Desk, gate: Gate) -> None:
    ticket = gate.ticket("Siti <b>Aminah</b>")
    gate.scan(ticket.qr, ticket.qr, "nonsense")
    gate.scan(ticket.qr, offline=True, verdict="admitted")
    text = staff.get(f"/committee/points/{gate.gate.id}").text
    for words in (
        "Siti &lt;b&gt;Aminah",
        "Kode ini bukan tiket pekan ini",
        "Sudah masuk",
        "Perlu dilihat",
        "Luring",
    ):
        assert words in text


def test_pages_ask_the_same_number_of_questions_for_one_and_three_rows(staff: Desk, gate: Gate) -> None:
    page = f"/committee/points/{gate.gate.id}"
    gate.scan(gate.ticket().qr)
    before = [statements(staff, path) for path in ("/committee/points", page)]
    for n in range(2):
        activity = factories.activity(gate.festival, slug=f"kegiatan-{n}")
        factories.point(gate.festival, at=activity)
        gate.pair(gate.gate, f"HP {n}")
        gate.scan(gate.ticket(f"Warga {n}").qr)
    assert [statements(staff, path) for path in ("/committee/points", page)] == before


def statements(client: Desk, path: str) -> int:
    with counted() as made:
        assert client.get(path).status_code == 200
    return len(made)


def test_the_start_page_counts_people_and_phones(staff: Desk, gate: Gate) -> None:
    ticket = gate.ticket()
    gate.scan(ticket.qr)
    gate.post([one_scan(ticket.qr)], token=gate.desk_token, point="jalan-santai")
    text = staff.get("/committee").text
    assert re.search(r"<b>1</b>\s*<span><a [^>]+>orang hadir hari ini", text), text
    assert re.search(r"<b>2</b>\s*<span><a [^>]+>HP memindai", text)


def test_a_new_activity_gets_its_point(gate: Gate) -> None:
    taken = factories.activity(gate.festival, slug="gerbang-utama", admission_policy=AdmissionPolicy.DAILY)
    with transaction():
        hooks.activity_created(taken.id)
        hooks.activity_created(taken.id)
    point = db.session.scalars(sa.select(CheckinPoint).where(CheckinPoint.activity_id == taken.id)).one()
    assert (point.slug, point.policy, point.opens_before) == ("gerbang-utama-2", AdmissionPolicy.DAILY, 60)


def test_the_doctor_sees_what_does_not_add_up(gate: Gate) -> None:
    from app.checkin.models import Admission, Scan

    gate.scan(gate.ticket().qr, gate.ticket("Budi").qr)
    assert services.examine() == []
    with transaction() as session:
        session.execute(
            sa.update(Scan)
            .where(Scan.id == sa.select(sa.func.min(Scan.id)).scalar_subquery())
            .values(conflict=True)
        )
    assert len(services.examine()) == 2
    with transaction() as session:
        session.execute(sa.delete(Admission))
    assert len(services.examine()) == 1


def test_pair_from_the_command_line(gate: Gate) -> None:
    runner = gate.client.application.test_cli_runner()
    done = runner.invoke(args=["device", "pair", "gerbang-utama"])
    assert done.exit_code == 0, done.output
    assert gate.post([], token=done.output.split()[-1]).status_code == 200
    unknown = runner.invoke(args=["device", "pair", "gerbang-barat"])
    assert unknown.exit_code == 1
    assert "gerbang-utama, jalan-santai" in unknown.output
