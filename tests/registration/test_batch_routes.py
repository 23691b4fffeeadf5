"""Pages of lists, upload links and blank tickets, as a browser without JavaScript sees them."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pypdfium2
import pytest
import sqlalchemy as sa
import zxingcpp
from flask import Flask
from openpyxl import load_workbook

from app.accounts.models import Role
from app.core import clock, keys
from app.core.crypto import TicketVerifier
from app.core.db import db, in_transaction, transaction
from app.messaging.models import OutboxMessage
from app.registration import links, services
from app.registration.models import Batch, BatchState, Booking, Registration, UploadLink
from app.registration.queries import blank as blank_queries
from app.registration.services import batches
from tests import factories
from tests.core.spreadsheets import raw_sheet, with_part, workbook
from tests.forms import post_form
from tests.registration.browser import Browser, browser
from tests.registration.lists import HEAD, sheet
from tests.registration.signing import person, request, sign

pytestmark = pytest.mark.usefixtures("ctx")
NEW = "/committee/batches/new"


@pytest.fixture
def festival():
    return factories.festival()


@pytest.fixture
def slot(festival):
    return factories.slot(factories.activity(festival))


@pytest.fixture
def desk(app: Flask) -> Browser:
    """A browser of the committee."""
    client = browser(app)
    factories.sign_in(client, factories.user())
    return client


def send(client, page: str, data: bytes, name: str = "daftar.xlsx", **fields):
    given = {"contact_name": "Pak RT", "phone": "0812 0000 0001", "slot": "", "consent": "y", **fields}
    if len(data) < 400_000:
        return post_form(client, page, file=(io.BytesIO(data), name), **given)
    return client.post(page, **multipart({"csrf_token": token(client, page), **given}, data, name))


def multipart(fields: dict[str, str], data: bytes, name: str) -> dict[str, object]:
    """A body as browsers write it; the test client would leave a large one open in a temporary file."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()
    ]
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return {
        "data": b"".join([*parts, head, data, b"\r\n--x--\r\n"]),
        "content_type": "multipart/form-data; boundary=x",
    }


def text_of(answer) -> str:
    """The words of a page, entities undone for what the tests look for."""
    return answer.get_data(as_text=True).replace("&#39;", "'").replace("&#34;", '"')


def count(model) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def upload_link(festival, activity_id=None, most=500) -> UploadLink:
    user = factories.user("pembuat tautan")
    with transaction():
        return batches.new_upload_link(festival.id, "RT 05 Pak Budi", activity_id, most, 7, user.id, clock.now())


