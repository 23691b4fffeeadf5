"""How times, numbers and counts are written for people: ``Kamis, 20 Juli 2023, 09.10 WIB``."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date
from flask import Flask

from app.core import clock
from app.core.codes import group_code
from app.core.i18n import language
from app.core.phones import display_phone, mask_phone


def day_long(day: date) -> str:
    """``Kamis, 20 Juli 2023``."""
    return _written(day, "EEEE, d MMMM y", language())


def day_short(day: date) -> str:
    """``Kam, 20 Jul``."""
    return _written(day, "EEE, d MMM", language())


def weekday(day: date) -> str:
    """``Kamis``."""
    return _written(day, "EEEE", language())


def day_month(day: date) -> str:
    """``20 Juli``."""
    return _written(day, "d MMMM", language())


@lru_cache(maxsize=512)
def _written(day: date, pattern: str, code: str) -> str:
    """A day by a pattern of CLDR; a page names the same few days again and again."""
    return format_date(day, pattern, locale=code)


def clock_time(moment: datetime) -> str:
    """``09.10``: the hour on the festival's wall clock, with a point as Indonesian writes it."""
    return clock.local(moment).strftime("%H.%M")


def moment(value: datetime) -> str:
    """``Kamis, 20 Juli 2023, 09.10 WIB``."""
    return f"{day_long(clock.local(value).date())}, {clock_time(value)} WIB"


def moment_short(value: datetime) -> str:
    """``Kam, 20 Jul, 09.10 WIB``: for tables."""
    return f"{day_short(clock.local(value).date())}, {clock_time(value)} WIB"


def span(start: datetime, end: datetime) -> str:
    """``06.45–08.30 WIB``."""
    return f"{clock_time(start)}–{clock_time(end)} WIB"


def other_time(was: datetime, other: datetime) -> str:
    """``07.00`` where both moments lie on one day of the wall clock, else the whole moment of ``was``."""
    same = clock.local(was).date() == clock.local(other).date()
    return clock_time(was) if same else moment(was)


def day_range(first: date, last: date) -> str:
    """``19–21 Juli 2023``, or with both months where they differ."""
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_written(last, 'd MMMM y', language())}"
    return f"{day_month(first)} – {_written(last, 'd MMMM y', language())}"


def number(value: int) -> str:
    """``1.284`` in Indonesian, ``1,284`` in English."""
    text = f"{value:,}"
    return text.replace(",", ".") if language() == "id" else text


def init_app(app: Flask) -> None:
    """Offer the formats to the templates as filters."""
    for function in (
        day_long,
        day_short,
        weekday,
        day_month,
        clock_time,
        moment,
        moment_short,
        number,
        group_code,
        display_phone,
        mask_phone,
    ):
        app.add_template_filter(function)
    app.add_template_global(span)
    app.add_template_global(other_time)
    app.add_template_global(day_range)
