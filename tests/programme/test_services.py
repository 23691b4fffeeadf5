from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.accounts.models import AuditEntry
from app.core import hooks
from app.core.clock import WIB
from app.core.db import db, in_transaction, transaction
from app.core.errors import DomainError, InvalidInput, NotFound
from app.programme import queries, rules, services
from app.programme.models import Activity, AdmissionPolicy, EntryMode, TimeSlot
from app.programme.review import review
from app.programme.services import ActivityFields, SlotPlan
from app.registration.models import Registration, RegistrationStatus
from tests import factories

pytestmark = pytest.mark.usefixtures("ctx")
NOW = datetime(2026, 8, 3, 1, tzinfo=UTC)
DAY = date(2026, 8, 7)  # a Friday
FIELDS = ActivityFields(
    kind="gymnastics", title="Senam pagi", summary="", description="", bring="", place_id=None,
    entry_mode=EntryMode.OPEN, opens_at=None, closes_at=None, min_age=None, max_age=None, max_group=10,
    max_per_number=None, offer_minutes=720,
    waiting_list=True, admission_policy=AdmissionPolicy.ONCE, earns_coupon=False,
)  # fmt: skip


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime.combine(day, time(hour, minute), WIB)


def fresh(slot: TimeSlot) -> TimeSlot | None:
    db.session.expire_all()
    return db.session.get(TimeSlot, slot.id)


def cancelled_registration(slot: TimeSlot) -> None:
    with transaction():
        db.session.add(
            Registration(
                festival_id=slot.festival_id, activity_id=slot.activity_id, slot_id=slot.id, code="ABCDEFGHJK",
                contact_name="Siti", contact_phone="+628123456789", status=RegistrationStatus.CANCELLED,
                body_digest="", consent_version="1", consented_at=NOW, created_at=NOW,
            )
        )  # fmt: skip


def test_a_new_activity_gets_address_number_point_and_audit_entry():
    festival, told = factories.festival(), []
    hooks.activity_created.register(told.append)
    try:
        first, second = (
            in_transaction(lambda: services.create_activity(festival.id, FIELDS, None, NOW)) for _ in range(2)
        )
    finally:
        hooks.activity_created._functions.remove(told.append)
    assert [(a.slug, a.number) for a in (first, second)] == [("senam-pagi", 1), ("senam-pagi-2", 2)]
    assert told == [first.id, second.id]
    assert db.session.scalars(sa.select(AuditEntry.action)).all() == ["activity_created"] * 2


def test_the_second_editor_is_told_and_changes_nothing():
    activity = factories.activity(factories.festival())
    key, version = activity.id, activity.version
    with transaction():
        services.update_activity(key, version, FIELDS, None, NOW)
    with pytest.raises(DomainError) as refusal, transaction():
        services.update_activity(key, version, replace(FIELDS, title="Lain"), None, NOW)
    assert refusal.value.code == "edited_elsewhere"
    stored = db.session.get(Activity, key, populate_existing=True)
    assert (stored.title, stored.version, stored.updated_at) == ("Senam pagi", version + 1, NOW)


def test_slots_are_generated_and_overlaps_left_out():
    activity = factories.activity(factories.festival())
    factories.slot(activity, starts_at=at(9, 50), minutes=20)
    plan = SlotPlan(DAY, time(9), time(11), 20, 3)
    with transaction():
        assert services.add_slots(activity, plan, WIB, None, NOW) == (4, 2)  # 9.40 and 10.00 overlap
    with transaction():
        assert services.add_slots(activity, plan, WIB, None, NOW) == (0, 6)


def test_friday_slots_leave_out_the_prayer():
    activity = factories.activity(factories.festival())
    plan = SlotPlan(DAY, time(11), time(14), 30, 2, rules.friday_pause(DAY))
    with transaction():
        services.add_slots(activity, plan, WIB, None, NOW)
    starts = db.session.scalars(sa.select(TimeSlot.starts_at).order_by(TimeSlot.starts_at)).all()
    assert starts == [at(11), at(13), at(13, 30)]
    assert rules.friday_pause(DAY - timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (SlotPlan(DAY, time(9), time(11), 0, 3), "every"),
        (SlotPlan(DAY, time(11), time(9), 20, 3), "last"),
        (SlotPlan(DAY, time(0), time(23), 1, 3), "every"),
        (SlotPlan(DAY, time(9), time(9, 10), 20, 3), "every"),
    ],
)
def test_a_plan_that_makes_nothing_says_why(plan, field):
    with pytest.raises(InvalidInput) as refusal:
        services.planned_slots(plan, WIB)
    assert list(refusal.value.fields) == [field]


def test_one_slot_is_added_once():
    activity = factories.activity(factories.festival())
    with transaction():
        services.add_slot(activity, at(9), at(10), None, None, NOW)
    with pytest.raises(InvalidInput) as refusal, transaction():
        services.add_slot(activity, at(9), at(11), 5, None, NOW)
    assert "first" in refusal.value.fields
    with pytest.raises(InvalidInput) as refusal, transaction():
        services.add_slot(activity, at(11), at(11), 5, None, NOW)
    assert "last" in refusal.value.fields


@pytest.mark.parametrize(("capacity", "allowed"), [(3, True), (2, False), (0, False), (None, True), (500, True)])
def test_places_are_never_fewer_than_taken(capacity, allowed):
    activity = factories.activity(factories.festival())
    slot = factories.slot(activity, capacity=10)
    with transaction():
        db.session.get(TimeSlot, slot.id).taken = 3
    key = activity.id
    if allowed:
        with transaction():
            services.change_slot(key, slot.id, capacity, True, None, NOW)
        assert (fresh(slot).capacity, fresh(slot).closed) == (capacity, True)
    else:
        with pytest.raises(InvalidInput) as refusal, transaction():
            services.change_slot(key, slot.id, capacity, False, None, NOW)
        assert refusal.value.code == "below_taken"
        assert "3" in refusal.value.fields["capacity"]
        assert fresh(slot).capacity == 10