class TestCommittee:
    def test_from_file_to_tickets(self, app: Flask, desk, festival, slot):
        rows = [HEAD, ["Siti Aminah", 1984, "0812 3456 7890"], ["Budi", "", ""]]
        answer = send(desk, NEW, workbook(rows), slot=str(slot.id))
        assert answer.status_code == 303
        page = text_of(desk.get(answer.location))
        assert "Periksa daftar" in page
        assert "Daftarkan 2 orang" in page
        assert count(Registration) == 0
        stored = post_form(desk, f"{answer.location}/store", page=answer.location)
        assert stored.status_code == 303
        done = text_of(desk.get(stored.location))
        assert "2 orang terdaftar" in done
        assert "0812-3456-7890" in done
        assert done.count("wa.me/") == 2
        paper = desk.get(f"{answer.location}/tickets.pdf").get_data()
        document = pypdfium2.PdfDocument(paper)
        codes = {code.text for code in zxingcpp.read_barcodes(document[0].render(scale=3).to_pil())}
        document.close()
        verifier: TicketVerifier = app.extensions["pekan_verifier"]
        assert len(codes) == 2
        assert {verifier.read(code).festival for code in codes} == {festival.id}

    def test_links_as_files(self, desk, festival, slot):
        answer = send(desk, NEW, b"Nama;HP\n=1+1;0811111111\n", slot=str(slot.id))
        assert "rumus" in text_of(desk.get(answer.location))
        answer = send(desk, NEW, sheet(["Siti"], ["-Budi", "", "0811111111"]), slot=str(slot.id))
        address = answer.location
        post_form(desk, f"{address}/store", page=address)
        rows = list(
            csv.reader(io.StringIO(desk.get(f"{address}/links.csv").get_data().decode("utf-8-sig")), delimiter=";")
        )
        assert rows[0] == ["Nomor WhatsApp", "Nama", "Tautan tiket"]
        assert [row[1] for row in rows[1:]] == ["'-Budi", "Siti"]
        assert all("/registrations/" in row[2] for row in rows[1:])
        cells = load_workbook(io.BytesIO(desk.get(f"{address}/links.xlsx").get_data())).active
        assert [cell.data_type for cell in cells["B"]] == ["s", "s", "s"]
        assert cells["B2"].value == "-Budi"
        assert desk.get(f"{address}/links.exe").status_code == 404

    def test_what_is_wrong_is_named_by_cell_and_nothing_is_stored(self, desk, festival, slot):
        data = sheet(["Siti", "31-02-1990"], ["", "1984"], ["Budi"])
        answer = send(desk, NEW, data, slot=str(slot.id))
        page = text_of(desk.get(answer.location))
        assert "2 baris perlu dibetulkan" in page
        for part in (">B2<", ">A3<", "31-02-1990", "Isi nama."):
            assert part in page
        assert "Daftarkan" not in page
        refused = desk.post(f"{answer.location}/store", data={"csrf_token": token(desk, answer.location)})
        assert refused.status_code == 422
        assert "Masih ada baris yang perlu dibetulkan" in text_of(refused)
        assert count(Registration) == 0

    def test_repeats_must_be_decided(self, desk, festival, slot):
        answer = send(desk, NEW, sheet(["Siti Aminah", "1984"], ["Aminah Siti", "1984"]), slot=str(slot.id))
        page = text_of(desk.get(answer.location))
        assert "baris 3, mirip baris 2" in page
        undecided = post_form(desk, f"{answer.location}/store", page=answer.location)
        assert undecided.status_code == 422
        assert "Pilih salah satu." in text_of(undecided)
        done = post_form(desk, f"{answer.location}/store", page=answer.location, repeats="keep")
        assert "2 orang terdaftar" in text_of(desk.get(done.location))

    def test_a_full_slot_is_said_before_and_at_storing(self, desk, festival, slot):
        answer = send(desk, NEW, sheet(["A"], ["B"]), slot=str(slot.id))
        with transaction():
            db.session.execute(sa.text("UPDATE time_slot SET capacity = 1"))
        assert "kurang 1 tempat" in text_of(desk.get(answer.location))
        refused = desk.post(f"{answer.location}/store", data={"csrf_token": token(desk, answer.location)})
        assert refused.status_code == 422
        assert "Tidak ada yang didaftarkan" in text_of(refused)
        assert count(Booking) == 0

    def test_sent_twice_it_is_stored_once(self, desk, festival, slot):
        answer = send(desk, NEW, sheet(["Siti"]), slot=str(slot.id))
        secret = token(desk, answer.location)
        for _ in range(3):
            again = desk.post(f"{answer.location}/store", data={"csrf_token": secret})
            assert (again.status_code, again.location) == (303, answer.location)
        assert count(Registration) == 1

    def test_while_it_is_stored_the_page_says_so(self, desk, festival, slot):
        answer = send(desk, NEW, sheet(["Siti"]), slot=str(slot.id))
        batch_id = int(answer.location.rsplit("/", 1)[1])
        assert in_transaction(lambda: batches.claim(batch_id, clock.now()))
        page = text_of(desk.get(answer.location))
        assert "Sedang disimpan" in page
        assert 'data-poll="1500"' in page
        assert desk.post(f"{answer.location}/store", data={"csrf_token": token(desk, NEW)}).status_code == 303
        with transaction():
            db.session.execute(sa.update(Batch).values(storing_since=clock.now() - timedelta(minutes=3)))
        assert "Coba lagi" in text_of(desk.get(answer.location))
        assert post_form(desk, f"{answer.location}/store", page=answer.location).status_code == 303
        assert count(Registration) == 1

    def test_a_fault_while_storing_gives_the_turn_back(self, desk, festival, slot, monkeypatch):
        from app.registration.services.batches import storing

        answer = send(desk, NEW, sheet(["Siti"]), slot=str(slot.id))
        monkeypatch.setattr(storing, "sign_up", lambda *_a, **_k: 1 / 0)
        secret = token(desk, answer.location)
        desk.application.config["PROPAGATE_EXCEPTIONS"] = False
        try:
            assert desk.post(f"{answer.location}/store", data={"csrf_token": secret}).status_code == 500
        finally:
            desk.application.config["PROPAGATE_EXCEPTIONS"] = None
        db.session.rollback()
        assert db.session.scalar(sa.select(Batch.state)) is BatchState.CHECKED

    def test_messages_are_queued_once(self, desk, festival, slot):
        answer = send(desk, NEW, sheet(["Siti", "", "0811111111"], ["Budi"]), slot=str(slot.id))
        post_form(desk, f"{answer.location}/store", page=answer.location)
        assert "Siapkan 1 pesan" in text_of(desk.get(answer.location))
        post_form(desk, f"{answer.location}/messages", page=answer.location)
        post_form(desk, f"{answer.location}/messages", page=NEW)
        assert count(OutboxMessage) == 1

    def test_thrown_away(self, desk, festival, slot):
        answer = send(desk, NEW, sheet(["Siti"]), slot=str(slot.id))
        post_form(desk, f"{answer.location}/discard", page=answer.location)
        assert "sudah dihapus" in text_of(desk.get(answer.location))
        assert desk.get(f"{answer.location}/tickets.pdf").status_code == 404

    def test_what_was_typed_stays_and_errors_stand_at_their_fields(self, desk, festival, slot):
        answer = send(desk, NEW, b"", contact_name="", phone="12", consent="", slot="999")
        page = text_of(answer)
        assert answer.status_code == 422
        for part in (
            "error-contact_name",
            "error-phone",
            "error-file",
            "error-consent",
            "error-slot",
            'value="12"',
        ):
            assert part in page
        assert count(Batch) == 0

    def test_templates(self, desk, festival, slot):
        data = desk.get("/committee/batches/template.xlsx").get_data()
        assert load_workbook(io.BytesIO(data)).sheetnames == ["Isian", "Petunjuk"]
        assert desk.get("/committee/batches/template.csv").get_data().startswith(b"\xef\xbb\xbfNo;Nama lengkap")
        assert desk.get("/committee/batches/template.exe").status_code == 404
        assert desk.get("/committee/batches/template.xlsx").headers["Content-Disposition"].endswith('.xlsx"')

    def test_pages_of_results_are_bounded(self, desk, festival, slot):
        rows = [[f"Warga {n}", str(1950 + n % 50), f"0812000{n:04d}"] for n in range(60)]
        answer = send(desk, NEW, sheet(*rows), slot=str(slot.id))
        post_form(desk, f"{answer.location}/store", page=answer.location, repeats="keep")
        assert text_of(desk.get(answer.location)).count("wa.me/") == 50
        assert text_of(desk.get(f"{answer.location}?page=2")).count("wa.me/") == 10
        assert text_of(desk.get(f"{answer.location}?page=99999")).count("wa.me/") == 10

    def test_a_list_of_another_festival_is_not_there(self, desk, festival, slot):
        answer = send(desk, NEW, sheet(["Siti"]), slot=str(slot.id))
        with transaction():
            festival.is_current = False
        factories.festival()
        assert desk.get(answer.location).status_code == 404


