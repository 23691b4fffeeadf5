"""The sign-up page's form: one contact, rows of people, the questions of the kind, consent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, FieldList, Form, FormField, HiddenField, RadioField, StringField
from wtforms.validators import StopValidation

from app.core.codes import random_token
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.phones import InvalidPhone, parse_phone
from app.programme.queries import BirthDateNeed, Kind, Question, QuestionType
from app.registration import rules
from app.registration.words import name_words, phone_words

ANSWER = "answer_"
LONGEST_INPUT = 400


class PersonForm(Form):
    """One row: somebody who comes."""

    name = StringField(_l("Nama"))
    birth = StringField(_l("Tahun lahir"))


class SignUpForm(FlaskForm):
    """What every kind asks. ``submission`` is the page's idempotency key: sent twice, it counts once."""

    contact_name = StringField(_l("Nama Anda"))
    phone = StringField(_l("Nomor WhatsApp"))
    slot = StringField(_l("Waktu"))
    people = FieldList(FormField(PersonForm, ""), "", min_entries=1, max_entries=rules.HARD_MAX_GROUP)
    waitlist = BooleanField(_l("Kalau penuh, masukkan ke daftar tunggu"))
    consent = BooleanField(
        _l(
            "Saya setuju data ini dipakai panitia untuk kegiatan ini. "
            "Saya wali dari anak yang saya daftarkan, atau mendapat izin walinya."
        )
    )
    submission = HiddenField("")

    def validate_contact_name(self, field: Field) -> None:
        """A name of 1 to 80 characters."""
        _name(field)

    def validate_phone(self, field: Field) -> None:
        """A telephone number in any habit."""
        try:
            parse_phone(_text(field))
        except InvalidPhone as error:
            raise StopValidation(phone_words(error)) from None

    def validate_slot(self, _field: Field) -> None:
        """A slot of this activity; whether it is open is asked later, in the transaction."""
        if self.slot_id() is None:
            raise StopValidation(_("Pilih waktu."))

    def validate_consent(self, field: Field) -> None:
        """Consent is given, not assumed."""
        if not field.data:
            raise StopValidation(_("Kami perlu persetujuan Anda untuk mencatat pendaftaran."))

    def slot_id(self) -> int | None:
        """The number of the slot chosen, None when it is no number."""
        text = _text(self.slot)
        if not (text.isascii() and text.isdigit() and len(text) <= 10):
            return None
        return int(text) if 0 < int(text) <= rules.LARGEST_ID else None

    def rows(self) -> list[Any]:
        """The rows that somebody is in. The first one always is: empty, it stands for the contact."""
        entries = self.people.entries
        return [e for n, e in enumerate(entries) if n == 0 or _text(e.form.name) or _text(e.form.birth)]

    def check_people(self) -> bool:
        """Check every row; an empty first name is the contact's."""
        for n, row in enumerate(self.rows()):
            if not (n == 0 and not _text(row.form.name)):
                try:
                    _name(row.form.name)
                except StopValidation as fault:
                    _blame(row.form.name, str(fault))
            birth = _text(row.form.birth)
            if birth and rules.parse_birth(birth) is None:
                _blame(row.form.birth, _("Tulis tahun (1984) atau tanggal lengkap (17-05-1984)."))
        return not any(row.form.errors for row in self.rows())

    def add_row(self) -> None:
        """One more empty row, up to the most a sign-up may have."""
        if len(self.people.entries) < rules.HARD_MAX_GROUP:
            self.people.append_entry()

    def remove_row(self, position: int) -> None:
        """Take a row out; the last one stays."""
        if len(self.people.entries) > 1 and 0 <= position < len(self.people.entries):
            del self.people.entries[position]

    def faults(self) -> list[tuple[str, str, str]]:
        """(id of the control, what it is, what is wrong) of every field, top to bottom."""
        found: list[tuple[str, str, str]] = []
        for name, field in self._fields.items():
            if name == "people":
                found += self._row_faults()
            elif name not in ("csrf_token", "submission") and field.errors:
                label = _("Persetujuan") if name == "consent" else str(field.label.text)
                found.append((field.id, label, " ".join(map(str, field.errors))))
        return found

    def _row_faults(self) -> list[tuple[str, str, str]]:
        return [
            (field.id, _text(entry.form.name) or _("Orang ke-%(n)s", n=n), " ".join(map(str, field.errors)))
            for n, entry in enumerate(self.people.entries, 1)
            for field in (entry.form.name, entry.form.birth)
            if field.errors
        ]

    def blame(self, fields: Mapping[str, str]) -> list[str]:
        """Put the service's messages beside their fields; gives back those that belong to none."""
        left: list[str] = []
        for path, text in fields.items():
            field = self._field_at(path.split("."))
            if field is None:
                left.append(text)
            else:
                _blame(field, text)
        return left

    def _field_at(self, path: list[str]) -> Field | None:
        match path:
            case ["slot"]:
                return self.slot
            case ["participants", number, name] if number.isdigit() and int(number) < len(self.rows()):
                row = self.rows()[int(number)].form
                return row.birth if name == "birth_date" else row.name
            case ["answers", name]:
                return self._fields.get(ANSWER + name)
        return None

    def sign_up(self) -> rules.SignUp:
        """The sign-up this form asks for; call after validation."""
        contact = rules.clean_text(_text(self.contact_name))
        people = tuple(
            rules.Person(rules.clean_text(_text(row.name)) or contact, rules.parse_birth(_text(row.birth)))
            for row in (entry.form for entry in self.rows())
        )
        answers = {
            name.removeprefix(ANSWER): field.data for name, field in self._fields.items() if name.startswith(ANSWER)
        }
        slot, phone = self.slot_id() or 0, parse_phone(_text(self.phone))
        waitlist = bool(self.waitlist.data)
        said = [[p.name, p.birth.year if p.birth else 0, str(p.birth.day) if p.birth else ""] for p in people]
        digest = rules.body_digest({"as": [slot, contact, phone, waitlist], "people": said, "answers": answers})
        key = rules.hashed_key("page", _text(self.submission) or random_token())
        return rules.SignUp(slot, contact, phone, people, answers, waitlist, key, digest)


def form_for(kind: Kind) -> type[SignUpForm]:
    """The form class with the questions of a kind."""
    return _form_asking(kind.asked_once)


@lru_cache(maxsize=64)
def _form_asking(questions: tuple[Question, ...]) -> type[SignUpForm]:
    """Made once for all requests and both languages: the class costs as much as a form of it."""
    return type("SignUpFormOfKind", (SignUpForm,), {ANSWER + asked.name: _question(asked) for asked in questions})


def _question(question: Question) -> Any:
    label = _l(question.label)
    match question.type:
        case QuestionType.TEXT | QuestionType.DATE:
            return StringField(label)
        case QuestionType.BOOLEAN:
            return BooleanField(label)
        case QuestionType.CHOICE:
            choices = [(option, _l(option)) for option in question.options]
            return RadioField(label, choices=choices, validate_choice=False)


def birth_words(need: BirthDateNeed, ages: bool) -> str:
    """The label of the birth date, by what the kind and the ages of the activity need."""
    if need is BirthDateNeed.DATE:
        return _("Tanggal lahir")
    return _("Tahun lahir") if ages else _("Tahun lahir (boleh kosong)")


def _name(field: Field) -> None:
    if fault := rules.name_fault(rules.clean_text(_text(field))):
        raise StopValidation(name_words(fault))


def _blame(field: Field, text: str) -> None:
    field.errors = [*field.errors, text]


def _text(field: Field) -> str:
    return (field.data or "").strip()
