"""The sign-up page's form: one contact, rows of people, the questions of the kind, consent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, FieldList, Form, FormField, HiddenField, RadioField, StringField
from wtforms.validators import StopValidation

from app.core.codes import random_token
from app.core.emails import InvalidEmail, parse_email
from app.core.fields import TokenWhenShown
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.phones import InvalidPhone, parse_phone
from app.programme.queries import BirthDateNeed, Kind, Question, QuestionType, private_questions
from app.registration import rules
from app.registration.words import email_words, name_words, phone_words

ANSWER = "answer_"
CONSENT = "consent"
LONGEST_INPUT = 400
_PRIVATE = private_questions()


class PersonForm(Form):
    """One row: somebody who comes. A kind's questions to everybody are added by ``form_for``."""

    name = StringField(_l("Nama"))
    birth = StringField(_l("Tahun lahir"))
    guardian = StringField(_l("Nama wali"))
    agrees = BooleanField(_l("Wali setuju"))


class SignUpForm(FlaskForm):
    """What every kind asks. ``submission`` is the page's idempotency key: sent twice, it counts once."""

    class Meta:
        """What WTForms asks of a form."""

        csrf_class = TokenWhenShown

    contact_name = StringField(_l("Nama Anda"))
    phone = StringField(_l("Nomor WhatsApp"))
    email = StringField(_l("Email (boleh kosong)"))
    slot = StringField(_l("Waktu"))
    people = FieldList(FormField(PersonForm, ""), "", min_entries=1, max_entries=rules.HARD_MAX_GROUP)
    waitlist = BooleanField(_l("Kalau penuh, masukkan ke daftar tunggu"))
    consent = BooleanField(_l("Persetujuan"))
    consent_whatsapp = BooleanField(_l("Kabar lewat WhatsApp"))
    heard_doctor = BooleanField(_l("Ya, daftarkan. Dokter PMI memeriksa dulu di tempat."))
    submission = HiddenField("")
    e164 = ""  # the number, once it is found to be one

    def validate_contact_name(self, field: Field) -> None:
        """A name of 1 to 80 characters."""
        _name(field)

    def validate_phone(self, field: Field) -> None:
        """A telephone number in any habit."""
        try:
            self.e164 = parse_phone(_text(field))
        except InvalidPhone as error:
            raise StopValidation(phone_words(error)) from None

    def validate_email(self, _field: Field) -> None:
        """A mail address, or nothing."""
        try:
            self.contact_email()
        except InvalidEmail:
            raise StopValidation(email_words()) from None

    def validate_slot(self, _field: Field) -> None:
        """A slot of this activity; whether it is open is asked later, in the transaction."""
        if self.slot_id() is None:
            raise StopValidation(_("Pilih waktu."))

    def validate_consent(self, field: Field) -> None:
        """Consent is given, not assumed."""
        if not field.data:
            raise StopValidation(_("Kami perlu persetujuan Anda untuk mencatat pendaftaran."))

    def asks_more(self) -> bool:
        """Whether the kind has questions of its own."""
        rows = [entry.form._fields for entry in self.people.entries]
        return any(name.startswith(ANSWER) for fields in (self._fields, *rows) for name in fields)

    def slot_id(self) -> int | None:
        """The number of the slot chosen, None when it is no number."""
        text = _text(self.slot)
        if not (text.isascii() and text.isdigit() and len(text) <= 10):
            return None
        return int(text) if 0 < int(text) <= rules.LARGEST_ID else None

    def contact_email(self) -> str | None:
        """The mail address given. Raises InvalidEmail."""
        text = _text(self.email)
        return parse_email(text) if text else None

    def rows(self) -> list[Any]:
        """The rows that somebody is in. The first one always is: empty, it stands for the contact."""
        entries = self.people.entries
        parts = ("name", "birth", "guardian")
        return [e for n, e in enumerate(entries) if n == 0 or any(_text(e.form[part]) for part in parts)]

    def check_people(self) -> bool:
        """Check every row; an empty first name is the contact's."""
        for n, row in enumerate(self.rows()):
            names = [row.form.name] if n or _text(row.form.name) else []
            for field in names + ([row.form.guardian] if _text(row.form.guardian) else []):
                try:
                    _name(field)
                except StopValidation as fault:
                    _blame(field, str(fault))
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
                label = _("Persetujuan") if name.startswith(CONSENT) else str(field.label.text)
                found.append((field.id, label, " ".join(map(str, field.errors))))
        return found

    def _row_faults(self) -> list[tuple[str, str, str]]:
        return [
            (field.id, self._called(entry.form, n), " ".join(map(str, field.errors)))
            for n, entry in enumerate(self.people.entries, 1)
            for field in entry.form
            if field.errors
        ]

    def _called(self, row: Any, n: int) -> str:
        """Whom a message is about; the first row without a name is who signs up."""
        contact = _text(self.contact_name) if n == 1 else ""
        return _text(row.name) or contact or _("Orang ke-%(n)s", n=n)

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
            case ["participants", number, *name] if number.isdigit() and int(number) < len(self.rows()):
                return _field_of(self.rows()[int(number)].form, name)
            case ["answers", name]:
                return self._fields.get(ANSWER + name)
            case ["consents", purpose]:
                return self._fields.get(f"{CONSENT}_{purpose}")
        return None

    def sign_up(self) -> rules.SignUp:
        """The sign-up this form asks for; call after validation."""
        contact = rules.clean_text(_text(self.contact_name))
        people = tuple(_person(entry.form, contact) for entry in self.rows())
        slot, phone = self.slot_id() or 0, self.e164
        answers, waitlist, consents = _answers(self), bool(self.waitlist.data), self._consents()
        said = [
            [p.name, p.birth.year if p.birth else 0, str(p.birth.day) if p.birth else "", p.guardian_name]
            for p in people
        ]
        email = self.contact_email()
        body = {"as": [slot, contact, phone, waitlist, sorted(consents)], "people": said, "answers": answers}
        body |= {"email": email} if email else {}
        return rules.SignUp(
            slot, contact, phone, people, answers, waitlist,
            key=rules.hashed_key("page", _text(self.submission) or random_token()),
            digest=rules.body_digest(rules.without_private(body, _PRIVATE)),
            consents=consents, heard_doctor=bool(self.heard_doctor.data), contact_email=email,
        )  # fmt: skip

    def _consents(self) -> frozenset[str]:
        """The purposes ticked besides the sign-up itself."""
        given = f"{CONSENT}_"
        return frozenset(
            name.removeprefix(given) for name, f in self._fields.items() if name.startswith(given) and f.data
        )


