"""Forms of the directory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    Field,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from app.cooperatives import rules, words
from app.cooperatives.models import CaseState, Cooperative, Form, Kind, Pattern, Trouble
from app.cooperatives.rules import cells, rows
from app.cooperatives.rules.cells import CellProblem
from app.cooperatives.rules.coaching import CaseFields
from app.core import clock
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.inbound import LARGEST_ID
from app.regions.queries import kelurahan_by_code, kelurahan_by_kecamatan


def _clean(text: str | None) -> str:
    cleaned = rows.clean(text or "")
    return "" if cells.is_empty(cleaned) else cleaned


def _text(label: Any, most: int) -> StringField:
    checks = [Length(max=most, message=_l("Paling banyak %(max)d huruf."))]
    return StringField(label, filters=[_clean], validators=checks, render_kw={"maxlength": most})


def _long(label: Any, lines: int = 3) -> TextAreaField:
    checks = [Length(max=600, message=_l("Paling banyak %(max)d huruf."))]
    return TextAreaField(label, filters=[_clean], validators=checks, render_kw={"rows": lines, "maxlength": 600})


def _check(parse: Callable[[str], Any], field: Field) -> None:
    """Say what a rule says."""
    if field.data:
        try:
            parse(field.data)
        except CellProblem as problem:
            raise ValidationError(words.fault_words(problem.code, problem.values)) from None


class HappenedDate(DateField):
    """A day between 1900 and today."""

    def post_validate(self, form: Any, validation_stopped: bool) -> None:  # noqa: ARG002
        """Neither far away nor ahead."""
        if self.data and not 1900 <= self.data.year <= 2100:
            self.errors = [_("Tahunnya tidak mungkin.")]
        elif self.data and self.data > clock.local(clock.now()).date():
            self.errors = [_("Tanggal ini belum terjadi.")]


def _choices(named: dict[str, Any], empty: Any) -> list[SelectChoice]:
    return [SelectChoice("", empty), *(SelectChoice(code, text) for code, text in named.items())]


class CooperativeForm(FlaskForm):
    """What is known of a cooperative. New entries need all that the law asks for; imports may have left gaps."""

    name = _text(words.FIELDS["name"], 160)
    nik = _text(words.FIELDS["nik"], 20)
    legal_number = _text(words.FIELDS["legal_number"], 60)
    legal_date = HappenedDate(words.FIELDS["legal_date"], validators=[Optional()])
    amendment_number = _text(_l("Nomor perubahan anggaran dasar (PAD)"), 60)
    amendment_date = HappenedDate(_l("Tanggal PAD"), validators=[Optional()])
    last_meeting = HappenedDate(words.FIELDS["last_meeting"], validators=[Optional()])
    address = _text(words.FIELDS["address"], 240)
    kelurahan_code = SelectField(words.FIELDS["kelurahan"], validate_choice=False)
    form = SelectField(words.FIELDS["form"], default="", choices=lambda: _choices(words.FORMS, _("Pilih")))
    kind = SelectField(words.FIELDS["kind"], default="", choices=lambda: _choices(words.KINDS, _("Pilih")))
    pattern = SelectField(words.FIELDS["pattern"], default="", choices=lambda: _choices(words.PATTERNS, _("Pilih")))
    has_savings_unit = SelectField(
        _l("Unit simpan pinjam"),
        default="",
        choices=lambda: _choices({"1": _("ada"), "0": _("tidak ada")}, _("Pilih")),
    )
    group = _text(_l("Kelompok (karyawan, wanita, pemuda, …)"), 60)
    sector = _text(words.FIELDS["sector"], 80)
    business_codes = _text(_l("Kode KBLI"), 200)
    nik_status = _text(words.FIELDS["nik_status"], 40)
    grade_status = _text(words.FIELDS["grade_status"], 40)
    note = _text(words.FIELDS["note"], 240)
    version = IntegerField(widget=HiddenInput(), default=0, validators=[NumberRange(0, LARGEST_ID)])

    required: tuple[str, ...] = ("name",)

    def offer(self, chosen: str = "") -> None:
        """The kelurahan of the city, by kecamatan."""
        self.kelurahan_code.choices = [
            SelectChoice("", _("Pilih")),
            *(
                SelectChoice(one.code, f"{one.name} ({kecamatan.name})")
                for kecamatan, of in kelurahan_by_kecamatan()
                for one in of
            ),
        ]
        if chosen:
            self.kelurahan_code.data = chosen

    def validate(self, extra_validators: Any = None) -> bool:
        """Also what is required here, and what a kelurahan is."""
        valid = bool(super().validate(extra_validators))
        for name in self.required:
            if self[name].data in (None, "") and not self[name].errors:
                self[name].errors = [_("Isi bagian ini.")]
                valid = False
        code = self.kelurahan_code.data
        if code and kelurahan_by_code(code) is None:
            self.kelurahan_code.errors = [_("Pilih dari daftar.")]
            valid = False
        return valid and not self.errors

    def validate_nik(self, field: Field) -> None:
        """A cooperative's number, not a citizen's."""
        _check(rows.nik, field)

    def validate_business_codes(self, field: Field) -> None:
        """Five digits, with the edition."""
        _check(rows.business_codes, field)

    def validate_name(self, field: Field) -> None:
        """Something that can be read."""
        if field.data and not any(character.isalpha() for character in field.data):
            raise ValidationError(_("Tulis namanya dengan huruf."))

    def fields(self) -> dict[str, Any]:
        """What was typed, as services take it."""
        made: dict[str, Any] = {name: self[name].data or "" for name in _TEXTS}
        made |= {name: self[name].data for name in ("legal_date", "amendment_date", "last_meeting")}
        made["nik"] = rows.nik(self.nik.data) if self.nik.data else None
        codes = self.business_codes.data
        made["business_codes"] = rows.business_codes(codes) if codes else ""
        for name, of in (("form", Form), ("kind", Kind), ("pattern", Pattern)):
            made[name] = of(self[name].data) if self[name].data else None
        made["has_savings_unit"] = {"1": True, "0": False}.get(self.has_savings_unit.data)
        place = kelurahan_by_code(self.kelurahan_code.data) if self.kelurahan_code.data else None
        made["kelurahan_code"] = place.code if place else None
        if place:
            made["kecamatan_code"] = place.kecamatan_code
        return made


_TEXTS = ("name", "legal_number", "amendment_number", "address", "group", "sector", "nik_status", "grade_status",
          "note")  # fmt: skip


class NewCooperativeForm(CooperativeForm):
    """A new one: all that the data dictionary requires, members included."""

    men = IntegerField(words.FIELDS["men"], validators=[Optional(), NumberRange(0, rules.MOST_PEOPLE)])
    women = IntegerField(words.FIELDS["women"], validators=[Optional(), NumberRange(0, rules.MOST_PEOPLE)])
    different = BooleanField(_l("Ini memang koperasi yang berbeda"))

    required = (
        "name", "legal_number", "legal_date", "last_meeting", "address", "kelurahan_code", "form", "kind",
        "pattern", "has_savings_unit", "men", "women",
    )  # fmt: skip


def values_of(one: Cooperative) -> dict[str, Any]:
    """A cooperative as the form shows it."""
    made = {name: getattr(one, name) for name in CooperativeForm()._fields if hasattr(one, name)}
    made["has_savings_unit"] = {True: "1", False: "0", None: ""}[one.has_savings_unit]
    return made | {name: getattr(one, name) or "" for name in ("form", "kind", "pattern", "kelurahan_code")}


class YearForm(FlaskForm):
    """Figures of a fiscal year, money as people write it."""

    year = IntegerField(
        words.FIELDS["year"], validators=[InputRequired(_l("Isi tahunnya.")), NumberRange(1900, 2100)]
    )
    assets = _text(words.FIELDS["assets"], 40)
    own_capital = _text(words.FIELDS["own_capital"], 40)
    outside_capital = _text(words.FIELDS["outside_capital"], 40)
    turnover = _text(words.FIELDS["turnover"], 40)
    surplus = _text(words.FIELDS["surplus"], 40)
    employees = IntegerField(
        words.FIELDS["employees"], id="year-employees", validators=[Optional(), NumberRange(0, rules.MOST_PEOPLE)]
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Money that can be read, and at least one figure."""
        valid = bool(super().validate(extra_validators))
        for name in rows.FIGURES:
            try:
                _check(cells.money, self[name])
            except ValidationError as error:
                self[name].errors = [str(error)]
                valid = False
        if valid and not self.figures():
            self.assets.errors = [_("Isi paling sedikit satu angka.")]
            valid = False
        return valid

    def figures(self) -> dict[str, int]:
        """Whole rupiah by field; what is empty is left out."""
        made = {name: cells.money(self[name].data) for name in rows.FIGURES if self[name].data}
        return made if self.employees.data is None else {**made, "employees": self.employees.data}


