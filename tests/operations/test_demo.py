from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from app.checkin.models import CheckinPoint, Device, PointKind, Scan, ScanStatus
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.festival.models import Day, Festival
from app.festival.queries import current_festival
from app.operations import demo
from app.operations.demo import Dates, DemoReport, Outcome
from app.programme.models import Activity, AdmissionPolicy, EntryMode, TimeSlot
from app.programme.queries import activities_with_slots
from app.regions.models import Kelurahan
from app.registration.models import Registration, RegistrationStatus
from tests import factories

WIB = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 8, 3, 6, 30, tzinfo=WIB)
pytestmark = pytest.mark.usefixtures("ctx")


def load(dates: Dates | str = Dates.TODAY, fresh: bool = False, now: datetime = NOW) -> DemoReport:
    with transaction():
        return demo.load(dates, fresh, now)


def by_slug() -> dict[str, Activity]:
    db.session.expire_all()
    return {a.slug: a for a in activities_with_slots(current_festival().id)}


def snapshot() -> list[tuple]:
    tables = [t for t in db.metadata.sorted_tables if "festival_id" in t.c or t.name in ("festival", "kelurahan")]
    return [
        tuple(row) for table in tables for row in db.session.execute(table.select().order_by(*table.primary_key))
    ]


def sign_up(slot: TimeSlot) -> None:
    with transaction():
        db.session.add(
            Registration(
                festival_id=slot.festival_id, activity_id=slot.activity_id, slot_id=slot.id, code="ABCDEFGHJK",
                contact_name="Siti", contact_phone="+628123456789", status=RegistrationStatus.CANCELLED,
                body_digest="", consent_version="1", consented_at=NOW, created_at=NOW,
            )
        )  # fmt: skip


def test_the_programme_of_2023_is_all_there():
    report = load()
    assert report == DemoReport(Outcome.LOADED, date(2026, 8, 3), 14, 97)
    festival = current_festival()
    assert (festival.is_sample, festival.timezone) == (True, "Asia/Jakarta")
    assert [d.date.day for d in festival.days] == [3, 4, 5]
    assert "REKAAN" in festival.notice
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Kelurahan)) == 63
    assert list(by_slug()) == [
        "santunan",
        "pembukaan",
        "donor-darah",
        "pameran-umkm",
        "pameran-koperasi",
        "nib",
        "halal",
        "lomba-koperasi",
        "talk-show-bursa-modal",
        "hiburan",
        "senam-kreasi",
        "jalan-santai",
        "doorprize",
        "penutupan",
    ]
    assert [a.number for a in by_slug().values()] == list(range(1, 15))


def test_places_follow_the_sample_quotas():
    load()
    found = by_slug()
    total = {slug: sum(s.capacity or 0 for s in a.slots) for slug, a in found.items()}
    assert total["donor-darah"] == 64
    assert total["nib"] == 54 + 54 + 18
    assert total["halal"] == 24 + 24
    assert {s: total[s] for s in ("santunan", "lomba-koperasi", "talk-show-bursa-modal")} == {
        "santunan": 150, "lomba-koperasi": 12, "talk-show-bursa-modal": 200,
    }  # fmt: skip
    assert (total["senam-kreasi"], total["jalan-santai"]) == (500, 2000)
    for slug in ("pameran-umkm", "pameran-koperasi"):
        assert [s.capacity for s in found[slug].slots] == [None] * 3
        assert found[slug].entry_mode is EntryMode.APPLICATION
    assert {a.slug for a in found.values() if a.entry_mode is EntryMode.NONE} == {
        "pembukaan", "hiburan", "doorprize", "penutupan",
    }  # fmt: skip
    assert [a.slug for a in found.values() if a.earns_coupon] == ["jalan-santai"]
    assert (found["donor-darah"].min_age, found["donor-darah"].max_age) == (17, 65)


def test_times_are_wall_clock_times():
    load()
    walk = by_slug()["jalan-santai"].slots[0]
    assert (walk.starts_at, walk.ends_at) == (
        datetime(2026, 8, 5, 6, 45, tzinfo=WIB),
        datetime(2026, 8, 5, 8, 30, tzinfo=WIB),
    )


def test_every_activity_has_a_point_under_its_slug_and_the_gate_is_daily():
    load()
    points = {p.slug: p for p in db.session.scalars(sa.select(CheckinPoint))}
    assert set(points) == {*by_slug(), "gerbang-utama"}
    gate = points.pop("gerbang-utama")
    assert (gate.kind, gate.activity_id, gate.policy) == (PointKind.GATE, None, AdmissionPolicy.DAILY)
    assert {(p.opens_before, p.closes_after) for p in points.values()} == {(60, 0)}
    assert {s for s, p in points.items() if p.kind is PointKind.DESK} == {"nib", "halal"}
    assert {s for s, p in points.items() if p.kind is PointKind.BOOTH} == {"pameran-umkm", "pameran-koperasi"}
    assert {s for s, p in points.items() if p.policy is AdmissionPolicy.DAILY} == {
        "pameran-umkm",
        "pameran-koperasi",
    }
    assert all(p.activity.slug == s and p.name == p.activity.title for s, p in points.items())


