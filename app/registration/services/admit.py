"""Why a sign-up may be refused, in the words the person reads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from app.core import clock
from app.core.errors import DomainError, InvalidInput, NotFound
from app.core.formats import moment, number
from app.core.i18n import gettext as _
from app.programme.queries import (
    BirthDateNeed,
    SignUpState,
    kind_of,
    remaining,
    sign_up_state,
    slot_open,
)
from app.registration import queries, rules
from app.registration.queries import SlotFacts


def unknown_slot() -> NotFound:
    """No such slot."""
    return NotFound(_("Jadwal ini tidak ada. Pilih jadwal lain."), code="slot_unknown")


def check_open(slot: SlotFacts, now: datetime) -> None:
    """Raises registration_closed, registration_paused or slot_closed."""
    over = not slot_open(slot.starts_at, slot.closed, now)
    paused = slot.paused_at is not None
    state = sign_up_state(slot.entry_mode, slot.opens_at, slot.closes_at, slot.ends_at, now, paused=paused)
    if state is SignUpState.PAUSED:
        text = _("Pendaftaran sedang dihentikan sementara oleh panitia. Coba lagi nanti.")
        raise DomainError("registration_paused", text)
    if state is SignUpState.NOT_YET and slot.opens_at:
        when = moment(slot.opens_at)
        raise DomainError("registration_closed", _("Pendaftaran baru dibuka %(when)s.", when=when))
    if over and state in (SignUpState.OPEN, SignUpState.CLOSED):
        raise slot_closed()
    if state is not SignUpState.OPEN:
        raise DomainError("registration_closed", _("Pendaftaran kegiatan ini tidak dibuka atau sudah ditutup."))


def slot_closed() -> DomainError:
    """The slot has begun or was closed by hand."""
    return DomainError("slot_closed", _("Jadwal ini sudah ditutup. Pilih jadwal lain."))


def full(slot: SlotFacts) -> DomainError:
    """No room for this many; says how many places are left."""
    left = remaining(slot.capacity, slot.taken) or 0
    if left:
        text = _("Tempat di jadwal ini tinggal %(left)s, tidak cukup untuk semua.", left=number(left))
    else:
        text = _("Jadwal ini sudah penuh.")
    return DomainError("slot_full", text)


def check_group(slot: SlotFacts, people: Sequence[rules.Person]) -> None:
    """Raises invalid with a message at each row that does not fit the activity."""
    most = rules.most_at_once(slot.max_group, slot.max_per_number)
    if not 1 <= len(people) <= most:
        text = _("Paling banyak %(most)s orang untuk sekali daftar.", most=most)
        raise InvalidInput(text, {"participants": text})
    day = clock.local(slot.starts_at).date()
    need_day = kind_of(slot.kind).asks_birth_date is BirthDateNeed.DATE
    fields: dict[str, str] = {}
    for row, person in enumerate(people):
        if need_day and (person.birth is None or person.birth.day is None):
            fields[f"participants.{row}.birth_date"] = _("Isi tanggal lahir lengkap, misalnya 17-05-1990.")
        elif fault := rules.age_fault(person.birth, day, slot.min_age, slot.max_age):
            fields[f"participants.{row}.birth_date"] = age_words(fault, slot.min_age, slot.max_age)
        elif missing := rules.guardian_fault(person, day):
            fields[f"participants.{row}.guardian_name"] = _guardian_words(missing)
    if fields:
        raise InvalidInput(_("Periksa umur dan wali."), fields)


def check_one_person(people: Sequence[rules.Person]) -> None:
    """Raises invalid where a form for one person brings several."""
    if len(people) != 1:
        text = _("Satu tautan untuk satu orang. Hapus baris yang lain.")
        raise InvalidInput(text, {"participants": text})


def check_children(slot: SlotFacts, request: rules.SignUp, proof: Collection[str]) -> None:
    """Raises invalid at each small child who would come without an adult, where the kind asks for one.

    The adult is in the same sign-up, or was signed up before for the same slot, from the same number, by
    somebody who can prove it: an answer to anybody else would tell who comes.
    """
    below = kind_of(slot.kind).child_needs_adult
    if below is None:
        return
    day = clock.local(slot.starts_at).date()
    alone = rules.children_alone(request.people, day, below)
    if not alone or queries.adult_in_slot(slot.id, request.phone, rules.latest_adult_birth_year(day), proof):
        return
    text = _(
        "Anak di bawah %(age)s tahun hanya bersama orang dewasa. Tambahkan orang dewasa dengan tahun lahirnya.",
        age=below,
    )
    raise InvalidInput(text, {f"participants.{row}.birth_date": text for row in alone})


def check_moved_children(slot: SlotFacts, registration_id: int) -> None:
    """Raises invalid where a registration cannot change to this slot because its adult stays behind in another."""
    below = kind_of(slot.kind).child_needs_adult
    if below is None:
        return
    names = queries.children_alone(registration_id, clock.local(slot.starts_at).date(), below)
    if names:
        text = _(
            "%(names)s di bawah %(age)s tahun dan hanya boleh bersama orang dewasa di jadwal yang sama.",
            names=", ".join(names), age=below,
        )  # fmt: skip
        raise InvalidInput(text, {"slot": text})


def age_objection(slot: SlotFacts, person: rules.Person, day: date) -> str | None:
    """Why somebody who is signed up may not come on another day: age, or a guardian who is needed then."""
    fault = rules.age_fault(person.birth, day, slot.min_age, slot.max_age)
    if fault and fault is not rules.AgeFault.MISSING:
        return age_words(fault, slot.min_age, slot.max_age)
    missing = rules.guardian_fault(person, day)
    return _guardian_words(missing) if missing else None


def _guardian_words(fault: rules.GuardianFault) -> str:
    match fault:
        case rules.GuardianFault.MISSING:
            return _(
                "Di bawah 18 tahun perlu nama wali dan persetujuannya. Sudah 18 tahun? Tulis tanggal lahir lengkap."
            )
        case rules.GuardianFault.THEMSELVES:
            return _("Tulis nama wali, bukan nama anak itu sendiri.")


def age_words(fault: rules.AgeFault, min_age: int | None, max_age: int | None) -> str:
    """What is wrong with an age, for the person."""
    match fault:
        case rules.AgeFault.MISSING:
            return _("Isi tahun lahir: kegiatan ini ada batas umurnya.")
        case rules.AgeFault.TOO_YOUNG:
            return _("Terlalu muda: kegiatan ini untuk umur %(age)s tahun ke atas.", age=min_age)
        case rules.AgeFault.TOO_OLD:
            return _("Kegiatan ini untuk umur paling tinggi %(age)s tahun.", age=max_age)
        case rules.AgeFault.IN_FUTURE:
            return _("Tahun lahir ini belum tiba. Periksa lagi.")


def refuse_repeats(seats: Sequence[rules.Seat]) -> None:
    """Raises already_registered, naming the rows, where the sender proved to know it."""
    rows = rules.already_registered(seats)
    if rows:
        text = _("Orang ini sudah terdaftar di kegiatan ini.")
        fields = {f"participants.{row}.name": text for row in rows}
        raise DomainError("already_registered", _("Ada yang sudah terdaftar di kegiatan ini."), fields=fields)
