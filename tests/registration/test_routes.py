"""The pages over HTTP, as a browser without JavaScript sends them."""

from __future__ import annotations

import html
import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import zxingcpp
from PIL import Image

from app.accounts.models import AuditEntry
from app.core import clock, sheets
from app.core.db import db, in_transaction
from app.messaging.models import OutboxMessage
from app.programme.models import EntryMode
from app.registration.models import Booking, Participant, Registration, Ticket, TicketStatus
from app.registration.routes.proof import COOKIE
from tests import factories
from tests.forms import post_form
from tests.registration.browser import Browser, browser
from tests.registration.signing import counted, taken

PHONE = "0812-3456-7890"


@pytest.fixture
def client(app, ctx) -> Browser:
    return browser(app)


@pytest.fixture
def walk(ctx):
    return factories.activity(factories.festival())


@pytest.fixture
def slot(walk):
    return factories.slot(walk)


def address(walk) -> str:
    return f"/activities/{walk.slug}/register"


def fields(page: str) -> dict[str, str]:
    """What a browser would send back: hidden fields and the values of inputs."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = dict(re.findall(r'([a-z_-]+)="([^"]*)"', tag))
        if attributes.get("type") != "checkbox" or " checked" in tag:
            found[attributes["name"]] = html.unescape(attributes.get("value", ""))
    chosen = re.search(r'<option value="(\d+)" selected', page)
    return found | ({"slot": chosen[1]} if chosen else {})


def opened(client, walk, **query) -> dict[str, str]:
    answer = client.get(address(walk), query_string=query)
    assert answer.status_code == 200
    return fields(answer.text)


def filled(client, walk, *names: str, **changes: str) -> dict[str, str]:
    people = {}
    for n, name in enumerate(names or ("Siti Aminah",)):
        people |= {f"people-{n}-name": name, f"people-{n}-birth": "1984"}
    return opened(client, walk) | {"contact_name": "Siti Aminah", "phone": PHONE, "consent": "y"} | people | changes


def send(client, walk, sent):
    return client.post(address(walk), data=sent)


def count(model) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


class TestSignUp:
    def test_from_the_form_to_the_tickets(self, client, walk, slot):
        answer = send(client, walk, filled(client, walk, "Siti Aminah", "Budi"))
        assert answer.status_code == 303
        page = client.get(answer.location)
        assert page.status_code == 200
        assert page.text.count('<svg class="qr"') == 2
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"

    def test_few_statements_for_the_whole_way(self, client, walk, slot):
        client.get(address(walk))
        db.session.rollback()
        with counted() as statements:
            answer = send(client, walk, filled(client, walk, "Siti", "Budi", "Ayu"))
            client.get(answer.location)
        assert len(statements) <= 15, statements

    def test_an_empty_first_row_is_the_contact(self, client, walk, slot):
        send(client, walk, filled(client, walk, "", contact_name="Pak Joko"))
        assert db.session.scalars(sa.select(Participant.name)).one() == "Pak Joko"

    def test_empty_further_rows_do_not_count(self, client, walk, slot):
        send(
            client,
            walk,
            filled(client, walk, "Siti") | {"people-1-name": " ", "people-1-birth": "", "people-7-name": "Budi"},
        )
        assert set(db.session.scalars(sa.select(Participant.name))) == {"Siti", "Budi"}

    def test_twice_the_same_is_once(self, client, walk, slot):
        sent = filled(client, walk)
        first, second = send(client, walk, sent), send(client, walk, sent)
        assert second.location == first.location
        assert count(Booking) == 1

    def test_the_back_button_with_other_people_asks(self, client, walk, slot):
        sent = filled(client, walk)
        send(client, walk, sent)
        answer = send(client, walk, sent | {"people-0-name": "Orang Lain"})
        assert answer.status_code == 422
        assert "sudah pernah terkirim" in answer.text
        assert "Orang Lain" in answer.text
        again = send(client, walk, fields(answer.text) | {"slot": str(slot.id)})
        assert again.status_code == 303

    def test_rows_are_added_and_removed_without_javascript(self, client, walk, slot):
        sent = filled(client, walk, "Siti", "Budi")
        more = send(client, walk, sent | {"add": "1"})
        assert more.status_code == 200
        assert 'name="people-2-name"' in more.text
        assert re.search(r'<input[^>]*autofocus[^>]*name="people-2-name"', more.text)
        assert "Budi" in more.text
        fewer = send(client, walk, fields(more.text) | {"remove": "0"})
        left = fields(fewer.text)
        assert [left[name] for name in left if name.endswith("-name")] == ["Budi", ""]
        assert count(Registration) == 0

    def test_not_more_rows_than_a_group_may_have(self, client, slot, walk):
        sent = filled(client, walk, *[f"Warga {n}" for n in range(20)])
        assert 'name="add"' not in send(client, walk, sent | {"add": "1"}).text

    @pytest.mark.parametrize(
        ("change", "control"),
        [
            ({"contact_name": "", "people-0-name": "Ada"}, "contact_name"),
            ({"contact_name": "x" * 81}, "contact_name"),
            ({"phone": ""}, "phone"), ({"phone": "0812"}, "phone"), ({"consent": ""}, "consent"),
            ({"people-0-name": "x" * 81}, "people-0-name"), ({"people-0-birth": "dulu"}, "people-0-birth"),
            ({"people-0-birth": "2090"}, "people-0-birth"), ({"people-1-birth": "1990"}, "people-1-name"),
        ],
    )  # fmt: skip
    def test_errors_stand_beside_their_field_and_nothing_is_lost(self, client, walk, slot, change, control):
        sent = filled(client, walk) | change
        if not sent["consent"]:
            del sent["consent"]
        answer = send(client, walk, sent)
        assert answer.status_code == 422
        assert f'id="error-{control}"' in answer.text
        assert f'href="#{control}"' in answer.text
        assert re.search(rf'<input[^>]*aria-invalid="true"[^>]*id="{control}"', answer.text)
        kept = fields(answer.text)
        assert {name: kept.get(name) for name in sent if name not in ("consent", "csrf_token", "slot")} == {
            name: value for name, value in sent.items() if name not in ("consent", "csrf_token", "slot")
        }
        assert count(Registration) == 0

    def test_an_expired_page_loses_nothing(self, app, client, walk, slot):
        app.config["WTF_CSRF_ENABLED"] = True
        sent = filled(client, walk)
        client.delete_cookie("pekan")
        answer = send(client, walk, sent)
        assert answer.status_code == 422
        assert "terbuka terlalu lama" in answer.text
        again = send(client, walk, fields(answer.text) | {"consent": "y"})
        assert again.status_code == 303

    def test_a_slot_of_another_activity_is_not_taken(self, client, walk, slot):
        other = factories.slot(factories.activity(walk.festival, slug="lain", entry_mode=EntryMode.INVITATION))
        answer = send(client, walk, filled(client, walk) | {"slot": str(other.id)})
        assert answer.status_code == 422
        for wrong in ("", "abc", "999999999999", "-1", "١"):
            assert send(client, walk, filled(client, walk) | {"slot": wrong}).status_code == 422

    def test_several_slots_are_chosen_from(self, client, walk, slot):
        full = factories.slot(walk, starts_in=timedelta(hours=5), capacity=0)
        page = client.get(address(walk)).text
        assert f'<option value="{full.id}"' in page
        assert "daftar tunggu" in page
        assert (
            f'<option value="{slot.id}" selected' in client.get(address(walk), query_string={"slot": slot.id}).text
        )

    def test_a_full_slot_offers_the_waiting_list(self, client, walk):
        factories.slot(walk, capacity=0)
        sent = filled(client, walk)
        assert sent.pop("waitlist") == "y"
        refused = send(client, walk, sent)
        assert (refused.status_code, "sudah penuh" in refused.text) == (409, True)
        page = client.get(send(client, walk, fields(refused.text) | {"consent": "y", "waitlist": "y"}).location)
        assert "Anda di daftar tunggu" in page.text
        assert "<svg" not in page.text

    def test_already_registered_is_said_to_the_same_browser(self, client, walk, slot):
        send(client, walk, filled(client, walk))
        answer = send(client, walk, filled(client, walk))
        assert answer.status_code == 409
        assert 'id="error-people-0-name"' in answer.text

    def test_another_browser_learns_nothing(self, app, client, walk, slot):
        send(client, walk, filled(client, walk))
        stranger = browser(app)
        page = stranger.get(send(stranger, walk, filled(stranger, walk)).location)
        assert "<svg" not in page.text
        assert "0812-••••-7890" in page.text
        ticket = db.session.scalars(sa.select(Ticket)).one()
        assert ticket.code not in page.text
        assert count(OutboxMessage) == 1

    def test_the_attack_by_a_fresh_name(self, app, client, walk, slot):
        other = factories.activity(walk.festival, slug="nib")
        factories.slot(other)
        send(client, walk, filled(client, walk, "Dewi"))
        attacker = browser(app)
        send(attacker, walk, filled(attacker, walk, "Penyerang"))
        page = attacker.get(send(attacker, other, filled(attacker, other, "Dewi", "Penyerang")).location).text
        assert page.count('<svg class="qr"') == 1

    def test_the_cookie_cannot_be_made_up(self, app, client, walk, slot):
        send(client, walk, filled(client, walk))
        code = db.session.scalars(sa.select(Registration.code)).one()
        stranger = browser(app)
        for value in (code, f'["{code}"]', "x.y.z", ""):
            stranger.set_cookie(COOKIE, value)
            assert send(stranger, walk, filled(stranger, walk)).status_code == 303
        assert count(Ticket) == 1

    def test_the_cookie_is_guarded(self, client, walk, slot):
        cookie = send(client, walk, filled(client, walk)).headers.getlist("Set-Cookie")
        (found,) = [text for text in cookie if text.startswith(COOKIE)]
        assert "HttpOnly" in found
        assert "SameSite=Lax" in found
        assert "Max-Age=5184000" in found

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"entry_mode": EntryMode.INVITATION}, "diundang"), ({"entry_mode": EntryMode.NONE}, "Langsung datang"),
            ({"opens_at": clock.now() + timedelta(days=300)}, "dibuka"),
            ({"closes_at": clock.now() - timedelta(days=300)}, "sudah ditutup"),
        ],
    )  # fmt: skip
    def test_when_there_is_no_sign_up(self, client, walk, changes, said):
        activity = factories.activity(walk.festival, slug="lain", **changes)
        factories.slot(activity)
        page = client.get(address(activity))
        assert (page.status_code, said in page.text, "<form" in page.text) == (200, True, False)
        assert client.post(address(activity), data={"contact_name": "x"}).status_code == 422

    def test_unknown_activity(self, client, walk):
        assert client.get("/activities/tidak-ada/register").status_code == 404

    def test_blood_donation_asks_for_the_day(self, client, walk):
        donors = factories.activity(walk.festival, slug="donor", kind="blood_donation", min_age=17)
        factories.slot(donors)
        assert send(client, donors, filled(client, donors)).status_code == 422
        well = {"people-0-birth": "17-05-1984", "consent_health": "y"}
        assert send(client, donors, filled(client, donors) | well).status_code == 303

    def test_the_page_is_light(self, client, walk, slot):
        assert len(client.get(address(walk)).data) < 20_000


class TestTickets:
    @pytest.fixture
    def manage(self, client, walk, slot) -> str:
        return send(client, walk, filled(client, walk, "Siti Aminah", "محمد 👨‍👩‍👧 رزق")).location

    def ticket_address(self, client, manage) -> str:
        found = re.search(r'href="(/tickets/[^/"]+)/ticket.png"', client.get(manage).text)
        assert found
        return found[1]

    def test_one_ticket_by_its_own_link(self, client, manage):
        address = self.ticket_address(client, manage)
        page = client.get(address)
        assert (page.status_code, page.text.count('<svg class="qr"')) == (200, 1)
        assert page.headers["Referrer-Policy"] == "no-referrer"

    def test_the_pictures_read(self, client, manage):
        address = self.ticket_address(client, manage)
        texts = set()
        for name in ("qr.png", "ticket.png"):
            answer = client.get(f"{address}/{name}")
            assert answer.mimetype == "image/png"
            texts.add(zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.data)))[0].text)
        assert len(texts) == 1
        assert texts.pop().startswith("PK1:")

    def test_files(self, client, manage):
        address = self.ticket_address(client, manage)
        for path, kind in (
            (f"{address}/ticket.pdf", "application/pdf"), (f"{manage}/tickets.pdf", "application/pdf"),
            (f"{address}/calendar.ics", "text/calendar"), (f"{manage}/calendar.ics", "text/calendar"),
        ):  # fmt: skip
            answer = client.get(path)
            assert (answer.status_code, answer.mimetype) == (200, kind)
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Content-Disposition"].startswith("attachment")

    def test_wrong_links_open_nothing(self, client, manage):
        ticket = self.ticket_address(client, manage)
        for good in (manage, ticket):
            for wrong in (good[:-1], good + "x", good.swapcase(), good.split(".")[0], good.split(".")[0] + ".é"):
                if wrong != good:
                    assert client.get(wrong).status_code == 404, wrong
        assert client.get(ticket.replace("/tickets/", "/registrations/")).status_code == 404

    def test_a_replaced_ticket_says_so(self, client, manage):
        ticket = self.ticket_address(client, manage)
        db.session.rollback()
        code = ticket.split("/")[2].split(".")[0]
        db.session.execute(sa.update(Ticket).where(Ticket.code == code).values(status=TicketStatus.REPLACED))
        db.session.commit()
        page = client.get(ticket)
        assert "tidak berlaku" in page.text
        assert "<svg" not in page.text
        for name in ("qr.png", "ticket.png", "ticket.pdf"):
            assert client.get(f"{ticket}/{name}").status_code == 404

    def test_cancelling_one_then_all(self, client, manage, slot):
        page = client.get(f"{manage}/cancel")
        ids = re.findall(r'name="booking" value="(\d+)"', page.text)
        token = fields(page.text)["csrf_token"]
        assert client.post(f"{manage}/cancel", data={"csrf_token": token}).status_code == 422
        one = client.post(f"{manage}/cancel", data={"csrf_token": token, "booking": ids[0]}, follow_redirects=True)
        assert one.text.count('<svg class="qr"') == 1
        rest = client.post(f"{manage}/cancel", data={"csrf_token": token, "booking": ids}, follow_redirects=True)
        assert "sudah dibatalkan" in rest.text
        assert "<svg" not in rest.text
        assert client.get(f"{manage}/cancel").status_code == 200
        assert client.post(f"{manage}/cancel", data={"csrf_token": token, "booking": ids}).status_code == 303
        assert client.get(f"{manage}/tickets.pdf").status_code == 404

    def test_cancelling_needs_the_form_s_token(self, client, manage):
        assert client.post(f"{manage}/cancel", data={"booking": "1"}).status_code == 400

    def test_a_page_of_tickets_takes_three_selects(self, client, manage):
        client.get(manage)
        db.session.rollback()
        with counted() as statements:
            client.get(manage)
        assert len(statements) <= 4, statements


class TestMyTickets:
    def ask(self, client, phone: str):
        return client.post("/my-tickets", data=fields(client.get("/my-tickets").text) | {"phone": phone})

    def test_the_answer_is_the_same_and_the_link_goes_to_the_number(self, app, client, walk, slot):
        made = send(client, walk, filled(client, walk)).location
        stranger = browser(app)
        known, unknown = self.ask(stranger, "081234567890"), self.ask(stranger, "081299998888")
        strip = re.compile(r'value="[^"]*"')
        assert strip.sub("", known.text) == strip.sub("", unknown.text)
        assert made not in known.text
        (message,) = db.session.scalars(sa.select(OutboxMessage)).all()
        assert message.phone == "+6281234567890"
        assert made in message.body

    def test_once_in_ten_minutes(self, app, client, walk, slot):
        send(client, walk, filled(client, walk))
        for _ in range(3):
            self.ask(client, PHONE)
        assert count(OutboxMessage) == 1
        with clock.stopped_at(clock.now() + timedelta(minutes=11)):
            self.ask(client, PHONE)
        assert count(OutboxMessage) == 2

    def test_a_wrong_number(self, client, walk):
        answer = self.ask(client, "12")
        assert (answer.status_code, 'id="error-phone"' in answer.text) == (422, True)

    def test_this_browser_sees_its_own(self, app, client, walk, slot):
        made = send(client, walk, filled(client, walk)).location
        assert made in client.get("/my-tickets").text
        assert made not in browser(app).get("/my-tickets").text


class TestWhoIsBookedAlready:
    """A stranger who types a known name and number learns nothing from the page that answers."""

    def pages(self, app, walk, *names: str) -> tuple[str, str, str]:
        """The stranger's page, what can be cancelled there, and the page after that; tokens and names taken out."""
        stranger = browser(app)
        where = send(stranger, walk, filled(stranger, walk, *names)).location
        pages = [stranger.get(where).text, stranger.get(f"{where}/cancel").text]
        chosen = re.findall(r'name="booking" value="(\d+)"', pages[1])
        token = fields(pages[1])["csrf_token"]
        stranger.post(f"{where}/cancel", data={"csrf_token": token, "booking": chosen})
        pages.append(stranger.get(where).text)
        return tuple(self.bare(page, names) for page in pages)  # type: ignore[return-value]

    def bare(self, page: str, names) -> str:
        for name in names:
            page = page.replace(name, "NAMA")
        page = re.sub(r"/registrations/[^/\"?]+", "/registrations/T", page)
        page = re.sub(r"wa.me/[^\"]*|/tickets/[^/\"]+", "LINK", page)
        page = re.sub(r'(name="(?:csrf_token|booking|undo)"[^>]* value=)"[^"]*"', r"\1", page)
        page = re.sub(r"booking-\d+|<path [^>]*>|(?<=Nomor dada <b>)\d+", "N", page)
        page = re.sub(r"\b[0-9A-Z]{5} [0-9A-Z]{5}\b|nonce-[^\"']+|/qr[^\"]*", "KODE", page)
        return re.sub(r"\s+", " ", page)

    @pytest.mark.parametrize("beside", [(), ("Penyerang",)])
    def test_the_pages_do_not_tell_who_of_a_number_is_booked_here(self, app, client, walk, slot, beside):
        elsewhere = factories.activity(walk.festival, slug="senam")
        factories.slot(elsewhere)
        send(client, walk, filled(client, walk, "Siti Aminah"))
        send(client, elsewhere, filled(client, elsewhere, "Ani Lestari"))
        booked = self.pages(app, walk, "Siti Aminah", *(f"{name} Satu" for name in beside))
        unbooked = self.pages(app, walk, "Ani Lestari", *(f"{name} Dua" for name in beside))
        assert "Batalkan" in booked[0]
        assert "NAMA" in booked[1]
        assert "dibatalkan" in booked[2]
        assert booked == unbooked
        assert taken(slot) == 1, "Siti keeps her place"

    def test_a_repeat_that_was_cancelled_comes_back_as_a_repeat(self, client, walk, slot):
        from app.registration import services
        from app.registration.models import BookingStatus
        from tests.registration.signing import person, request, sign

        sign(request(slot, person("Siti", 1984)))
        again = sign(request(slot, person("Siti", 1984), person("Budi", 1980)))
        done = in_transaction(lambda: services.cancel(again.registration_id, clock.now()))
        assert (done.people, done.whole, taken(slot)) == (2, True, 1)
        in_transaction(lambda: services.undo(again.registration_id, clock.now()))
        rows = db.session.scalars(
            sa.select(Booking.status).where(Booking.registration_id == again.registration_id).order_by(Booking.id)
        )
        assert list(rows) == [BookingStatus.DUPLICATE, BookingStatus.CONFIRMED]
        assert taken(slot) == 2
        assert services.check() == []
        only = sign(request(slot, person("Siti", 1984)))
        assert in_transaction(lambda: services.cancel(only.registration_id, clock.now())).people == 1
        undone = in_transaction(lambda: services.undo(only.registration_id, clock.now()))
        assert (undone.people, undone.code, taken(slot)) == (1, only.code, 2)
        assert services.check() == []


