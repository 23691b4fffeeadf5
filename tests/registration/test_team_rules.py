"""How large a team is, and until when names may follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.registration import rules

NOW = datetime(2026, 7, 20, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("starts_in", "due_in"),
    [
        (100 * HOUR, 76 * HOUR),  # 24 hours before
        (48 * HOUR, 24 * HOUR),  # both say the same
        (47 * HOUR, 23.5 * HOUR),  # half of the time left
        (2 * HOUR, HOUR),
        (timedelta(0), timedelta(0)),
    ],
)
def test_names_are_due_a_day_before_or_after_half_of_the_time(starts_in, due_in):
    assert rules.names_due(NOW + starts_in, 24, NOW) == NOW + due_in


@given(st.integers(0, 10_000), st.integers(1, 72))
def test_never_after_the_start_and_never_at_once(minutes, hours):
    start = NOW + timedelta(minutes=minutes)
    due = rules.names_due(start, hours, NOW)
    assert NOW <= due <= start
    assert minutes == 0 or due > NOW


@pytest.mark.parametrize(("limit", "most"), [(None, 20), (30, 20), (20, 20), (5, 5), (1, 1)])
def test_the_limit_of_a_number_holds_for_its_team(limit, most):
    assert rules.most_in_team(20, limit) == most
