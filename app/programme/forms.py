"""Forms of programme. Moments are typed on the festival's wall clock and kept aware."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from app.core.clock import plausible
from app.core.formats import day_long
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.inbound import LARGEST_ID
from app.festival.models import Day, Place
from app.programme.models import Activity, AdmissionPolicy, EntryMode
from app.programme.queries import KINDS
from app.programme.rules import OFFER_MINUTES, ActivityFields, SlotPlan, friday_pause

MAX_PEOPLE = 1_000_000
MAX_OFFER_MINUTES = 10_080  # a week
_MOMENT = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]  # the first is what browsers show
OPTION = "option_"
ENTRY_MODES: dict[EntryMode, Any] = {
    EntryMode.OPEN: _l("Daftar di situs ini"),
    EntryMode.NONE: _l("Langsung datang, tanpa daftar"),
    EntryMode.INVITATION: _l("Undangan panitia"),
    EntryMode.PROPOSAL: _l("Usulan yayasan atau kelurahan"),
    EntryMode.APPLICATION: _l("Pengajuan stan; pengunjung langsung datang"),
}
POLICIES: dict[AdmissionPolicy, Any] = {
    AdmissionPolicy.ONCE: _l("Satu kali"),
    AdmissionPolicy.DAILY: _l("Satu kali setiap hari"),
    AdmissionPolicy.UNLIMITED: _l("Boleh berkali-kali"),
}


def _choices(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _paragraphs(text: str | None) -> str:
    return "\n".join(line.strip() for line in (text or "").strip().splitlines())


def _most(limit: int) -> Length:
    return Length(max=limit, message=_l("Paling banyak %(max)d huruf."))


def _number(label: Any, low: int, high: int, *, required: bool = False, **more: Any) -> IntegerField:
    """A whole number; what is not one is told in words."""
    between = NumberRange(low, high, message=_l("Isi angka %(min)s sampai %(max)s."))
    need = InputRequired(_l("Isi angka.")) if required else Optional()
    return _WordedInteger(
        label, validators=[need, between], render_kw={"min": low, "max": high, "inputmode": "numeric"}, **more
    )


class _WordedInteger(IntegerField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Isi dengan angka bulat.")) from None


class _WordedMoment(DateTimeLocalField):
    data: datetime | None

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
            if self.data and not plausible(self.data.date()):
                raise ValueError("year")
        except ValueError:
            self.data = None
            raise ValueError(_("Isi tanggal dan jam, misalnya 20-07-2023 08.00.")) from None


class _WordedTime(TimeField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Isi jam, misalnya 08:00.")) from None


class ActivityForm(FlaskForm):
    """An activity. ``version`` tells two people who change it at once apart."""

    title = StringField(
        _l("Nama kegiatan"), filters=[_line], validators=[DataRequired(_l("Isi nama kegiatan.")), _most(120)],
        render_kw={"maxlength": 120},
    )  # fmt: skip
    kind = SelectField(_l("Jenis"))
    summary = TextAreaField(
        _l("Ringkasan"), filters=[_line], validators=[_most(240)], render_kw={"maxlength": 240, "rows": 2}
    )
    description = TextAreaField(
        _l("Keterangan"), filters=[_paragraphs], validators=[_most(5000)], render_kw={"rows": 5}
    )
    bring = TextAreaField(
        _l("Yang perlu dibawa"), filters=[_line], validators=[_most(400)], render_kw={"maxlength": 400, "rows": 2}
    )
    place_id = SelectField(_l("Tempat"), coerce=int)
    entry_mode = SelectField(_l("Cara ikut"), choices=_choices(ENTRY_MODES.items()), coerce=EntryMode)
    opens_at = _WordedMoment(_l("Pendaftaran dibuka"), format=_MOMENT, validators=[Optional()])
    closes_at = _WordedMoment(_l("Pendaftaran ditutup"), format=_MOMENT, validators=[Optional()])
    min_age = _number(_l("Usia paling muda"), 0, 120)
    max_age = _number(_l("Usia paling tua"), 0, 120)
    max_group = _number(_l("Paling banyak orang dalam satu pendaftaran"), 1, 50, required=True, default=10)
    max_per_number = _number(_l("Paling banyak orang dari satu nomor HP, tiap jadwal"), 1, 1000)
    waiting_list = BooleanField(_l("Buka daftar tunggu jika penuh"), default=True)
    offer_minutes = _number(
        _l("Tawaran daftar tunggu berlaku (menit)"), 5, MAX_OFFER_MINUTES, default=OFFER_MINUTES
    )
    admission_policy = SelectField(
        _l("Satu tiket boleh masuk"), choices=_choices(POLICIES.items()), coerce=AdmissionPolicy
    )
    earns_coupon = BooleanField(_l("Yang hadir mendapat kupon doorprize"))
    version = IntegerField(widget=HiddenInput(), default=0, validators=[NumberRange(0, LARGEST_ID)])

    def validate_closes_at(self, field: Any) -> None:
        """Sign-up ends after it begins."""
        if field.data and self.opens_at.data and field.data <= self.opens_at.data:
            raise ValidationError(_("Pendaftaran harus ditutup setelah dibuka."))

    def validate_max_age(self, field: Any) -> None:
        """Ages are in order."""
        if field.data is not None and self.min_age.data is not None and field.data < self.min_age.data:
            raise ValidationError(_("Usia paling tua harus sama atau lebih dari usia paling muda."))

    def validate_entry_mode(self, field: Any) -> None:
        """A way in that the kind knows."""
        kind = KINDS.get(self.kind.data or "")
        if kind and field.data not in kind.entry_modes:
            modes = ", ".join(str(ENTRY_MODES[mode]) for mode in kind.entry_modes)
            raise ValidationError(
                _("%(kind)s tidak memakai cara ini. Pilih: %(modes)s.", kind=_(kind.label), modes=modes)
            )

    def offer(self, places: Sequence[Place], kind: str | None = None) -> None:
        """Fill the choices: places of the festival, kinds known (and the one it has)."""
        self.place_id.choices = _choices([(0, _("Belum ditentukan")), *((p.id, p.name) for p in places)])
        codes = [*KINDS, kind] if kind and kind not in KINDS else list(KINDS)
        self.kind.choices = _choices((code, _(KINDS[code].label) if code in KINDS else code) for code in codes)

    def fields(self, zone: tzinfo) -> ActivityFields:
        """What was typed; moments get the festival's zone."""
        return ActivityFields(
            kind=self.kind.data,
            title=self.title.data or "",
            summary=self.summary.data or "",
            description=self.description.data or "",
            bring=self.bring.data or "",
            place_id=self.place_id.data or None,
            entry_mode=self.entry_mode.data,
            opens_at=_aware(self.opens_at.data, zone),
            closes_at=_aware(self.closes_at.data, zone),
            min_age=self.min_age.data,
            max_age=self.max_age.data,
            max_group=self.max_group.data or 1,
            max_per_number=self.max_per_number.data,
            waiting_list=self.waiting_list.data,
            offer_minutes=self.offer_minutes.data or OFFER_MINUTES,
            admission_policy=self.admission_policy.data,
            earns_coupon=self.earns_coupon.data,
            kind_options={
                name.removeprefix(OPTION): field.data
                for name, field in self._fields.items()
                if name.startswith(OPTION)
            }
            or None,
        )


