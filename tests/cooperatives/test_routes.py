"""Pages of the directory without JavaScript: what they show, keep to themselves, and do."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.cooperatives import rules, services
from app.cooperatives.models import CooperativeImport
from app.cooperatives.queries import details
from app.core import clock
from app.core.db import db, in_transaction, transaction
from app.core.sheets import write_csv
from tests.cooperatives.town import GOOD, HEAD, cooperative, regions
from tests.forms import csrf_token, post_form

NEW = {
    "name": "KSP Maju Jaya", "legal_number": "1/BH/2001", "legal_date": "2001-01-01", "last_meeting": "2023-03-01",
    "address": "Jalan Merdeka 1", "kelurahan_code": "32.76.02.1008", "form": "primer", "kind": "simpan_pinjam",
    "pattern": "konvensional", "has_savings_unit": "1", "men": "10", "women": "20",
}  # fmt: skip
HOME = "/committee/cooperatives"


def made(app: Flask, name: str = "KSP Sinar Terang", **fields: Any) -> int:
    with app.app_context():
        return cooperative(name, **fields).id


def text_of(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.get_data(as_text=True).replace("<wbr>", "")


def test_the_public_pages_show_the_cooperative_and_nobodys_data(staff: FlaskClient, app: Flask) -> None:
    number = made(app, address="Rumah Bapak Slamet 0812", note="catatan", nik="3276010020001")
    with app.app_context():
        day, now = date(2023, 7, 20), clock.now()
        in_transaction(lambda: services.put_status(number, day, "DKUM Kota Depok", None, now, score=8_923))
        in_transaction(lambda: services.put_year(number, 2022, {"assets": 213_922_000}, None, now))
        slug = details.by_id(number).slug
    listed = text_of(app.test_client(), "/cooperatives?q=sinar")
    assert "KSP Sinar Terang" in listed
    page = text_of(app.test_client(), f"/cooperatives/{slug}")
    for shown in ("518/655/BH", "3276010020001", "20 Juli 2023", "DKUM Kota Depok", "kertas kerja", "Jatimulya"):
        assert shown in page
    for hidden in ("Slamet", "0812", "catatan", "213.922.000", "DATA REKAAN"):
        assert hidden not in page


def test_a_count_says_definition_day_and_source(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        regions()
        with transaction():
            services.load_sample(clock.now())
    page = " ".join(text_of(client, "/cooperatives").split())
    assert "176 sehat dari 400 koperasi yang dinilai</b>, per 20 Juli 2023." in page
    assert "Definisi: kertas kerja kesehatan koperasi (sehat mulai 80 dari 100). Sumber: Data contoh" in page
    assert "DATA REKAAN" in page


def test_an_empty_directory_and_a_search_without_result(client: FlaskClient) -> None:
    assert "belum berisi" in text_of(client, "/cooperatives")
    assert "Tidak ada yang cocok" in text_of(client, "/cooperatives?q=xyz")
    assert client.get("/cooperatives/tidak-ada").status_code == 404


def test_pages_follow_each_other_without_repeating(staff: FlaskClient, app: Flask) -> None:
    with app.app_context():
        for n in range(30):
            cooperative(f"KSP Nomor {n:02d}")
    first = text_of(staff, "/cooperatives?q=nomor")
    number = first.split("after=")[1].split("&")[0].split('"')[0]
    second = text_of(staff, f"/cooperatives?q=nomor&after={number}")
    assert ("KSP Nomor 24" in first, "KSP Nomor 25" in first) == (True, False)
    assert ("KSP Nomor 24" in second, "KSP Nomor 29" in second) == (False, True)


def test_adding_by_hand_asks_for_all_that_is_required(staff: FlaskClient) -> None:
    page = post_form(staff, f"{HOME}/new", name="KSP Maju Jaya")
    assert page.status_code == 422
    assert page.get_data(as_text=True).count("Isi bagian ini.") == 2 * 11  # beside its field, and on top
    assert post_form(staff, f"{HOME}/new", **NEW).status_code == 303
    assert "KSP Maju Jaya" in text_of(staff, f"{HOME}?q=maju")


def test_adding_what_may_be_there_asks_first(staff: FlaskClient, app: Flask) -> None:
    made(app, "Koperasi Simpan Pinjam Maju Jaya", kelurahan_code="32.76.02.1008", kecamatan_code="32.76.02")
    asked = post_form(staff, f"{HOME}/new", **NEW)
    assert asked.status_code == 422
    assert "Mungkin sudah ada" in asked.get_data(as_text=True)
    assert post_form(staff, f"{HOME}/new", **NEW, different="y").status_code == 303


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("nik", "3276014107850003", "NIK penduduk"),
        ("name", "123", "dengan huruf"),
        ("business_codes", "1", "KBLI"),
        ("legal_date", "2099-01-01", "belum terjadi"),
        ("kelurahan_code", "99", "Pilih dari daftar"),
        ("kind", "lain", "Not a valid choice"),
        ("legal_number", "x" * 61, "Paling banyak 60"),
    ],
)
def test_what_a_form_refuses_stands_beside_its_field(staff: FlaskClient, field: str, value: str, said: str) -> None:
    page = post_form(staff, f"{HOME}/new", **{**NEW, field: value})
    assert page.status_code == 422
    if field != "kind":
        assert said in page.get_data(as_text=True)
        assert f"error-{field}" in page.get_data(as_text=True)


def test_an_edit_shows_in_the_history_and_a_second_editor_is_told(staff: FlaskClient, app: Flask) -> None:
    one = made(app)
    fields = {"name": "KSP Sinar Jaya", "legal_number": "518/655/BH", "version": "1"}
    assert post_form(staff, f"{HOME}/{one}/edit", **fields).status_code == 303
    history = text_of(staff, f"{HOME}/{one}/history")
    assert "<del>KSP Sinar Terang</del>" in history
    assert "panitia" in history
    late = post_form(staff, f"{HOME}/{one}/edit", **{**fields, "name": "KSP Lain Lagi"})
    assert late.status_code == 422
    assert "baru saja mengubah" in late.get_data(as_text=True)
    assert 'value="KSP Lain Lagi"' in late.get_data(as_text=True)


def test_the_history_reads_like_the_page(staff: FlaskClient, app: Flask) -> None:
    """No codes, no hundredths, no dates of a machine."""
    one = made(app, last_meeting=date(2023, 1, 7))
    answers = dict.fromkeys((code for code, _text in rules.indicator_set().indicators), 1)
    with app.app_context(), transaction():
        services.put_year(one, 2022, {"assets": 1_500_000, "surplus": -500}, None, clock.now())
        services.put_status(one, date(2023, 7, 20), "ODS", None, clock.now(), score=8_923)
        services.put_readiness(one, date(2023, 7, 20), answers, "Kunjungan", None, clock.now())
    page = text_of(staff, f"{HOME}/{one}/history")
    for shown in ("Rp1.500.000", "−Rp500", "89,23", "20 Juli 2023", "7 Januari 2023", "Jatimulya (32.76.08.1005)",
                  "kertas kerja kesehatan", "Pembukuan memakai aplikasi, bukan buku tulis: sebagian"):  # fmt: skip
        assert shown in page
    for raw in ("1500000", "8923", "2023-07-20", "bookkeeping"):
        assert raw not in page


def test_figures_members_status_and_readiness(staff: FlaskClient, app: Flask) -> None:
    one = f"{HOME}/{made(app)}"
    posts = {
        "years": {"year": "2022", "assets": "Rp1.500.000", "surplus": "(500)"},
        "members": {"as_of": "2023-07-20", "men": "3", "women": "4"},
        "statuses": {"as_of": "2023-07-20", "source": "DKUM", "score": "80"},
        "readiness": {f"answer-{code}": "2" for code in (
            "bookkeeping", "members", "payments", "service", "sales", "reports", "people", "safety")},
    }  # fmt: skip
    for name, fields in posts.items():
        assert post_form(staff, f"{one}/{name}", page=one, **fields).status_code == 303, name
    page = text_of(staff, one)
    for shown in ("Rp1.500.000", "−Rp500", "7 orang", "80,00", "100 %"):
        assert shown in page
    wrong = {
        "years": {"year": "2022", "assets": "1,5 juta"},
        "members": {"as_of": "2023-07-20", "men": "-3", "women": "4"},
        "statuses": {"as_of": "2023-07-20", "source": "DKUM", "score": "80", "value": "dalam_pengawasan"},
        "readiness": {"answer-members": "2"},
    }
    for name, fields in wrong.items():
        answer = post_form(staff, f"{one}/{name}", page=one, **fields)
        assert (answer.status_code, 'role="alert"' in answer.get_data(as_text=True)) == (422, True), name


def test_merged_ones_lead_on(staff: FlaskClient, app: Flask) -> None:
    kept, gone = made(app), made(app, "Koperasi Simpan Pinjam Sinar Terang", nik="5")
    page = text_of(staff, f"{HOME}/{kept}/merge")
    assert f"other={gone}" in page
    confirm = f"{HOME}/{kept}/merge?other={gone}"
    assert post_form(staff, f"{HOME}/{kept}/merge/{gone}", page=confirm).status_code == 303
    assert staff.get(f"{HOME}/{gone}").location.endswith(f"{HOME}/{kept}")
    moved = app.test_client().get("/cooperatives/koperasi-simpan-pinjam-sinar-terang")
    assert (moved.status_code, moved.location.endswith("/cooperatives/ksp-sinar-terang")) == (301, True)
    assert staff.get(f"{HOME}/{gone}/edit").status_code == 404
    again = staff.post(
        f"{HOME}/{kept}/merge/{gone}", data={"csrf_token": csrf_token(staff, f"{HOME}/{kept}/merge")}
    )
    assert again.status_code == 303  # back to the list, which says why


def test_coaching_from_trouble_to_result(staff: FlaskClient, app: Flask) -> None:
    one = made(app)
    new = f"{HOME}/{one}/cases/new"
    assert post_form(staff, new, trouble="", step="").status_code == 422
    assert post_form(staff, new, trouble="finances", step="Susun neraca", due_on="2023-07-20").status_code == 303
    listed = text_of(staff, "/committee/coaching")
    assert "Susun neraca" in listed
    assert "lewat" in listed
    number = int(listed.split("/committee/coaching/")[1].split('"')[0])
    fields = {"trouble": "finances", "step": "Susun neraca", "state": "solved", "version": "1"}
    refused = post_form(staff, f"/committee/coaching/{number}", **fields, result="")
    assert "Tulis hasilnya" in refused.get_data(as_text=True)
    assert post_form(staff, f"/committee/coaching/{number}", **fields, result="Beres").status_code == 303
    assert "Susun neraca" in text_of(staff, "/committee/coaching?state=solved")


def send(client: FlaskClient, data: bytes, name: str = "ods.csv", **fields: str) -> Any:
    token = csrf_token(client, f"{HOME}/imports")
    return client.post(f"{HOME}/imports", data={"csrf_token": token, "file": (io.BytesIO(data), name), **fields})


def test_import_from_file_to_directory(staff: FlaskClient) -> None:
    sent = send(staff, write_csv([["Lembaga", *HEAD[1:]], *GOOD]), source="ODS Juli 2023", as_of="2023-07-20")
    assert sent.status_code == 303
    page = text_of(staff, sent.location)
    assert "Apa isi kolomnya?" in page
    fields = {"column-1": "legal_number", "column-2": "kelurahan", "column-3": "kecamatan", "column-9": "score"}
    refused = post_form(staff, f"{sent.location}/columns", **fields)
    assert (refused.status_code, "nama koperasi" in refused.get_data(as_text=True)) == (422, True)
    assert post_form(staff, f"{sent.location}/columns", **fields, **{"column-0": "name"}).status_code == 303
    assert "KSP Maju Jaya" in text_of(staff, sent.location)
    assert post_form(staff, f"{sent.location}/store", page=sent.location).status_code == 303
    assert "Impor tersimpan" in text_of(staff, sent.location)
    assert "ODS Juli 2023" in text_of(staff, "/cooperatives")
    again = send(staff, write_csv([["Lembaga", *HEAD[1:]], *GOOD]), source="ODS Juli 2023")
    check = text_of(staff, again.location)  # columns are known now
    assert "Periksa isinya" in check
    assert "sudah ada" in check


def test_faults_are_named_by_cell_and_nothing_is_stored(staff: FlaskClient) -> None:
    bad = [*GOOD[0][:3], "", *GOOD[0][4:6], "1,5 juta", *GOOD[0][7:]]
    sent = send(staff, write_csv([HEAD, GOOD[1], bad]))
    page = text_of(staff, sent.location)
    for shown in (
        "G3",
        "1,5 juta",
        "Ada dua kelurahan Curug: di Bojongsari, Cimanggis",
        "1 baris perlu dibetulkan",
    ):
        assert shown in page
    token = csrf_token(staff, f"{HOME}/imports")
    refused = staff.post(f"{sent.location}/store", data={"csrf_token": token})
    assert refused.status_code == 422
    assert "Direktori masih kosong" in text_of(staff, HOME)


def test_faults_of_a_row_go_from_left_to_right(staff: FlaskClient) -> None:
    sent = send(
        staff, write_csv([HEAD, [*GOOD[0][:2], "Menteng", "", "lain", "22", "1,5 juta", "", "20-07-23", "x"]])
    )
    page = text_of(staff, sent.location)
    places = [page.index(f">{column}2<") for column in "CEFGIJ"]
    assert places == sorted(places)


def test_a_likely_duplicate_is_decided(staff: FlaskClient, app: Flask) -> None:
    made(app, "KSP Maju Jaya", legal_number="", kelurahan_code="32.76.02.1008", kecamatan_code="32.76.02")
    sent = send(staff, write_csv([HEAD, GOOD[0]]))
    assert post_form(staff, f"{sent.location}/store", page=sent.location).status_code == 422
    assert post_form(staff, f"{sent.location}/store", page=sent.location, **{"row-2": "new"}).status_code == 303
    assert text_of(staff, f"{HOME}?q=maju").count("<b>KSP Maju Jaya</b>") == 2


@pytest.mark.parametrize("data", [b"", b"MZ\x90\x00", b"PK\x03\x04rubbish", b"%PDF-1.4", b"Nama\n"])
def test_what_is_no_table_stands_beside_the_file(staff: FlaskClient, app: Flask, data: bytes) -> None:
    answer = send(staff, data, "koperasi.xlsx")
    assert answer.status_code == 422
    assert "error-file" in answer.get_data(as_text=True)
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(CooperativeImport)) == 0


def test_a_discarded_upload_is_gone(staff: FlaskClient) -> None:
    sent = send(staff, write_csv([HEAD, *GOOD]))
    assert post_form(staff, f"{sent.location}/discard", page=sent.location).status_code == 303
    assert "sudah dihapus" in text_of(staff, sent.location)
    token = csrf_token(staff, f"{HOME}/imports")
    assert staff.post(f"{sent.location}/store", data={"csrf_token": token}).status_code == 422


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_files_to_keep(staff: FlaskClient, app: Flask, kind: str) -> None:
    made(app)
    for address in (f"{HOME}/export.{kind}", f"{HOME}/imports/template.{kind}"):
        answer = staff.get(address)
        assert (answer.status_code, "attachment" in answer.headers["Content-Disposition"]) == (200, True)
    sent = send(staff, staff.get(f"{HOME}/export.{kind}").data, f"koperasi.{kind}")
    assert post_form(staff, f"{sent.location}/store", page=sent.location).status_code == 303
    assert staff.get(f"{HOME}/export.exe").status_code == 404
