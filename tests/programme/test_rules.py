from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.programme import rules
from app.programme.rules import EntryMode, SignUpState, SlotState, Window

WIB = ZoneInfo("Asia/Jakarta")
NOON = datetime(2023, 7, 20, 12, tzinfo=WIB)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
FRIDAY = date(2023, 7, 21)


def at(hour: int, minute: int = 0, day: date = FRIDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), WIB)


@pytest.mark.parametrize(
    ("opens", "closes", "last_start", "state"),
    [
        (None, None, NOON + SECOND, SignUpState.OPEN),
        (None, None, NOON, SignUpState.CLOSED),  # the last slot starts this moment
        (None, None, None, SignUpState.CLOSED),  # no slots yet
        (NOON + SECOND, None, NOON + HOUR, SignUpState.NOT_YET),
        (NOON, None, NOON + HOUR, SignUpState.OPEN),  # opens this moment
        (None, NOON, NOON + HOUR, SignUpState.CLOSED),  # closes this moment
        (None, NOON + SECOND, NOON + HOUR, SignUpState.OPEN),
        (NOON - HOUR, NOON + HOUR, None, SignUpState.OPEN),
    ],
)
def test_sign_up_opens_and_closes_at_stated_moments(opens, closes, last_start, state):
    assert rules.sign_up_state(EntryMode.OPEN, opens, closes, last_start, NOON) is state


@pytest.mark.parametrize("mode", [m for m in EntryMode if m is not EntryMode.OPEN])
def test_other_ways_in_are_told_whatever_the_time(mode):
    assert rules.sign_up_state(mode, NOON + HOUR, NOON - HOUR, None, NOON).value == mode.value


@pytest.mark.parametrize(
    ("starts_at", "closed", "open_"),
    [(NOON + SECOND, False, True), (NOON, False, False), (NOON + SECOND, True, False), (NOON - HOUR, False, False)],
)
def test_a_slot_takes_sign_ups_until_it_starts(starts_at, closed, open_):
    assert rules.slot_open(starts_at, closed, NOON) is open_


@pytest.mark.parametrize(
    ("capacity", "taken", "waiting", "state"),
    [
        (None, 9000, True, SlotState.UNLIMITED),
        (3, 0, True, SlotState.AVAILABLE),  # an untouched small slot is not "few"
        (3, 1, True, SlotState.FEW),
        (100, 90, True, SlotState.FEW),  # a tenth
        (100, 89, True, SlotState.AVAILABLE),
        (20, 15, True, SlotState.FEW),  # five places
        (20, 14, True, SlotState.AVAILABLE),
        (3, 3, True, SlotState.WAITING_LIST),
        (3, 3, False, SlotState.FULL),
        (0, 0, True, SlotState.WAITING_LIST),
    ],
)
def test_the_word_for_a_slot(capacity, taken, waiting, state):
    assert rules.slot_state(capacity, taken, True, waiting) is state
    assert rules.slot_state(capacity, taken, False, waiting) is SlotState.CLOSED


def test_remaining_is_never_negative():
    assert [rules.remaining(c, t) for c, t in ((None, 5), (5, 0), (5, 5), (5, 6))] == [None, 5, 0, 0]


@pytest.mark.parametrize(
    ("slots", "sum_"),
    [([], (0, 0)), ([(3, 1), (4, 2)], (7, 3)), ([(3, 1), (None, 2)], (None, 3)), ([(None, 0), (5, 5)], (None, 5))],
)
def test_slots_together(slots, sum_):
    assert rules.together(slots) == sum_


@pytest.mark.parametrize(
    ("today", "shown"),
    [
        (date(2023, 7, 1), date(2023, 7, 19)),  # before: the first
        (date(2023, 7, 19), date(2023, 7, 19)),
        (date(2023, 7, 20), date(2023, 7, 21)),  # a day in between: the next
        (date(2023, 7, 21), date(2023, 7, 21)),
        (date(2023, 7, 22), date(2023, 7, 21)),  # after: the last
    ],
)
def test_the_day_shown_first(today, shown):
    assert rules.shown_day([date(2023, 7, 21), date(2023, 7, 19)], today) == shown


def test_no_days_no_shown_day():
    assert rules.shown_day([], date(2023, 7, 19)) is None


def test_generated_slots_of_the_blood_drive():
    made = list(rules.generate_slots(date(2023, 7, 19), time(8), time(12), timedelta(minutes=15), WIB))
    assert len(made) == 16
    assert made[0] == (at(8, day=date(2023, 7, 19)), at(8, 15, date(2023, 7, 19)))
    assert made[-1][1] == at(12, day=date(2023, 7, 19))


def test_the_last_slot_that_does_not_fit_is_left_out():
    made = list(rules.generate_slots(FRIDAY, time(9), time(10, 50), timedelta(minutes=20), WIB))
    assert [start.astimezone(WIB).strftime("%H%M") for start, _ in made] == ["0900", "0920", "0940", "1000", "1020"]


