"""Every reason and every boundary of a verdict, without a database."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.checkin.rules import (
    NEVER_BY_HAND,
    NOT_OURS,
    SERVER_ONLY,
    Admitted,
    Attempt,
    BookedSlot,
    Denied,
    Leaves,
    Outcome,
    PointFacts,
    Presence,
    Reason,
    ScanStatus,
    TicketFacts,
    Verdict,
    admission_key,
    by_hand,
    decide,
    moment_of,
    settle,
)
from app.core.admission import AdmissionPolicy
from tests.checkin import make_vectors
from tests.checkin.vectors import judge, moment, read_text, same_moments

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "checkin.json").read_text())
WIB = ZoneInfo(VECTORS["zone"])
SCAN = "0b0e7a52-9d0f-4a3e-9d6c-1c2f3a4b5c6d"
NOON = datetime(2023, 7, 20, 12, tzinfo=WIB)
GATE = PointFacts(None, AdmissionPolicy.DAILY, timedelta(), timedelta(), True, frozenset({NOON.date()}), WIB)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_verdicts(case: dict[str, Any]) -> None:
    assert same_moments(judge(case)) == same_moments(case["expect"])


@pytest.mark.parametrize("case", VECTORS["codes"], ids=lambda case: case["name"])
def test_codes(case: dict[str, Any]) -> None:
    read = read_text(case)
    assert read == {name: case.get(name) for name in read}


def test_there_are_cases_of_both_kinds_and_of_every_reason() -> None:
    by_hand = [case for case in VECTORS["cases"] if case["by"] == "hand"]
    assert len(by_hand) >= 100
    assert len(VECTORS["cases"]) >= 400
    assert len({case["name"] for case in VECTORS["cases"]}) == len(VECTORS["cases"])
    told = {case["expect"]["reason"] for case in by_hand} | {case["expect"] for case in VECTORS["codes"]}
    of_walk_ins = {Reason.NEEDS_DESK, Reason.SLOT_FULL, Reason.OTHER_HOLDER}  # found out by writing
    assert {reason.value for reason in Reason} - told == {reason.value for reason in SERVER_ONLY | of_walk_ins}


def test_the_generated_cases_are_what_the_generator_makes() -> None:
    made = make_vectors.generated_cases() + make_vectors.generated_codes()
    kept = [c for c in VECTORS["cases"] + VECTORS["codes"] if c["by"] == "generated"]
    assert json.loads(json.dumps(made)) == kept, "run python -m tests.checkin.make_vectors"


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


def test_an_offline_scan_is_judged_by_the_phone_but_never_in_the_future() -> None:
    before, after = NOON - timedelta(hours=3), NOON + timedelta(hours=3)
    assert moment_of(attempt(offline=True, at=before), NOON) == before
    assert moment_of(attempt(offline=True, at=after), NOON) == NOON
    assert moment_of(attempt(offline=False, at=before), NOON) == NOON


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_a_clock_that_is_a_day_off_is_put_right(days: int) -> None:
    off, true = timedelta(days=days), NOON - timedelta(hours=3)
    sent = Attempt(SCAN, SCAN, "x", true + off, offline=True, skew=off)
    assert moment_of(sent, NOON) == true


def test_a_supervisor_lets_in_whatever_the_verdict_but_nobody_twice() -> None:
    point = replace(GATE, active=False)
    fresh: dict[str, Presence] = {}
    for reason in set(Reason) - NEVER_BY_HAND:
        assert by_hand(Denied(reason), point, fresh, SCAN, NOON) == Admitted("2023-07-20")
        inside = {"2023-07-20": Presence(NOON)}
        assert by_hand(Denied(reason), point, inside, SCAN, NOON) == Denied(Reason.ALREADY_ADMITTED, NOON)
    for reason in NEVER_BY_HAND:
        assert by_hand(Denied(reason), point, fresh, SCAN, NOON) == Denied(reason)
    assert by_hand(Admitted("x"), point, fresh, SCAN, NOON) == Admitted("x")


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
    st.none() | instants, st.booleans(),
)  # fmt: skip


@given(tickets, points, instants)
def test_nobody_enters_twice_under_one_key(ticket: TicketFacts, point: PointFacts, at: datetime) -> None:
    verdict = decide(ticket, point, {}, SCAN, at)
    if isinstance(verdict, Admitted):
        assert verdict.key == admission_key(point, SCAN, at)
        again = decide(ticket, point, {verdict.key: Presence(at)}, SCAN, at)
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


steps = st.lists(st.tuples(st.integers(0, 300), st.booleans()), max_size=12)


@given(points, steps)
def test_nobody_is_inside_twice_whoever_comes_and_goes(point: PointFacts, walk: list[tuple[int, bool]]) -> None:
    """One ticket at a gate that counts who is inside: in and out in turn, at any pace, is never two people."""
    point = replace(point, counts_inside=True, active=True, paused_since=None, policy=AdmissionPolicy.ONCE)
    booked = BookedSlot(point.activity_id or 1, NOON - timedelta(days=1), NOON + timedelta(days=1), live=True)
    point = replace(point, festival_days=frozenset(NOON.date() + timedelta(days=n) for n in (-1, 0, 1)))
    held: dict[str, Presence] = {}
    at = NOON
    for seconds, out in walk:
        at += timedelta(seconds=seconds)
        match decide(TicketFacts(False, False, [booked]), point, held, str(len(held)), at, out):
            case Admitted(key):
                assert not any(p.left_at is None for p in held.values())
                held[key] = Presence(at)
            case Leaves(key):
                held[key] = replace(held[key], left_at=at)
        assert sum(p.left_at is None for p in held.values()) <= 1


verdicts = (
    st.builds(Admitted, st.text(max_size=3))
    | st.builds(Leaves, st.text(max_size=3))
    | st.builds(Denied, st.sampled_from(Reason))
)
attempts = st.builds(
    attempt, st.booleans(), st.none() | st.sampled_from(["admitted", "denied"]),
    st.none() | st.sampled_from(sorted(set(Reason) - SERVER_ONLY)),
)  # fmt: skip


@given(verdicts, attempts)
def test_admissions_are_admitted_scans_less_conflicts(verdict: Verdict, sent: Attempt) -> None:
    outcome: Outcome = settle(verdict, sent)
    went_out = outcome.reason is Reason.NOT_INSIDE or outcome.leaves_key is not None
    counted = outcome.status is ScanStatus.ADMITTED and not outcome.conflict and not went_out
    assert (outcome.admission_key is not None) == counted
    if outcome.admission_key is not None:
        assert isinstance(verdict, Admitted)  # never an admission that the server would refuse
    if outcome.status is ScanStatus.DENIED:
        assert outcome.reason is not None
        assert not outcome.conflict
    if outcome.conflict:
        assert outcome.reason not in NOT_OURS
