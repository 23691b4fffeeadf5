"""The worker against real servers: nothing is lost, nothing twice but what says so, and each in its order."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.exc import OperationalError

from app.core import clock, hooks
from app.core.db import db
from app.messaging import queries, rules, services, worker
from app.messaging.models import Channel, Fault, MessageStatus
from app.messaging.services.marks import mark_of
from tests.messaging.conftest import told
from tests.messaging.outbox import queue, row, rows, work, work_for
from tests.messaging.servers import error

SENT, FAILED, QUEUED, SENDING = (
    MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.QUEUED, MessageStatus.SENDING,
)  # fmt: skip
HOUR = timedelta(hours=1)


def test_a_mail_leaves_and_the_row_says_so(festival, mail):
    queue(festival, "Terdaftar: Jalan santai")
    assert work() == 1
    found = row()
    assert mail.box.subjects == ["Terdaftar: Jalan santai"]
    assert mail.box.ids == [found.provider_id]
    assert (found.status, found.attempts, found.unclear, found.error_code) == (SENT, 1, 0, None)
    assert found.sent_at is not None
    assert found.body == "Terdaftar: Jalan santai"  # kept for a repeat, see test_texts
    assert work() == 0
    assert len(mail.box.mails) == 1


def test_a_whatsapp_message_leaves_and_its_wamid_is_kept(festival, whatsapp):
    queue(festival, "Halo", to=None)
    assert work() == 1
    assert (row().status, row().provider_id, row().channel) == (SENT, "wamid.0001", Channel.WHATSAPP)
    assert whatsapp.taken[0]["biz_opaque_callback_data"] == mark_of(row().id)


def test_a_server_that_is_down_for_an_hour_loses_nothing_and_no_order(festival, mail):
    people = [f"p{n}@example.org" for n in range(4)]
    mail.down()
    start = clock.now()
    for minute, number in enumerate(range(24)):
        with clock.stopped_at(start + timedelta(minutes=2.5 * minute)):
            queue(festival, f"pesan {number:02d}", to=people[number % 4])
            worker.send_due(lambda: False)
    assert queries.troubled()[0].error_code is Fault.UNREACHABLE
    assert {(message.status, message.attempts) for message in rows()} == {(QUEUED, 0)}
    mail.up()
    assert work(HOUR) + work(HOUR + rules.LONGEST_REST * 1.2) == 24
    assert mail.box.subjects == [f"pesan {n:02d}" for n in range(24)]
    assert queries.troubled() == []
    assert {message.status for message in rows()} == {SENT}


def test_the_channel_is_not_asked_again_and_again_while_it_rests(festival, mail):
    mail.box.greet = "451 not now"
    queue(festival)
    work_for(HOUR, step=timedelta(seconds=5))
    assert 10 < mail.box.sessions < 25  # 5 s, 10 s, … and then every five minutes


def test_a_refused_password_is_asked_once_an_hour_and_a_new_one_at_once(app, festival, mail):
    mail.box.greet = "530 sign in first"
    queue(festival)
    work_for(HOUR - timedelta(minutes=2), step=timedelta(minutes=1))
    assert mail.box.sessions == 1
    assert queries.troubled()[0].error_code is Fault.SIGN_IN_REFUSED
    mail.box.greet = None
    assert work() == 0  # the same settings
    with told(app, mail=replace(mail.server(), sender="baru@depok.go.id")):
        assert work() == 1
    assert queries.troubled() == []


def test_one_address_that_waits_holds_up_only_its_own(festival, mail):
    mail.box.to = lambda: next(answers)
    answers = itertools.chain(["450 greylisted"], itertools.repeat(None))
    queue(festival, "satu", to="lambat@example.org")
    queue(festival, "dua", to="lambat@example.org")
    queue(festival, "tiga", to="cepat@example.org")
    assert work() == 2
    assert mail.box.subjects == ["tiga"]
    first, second, _third = rows()
    assert (first.status, first.attempts, first.error_code) == (QUEUED, 1, Fault.TRY_LATER)
    assert (second.status, second.attempts) == (QUEUED, 0)
    assert work() == 0
    assert work(rules.FIRST_PAUSE * 1.3) == 2
    assert mail.box.subjects == ["tiga", "satu", "dua"]


def test_an_address_that_does_not_exist_fails_for_good_and_lets_the_next_one_by(festival, mail):
    mail.box.to = lambda: next(answers)
    answers = itertools.chain(["550 no such user"], itertools.repeat(None))
    queue(festival, "satu")
    queue(festival, "dua")
    assert work() == 2
    assert [(m.status, m.error_code) for m in rows()] == [(FAILED, Fault.ADDRESS_REFUSED), (SENT, None)]


def test_a_message_that_is_never_taken_fails_after_hours_of_trying(festival, mail):
    mail.box.to = "450 greylisted"
    queue(festival)
    work_for(timedelta(hours=8), step=timedelta(minutes=5))
    assert (row().status, row().attempts, row().error_code) == (FAILED, rules.MOST_ATTEMPTS, Fault.TRY_LATER)


def test_a_lost_answer_is_waited_for_and_then_repeated_under_the_same_id(festival, mail):
    mail.box.hang_up = "data"
    queue(festival)
    work()
    assert (row().status, row().error_code) == (SENDING, Fault.UNCLEAR)
    mail.box.hang_up = None
    assert work(timedelta(minutes=1)) == 0
    assert work(rules.LEASE * 1.3) == 1
    assert (row().status, row().unclear, row().attempts) == (SENT, 1, 2)
    assert len(set(mail.box.ids)) == 1
    assert len(mail.box.mails) == 2


def test_a_poisonous_message_is_not_sent_for_ever_and_others_pass(festival, mail):
    mail.box.hang_up = "data"
    queue(festival, "racun", to="racun@example.org")
    work_for(timedelta(hours=4), step=timedelta(minutes=2))
    assert (row().status, row().error_code, row().unclear) == (FAILED, Fault.UNCLEAR, rules.MOST_UNCLEAR - 1)
    assert len(mail.box.mails) == rules.MOST_UNCLEAR
    mail.box.hang_up = None
    queue(festival, "sehat", to="sehat@example.org")
    work()
    assert mail.box.subjects[-1] == "sehat"


def test_trouble_at_whatsapp_keeps_the_order_of_each_number(festival, whatsapp):
    failing = iter([True, True, True])
    whatsapp.answer = lambda _body: (500, error(131000)) if next(failing, False) else None
    for number in range(3):
        queue(festival, f"pesan {number}", to=None)
    work_for(timedelta(minutes=10), step=timedelta(seconds=10))
    assert whatsapp.texts() == ["pesan 0", "pesan 1", "pesan 2"]
    assert {m.status for m in rows()} == {SENT}


def test_too_many_for_now_costs_no_attempt(festival, whatsapp):
    whatsapp.answer = lambda _body: (429, error(130429))
    whatsapp.headers = {"Retry-After": "90"}
    queue(festival, to=None)
    work()
    work(timedelta(seconds=80))
    assert (whatsapp.requests, row().attempts, row().status) == (1, 0, QUEUED)
    whatsapp.answer = None
    assert work(timedelta(seconds=91)) == 1


def test_a_number_without_whatsapp_fails_for_good(festival, whatsapp):
    whatsapp.answer = lambda _body: (400, error(131026))
    queue(festival, to=None)
    work()
    assert (row().status, row().error_code) == (FAILED, Fault.UNDELIVERABLE)
    assert row().body == "Halo"  # the committee can still send it by hand


def test_a_refused_token_stops_the_channel_and_the_doctor_says_so(app, festival, whatsapp):
    with told(app, whatsapp=whatsapp.account(token="expired")):
        queue(festival, to=None)
        queue(festival, "dua", to=None)
        work()
        work(timedelta(minutes=30))
        assert whatsapp.requests == 1
        assert {(m.status, m.attempts) for m in rows()} == {(QUEUED, 0)}
        texts = [finding.text for finding in services.check()]
        assert "WhatsApp does not work: the password or token is refused." in texts
        assert not any(finding.broken for finding in services.check())
    assert work() == 2  # the right token is tried at once


def test_one_provider_id_for_two_messages_loses_neither(festival, whatsapp):
    whatsapp.answer = lambda _body: (200, {"messages": [{"id": "wamid.same"}]})
    queue(festival, "satu", to=None)
    queue(festival, "dua", to=None)
    assert work() == 2
    assert [(m.status, m.provider_id) for m in rows()] == [(SENT, "wamid.same"), (SENT, None)]
    assert work() == 0


def test_two_workers_share_and_never_send_one_twice(app, festival, mail):
    for number in range(60):
        queue(festival, f"{number:02d}", to=f"p{number % 7}@example.org")
    start = threading.Barrier(2)
    faults: list[BaseException] = []

    def run() -> None:
        try:
            with app.app_context():
                start.wait()
                worker.send_due(lambda: False)
                db.session.remove()
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    [t.start() for t in threads]
    [t.join(60) for t in threads]
    assert not faults
    assert sorted(mail.box.subjects) == [f"{n:02d}" for n in range(60)]
    assert {(m.status, m.attempts) for m in rows()} == {(SENT, 1)}
    for person in range(7):
        own = [s for s in mail.box.subjects if int(s) % 7 == person]
        assert own == sorted(own)


def test_a_database_that_is_away_for_a_moment_costs_no_repeat(festival, mail, monkeypatch):
    queue(festival)
    real, failing = services.record, iter([True, True])

    def record(*args):
        if next(failing, False):
            raise OperationalError("UPDATE", {}, Exception("server closed the connection"))
        return real(*args)

    monkeypatch.setattr(services, "record", record)
    assert work() == 1
    assert (row().status, row().unclear, len(mail.box.mails)) == (SENT, 0, 1)


def test_a_bug_at_one_message_holds_up_no_other(festival, mail, monkeypatch):
    from app.messaging.channels.mail import MailCarrier

    real = MailCarrier.send

    def send(self, letter):
        if letter.subject == "aneh":
            raise ZeroDivisionError
        return real(self, letter)

    monkeypatch.setattr(MailCarrier, "send", send)
    queue(festival, "aneh", to="a@example.org")
    queue(festival, "biasa", to="b@example.org")
    work()
    assert [m.status for m in rows()] == [SENDING, SENT]


def test_told_to_stop_it_finishes_the_message_in_hand_and_notes_it(festival, mail):
    for number in range(5):
        queue(festival, str(number), to=f"p{number}@example.org")
    asked = iter([False, False, True])
    assert worker.send_due(lambda: next(asked)) == 3
    assert [m.status for m in rows()] == [SENT] * 3 + [QUEUED] * 2


def test_a_long_queue_gives_due_jobs_their_turn(festival, mail, monkeypatch):
    monkeypatch.setattr(worker, "MOST_A_ROUND", 3)
    for number in range(5):
        queue(festival, str(number))
    assert [work(), work(), work()] == [3, 2, 0]
    assert {m.status for m in rows()} == {SENT}


def test_only_the_worker_sends(festival, mail):
    queue(festival)
    assert worker.send_due in list(hooks.background_work)
    assert worker.send_due not in list(hooks.due_jobs)
    assert mail.box.mails == []
