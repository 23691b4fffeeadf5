"""The reminder on the day before: when, to whom, and only once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.db import db, in_transaction, transaction
from app.core.i18n import speaking
from app.festival.models import Festival
from app.messaging.models import Channel
from app.programme.models import Activity, TimeSlot
from app.registration import links, rules, services
from app.registration.services import SignedUp
from app.registration.services import reminders as reminding
from tests import factories
from tests.messaging.conftest import mail as mail
from tests.messaging.conftest import whatsapp as whatsapp
from tests.messaging.outbox import rows
from tests.registration.signing import counted, person, request, sign

TODAY = datetime(2026, 7, 19, tzinfo=clock.WIB)
SIGNED_UP = TODAY.replace(hour=9)
FOUR = TODAY.replace(hour=16)
TOMORROW = (TODAY + timedelta(days=1)).replace(hour=7, minute=30)


@pytest.mark.parametrize(
    ("hour", "minute", "reminds"), [(15, 59, False), (16, 0, True), (20, 59, True), (21, 0, False), (0, 0, False)]
)
def test_from_four_to_nine(hour, minute, reminds):
    assert (rules.tomorrow(TODAY.replace(hour=hour, minute=minute)) is not None) is reminds


@given(st.integers(0, 400 * 24 * 60))
def test_tomorrow_is_the_whole_next_day(minutes):
    local = TODAY + timedelta(minutes=minutes)
    wanted = rules.tomorrow(local)
    if wanted is None:
        return
    assert wanted.first.date() == local.date() + timedelta(days=1)
    assert wanted.first.hour == wanted.last.hour == 0
    assert wanted.last - wanted.first == timedelta(days=1)
    assert wanted.since.date() == local.date()
    assert wanted.since <= local < wanted.first


def slot_at(starts_at: datetime) -> TimeSlot:
    """The slot of that moment."""
    festival = db.session.scalar(sa.select(Festival)) or factories.festival(first_day=TODAY.date())
    walk = db.session.scalar(sa.select(Activity)) or factories.activity(festival, waiting_list=True)
    there = db.session.scalar(sa.select(TimeSlot).where(TimeSlot.starts_at == starts_at))
    return there or factories.slot(walk, starts_at=starts_at.astimezone(UTC))


def registered(starts_at: datetime = TOMORROW, at: datetime = SIGNED_UP, **fields: object) -> SignedUp:
    """Somebody who signed up in the morning, with an address unless told otherwise."""
    with clock.stopped_at(at):
        return sign(
            request(slot_at(starts_at), person("Siti", 1984), **{"contact_email": "siti@example.org", **fields})
        )


def remind(at: datetime = FOUR) -> int:
    with clock.stopped_at(at), transaction():
        return services.remind(clock.now())


def reminders() -> list:
    return [message for message in rows() if message.kind == "reminder"]


def test_the_day_before_at_four_and_once(mail):
    done = registered()
    assert [remind(FOUR - timedelta(minutes=1)), remind(), remind(FOUR + timedelta(hours=1))] == [0, 1, 0]
    (message,) = reminders()
    assert (message.channel, message.address) == (Channel.MAIL, "siti@example.org")
    assert message.subject == "Besok: Jalan santai"
    assert message.body.splitlines() == [
        "Besok: Jalan santai, Senin, 20 Juli 2026, 07.30 WIB.",
        "Tempat: Lapangan parkir",
        f"Tiket Anda, atau batalkan kalau tidak jadi: {links.manage_url(done.code)}",
    ]
    assert message.expires_at == TOMORROW


@pytest.mark.parametrize(
    "starts_at",
    [
        TODAY.replace(hour=18),
        TOMORROW + timedelta(days=1),
        (TOMORROW + timedelta(days=1)).replace(hour=0, minute=0),
    ],
)
def test_only_of_tomorrow(mail, starts_at):
    registered(starts_at)
    assert remind() == 0


def test_first_and_last_minute_of_tomorrow_count(mail):
    registered(TOMORROW.replace(hour=0, minute=0))
    registered(TOMORROW.replace(hour=23, minute=59), phone="+6281234567891")
    assert remind() == 2


def test_who_signed_up_after_four_was_told_a_moment_ago(mail):
    registered(at=FOUR + timedelta(minutes=30))
    assert remind(FOUR + timedelta(hours=1)) == 0


def test_in_the_language_of_the_sign_up(mail):
    with speaking("en"):
        registered()
    remind()
    assert reminders()[0].language == "en"


def test_cancelled_and_waiting_people_are_not_reminded(mail):
    done = registered()
    with transaction():
        services.cancel(done.registration_id, SIGNED_UP)
    assert remind() == 0


def test_what_the_committee_called_off_is_not_remembered(mail):
    registered()
    with transaction():
        db.session.execute(sa.update(TimeSlot).values(cancelled_at=SIGNED_UP, closed=True))
    assert remind() == 0


def test_nobody_is_reminded_where_hands_would_have_to_do_it(ctx):
    registered()
    with counted() as statements:
        assert remind() == 0
    assert not [s for s in statements if "SELECT" in s]


def test_with_mail_alone_only_those_who_gave_an_address(mail):
    registered()
    registered(contact_email=None, phone="+6281234567891")
    assert remind() == 1


def test_with_whatsapp_everybody(whatsapp):
    registered()
    registered(contact_email=None, phone="+6281234567891")
    assert remind() == 2
    assert {m.channel for m in reminders()} == {Channel.WHATSAPP}


def test_in_portions(mail, monkeypatch):
    monkeypatch.setattr(reminding, "AT_ONCE", 2)
    for n in range(5):
        registered(phone=f"+628123456789{n}")
    assert [remind() for _ in range(4)] == [2, 2, 1, 0]


def test_who_changes_to_another_day_is_reminded_of_that_one(mail):
    done = registered()
    assert remind() == 1
    later = slot_at(TOMORROW + timedelta(days=1))
    with clock.stopped_at(FOUR + timedelta(hours=1)):
        in_transaction(lambda: services.change_slot(done.registration_id, later.id, clock.now()))
    assert remind(FOUR + timedelta(days=1)) == 1
    same_day = slot_at((TOMORROW + timedelta(days=1)).replace(hour=15))
    with clock.stopped_at(FOUR + timedelta(days=1, hours=1)):
        in_transaction(lambda: services.change_slot(done.registration_id, same_day.id, clock.now()))
    assert remind(FOUR + timedelta(days=1, hours=2)) == 0


def test_a_repeat_without_a_place_reminds_nobody(whatsapp):
    first = registered(contact_email=None)
    registered(contact_email=None)
    with clock.stopped_at(FOUR - timedelta(hours=1)):
        in_transaction(lambda: services.cancel(first.registration_id, clock.now()))
    assert (remind(), reminders()) == (0, [])


def test_a_repeat_is_reminded_at_the_address_it_gave(mail):
    registered(contact_email=None)
    registered(contact_email="lain@example.org")
    assert remind() == 1, "silence would tell that Siti has a place"
