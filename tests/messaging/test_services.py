"""Around the worker: what is queued where, what is given up and forgotten, what the doctor sees."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.db import db, transaction
from app.messaging import queries, rules, services, worker
from app.messaging.models import Channel, ChannelState, Fault, MessageStatus, OutboxMessage
from app.messaging.services.marks import mark_of, message_of
from tests import factories
from tests.messaging.conftest import told
from tests.messaging.outbox import PHONE, queue, row, rows, work

SENT, FAILED, QUEUED = MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.QUEUED
HOUR = timedelta(hours=1)


def test_an_address_prefers_mail_a_number_whatsapp_and_nothing_means_by_hand(app, festival, mail, whatsapp):
    queue(festival, "satu", to="a@example.org")
    queue(festival, "dua", to=None)
    with told(app, mail=None, whatsapp=None):
        queue(festival, "tiga", to="a@example.org")
    found = rows()
    assert [message.channel for message in found] == [Channel.MAIL, Channel.WHATSAPP, Channel.HAND]
    assert [(message.address, message.subject) for message in found] == [
        ("a@example.org", "satu"), (None, None), (None, None),
    ]  # fmt: skip
    work()
    assert [message.status for message in rows()] == [SENT, SENT, QUEUED]


def test_what_expired_is_not_sent(festival, mail):
    now = clock.now()
    queue(festival, "tawaran", expires_at=now + timedelta(minutes=5))
    queue(festival, "lain")
    with clock.stopped_at(now + timedelta(minutes=6)):
        worker.send_due(lambda: False)
        assert mail.box.subjects == []  # the older one stands before it until it is given up
        with transaction():
            assert services.give_up_old(clock.now()) == 1
        worker.send_due(lambda: False)
    assert mail.box.subjects == ["lain"]
    assert (rows()[0].status, rows()[0].error_code) == (FAILED, Fault.TOO_OLD)


def test_nobody_wants_a_message_of_the_day_before_yesterday_but_hands_may_take_their_time(festival, mail):
    early = clock.now() - rules.GIVE_UP_AFTER
    queue(festival, "lama", now=early)
    queue(festival, "tangan", to=None, now=early)
    queue(festival, "baru", now=early + timedelta(seconds=5))
    with transaction():
        assert services.give_up_old(clock.now()) == 1
    assert [m.status for m in rows()] == [FAILED, QUEUED, QUEUED]


def test_by_hand_it_is_never_too_late(festival, mail):
    queue(festival, expires_at=clock.now() - timedelta(hours=1))
    number, who = row().id, factories.user().id
    with transaction():
        services.give_up_old(clock.now())
    with transaction():
        assert services.repeat(number, who, clock.now(), by_hand=True)
    with transaction():
        assert services.give_up_old(clock.now()) == 0
    assert [(m.channel, m.status) for m in rows()] == [(Channel.MAIL, FAILED), (Channel.HAND, QUEUED)]


def test_texts_are_forgotten_after_two_days_or_once_they_arrived(festival, mail):
    queue(festival)
    work()
    for age, left in ((timedelta(hours=47), 0), (timedelta(hours=49), 1)):
        with transaction():
            assert services.forget_texts(clock.now() + age) == left
    assert row().body == ""


def test_the_queue_finds_its_index(festival, mail):
    """However many messages have left, the worker looks at those that have not."""
    for to in ("a@example.org", "b@example.org"):
        queue(festival, to=to)
    table = OutboxMessage.__table__
    copied = {c.name: c for c in table.columns if c.name not in ("id", "status")}
    gone = sa.select(*copied.values(), sa.literal("sent")).where(table.c.address == "a@example.org")
    many = sa.insert(table).from_select([*copied, "status"], gone)
    statement = sa.select(OutboxMessage.id).where(queries.due(Channel.MAIL, clock.now()))
    wanted = statement.order_by(OutboxMessage.id).limit(1)
    explain = "EXPLAIN" if db.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    with db.engine.connect() as connection:
        for _doubling in range(11):
            connection.execute(many)
        connection.exec_driver_sql("ANALYZE outbox_message")
        compiled = str(wanted.compile(db.engine, compile_kwargs={"literal_binds": True})).replace("%", "%%")
        plan = str(connection.exec_driver_sql(f"{explain} {compiled}").all())
        connection.rollback()
    assert "Seq Scan" not in plan
    assert re.search(r"ix_outbox_message_(unfinished|status)", plan)


@pytest.mark.parametrize("minutes", [14, 16])
def test_the_doctor_sees_a_queue_that_stands(festival, mail, minutes):
    queue(festival, now=clock.now() - timedelta(minutes=minutes))
    said = [finding.text for finding in services.check()]
    assert any("wait for mail" in text for text in said) == (minutes == 16)


def test_the_doctor_tries_the_mail_server(festival, mail):
    assert services.check() == []
    mail.down()
    assert [f.text for f in services.check()] == ["mail does not work: the server cannot be reached."]


def test_limits_count_by_address_where_mail_carries_it(festival, mail):
    for n in range(4):
        queue(festival, to="korban@example.org", phone=f"+62812345678{n:02d}", at_most=2)
    assert len(rows()) == 2


def test_numbers_of_others_open_nothing(festival, mail):
    queue(festival)
    own = mark_of(row().id)
    assert message_of(own) == row().id
    for other in ("", "1", "1.", own + "x", own.replace(".", "0.", 1), "٣.x", "9" * 30 + ".x"):
        assert message_of(other) is None


def test_states_of_channels_are_one_row_each(festival, mail):
    mail.down()
    queue(festival)
    work()
    work(HOUR)
    states = db.session.scalars(sa.select(ChannelState)).all()
    assert [(s.channel, s.failures) for s in states] == [(Channel.MAIL, 2)]
    assert PHONE not in str(vars(states[0]))
