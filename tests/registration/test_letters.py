"""What people are told by themselves: proof of a sign-up, and to whom it may go."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from app.core.db import db
from app.core.i18n import speaking
from app.messaging.models import Channel, OutboxMessage
from app.registration import links
from app.registration.models import Registration
from tests import factories
from tests.forms import post_form
from tests.messaging.conftest import mail as mail
from tests.messaging.conftest import told
from tests.messaging.conftest import whatsapp as whatsapp
from tests.messaging.outbox import rows, work
from tests.registration.browser import browser
from tests.registration.signing import PHONE, counted, person, request, sign

SITI, BUDI = person("Siti Aminah", 1984), person("Budi", 1980)
MAIL = "siti@example.org"


def slot(**fields):
    return factories.slot(factories.activity(factories.festival(), waiting_list=True), **fields)


def kinds() -> list[str]:
    return [message.kind for message in rows()]


def test_without_a_channel_a_sign_up_writes_no_message(ctx):
    sign(request(slot(), SITI, contact_email=MAIL))
    assert rows() == []


def test_the_proof_goes_to_the_address_in_one_more_statement(mail):
    at = slot()
    plain, with_address = request(at, SITI, phone="+6281234567891"), request(at, SITI, BUDI, contact_email=MAIL)
    with counted() as bare:
        sign(plain)
    with counted() as with_mail:
        done = sign(with_address)
    assert len(with_mail) == len(bare) + 1
    (message,) = rows()
    assert (message.kind, message.channel, message.address) == ("confirmation", Channel.MAIL, MAIL)
    assert message.expires_at == at.ends_at
    work()
    (letter,) = mail.box.mails
    assert letter["Subject"] == "Terdaftar: Jalan santai"
    text = letter.get_content()
    assert "2 orang terdaftar di Jalan santai, " in text
    assert links.manage_url(done.code) in text.replace("\r\n", "\n")


def test_what_was_typed_in_is_not_mailed_to_strangers(mail):
    sign(
        request(slot(), person("Menang 1 miliar di http example"), contact_name="Klik di sini", contact_email=MAIL)
    )
    text = rows()[0].body
    assert "miliar" not in text
    assert "Klik" not in text


def test_the_proof_goes_to_the_number_where_whatsapp_is_set_up(whatsapp):
    sign(request(slot(), SITI))
    assert [(m.channel, m.address, m.phone) for m in rows()] == [(Channel.WHATSAPP, None, PHONE)]
    work()
    assert whatsapp.texts()[0].startswith("Pekan Koperasi Depok · 1 orang terdaftar di Jalan santai")


def test_who_waits_is_told_that_they_wait(mail):
    at = slot(capacity=1)
    sign(request(at, BUDI))
    sign(request(at, SITI, waitlist=True, contact_email=MAIL, phone="+6281234567891"))
    (message,) = rows()
    assert message.subject == "Daftar tunggu: Jalan santai"
    assert "masuk daftar tunggu" in message.body


def test_tickets_of_people_who_were_known_go_to_their_number_and_never_to_an_address(mail):
    at = slot()
    first = sign(request(at, SITI))
    stranger = sign(request(at, SITI, contact_email="stranger@example.org"))
    joined, proof = rows()
    assert (joined.kind, joined.channel, joined.address) == ("ticket_joined", Channel.HAND, None)
    assert (proof.kind, proof.address) == ("confirmation", "stranger@example.org")
    assert links.manage_url(stranger.code) in proof.body
    assert links.manage_url(first.code) not in proof.body
    assert "/tickets/" not in proof.body


def test_one_whatsapp_message_is_enough(whatsapp):
    at = slot()
    sign(request(at, SITI))
    sign(request(at, SITI))
    assert kinds() == ["confirmation", "ticket_joined"]


def test_the_same_sign_up_again_is_proven_once(mail):
    wanted = request(slot(), SITI, contact_email=MAIL)
    sign(wanted)
    sign(wanted)
    assert kinds() == ["confirmation"]


def test_nobody_can_have_an_address_flooded(mail):
    at = slot(capacity=None)
    for number in range(15):
        sign(request(at, person("A"), phone=f"+62812345678{number:02d}", contact_email=MAIL))
    assert len(rows()) == 10


def test_a_proof_speaks_the_language_of_the_sign_up(mail):
    with speaking("en"):
        sign(request(slot(), SITI, contact_email=MAIL))
    assert rows()[0].language == "en"
    assert db.session.scalars(sa.select(Registration.language)).one() == "en"


def body(at, **contact: object) -> dict[str, object]:
    return {
        "slot_id": str(at.id), "contact": {"name": "Siti", "phone": "081234567890", **contact},
        "participants": [{"name": "Siti"}], "consent": True,
    }  # fmt: skip


def test_json_takes_an_address_and_says_what_is_wrong_with_one(app: Flask, ctx):
    client, at = browser(app), slot()
    for n, given in enumerate((None, "", "  Siti@Example.ORG ")):
        answer = client.post(
            "/api/v1/registrations", json=body(at, email=given, phone=f"08123456789{n}"),
            headers={"Idempotency-Key": f"k{n}"},
        )  # fmt: skip
        assert answer.status_code == 201
    for n, wrong in enumerate(("siti", 7, ["a@b.co"], "a b@example.org")):
        answer = client.post(
            "/api/v1/registrations", json=body(at, email=wrong), headers={"Idempotency-Key": f"w{n}"}
        )
        assert answer.status_code == 422
        assert list(answer.json["error"]["fields"]) == ["contact.email"]
    kept = db.session.scalars(sa.select(Registration.contact_email).order_by(Registration.id)).all()
    assert kept == [None, None, "Siti@example.org"]


def test_the_page_asks_for_an_address_only_where_mail_would_carry_something(app: Flask, mail):
    at = slot()
    client, page = browser(app), f"/activities/{at.activity.slug}/register"
    assert 'name="email"' in client.get(page).text
    with told(app, mail=None):
        assert 'name="email"' not in browser(app).get(page).text


def test_the_page_takes_an_address_and_keeps_a_wrong_one(app: Flask, mail):
    at = slot()
    client, page = browser(app), f"/activities/{at.activity.slug}/register"
    form = {
        "contact_name": "Siti", "phone": "081234567890", "slot": str(at.id), "consent": "y", "people-0-name": "",
        "submission": "one",
    }  # fmt: skip
    answer = post_form(client, page, **form, email="siti@")
    assert answer.status_code == 422
    assert 'value="siti@"' in answer.text
    assert "Periksa alamat email ini" in answer.text
    answer = post_form(client, page, **form, email=MAIL)
    assert answer.status_code == 303
    assert [(m.kind, m.address) for m in rows()] == [("confirmation", MAIL)]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 1
