"""Public pages and committee pages of the programme, as a browser without JavaScript sees them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar

from app.accounts.models import Role
from app.core import clock
from app.core.clock import WIB
from app.core.db import db, transaction
from app.programme.models import Activity, EntryMode, TimeSlot
from tests import factories
from tests.forms import csrf_token, post_form

DAY = date(2026, 8, 5)  # a Wednesday; the third day is a Friday


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime.combine(day, time(hour, minute), WIB)


@pytest.fixture
def morning() -> Iterator[None]:
    with clock.stopped_at(at(9, 30)):
        yield


@pytest.fixture
def made(app: Flask, client: FlaskClient, morning: None) -> SimpleNamespace:
    """A festival of three days with a walk (three slots) and music without sign-up; it is 09.30 of day 1."""
    with app.app_context():
        festival = factories.festival(first_day=DAY)
        walk = factories.activity(festival, bring="Sepatu")
        slots = [factories.slot(walk, starts_at=at(9 + n), minutes=60, capacity=20).id for n in range(3)]
        music = factories.activity(
            festival, slug="musik", entry_mode=EntryMode.NONE, place_id=festival.places[1].id
        )
        factories.slot(music, starts_at=at(10, day=DAY + timedelta(days=1)), capacity=None)
        return SimpleNamespace(
            festival=festival.id, walk=walk.id, music=music.id, slots=slots, days=[d.id for d in festival.days],
            places=[p.id for p in festival.places],
        )  # fmt: skip


@pytest.fixture
def committee(app: Flask, client: FlaskClient) -> FlaskClient:
    with app.app_context():
        user = factories.user("Siti", Role.COMMITTEE)
    factories.sign_in(client, user)
    return client


def change(app: Flask, model: type, key: int, **fields: object) -> None:
    with app.app_context(), transaction():
        row = db.session.get(model, key)
        for name, value in fields.items():
            setattr(row, name, value)


def stored(app: Flask, model: type, key: int):
    with app.app_context():
        return db.session.get(model, key)


def text_of(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def main_of(client: FlaskClient, address: str) -> str:
    return text_of(client, address).partition('<main id="main">')[2]


def json_ld(page: str) -> list[dict]:
    return [json.loads(m) for m in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)]


# --- front page and days


def test_without_a_festival_the_front_page_says_what_to_do(client: FlaskClient):
    page = text_of(client, "/")
    assert "pekan demo load" in page
    assert "/committee/festival" in page
    assert client.get("/days/2026-08-05").status_code == 404
    assert client.get("/calendar.ics").status_code == 404


def test_the_front_page_tells_what_where_when_and_now(client: FlaskClient, made: SimpleNamespace):
    page = main_of(client, "/")
    for words in (
        "5–7 Agustus 2026",
        "Pasar Rakyat Jabar",
        "Sekarang",
        "Berikutnya",
        "Cara daftar",
        "Rabu",
        "Kamis",
    ):
        assert words in page
    assert "Jalan santai" in page.partition("Sekarang")[2].partition("Berikutnya")[0]
    assert "Musik" in page.partition("Berikutnya")[2].partition("Cara daftar")[0]
    assert "Tinggal" not in page
    assert "Sisa 40 tempat" in page  # the slot that has begun does not count


def test_an_empty_festival_has_a_front_page(app: Flask, client: FlaskClient):
    with app.app_context():
        factories.festival(days=0)
    assert "Tanggalnya belum diumumkan" in text_of(client, "/")


def test_before_and_after_the_festival(client: FlaskClient, made: SimpleNamespace):
    with clock.stopped_at(at(12, day=DAY - timedelta(days=3))):
        assert "3 hari lagi" in text_of(client, "/")
    with clock.stopped_at(at(12, day=DAY + timedelta(days=9))):
        page = text_of(client, "/")
    assert "sudah selesai" in page
    assert "Cara daftar" not in page


def test_the_day_changes_at_midnight_of_the_wall_clock(client: FlaskClient, made: SimpleNamespace):
    def shown_on(moment: datetime) -> str:
        with clock.stopped_at(moment):
            return re.search(r'href="/days/([\d-]+)" aria-current="page"', text_of(client, "/"))[1]

    assert shown_on(at(23, 59)) == "2026-08-05"
    assert shown_on(at(0, day=DAY + timedelta(days=1)).astimezone(UTC)) == "2026-08-06"


def test_a_day_page_and_its_filters(client: FlaskClient, made: SimpleNamespace):
    day = "/days/2026-08-05"
    assert "Jalan santai" in main_of(client, day)
    assert "Musik" not in main_of(client, day)
    assert "Jalan santai" in main_of(client, f"{day}?show=open")
    assert "Tidak ada yang cocok" in main_of(client, f"{day}?show=desks")
    assert "Musik" in main_of(client, "/days/2026-08-06?show=walk-in")
    assert "Jalan santai" in main_of(client, f"{day}?show=nonsense")
    assert "belum diisi" in main_of(client, "/days/2026-08-07")


@pytest.mark.parametrize("address", ["/days/2026-08-08", "/days/2026-13-40", "/days/besok", "/days/2026-W32-3"])
def test_no_such_day(client: FlaskClient, made: SimpleNamespace, address: str):
    assert "Tidak ada kegiatan pada tanggal ini" in text_of(client, address, 404)


@pytest.mark.parametrize(
    ("fields", "slot_fields", "words"),
    [
        ({}, {"taken": 17}, "Tinggal 3 tempat"),
        ({}, {"taken": 20}, "Penuh, ada daftar tunggu"),
        ({"waiting_list": False}, {"taken": 20}, "Penuh"),
        ({}, {"capacity": None}, "Tempat tersedia"),
        ({}, {"closed": True}, "Pendaftaran ditutup"),
        ({"opens_at": at(10)}, {}, "Dibuka 5 Agustus"),
        ({"closes_at": at(9)}, {}, "Pendaftaran ditutup"),
        ({"entry_mode": EntryMode.INVITATION}, {}, "Khusus undangan"),
        ({"entry_mode": EntryMode.PROPOSAL}, {}, "Lewat usulan"),
        ({"entry_mode": EntryMode.APPLICATION}, {}, "Langsung datang"),
    ],
)
def test_the_state_is_told_in_words(app, client, made, fields, slot_fields, words):
    change(app, Activity, made.walk, **fields)
    for key in made.slots[1:]:
        change(app, TimeSlot, key, closed=True)
    change(app, TimeSlot, made.slots[2], **{"closed": False, **slot_fields})
    page = main_of(client, "/days/2026-08-05")
    assert words in page
    assert main_of(client, "/activities/jalan-santai").count("chip") >= 1


# --- an activity


def test_an_activity_offers_a_link_for_each_open_slot(app: Flask, client: FlaskClient, made: SimpleNamespace):
    change(app, TimeSlot, made.slots[2], taken=20)
    page = main_of(client, "/activities/jalan-santai")
    links = re.findall(r'href="(/activities/jalan-santai/register\?slot=\d+)"', page)
    assert links == [f"/activities/jalan-santai/register?slot={key}" for key in made.slots[1:]]
    assert "Sepatu" in page
    assert "Daftar tunggu" in page
    assert "Sedang berlangsung" in page


def test_before_opening_there_is_a_countdown_and_no_link(app: Flask, client: FlaskClient, made: SimpleNamespace):
    change(app, Activity, made.walk, opens_at=at(9, 30) + timedelta(hours=3))
    page = main_of(client, "/activities/jalan-santai")
    assert '<b data-part="hours">03</b> jam' in page
    assert 'href="/activities/jalan-santai/register"' in page, "where one waits"
    assert "register?slot=" not in page


@pytest.mark.parametrize("mode", [m for m in EntryMode if m is not EntryMode.OPEN])
def test_without_open_sign_up_there_is_no_link(app, client, made, mode):
    change(app, Activity, made.walk, entry_mode=mode)
    assert "/register" not in main_of(client, "/activities/jalan-santai")


def test_an_unknown_activity_is_a_friendly_404(client: FlaskClient, made: SimpleNamespace):
    assert "tidak ada di jadwal" in text_of(client, "/activities/lomba-lari", 404)


def test_names_cannot_break_out_of_the_structured_data(app: Flask, client: FlaskClient, made: SimpleNamespace):
    nasty = "</script><script>alert(1)</script>"
    change(app, Activity, made.walk, title=nasty, summary='"<!--&\u2028')
    for address in ("/", "/activities/jalan-santai"):
        page = text_of(client, address)
        assert "<script>alert" not in page
        assert len(re.findall("<script", page)) == 1
        [data] = json_ld(page)
        assert nasty in json.dumps(data, ensure_ascii=False)
        assert data["@context"] == "https://schema.org"


def test_structured_data_of_an_activity(client: FlaskClient, made: SimpleNamespace):
    [data] = json_ld(text_of(client, "/activities/jalan-santai"))
    assert (data["@type"], data["startDate"], data["endDate"]) == (
        "Event", "2026-08-05T09:00:00+07:00", "2026-08-05T12:00:00+07:00",
    )  # fmt: skip
    assert data["location"]["name"] == "Lapangan parkir, Pasar Rakyat Jabar"
    [whole] = json_ld(text_of(client, "/"))
    assert [part["name"] for part in whole["subEvent"]] == ["Jalan santai", "Musik"]


@pytest.mark.parametrize("address", ["/", "/days/2026-08-05", "/activities/jalan-santai", "/calendar.ics"])
def test_unchanged_pages_cost_no_body_and_head_works(client: FlaskClient, made: SimpleNamespace, address: str):
    first = client.get(address)
    tag = first.headers["ETag"]
    again = client.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    head = client.head(address)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", tag)


def test_pages_ask_the_database_the_same_for_one_and_three(app, client, made, count_queries):
    def count(address: str) -> int:
        with count_queries() as statements:
            assert client.get(address).status_code == 200
        return len(statements)

    before = {
        address: count(address) for address in ("/", "/days/2026-08-05", "/api/v1/activities", "/calendar.ics")
    }
    with app.app_context():
        festival = db.session.get(Activity, made.walk).festival
        for n in range(3):
            more = factories.activity(festival, slug=f"lain-{n}", place_id=made.places[n % 2])
            factories.slot(more, starts_at=at(13 + n))
    assert {address: count(address) for address in before} == before


# --- calendar


def test_the_calendar_reads_back(app: Flask, client: FlaskClient, made: SimpleNamespace):
    answer = client.get("/calendar.ics")
    assert answer.mimetype == "text/calendar"
    calendar = Calendar.from_ical(answer.data)
    events = {str(e["SUMMARY"]): e for e in calendar.walk("VEVENT")}
    assert set(events) == {"Jalan santai", "Musik"}
    walk = events["Jalan santai"]
    assert (walk.start, walk.end) == (at(9), at(12))
    assert str(walk["URL"]).startswith("http://127.0.0.1:8000/activities/jalan-santai")
    assert walk["DTSTAMP"].dt.tzinfo is not None
    assert [str(z["TZID"]) for z in calendar.walk("VTIMEZONE")] == ["Asia/Jakarta"]
    with clock.stopped_at(at(20)):
        assert client.get("/calendar.ics").data == answer.data  # uids and stamps do not hang on the moment
    change(app, Activity, made.walk, title="Jalan, santai; \\ 4 km\nx")
    one = Calendar.from_ical(client.get("/activities/jalan-santai/calendar.ics").data)
    assert [str(e["UID"]) for e in one.walk("VEVENT")] == [str(walk["UID"])]
    assert [e["SEQUENCE"] for e in one.walk("VEVENT")] >= [walk["SEQUENCE"]]


def test_an_activity_without_slots_has_an_empty_calendar(app: Flask, client: FlaskClient, made: SimpleNamespace):
    with app.app_context():
        festival = db.session.get(Activity, made.walk).festival
        factories.activity(festival, slug="kosong")
    assert Calendar.from_ical(client.get("/activities/kosong/calendar.ics").data).walk("VEVENT") == []
    assert "belum ditentukan" in text_of(client, "/activities/kosong")


# --- committee


def test_the_list_shows_places_states_and_warnings(app: Flask, committee: FlaskClient, made: SimpleNamespace):
    change(app, TimeSlot, made.slots[0], taken=7)
    with app.app_context():
        festival = db.session.get(Activity, made.walk).festival
        other = factories.activity(festival, slug="senam", place_id=made.places[0])
        factories.slot(other, starts_at=at(9))
    page = main_of(committee, "/committee/activities")
    assert "7 / 60" in page
    assert "Dibuka" in page
    assert "Tempatnya dipakai juga oleh “Senam”" in page


def test_an_empty_list_teaches_the_next_step(app: Flask, committee: FlaskClient):
    assert committee.get("/committee/activities").location == "/committee/festival"
    with app.app_context():
        factories.festival()
    assert "Tambahkan yang pertama" in text_of(committee, "/committee/activities")


ACTIVITY = {
    "title": "Lomba masak", "kind": "general", "summary": "", "description": "", "bring": "", "place_id": "0",
    "entry_mode": "open", "opens_at": "", "closes_at": "", "min_age": "", "max_age": "", "max_group": "4",
    "admission_policy": "once", "waiting_list": "y", "version": "0",
}  # fmt: skip


def test_making_an_activity(app: Flask, committee: FlaskClient, made: SimpleNamespace):
    answer = post_form(
        committee, "/committee/activities/new",
        **{**ACTIVITY, "opens_at": "2026-08-01T08:00", "min_age": "12", "place_id": str(made.places[0])},
    )  # fmt: skip
    assert answer.status_code == 303
    key = int(re.search(r"/activities/(\d+)/slots", answer.location)[1])
    activity = stored(app, Activity, key)
    assert (activity.slug, activity.opens_at, activity.min_age) == ("lomba-masak", at(8, day=date(2026, 8, 1)), 12)
    assert (activity.waiting_list, activity.earns_coupon, activity.max_group) == (True, False, 4)
    assert activity.offer_minutes == 720


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": "  "}, "Isi nama kegiatan"),
        ({"title": "x" * 121}, "Paling banyak 120"),
        ({"max_group": ""}, "Isi angka"),
        ({"max_group": "0"}, "1 sampai 50"),
        ({"offer_minutes": "4"}, "5 sampai 10080"),
        ({"min_age": "tua"}, "angka bulat"),
        ({"min_age": "20", "max_age": "10"}, "Usia paling tua"),
        ({"opens_at": "kemarin"}, "tanggal dan jam"),
        ({"opens_at": "2026-08-02T08:00", "closes_at": "2026-08-02T08:00"}, "ditutup setelah dibuka"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(committee, made, fields, words):
    answer = post_form(
        committee, "/committee/activities/new", **{**ACTIVITY, "description": "Ketikan saya", **fields}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    assert "Ketikan saya" in page
    assert 'aria-invalid="true"' in page


def test_two_tabs_the_second_is_told_and_may_insist(app: Flask, committee: FlaskClient, made: SimpleNamespace):
    address = f"/committee/activities/{made.walk}"
    token = csrf_token(committee, address)
    typed = {**ACTIVITY, "csrf_token": token, "version": "1", "kind": "fun_walk"}
    assert committee.post(address, data={**typed, "title": "Jalan pagi"}).status_code == 303
    second = committee.post(address, data={**typed, "title": "Jalan sore", "bring": "Payung"})
    page = second.get_data(as_text=True)
    assert second.status_code == 409
    assert 'value="Jalan sore"' in page
    assert "Payung" in page
    assert "Nama kegiatan: “Jalan pagi”" in page
    assert 'name="version" type="hidden" value="2"' in page
    assert stored(app, Activity, made.walk).title == "Jalan pagi"
    assert committee.post(address, data={**typed, "version": "2", "title": "Jalan sore"}).status_code == 303
    assert stored(app, Activity, made.walk).title == "Jalan sore"


def test_editing_shows_what_is_stored_on_the_wall_clock(app: Flask, committee: FlaskClient, made: SimpleNamespace):
    change(app, Activity, made.walk, opens_at=at(8), kind="lomba-lari")
    page = text_of(committee, f"/committee/activities/{made.walk}")
    assert 'value="2026-08-05T08:00"' in page
    assert '<option selected value="lomba-lari">' in page


def test_generating_slots(app: Flask, committee: FlaskClient, made: SimpleNamespace):
    slots = f"/committee/activities/{made.music}/slots"
    answer = post_form(
        committee,
        f"{slots}/generate",
        page=slots,
        day="2026-08-07",
        first="11:00",
        last="14:00",
        every="30",
        people="3",
    )
    assert answer.status_code == 303
    page = main_of(committee, slots)
    assert "3 waktu ditambahkan" in page  # 11.30 to 13.00 is Friday prayer
    assert "11.30–12.00" not in page


@pytest.mark.parametrize(
    ("part", "fields", "words"),
    [
        ("/generate", {"last": "10:00"}, "setelah jam mulai"),
        ("/generate", {"every": "1", "first": "00:00", "last": "23:00"}, "lebih dari 200"),
        ("/generate", {"every": ""}, "Isi angka"),
        ("/generate", {"pause_from": "12:00"}, "kedua jam jeda"),
        ("/generate", {"first": "pagi"}, "Isi jam"),
        ("/generate", {"day": "2026-09-09"}, "Hari"),
        ("", {"last": "11:00"}, "setelah jam mulai"),
        ("", {"capacity": "-1"}, "0 sampai"),
    ],
)
def test_slots_that_cannot_be_are_explained(committee, made, part, fields, words):
    slots = f"/committee/activities/{made.music}/slots"
    typed = {"day": "2026-08-07", "first": "11:00", "last": "14:00", "every": "30", "people": "3", **fields}
    answer = post_form(committee, slots + part, page=slots, **typed)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)


def test_places_of_a_slot(app: Flask, committee: FlaskClient, made: SimpleNamespace):
    slots = f"/committee/activities/{made.walk}/slots"
    change(app, TimeSlot, made.slots[1], taken=5)
    low = post_form(committee, f"{slots}/{made.slots[1]}", page=slots, capacity="4")
    assert low.status_code == 422
    assert "Sudah 5 tempat terisi" in low.get_data(as_text=True)
    assert post_form(committee, f"{slots}/{made.slots[1]}", page=slots, capacity="50").status_code == 303
    assert "Sisa 65 tempat" in main_of(committee, "/days/2026-08-05")  # at once
    assert post_form(committee, f"{slots}/{made.slots[1]}", page=slots, capacity="", closed="y").status_code == 303
    slot = stored(app, TimeSlot, made.slots[1])
    assert (slot.capacity, slot.closed) == (None, True)


def test_deleting_slots(app: Flask, committee: FlaskClient, made: SimpleNamespace):
    slots = f"/committee/activities/{made.walk}/slots"
    change(app, TimeSlot, made.slots[1], taken=5)
    assert post_form(committee, f"{slots}/{made.slots[1]}/delete", page=slots).status_code == 303
    assert "tidak dapat dihapus" in main_of(committee, slots)
    assert post_form(committee, f"{slots}/{made.slots[2]}/delete", page=slots).status_code == 303
    assert stored(app, TimeSlot, made.slots[1]) is not None
    assert stored(app, TimeSlot, made.slots[2]) is None


def test_pages_of_another_festival_are_not_found(app: Flask, committee: FlaskClient, made: SimpleNamespace):
    with app.app_context():
        other = factories.activity(factories.festival(is_current=False), slug="lama")
        slot, key = factories.slot(other).id, other.id
    slots = f"/committee/activities/{key}/slots"
    own = f"/committee/activities/{made.walk}/slots"
    assert committee.get(f"/committee/activities/{key}").status_code == 404
    assert committee.get(slots).status_code == 404
    assert post_form(committee, f"{slots}/{slot}", page=own, capacity="1").status_code == 404
    assert post_form(committee, f"{slots}/{slot}/delete", page=own).status_code == 404
    assert committee.get("/activities/lama").status_code == 404


@pytest.mark.parametrize("role", [Role.GATE, Role.SUPERVISOR, Role.JUDGE])
def test_others_may_not_edit(app: Flask, client: FlaskClient, made: SimpleNamespace, role: Role):
    with app.app_context():
        user = factories.user("Budi", role)
    factories.sign_in(client, user)
    for address in ("/committee/activities", f"/committee/activities/{made.walk}", "/committee/festival"):
        assert client.get(address).status_code == 403


def test_committee_pages_ask_the_database_the_same_for_one_and_three(
    app: Flask, committee: FlaskClient, made: SimpleNamespace, count_queries: Callable
):
    def count(address: str) -> int:
        with count_queries() as statements:
            assert committee.get(address).status_code == 200
        return len(statements)

    addresses = ("/committee/activities", f"/committee/activities/{made.walk}/slots")
    before = [count(address) for address in addresses]
    with app.app_context():
        festival = db.session.get(Activity, made.walk).festival
        for n in range(3):
            factories.slot(factories.activity(festival, slug=f"lain-{n}"), starts_at=at(13 + n))
            factories.slot(db.session.get(Activity, made.walk), starts_at=at(14 + n))
    assert [count(address) for address in addresses] == before


@pytest.mark.parametrize(
    ("kind", "mode", "fits"),
    [
        ("charity", "open", False), ("charity", "proposal", True), ("entertainment", "open", False),
        ("exhibition", "open", False), ("competition_final", "invitation", True), ("fun_walk", "open", True),
    ],
)  # fmt: skip
def test_some_kinds_never_take_public_sign_ups(committee, made, kind, mode, fits):
    answer = post_form(committee, "/committee/activities/new", **{**ACTIVITY, "kind": kind, "entry_mode": mode})
    assert answer.status_code == (303 if fits else 422)
    assert fits or "tidak memakai cara ini" in answer.get_data(as_text=True)


def test_the_options_of_a_kind_are_chosen_for_each_activity(
    app: Flask, committee: FlaskClient, made: SimpleNamespace
):
    address = f"/committee/activities/{made.walk}"
    assert "option_" not in text_of(committee, address)
    change(app, Activity, made.walk, kind="blood_donation")
    assert '<option selected value="60">' in text_of(committee, address)
    typed = {**ACTIVITY, "kind": "blood_donation", "version": str(stored(app, Activity, made.walk).version)}
    assert post_form(committee, address, **typed, option_interval_days="61").status_code == 422
    assert post_form(committee, address, **typed, option_interval_days="90").status_code == 303
    assert stored(app, Activity, made.walk).kind_options == {"interval_days": 90}
    assert '<option selected value="90">' in text_of(committee, address)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("blood_donation", "Berat badan paling sedikit 45 kg"), ("fun_walk", "nomor dada"),
        ("gymnastics", "satu regu"), ("talk_show", "menitip pertanyaan"), ("business_licence", "kode OTP"),
        ("halal", "bumbu dan minyak"), ("exhibition", "Pengajuan stan"), ("charity", "tidak mendaftar sendiri"),
        ("entertainment", "tanpa tiket"), ("competition_final", "Finalis dipilih juri"),
        ("prize_draw", "Tidak ada kupon kertas"), ("ceremony", ""), ("general", ""), ("lomba-masak", ""),
    ],
)  # fmt: skip
def test_each_kind_says_what_to_know(app, client, made, kind, words):
    change(app, Activity, made.walk, kind=kind)
    assert words in text_of(client, "/activities/jalan-santai")