def test_the_check_has_the_last_word_on_places():
    slot = factories.slot(factories.activity(factories.festival()), capacity=10)
    with transaction():
        db.session.get(TimeSlot, slot.id).taken = 3
    with pytest.raises(IntegrityError), transaction():
        db.session.get(TimeSlot, slot.id).capacity = 2


def test_an_unused_slot_can_be_removed():
    activity = factories.activity(factories.festival())
    slot = factories.slot(activity)
    with transaction():
        services.remove_slot(activity.id, slot.id, None, NOW)
    with pytest.raises(NotFound), transaction():
        services.remove_slot(activity.id, slot.id, None, NOW)


def test_a_slot_in_use_stays():
    activity = factories.activity(factories.festival())
    slot = factories.slot(activity)
    with transaction():
        db.session.get(TimeSlot, slot.id).taken = 1
    with pytest.raises(DomainError) as refusal:
        in_transaction(lambda: services.remove_slot(activity.id, slot.id, None, NOW))
    assert refusal.value.code == "slot_in_use"


def test_a_slot_with_cancelled_sign_ups_stays():
    activity = factories.activity(factories.festival())
    slot = factories.slot(activity)
    cancelled_registration(slot)
    with pytest.raises(DomainError) as refusal:
        in_transaction(lambda: services.remove_slot(activity.id, slot.id, None, NOW))
    assert refusal.value.code == "slot_in_use"
    assert fresh(slot) is not None


def test_a_slot_of_another_activity_is_not_touched():
    festival = factories.festival()
    mine, other = factories.activity(festival), factories.activity(festival, slug="nib")
    slot = factories.slot(other)
    with pytest.raises(NotFound), transaction():
        services.change_slot(mine.id, slot.id, 1, True, None, NOW)
    with pytest.raises(DomainError), transaction():
        services.remove_slot(mine.id, slot.id, None, NOW)
    assert fresh(slot).closed is False


def test_review_names_clashes_pause_and_gaps():
    festival = factories.festival(first_day=DAY, days=1)
    stage, field = festival.places
    talk = factories.activity(festival, slug="talk-show", place_id=stage.id)
    music = factories.activity(festival, slug="hiburan", place_id=stage.id)
    walk = factories.activity(festival, slug="jalan", place_id=field.id)
    empty = factories.activity(festival, slug="kosong", place_id=stage.id)
    late = factories.activity(festival, slug="telat", place_id=None, opens_at=at(18))
    factories.slot(talk, starts_at=at(8), minutes=120)
    factories.slot(music, starts_at=at(9), minutes=60)
    factories.slot(music, starts_at=at(11), minutes=60)
    factories.slot(walk, starts_at=at(9), minutes=60)
    factories.slot(late, starts_at=at(17))
    factories.slot(late, starts_at=at(8, day=DAY + timedelta(days=1)))
    found = review(queries.activities_with_slots(festival.id), [DAY], WIB)
    assert len(found[talk.id]) == 1
    assert "Hiburan" in found[talk.id][0]
    assert "09.00–10.00" in found[talk.id][0]
    assert len(found[music.id]) == 2
    assert "Jumat" in found[music.id][1]
    assert walk.id not in found
    assert len(found[empty.id]) == 1
    assert len(found[late.id]) == 2


def test_slots_of_one_activity_do_not_clash_with_themselves():
    festival = factories.festival(first_day=DAY, days=1)
    nib = factories.activity(festival, slug="nib")
    for minute in (0, 20, 40):
        factories.slot(nib, starts_at=at(9, minute), minutes=20)
    factories.slot(nib, starts_at=at(9, 10), minutes=20)
    assert review(queries.activities_with_slots(festival.id), [DAY], WIB) == {}


def test_a_slot_with_all_around_it_is_one_select(count_queries):
    festival = factories.festival()
    slot = factories.slot(factories.activity(festival))
    db.session.remove()
    with count_queries() as statements:
        found = queries.slot_with_activity(slot.id)
        assert (found.activity.festival.name, found.activity.place.name) == (festival.name, "Lapangan parkir")
    assert len(statements) == 1
    assert queries.slot_with_activity(10**9) is None


@pytest.mark.parametrize("many", [1, 3])
def test_the_programme_is_two_selects(many, count_queries):
    festival = factories.festival()
    for n in range(many):
        activity = factories.activity(festival, slug=f"a-{n}")
        for hour in range(many):
            factories.slot(activity, starts_in=timedelta(hours=hour + 1))
    key = festival.id
    db.session.remove()
    with count_queries() as statements:
        for activity in queries.activities_with_slots(key):
            assert activity.place is not None
            assert len(activity.slots) == many
    assert len(statements) == 2


def test_what_a_day_and_a_place_are_used_for():
    festival = factories.festival(first_day=DAY)
    walk = factories.activity(festival)
    factories.slot(walk, starts_at=at(0))
    factories.slot(walk, starts_at=at(23), minutes=30)
    assert queries.titles_on_day(festival.id, DAY) == [walk.title]
    assert queries.titles_on_day(festival.id, DAY + timedelta(days=1)) == []
    assert queries.titles_on_day(festival.id, DAY - timedelta(days=1)) == []
    assert queries.titles_at_place(festival.places[0].id) == [walk.title]
    assert queries.titles_at_place(festival.places[1].id) == []