def token(client, page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page).get_data(as_text=True))
    if found is None:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(NEW).get_data(as_text=True))
    assert found
    return found[1]


HOSTILE = {
    "nothing": b"",
    "program": b"MZ\x90\x00" + bytes(500),
    "script": b"#!/bin/sh\nrm -rf /\n",
    "old excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "web page": b"<html><script>alert(1)</script></html>",
    "garbage": bytes(range(256)) * 400,
    "cut": workbook([HEAD, ["Siti"]])[:900],
    "entities": raw_sheet("<row/>", doctype='<!DOCTYPE a [<!ENTITY b "c">]>'),
    "bomb": with_part(workbook([["x"]]), "xl/media/a.png", bytes(30 * 1024 * 1024)),
    "million rows": raw_sheet("".join(f'<row r="{n}"/>' for n in range(1, 200_001))),
    "too large": b"a" * (2 * 1024 * 1024 + 1),
    "no head": b"Siti;0811\n",
    "too many": sheet(*[["Siti"]] * 501),
}


@pytest.mark.parametrize("what", list(HOSTILE))
def test_uploads_made_to_harm(desk, festival, slot, what):
    answer = send(desk, NEW, HOSTILE[what], name="../../../etc/cron.d/x.xlsx", slot=str(slot.id))
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'id="error-file"' in page
    assert count(Batch) == 0


