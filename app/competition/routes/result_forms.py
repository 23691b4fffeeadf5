"""Forms of results: minutes, objections and their answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from flask_wtf import FlaskForm
from wtforms import DateField, Field, SelectField, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from app.competition.models import Judge
from app.core import clock
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

_MOST = _l("Paling banyak %(max)d huruf.")
_NEEDED = _l("Isi bagian ini.")


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _lines(text: str | None) -> str:
    return "\n".join(" ".join(line.split()) for line in (text or "").strip().splitlines())


def _judge_id(value: object) -> int | None:
    return int(str(value)) if value not in (None, "") else None


class MinutesForm(FlaskForm):
    """The meeting that minutes are about."""

    number = StringField(
        _l("Nomor berita acara"), filters=[_one_line], render_kw={"maxlength": 80},
        validators=[InputRequired(_NEEDED), Length(max=80, message=_MOST)],
    )  # fmt: skip
    day = DateField(_l("Tanggal rapat"), validators=[InputRequired(_NEEDED)])
    place = StringField(
        _l("Tempat rapat"), filters=[_one_line], render_kw={"maxlength": 120},
        validators=[InputRequired(_NEEDED), Length(max=120, message=_MOST)],
    )  # fmt: skip
    present = SelectMultipleField(_l("Juri yang hadir"), validate_choice=True)
    chair = SelectField(_l("Ketua rapat"), coerce=_judge_id, default=None)
    reason = TextAreaField(
        _l("Alasan perubahan"), filters=[_one_line], render_kw={"rows": 3, "maxlength": 600},
        validators=[Length(max=600, message=_MOST)],
    )  # fmt: skip

    def offer(self, judges: Iterable[Judge]) -> None:
        """Who may have been there."""
        named = [(one.id, one.name) for one in judges]
        self.present.choices = [(str(number), name) for number, name in named]
        self.chair.choices = [("", _("tidak disebut")), *named]

    def validate_chair(self, field: Field) -> None:
        """Who was away did not lead."""
        if field.data is not None and str(field.data) not in (self.present.data or ()):
            raise ValidationError(_("Ketua rapat harus juri yang hadir."))

    def validate_day(self, field: Field) -> None:
        """A meeting has been held, and not long ago."""
        today = clock.local(clock.now()).date()
        if not isinstance(field.data, date) or not clock.plausible(field.data) or field.data > today:
            raise ValidationError(_("Rapatnya belum terjadi atau tanggalnya tidak mungkin."))

    def take(self, refusal: DomainError) -> list[str]:
        """Put a refusal beside its fields; what belongs to none comes back."""
        left = []
        for name, text in (refusal.fields or {"": refusal.message}).items():
            if name in self._fields:
                self[name].errors = [text]
            else:
                left.append(text)
        return left


class ObjectionForm(FlaskForm):
    """What an entrant objects."""

    text = TextAreaField(
        _l("Sanggahan"), filters=[_lines], render_kw={"rows": 6, "maxlength": 2000},
        validators=[InputRequired(_l("Tulis sanggahan Anda.")), Length(max=2000, message=_MOST)],
    )  # fmt: skip


class AnswerForm(FlaskForm):
    """What the committee answers."""

    answer = TextAreaField(
        _l("Jawaban"), filters=[_lines], render_kw={"rows": 4, "maxlength": 2000},
        validators=[InputRequired(_l("Tulis jawabannya.")), Length(max=2000, message=_MOST)],
    )  # fmt: skip