def test_slots_that_touch_the_pause_are_left_out():
    pause = (time(11, 30), time(13))
    made = list(rules.generate_slots(FRIDAY, time(11), time(13, 30), timedelta(minutes=30), WIB, pause))
    assert [start for start, _ in made] == [at(11), at(13)]


@pytest.mark.parametrize(
    ("first", "last", "minutes", "fault"),
    [
        (time(9), time(10), 0, "length"),
        (time(9), time(10), -5, "length"),
        (time(9), time(9), 20, "order"),
        (time(10), time(9), 20, "order"),
        (time(0), time(23), 1, "many"),
    ],
)
def test_plans_that_cannot_be(first, last, minutes, fault):
    with pytest.raises(ValueError, match=f"^{fault}$"):
        list(rules.generate_slots(FRIDAY, first, last, timedelta(minutes=minutes), WIB))


@given(
    st.times(min_value=time(0), max_value=time(22)).map(lambda t: t.replace(second=0, microsecond=0)),
    st.integers(1, 600),
    st.integers(3, 240),
)
def test_generated_slots_fill_the_stretch_without_gap_or_overlap(first, length, minutes):
    end = min(first.hour * 60 + first.minute + length, 23 * 60 + 59)
    last = time(end // 60, end % 60)
    made = list(rules.generate_slots(FRIDAY, first, last, timedelta(minutes=minutes), WIB))
    assert len(made) == (end - first.hour * 60 - first.minute) // minutes
    assert all(stop - start == timedelta(minutes=minutes) for start, stop in made)
    assert all(one[1] == following[0] for one, following in itertools.pairwise(made))
    if made:
        assert made[0][0] == datetime.combine(FRIDAY, first, WIB)
        assert made[-1][1] <= datetime.combine(FRIDAY, last, WIB)


@given(st.integers(0, 1400), st.integers(1, 120), st.integers(0, 1300), st.integers(1, 100))
def test_no_generated_slot_touches_the_pause(first, minutes, pause_from, pause_length):
    pause_until = min(pause_from + pause_length, 1439)
    pause = (time(pause_from // 60, pause_from % 60), time(pause_until // 60, pause_until % 60))
    start = time(first // 60, first % 60)
    try:
        made = list(rules.generate_slots(FRIDAY, start, time(23, 59), timedelta(minutes=minutes), WIB, pause))
    except ValueError:
        return
    for begin, end in made:
        assert end <= datetime.combine(FRIDAY, pause[0], WIB) or begin >= datetime.combine(FRIDAY, pause[1], WIB)


@pytest.mark.parametrize(
    ("start", "end", "touches"),
    [
        (at(10), at(11, 30), False),  # ends as the pause begins
        (at(10), at(11, 31), True),
        (at(13), at(14), False),  # begins as the pause ends
        (at(12, 59), at(14), True),
        (at(11, 45), at(12), True),
        (at(9), at(20), True),
        (at(10, day=date(2023, 7, 20)), at(14, day=date(2023, 7, 20)), False),  # a Thursday
    ],
)
def test_friday_pause(start, end, touches):
    assert rules.in_friday_pause(start, end, WIB) is touches
    assert rules.in_friday_pause(start.astimezone(UTC), end.astimezone(UTC), WIB) is touches


def window(key: int, place: int | None, start: datetime, end: datetime) -> Window:
    return Window(key, place, start, end, f"k{key}")


def test_overlap_at_one_place_clashes_and_touching_does_not():
    a, b = window(1, 7, at(8), at(10)), window(2, 7, at(9), at(11))
    after, elsewhere, nowhere = (
        window(3, 7, at(11), at(12)),
        window(4, 8, at(8), at(12)),
        window(5, None, at(8), at(12)),
    )
    assert rules.clashes([after, b, elsewhere, nowhere, a]) == [(a, b)]


def test_a_long_one_clashes_with_all_within():
    long, one, two = window(1, 7, at(8), at(18)), window(2, 7, at(9), at(10)), window(3, 7, at(12), at(13))
    assert rules.clashes([two, long, one]) == [(long, one), (long, two)]


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 60), st.integers(1, 30)), max_size=12))
def test_clashes_are_exactly_the_overlapping_pairs(rows):
    base = at(8)
    windows = [
        window(n, place, base + timedelta(minutes=start), base + timedelta(minutes=start + length))
        for n, (place, start, length) in enumerate(rows)
    ]
    found = {frozenset((a.key, b.key)) for a, b in rules.clashes(windows)}
    expected = {
        frozenset((a.key, b.key))
        for a in windows
        for b in windows
        if a.key < b.key and a.place == b.place and a.starts_at < b.ends_at and b.starts_at < a.ends_at
    }
    assert found == expected


def test_a_row_of_slots_is_one_stretch():
    row = [window(1, 7, at(8), at(9)), window(1, 7, at(9), at(10)), window(1, 7, at(9, 30), at(9, 45))]
    gap = window(1, 7, at(11), at(12))
    assert [(w.starts_at, w.ends_at) for w in rules.merged([gap, *row])] == [(at(8), at(10)), (at(11), at(12))]
