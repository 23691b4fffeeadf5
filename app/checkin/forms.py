"""Forms of checkin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp, StopValidation

from app.checkin.models import CheckinPoint, PointKind
from app.checkin.rules import PointFields, pin_fault
from app.checkin.words import KINDS, POLICIES
from app.core.admission import AdmissionPolicy
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

MOST_MINUTES = 24 * 60
MOST_PEOPLE = 1_000_000


def _clean(text: str | None) -> str:
    return " ".join((text or "").split())


def _choices(words: Mapping[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice(value=code.value, label=text) for code, text in words.items()]


def _minutes(label: Any, default: int) -> IntegerField:
    return IntegerField(
        label,
        default=default,
        validators=[
            InputRequired(_l("Isi angka menit, boleh 0.")),
            NumberRange(0, MOST_MINUTES, _l("Dari %(min)s sampai %(max)s menit.")),
        ],
        render_kw={"inputmode": "numeric", "min": 0, "max": MOST_MINUTES},
    )


class PointForm(FlaskForm):
    """A check-in point without its address."""

    name = StringField(
        _l("Nama titik"),
        filters=[_clean],
        validators=[
            DataRequired(_l("Isi nama titik, misalnya Gerbang Timur.")),
            Length(max=120, message=_l("Paling banyak %(max)d huruf.")),
        ],
        render_kw={"maxlength": 120},
    )
    kind = SelectField(_l("Jenis"), choices=_choices(KINDS))
    activity_id = SelectField(_l("Kegiatan"), coerce=int, default=0)
    policy = SelectField(_l("Satu tiket boleh masuk"), choices=_choices(POLICIES))
    opens_before = _minutes(_l("Dibuka berapa menit sebelum mulai"), 60)
    closes_after = _minutes(_l("Ditutup berapa menit setelah selesai"), 0)
    counts_with_id = SelectField(_l("Dihitung bersama"), coerce=int, default=0)
    counts_inside = BooleanField(_l("Hitung siapa yang ada di dalam (boleh keluar dan masuk lagi)"))
    capacity = IntegerField(
        _l("Daya tampung (orang di dalam)"),
        validators=[Optional(), NumberRange(1, MOST_PEOPLE, _l("Tulis angka dari %(min)s sampai %(max)s."))],
        render_kw={"inputmode": "numeric", "min": 1, "max": MOST_PEOPLE},
    )
    pin = StringField(
        _l("PIN pengawas"),
        filters=[lambda text: "".join((text or "").split())],
        render_kw={"inputmode": "numeric", "maxlength": 12, "autocomplete": "off"},
    )
    no_pin = BooleanField(_l("Hapus PIN, tanpa pengawas di titik ini"))
    active = BooleanField(_l("Titik ini dibuka"), default=True)

    def validate_capacity(self, field: Field) -> None:
        """WTForms says in its own words what is no number."""
        if field.raw_data and field.raw_data[0].strip() and field.data is None:
            field.errors = []
            raise StopValidation(_("Tulis angka dari %(min)s sampai %(max)s.", min=1, max=MOST_PEOPLE))

    def validate_pin(self, field: Field) -> None:
        """Six digits that are not the first anybody tries."""
        match pin_fault(field.data) if field.data else None:
            case "not_digits":
                raise StopValidation(_("PIN terdiri dari enam angka."))
            case "too_easy":
                raise StopValidation(_("PIN ini terlalu mudah ditebak. Pilih enam angka yang acak."))

    def offer(self, activities: Sequence[tuple[int, str]], mains: Sequence[tuple[int, str]]) -> None:
        """Fill the lists of activities and of points to count with; 0 stands for none."""
        alone = SelectChoice(value=0, label=_("Sendiri"))
        self.counts_with_id.choices = [alone, *(SelectChoice(value=n, label=name) for n, name in mains)]
        none = SelectChoice(value=0, label=_("Tanpa kegiatan (tiket mana pun)"))
        self.activity_id.choices = [none, *(SelectChoice(value=n, label=title) for n, title in activities)]

    def fields(self) -> PointFields:
        """What was typed, as the services take it."""
        return PointFields(
            name=self.name.data, kind=PointKind(self.kind.data), activity_id=self.activity_id.data or None,
            policy=AdmissionPolicy(self.policy.data), opens_before=self.opens_before.data,
            closes_after=self.closes_after.data, active=self.active.data,
            counts_with_id=self.counts_with_id.data or None, counts_inside=self.counts_inside.data,
            capacity=self.capacity.data if self.counts_inside.data or self.counts_with_id.data else None,
        )  # fmt: skip

    def show(self, point: CheckinPoint) -> None:
        """Fill the form from a point."""
        self.process(obj=point)
        self.kind.data, self.policy.data = point.kind.value, point.policy.value
        self.activity_id.data, self.counts_with_id.data = point.activity_id or 0, point.counts_with_id or 0


class NewPointForm(PointForm):
    """A new point, with its address."""

    slug = StringField(
        _l("Alamat singkat"),
        filters=[lambda text: (text or "").strip()],
        validators=[
            Optional(),
            Length(max=60, message=_l("Paling banyak %(max)d huruf.")),
            Regexp(r"[a-z0-9]+(-[a-z0-9]+)*\Z", message=_l("Pakai huruf kecil, angka dan tanda hubung saja.")),
        ],
        render_kw={"autocapitalize": "none", "spellcheck": "false", "maxlength": 60},
    )
