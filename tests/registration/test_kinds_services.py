"""What the kinds of activity add to signing up: guardians, children, prescreening, consents, bibs, warnings."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.db import db, in_transaction, transaction
from app.core.errors import DomainError
from app.programme.models import Activity, Verdict
from app.registration import queries, services
from app.registration.models import (
    BibCounter,
    Booking,
    BookingStatus,
    Consent,
    Participant,
    Prescreening,
    Purpose,
    Registration,
    RegistrationStatus,
)
from app.registration.rules import Concern
from tests import factories
from tests.registration.signing import counted, person, request, sign, taken

pytestmark = pytest.mark.usefixtures("ctx")
DAY = date(2026, 7, 20)
NOON = datetime.combine(DAY, time(12), clock.WIB)
NOW = NOON - timedelta(days=5)
WELL = {"pregnant_or_nursing": False, "tattoo": False, "vaccine": False, "medicine": False}
HEALTH = frozenset({"health"})


@pytest.fixture
def festival():
    return factories.festival(first_day=DAY)


@pytest.fixture
def walk(festival):
    return factories.activity(festival)


@pytest.fixture
def slot(walk):
    return factories.slot(walk, starts_at=NOON)


@pytest.fixture
def donation(festival):
    return factories.activity(festival, slug="donor", kind="blood_donation")


@pytest.fixture
def bed(donation):
    return factories.slot(donation, starts_at=NOON, minutes=15)


def born(age: int, days: int = 0) -> date:
    """The birthday of somebody who turns ``age`` on the day of the slot, or some days after it."""
    return date(DAY.year - age, DAY.month, DAY.day) + timedelta(days=days)


def refused(wanted, *proof) -> DomainError:
    with pytest.raises(DomainError) as caught:
        sign(wanted, *proof, now=NOW)
    return caught.value


def donor(bed, *people, **changes):
    return request(bed, *people, **{"answers": WELL, "consents": HEALTH, **changes})


def all_of(column) -> list:
    db.session.rollback()
    return list(db.session.scalars(sa.select(column)))


class TestGuardians:
    def test_eighteen_on_the_day_needs_none_and_a_day_younger_does(self, slot):
        sign(request(slot, person("Genap", day=born(18))), now=NOW)
        fault = refused(request(slot, person("Besok", day=born(18, 1))))
        assert (fault.status, list(fault.fields)) == (422, ["participants.0.guardian_name"])
        sign(request(slot, person("Besok", day=born(18, 1), guardian="Siti")), now=NOW)

    def test_nobody_is_their_own_guardian(self, slot):
        fault = refused(request(slot, person("Budi", 2010, guardian="budi")))
        assert list(fault.fields) == ["participants.0.guardian_name"]

    def test_the_consent_names_guardian_child_and_text(self, slot):
        sign(request(slot, person("Siti", 1984), person("Budi", 2012, guardian="Siti")), now=NOW)
        (row,) = all_of(Consent)
        child = db.session.scalars(sa.select(Participant).where(Participant.name == "Budi")).one()
        assert (row.purpose, row.participant_id, row.given_by) == (Purpose.GUARDIAN, child.id, "Siti")
        assert (row.text_version, row.given_at, child.guardian_name) == ("2026-11", NOW, "Siti")

    def test_a_guardian_of_a_grown_up_is_forgotten(self, slot):
        sign(request(slot, person("Siti", 1984, guardian="Budi")), now=NOW)
        assert (all_of(Consent), all_of(Participant.guardian_name)) == ([], [None])


class TestChildren:
    """Eleven comes with an adult, twelve need not; an adult is eighteen."""

    def test_twelve_on_the_day_may_come_alone(self, slot):
        sign(request(slot, person("Ayu", day=born(12), guardian="Siti")), now=NOW)
        fault = refused(request(slot, person("Adi", day=born(12, 1), guardian="Siti")))
        assert (fault.status, list(fault.fields)) == (422, ["participants.0.birth_date"])

    @pytest.mark.parametrize(("age", "enough"), [(17, False), (18, True)])
    def test_with_an_adult_of_the_same_sign_up(self, slot, age, enough):
        family = (
            person("Adi", day=born(8), guardian="Siti"),
            person("Kakak", day=born(age), guardian="Siti"),
        )
        if enough:
            sign(request(slot, *family), now=NOW)
        else:
            assert list(refused(request(slot, *family)).fields) == ["participants.0.birth_date"]

    def test_with_an_adult_who_was_signed_up_before_for_the_same_slot(self, walk, slot):
        child = person("Adi", day=born(8), guardian="Siti")
        other = factories.slot(walk, starts_at=NOON + timedelta(hours=5))
        mother = sign(request(slot, person("Siti", 1984)), now=NOW)
        elsewhere = sign(request(other, person("Ayah", 1980)), now=NOW)
        assert refused(request(slot, child)).code == "invalid"  # without proof nobody learns who comes
        assert refused(request(slot, child), elsewhere).code == "invalid"
        sign(request(slot, child), mother, now=NOW)

    def test_not_with_one_who_cancelled(self, slot):
        mother = sign(request(slot, person("Siti", 1984)), now=NOW)
        in_transaction(lambda: services.cancel(mother.registration_id, NOW))
        assert refused(request(slot, person("Adi", day=born(8), guardian="Siti")), mother).code == "invalid"

    def test_other_kinds_do_not_ask(self, festival):
        show = factories.slot(factories.activity(festival, slug="talk", kind="talk_show"), starts_at=NOON)
        sign(request(show, person("Adi", 2018, guardian="Siti")), now=NOW)

    def test_another_slot_only_with_the_adult(self, walk, slot):
        other = factories.slot(walk, starts_at=NOON + timedelta(hours=5))
        mother = sign(request(slot, person("Siti", 1984)), now=NOW)
        child = sign(request(slot, person("Adi", day=born(8), guardian="Siti")), mother, now=NOW)
        with pytest.raises(DomainError) as caught:
            in_transaction(lambda: services.change_slot(child.registration_id, other.id, NOW))
        assert "Adi" in caught.value.message

    def test_who_stays_behind_is_pointed_out(self, slot):
        done = sign(request(slot, person("Siti", 1984), person("Adi", day=born(8), guardian="Siti")), now=NOW)
        assert queries.children_alone(done.registration_id, DAY, 12) == []
        mother = queries.registration_by_code(done.code).people[0].booking_id
        in_transaction(lambda: services.cancel(done.registration_id, NOW, [mother]))
        assert queries.children_alone(done.registration_id, DAY, 12) == ["Adi"]


class TestPrescreening:
    def test_who_may_sign_up(self, bed):
        done = sign(donor(bed, person("Siti", day=born(30))), now=NOW)
        assert [each.verdict for each in done.screened] == [Verdict.ELIGIBLE]
        (row,) = all_of(Prescreening)
        assert (row.verdict, row.next_possible, row.rules_version) == (Verdict.ELIGIBLE, None, "2026-11")
        assert row.screened_at == NOW

    def test_no_answer_is_kept_anywhere(self, bed, settings):
        """The word of a private question is looked for in every table, byte by byte."""
        if db.engine.dialect.name == "sqlite":  # what other tests deleted is still in the file
            db.session.commit()
            with closing(sqlite3.connect(settings.instance / "pekan.sqlite3", isolation_level=None)) as connection:
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sign(donor(bed, person("Siti", day=born(30), tattoo=True, last_donation="2019-03-04")), now=NOW)
        assert all_of(Registration.answers) == [{}]
        db.session.rollback()
        for table in db.metadata.sorted_tables:
            for row in db.session.execute(sa.select(table)):
                said = repr(tuple(row))
                assert "tattoo" not in said
                assert "2019, 3, 4" not in said
                assert "2019-03-04" not in said
        if db.engine.dialect.name == "sqlite":
            raw = b"".join(path.read_bytes() for path in Path(settings.instance).glob("pekan.sqlite3*"))
            assert b"2019-03-04" not in raw

    def test_every_question_is_answered(self, bed):
        fault = refused(donor(bed, person("Siti", day=born(30)), answers={**WELL, "tattoo": None}))
        assert list(fault.fields) == ["participants.0.answers.tattoo"]
        fault = refused(donor(bed, person("Siti", day=born(30), tattoo="mungkin", last_donation="kemarin")))
        assert set(fault.fields) == {"participants.0.answers.tattoo", "participants.0.answers.last_donation"}

    def test_answers_of_all_are_overruled_by_those_of_one(self, bed):
        done = sign(donor(bed, person("Siti", day=born(30)), person("Budi", day=born(30), vaccine=True)), now=NOW)
        assert [each.verdict.value for each in done.screened] == ["eligible", "see_doctor"]

    @pytest.mark.parametrize(("days", "fits"), [(59, False), (60, True)])
    def test_the_interval(self, bed, days, fits):
        last = DAY - timedelta(days=days)
        wanted = donor(bed, person("Siti", day=born(30), last_donation=last.isoformat()))
        if fits:
            sign(wanted, now=NOW)
            return
        fault = refused(wanted)
        assert (fault.code, fault.status) == ("prescreening_deferred", 422)
        assert list(fault.fields) == ["participants.0.answers.last_donation"]
        assert "Selasa, 21 Juli 2026" in fault.fields["participants.0.answers.last_donation"]
        assert taken(bed) == 0

    @pytest.mark.parametrize(
        ("interval", "fits"), [(None, True), (60, True), (75, False), (84, False), (90, False)]
    )
    def test_the_committee_chooses_the_interval(self, donation, bed, interval, fits):
        with transaction() as session:
            session.get(Activity, donation.id).kind_options = interval and {"interval_days": interval}
        wanted = donor(bed, person("Siti", day=born(30), last_donation=(DAY - timedelta(days=74)).isoformat()))
        if fits:
            sign(wanted, now=NOW)
        else:
            assert refused(wanted).code == "prescreening_deferred"

    @pytest.mark.parametrize(
        ("day", "last", "verdict"),
        [
            (born(17), None, "eligible"), (born(17, 1), None, None), (born(60), None, "eligible"),
            (born(61), None, None), (born(61), "2020", None), (born(61), "2020-05", "see_doctor"),
            (born(65), "2020-05", "see_doctor"), (born(66, 1), "2020-05", "see_doctor"),
            (born(66), "2020-05", None),
        ],
    )  # fmt: skip
    def test_ages(self, bed, day, last, verdict):
        wanted = donor(bed, person("Siti", day=day, guardian="Ibu", last_donation=last))
        if verdict is None:
            assert refused(wanted).status == 422
        else:
            assert sign(wanted, now=NOW).screened[0].verdict.value == verdict

    def test_the_page_tells_of_the_doctor_first(self, bed):
        wanted = donor(bed, person("Siti", day=born(30), medicine=True), heard_doctor=False)
        fault = refused(wanted)
        assert (fault.code, list(fault.fields)) == ("see_doctor", ["participants.0.answers.medicine"])
        assert taken(bed) == 0
        sign(donor(bed, person("Siti", day=born(30), medicine=True), heard_doctor=True), now=NOW)

    def test_consent_comes_first(self, bed):
        fault = refused(donor(bed, person("Siti", day=born(30)), consents=frozenset()))
        assert list(fault.fields) == ["consents.health"]

    def test_not_moved_before_the_interval_is_over(self, donation, festival):
        later = factories.slot(donation, starts_at=NOON + timedelta(days=2))
        early = factories.slot(donation, starts_at=NOON)
        just = factories.slot(donation, starts_at=NOON + timedelta(days=1))
        last = (DAY + timedelta(days=1) - timedelta(days=60)).isoformat()
        done = sign(donor(later, person("Siti", day=born(30), last_donation=last)), now=NOW)
        assert all_of(Prescreening.next_possible) == [DAY + timedelta(days=1)]
        with pytest.raises(DomainError) as caught:
            in_transaction(lambda: services.change_slot(done.registration_id, early.id, NOW))
        assert caught.value.code == "prescreening_deferred"
        assert in_transaction(lambda: services.change_slot(done.registration_id, just.id, NOW)).changed

    def test_sent_twice_it_says_the_same(self, bed):
        wanted = donor(bed, person("Siti", day=born(30), vaccine=True))
        first, second = sign(wanted, now=NOW), sign(wanted, now=NOW)
        assert second.replayed
        assert second.screened == first.screened


class TestConsents:
    @pytest.fixture
    def show(self, festival):
        return factories.slot(factories.activity(festival, slug="talk", kind="talk_show"), starts_at=NOON)

    def test_purposes_besides_the_sign_up(self, show):
        done = sign(request(show, consents=frozenset({"capital", "whatsapp"})), now=NOW)
        found = queries.consents_of(done.registration_id)
        assert [each.purpose.value for each in found] == ["registration", "capital", "whatsapp"]
        assert {each.given_by for each in found} == {"Siti Aminah"}
        assert {each.given_at for each in found} == {NOW}
        assert found[0].text_version == "2026-11.2"

    def test_what_nobody_asks_for_is_not_taken(self, slot):
        assert list(refused(request(slot, consents=frozenset({"capital"}))).fields) == ["consents.capital"]
        assert list(refused(request(slot, consents=frozenset({"x"}))).fields) == ["consents.x"]

    def test_taking_back_an_interest_leaves_the_sign_up(self, show):
        done = sign(request(show, consents=frozenset({"capital"})), now=NOW)
        for moment in (NOW, NOW + timedelta(hours=1)):
            assert (
                in_transaction(lambda m=moment: services.withdraw(done.registration_id, Purpose.CAPITAL, None, m))
                == 0
            )
        assert all_of(Consent.withdrawn_at) == [NOW]
        assert taken(show) == 1

    def test_taking_back_the_consent_to_the_sign_up_cancels_it_for_good(self, slot):
        done = sign(request(slot, person("A"), person("B")), now=NOW)
        withdraw = lambda: services.withdraw(done.registration_id, Purpose.REGISTRATION, None, NOW)  # noqa: E731
        assert in_transaction(withdraw) == 2
        assert in_transaction(withdraw) == 0
        (row,) = all_of(Consent)
        assert (row.purpose, row.text_version, row.withdrawn_at) == (Purpose.REGISTRATION, "2026-11.2", NOW)
        assert (taken(slot), all_of(Registration.status)) == (0, [RegistrationStatus.CANCELLED])
        with pytest.raises(DomainError) as caught:
            in_transaction(lambda: services.undo(done.registration_id, NOW))
        assert caught.value.code == "undo_too_late"

    def test_a_guardian_takes_back_one_child(self, slot):
        people = [person("Siti", 1984), *(person(n, 2012, guardian="Siti") for n in ("Adi", "Ayu"))]
        done = sign(request(slot, *people), now=NOW)
        view = queries.registration_by_code(done.code)
        adi = view.people[1].booking_id
        assert in_transaction(lambda: services.withdraw(done.registration_id, Purpose.GUARDIAN, adi, NOW)) == 1
        statuses = [p.status for p in queries.registration_by_code(done.code).people]
        assert statuses == [BookingStatus.CONFIRMED, BookingStatus.CANCELLED, BookingStatus.CONFIRMED]
        given = {c.person: c.withdrawn_at for c in queries.consents_of(done.registration_id) if c.person}
        assert given == {"Adi": NOW, "Ayu": None}

    def test_taking_back_health_forgets_the_verdict(self, bed):
        done = sign(donor(bed, person("Siti", day=born(30))), now=NOW)
        assert in_transaction(lambda: services.withdraw(done.registration_id, Purpose.HEALTH, None, NOW)) == 1
        assert (all_of(Prescreening), taken(bed)) == ([], 0)

    def test_after_the_end_it_counts_and_cancels_nothing(self, slot):
        done = sign(request(slot), now=NOW)
        over = slot.ends_at
        assert (
            in_transaction(lambda: services.withdraw(done.registration_id, Purpose.REGISTRATION, None, over)) == 0
        )
        assert (all_of(Consent.withdrawn_at), taken(slot)) == ([over], 1)

    def test_only_what_was_given(self, slot):
        done = sign(request(slot), now=NOW)
        for purpose, booking in ((Purpose.HEALTH, None), (Purpose.GUARDIAN, 1), (Purpose.REGISTRATION, 99)):
            with pytest.raises(DomainError) as caught:
                in_transaction(lambda p=purpose, b=booking: services.withdraw(done.registration_id, p, b, NOW))
            assert caught.value.status == 404

    def test_goes_along_with_people_who_come_back_into_a_registration_of_their_own(self, walk):
        """Undone after others of the registration were moved on: what was said of a child follows the child."""
        slot = factories.slot(walk, starts_at=NOON, capacity=2)
        people = [person("Siti", 1984), person("Adi", 2012, guardian="Siti")]
        done = sign(request(slot, *people, consents=frozenset({"whatsapp"})), now=NOW)
        adi = queries.registration_by_code(done.code).people[1].booking_id
        in_transaction(lambda: services.cancel(done.registration_id, NOW, [adi]))
        sign(request(slot, person("Cepat"), phone="+6281298765432"), now=NOW)
        undone = in_transaction(lambda: services.undo(done.registration_id, NOW))
        assert undone.registration_id != done.registration_id
        assert [c.purpose.value for c in queries.consents_of(done.registration_id)] == ["registration", "whatsapp"]
        found = queries.consents_of(undone.registration_id)
        assert [(c.purpose.value, c.person) for c in found] == [
            ("registration", None), ("guardian", "Adi"), ("whatsapp", None)
        ]  # fmt: skip


class TestBibs:
    def test_everybody_gets_the_next_number(self, walk, slot):
        other = factories.slot(walk, starts_at=NOON + timedelta(hours=3))
        first = sign(request(slot, person("A"), person("B")), now=NOW)
        second = sign(request(other, person("C"), phone="+6281298765432"), now=NOW)
        assert [[h.bib for h in done.holders] for done in (first, second)] == [[1, 2], [3]]
        assert all_of(BibCounter.last) == [3]
        view = queries.registration_by_code(first.code)
        assert [person.ticket.bib_at(slot.id) for person in view.people] == [1, 2]

    def test_each_walk_counts_for_itself_and_other_kinds_give_none(self, festival, slot):
        night = factories.slot(factories.activity(festival, slug="malam"), starts_at=NOON)
        desk = factories.slot(factories.activity(festival, slug="nib", kind="business_licence"), starts_at=NOON)
        bibs = [
            sign(request(s, person("A"), phone=f"+628123456700{n}"), now=NOW).holders[0].bib
            for n, s in enumerate((slot, night, desk))
        ]
        assert bibs == [1, 1, None]

    def test_one_statement_for_a_walk_and_none_for_the_others(self, festival, slot):
        desk = factories.slot(factories.activity(festival, slug="nib", kind="business_licence"), starts_at=NOON)
        numbers = []
        for n, each in enumerate((slot, desk)):
            wanted = request(each, person("A"), phone=f"+628123456700{n}")
            with counted() as statements:
                sign(wanted, now=NOW)
            numbers.append(len(statements))
            assert sum("bib_counter" in s for s in statements) == (each is slot)
            assert not any(name in s for s in statements for name in (" consent ", "prescreening", "kind_options"))
        assert numbers[0] == numbers[1] + 1

    def test_a_number_is_never_given_again(self, slot):
        first = sign(request(slot), now=NOW)
        in_transaction(lambda: services.cancel(first.registration_id, NOW))
        assert sign(request(slot), first, now=NOW).holders[0].bib == 2

    def test_undone_in_time_it_is_the_same_number(self, slot):
        first = sign(request(slot), now=NOW)
        in_transaction(lambda: services.cancel(first.registration_id, NOW))
        in_transaction(lambda: services.undo(first.registration_id, NOW))
        assert queries.registration_by_code(first.code).people[0].ticket.bib_at(slot.id) == 1

    def test_who_waits_has_none_until_the_place_is_theirs(self, walk):
        slot = factories.slot(walk, starts_at=NOON, capacity=1)
        seated = sign(request(slot, person("A")), now=NOW)
        waiting = sign(request(slot, person("B"), phone="+6281298765432", waitlist=True), now=NOW)
        assert waiting.holders[0].bib is None
        in_transaction(lambda: services.cancel(seated.registration_id, NOW))
        in_transaction(lambda: services.accept(waiting.registration_id, NOW))
        assert queries.registration_by_code(waiting.code).people[0].ticket.bib_at(slot.id) == 2

    def test_numbers_do_not_tell_who_was_signed_up_before(self, slot):
        """A stranger signs up a known person beside their own name: the next number is the same as for anybody."""
        sign(request(slot, person("Dewi", 1991)), now=NOW)
        stranger = sign(request(slot, person("Dewi", 1991), person("Penyerang")), now=NOW)
        assert [h.bib for h in stranger.holders] == [None, 3]
        assert sign(request(slot, person("Lain")), now=NOW).holders[0].bib == 4
        assert sorted(all_of(Booking.bib), key=lambda b: b or 0) == [None, 1, 3, 4]

    def test_the_index_has_the_last_word(self, slot):
        sign(request(slot, person("A"), person("B")), now=NOW)
        with pytest.raises(sa.exc.IntegrityError), transaction() as session:
            session.execute(sa.update(Booking).values(bib=7))


class TestConcerns:
    def test_overlaps_of_somebody_the_sender_may_see(self, festival, slot):
        desk = factories.activity(festival, slug="nib", kind="business_licence")
        touching = factories.slot(desk, starts_at=slot.ends_at)
        during = factories.slot(
            factories.activity(festival, slug="halal", kind="halal"), starts_at=NOON + timedelta(minutes=59)
        )
        first = sign(request(slot), now=NOW)
        assert first.concerns == frozenset()
        assert sign(request(touching), first, now=NOW).concerns == frozenset()
        assert sign(request(during), first, now=NOW).concerns == {Concern.OVERLAP}

    def test_nobody_else_learns_of_them(self, festival, slot):
        during = factories.slot(factories.activity(festival, slug="halal", kind="halal"), starts_at=NOON)
        sign(request(slot), now=NOW)
        with counted() as statements:
            assert sign(request(during), now=NOW).concerns == frozenset()
        assert services.check() == []
        assert not any("booking JOIN time_slot" in s and "kind" in s for s in statements)

    @pytest.mark.parametrize(("hours", "warned"), [(-4, False), (4, True), (24, False)])
    def test_walking_after_giving_blood(self, festival, walk, bed, hours, warned):
        walk_slot = factories.slot(walk, starts_at=NOON + timedelta(hours=hours))
        first = sign(donor(bed, person("Siti", day=born(30))), now=NOW)
        done = sign(request(walk_slot, person("Siti", day=born(30))), first, now=NOW)
        assert done.concerns == ({Concern.STRAIN_AFTER_DONATION} if warned else frozenset())
        view = queries.registration_by_code(done.code)
        assert queries.concerns_of(view) == done.concerns
        names = [name for name, _caution in queries.cautions_of_tickets(view.tickets)]
        assert names == (["Siti"] if warned else [])

    def test_sent_twice_it_says_the_same(self, festival, slot):
        during = factories.slot(factories.activity(festival, slug="halal", kind="halal"), starts_at=NOON)
        first = sign(request(slot), now=NOW)
        wanted = request(during)
        assert sign(wanted, first, now=NOW).concerns == sign(wanted, first, now=NOW).concerns == {Concern.OVERLAP}


class TestAnotherDay:
    """A change to an earlier slot asks again what a birthday in between decides."""

    @pytest.fixture
    def earlier(self, donation):
        return factories.slot(donation, starts_at=NOON - timedelta(days=1), minutes=15)

    def change(self, done, slot) -> None:
        in_transaction(lambda: services.change_slot(done.registration_id, slot.id, NOW - timedelta(days=2)))

    @pytest.mark.parametrize(
        ("age", "days", "guardian", "fits"),
        [
            (18, 0, None, False), (18, 0, "Ibu", False), (18, -1, None, True),
            (17, 0, "Ibu", False), (17, -1, "Ibu", True), (61, 0, None, True),
        ],
    )  # fmt: skip
    def test_guardian_and_age_of_donors(self, bed, earlier, age, days, guardian, fits):
        last = {"last_donation": "2020-05"} if age > 60 else {}
        wanted = donor(bed, person("Siti", day=born(age, days), guardian=guardian, **last), heard_doctor=True)
        done = sign(wanted, now=NOW - timedelta(days=2))
        if fits:
            self.change(done, earlier)
            assert (taken(bed), taken(earlier)) == (0, 1)
            return
        with pytest.raises(DomainError) as refusal:
            self.change(done, earlier)
        assert refusal.value.status == 422
        assert refusal.value.message.startswith("Siti: ")
        assert (taken(bed), taken(earlier)) == (1, 0)