def test_a_file_name_is_never_a_path(desk, festival, slot):
    answer = send(desk, NEW, sheet(["Siti"]), name="../../<b>x.csv", slot=str(slot.id))
    page = desk.get(answer.location).get_data(as_text=True)
    assert "&lt;b&gt;" in page
    assert "<b>x" not in page
    assert db.session.scalar(sa.select(Batch.file_name)) == "<b>x.csv"


class TestUploadLink:
    def address(self, link) -> str:
        return f"/uploads/{links.upload_token(link.code)}"

    def test_from_link_to_tickets(self, app: Flask, festival, slot):
        page, visitor = self.address(upload_link(festival)), browser(app)
        shown = text_of(visitor.get(page))
        assert "RT 05 Pak Budi" in shown
        answer = send(visitor, page, sheet(["Siti"], ["Budi", "", "0811111111"]), slot=str(slot.id))
        assert answer.location.startswith(page)
        done = post_form(visitor, f"{answer.location}/store", page=answer.location)
        result = visitor.get(done.location)
        assert "2 orang terdaftar" in text_of(result)
        assert "Siapkan" not in text_of(result)
        assert result.headers["Cache-Control"] == "no-store"
        assert result.headers["Referrer-Policy"] == "no-referrer"
        assert visitor.get(f"{answer.location}/tickets.pdf").content_type == "application/pdf"
        assert visitor.get(f"{answer.location}/links.csv").status_code == 200
        assert "2 orang" in text_of(visitor.get(page))

    def test_wrong_tokens_open_nothing(self, app: Flask, festival, slot):
        link, visitor = upload_link(festival), browser(app)
        right = links.upload_token(link.code)
        for wrong in (link.code, right[:-1], right + "x", f"{link.code}.{keys.derived('manage', link.code)}", "x"):
            assert visitor.get(f"/uploads/{wrong}").status_code == 404

    def test_lists_of_others_are_out_of_reach(self, app: Flask, festival, slot):
        visitor = browser(app)
        mine, yours = self.address(upload_link(festival)), self.address(links_second(festival))
        answer = send(visitor, mine, sheet(["Siti"]), slot=str(slot.id))
        number = answer.location.rsplit("/", 1)[1]
        assert visitor.get(f"{yours}/{number}").status_code == 404
        for action in ("store", "discard"):
            assert post_form(visitor, f"{yours}/{number}/{action}", page=mine).status_code == 404
        for name in ("tickets.pdf", "links.csv", "links.xlsx"):
            assert visitor.get(f"{yours}/{number}/{name}").status_code == 404
        assert count(Registration) == 0

    def test_lapsed_it_takes_nothing_but_still_shows_what_was_sent(self, app: Flask, festival, slot):
        link, visitor = upload_link(festival), browser(app)
        page = self.address(link)
        answer = send(visitor, page, sheet(["Siti"]), slot=str(slot.id))
        post_form(visitor, f"{answer.location}/store", page=answer.location)
        secret = token(visitor, page)
        self.end(link, expires_at=clock.now() - timedelta(days=1))
        assert "tidak menerima daftar lagi" in text_of(visitor.get(page))
        assert visitor.post(page, data={"csrf_token": secret}).status_code == 409
        assert visitor.get(f"{answer.location}/tickets.pdf").status_code == 200
        self.end(link, expires_at=clock.now() - timedelta(days=31))
        assert visitor.get(answer.location).status_code == 404

    def test_ended_it_opens_nothing(self, app: Flask, festival, slot):
        link, visitor = upload_link(festival), browser(app)
        self.end(link, revoked_at=clock.now())
        assert visitor.get(self.address(link)).status_code == 404

    def end(self, link, **values) -> None:
        with transaction():
            db.session.execute(sa.update(UploadLink).where(UploadLink.id == link.id).values(**values))

    def test_made_and_ended_by_the_committee(self, app: Flask, desk, festival, slot):
        page = "/committee/upload-links"
        wrong = post_form(desk, page, label="", activity_id="0", most_people="0", days="99")
        assert wrong.status_code == 422
        assert "error-label" in text_of(wrong)
        assert post_form(desk, page, label="RW 02", activity_id="0", most_people="50", days="7").status_code == 303
        shown = text_of(desk.get(page))
        (address,) = set(re.findall(r'value="http://[^/]+(/uploads/[^"]+)"', shown))
        assert browser(app).get(address).status_code == 200
        link_id = db.session.scalar(sa.select(UploadLink.id))
        post_form(desk, f"{page}/{link_id}/revoke", page=page)
        assert browser(app).get(address).status_code == 404
        assert "dimatikan" in text_of(desk.get(page))

    def test_two_clicks_on_ending_it(self, desk, festival):
        link = upload_link(festival)
        for _ in range(2):
            post_form(desk, f"/committee/upload-links/{link.id}/revoke", page="/committee/upload-links")


