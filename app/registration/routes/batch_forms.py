"""Forms of batch sign-up: sending a list, storing it, links for others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, Field, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, StopValidation

from app.core.formats import moment_short
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.phones import InvalidPhone, parse_phone
from app.registration import rules
from app.registration.queries.batches import SlotChoice
from app.registration.services.batches import LIVES
from app.registration.words import name_words, phone_words


def check_name(field: Field) -> None:
    """A name of 1 to 80 characters; raises StopValidation with words."""
    if fault := rules.name_fault(rules.clean_text(field.data or "")):
        raise StopValidation(name_words(fault))


def check_phone(field: Field) -> None:
    """A telephone number in any habit; raises StopValidation with words."""
    try:
        parse_phone(field.data or "")
    except InvalidPhone as error:
        raise StopValidation(phone_words(error)) from None


def slot_options(choices: Sequence[SlotChoice]) -> list[SelectChoice]:
    """Slots for a select field."""
    return [SelectChoice(str(c.id), f"{c.title}, {moment_short(c.starts_at)}") for c in choices]


class ListForm(FlaskForm):
    """A list of people and who sends it."""

    contact_name = StringField(_l("Nama Anda"))
    phone = StringField(_l("Nomor WhatsApp Anda"))
    file = FileField(_l("Berkas Excel (.xlsx) atau CSV"))
    slot = SelectField(_l("Jadwal untuk semua"), validate_choice=False)
    consent = BooleanField(
        _l(
            "Setiap orang di daftar ini (untuk anak: walinya) tahu dan setuju "
            "datanya dipakai panitia untuk kegiatan ini."
        )
    )

    def offer(self, choices: Sequence[SlotChoice]) -> None:
        """The slots to choose from; none chosen means that each row says its own."""
        self.slot.choices = [SelectChoice("", _("Tertulis di setiap baris")), *slot_options(choices)]

    def validate_contact_name(self, field: Field) -> None:
        """As at every sign-up."""
        check_name(field)

    def validate_phone(self, field: Field) -> None:
        """As at every sign-up."""
        check_phone(field)

    def validate_slot(self, field: Field) -> None:
        """One of those offered, or none."""
        if field.data and field.data not in {choice.value for choice in self.slot.choices}:
            raise StopValidation(_("Pilih waktu."))

    def validate_consent(self, field: Field) -> None:
        """Consent is given, not assumed."""
        if not field.data:
            raise StopValidation(_("Kami perlu persetujuan ini untuk mendaftarkan orang lain."))

    def slot_id(self) -> int | None:
        """The slot for all; None when each row says its own."""
        return int(self.slot.data) if self.slot.data else None


class LinkForm(FlaskForm):
    """A link for somebody who sends lists."""

    label = StringField(_l("Untuk siapa"))
    activity_id = SelectField(_l("Kegiatan"), coerce=int, validate_choice=False)
    most_people = IntegerField(
        _l("Paling banyak orang"), default=rules.MOST_ROWS,
        validators=[
            InputRequired(_l("Isi angka.")),
            NumberRange(1, rules.MOST_ROWS, message=_l("Isi angka %(min)s sampai %(max)s.")),
        ],
        render_kw={"min": 1, "max": rules.MOST_ROWS, "inputmode": "numeric"},
    )  # fmt: skip
    days = SelectField(_l("Berlaku"), coerce=int, default=LIVES[1], validate_choice=False)

    def offer(self, activities: Iterable[tuple[int, str]]) -> None:
        """The activities to choose from, and how long a link may live."""
        self.activity_id.choices = [
            SelectChoice(0, _("Bebas memilih")),
            *(SelectChoice(*one) for one in activities),
        ]
        self.days.choices = [SelectChoice(days, _("%(days)s hari", days=days)) for days in LIVES]

    def validate_label(self, field: Field) -> None:
        """Something to recognise it by."""
        check_name(field)

    def validate_activity_id(self, field: Field) -> None:
        """One of those offered."""
        _one_of(field)

    def validate_days(self, field: Field) -> None:
        """One of those offered."""
        _one_of(field)


def _one_of(field: Any) -> None:
    if field.data not in {choice.value for choice in field.choices}:
        raise StopValidation(_("Pilih salah satu."))