class TestCommittee:
    def test_the_list(self, client, walk, slot):
        send(client, walk, filled(client, walk, "Siti <b>", "Budi"))
        assert client.get("/committee/registrations").status_code == 302
        factories.sign_in(client, factories.user())
        page = client.get("/committee/registrations", query_string={"q": "budi", "activity": walk.id}).text
        assert "Siti &lt;b&gt;" in page
        assert "0812-3456-7890" in page
        assert "Tidak ada yang cocok" in client.get("/committee/registrations?q=joko").text
        for odd in (
            "page=0",
            "page=abc",
            "page=99999999999999999999",
            "activity=-1",
            "activity=x",
            "q=" + "x" * 5000,
            "page=2",
        ):
            assert client.get(f"/committee/registrations?{odd}").status_code == 200, odd

    def test_sorted(self, client, walk, slot):
        for name, phone in (("Zaki", "081300000001"), ("Ani", "081300000002")):
            send(client, walk, filled(client, walk, contact_name=name, phone=phone))
        factories.sign_in(client, factories.user())

        def order(by: str) -> list[str]:
            page = client.get(f"/committee/registrations?sort={by}").text
            return re.findall(r"<td><b>(\w+)</b>", page)

        assert order("") == order("newest") == order("bogus") == ["Ani", "Zaki"]
        assert order("oldest") == ["Zaki", "Ani"]
        assert order("name") == ["Ani", "Zaki"]
        assert sorted(order("time")) == ["Ani", "Zaki"]

    @pytest.mark.parametrize("kind", ["xlsx", "csv"])
    def test_as_a_file(self, client, walk, slot, kind):
        send(client, walk, filled(client, walk, "=1+1", "Budi"))
        list_page, address = "/committee/registrations", f"/committee/registrations.{kind}"
        assert client.get(address).status_code == 405, "reading writes nothing"
        user = factories.user()
        factories.sign_in(client, user)
        answer = post_form(client, address, page=list_page)
        assert answer.status_code == 200
        assert "no-store" in answer.headers["Cache-Control"]
        assert f".{kind}" in answer.headers["Content-Disposition"]
        rows = [[cell.text for cell in row.cells] for row in sheets.read(answer.data).rows]
        assert rows[0][:4] == ["Kegiatan", "Tanggal", "Jam", "Nama"]
        assert [row[3] for row in rows[1:]] == ["=1+1", "Budi"], "text, not a formula"
        assert {row[8] for row in rows[1:]} == {"0812-3456-7890"}
        assert {row[4] for row in rows[1:]} == {"terdaftar"}
        only = post_form(client, address, page=list_page, q="joko", activity=walk.id).data
        assert len(sheets.read(only).rows) == 1
        entry = db.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "registrations.exported")
        ).first()
        assert (entry.user_id, entry.details) == (user.id, {"people": 2})

    def test_too_many_for_one_file(self, client, walk, slot, monkeypatch):
        monkeypatch.setattr("app.registration.routes.committee.MOST_EXPORTED", 1)
        send(client, walk, filled(client, walk, "Ani", "Budi"))
        factories.sign_in(client, factories.user())
        answer = post_form(client, "/committee/registrations.csv", page="/committee/registrations")
        assert answer.status_code == 409
        assert "Pilih satu kegiatan dulu" in answer.text
        other = post_form(client, "/committee/registrations.pdf", page="/committee/registrations")
        assert other.status_code == 404

    def test_gates_do_not_see_it(self, client, walk):
        from app.accounts.models import Role

        factories.sign_in(client, factories.user("pintu", Role.GATE))
        assert client.get("/committee/registrations").status_code == 403
        assert client.get("/committee/messages").status_code == 403
