"""Gates that count together, people inside, and the supervisors' PIN, as the committee sets them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.accounts.models import AuditEntry, Role
from app.checkin.models import CheckinPoint, Device
from app.checkin.rules import pin_fault
from app.core import clock
from app.core.db import db, transaction
from app.core.passwords import verify_password
from tests import factories
from tests.checkin.conftest import Gate
from tests.forms import post_form

FIELDS = {"name": "Gerbang", "kind": "gate", "activity_id": "0", "policy": "daily", "opens_before": "60",
          "closes_after": "0", "active": "y", "counts_with_id": "0"}  # fmt: skip


def edit(gate: Gate, point: CheckinPoint, **fields: Any) -> Any:
    db.session.rollback()
    return post_form(gate.client, f"/committee/points/{point.id}/edit", **{**FIELDS, **fields})


def stored(point_id: int) -> CheckinPoint:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(CheckinPoint, point_id)


@pytest.fixture
def second(gate: Gate) -> CheckinPoint:
    factories.sign_in(gate.client, factories.user("panitia", Role.COMMITTEE))
    return factories.point(gate.festival, slug="gerbang-b", name="Gerbang B")


@pytest.mark.parametrize(
    ("pin", "fault"),
    [
        ("482913", None), ("12345", "not_digits"), ("1234567", "not_digits"), ("48291a", "not_digits"),
        ("٤٨٢٩١٣", "not_digits"), ("", "not_digits"), ("000000", "too_easy"), ("121212", "too_easy"),
        ("123123", "too_easy"), ("123456", "too_easy"), ("987654", "too_easy"), ("567890", "too_easy"),
        ("112233", None),
    ],
)  # fmt: skip
def test_pins(pin: str, fault: str | None) -> None:
    assert pin_fault(pin) == fault


def test_a_gate_that_counts_with_another_follows_it(gate: Gate, second: CheckinPoint) -> None:
    assert edit(gate, gate.gate, policy="once", counts_inside="y", capacity="500").status_code == 302
    assert edit(gate, second, counts_with_id=str(gate.gate.id), policy="daily", capacity="3").status_code == 302
    found = stored(second.id)
    assert (found.counts_with_id, found.policy, found.counts_inside, found.capacity) == (
        gate.gate.id, "once", True, 500,
    )  # fmt: skip
    assert edit(gate, gate.gate, policy="daily").status_code == 302
    found = stored(second.id)
    assert (found.policy, found.counts_inside, found.capacity) == ("daily", False, None)
    page = gate.client.get(f"/committee/points/{second.id}/edit").get_data(as_text=True)
    assert f'<option selected value="{gate.gate.id}">' in page


def test_no_chains_no_rings_no_other_activity(gate: Gate, second: CheckinPoint) -> None:
    third = factories.point(gate.festival, slug="gerbang-c", name="Gerbang C")
    assert edit(gate, second, counts_with_id=str(gate.gate.id)).status_code == 302
    for point, main in ((third, second), (gate.gate, third), (gate.gate, gate.gate), (third, gate.desk)):
        answer = edit(gate, point, counts_with_id=str(main.id))
        assert answer.status_code == 422, (point.name, main.name)
        assert 'id="error-counts_with_id"' in answer.get_data(as_text=True)


def test_once_people_are_in_the_counting_stays(gate: Gate, second: CheckinPoint) -> None:
    assert gate.scan(gate.ticket().qr)[0]["status"] == "admitted"
    assert edit(gate, gate.gate, counts_with_id=str(second.id)).status_code == 422
    assert edit(gate, gate.gate, name="Gerbang A").status_code == 302


def test_a_new_point_may_count_with_another_and_have_a_pin(gate: Gate, second: CheckinPoint) -> None:
    answer = post_form(
        gate.client, "/committee/points/new", **FIELDS, slug="gerbang-d", counts_inside="y", pin="48 29 13",
    )  # fmt: skip
    assert answer.status_code == 302
    found = db.session.scalars(sa.select(CheckinPoint).where(CheckinPoint.slug == "gerbang-d")).one()
    assert (found.counts_inside, found.capacity) == (True, None)
    assert verify_password(found.pin_hash, "482913")


def test_a_pin_is_hashed_never_shown_replaced_and_removed(gate: Gate, second: CheckinPoint) -> None:
    assert edit(gate, second, pin="482913").status_code == 302
    first = stored(second.id).pin_hash
    assert verify_password(first, "482913")
    page = gate.client.get(f"/committee/points/{second.id}/edit").get_data(as_text=True)
    assert "482913" not in page
    assert "Sudah ada PIN" in page
    edit(gate, second)
    assert stored(second.id).pin_hash == first  # left empty it stays
    edit(gate, second, pin="771204")
    assert verify_password(stored(second.id).pin_hash, "771204")
    edit(gate, second, no_pin="y")
    assert stored(second.id).pin_hash is None
    actions = db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.action.like("point.pin%"))).all()
    assert sorted(actions) == ["point.pin_removed", "point.pin_set", "point.pin_set"]


def test_a_changed_pin_ends_the_supervisors_of_the_point(gate: Gate, second: CheckinPoint) -> None:
    paired = gate.pair(second)
    db.session.rollback()
    with transaction():
        device = db.session.get_one(Device, paired.device_id)
        device.supervisor_since, device.supervisor_until = clock.now(), clock.now() + timedelta(hours=12)
    edit(gate, second, pin="482913")
    db.session.rollback()
    assert db.session.get_one(Device, paired.device_id).supervisor_until == clock.now()


@pytest.mark.parametrize(
    "fields", [{"pin": "12345"}, {"pin": "123456"}, {"capacity": "0"}, {"capacity": "x"}, {"counts_with_id": "999"}]
)
def test_refusals_stand_beside_their_field(gate: Gate, second: CheckinPoint, fields: dict[str, str]) -> None:
    answer = edit(gate, second, **fields)
    assert answer.status_code == 422
    [name] = fields
    assert f'id="error-{name}"' in answer.get_data(as_text=True)
