"""Forms of the committee for a whole slot: other times, calling it off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectChoice, SelectField, StringField, TimeField, ValidationError
from wtforms.validators import InputRequired, Length

from app.core.formats import day_long
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.festival.models import Day
from app.registration.rules import clean_text

LONGEST_REASON = 120
Times = tuple[datetime, datetime]


class _WordedTime(TimeField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Isi jam, misalnya 08:00.")) from None


class MoveForm(FlaskForm):
    """New times on the festival's wall clock. ``was`` is what the page showed, to notice who was faster."""

    day = SelectField(_l("Hari baru"))
    first = _WordedTime(_l("Mulai"), validators=[InputRequired(_l("Isi jam mulai."))])
    last = _WordedTime(_l("Selesai"), validators=[InputRequired(_l("Isi jam selesai."))])
    was = HiddenField()

    def offer(self, days: Sequence[Day], present: date) -> None:
        """The days of the festival, and the present one, should it lie outside."""
        dates = sorted({day.date for day in days} | {present})
        self.day.choices = [SelectChoice(d.isoformat(), day_long(d)) for d in dates]

    def validate_was(self, _field: Any) -> None:
        """Two moments, as the page wrote them."""
        self.seen()

    def seen(self) -> Times:
        """The times that the page showed. Raises ValidationError for anything else."""
        try:
            start, end = (datetime.fromisoformat(text) for text in (self.was.data or "").split("/"))
        except ValueError:
            raise ValidationError(_("Halaman ini terbuka terlalu lama. Muat ulang halamannya.")) from None
        if start.tzinfo is None or end.tzinfo is None:
            raise ValidationError(_("Halaman ini terbuka terlalu lama. Muat ulang halamannya."))
        return start, end

    def times(self, zone: tzinfo) -> Times:
        """Start and end, aware."""
        day = date.fromisoformat(self.day.data)
        return datetime.combine(day, self.first.data, zone), datetime.combine(day, self.last.data, zone)


class CallOffForm(FlaskForm):
    """Why a slot does not take place; may stay empty."""

    because = StringField(
        _l("Alasan (boleh kosong)"), filters=[lambda text: clean_text(text or "")],
        validators=[Length(max=LONGEST_REASON, message=_l("Paling banyak %(max)d huruf."))],
        render_kw={"maxlength": LONGEST_REASON},
    )  # fmt: skip
