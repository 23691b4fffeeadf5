"""Channels, back-off, what a sign of delivery changes: every boundary, without a database."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.messaging import rules
from app.messaging.rules import Channel, Fault, MessageStatus

seeds = st.text(min_size=1)
LIVE = [status for status in MessageStatus if status is not MessageStatus.DROPPED]
TOLD = [MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ, MessageStatus.FAILED]


@pytest.mark.parametrize(
    ("address", "mail", "whatsapp", "channel"),
    [
        ("a@b.id", True, True, Channel.MAIL),
        ("a@b.id", True, False, Channel.MAIL),
        ("a@b.id", False, True, Channel.WHATSAPP),
        ("a@b.id", False, False, Channel.HAND),
        (None, True, True, Channel.WHATSAPP),
        (None, True, False, Channel.HAND),
        ("", True, False, Channel.HAND),
        (None, False, False, Channel.HAND),
    ],
)
def test_the_channel(address, mail, whatsapp, channel):
    assert rules.choose_channel(address, mail=mail, whatsapp=whatsapp) is channel


@given(st.integers(1, 500), seeds)
def test_the_pause_of_a_message_doubles_within_a_fifth_up_to_an_hour(attempts, seed):
    pause = rules.pause_of_message(attempts, seed)
    nominal = min(30 * 2 ** (attempts - 1), 3600)
    assert timedelta(seconds=nominal * 0.8) <= pause <= timedelta(seconds=nominal * 1.2)
    assert pause == rules.pause_of_message(attempts, seed)


@given(st.integers(-3, 500), seeds)
def test_a_channel_rests_no_longer_than_six_minutes(failures, seed):
    assert timedelta(seconds=4) <= rules.rest_of_channel(failures, seed) <= timedelta(minutes=6)


def test_a_crowd_does_not_come_back_in_one_moment():
    pauses = {rules.pause_of_message(3, f"{row}.x") for row in range(1000)}
    assert len(pauses) > 990
    spread = max(pauses) - min(pauses)
    assert spread > timedelta(seconds=40)  # of 96 to 144 seconds


@given(st.integers(1, rules.MOST_ATTEMPTS - 1), seeds)
def test_later_means_later_until_it_means_no(attempts, seed):
    after = rules.after_attempt(rules.Later(Fault.TRY_LATER), attempts, 0, seed)
    assert (after.status, after.fault) == (MessageStatus.QUEUED, Fault.TRY_LATER)
    assert after.pause == rules.pause_of_message(attempts, seed)
    last = rules.after_attempt(rules.Later(Fault.TRY_LATER), rules.MOST_ATTEMPTS, 0, seed)
    assert last == rules.Next(MessageStatus.FAILED, Fault.TRY_LATER)


def test_all_attempts_together_outlast_an_hour_of_grey_listing():
    total = sum((rules.pause_of_message(n, "x") for n in range(1, rules.MOST_ATTEMPTS)), start=timedelta())
    assert timedelta(hours=3) < total < rules.GIVE_UP_AFTER


def test_an_unanswered_attempt_waits_out_its_lease_and_is_not_repeated_for_ever():
    after = rules.after_attempt(rules.Unclear(), 1, 0, "x")
    assert (after.status, after.fault, after.pause) == (MessageStatus.SENDING, Fault.UNCLEAR, rules.LEASE)
    late = rules.after_attempt(rules.Unclear(), 9, 0, "x")
    assert late.pause is not None
    assert late.pause > rules.LEASE
    last = rules.after_attempt(rules.Unclear(), 5, rules.MOST_UNCLEAR - 1, "x")
    assert last == rules.Next(MessageStatus.FAILED, Fault.UNCLEAR)


@pytest.mark.parametrize("attempts", [1, 7, 100])
def test_trouble_of_the_channel_costs_a_message_nothing(attempts):
    down = rules.Down(Fault.UNREACHABLE, stopped=True)
    assert rules.after_attempt(down, attempts, 0, "x") == rules.Next(MessageStatus.QUEUED)


def test_sent_and_refused_are_final():
    assert rules.after_attempt(rules.Sent("id"), 3, 2, "x") == rules.Next(MessageStatus.SENT)
    refused = rules.after_attempt(rules.Refused(Fault.ADDRESS_REFUSED), 1, 0, "x")
    assert refused == rules.Next(MessageStatus.FAILED, Fault.ADDRESS_REFUSED)


@given(st.sampled_from(LIVE), st.lists(st.sampled_from(TOLD), min_size=1, max_size=5))
def test_news_end_the_same_in_any_order_and_however_often(present, news):
    ends = set()
    for order in itertools.permutations(news):
        state = present
        for told in (*order, *order):
            state = rules.next_state(state, told)
        ends.add(state)
    assert len(ends) == 1


def test_nothing_goes_back_and_delivery_outweighs_failure():
    assert rules.next_state(MessageStatus.READ, MessageStatus.DELIVERED) is MessageStatus.READ
    assert rules.next_state(MessageStatus.DELIVERED, MessageStatus.FAILED) is MessageStatus.DELIVERED
    assert rules.next_state(MessageStatus.FAILED, MessageStatus.DELIVERED) is MessageStatus.DELIVERED
    assert rules.next_state(MessageStatus.SENT, MessageStatus.FAILED) is MessageStatus.FAILED
    assert rules.next_state(MessageStatus.QUEUED, MessageStatus.SENT) is MessageStatus.SENT
    assert rules.next_state(MessageStatus.DROPPED, MessageStatus.READ) is MessageStatus.DROPPED


@given(st.text())
def test_a_parameter_has_no_line_ends_no_gaps_and_fits(body):
    text = rules.as_parameter(body)
    assert len(text) <= rules.LONGEST_PARAMETER
    assert not set(text) & set("\n\r\t")
    assert "  " not in text


def test_a_long_text_loses_its_middle_and_keeps_its_last_line():
    lines = ["Pekan", *(f"Tiket {n}: http://127.0.0.1/{'x' * 100}" for n in range(20)), "Lihat: http://x/y"]
    text = rules.as_parameter("\n".join(lines))
    assert text.startswith("Pekan · Tiket 0: ")
    assert text.endswith(" · Lihat: http://x/y")
    assert text.count("http://127.0.0.1/") == text.count("x" * 100)


def test_templates_by_kind_then_for_all_then_none():
    assert rules.template_for("reminder", {"reminder": "a", "*": "b"}) == "a"
    assert rules.template_for("change", {"reminder": "a", "*": "b"}) == "b"
    assert rules.template_for("change", {"reminder": "a"}) is None
