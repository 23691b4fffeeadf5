"""Forms of competitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from app.competition import terms
from app.competition.models import Gate, GateValue, StageCode
from app.competition.queries import contest
from app.competition.rules.freezing import MOST_LEVELS
from app.competition.rules.scoring import kept_text
from app.cooperatives.words import KINDS
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.inbound import LARGEST_ID
from app.core.phones import InvalidPhone, parse_phone

MOST_SCORE = 1_000


def _clean(text: str | None) -> str:
    """One line without what only hides or turns text."""
    return " ".join(kept_text(text or "").split())


def _lines(text: str | None) -> str:
    return kept_text(text or "")


def _text(label: Any, most: int, *, required: Any = None) -> StringField:
    checks: list[Any] = [Length(max=most, message=_l("Paling banyak %(max)d huruf."))]
    if required:
        checks.insert(0, DataRequired(required))
    return StringField(label, filters=[_clean], validators=checks, render_kw={"maxlength": most})


def _long(label: Any, most: int = 400, *, required: Any = None, rows: int = 3) -> TextAreaField:
    checks: list[Any] = [Length(max=most, message=_l("Paling banyak %(max)d huruf."))]
    if required:
        checks.insert(0, DataRequired(required))
    return TextAreaField(label, filters=[_lines], validators=checks, render_kw={"rows": rows, "maxlength": most})


def _number(label: Any, low: int, high: int, **more: Any) -> IntegerField:
    checks = [
        InputRequired(_l("Isi dengan angka.")),
        NumberRange(low, high, _l("Isi angka %(min)s sampai %(max)s.")),
    ]
    return IntegerField(
        label, validators=checks, render_kw={"inputmode": "numeric", "min": low, "max": high}, **more
    )


def _choices(named: dict[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice(code, words) for code, words in named.items()]


STAGE_PLANS: dict[str, Any] = {
    "two": _l("Dua tahap: berkas, lalu kunjungan dan presentasi (disarankan)"),
    "three": _l("Tiga tahap: berkas, kunjungan, presentasi"),
    "one": _l("Satu tahap: kunjungan saja"),
}
CATEGORY_PLANS: dict[str, Any] = {
    "savings": _l("Dua kategori: simpan pinjam, dan jenis lainnya"),
    "kinds": _l("Satu kategori tiap jenis koperasi"),
    "one": _l("Satu kategori untuk semua"),
}


class WizardForm(FlaskForm):
    """All that a competition needs to begin with; the rest can be changed afterwards."""

    name = _text(_l("Nama lomba"), 160, required=_l("Isi nama lombanya."))
    stages = RadioField(_l("Tahap"), choices=_choices(STAGE_PLANS), default="two")
    categories = RadioField(_l("Kategori"), choices=_choices(CATEGORY_PLANS), default="savings")
    template = SelectField(_l("Rubrik awal"))
    judges_each = _number(_l("Juri tiap peserta"), 2, 20, default=3)
    gates = SelectMultipleField(
        _l("Syarat ikut"), choices=[SelectChoice(gate, terms.GATES[gate]) for gate in Gate], coerce=Gate,
        default=list(Gate),
    )  # fmt: skip
    blind = BooleanField(_l("Tahap berkas dinilai tanpa nama (juri hanya melihat nomor peserta)"), default=True)
    objection_days = _number(_l("Masa sanggah (hari)"), 0, 90, default=10)
    legal_basis = _long(_l("Dasar hukum"), 600)

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.template.choices = [
            *(SelectChoice(one.key, f"{one.name} ({one.year})") for one in contest.rubric_templates()),
            SelectChoice("", _("Kosong, kriteria ditulis sendiri")),
        ]

    @property
    def stage_plans(self) -> list[tuple[StageCode, str]]:
        """Codes and names of the stages chosen."""
        both = (StageCode.VISIT, _("Kunjungan dan presentasi"))
        dossier = (StageCode.DOSSIER, _("Penilaian berkas"))
        visit, talk = (StageCode.VISIT, _("Kunjungan")), (StageCode.PRESENTATION, _("Presentasi"))
        return {"two": [dossier, both], "three": [dossier, visit, talk], "one": [visit]}[self.stages.data]

    @property
    def category_plans(self) -> list[tuple[str, tuple[str, ...]]]:
        """Names of the categories chosen, with the kinds that belong there."""
        kinds = {str(kind): str(text) for kind, text in KINDS.items()}
        savings = "simpan_pinjam"
        if self.categories.data == "kinds":
            return [(text.capitalize(), (kind,)) for kind, text in kinds.items()]
        if self.categories.data == "savings" and savings in kinds:
            others = tuple(kind for kind in kinds if kind != savings)
            return [(_("Simpan pinjam"), (savings,)), (_("Sektor riil"), others)]
        return [(_("Semua koperasi"), ())]


class DetailsForm(FlaskForm):
    """What may be changed at any time before the announcement."""

    name = _text(_l("Nama lomba"), 160, required=_l("Isi nama lombanya."))
    blind = BooleanField(_l("Tahap berkas dinilai tanpa nama (juri hanya melihat nomor peserta)"))
    objection_days = _number(_l("Masa sanggah (hari)"), 0, 90)
    legal_basis = _long(_l("Dasar hukum"), 600)
    tie_chain = _text(_l("Penentu bila nilai sama: kode kriteria, berurutan, dipisah koma"), 120)
    version = IntegerField(widget=HiddenInput(), validators=[Optional(), NumberRange(0, LARGEST_ID)])

    @property
    def tie_codes(self) -> list[str]:
        """Codes of criteria that decide between equals, in order."""
        return [code.strip() for code in (self.tie_chain.data or "").split(",") if code.strip()]


class StageForm(FlaskForm):
    """A stage: its name, its judges, and how many go on."""

    name = _text(_l("Nama tahap"), 80, required=_l("Isi nama tahapnya."))
    judges_each = _number(_l("Juri tiap peserta"), 2, 20)
    goes_on = IntegerField(
        _l("Lolos ke tahap berikutnya, tiap kategori"), validators=[Optional(), NumberRange(1, 500)]
    )


class CategoryForm(FlaskForm):
    """A category and the kinds of cooperative that belong there."""

    name = _text(_l("Nama kategori"), 80, required=_l("Isi nama kategorinya."))
    kinds = SelectMultipleField(_l("Jenis koperasi"), choices=lambda: _choices(KINDS))


class CriterionForm(FlaskForm):
    """A criterion with its weight in percent and its levels, one a line: ``75 | words``."""

    stage_id = SelectField(_l("Tahap"), coerce=int)
    category_id = SelectField(_l("Berlaku untuk"), coerce=int, default=0)
    code = _text(_l("Kode"), 12, required=_l("Isi kode pendek, misalnya K."))
    name = _text(_l("Nama kriteria"), 120, required=_l("Isi nama kriterianya."))
    weight = StringField(_l("Bobot (persen)"), filters=[_clean], validators=[DataRequired(_l("Isi bobotnya."))])
    evidence = _long(_l("Bukti yang diminta"))
    levels = _long(_l("Arti tiap nilai"), 4_000, rows=7)

    def validate_code(self, field: StringField) -> None:
        """A code is one word: it stands on sheets, in tables and in the bundle."""
        if not field.data.isalnum() or not field.data.isascii():
            raise ValidationError(_("Kode hanya huruf dan angka, tanpa spasi."))

    def validate_weight(self, _field: StringField) -> None:
        """0.01 to 100, with a comma or a point."""
        if self.hundredths is None:
            raise ValidationError(_("Isi bobot antara 0,01 dan 100, paling banyak dua angka di belakang koma."))

    @property
    def hundredths(self) -> int | None:
        """The weight in hundredths of a percent; None where it is none."""
        whole, _dot, part = (self.weight.data or "").replace(",", ".").rstrip("% ").partition(".")
        if not (whole.isascii() and whole.isdigit() and len(whole) <= 3 and len(part) <= 2):
            return None
        if part and not (part.isascii() and part.isdigit()):
            return None
        found = int(whole) * 100 + int(part.ljust(2, "0") or 0)
        return found if 1 <= found <= 10_000 else None

    def validate_levels(self, _field: TextAreaField) -> None:
        """Each line has a score and words; two or more, none twice."""
        found = self.read_levels()
        if found is None:
            raise ValidationError(_("Tulis satu tingkat tiap baris, misalnya: 75 | Lengkap dan ajek."))
        if not 2 <= len(found) <= MOST_LEVELS or len({score for score, _words in found}) != len(found):
            raise ValidationError(_("Tulis 2 sampai 11 tingkat dengan nilai yang berbeda-beda."))

    def read_levels(self) -> list[tuple[int, str]] | None:
        """The levels by score; None where a line cannot be read."""
        found = []
        for line in (self.levels.data or "").splitlines():
            if not line.strip():
                continue
            score, bar, words = line.partition("|")
            if not bar or not score.strip().isdecimal() or not score.strip().isascii() or len(score.strip()) > 4:
                return None
            if int(score) > MOST_SCORE or not words.strip():
                return None
            found.append((int(score), words.strip()[:300]))
        return sorted(found)


class ContactForm(FlaskForm):
    """A number for messages, or none."""

    phone = _text(_l("Nomor WhatsApp untuk kabar hasil lomba"), 30)

    def validate_phone(self, field: StringField) -> None:
        """Empty, or a number that can be reached."""
        if field.data:
            try:
                parse_phone(field.data)
            except InvalidPhone:
                raise ValidationError(_("Nomor ini tidak dapat dibaca. Tulis seperti 0812 3456 7890.")) from None

    @property
    def number(self) -> str:
        """E.164, empty where none was given."""
        return parse_phone(self.phone.data) if self.phone.data else ""


class JudgeForm(ContactForm):
    """A judge to be invited."""

    name = _text(_l("Nama juri"), 80, required=_l("Isi nama jurinya."))
    affiliation = _text(_l("Lembaga asal"), 160)
    phone = _text(_l("Nomor WhatsApp (untuk pengingat)"), 30)


class ReasonForm(FlaskForm):
    """Why."""

    reason = _long(_l("Alasan"), required=_l("Tulis alasannya."))


class RemoveJudgeForm(ReasonForm):
    """Why a judge leaves, and what becomes of the sheets."""

    keep_locked = BooleanField(_l("Lembar yang sudah dikunci tetap dihitung"), default=True)


class ConflictForm(FlaskForm):
    """What a judge has to do with an entrant."""

    reason = _long(
        _l("Apa hubungan Anda dengan peserta ini?"),
        required=_l("Tulis hubungannya, misalnya: anggota keluarga menjadi pengurus."),
    )


class CommitteeConflictForm(ConflictForm):
    """The same, written down by the committee for an entrant of the list."""

    entrant_id = SelectField(_l("Peserta"), coerce=int)


class GateForm(FlaskForm):
    """The committee's answer to a gate."""

    gate = SelectField(_l("Syarat"), choices=[SelectChoice(gate.value, gate.value) for gate in Gate])
    value = RadioField(
        _l("Keputusan"),
        choices=[
            SelectChoice(GateValue.YES.value, _l("Memenuhi")),
            SelectChoice(GateValue.NO.value, _l("Tidak memenuhi")),
        ],
        validators=[InputRequired(_l("Pilih salah satu."))],
    )  # fmt: skip
    reason = _long(_l("Alasan"), required=_l("Tulis alasannya."))


class PlanForm(FlaskForm):
    """A plan to look at or to put into force."""

    seed = _number(_l("Angka acak"), 0, 2**31 - 1)
    calibration = _number(_l("Peserta bersama tiap kategori"), 0, 5, default=2)
    anew = BooleanField(_l("Bagi ulang lembar yang belum diisi"))


class UploadForm(FlaskForm):
    """A file of a dossier."""

    file = FileField(_l("Berkas (PDF, JPG, atau PNG, paling besar 6 MB)"))


def read_cells(form: Mapping[str, str]) -> tuple[dict[str, int], dict[str, str]]:
    """Scores and remarks of a sheet's form: ``score-K`` and ``remark-K``; what is no number is as good as empty."""
    scores, remarks = {}, {}
    for name, text in form.items():
        kind, _dash, code = name.partition("-")
        if kind == "score" and len(code) <= 12 and text.isascii() and text.isdecimal() and len(text) <= 6:
            scores[code] = int(text)
        elif kind == "remark" and len(code) <= 12 and (kept := kept_text(text)):
            remarks[code] = kept
    return scores, remarks
