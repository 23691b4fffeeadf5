"""Forms of festival."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange
from wtforms.widgets import HiddenInput

from app.core.clock import plausible
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.inbound import LARGEST_ID
from app.festival.rules import FestivalFields


def _clean(text: str | None) -> str:
    return " ".join((text or "").split())


def _text(label: Any, limit: int, required: Any = None, **more: Any) -> StringField:
    """A line of text; ``required`` is what to say when it is empty."""
    return StringField(
        label, filters=[_clean], validators=_checks(limit, required), render_kw={"maxlength": limit}, **more
    )


def _checks(limit: int, required: Any) -> list[Any]:
    most = Length(max=limit, message=_l("Paling banyak %(max)d huruf."))
    return [DataRequired(required), most] if required else [most]


class FestivalForm(FlaskForm):
    """The festival itself. ``version`` tells two people who change it at once apart."""

    name = _text(_l("Nama pekan"), 120, _l("Isi nama pekan."))
    headline = _text(_l("Judul di halaman depan"), 120)
    summary = TextAreaField(
        _l("Ringkasan di halaman depan"), filters=[_clean], validators=_checks(400, None),
        render_kw={"rows": 3, "maxlength": 400},
    )  # fmt: skip
    organiser = _text(_l("Penyelenggara"), 160, _l("Isi penyelenggara."))
    city = _text(_l("Kota"), 80, _l("Isi kota."))
    venue = _text(_l("Tempat acara"), 160, _l("Isi tempat acara."))
    address = _text(_l("Alamat"), 240)
    notice = TextAreaField(
        _l("Pengumuman di atas setiap halaman"), filters=[_clean], validators=_checks(240, None),
        render_kw={"rows": 2, "maxlength": 240},
    )  # fmt: skip
    version = IntegerField(widget=HiddenInput(), default=0, validators=[NumberRange(0, LARGEST_ID)])

    def fields(self) -> FestivalFields:
        """What was typed, cleaned."""
        return FestivalFields(**{name: self[name].data or "" for name in FestivalFields.__slots__})


class DayForm(FlaskForm):
    """One more day."""

    date = DateField(_l("Tanggal"), id="day-date", validators=[InputRequired(_l("Pilih tanggal."))])
    title = _text(_l("Nama hari"), 120, id="day-title")

    def validate_date(self, field: Any) -> None:
        """A year that somebody could mean."""
        if field.data and not plausible(field.data):
            raise ValidationError(_("Periksa tahunnya."))


class PlaceForm(FlaskForm):
    """A place."""

    name = _text(_l("Nama tempat"), 120, _l("Isi nama tempat."), id="place-name")
