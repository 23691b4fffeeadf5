"""The wait before sign-up opens, in numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.programme.opening import LONGEST_WAIT, SPREAD_SECONDS, refresh_after, wait_for

OPENS = datetime(2026, 7, 19, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "days", "hours", "minutes", "seconds"),
    [
        (timedelta(days=2, hours=3, minutes=4, seconds=5), 2, 3, 4, 5),
        (timedelta(days=1), 1, 0, 0, 0),
        (timedelta(hours=23, minutes=59, seconds=59), 0, 23, 59, 59),
        (timedelta(milliseconds=1), 0, 0, 0, 1),  # nothing is left only when nothing is left
        (timedelta(0), 0, 0, 0, 0),
        (timedelta(seconds=-5), 0, 0, 0, 0),
    ],
)
def test_the_clock(left: timedelta, days: int, hours: int, minutes: int, seconds: int) -> None:
    wait = wait_for(OPENS, OPENS - left, 0.5)
    assert (wait.days, wait.hours, wait.minutes, wait.seconds) == (days, hours, minutes, seconds)
    assert wait.opens_ms - wait.now_ms == left // timedelta(milliseconds=1)


@given(st.timedeltas(timedelta(0), timedelta(days=400)), st.floats(0, 1))
def test_a_browser_without_scripts_comes_back(left: timedelta, spread: float) -> None:
    seconds = refresh_after(left, spread)
    assert 0 <= seconds <= LONGEST_WAIT + SPREAD_SECONDS
    if left <= timedelta(seconds=LONGEST_WAIT):
        assert left <= timedelta(seconds=seconds) <= left + timedelta(seconds=1 + SPREAD_SECONDS)
    else:
        assert timedelta(seconds=seconds) < left, "never at the opening by accident: all would do so at once"
        assert seconds >= LONGEST_WAIT / 2


def test_phones_do_not_all_come_back_at_once() -> None:
    assert len({refresh_after(timedelta(seconds=20), n / 100) for n in range(101)}) == SPREAD_SECONDS + 1
    assert len({refresh_after(timedelta(days=1), n / 100) for n in range(101)}) > 90
