"""Forms of checkin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from app.checkin.models import CheckinPoint, PointKind
from app.checkin.rules import PointFields
from app.checkin.words import KINDS, POLICIES
from app.core.admission import AdmissionPolicy
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

MOST_MINUTES = 24 * 60


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
    active = BooleanField(_l("Titik ini dibuka"), default=True)

    def offer(self, activities: Sequence[tuple[int, str]]) -> None:
        """Fill the list of activities; 0 stands for none."""
        none = SelectChoice(value=0, label=_("Tanpa kegiatan (tiket mana pun)"))
        self.activity_id.choices = [none, *(SelectChoice(value=n, label=title) for n, title in activities)]

    def fields(self) -> PointFields:
        """What was typed, as the services take it."""
        return PointFields(
            name=self.name.data, kind=PointKind(self.kind.data), activity_id=self.activity_id.data or None,
            policy=AdmissionPolicy(self.policy.data), opens_before=self.opens_before.data,
            closes_after=self.closes_after.data, active=self.active.data,
        )  # fmt: skip

    def show(self, point: CheckinPoint) -> None:
        """Fill the form from a point."""
        self.process(obj=point, data={"activity_id": point.activity_id or 0})
        self.kind.data, self.policy.data = point.kind.value, point.policy.value
        self.activity_id.data = point.activity_id or 0


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
