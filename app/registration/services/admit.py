"""Why a sign-up may be refused, in the words the person reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.core import clock
from app.core.errors import DomainError, InvalidInput, NotFound
from app.core.formats import moment, number
from app.core.i18n import gettext as _
from app.programme.queries import (
    BirthDateNeed,
    Question,
    QuestionType,
    SignUpState,
    kind_of,
    remaining,
    sign_up_state,
    slot_open,
)
from app.registration import rules
from app.registration.queries import SlotFacts

MAX_ANSWER = 500


def unknown_slot() -> NotFound:
    """No such slot."""
    return NotFound(_("Jadwal ini tidak ada. Pilih jadwal lain."), code="slot_unknown")


def check_open(slot: SlotFacts, now: datetime) -> None:
    """Raises registration_closed or slot_closed."""
    over = not slot_open(slot.starts_at, slot.closed, now)
    state = sign_up_state(slot.entry_mode, slot.opens_at, slot.closes_at, slot.ends_at, now)
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
    most = min(slot.max_group, rules.HARD_MAX_GROUP)
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
    if fields:
        raise InvalidInput(_("Periksa tanggal atau tahun lahir."), fields)


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


def check_answers(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to keep, cleaned; those to questions the kind does not ask are dropped.

    Raises invalid with a message at ``answers.NAME``.
    """
    kept: dict[str, Any] = {}
    fields: dict[str, str] = {}
    for question in kind_of(kind).asked_once:
        value, fault = _answer(question, given.get(question.name))
        if fault:
            fields[f"answers.{question.name}"] = fault
        elif value is not None:
            kept[question.name] = value
    if fields:
        raise InvalidInput(_("Periksa jawaban Anda."), fields)
    return kept


def _answer(question: Question, value: Any) -> tuple[Any, str | None]:
    """The cleaned answer (None for none) and what is wrong with it (None when nothing is)."""
    if isinstance(value, str):
        value = rules.clean_text(value) or None
    if value is None or (question.required and value is False):
        return None, _("Jawab pertanyaan ini.") if question.required else None
    match question.type:
        case QuestionType.BOOLEAN:
            return (value, None) if isinstance(value, bool) else (None, _("Jawab ya atau tidak."))
        case QuestionType.CHOICE:
            fits = isinstance(value, str) and value in question.options
            return (value, None) if fits else (None, _("Pilih salah satu jawaban yang ada."))
        case QuestionType.TEXT | QuestionType.DATE:
            if not isinstance(value, str):
                return None, _("Jawab dengan kata-kata.")
            return (value, None) if len(value) <= MAX_ANSWER else (None, _("Jawaban ini terlalu panjang."))