class MembersForm(FlaskForm):
    """How many members on a day."""

    as_of = HappenedDate(
        words.FIELDS["as_of"], id="members-as-of", validators=[InputRequired(_l("Pilih tanggal."))]
    )
    men = IntegerField(
        words.FIELDS["men"], validators=[InputRequired(_l("Isi jumlahnya.")), NumberRange(0, rules.MOST_PEOPLE)]
    )
    women = IntegerField(
        words.FIELDS["women"], validators=[InputRequired(_l("Isi jumlahnya.")), NumberRange(0, rules.MOST_PEOPLE)]
    )


class StatusForm(FlaskForm):
    """A status: by the four aspects, by the total, or as it is."""

    as_of = HappenedDate(words.FIELDS["as_of"], id="status-as-of", validators=[InputRequired(_l("Pilih tanggal."))])
    source = _text(_l("Sumber"), 120)
    governance = _text(_l("Tata kelola (bobot 30)"), 8)
    risk = _text(_l("Profil risiko (bobot 15)"), 8)
    finance = _text(_l("Kinerja keuangan (bobot 40)"), 8)
    capital = _text(_l("Permodalan (bobot 15)"), 8)
    score = _text(_l("Skor akhir saja"), 8)
    value = SelectField(_l("Predikat tanpa skor"), default="", choices=lambda: _choices(words.VALUES, _("Pilih")))

    def validate_source(self, field: Field) -> None:
        """A status without a source says nothing."""
        if not field.data:
            raise ValidationError(_("Tulis sumbernya, misalnya nama surat atau sistemnya."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Scores that can be read, and that agree."""
        valid = bool(super().validate(extra_validators))
        for name in (*rows.ASPECTS, "score"):
            try:
                _check(cells.points, self[name])
            except ValidationError as error:
                self[name].errors = [str(error)]
                valid = False
        if valid:
            try:
                rows.graded_status(None, **self.graded(), paper=rules.health_paper())
            except CellProblem as problem:
                column = str(problem.values["column"])
                self[column].errors = [words.fault_words(problem.code, problem.values)]
                valid = False
        return valid

    def graded(self) -> dict[str, Any]:
        """value, score and aspects."""
        return {
            "value": rules.StatusValue(self.value.data) if self.value.data else None,
            "score": cells.points(self.score.data) if self.score.data else None,
            "aspects": {name: cells.points(self[name].data) for name in rows.ASPECTS if self[name].data},
        }


class CaseForm(FlaskForm):
    """A coaching case."""

    trouble = SelectField(_l("Masalah"), default="", choices=lambda: _choices(words.TROUBLES, _("Pilih")))
    finding = _long(_l("Apa yang ditemukan"))
    step = _long(_l("Langkah yang disepakati"))
    due_on = DateField(_l("Batas waktu"), validators=[Optional()])
    state = SelectField(
        _l("Keadaan"),
        default=CaseState.OPEN.value,
        choices=lambda: [SelectChoice(c, t) for c, t in words.STATES.items()],
    )
    result = _long(_l("Hasil"))
    version = IntegerField(widget=HiddenInput(), default=0, validators=[NumberRange(0, LARGEST_ID)])

    def validate(self, extra_validators: Any = None) -> bool:
        """Trouble and step are what a case is."""
        valid = bool(super().validate(extra_validators))
        for name, text in (("trouble", _("Pilih masalahnya.")), ("step", _("Tulis langkah yang disepakati."))):
            if not self[name].data:
                self[name].errors = [text]
                valid = False
        return valid

    def validate_due_on(self, field: Field) -> None:
        """A year that somebody could mean."""
        if field.data and not clock.plausible(field.data):
            raise ValidationError(_("Periksa tahunnya."))

    def case_fields(self) -> CaseFields:
        """What was written; the page asks for no names."""
        return CaseFields(
            Trouble(self.trouble.data), self.finding.data or "", self.step.data or "", self.due_on.data,
            CaseState(self.state.data or CaseState.OPEN), self.result.data or "",
        )  # fmt: skip


class ImportForm(FlaskForm):
    """A file, and what holds for rows that do not say it."""

    file = FileField(_l("Berkas Excel (.xlsx) atau CSV"))
    source = _text(_l("Sumber data"), 120)
    as_of = HappenedDate(_l("Keadaan per tanggal"), validators=[Optional()])
    year = IntegerField(_l("Tahun buku untuk semua baris"), validators=[Optional(), NumberRange(1900, 2100)])


class EmptyForm(FlaskForm):
    """Nothing but the token."""


def first_day(day: date | None) -> date:
    """The day given, else today."""
    return day or clock.local(clock.now()).date()