def test_today_is_the_day_of_the_wall_clock():
    late = datetime(2026, 8, 2, 17, 30, tzinfo=ZoneInfo("UTC"))  # 00.30 WIB on the third
    assert load(now=late).first_day == date(2026, 8, 3)


def test_running_again_changes_nothing():
    load()
    before = snapshot()
    assert load(now=NOW + timedelta(hours=12)).outcome is Outcome.UNCHANGED
    assert snapshot() == before


def test_what_the_committee_changed_stays():
    load()
    with transaction():
        by_slug()["nib"].title = "NIB cepat"
    load(now=NOW + timedelta(days=1))
    assert by_slug()["nib"].title == "NIB cepat"


@pytest.mark.parametrize("days", [1, 2, 30, -1, -2])
def test_an_unused_demo_moves_with_the_clock(days):
    load()
    ids = {s.id: s.starts_at for a in by_slug().values() for s in a.slots}
    with transaction():
        by_slug()["nib"].opens_at = NOW
    report = load(now=NOW + timedelta(days=days))
    assert (report.outcome, report.first_day) == (Outcome.MOVED, date(2026, 8, 3) + timedelta(days=days))
    moved = {s.id: s.starts_at for a in by_slug().values() for s in a.slots}
    assert moved == {key: start + timedelta(days=days) for key, start in ids.items()}
    assert by_slug()["nib"].opens_at == NOW + timedelta(days=days)
    assert [d.date for d in db.session.scalars(sa.select(Day).order_by(Day.date))] == [
        date(2026, 8, 3) + timedelta(days=days + n) for n in range(3)
    ]


def test_original_dates_and_back():
    assert load(Dates.ORIGINAL).first_day == date(2023, 7, 19)
    assert load("original").outcome is Outcome.UNCHANGED
    assert load("today").outcome is Outcome.MOVED


def test_a_used_demo_stays_until_told():
    load()
    sign_up(by_slug()["nib"].slots[0])
    before = snapshot()
    tomorrow = NOW + timedelta(days=1)
    assert load(now=tomorrow).outcome is Outcome.KEPT
    assert snapshot() == before
    report = load(fresh=True, now=tomorrow)
    assert (report.outcome, report.first_day) == (Outcome.RELOADED, date(2026, 8, 4))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 0


def test_a_scan_counts_as_use():
    load()
    gate = db.session.scalar(sa.select(CheckinPoint).where(CheckinPoint.slug == "gerbang-utama"))
    with transaction():
        device = Device(festival_id=gate.festival_id, point_id=gate.id, name="HP", token_hash="x", paired_at=NOW)
        db.session.add(device)
        db.session.flush()
        db.session.add(
            Scan(
                festival_id=gate.festival_id, point_id=gate.id, device_id=device.id, client_id="1",
                scanned_at=NOW, received_at=NOW, status=ScanStatus.DENIED,
            )
        )  # fmt: skip
    assert load(now=NOW + timedelta(days=1)).outcome is Outcome.KEPT


def test_fresh_starts_over_without_touching_another_festival():
    other = factories.festival(is_current=False)
    kept = factories.slot(factories.activity(other)).id
    load()
    assert load(fresh=True).outcome is Outcome.RELOADED
    assert db.session.get(TimeSlot, kept) is not None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Festival)) == 2


@pytest.mark.parametrize("fresh", [False, True])
def test_a_real_festival_is_never_touched(fresh):
    real = factories.festival()
    before = snapshot()
    with pytest.raises(DomainError) as refusal:
        load(fresh=fresh)
    assert refusal.value.code == "real_festival"
    assert real.name in refusal.value.message
    assert snapshot() == before


def test_the_command_says_what_happened(app: Flask):
    runner = app.test_cli_runner()
    first = runner.invoke(args=["demo", "load"])
    assert first.exit_code == 0, first.output
    assert clock.local(clock.now()).date().isoformat() in first.output
    assert "Nothing was changed" in runner.invoke(args=["demo", "load"]).output
    assert "2023-07-19" in runner.invoke(args=["demo", "load", "--dates", "original"]).output
    assert "anew" in runner.invoke(args=["demo", "load", "--fresh"]).output


def test_the_command_refuses_in_a_sentence(app: Flask):
    factories.festival()
    result = app.test_cli_runner().invoke(args=["demo", "load"])
    assert result.exit_code == 1
    assert "real festival" in result.output
