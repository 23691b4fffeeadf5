"""The committee's page of the festival, its days and places."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEntry, Role
from app.core.clock import WIB
from app.core.db import db
from app.festival.models import Day, Festival, Place
from app.festival.queries import current_festival
from tests import factories
from tests.forms import csrf_token, post_form

PAGE = "/committee/festival"
DAY = date(2026, 8, 5)
FIELDS = {
    "name": "Pekan Koperasi Bogor", "headline": "", "summary": "", "organiser": "Dinas Koperasi", "city": "Bogor",
    "venue": "Alun-alun", "address": "", "notice": "", "version": "0",
}  # fmt: skip


@pytest.fixture
def committee(app: Flask, client: FlaskClient) -> FlaskClient:
    with app.app_context():
        user = factories.user("Siti", Role.COMMITTEE)
    factories.sign_in(client, user)
    return client


@pytest.fixture
def festival(app: Flask, committee: FlaskClient) -> Festival:
    with app.app_context():
        return factories.festival(first_day=DAY)


def names(app: Flask, model: type, column: str) -> list:
    with app.app_context():
        return list(db.session.scalars(sa.select(getattr(model, column)).order_by(getattr(model, column))))


def test_the_first_festival_is_made_here(app: Flask, committee: FlaskClient):
    assert "Siapkan pekan" in committee.get(PAGE).get_data(as_text=True)
    assert post_form(committee, PAGE, **FIELDS).status_code == 303
    with app.app_context():
        made = current_festival()
        assert (made.slug, made.is_sample, made.venue) == ("pekan-koperasi-bogor", False, "Alun-alun")
        assert db.session.scalars(sa.select(AuditEntry.action)).all() == ["festival_created"]
    page = committee.get(PAGE).get_data(as_text=True)
    assert "Belum ada hari" in page
    assert "Belum ada tempat" in page


def test_making_it_twice_makes_one(app: Flask, committee: FlaskClient):
    token = csrf_token(committee, PAGE)
    for _ in range(2):
        committee.post(PAGE, data={**FIELDS, "csrf_token": token})
    assert len(names(app, Festival, "slug")) == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("name", " ", "Isi nama pekan"), ("city", "", "Isi kota"), ("notice", "x" * 241, "Paling banyak 240")],
)
def test_what_is_missing_is_told(committee, festival, field, value, words):
    answer = post_form(committee, PAGE, **{**FIELDS, "venue": "Ketikan saya", field: value})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    assert "Ketikan saya" in page


def test_two_tabs_the_second_is_told(app: Flask, committee: FlaskClient, festival: Festival):
    typed = {**FIELDS, "csrf_token": csrf_token(committee, PAGE), "version": str(festival.version)}
    assert committee.post(PAGE, data={**typed, "venue": "Stadion"}).status_code == 303
    second = committee.post(PAGE, data={**typed, "venue": "Pasar"})
    page = second.get_data(as_text=True)
    assert second.status_code == 409
    assert 'value="Pasar"' in page
    assert "Tempat acara: “Stadion”" in page
    assert names(app, Festival, "venue") == ["Stadion"]
    again = committee.post(PAGE, data={**typed, "venue": "Pasar", "version": str(festival.version + 1)})
    assert again.status_code == 303
    assert names(app, Festival, "venue") == ["Pasar"]


def test_days_are_added_once_and_removed(app: Flask, committee: FlaskClient, festival: Festival):
    assert post_form(committee, f"{PAGE}/days", page=PAGE, date="2026-08-08", title="Tambahan").status_code == 303
    twice = post_form(committee, f"{PAGE}/days", page=PAGE, date="2026-08-08", title="")
    assert twice.status_code == 422
    assert "Hari ini sudah ada" in twice.get_data(as_text=True)
    assert post_form(committee, f"{PAGE}/days", page=PAGE, date="besok", title="").status_code == 422
    first = min(festival.days, key=lambda day: day.date).id
    assert post_form(committee, f"{PAGE}/days/{first}/delete", page=PAGE).status_code == 303
    assert [day.day for day in names(app, Day, "date")] == [6, 7, 8]
    assert post_form(committee, f"{PAGE}/days/{first}/delete", page=PAGE).status_code == 404


def test_a_day_with_activities_stays_and_says_which(app: Flask, committee: FlaskClient, festival: Festival):
    with app.app_context():
        for n in range(4):
            activity = factories.activity(festival, slug=f"acara-{n}")
            factories.slot(activity, starts_at=datetime.combine(DAY, time(0, 30), WIB))
    first = min(festival.days, key=lambda day: day.date).id
    post_form(committee, f"{PAGE}/days/{first}/delete", page=PAGE)
    page = committee.get(PAGE).get_data(as_text=True)
    assert "masih dipakai: Acara 0, Acara 1, Acara 2, dan 1 lagi" in page
    assert DAY in names(app, Day, "date")


def test_places_are_added_renamed_and_removed(app: Flask, committee: FlaskClient, festival: Festival):
    assert post_form(committee, f"{PAGE}/places", page=PAGE, name="  Selasar   A ").status_code == 303
    taken = post_form(committee, f"{PAGE}/places", page=PAGE, name="selasar a")
    assert taken.status_code == 422
    assert "sudah ada" in taken.get_data(as_text=True)
    first, second = festival.places
    assert post_form(committee, f"{PAGE}/places/{first.id}", page=PAGE, name="Lapangan B").status_code == 303
    clash = post_form(committee, f"{PAGE}/places/{first.id}", page=PAGE, name=second.name)
    assert clash.status_code == 422
    assert f'id="place-error-{first.id}"' in clash.get_data(as_text=True)
    assert post_form(committee, f"{PAGE}/places/{second.id}/delete", page=PAGE).status_code == 303
    assert names(app, Place, "name") == ["Lapangan B", "Selasar A"]


def test_a_place_in_use_stays(app: Flask, committee: FlaskClient, festival: Festival):
    with app.app_context():
        factories.activity(festival, place_id=festival.places[0].id)
    post_form(committee, f"{PAGE}/places/{festival.places[0].id}/delete", page=PAGE)
    assert "masih dipakai: Jalan santai" in committee.get(PAGE).get_data(as_text=True)
    assert len(names(app, Place, "name")) == 2


def test_days_and_places_of_another_festival_are_not_found(app: Flask, committee: FlaskClient, festival: Festival):
    with app.app_context():
        other = factories.festival(is_current=False)
    for address in (
        f"days/{other.days[0].id}/delete", f"places/{other.places[0].id}/delete", f"places/{other.places[0].id}",
    ):  # fmt: skip
        assert post_form(committee, f"{PAGE}/{address}", page=PAGE, name="Baru").status_code == 404
    with app.app_context():
        assert len(db.session.get(Festival, other.id).places) == 2


def test_without_a_token_nothing_is_changed(app: Flask, committee: FlaskClient, festival: Festival):
    before = names(app, Place, "name")
    for address in (PAGE, f"{PAGE}/days", f"{PAGE}/places", f"{PAGE}/places/{festival.places[0].id}/delete"):
        assert committee.post(address, data={"name": "X", "date": "2026-08-08"}).status_code == 400
    assert names(app, Place, "name") == before


def test_the_notice_is_on_every_public_page_and_escaped(app: Flask, client: FlaskClient):
    with app.app_context():
        factories.festival(notice="Hujan: pindah <b>ke aula</b>")
    assert "pindah &lt;b&gt;ke aula" in client.get("/").get_data(as_text=True)