def activity_form(code: str) -> type[ActivityForm]:
    """The form of an activity with the options of its kind."""
    options = KINDS[code].options if code in KINDS else ()
    fields = {
        OPTION + option.name: SelectField(
            _l(option.label),
            choices=_choices((number, str(number)) for number in option.choices),
            coerce=int,
            description=_l(option.hint) if option.hint else "",
        )
        for option in options
    }
    return type("ActivityFormOfKind", (ActivityForm,), fields) if fields else ActivityForm


def values_of(activity: Activity, zone: tzinfo) -> dict[str, Any]:
    """What the form shows of a stored activity: moments on the wall clock, no place as 0."""
    values = {name: getattr(activity, name) for name in ActivityFields.__slots__}
    for name in ("opens_at", "closes_at"):
        values[name] = values[name] and values[name].astimezone(zone).replace(tzinfo=None)
    kind = KINDS.get(activity.kind)
    options = {OPTION + o.name: kind.option(o.name, activity.kind_options) for o in kind.options} if kind else {}
    return {**values, **options, "place_id": activity.place_id or 0, "version": activity.version}


def _aware(moment: datetime | None, zone: tzinfo) -> datetime | None:
    return moment and moment.replace(tzinfo=zone)


class _OnADay(FlaskForm):
    """Shared by the two ways to add slots: a day of the festival, from, until, places."""

    def offer(self, days: Sequence[Day]) -> None:
        """Fill the choices with the days of the festival."""
        self["day"].choices = _choices((day.date.isoformat(), day_long(day.date)) for day in days)

    def day_chosen(self) -> date:
        """The day."""
        return date.fromisoformat(self["day"].data)