def links_second(festival) -> UploadLink:
    user = factories.user("pembuat lain")
    with transaction():
        return batches.new_upload_link(festival.id, "RT 06", None, 500, 7, user.id, clock.now())


class TestBlank:
    BIND = "/committee/blank-tickets/bind"

    def stack(self, festival, number: int = 3) -> tuple[int, list[str]]:
        user = factories.user("pencetak")
        made = in_transaction(lambda: services.print_blank(festival.id, number, user.id, clock.now()))
        return made, [face.code for face in blank_queries.unused_tickets(made)]

    def test_printed_by_the_committee(self, desk, festival, slot):
        page = "/committee/blank-tickets"
        assert post_form(desk, page, number="501").status_code == 422
        assert post_form(desk, page, number="abc").status_code == 422
        answer = post_form(desk, page, number="10")
        paper = desk.get(f"{answer.location}/tickets.pdf").get_data()
        document = pypdfium2.PdfDocument(paper)
        assert len(document) == 2
        document.close()
        assert "10 belum dipakai" in text_of(desk.get(answer.location))
        post_form(desk, f"{answer.location}/cancel", page=answer.location)
        assert desk.get(f"{answer.location}/tickets.pdf").status_code == 404
        assert "dibatalkan" in text_of(desk.get(page))

    @pytest.mark.parametrize("role", [Role.GATE, Role.SUPERVISOR, Role.COMMITTEE])
    def test_bound_by_a_volunteer(self, app: Flask, festival, slot, role):
        _sheet_id, (code, *_rest) = self.stack(festival)
        volunteer = browser(app)
        factories.sign_in(volunteer, factories.user("petugas", role))
        fields = {"name": "Siti Aminah", "birth": "1984", "slot": str(slot.id), "consent": "y"}
        answer = post_form(volunteer, self.BIND, code=f"{code[:5]} {code[5:].lower()}", **fields)
        assert answer.status_code == 303
        page = text_of(volunteer.get(answer.location))
        assert "Tiket sudah berlaku" in page
        assert "Siti Aminah" in page
        again = post_form(volunteer, self.BIND, code=code, **{**fields, "name": "Budi"})
        assert again.status_code == 409
        assert "sudah dipakai" in text_of(again)
        assert 'value="Budi"' in text_of(again)

    def test_by_the_text_of_its_qr_code(self, desk, festival, slot):
        sheet_id, _codes = self.stack(festival)
        face = blank_queries.unused_tickets(sheet_id)[0]
        text = keys.ticket_text(festival.id, 0, face.id)
        fields = {"name": "Siti", "slot": str(slot.id), "consent": "y"}
        assert post_form(desk, self.BIND, code=text, **fields).status_code == 303

    def test_what_is_missing_stands_at_its_field(self, desk, festival, slot):
        answer = post_form(desk, self.BIND, code="xxx", name="", birth="kemarin", phone="12", slot="", guardian="")
        page = text_of(answer)
        assert answer.status_code == 422
        for name in ("code", "name", "birth", "phone", "slot", "consent"):
            assert f"error-{name}" in page

    def test_usual_foreign_and_forged_tickets_are_no_blank_ones(self, desk, festival, slot):
        usual = sign(request(slot)).holders[0].ticket
        texts = [
            usual.code,
            keys.ticket_text(festival.id, usual.scope, usual.id),
            keys.ticket_text(9, 0, 5),
            "PK1:x",
        ]
        for text in texts:
            fields = {"name": "Siti", "slot": str(slot.id), "consent": "y"}
            assert post_form(desk, self.BIND, code=text, **fields).status_code == 422

    def test_replacing_a_ticket_is_asked_first(self, desk, festival, slot):
        sign(request(slot, person("Siti", 1984)))
        _sheet_id, (code, *_rest) = self.stack(festival)
        person_ = {"name": "Siti", "birth": "1984", "phone": "081234567890"}
        fields = {"code": code, "slot": str(slot.id), "consent": "y", **person_}
        asked = post_form(desk, self.BIND, **fields)
        assert asked.status_code == 409
        assert "Ya, ganti dengan tiket kosong ini" in text_of(asked)
        assert post_form(desk, self.BIND, replace="y", **fields).status_code == 303

    def test_a_full_slot(self, desk, festival):
        full = factories.slot(factories.activity(festival, slug="senam", kind="gymnastics"), capacity=0)
        _sheet_id, (code, *_rest) = self.stack(festival)
        answer = post_form(desk, self.BIND, code=code, name="Siti", slot=str(full.id), consent="y")
        assert answer.status_code == 409
        assert "penuh" in text_of(answer)

    def test_where_there_is_nothing_to_go_to(self, desk, festival):
        assert "Tidak ada kegiatan" in text_of(desk.get(self.BIND))

    def test_another_festivals_stack_is_not_there(self, desk, festival, slot):
        sheet_id, _codes = self.stack(festival)
        with transaction():
            festival.is_current = False
        factories.festival()
        assert desk.get(f"/committee/blank-tickets/{sheet_id}").status_code == 404


@pytest.mark.parametrize("role", [Role.GATE, Role.SUPERVISOR, Role.JUDGE])
def test_lists_are_for_the_committee(app: Flask, festival, slot, role):
    client = browser(app)
    factories.sign_in(client, factories.user("petugas", role))
    for page in ("/committee/batches", NEW, "/committee/upload-links", "/committee/blank-tickets"):
        assert client.get(page).status_code == 403
