"""Every reason and every boundary of a verdict, without a database."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.checkin.rules import (
    NOT_OURS,
    SERVER_ONLY,
    Admitted,
    Attempt,
    BookedSlot,
    Denied,
    Outcome,
    PointFacts,
    Reason,
    ScanStatus,
    TicketFacts,
    Verdict,
    admission_key,
    decide,
    moment_of,
    settle,
)
from app.core.admission import AdmissionPolicy

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "checkin.json").read_text())
WIB = ZoneInfo(VECTORS["zone"])
SCAN = "0b0e7a52-9d0f-4a3e-9d6c-1c2f3a4b5c6d"
NOON = datetime(2023, 7, 20, 12, tzinfo=WIB)


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def must(text: str) -> datetime:
    return datetime.fromisoformat(text)


def point_of(case: dict[str, Any]) -> PointFacts:
    return PointFacts(
        activity_id=case["activity_id"], policy=AdmissionPolicy(case["policy"]),
        opens_before=timedelta(minutes=case["opens_before"]), closes_after=timedelta(minutes=case["closes_after"]),
        active=case["active"], zone=WIB, paused_since=moment(case.get("paused_since")),
        festival_days=frozenset(date.fromisoformat(d) for d in case["festival_days"]),
    )  # fmt: skip


def ticket_of(case: dict[str, Any]) -> TicketFacts:
    bookings = [
        BookedSlot(
            b["activity_id"],
            must(b["starts_at"]),
            must(b["ends_at"]),
            live=b["state"] == "live",
            waiting=b["state"] == "waiting",
        )
        for b in case["bookings"]
    ]
    return TicketFacts(case["replaced"], case["cancelled"], bookings, blank=case.get("blank", False))


@pytest.mark.parametrize("case", VECTORS["decide"], ids=lambda case: case["name"])
def test_decide(case: dict[str, Any]) -> None:
    admissions = {key: must(at) for key, at in case["admissions"].items()}
    ticket, point = ticket_of(case["ticket"]), point_of(case["point"])
    verdict = decide(ticket, point, admissions, case["scan_id"], must(case["at"]))
    expected = case["expected"]
    if expected["status"] == "admitted":
        assert verdict == Admitted(expected["key"])
        return
    assert isinstance(verdict, Denied)
    assert verdict.reason == expected["reason"]
    assert verdict.first_admitted_at == moment(expected["first_admitted_at"])
    assert (verdict.slot.starts_at if verdict.slot else None) == moment(expected["slot_starts_at"])


@pytest.mark.parametrize("case", VECTORS["settle"], ids=lambda case: case["name"])
def test_settle(case: dict[str, Any]) -> None:
    told, expected = case["phone_reason"], case["expected"]
    outcome = settle(
        verdict_of(case["verdict"]), attempt(case["offline"], case["phone_verdict"], Reason(told) if told else None)
    )
    assert outcome.status == expected["status"]
    assert outcome.reason == expected["reason"]
    assert outcome.conflict == expected["conflict"]
    assert (outcome.admission_key is not None) == expected["admits"]
    assert outcome.first_admitted_at == moment(expected["first_admitted_at"])


def verdict_of(case: dict[str, Any]) -> Verdict:
    if case["status"] == "admitted":
        return Admitted(case["key"])
    return Denied(Reason(case["reason"]), moment(case["first_admitted_at"]))


def attempt(
    offline: bool = False, shown: str | None = None, told: Reason | None = None, at: datetime = NOON
) -> Attempt:
    return Attempt(SCAN, SCAN, "x", at, offline, ScanStatus(shown) if shown else None, told)


def test_every_reason_has_a_case() -> None:
    told = {
        case["expected"]["reason"] for case in VECTORS["decide"] + VECTORS["settle"] if "reason" in case["expected"]
    }
    assert {reason.value for reason in Reason} - told == {reason.value for reason in SERVER_ONLY}


def test_an_offline_scan_is_judged_by_the_phone_but_never_in_the_future() -> None:
    before, after = NOON - timedelta(hours=3), NOON + timedelta(hours=3)
    assert moment_of(attempt(offline=True, at=before), NOON) == before
    assert moment_of(attempt(offline=True, at=after), NOON) == NOON
    assert moment_of(attempt(offline=False, at=before), NOON) == NOON


minutes = st.integers(0, 120).map(lambda n: timedelta(minutes=n))
instants = st.datetimes(
    datetime(2023, 7, 18), datetime(2023, 7, 23),  # noqa: DTZ001 - hypothesis adds the zones
    timezones=st.sampled_from([WIB, ZoneInfo("UTC")]),
)  # fmt: skip
slots = st.builds(
    lambda activity, start, minutes, state: BookedSlot(
        activity, start, start + timedelta(minutes=minutes), live=state == 0, waiting=state == 1
    ),
    st.integers(1, 3), instants, st.integers(1, 600), st.integers(0, 2),
)  # fmt: skip
tickets = st.builds(TicketFacts, st.booleans(), st.booleans(), st.lists(slots, max_size=5))
points = st.builds(
    PointFacts, st.none() | st.integers(1, 3), st.sampled_from(AdmissionPolicy),
    minutes, minutes, st.booleans(), st.frozensets(st.dates(date(2023, 7, 18), date(2023, 7, 22))), st.just(WIB),
)  # fmt: skip


@given(tickets, points, instants)
def test_nobody_enters_twice_under_one_key(ticket: TicketFacts, point: PointFacts, at: datetime) -> None:
    verdict = decide(ticket, point, {}, SCAN, at)
    if isinstance(verdict, Admitted):
        assert verdict.key == admission_key(point, SCAN, at)
        again = decide(ticket, point, {verdict.key: at}, SCAN, at)
        assert again == Denied(Reason.ALREADY_ADMITTED, first_admitted_at=at)


@given(tickets, points, instants)
def test_who_is_let_in_has_a_live_booking_for_this_point(
    ticket: TicketFacts, point: PointFacts, at: datetime
) -> None:
    verdict = decide(ticket, point, {}, SCAN, at)
    fits = [b for b in ticket.bookings if b.live and point.activity_id in (None, b.activity_id)]
    if isinstance(verdict, Admitted):
        assert fits
        assert not ticket.replaced
        assert not ticket.cancelled
        assert point.active
    elif verdict.slot:
        assert verdict.slot in fits


@given(tickets, points, instants)
def test_the_order_of_bookings_never_matters(ticket: TicketFacts, point: PointFacts, at: datetime) -> None:
    turned = TicketFacts(ticket.replaced, ticket.cancelled, list(reversed(ticket.bookings)))
    one, two = decide(ticket, point, {}, SCAN, at), decide(turned, point, {}, SCAN, at)
    assert type(one) is type(two)
    assert getattr(one, "reason", None) == getattr(two, "reason", None)


verdicts = st.builds(Admitted, st.text(max_size=3)) | st.builds(Denied, st.sampled_from(Reason))
attempts = st.builds(
    attempt, st.booleans(), st.none() | st.sampled_from(["admitted", "denied"]),
    st.none() | st.sampled_from(sorted(set(Reason) - SERVER_ONLY)),
)  # fmt: skip


@given(verdicts, attempts)
def test_admissions_are_admitted_scans_less_conflicts(verdict: Verdict, sent: Attempt) -> None:
    outcome: Outcome = settle(verdict, sent)
    counted = outcome.status is ScanStatus.ADMITTED and not outcome.conflict
    assert (outcome.admission_key is not None) == counted
    if outcome.admission_key is not None:
        assert isinstance(verdict, Admitted)  # never an admission that the server would refuse
    if outcome.status is ScanStatus.DENIED:
        assert outcome.reason is not None
        assert not outcome.conflict
    if outcome.conflict:
        assert outcome.reason not in NOT_OURS