def form_for(kind: Kind) -> type[SignUpForm]:
    """The form class with the questions and consents of a kind."""
    return _form_asking(kind.asked_once, kind.asked_each, tuple(kind.consents))


@lru_cache(maxsize=64)
def _form_asking(
    once: tuple[Question, ...], each: tuple[Question, ...], purposes: tuple[str, ...]
) -> type[SignUpForm]:
    """Made once for all requests and both languages: the class costs as much as a form of it."""
    fields = {ANSWER + asked.name: _question(asked) for asked in once}
    fields |= {f"{CONSENT}_{purpose}": BooleanField(_l("Persetujuan")) for purpose in purposes}
    if each:
        row = type("PersonFormOfKind", (PersonForm,), {ANSWER + asked.name: _question(asked) for asked in each})
        fields["people"] = FieldList(FormField(row), min_entries=1, max_entries=rules.HARD_MAX_GROUP)
    return type("SignUpFormOfKind", (SignUpForm,), fields)


def _person(row: Any, contact: str) -> rules.Person:
    """Somebody in a row. Who agrees for a child and names nobody else is its guardian."""
    guardian = (rules.clean_text(_text(row.guardian)) or contact) if row.agrees.data else None
    name = rules.clean_text(_text(row.name)) or contact
    return rules.Person(name, rules.parse_birth(_text(row.birth)), guardian, _answers(row))


def _answers(form: Any) -> dict[str, Any]:
    return {name.removeprefix(ANSWER): f.data for name, f in form._fields.items() if name.startswith(ANSWER)}


def _field_of(row: Any, name: list[str]) -> Field | None:
    """The control of a row that a message is about."""
    match name:
        case ["birth_date"]:
            return row.birth
        case ["guardian_name"]:
            return row.guardian
        case ["answers", question]:
            return row._fields.get(ANSWER + question)
    return row.name


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