class SlotForm(_OnADay):
    """One slot."""

    day = SelectField(_l("Hari"), id="slot-day")
    first = _WordedTime(_l("Mulai"), id="slot-first", validators=[InputRequired(_l("Isi jam mulai."))])
    last = _WordedTime(_l("Selesai"), id="slot-last", validators=[InputRequired(_l("Isi jam selesai."))])
    capacity = _number(_l("Kuota"), 0, MAX_PEOPLE, id="slot-capacity")

    def times(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Start and end, aware."""
        day = self.day_chosen()
        return datetime.combine(day, self.first.data, zone), datetime.combine(day, self.last.data, zone)


class GeneratorForm(_OnADay):
    """Many slots of equal length."""

    day = SelectField(_l("Hari"), id="plan-day")
    first = _WordedTime(_l("Dari"), id="plan-first", validators=[InputRequired(_l("Isi jam mulai."))])
    last = _WordedTime(_l("Sampai"), id="plan-last", validators=[InputRequired(_l("Isi jam selesai."))])
    every = _number(_l("Lama satu giliran (menit)"), 1, 1440, required=True, default=20, id="plan-every")
    people = _number(_l("Orang tiap giliran"), 1, MAX_PEOPLE, id="plan-people")
    pause_from = _WordedTime(_l("Jeda dari"), id="plan-pause-from", validators=[Optional()])
    pause_until = _WordedTime(_l("Jeda sampai"), id="plan-pause-until", validators=[Optional()])

    def validate_pause_until(self, field: Any) -> None:
        """A pause has two ends, in order."""
        if field.data and self.pause_from.data and field.data <= self.pause_from.data:
            raise ValidationError(_("Jeda harus selesai setelah mulai."))

    def validate_pause_from(self, field: Any) -> None:
        """A pause has two ends."""
        if (field.data is None) != (self.pause_until.data is None):
            raise ValidationError(_("Isi kedua jam jeda, atau kosongkan keduanya."))

    def plan(self) -> SlotPlan:
        """What to make. Without a stated pause, Friday prayer is left out."""
        day = self.day_chosen()
        stated = self.pause_from.data and self.pause_until.data
        return SlotPlan(
            day=day,
            first=self.first.data,
            last=self.last.data,
            every=self.every.data,
            people=self.people.data,
            pause=(self.pause_from.data, self.pause_until.data) if stated else friday_pause(day),
        )


class CapacityForm(FlaskForm):
    """Places of one slot, and whether it is closed."""

    capacity = _number(_l("Kuota"), 0, MAX_PEOPLE)
    closed = BooleanField(_l("Tutup"))
